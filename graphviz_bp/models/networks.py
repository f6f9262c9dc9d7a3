"""Layers of neurons: neuron by neuron, in matrix notation, as half-planes, for XOR, and for k classes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import graphviz_bp as bp

from ..errors import InputError
from .options import counted, one_of
from .statements import drawn, parsed, stated

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "silu", "gelu")
WEIGHTS = (0.8, -0.4, 0.1, -0.6, 0.9, -0.2, 0.3, 0.5, 0.4, 1.2, -0.7, 0.5, -0.1)  # of a 2-3-1 network, row by row
INPUTS = (0.5, -1)
TRIANGLE = ((1, 0, 0), (0, 1, 0), (-1, -1, 2))  # w₁, w₂ and b of half-planes whose AND is a polygon
SQUARE = ((1, 0, 3), (-1, 0, -2), (0, 1, 1), (0, -1, 0))


def mlp(sizes: Sequence[int] = (2, 3, 1), activation: str = "sigmoid") -> bp.Graph:
    """A multi-layer perceptron, neuron by neuron: hⱼ = σ(Σᵢ wⱼᵢ xᵢ + bⱼ), σ at the output, half the squared error.

    >>> mlp((2, 2, 2, 1), "relu")["h1_2"].formula
    'ReLU(a₂^(1))'
    """
    one_of(ACTIVATIONS, activation=activation)
    draw, last, comma = drawn(WEIGHTS), _checked(sizes), "," * (max(sizes) > 9)
    below = [f"x{i}" for i in range(1, sizes[0] + 1)]
    lines = ["data " + ", ".join(below), *map(stated, below, drawn(INPUTS)(sizes[0]))]
    for layer, size in enumerate(sizes[1:], 1):
        here = [_neuron(layer, j, last, size) for j in range(1, size + 1)]
        for j, (h, tex) in enumerate(here, 1):
            weights = [f"w{layer}_{j}_{i}" for i in range(1, len(below) + 1)]
            lines += [stated(w, draw(), f"w_{{{j}{comma}{i}}}^{{({layer})}}") for i, w in enumerate(weights, 1)]
            lines += [stated(f"b{layer}_{j}", draw(), f"b_{{{j}}}^{{({layer})}}")]
            total = " + ".join(f"{w}*{x}" for w, x in zip(weights, below, strict=True))
            lines += [stated(f"a{layer}_{j}", f"{total} + b{layer}_{j}", f"a_{{{j}}}^{{({layer})}}")]
            lines += [stated(h, f"{'sigmoid' if layer == last else activation}(a{layer}_{j})", tex)]
        below = [name for name, _ in here]
    targets = ["y"] if sizes[-1] == 1 else [f"y{k}" for k in range(1, sizes[-1] + 1)]
    lines += ["data " + ", ".join(targets), *(stated(y, 1 - k % 2) for k, y in enumerate(targets))]
    errors = [f"({h} - {y})^2" for h, y in zip(below, targets, strict=True)]
    return parsed([*lines, f"L = {errors[0] if len(errors) == 1 else '(' + ' + '.join(errors) + ')'}/2"])


def _neuron(layer: int, j: int, last: int, size: int) -> tuple[str, str]:
    """A neuron's name and its typesetting: hⱼ in the only hidden layer, ŷ at a single output."""
    if layer == last:
        return ("yhat" if size == 1 else f"yhat{j}"), ""
    return (f"h{j}", "") if last == 2 else (f"h{layer}_{j}", f"h_{{{j}}}^{{({layer})}}")


def mlp_matrix(sizes: Sequence[int] = (2, 3, 1), activation: str = "sigmoid") -> bp.Graph:
    """The same in matrix notation, any depth: a⁽ˡ⁾ = W⁽ˡ⁾ z⁽ˡ⁻¹⁾ + b⁽ˡ⁾, z⁽ˡ⁾ = σ(a⁽ˡ⁾), half the squared error.

    >>> mlp_matrix((2, 3, 3, 1))["a3"].formula
    'W^[3] z^[2] + b^[3]'
    """
    one_of(ACTIVATIONS, activation=activation)
    draw, last, below = drawn(WEIGHTS), _checked(sizes), "x"
    lines = ["data x", stated("x", drawn(INPUTS)(sizes[0]))]
    for layer, (wide, size) in enumerate(pairwise(sizes), 1):
        rows, up = draw(size, wide + 1), f"^{{[{layer}]}}"
        lines += [stated(f"W{layer}", [row[:-1] for row in rows], "W" + up),
                  stated(f"b{layer}", [row[-1] for row in rows], "b" + up),
                  stated(f"a{layer}", f"W{layer}@{below} + b{layer}", "a" + up),
                  stated(f"z{layer}", f"{'sigmoid' if layer == last else activation}(a{layer})", "z" + up)]  # fmt: skip
        below = f"z{layer}"
    return parsed([*lines, "data y", stated("y", [1 - k % 2 for k in range(sizes[-1])]), f"L = sum(({below} - y)^2)/2"])


