"""The reference sweeps: one value per node going forward, one pull per use of a parent going back.

They are written for clarity and serve every domain (exact, doubles, 40 digits, symbols). A rule is read once per
operation, slot and shapes as a small tape, and that tape is then evaluated wherever the rule is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from functools import lru_cache
from typing import Any

from ..graph.boxes import Box
from ..graph.tape import CONSTANT, INPUT, Tape
from ..graph.variables import Variable, constant
from ..numbers import Domain, NotExact, doubles, exact, is_array, numpy, plain, symbols
from ..operations import CODES, Operation, Shape

Visit = Callable[[int, Operation, list[Any], Any], None]


def forward(tape: Tape, given: Mapping[int, Any], m: Domain, visit: Visit | None = None) -> list[Any]:
    """The value of every node in the domain `m`; `given` holds the inputs'. `visit` sees every operation done."""
    values: list[Any] = [None] * len(tape)
    for node, code in enumerate(tape.codes):
        if code == INPUT:
            values[node] = given[node]
        elif code == CONSTANT:
            values[node] = m.number(tape.constants[node])
        else:
            operation = CODES[code]
            operands = [values[i] for i in tape.operands_of(node)]
            try:
                value = apply(operation, m, operands, tape.static(node))
            except NotExact as reason:
                raise NotExact(reason.reason, whose(tape, node)) from None
            if visit is not None:
                visit(node, operation, operands, value)
            values[node] = value
    return values


def apply(operation: Operation, m: Domain, operands: list[Any], static: dict[str, Any]) -> Any:
    """An operation's value; a scalar comes out as a plain number, whatever NumPy made of it."""
    value = plain(operation.at(m, *operands, **static))
    if m is not doubles and is_array(value) and value.dtype != object:
        value = value.astype(object)  # NumPy makes machine integers of a repeated 1
    if m is exact:
        m.check(value)
    return value


def whose(tape: Tape, node: int) -> str:
    """The name of the box a node belongs to: the first named node that needs it."""
    named = node in tape.names
    while not named and node + 1 < len(tape):
        node += 1  # a box's unnamed operations come before its root, and inputs first met there among them
        named = node in tape.names and tape.codes[node] != INPUT
    return tape.names.get(node, "the output")


@lru_cache(maxsize=4096)
def _rule(
    operation: Operation, slot: int, y: Shape, shapes: tuple[Shape, ...], static: tuple[tuple[str, Any], ...]
) -> tuple[Tape, int]:
    """What flows back to one operand as a tape: a partial (inputs y, operands) or a pull (inputs g, y, operands)."""
    tape = Tape(folding=True)
    g = [] if operation.elementwise else [Variable(tape, tape.input("g", y))]
    operands = [
        Variable(tape, tape.input("y", y)),
        *(Variable(tape, tape.input(f"x{i}", s)) for i, s in enumerate(shapes)),
    ]
    if operation.elementwise:
        rules = operation.computed
        found = rules[slot](*operands) if isinstance(rules, tuple) else rules(slot, *operands)
    else:
        found = operation.pull(slot, *g, *operands, **dict(static))
    return tape, (found if isinstance(found, Variable) else constant(tape, found)).node


def read_rule(m: Domain, tape: Tape, node: int, slot: int, given: list[Any]) -> Any:
    """The rule of one slot evaluated: its partial at (y, operands), or its pull at (g, y, operands)."""
    operation = CODES[tape.codes[node]]
    shapes = tuple(tape.shape(i) or () for i in tape.operands_of(node))
    program, result = _rule(operation, slot, tape.shape(node) or (), shapes, tape.statics.get(node, ()))
    try:
        return forward(program, dict(enumerate(given)), m)[result]
    except NotExact as reason:
        raise NotExact(reason.reason, whose(tape, node)) from None


class Flow:
    """A gradient on its way back, and where it flows at all: a branch not taken hands back exactly nothing."""

    __slots__ = ("amount", "reach")

    def __init__(self, amount: Any, reach: Any = True) -> None:
        self.amount, self.reach = amount, reach


