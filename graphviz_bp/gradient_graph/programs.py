"""Rules as programs: read once on variables, then copied onto a tape as integers."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import Any

from ..graph.tape import Tape
from ..graph.variables import Variable, constant
from ..operations import CODES, OPERATIONS, Operation, Shape, f

MUL, NEG = OPERATIONS["mul"], OPERATIONS["neg"]


@dataclass(frozen=True, slots=True)
class Program:
    """A rule ready to be copied onto a tape.

    Operands are places in a frame: the gradient, its source where it repeats a number, the output, the operands, then
    the rule's own numbers, then the new nodes. `results` are (slot, place, whether with a minus), the last slot first.
    """

    codes: array[int]
    places: tuple[int, ...]
    ends: tuple[int, ...]
    shapes: tuple[Shape | None, ...]
    statics: tuple[tuple[Any, ...], ...]
    numbers: tuple[Any, ...]
    results: tuple[tuple[int, int, bool], ...]


class Bound:
    """A program on its tape: shapes and numbers have become integers."""

    __slots__ = ("codes", "count", "ends", "numbers", "pick", "results", "shapes", "statics")

    def __init__(self, tape: Tape, program: Program) -> None:
        self.codes, self.ends, self.count = program.codes, program.ends, len(program.codes)
        self.results = program.results
        places = program.places
        self.pick: Callable[[Any], Iterable[int]] = (
            itemgetter(*places) if len(places) > 1 else lambda frame: [frame[i] for i in places]
        )
        self.shapes = array("H", [tape.index_of(shape) for shape in program.shapes])
        self.statics = [(i, static) for i, static in enumerate(program.statics) if static]
        self.numbers = tuple(tape.constant(value) for value in program.numbers)

    def copied(self, tape: Tape, head: tuple[int, ...]) -> tuple[int, ...]:
        """Copy the program's operations; the frame, in which the results have their places."""
        if not self.count:
            return (*head, *self.numbers)
        first = len(tape.codes)
        frame = (*head, *self.numbers, *range(first, first + self.count))
        tape.codes.extend(self.codes)
        tape.operands.extend(self.pick(frame))
        start = tape.ends[-1]
        tape.ends.extend([start + end for end in self.ends])
        tape.shapes.extend(self.shapes)
        for i, static in self.statics:
            tape.statics[first + i] = static
        return frame


@lru_cache(maxsize=4096)
def program(
    operation: Operation,
    spread: bool,
    number: Any,
    shape: Shape,
    operands: tuple[tuple[Shape, bool, Any], ...],
    static: tuple[tuple[str, Any], ...],
) -> Program:
    """What flows back to those operands that ask for it, read on a small tape of formulas."""
    tape = Tape(folding=True)
    source = tape.input("source") if number is None else tape.constant(number)
    if spread:
        g = f.broadcast_to(Variable(tape, source), shape=shape)
    else:
        g = Variable(tape, source) if number is not None else Variable(tape, tape.input("g", shape))
    y = Variable(tape, tape.input("y", shape))
    xs = [
        Variable(tape, tape.input(f"x{i}", s) if value is None else tape.constant(value))
        for i, (s, _, value) in enumerate(operands)
    ]
    leaves = {source: 1} | {v.node: place for place, v in zip((0, 2, *range(3, 3 + len(xs))), (g, y, *xs), strict=True)}
    results = []
    for slot in range(len(xs) - 1, -1, -1):
        if operands[slot][1] and operation.flows(slot):
            back = _pulled(operation, slot, g, y, xs, dict(static))
            if back is not None:
                results.append((slot, back.node))
    return _flattened(tape, leaves, results, (operation.code, tuple(x.node for x in xs), static), y.node)


def _pulled(
    operation: Operation, slot: int, g: Variable, y: Variable, xs: list[Variable], static: dict[str, Any]
) -> Variable | None:
    if operation.elementwise and is_zero(partial_of(operation, slot, y, *xs)):
        return None
    back = operation.pull(slot, g, y, *xs, **static)
    return back if isinstance(back, Variable) else constant(g.tape, back)


