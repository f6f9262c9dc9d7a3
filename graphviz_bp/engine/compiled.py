"""The loop over a flat tape, compiled by numba where it is installed (`pip install graphviz_bp[speed]`).

Sums and products are the loop's own. Of the other operations it knows the values of the common ones, and takes the
partials, which are those of the rows, worked out many at once before it goes back.
"""

from __future__ import annotations

import math
import operator
from functools import cache
from importlib.util import find_spec
from typing import Any

from ..numbers import numpy
from ..operations import CODES, Operation
from .backward import heads_of
from .flat import Flat
from .functions import partial_of, read

# what the loops call an operation; up to NEG they go back through it by themselves, and through PASSED not at all
LEAF, PASSED, SAME, ADD, SUB, MUL, NEG, DIV, POWER, ABS, SIGMOID, SOFTPLUS, RELU, EXP, LOG, SQRT, SIN, COS, TANH = (
    range(19)
)
UNKNOWN = 255
KERNELS = {
    operator.add: ADD, operator.sub: SUB, operator.mul: MUL, operator.neg: NEG, operator.pos: SAME,
    operator.abs: ABS, "div": DIV, "power": POWER, "exp": EXP, "log": LOG, "sqrt": SQRT, "sin": SIN, "cos": COS,
    "tanh": TANH,
}  # fmt: skip
FORMULAS = {"sigmoid": SIGMOID, "softplus": SOFTPLUS, "relu": RELU}  # rows whose value is a formula


def installed() -> bool:
    """Whether numba is there."""
    return find_spec("numba") is not None


def kernel_of(operation: Operation) -> int:
    """What the loop calls an operation's value."""
    return FORMULAS.get(operation.name) or KERNELS.get(read(operation), UNKNOWN)


def covers(flat: Flat) -> bool:
    """Whether the loop knows every operation of a tape."""
    codes = numpy().unique(flat.codes[flat.nodes]).tolist()
    return all(kernel_of(CODES[code]) != UNKNOWN for code in codes)


class Compiled:
    """Values of a graph by the compiled loop, in the order of the tape."""

    def __init__(self, flat: Flat) -> None:
        np = numpy()
        self.start = int(flat.nodes[0]) if len(flat.nodes) else flat.size  # before it there are inputs only
        self.first, self.second = flat.first.view(np.uint32), flat.second.view(np.uint32)
        self.kernels = np.zeros(flat.size, dtype=np.uint8)
        self._partials = []
        for operation, _, nodes in flat.kinds(flat.nodes):
            self.kernels[nodes] = kernel_of(operation)
        others = np.flatnonzero(self.kernels > NEG)
        self._count, place = len(others), np.empty(flat.size, dtype=np.int32)
        place[others] = np.arange(len(others))
        for operation, arity, nodes in flat.kinds(others):
            for slot in range(arity):
                mine = nodes[~flat.constants[flat.operand(nodes, slot)]]
                partial = partial_of(operation, slot, arity)
                if partial is not None and len(mine):
                    needs = {i: mine if i == 0 else flat.operand(mine, i - 1) for i, _ in partial.needs}
                    self._partials.append((partial, place[mine], slot, needs))

    def run(self, values: Any) -> None:
        """All values, in place, from those of the inputs and constants."""
        loops()[0](self.start, self.kernels, self.first, self.second, values)

    def partials(self, values: Any) -> Any:
        """The partials of the operations that are no sums and products, two for each in the order of the tape."""
        out = numpy().zeros((self._count, 2))
        for partial, place, slot, needs in self._partials:
            out[place, slot] = partial.at({i: values[nodes] for i, nodes in needs.items()})
        return out