def pull_through(tape: Tape, box: Box, values: list[Any], seed: Flow, m: Domain,
                 unasked: Set[int] = frozenset()) -> dict[tuple[int, int], Flow]:  # fmt: skip
    """What flows back from a box's root to each use of a parent; uses that nothing can flow to are left out.

    `unasked` are nodes whose gradients nobody asks: what only leads there is not worked out.
    """
    flows, out = {box.root: seed}, dict[tuple[int, int], Flow]()
    idle = _idle(tape, box, unasked) if unasked else unasked
    for node in reversed(box.members):
        flow, operation = flows.pop(node, None), tape.operation(node)
        if flow is None or operation is None:
            continue
        for slot, operand in enumerate(tape.operands_of(node)):
            if operand in tape.constants or operand in idle or not operation.flows(slot):
                continue
            handed = hand_back(tape, node, slot, values, flow, m)
            if operand in tape.names:
                out[node, slot] = handed
            else:
                flows[operand] = handed
    return out


def _idle(tape: Tape, box: Box, unasked: Set[int]) -> Set[int]:
    """The nodes in a box, and its parents, from which only unasked nodes are reached."""
    idle = set(unasked)
    for node in box.members:
        operands = tape.operands_of(node)
        if operands and all(i in idle or i in tape.constants for i in operands):
            idle.add(node)
    return idle


def hand_back(tape: Tape, node: int, slot: int, values: list[Any], flow: Flow, m: Domain) -> Flow:
    """What flows back from one operation to one of its operands."""
    operation, operands = CODES[tape.codes[node]], tape.operands_of(node)
    given = [values[node], *(values[i] for i in operands)]
    if not operation.elementwise:
        return Flow(
            read_rule(m, tape, node, slot, [flow.amount, *given]), _spread_reach(tape, node, slot, given, flow.reach)
        )
    local = read_rule(m, tape, node, slot, given)
    reach = flow.reach
    if operation.rule == "choice" and m is not symbols:
        taken = local != 0
        if is_array(taken):  # a local partial may have fewer axes than the output
            taken = numpy().broadcast_to(taken, tape.shape(node))
        reach = _both(reach, taken)
    if reach is True:
        amount = flow.amount * local
    elif is_array(reach):
        amount = numpy().where(reach, flow.amount * local, m.number(0))
    else:
        amount = flow.amount * local if reach else m.number(0)
    return Flow(*(_sum_to(x, tape.shape(operands[slot]) or (), m) for x in (amount, reach)))


def _both(a: Any, b: Any) -> Any:
    if is_array(a) or is_array(b):
        return numpy().logical_and(a, b)
    return bool(a) and bool(b)


def _sum_to(x: Any, shape: Shape, m: Domain) -> Any:
    """Undo broadcasting: sum (or, for truths, any) over what was repeated, and repeat what is too small."""
    if not is_array(x):
        return (
            x
            if shape == () or isinstance(x, bool)
            else numpy().full(shape, x, dtype=float if isinstance(x, float) else object)
        )
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, n in enumerate(shape) if n == 1 and x.shape[lead + i] != 1)
    if not axes:
        return numpy().broadcast_to(x, shape) if x.shape != shape else x
    summed = x.any(axis=axes, keepdims=True) if x.dtype == bool else x.sum(axis=axes, keepdims=True)
    return plain(summed.reshape(shape))


def _spread_reach(tape: Tape, node: int, slot: int, given: list[Any], reach: Any) -> Any:
    """Where a gradient flows after an array operation: the same pull on ones, which can cancel nothing."""
    operation = CODES[tape.codes[node]]
    if reach is True or operation.rule == "known derivative":
        return reach if not is_array(reach) else True
    if not is_array(reach) and not reach:
        return False
    np = numpy()
    ones = [np.ones_like(x, dtype=float) if is_array(x) else 1.0 for x in given]
    marks = read_rule(doubles, tape, node, slot, [np.asarray(reach, dtype=float), *ones])
    return marks != 0
