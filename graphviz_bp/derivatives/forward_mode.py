"""Forward mode: how changes of some nodes change the others, through a tape, a box, or one operation.

Like backpropagation it keeps account of where anything moves at all: a branch not taken contributes exactly zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..backprop.sweep import Flow, forward, read_rule
from ..gradient_graph import backward
from ..graph.boxes import Box
from ..graph.tape import CONSTANT, Tape
from ..graph.variables import Variable
from ..numbers import Domain, doubles, is_array, numpy, symbols
from ..operations import CODES, Operation, Shape, f


def tangents(tape: Tape, values: list[Any], changes: Mapping[int, Any], m: Domain) -> list[Flow | None]:
    """The tangent of every node under changes of some; None where nothing changes."""
    flows: list[Flow | None] = [None] * len(tape)
    for node, code in enumerate(tape.codes):
        if code < CONSTANT:
            moved = {slot: flow for slot, i in enumerate(tape.operands_of(node)) if (flow := flows[i]) is not None}
            flows[node] = _pushed(tape, node, values, moved, m)
        if node in changes:
            flows[node] = _joined([flow for flow in (flows[node], moving(changes[node])) if flow is not None])
    return flows


def moving(change: Any) -> Flow:
    """A change, and where it is not zero: what does not move contributes exactly nothing."""
    moves = change != 0
    if is_array(moves):
        return Flow(change, True if moves.all() else moves)
    return Flow(change, bool(moves))


def push_through(tape: Tape, box: Box, values: list[Any], changes: Mapping[tuple[int, int], Any], m: Domain) -> Any:
    """The change of a box's root under changes at uses of its parents, each given as (operation, slot)."""
    starting = {use: moving(change) for use, change in changes.items()}
    flows: dict[int, Flow | None] = {}
    for node in box.members:
        if node in tape.constants:
            continue
        moved = {}
        for slot, i in enumerate(tape.operands_of(node)):
            flow = starting.get((node, slot)) or flows.get(i)
            if flow is not None:
                moved[slot] = flow
        flows[node] = _pushed(tape, node, values, moved, m)
    return amount(tape, box.root, flows.get(box.root), m)


def amount(tape: Tape, node: int, flow: Flow | None, m: Domain) -> Any:
    zero, shape = m.number(0), tape.shape(node) or ()
    if flow is not None:
        return flow.amount
    return numpy().full(shape, zero, dtype=float if m is doubles else object) if shape else zero


def _pushed(tape: Tape, node: int, values: list[Any], moved: Mapping[int, Flow], m: Domain) -> Flow | None:
    """The change of one operation under changes of its operands, by slot: a sum over the slots."""
    operation, shape = CODES[tape.codes[node]], tape.shape(node) or ()
    given = [values[node], *(values[i] for i in tape.operands_of(node))]
    how = _through_entries if operation.elementwise else _through_array
    parts = [how(tape, node, slot, given, flow, m) for slot, flow in moved.items() if operation.flows(slot)]
    if not parts:
        return None
    total = _joined(parts)
    return _spread(total, shape, m) if shape else total


def _spread(flow: Flow, shape: Shape, m: Domain) -> Flow:
    """A change of a broadcast operand at the shape of the output."""
    np = numpy()
    amount = np.broadcast_to(np.asarray(flow.amount, dtype=float if m is doubles else object), shape)
    return Flow(amount, True if flow.reach is True else np.broadcast_to(flow.reach, shape))


def _joined(flows: list[Flow]) -> Flow:
    total = flows[0]
    for flow in flows[1:]:
        everywhere = total.reach is True or flow.reach is True
        total = Flow(total.amount + flow.amount, everywhere or total.reach | flow.reach)
    return total


def _through_entries(tape: Tape, node: int, slot: int, given: list[Any], flow: Flow, m: Domain) -> Flow:
    """partial · change; exactly zero where a branch was not taken, or nothing moves, never 0 · ∞."""
    local, reach = read_rule(m, tape, node, slot, given), flow.reach
    if CODES[tape.codes[node]].rule == "choice" and m is not symbols:
        taken = local != 0
        reach = taken if reach is True else reach & taken
    if reach is True:
        return Flow(local * flow.amount)
    if is_array(reach):
        return Flow(numpy().where(reach, local * flow.amount, m.number(0)), reach)
    return Flow(local * flow.amount if reach else m.number(0), bool(reach))


def _through_array(tape: Tape, node: int, slot: int, given: list[Any], flow: Flow, m: Domain) -> Flow:
    """What an array operation does with a change of one operand."""
    operation = CODES[tape.codes[node]]
    shapes = tuple(tape.shape(i) or () for i in tape.operands_of(node))
    rule = _push_rule(operation, slot, tape.shape(node) or (), shapes, tape.statics.get(node, ()))
    amount = _read(rule, [flow.amount, *given], m)
    if flow.reach is True or operation.rule == "known derivative":
        return Flow(amount)
    np = numpy()
    ones = [np.ones_like(x, dtype=float) if is_array(x) else 1.0 for x in given]
    return Flow(amount, _read(rule, [np.asarray(flow.reach, dtype=float), *ones], doubles) != 0)


Rule = tuple[Tape, list[int], int]  # a tape, its inputs (change, output, operands, gradient), its result


@lru_cache(maxsize=1024)
def _push_rule(
    operation: Operation, slot: int, y: Shape, shapes: tuple[Shape, ...], static: tuple[tuple[str, Any], ...]
) -> Rule:
    """The rule of forward mode for one operand: a pull is linear in the gradient, and pulled itself it is the push."""
    tape = Tape(folding=True)
    change = tape.input("t", shapes[slot])
    given = [Variable(tape, tape.input(f"x{i}", s)) for i, s in enumerate((y, *shapes))]
    g = Variable(tape, tape.input("g", y))
    pull = operation.pull(slot, g, *given, **dict(static))
    found = backward(tape, pull.node, change, [g.node]).get(g.node)
    if found is None:  # nothing moves: the number of a class
        found = f.broadcast_to(Variable(tape, tape.constant(0)), shape=y).node
    places = [change, *(v.node for v in given), g.node]
    short, new = tape.replayed(keep=tape.below(iter([found, *places])))
    return short, [new[node] for node in places], new[found]


def _read(rule: Rule, given: list[Any], m: Domain) -> Any:
    tape, nodes, result = rule
    return forward(tape, dict(zip(nodes, [*given, None], strict=True)), m)[result]  # the gradient has dropped out