class CompiledBack:
    """Gradients by the compiled loop; that of a node is in the place of its head."""

    def __init__(self, flat: Flat, forward: Compiled, of: int) -> None:
        np = numpy()
        self._forward, self._of = forward, of
        heads = heads_of(flat, of)
        self.heads, self._kernels = heads.view(np.uint32), forward.kernels.copy()
        own = heads == np.arange(flat.size, dtype=np.int32)
        sums = np.flatnonzero((self._kernels == ADD) | (self._kernels == SAME))
        first, second = flat.first[sums], flat.second[sums]
        second = np.where(second < 0, first, second)
        looked_at = (flat.arity[first] > 0) | (flat.arity[second] > 0)  # by an operand, whether it is finite
        self._kernels[sums[~own[first] & ~own[second] & looked_at]] = PASSED

    def run(self, values: Any, seed: float) -> tuple[Any, bool]:
        """All gradients, and whether they are finite."""
        np, f = numpy(), self._forward
        gradients = np.zeros(len(values))
        gradients[self._of] = seed
        partials = f.partials(values)
        finite = loops()[1](f.start, self._kernels, f.first, f.second, self.heads, values, partials, gradients)
        return gradients, finite and bool(np.isfinite(gradients[: f.start]).all())


@cache
def loops() -> tuple[Any, Any]:
    """The two loops, compiled when they are first needed and kept by numba for the next time."""
    import numba

    def compiled(loop: Any, signature: str) -> Any:
        try:
            return numba.njit([signature], cache=True, error_model="numpy")(loop)
        except RuntimeError:  # there is no place to keep it
            return numba.njit([signature], error_model="numpy")(loop)

    return (
        compiled(_forward, "void(i8, u1[::1], u4[::1], u4[::1], f8[::1])"),
        compiled(_backward, "b1(i8, u1[::1], u4[::1], u4[::1], u4[::1], f8[::1], f8[:, ::1], f8[::1])"),
    )


NONE = 0xFFFFFFFF  # no operand; indices are unsigned, for signed ones might count from the end


def _forward(start: int, kernels: Any, first: Any, second: Any, values: Any) -> None:
    for node in range(start, len(kernels)):
        kernel = kernels[node]
        if kernel == ADD:
            values[node] = values[first[node]] + values[second[node]]
            continue
        if kernel == MUL:
            values[node] = values[first[node]] * values[second[node]]
            continue
        if kernel == LEAF:
            continue
        x = values[first[node]]
        if kernel == SUB:
            x -= values[second[node]]
        elif kernel == NEG:
            x = -x
        elif kernel == DIV:
            x /= values[second[node]]
        elif kernel == POWER:
            x = x ** values[second[node]]
        elif kernel == TANH:
            x = math.tanh(x)
        elif kernel == RELU:
            x = 0.0 if x <= 0.0 else x
        elif kernel == SIGMOID:
            e = math.exp(-abs(x))
            x = (1.0 if x >= 0.0 else e) / (1.0 + e)
        elif kernel == SOFTPLUS:
            x = (0.0 if x <= 0.0 else x) + math.log1p(math.exp(-abs(x)))
        elif kernel == EXP:
            x = math.exp(x)
        elif kernel == LOG:
            x = math.log(x)
        elif kernel == SQRT:
            x = math.sqrt(x) + 0.0  # not -0.0
        elif kernel == SIN:
            x = math.sin(x)
        elif kernel == COS:
            x = math.cos(x)
        elif kernel == ABS:
            x = abs(x)
        values[node] = x


def _backward(
    start: int, kernels: Any, first: Any, second: Any, heads: Any, values: Any, partials: Any, gradients: Any
) -> bool:
    other, finite = len(partials), True
    for node in range(len(kernels) - 1, start - 1, -1):
        kernel = kernels[node]
        if kernel == PASSED:
            continue
        g = gradients[heads[node]]
        finite &= g - g == 0.0
        if kernel == MUL:
            gradients[first[node]] += g * values[second[node]]
            gradients[second[node]] += g * values[first[node]]
        elif kernel == ADD:
            gradients[first[node]] += g  # an operand that has this sum as its head does not look there
            gradients[second[node]] += g
        elif kernel == SUB:
            gradients[first[node]] += g
            gradients[second[node]] -= g
        elif kernel == NEG:
            gradients[first[node]] -= g
        elif kernel == SAME:
            gradients[first[node]] += g
        elif kernel != LEAF:
            other -= 1
            gradients[first[node]] += g * partials[other, 0]
            if second[node] != NONE:
                gradients[second[node]] += g * partials[other, 1]
    return finite
