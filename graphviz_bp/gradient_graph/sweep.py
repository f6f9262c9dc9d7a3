"""The backward pass written on a tape of formulas, from one node back to others.

A rule is read once per operation and kind of operands (programs.py); from then on it is copied onto the tape as
integers, so the work grows with the graph by a small factor. Nothing recurses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..graph.folding import folded
from ..graph.tape import CONSTANT, Tape
from ..operations import CODES, OPERATIONS
from .guards import Guards
from .programs import Bound, carries, program

NUMBERS = 200  # distinct numbers that rules are read with (2u for u**2); beyond, a number is an operand like any other
ADD, SUB, NEG, BROADCAST = (OPERATIONS[name] for name in ("add", "sub", "neg", "broadcast_to"))
SPREAD = "spread"  # a number repeated to a shape: what a sum hands back


def backward(tape: Tape, root: int, seed: int, wanted: Iterable[int],
             called: Callable[[int, int], int] | None = None) -> dict[int, int]:  # fmt: skip
    """Write the backward pass from `root` on a tape of formulas; the gradients of those `wanted` that it reaches.

    `called(node, gradient)` sees every named node once its gradient is complete, and may put another node in its place.
    """
    wanted = list(wanted)
    sweep = _Sweep(tape, _active(tape, wanted), called)
    sweep.flows[root] = seed
    sweep.run(root)
    found = ((node, sweep.flows[node]) for node in wanted)
    return {node: flow if flow >= 0 else _positive(tape, flow) for node, flow in found if flow is not None}


class _Sweep:
    """The backward pass being written: programs copied onto the tape node by node, from the root to the inputs."""

    def __init__(self, tape: Tape, active: bytearray, called: Callable[[int, int], int] | None) -> None:
        self.tape, self.called = tape, called
        self.names = dict(tape.names) if called else {}
        self.guards = Guards.of(tape, active)
        self.kinds, self.numbers = _kinds(tape, active)
        self.heads: list[Any] = list(tape.codes)  # the operation, with its facts where it has some
        for node, static in tape.statics.items():
            self.heads[node] = (self.heads[node], static)
        self.flows: list[Any] = [None] * len(tape)  # a node, or ~node for minus that node, or a list of these
        self.bound: dict[Any, Bound] = {}

    def run(self, root: int) -> None:
        """The loop that decides the speed; what is rare is left to the methods."""
        tape, flows, names, constants, shapes = self.tape, self.flows, self.names, self.tape.constants, self.tape.shapes
        heads, kinds, bound = self.heads, self.kinds, self.bound
        operands, ends = tape.operands.tolist(), tape.ends.tolist()
        careful = self.guards.careful if self.guards else bytes(len(flows))
        for node in range(root, -1, -1):
            flow = parts = flows[node]
            if flow is None:
                continue
            if type(flow) is list:
                flow = _total(tape, flow[:])
            if node in names:
                flow = self._named(node, flow)
            flows[node] = flow
            first, last = ends[node], ends[node + 1]
            if first == last:  # an input or a constant
                continue
            minus = flow < 0
            if minus:
                flow = ~flow
            xs = operands[first:last]
            if careful[node]:
                self._carefully(node, flow, minus, parts)
                continue
            source, kind = flow, None
            if flow in constants or shapes[flow]:
                source, kind = _upstream(tape, flow, self.numbers)
            key = (heads[node], kind, *[kinds[i] for i in xs])
            program = bound.get(key)
            if program is None:
                program = bound[key] = self._bind(node, kind, key[2:])
            frame = program.copied(tape, (flow, source, node, *xs))
            for slot, place, negative in program.results:
                back = frame[place] if negative is minus else ~frame[place]
                i = xs[slot]
                before = flows[i]
                if before is None:
                    flows[i] = back
                elif type(before) is list:
                    before.append(back)
                else:
                    flows[i] = [before, back]

    def _named(self, node: int, flow: int) -> int:
        assert self.called is not None
        return self.called(node, flow if flow >= 0 else _positive(self.tape, flow))

    def _carefully(self, node: int, flow: int, minus: bool, parts: Any) -> None:
        assert self.guards is not None
        for operand, back in self.guards.hand_back(node, flow, len(parts) if type(parts) is list else 1):
            before, back = self.flows[operand], ~back if minus else back
            self.flows[operand] = back if before is None else [*(before if type(before) is list else [before]), back]

    def _bind(self, node: int, kind: Any, kinds: tuple[int, ...]) -> Bound:
        """The rule of a node's operation for operands of these kinds, ready to be copied."""
        tape, value = self.tape, {number: value for value, number in self.numbers.items()}
        xs = tuple((tape.shape_table[k >> 1], bool(k & 1), None) if k >= 0 else ((), False, value[k]) for k in kinds)
        spread = kind == SPREAD or isinstance(kind, tuple)
        number = value.get(kind[1] if isinstance(kind, tuple) else kind)
        shape, static = tape.shape(node) or (), tape.statics.get(node, ())
        return Bound(tape, program(CODES[tape.codes[node]], spread, number, shape, xs, static))


