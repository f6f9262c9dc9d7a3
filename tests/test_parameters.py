"""Parameters counted: against the dense layer that is really built, and said in the figure."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import groups

import graphviz_bp as bp
from graphviz_bp.levels.parameters import dense, parameters, size_mark, told

LAYERS = [  # an image, a kernel, what is said of the convolution, whether it has a bias
    ("conv1d(X, K)", (7,), (3,), False), ("conv1d(X, K, b, stride=2)", (2, 9), (3, 2, 3), True),
    ("conv2d(X, K, padding=1)", (5, 5), (3, 3), False), ("conv2d(X, K, b, stride=2)", (2, 5, 6), (3, 2, 3, 3), True),
    ("conv2d(X, K, b)", (4, 2, 5, 6), (3, 2, 3, 3), True),
]  # fmt: skip


@pytest.mark.parametrize(("call", "image", "kernel", "bias"), LAYERS)
def test_the_dense_layer_has_a_weight_for_every_pair_of_numbers(call, image, kernel, bias):
    """Each example of a batch goes through the same layer: its Jacobian is as large as the dense layer's weights."""
    graph = bp.parse(f"data X; Z = {call}; L = sum(Z^2); X: {image}; K: {kernel}" + f"; b: ({kernel[0]},)" * bias)
    (layer,) = dense(graph)
    single = image[1:] if len(image) == len(kernel) == 4 else image
    one = bp.parse(f"Z = {call}; L = sum(Z^2); X: {single}; K: {kernel}" + f"; b: ({kernel[0]},)" * bias)
    at = {name: np.ones(one[name].shape) for name in one.inputs}
    jacobian = np.asarray(one.jacobian("Z", "X", at))
    assert layer.count == jacobian.size + bias * int(np.prod(one["Z"].shape))
    assert parameters(graph) == {"K": np.prod(kernel)} | ({"b": kernel[0]} if bias else {})


def test_alexnet_tells_its_parameters_in_the_boxes_and_below():
    graph = bp.models.alexnet()
    texts = " ".join(text.text for group in groups(graph.draw(chain=False).page.items) for text in group.texts)
    assert r"96 \times 3 \times 11 \times 11 = 34\,848" in texts
    assert told(graph) in texts
    assert "62 378 344 parameters" in told(graph)
    assert sum(parameters(graph).values()) == 62_378_344


def test_what_is_no_parameter_is_not_counted():
    graph = bp.parse("Z = conv2d(X, K); L = sum(Z); X: (5, 5); K: (4, 4)")  # the image is not declared data
    assert parameters(graph) == {"K": 16}
    assert size_mark(graph, "X").plain == "5 × 5"
    assert size_mark(graph, "K").plain == "4 × 4 = 16"
    for other in (bp.models.pooling(), bp.models.mlp_matrix(), bp.parse("z = x*y")):
        assert parameters(other) == {}
        assert told(other) is None


def test_where_shapes_are_not_known_nothing_is_counted():
    graph = bp.parse("data X; L = sum(conv2d(X, K))")
    assert told(graph) is None