def _flattened(
    tape: Tape, leaves: dict[int, int], results: list[tuple[int, int]], known: tuple[Any, ...], y: int
) -> Program:
    """A small tape as a program: each operation once, the output not made again (σ(x) is y), the unneeded left out."""
    same, made = list(range(len(tape))), {known: y}
    operands = [list(tape.operands_of(node)) for node in range(len(tape))]
    for node in range(len(tape)):
        xs = operands[node] = [same[i] for i in operands[node]]
        if tape.codes[node] == MUL.code and leaves.get(xs[0], 2) < 2 and xs[1] not in tape.constants:
            xs.reverse()  # local · upstream, as on the blackboard
        if node not in leaves and node not in tape.constants:
            same[node] = made.setdefault((tape.codes[node], tuple(xs), tape.statics.get(node, ())), node)
    ends_in = [(slot, *_unsigned(tape, same[node], operands)) for slot, node in results]
    needed, stack = set[int](), [node for _, node, _ in ends_in]
    while stack:
        node = stack.pop()
        if node not in needed and node not in leaves:
            needed.add(node)
            stack.extend(operands[node])
    numbers = [node for node in sorted(needed) if node in tape.constants]
    steps = [node for node in sorted(needed) if node not in tape.constants]
    place = leaves | {node: i for i, node in enumerate([*numbers, *steps], 1 + max(leaves.values()))}
    return Program(
        array("H", [tape.codes[node] for node in steps]),
        tuple(place[i] for node in steps for i in operands[node]),
        tuple(accumulate(len(operands[node]) for node in steps)),
        tuple(tape.shape(node) for node in steps),
        tuple(tape.statics.get(node, ()) for node in steps),
        tuple(tape.constants[node] for node in numbers),
        tuple((slot, place[node], negative) for slot, node, negative in ends_in),
    )


def _unsigned(tape: Tape, node: int, operands: list[list[int]]) -> tuple[int, bool]:
    """A result without its minus signs, and whether they left one."""
    negative = False
    while tape.codes[node] == NEG.code:
        node, negative = operands[node][0], not negative
    return node, negative


@lru_cache(maxsize=1024)
def carries(code: int) -> tuple[bool, ...] | None:
    """Which operands of an operation a gradient can flow back to; None for all of them.

    Where a rule says 0 (a step is flat on both sides) nothing flows.
    """
    operation = CODES[code]
    if operation.arity is None:
        return None
    flowing = [operation.flows(slot) for slot in range(operation.arity)]
    if operation.elementwise:
        rules = _partials(operation)
        flowing = [slot in rules and not is_zero(rules[slot]) for slot in range(operation.arity)]
    return None if all(flowing) else tuple(flowing)


@lru_cache(maxsize=1024)
def steady(code: int) -> bool:
    """Whether the rules of an operation are the same whatever the values: sums, and what rearranges."""
    operation = CODES[code]
    if not operation.elementwise:
        return operation.rule in ("linear", "sum rule")
    return not any(isinstance(rule, Variable) for rule in _partials(operation).values())


def _partials(operation: Operation) -> dict[int, Any]:
    """The partials of an elementwise operation read on variables, of the slots that have one."""
    tape, count = Tape(folding=True), operation.arity or 2
    xs = [Variable(tape, tape.input(f"x{i}")) for i in range(count + 1)]
    return {slot: partial_of(operation, slot, *xs) for slot in range(count) if operation.flows(slot)}


def partial_of(operation: Operation, slot: int, y: Variable, *xs: Variable) -> Any:
    """The partial of an elementwise operation read on variables, in the form that stays right at extremes."""
    rules = operation.computed
    return rules[slot](y, *xs) if isinstance(rules, tuple) else rules(slot, y, *xs)


def is_zero(value: Any) -> bool:
    """Whether a rule says 0."""
    if isinstance(value, Variable):
        value = value.tape.constants.get(value.node, 1)
    return isinstance(value, (int, float)) and value == 0