def _checked(sizes: Sequence[int]) -> int:
    """The number of layers, the input not counted."""
    if len(sizes) < 2:
        raise InputError(f"a network with sizes {tuple(sizes)} has no layer", remedy="write sizes=2,3,1")
    for size in sizes:
        counted(1, sizes=size)
    return len(sizes) - 1


def half_planes(polygons: int = 1) -> bp.Graph:
    """Perceptrons are half-planes, their AND is a polygon; a second hidden layer joins two polygons by OR.

    >>> g = half_planes(2)
    >>> [int(g.backprop({"x1": a, "x2": b}).values["yhat"]) for a, b in ((0.5, 0.5), (-2.5, -0.5), (3, 3))]
    [1, 1, 0]
    """
    if counted(1, polygons=polygons) > 2:
        raise InputError("half_planes draws one polygon or two", remedy="write polygons=2")
    lines, ends = ["data x1, x2; x1 = 0.5; x2 = 0.5"], ["yhat"] if polygons == 1 else ["p1", "p2"]
    for k, (sides, end) in enumerate(zip((TRIANGLE, SQUARE), ends, strict=False)):
        first = k * len(TRIANGLE) + 1
        for j, (w1, w2, b) in enumerate(sides, first):
            lines += [f"w{j}_1 = {w1}; w{j}_2 = {w2}; b{j} = {b}", f"h{j} = step(w{j}_1*x1 + w{j}_2*x2 + b{j})"]
        lines += _gate(end, [f"h{j}" for j in range(first, first + len(sides))], 0.5 - len(sides))
    return parsed(lines if polygons == 1 else lines + _gate("yhat", ends, -0.5))


def _gate(name: str, inputs: Sequence[str], bias: float) -> list[str]:
    """A neuron with weights 1: AND of n inputs with the bias ½ − n, OR with −½."""
    weights = [stated(f"v_{x}", 1) for x in inputs]
    return [*weights, f"c_{name} = {bias}", f"{name} = step({' + '.join(f'v_{x}*{x}' for x in inputs)} + c_{name})"]


def xor_mlp(start: str = "solved") -> bp.Graph:
    """XOR by two hidden neurons, OR and AND: ŷ is on where h₁ is and h₂ is not; `start="untrained"` has it to learn.

    >>> g = xor_mlp()
    >>> [round(g.backprop({"x1": a, "x2": b}).values["yhat"]) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))]
    [0, 1, 1, 0]
    """
    weights = {
        "solved": "v11 = 6; v12 = 6; b1 = -3; v21 = 6; v22 = 6; b2 = -9; w1 = 8; w2 = -8; b = -4",
        "untrained": "v11 = 1; v12 = 0.8; b1 = 0; v21 = -0.9; v22 = -1.2; b2 = 0.5; w1 = 1; w2 = 0.6; b = 0",
    }
    return bp.parse(f"""
        data x1, x2, y
        x1 = 1; x2 = 0; y = 1
        {weights[one_of(weights, start=start)]}
        h1 = sigmoid(v11*x1 + v12*x2 + b1)
        h2 = sigmoid(v21*x1 + v22*x2 + b2)
        yhat = sigmoid(w1*h1 + w2*h2 + b)
        name l "\\ell"
        l = -(y*log(yhat) + (1 - y)*log(1 - yhat))
    """)


def softmax_classifier(loss: str = "spelled") -> bp.Graph:
    """K-way classification: scores f = Wx + b, p = softmax(f), cross-entropy, whose gradient at f is p − y.

    >>> run = softmax_classifier().backprop()
    >>> bool(abs(run.gradients["f"] - (run.values["p"] - run.values["y"])).max() < 1e-15)
    True
    """
    losses = {"spelled": "p = softmax(f); l = -sum(y*log(p))", "one": "l = cross_entropy(f, y)"}
    return bp.parse(f"""
        data x, y
        x = [1, 2]; y = [0, 1, 0]
        W = [[0.5, -0.2], [0.3, 0.4], [-0.6, 0.1]]; b = [0.1, 0, -0.1]
        f = W@x + b
        name l "\\ell"
        {losses[one_of(losses, loss=loss)]}
    """)
