"""Branches not taken: a gradient that is zero because of a choice contributes exactly zero, whatever it meets."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import islice, pairwise, product

from ..backprop.sweep import forward, read_rule
from ..graph.tape import CONSTANT, Tape
from ..graph.variables import Variable, constant
from ..numbers import doubles, numpy
from ..operations import CODES, Operation, f
from .programs import is_zero, partial_of, steady


class Guards:
    """Where a gradient may be cut off by a choice, so that it must not meet an infinite partial: never 0 · ∞.

    A choice (where, relu, max) cuts what flows back through it; where its gradient, or a partial further on, may be
    infinite or undefined, products are written `where(reach, g · partial, 0)`. Elsewhere nothing is added.
    """

    @classmethod
    def of(cls, tape: Tape, active: bytearray) -> Guards | None:
        """The guards of a tape, if something on it chooses and something may be infinite."""
        codes = [code for code in set(tape.codes) if code < CONSTANT]
        needed = any(CODES[code].rule == "choice" for code in codes) and any(map(_ever_infinite, codes))
        return cls(tape, active) if needed else None

    def __init__(self, tape: Tape, active: bytearray) -> None:
        self.tape, self.active = tape, active
        self.reaches: dict[int, list[Variable]] = {}
        flat, ends = tape.operands.tolist(), tape.ends.tolist()
        self.operands = [flat[first:last] for first, last in pairwise(ends)]
        self.chooses = {code: code < CONSTANT and CODES[code].rule == "choice" for code in set(tape.codes)}
        self._look_down()
        self._look_up()

    def _look_down(self) -> None:
        """Which partials may be infinite here (`risky`), here or further on (`exposed`)."""
        tape, active, length = self.tape, self.active, len(self.tape)
        self.risky, self.exposed, tainted = bytearray(length), bytearray(length), bytearray(length)
        for node, code in enumerate(tape.codes):
            xs = self.operands[node]
            if not xs:
                continue
            value = partial = False
            if _ever_infinite(code):
                numbers = tuple(_small_number(tape, i) for i in xs)
                value, partial = _extremes(CODES[code], numbers, tuple(slot for slot, i in enumerate(xs) if active[i]))
            tainted[node] = value or any(tainted[i] for i in xs)
            self.risky[node] = partial or (tainted[node] and not steady(code))
            self.exposed[node] = active[node] and (self.risky[node] or any(active[i] and self.exposed[i] for i in xs))

    def _look_up(self) -> None:
        """Which gradients may be cut off, which may be infinite (`wild`), and which nodes therefore need care."""
        active, exposed, wild, length = self.active, self.exposed, bytearray(len(self.tape)), len(self.tape)
        self.wild, self.careful, cut = wild, bytearray(length), bytearray(length)
        for node in range(length - 1, -1, -1):
            xs = self.operands[node]
            if not xs or not active[node]:
                continue
            choice, spreads = self.chooses[self.tape.codes[node]], self.risky[node] or wild[node]
            meets = cut[node] and exposed[node]
            if meets or (choice and (wild[node] or any(active[i] and exposed[i] for i in xs))):
                self.careful[node] = 1
            if choice or cut[node] or spreads:
                for i in xs:
                    cut[i] |= choice or cut[node]
                    wild[i] |= spreads

    def hand_back(self, node: int, flow: int, parts: int) -> list[tuple[int, int]]:
        """What flows back to the operands, guarded; and on record where it flows at all."""
        operation, xs = CODES[self.tape.codes[node]], self.tape.operands_of(node)
        reach, g = self._reach(node, parts), Variable(self.tape, flow)
        y, *operands = (Variable(self.tape, i) for i in (node, *xs))
        how = self._through_entries if operation.elementwise else self._through_array
        out = []
        for slot in range(len(xs) - 1, -1, -1):
            if self.active[xs[slot]] and operation.flows(slot):
                back, here = how(operation, slot, reach, g, y, operands)
                if back is not None:
                    out.append((xs[slot], back.node))
                    if self.exposed[xs[slot]] and here is not None:
                        self.reaches.setdefault(xs[slot], []).append(here)
        return out

    def _reach(self, node: int, parts: int) -> Variable | None:
        """Where the gradient of a node flows: nonzero there; None where no choice has cut off all its parts."""
        reaches = self.reaches.get(node, [])
        if len(reaches) < parts:
            return None
        return reaches[0] if parts == 1 else f.max(*[f.not_equal(r, 0) for r in reversed(reaches)])

    def _through_entries(self, operation: Operation, slot: int, reach: Variable | None, g: Variable, y: Variable,
                         xs: list[Variable]) -> tuple[Variable | None, Variable | None]:  # fmt: skip
        local, choice, shape = partial_of(operation, slot, y, *xs), operation.rule == "choice", xs[slot].shape
        if is_zero(local):
            return None, None
        if choice and isinstance(local, Variable):
            reach = local if reach is None else reach * local
        back = g * local
        if reach is not None and (self.wild if choice else self.risky)[y.node]:
            back = f.where(reach, back, 0)
        if reach is not None and reach.shape != shape:
            reach = f.sum_to(f.broadcast_to(f.not_equal(reach, 0), shape=y.shape), shape=shape)
        return f.sum_to(back, shape=shape), reach

    def _through_array(self, operation: Operation, slot: int, reach: Variable | None, g: Variable, y: Variable,
                       xs: list[Variable]) -> tuple[Variable | None, Variable | None]:  # fmt: skip
        static = self.tape.static(y.node)
        back = operation.pull(slot, g, y, *xs, **static)
        if reach is None or operation.rule == "known derivative":
            return back, None
        one = constant(self.tape, 1)  # the same pull on ones, which can cancel nothing
        ones = [f.broadcast_to(one, shape=v.shape) for v in (y, *xs)]
        spread = f.broadcast_to(f.not_equal(reach, 0), shape=y.shape)
        return back, f.not_equal(operation.pull(slot, spread, *ones, **static), 0)


EXTREMES = (-1000.0, -1.5, -1.0, 0.0, 0.5, 1.0, 1000.0)


@lru_cache(maxsize=1024)
def _extremes(operation: Operation, numbers: tuple[int | None, ...], slots: tuple[int, ...]) -> tuple[bool, bool]:
    """Whether the value, and whether the partial of one of the slots, is infinite or undefined at an extreme."""
    if not operation.elementwise:
        return False, False
    np, tape = numpy(), Tape()
    node = tape.operate(operation, tuple(tape.input(f"x{i}") for i in range(len(numbers))), {})
    spots = islice(product(*(EXTREMES if n is None else (float(n),) for n in numbers)), 1000)
    xs = list(np.array(list(spots)).T)
    with np.errstate(all="ignore"):
        value = forward(tape, dict(enumerate(xs)), doubles)[node]
        fine = np.isfinite(value)
        given = [value[fine], *(x[fine] for x in xs)]
        partials = [read_rule(doubles, tape, node, slot, given) for slot in slots if operation.flows(slot)]
        return not fine.all(), not all(np.isfinite(p).all() for p in partials)


@cache
def _ever_infinite(code: int) -> bool:
    """Whether the operation's value or a partial of it is infinite or undefined anywhere."""
    operation = CODES[code]
    count = operation.arity or 2
    return any(_extremes(operation, (None,) * count, tuple(range(count))))


def _small_number(tape: Tape, node: int) -> int | None:
    value = tape.constants.get(node)
    return value if isinstance(value, int) and abs(value) <= 64 else None
