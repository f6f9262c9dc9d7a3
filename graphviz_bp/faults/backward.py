"""The backward pass of an array graph once more, with one step of it done otherwise, and how its results compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..backprop.sweep import Flow, hand_back
from ..equality.entries import fits
from ..graph import Graph
from ..numbers import doubles, is_array, numpy, plain
from ..operations import CODES
from ..reading.quantities import Side

POINTS, NEAR = 4, 1e-9
Hook = Callable[[int, int, Any, Any, list[Any]], Any]  # node, slot, what flows back, upstream, values


def swept(graph: Graph, of: str, values: list[Any], hook: Hook) -> dict[int, Any]:
    """The backward pass in doubles; `hook` may change what goes back along every use, or drop it."""
    tape, end = graph.tape, graph.tape.by_name[of]
    flows: dict[int, Any] = {end: 1.0}
    for node in range(end, -1, -1):
        operation = tape.operation(node)
        if node not in flows or operation is None:
            continue
        g = flows[node]
        for slot, operand in enumerate(tape.operands_of(node)):
            if operand in tape.constants or not operation.flows(slot):
                continue
            back = hook(node, slot, hand_back(tape, node, slot, values, Flow(g), doubles).amount, g, values)
            if back is not None:
                flows[operand] = flows[operand] + back if operand in flows else back
    return flows


def recomputed(side: Side, given: Mapping[int, Any], fixed: Mapping[int, Any]) -> Any:
    """A side with other values for some of its operations."""
    values = list[Any]()
    for node in range(len(side.tape)):
        operation = side.tape.operation(node)
        if node in fixed:
            values.append(fixed[node])
        elif node in given:
            values.append(given[node])
        elif operation is None:
            values.append(doubles.number(side.tape.constants[node]))
        else:
            values.append(plain(operation.at(doubles, *(values[i] for i in side.tape.operands_of(node)), **side.tape.static(node))))
    return values[side.root]


def slope_at(tape: Any, node: int, values: list[Any], x: Any) -> Any:
    """The slope of a function at another place than its input: at its output, or with its input for its output."""
    (operand,) = tape.operands_of(node)
    changed = list(values)
    if x is None:
        changed[node] = values[operand]
    else:
        changed[operand] = x
        changed[node] = plain(CODES[tape.codes[node]].at(doubles, x, **tape.static(node)))
    return hand_back(tape, node, 0, changed, Flow(numpy().ones_like(as_doubles(values[node]))), doubles).amount


def unturned(slot: int, g: Any, a: Any, b: Any) -> Any:
    """What goes back through a product whose factor was not transposed."""
    g, a, b = map(as_doubles, (g, a, b))
    return g @ b if slot == 0 else a @ g


def as_doubles(x: Any) -> Any:
    return x if is_array(x) else numpy().asarray(x, dtype=float)


def agree(a: Any, b: Any) -> bool:
    """Whether two arrays are the same, up to the shapes that stand for one another."""
    if not fits(b.shape, a.shape):
        return False
    a = a.reshape(b.shape).astype(float)
    b = b.astype(float)
    size = max(float(abs(b).max(initial=0.0)), float(abs(a).max(initial=0.0)))
    return bool(numpy().isfinite(a).all() and (abs(a - b) <= NEAR * size).all())


def transposed(a: Any, b: Any) -> bool:
    """Whether one array is the transpose of the other, and not the same."""
    if b.ndim == 1:
        return a.shape == (1, *b.shape) and a.size > 1 and agree(a[0], b)
    return a.ndim == b.ndim == 2 and a.shape == b.shape[::-1] and agree(a.T, b)


def factor_between(pairs: Sequence[tuple[Any, Any]]) -> float | None:
    """The number that a claim is times the truth, the same everywhere."""
    factors = []
    for a, b in pairs:
        if not fits(b.shape, a.shape):
            return None
        a, b = a.reshape(-1).astype(float), b.reshape(-1).astype(float)
        top = int(abs(b).argmax())
        if not b[top] or not a[top]:
            return None
        factors.append(a[top] / b[top])
        if not agree(a, b * factors[-1]):
            return None
    return factors[0] if len(pairs) > 1 and all(abs(f - factors[0]) <= NEAR * abs(f) for f in factors) else None