def _positive(tape: Tape, flow: int) -> int:
    """The node of a gradient, its minus sign written if it has one."""
    return tape.operate(NEG, (~flow,), {}) if flow < 0 else flow


def _total(tape: Tape, parts: list[int]) -> int:
    """The sum of what came back, in the order of the children (it came back in the opposite one)."""
    if all(part < 0 for part in parts):
        return ~_total(tape, [~part for part in parts])
    total, constants = _positive(tape, parts.pop()), tape.constants
    for part in reversed(parts):
        operation, other = (SUB, ~part) if part < 0 else (ADD, part)
        if total in constants or other in constants:
            found = folded(tape, operation, (total, other), {})
            total = tape.operate(operation, (total, other), {}) if found is None else found
        else:
            total = tape.append(operation.code, (total, other), tape.shapes[total])
    return total


def _active(tape: Tape, wanted: Iterable[int]) -> bytearray:
    """For every node, whether a gradient flows through it to one of those wanted."""
    active = bytearray(len(tape))
    for node in wanted:
        active[node] = 1
    operands, ends = tape.operands.tolist(), tape.ends.tolist()
    start = 0
    for node, code in enumerate(tape.codes):
        end = ends[node + 1]
        if code < CONSTANT and not active[node]:
            which = carries(code)
            for slot in range(start, end):
                if active[operands[slot]] and (which is None or which[slot - start]):
                    active[node] = 1
                    break
        start = end
    return active


def _kinds(tape: Tape, active: Sequence[int]) -> tuple[list[int], dict[Any, int]]:
    """What a rule must know of a node: its shape and whether a gradient is asked (≥ 0), or which number it is (< 0)."""
    kinds = [2 * shape + bit for shape, bit in zip(tape.shapes, active, strict=True)]
    numbers: dict[Any, int] = {}
    for node, value in tape.constants.items():
        kind = _number_kind(value, numbers)
        if kind is not None:
            kinds[node] = kind
    return kinds, numbers


def _number_kind(value: Any, numbers: dict[Any, int]) -> int | None:
    if getattr(value, "ndim", 0) or isinstance(value, float):
        return None
    if value not in numbers and len(numbers) < NUMBERS:
        numbers[value] = -1 - len(numbers)
    return numbers.get(value)


def _upstream(tape: Tape, flow: int, numbers: dict[Any, int]) -> tuple[int, Any]:
    """What a rule must know of the gradient it is given: which number it is, or repeats (with its node), if one."""
    value = tape.constants.get(flow)
    if value is not None:
        return flow, _number_kind(value, numbers)
    if tape.shapes[flow] and tape.codes[flow] == BROADCAST.code:
        source = tape.operands_of(flow)[0]
        if tape.shapes[source] == 0:
            value = tape.constants.get(source)
            return source, SPREAD if value is None else (SPREAD, _number_kind(value, numbers))
    return flow, None
