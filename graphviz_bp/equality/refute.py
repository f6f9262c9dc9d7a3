"""Refutation: points where two sides differ by more than the errors of computing them, or enough where they do not."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from math import log10
from typing import Any, Literal

from ..backprop.sweep import forward
from ..errors import InputError
from ..graph import Graph
from ..numbers import Domain, NotExact, doubles, exact, to_fraction
from ..reading.quantities import Side
from .careful import TooLarge, Unclear, Undecided, balls, careful
from .cells import Cells
from .ground import Ground
from .kinks import Differences, choices, differences
from .points import Point, Points
from .sides import Sides, signature
from .verdicts import Counterexample, Outcome, Verdict

DIGITS = 40
ENOUGH, TRIES, BUDGET = 12, 120, 400_000
PRECISE = (80, 160, 320, 640)
KEPT = 500  # grounds
BESIDE = Fraction(1, 10**15)


@dataclass(slots=True)
class Compared:
    """What came of comparing two sides: where they agreed, where only the claim was undefined, where they differed.

    Points at a kink are left aside: what holds there is a convention, and `conventions` are points where the two differ.
    """

    agreed: list[Point] = field(default_factory=list)
    at_kinks: list[Point] = field(default_factory=list)
    conventions: list[Counterexample] = field(default_factory=list)
    undefined: list[tuple[Point, Any]] = field(default_factory=list)
    too_large: int = 0
    different: Outcome | None = None
    sides: Sides = field(default_factory=Sides)


class Refuter:
    """Two sides of claims about one graph at many points; what the graph knows at a point is worked out once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._grounds: dict[Any, Ground] = {}

    def compared(self, left: Side, right: Side, points: Points, first: Mapping[str, Any]) -> Compared:
        """The sides at the point given first, at points that read well, at scattered ones, up to the first difference."""
        found = Compared()
        for point in _coincidences(right, points):
            self.at_point(left, right, point, points, found)
            if found.different is not None:
                return found
        for tries, point in enumerate(self._tried(points, first)):
            self.at_point(left, right, point, points, found)
            done = len(found.agreed) >= ENOUGH + 3 or tries >= TRIES or not points.free
            if found.different is not None or done:
                break
        if not found.agreed and found.different is None:
            for point in found.at_kinks[:ENOUGH]:  # there is nothing else: abs(x − x)
                self.at_point(left, right, point, points, found, kinks=True)
        return found

    def _tried(self, points: Points, first: Mapping[str, Any]) -> Iterator[Point]:
        if all(name in first for name in points.free):
            yield {**points.rest, **points.fixed, **{name: first[name] for name in points.free}}
        yield from points.readable()
        yield from points.scattered()

    def at_point(self, left: Side, right: Side, point: Point, points: Points, found: Compared, *,
                 kinks: bool = False) -> None:  # fmt: skip
        """One point: put on record what it shows; a point at a kink only if `kinks` are asked for."""
        try:
            ground = self.ground(point, careful(DIGITS))
            if not all(finite(ground.value(q.of)) for q in left.quantities.values() if q.of):
                return  # no gradient where the graph itself has no value
            a, b = ground.side(left), ground.side(right)
        except (TooLarge, OverflowError):
            found.too_large += 1
            return
        if not finite(a):
            return
        if not finite(b):
            found.undefined.append((point, a))
            return
        comparisons = self.comparisons(left, right, ground)
        if not kinks and not all(comparisons.values()):
            found.at_kinks.append(point)
            if not close(a, b):
                found.conventions.append(Counterexample(_shown(point, points), b, a))
            return
        apart = False if close(a, b) else self.apart(left, right, point)
        if apart is False:
            found.agreed.append(point)
            found.sides.seen.append((point, comparisons))
        elif isinstance(apart, tuple):
            counterexample = Counterexample(_shown(point, points), *self._exactly(left, right, point, apart))
            reason = str(counterexample) + _nearly(*apart)
            found.different = Outcome(Verdict.DIFFERENT, reason, counterexample, points=(point,))

    def ground(self, point: Point, m: Domain) -> Ground:
        """What the graph knows at a point in a domain."""
        key = (m.name, tuple(point.items()))
        if key not in self._grounds:
            if len(self._grounds) >= KEPT:
                self._grounds.clear()
            self._grounds[key] = Ground(self.graph, m, point)
        return self._grounds[key]

    def apart(self, left: Side, right: Side, point: Point) -> tuple[Any, Any] | Literal[False] | None:
        """The two values if they are certainly different, False if they agree to 25 digits, None where neither is sure."""
        for count in PRECISE:
            found = self._bounded(left, right, point, count)
            if found is None:
                continue
            (a, b), gap, error = found
            if gap > 2 * error:
                return a, b
            if error * 10**25 <= max(abs(a), abs(b)) or not error:
                return False
        return None

    def _bounded(self, left: Side, right: Side, point: Point, count: int) -> tuple[tuple[Any, Any], Any, Any] | None:
        """Both values, how far they are apart, and by how much they may be off; None where that can not be said."""
        try:
            pairs = [self._values(left, right, point, balls(count))]
        except Undecided:  # a choice by something that may be zero: both ways
            try:
                pairs = [self._values(left, right, point, balls(count, lean=lean)) for lean in (1, -1)]
            except (Unclear, TooLarge, OverflowError):
                return None
        except (Unclear, TooLarge, OverflowError):
            return None
        a, b = pairs[0]
        if not all(finite(x.middle) for pair in pairs for x in pair):
            return None
        error = max(x.radius + y.radius for x, y in pairs)
        error += max(abs(a.middle - x.middle) + abs(b.middle - y.middle) for x, y in pairs)
        return (a.middle, b.middle), abs(a.middle - b.middle), error

    def _values(self, left: Side, right: Side, point: Point, m: Domain) -> tuple[Any, Any]:
        ground = self.ground(point, m)
        return ground.side(left), ground.side(right)

    def apart_at_last(self, left: Side, right: Side, points: list[Point]) -> Outcome | None:
        """Sides that are no identity and agree to 20 digits, told apart with more digits."""
        for point in points:
            for count in (*PRECISE, 2 * PRECISE[-1]):
                found = self._bounded(left, right, point, count)
                if found is not None and found[1] > 2 * found[2]:
                    counterexample = Counterexample(point, found[0][1], found[0][0])
                    return Outcome(Verdict.DIFFERENT, str(counterexample), counterexample, points=(point,))
        return None

    def _exactly(self, left: Side, right: Side, point: Point, apart: tuple[Any, Any]) -> tuple[Any, Any]:
        """What is claimed and what is true, as exact numbers where they have them."""
        try:
            ground = self.ground(point, exact)
            return to_fraction(ground.side(right)), to_fraction(ground.side(left))
        except (NotExact, InputError):
            return apart[1], apart[0]

    # -- kinks

    def beside_kink(self, side: Side, point: Point) -> tuple[Any, Any] | None:
        """The least and the largest value that a side has right beside a kink; None where there is no kink."""
        try:
            if all(self.comparisons(side, side, self.ground(point, careful(DIGITS))).values()):
                return None
            turns = [1 if index % 2 else -1 for index in range(len(point))]
            beside = [
                {name: value + flip * turn * BESIDE for turn, (name, value) in zip(pattern, point.items(), strict=True)}
                for pattern in ([1] * len(point), turns) for flip in (1, -1)
            ]  # fmt: skip
            values = [self.ground(near, careful(DIGITS)).side(side) for near in beside]
        except (TooLarge, OverflowError):
            return None
        return (min(values), max(values)) if all(map(finite, values)) else None

    def comparisons(self, left: Side, right: Side, ground: Ground) -> Differences:
        """What every comparison in the graph and in the sides compares at a point."""
        tape = self.graph.tape
        roots = [tape.by_name[q.of or q.node] for side in (left, right) for q in side.quantities.values()]
        found = differences(tape, ground.values, ground.m, choices(tape, tape.below(iter(roots))), "graph")
        for tag, side in (("left", left), ("right", right)):
            nodes = choices(side.tape)
            if nodes:
                given = {node: ground.quantity(quantity) for node, quantity in side.quantities.items()}
                found |= differences(side.tape, forward(side.tape, given, ground.m), ground.m, nodes, tag)
        return found

    def visit_cells(self, left: Side, right: Side, points: Points, found: Compared) -> bool:
        """Compare the sides in every cell between kinks that lines lead to; whether there was budget for all of them."""
        cells = Cells(points, partial(self._roughly, left, right), BUDGET // (20 + len(self.graph.tape) + len(right.tape)))
        kinks, shown = found.sides.distinct(), {signature(seen) for _, seen in found.sides.seen}
        straight = deque({signature(seen): point for point, seen in found.sides.seen}.values())
        slanted = deque(straight)
        while (straight or slanted) and not cells.spent and found.different is None:
            for point in cells.straight(straight.popleft()) if straight else cells.slanted(slanted.popleft(), kinks):
                mark = signature(cells.look(point))
                if mark in shown:
                    continue
                shown.add(mark)
                self.at_point(left, right, point, points, found)
                if found.different is not None:
                    break
                straight.append(point)
                slanted.append(point)
        return not cells.spent

    def _roughly(self, left: Side, right: Side, point: Point) -> Differences | None:
        """The comparisons at a point in doubles."""
        try:
            return self.comparisons(left, right, Ground(self.graph, doubles, point))
        except (ArithmeticError, ValueError):
            return None


def _coincidences(claim: Side, points: Points) -> Iterator[Point]:
    """Points where a claim's own = between an input and a number holds, which scattered points never meet."""
    tape, base = claim.tape, next(points.readable())
    for node in range(len(tape)):
        operation = tape.operation(node)
        if operation is not None and operation.name in ("equal", "not_equal"):
            a, b = tape.operands_of(node)
            for one, number in ((a, b), (b, a)):
                quantity = claim.quantities.get(one)
                if quantity and not quantity.of and quantity.node in points.free and number in tape.constants:
                    value, range_ = Fraction(tape.constants[number]), points.ranges[quantity.node]
                    if (range_.low is None or value > range_.low) and (range_.high is None or value < range_.high):
                        yield {**base, quantity.node: value}


def _shown(point: Point, points: Points) -> Point:
    """The coordinates that matter."""
    return {name: point[name] for name in point if name not in points.rest}


def finite(x: Any) -> bool:
    """Whether this is a number."""
    return bool(x - x == 0)


def close(a: Any, b: Any) -> bool:
    """Whether two numbers agree to 20 digits."""
    gap = abs(a - b)
    return bool(gap == 0 or gap * 10**20 <= max(abs(a), abs(b)))


def _nearly(a: Any, b: Any) -> str:
    """How far two different values agree, if they nearly do: 0.333 for 1/3."""
    gap = abs(a - b) / max(abs(a), abs(b))
    if gap > 0.02:
        return ""
    return f" (they agree to about {-int(log10(gap)) if gap > 1e-300 else 300} digits)"
