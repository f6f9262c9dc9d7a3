"""The graphs that are timed, written once for every package: leaves come from an iterator, functions are arguments."""

from __future__ import annotations

from itertools import islice

import numpy as np

import graphviz_bp as bp
from graphviz_bp.graph.blocks import added, each, inputs_in
from graphviz_bp.graph.tape import Tape
from graphviz_bp.graph.variables import Variable

WIDTHS = {1_000: 16, 10_000: 56, 100_000: 180, 1_000_000: 575}  # nodes → neurons in each of the two hidden layers


def mlp_names(h):
    """The leaves of a 2-h-h-1 network, in the order in which `mlp` takes them."""
    first = [f"u{j}_{i}" for j in range(h) for i in range(2)]
    second = [f"v{j}_{i}" for j in range(h) for i in range(h)]
    biases = [[f"{letter}{j}" for j in range(h)] for letter in "bc"]
    return ["x0", "x1", *first, *biases[0], *second, *biases[1], *(f"w{i}" for i in range(h)), "d", "t"]


def mlp_numbers(h, seed=0):
    """A value for every leaf."""
    return (np.random.default_rng(seed).uniform(-1, 1, len(mlp_names(h))) / h**0.5).tolist()


def mlp(leaves, tanh, h):
    """(tanh network − t)², neuron by neuron, each a chain of products and sums."""
    x = list(islice(leaves, 2))
    for _ in range(2):
        rows = [list(islice(leaves, len(x))) for _ in range(h)]
        x = [tanh(weighted(row, x, bias)) for row, bias in zip(rows, islice(leaves, h), strict=True)]
    error = weighted(islice(leaves, h), x, next(leaves)) - next(leaves)
    return error * error


def weighted(weights, x, bias):
    total = bias
    for w, value in zip(weights, x, strict=True):
        total = total + w * value
    return total


def chain(leaves, tanh, n):
    """y ← tanh(a·y + b), n operations one after the other."""
    y, a, b = leaves
    for _ in range(n // 3):
        y = tanh(a * y + b)
    return y


def logistic(leaves, tanh, n):
    """y ← a·y·(1 − y), n steps (1 is a leaf here, so that all packages make the same graph)."""
    y, a, one = leaves
    for _ in range(n):
        y = a * y * (one - y)
    return y


def built(names, make, n):
    """The graph by Python's operators."""
    return bp.graph(make(iter(bp.inputs(*names)), bp.tanh, n).named("z"))


def mlp_by_layers(h):
    """The same network by whole layers; its leaves are blocks, given as arrays."""
    tape = Tape()
    x = inputs_in(tape, "x", (2,))
    for weights, biases in ("ub", "vc"):
        terms = each(tape, "mul", inputs_in(tape, weights, (h, len(x))), x)
        x = each(tape, "tanh", added(tape, terms, inputs_in(tape, biases, (h,))))
    y = added(tape, each(tape, "mul", inputs_in(tape, "w", (1, h)), x), inputs_in(tape, "d", (1,)))
    error = each(tape, "sub", y, inputs_in(tape, "t", (1,)))
    return bp.graph(Variable(tape, int(each(tape, "mul", error, error)[0])).named("z"))


def layer_numbers(h, seed=0):
    """Arrays for the blocks of `mlp_by_layers`."""
    random = np.random.default_rng(seed)
    shapes = {"x": (2,), "u": (h, 2), "b": (h,), "v": (h, h), "c": (h,), "w": (1, h), "d": (1,), "t": (1,)}
    return {name: random.uniform(-1, 1, shape) / h**0.5 for name, shape in shapes.items()}
