"""Layers of neurons: neuron by neuron, in matrix notation, as half-planes, for XOR, and for k classes."""

from __future__ import annotations

from collections.abc import Sequence

import graphviz_bp as bp

from ..errors import InputError
from .numbers import drawn
from .options import counted, one_of

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "silu", "gelu")
WEIGHTS = (0.8, -0.4, 0.1, -0.6, 0.9, -0.2, 0.3, 0.5, 0.4, 1.2, -0.7, 0.5, -0.1)  # of the 2-3-1 network, row by row
INPUTS = (0.5, -1.0)
TRIANGLE = ("x1", "x2", "2 - x1 - x2")  # positive inside: the half-planes whose AND is a polygon
SQUARE = ("x1 + 3", "-2 - x1", "x2 + 1", "-x2")


def mlp(sizes: Sequence[int] = (2, 3, 1), activation: str = "sigmoid") -> bp.Graph:
    """A multi-layer perceptron neuron by neuron: hⱼ = σ(Σᵢ wⱼᵢ hᵢ + bⱼ), a sigmoid at the output, half the squared error.

    >>> mlp((2, 2, 2, 1), "relu")["h2_1"].formula
    'ReLU(a₁^(2))'
    """
    one_of(ACTIVATIONS, activation=activation)
    draw, last = drawn(WEIGHTS), len(_sizes(sizes)) - 1
    lines = [f"data x{i}; x{i} = {x}" for i, x in enumerate(drawn(INPUTS)(sizes[0]), 1)]
    below = [f"x{i}" for i in range(1, sizes[0] + 1)]
    for layer, size in enumerate(sizes[1:], 1):
        here = []
        for j in range(1, size + 1):
            weights = [f"w{layer}_{j}{i}" if max(sizes) < 10 else f"w{layer}_{j}_{i}" for i in range(1, len(below) + 1)]
            lines += [f'{w} = {draw()}; name {w} "w_{{{w.partition("_")[2].replace("_", ",")}}}^{{({layer})}}"' for w in weights]
            lines += [f'b{layer}_{j} = {draw()}; name b{layer}_{j} "b_{{{j}}}^{{({layer})}}"']
            lines += [f"a{layer}_{j} = {' + '.join(f'{w}*{x}' for w, x in zip(weights, below, strict=True))} + b{layer}_{j}"]
            lines += [f'name a{layer}_{j} "a_{{{j}}}^{{({layer})}}"']
            here.append(_neuron(layer, j, last, sizes))
            lines += [f"{here[-1]} = {'sigmoid' if layer == last else activation}(a{layer}_{j})"]
            lines += [f'name {here[-1]} "h_{{{j}}}^{{({layer})}}"'] if layer < last and last > 2 else []
        below = here
    targets = ["y" if sizes[-1] == 1 else f"y{k}" for k in range(1, sizes[-1] + 1)]
    lines += [f"data {y}; {y} = {1 - k % 2}" for k, y in enumerate(targets)]
    lines += [f"L = ({' + '.join(f'({h} - {y})^2' for h, y in zip(below, targets, strict=True))})/2"]
    return bp.parse("\n".join(lines), limits=bp.Limits(characters=10**6, statements=10**5))


def _neuron(layer: int, j: int, last: int, sizes: Sequence[int]) -> str:
    if layer == last:
        return "yhat" if sizes[-1] == 1 else f"yhat{j}"
    return f"h{j}" if last == 2 else f"h{layer}_{j}"


def mlp_matrix(sizes: Sequence[int] = (2, 3, 1), activation: str = "sigmoid") -> bp.Graph:
    """The same in matrix notation, any depth: a⁽ˡ⁾ = W⁽ˡ⁾ z⁽ˡ⁻¹⁾ + b⁽ˡ⁾, z⁽ˡ⁾ = σ(a⁽ˡ⁾), half the squared error.

    >>> import numpy as np
    >>> run = mlp_matrix().backprop()
    >>> bool(np.isclose(run.gradients["b1"][0], mlp().backprop().gradients["b1_1"]))
    True
    """
    one_of(ACTIVATIONS, activation=activation)
    draw, last = drawn(WEIGHTS), len(_sizes(sizes)) - 1
    lines = [f"data x; x = {drawn(INPUTS)(sizes[0])}"]
    for layer, (wide, size) in enumerate(zip(sizes, sizes[1:], strict=False), 1):
        rows = draw(size, wide + 1)
        lines += [f"W{layer} = {[row[:-1] for row in rows]}; b{layer} = {[row[-1] for row in rows]}",
                  f"a{layer} = W{layer}@{f'z{layer - 1}' if layer > 1 else 'x'} + b{layer}",
                  f"z{layer} = {'sigmoid' if layer == last else activation}(a{layer})"]  # fmt: skip
        lines += [f'name {letter}{layer} "{letter}^{{[{layer}]}}"' for letter in "Wbaz"]
    lines += [f"data y; y = {[1 - k % 2 for k in range(sizes[-1])]}", f"L = sum((z{last} - y)^2)/2"]
    return bp.parse("\n".join(lines), limits=bp.Limits(characters=10**7))


def _sizes(sizes: Sequence[int]) -> Sequence[int]:
    if len(sizes) < 2:
        raise InputError(f"a network with sizes {sizes} has no layer", remedy="write sizes=2,3,1")
    for size in sizes:
        counted(1, sizes=size)
    return sizes


def xor_mlp(start: str = "solved") -> bp.Graph:
    """XOR by two hidden neurons, OR and AND: ŷ is on where h₁ is and h₂ is not; `start="untrained"` has it to learn.

    >>> g = xor_mlp()
    >>> [round(g.backprop({"x1": a, "x2": b}).values["yhat"]) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))]
    [0, 1, 1, 0]
    """
    solved = "v11 = 6; v12 = 6; b1 = -3; v21 = 6; v22 = 6; b2 = -9; w1 = 8; w2 = -8; b = -4"
    untrained = "v11 = 1; v12 = 0.8; b1 = 0; v21 = -0.9; v22 = -1.2; b2 = 0.5; w1 = 1; w2 = 0.6; b = 0"
    return bp.parse(f"""
        data x1, x2, y
        x1 = 1; x2 = 0; y = 1
        {dict(solved=solved, untrained=untrained)[one_of(("solved", "untrained"), start=start)]}
        h1 = sigmoid(v11*x1 + v12*x2 + b1)
        h2 = sigmoid(v21*x1 + v22*x2 + b2)
        yhat = sigmoid(w1*h1 + w2*h2 + b)
        name l "\\ell"
        l = -(y*log(yhat) + (1 - y)*log(1 - yhat))
    """)


def half_planes(polygons: int = 1) -> bp.Graph:
    """Perceptrons are half-planes, their AND is a polygon; a second hidden layer joins two polygons by OR.

    >>> g = half_planes(2)
    >>> [g.backprop({"x1": a, "x2": b}).values["yhat"] for a, b in ((0.5, 0.5), (-2.5, -0.5), (3, 3))]
    [1, 1, 0]
    """
    if counted(1, polygons=polygons) > 2:
        raise InputError("half_planes draws one polygon or two", remedy="write polygons=2")
    lines = ["data x1, x2; x1 = 0.5; x2 = 0.5"]
    for k, sides in enumerate((TRIANGLE, SQUARE)[:polygons], 1):
        names = [f"h{j}" if polygons == 1 else f"h{k}_{j}" for j in range(1, len(sides) + 1)]
        lines += [f"{h} = step({side})" for h, side in zip(names, sides, strict=True)]
        lines += [f"{'yhat' if polygons == 1 else f'p{k}'} = step({' + '.join(names)} - {len(sides) - 0.5})"]
    return bp.parse("\n".join([*lines, "yhat = step(p1 + p2 - 0.5)"][: None if polygons == 2 else -1]))


def softmax_classifier(loss: str = "spelled") -> bp.Graph:
    """K-way classification: scores f = Wx + b, p = softmax(f), cross-entropy, whose gradient at f is p − y.

    >>> import numpy as np
    >>> run = softmax_classifier().backprop()
    >>> bool(np.allclose(run.gradients["f"], run.values["p"] - run.values["y"]))
    True
    """
    ends = {"spelled": "p = softmax(f); l = -sum(y*log(p))", "one": "l = -sum(y*log_softmax(f))"}
    return bp.parse(f"""
        data x, y
        x = [1, 2]; y = [0, 1, 0]
        W = [[0.5, -0.2], [0.3, 0.4], [-0.6, 0.1]]; b = [0.1, 0, -0.1]
        f = W@x + b
        name l "\\ell"
        {ends[one_of(ends, loss=loss)]}
    """)
