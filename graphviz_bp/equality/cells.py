"""The cells that kinks cut the inputs into: along lines through points, and between every two kinks on them.

On a line every comparison is followed from one sample to the next; where it turns, or comes near to turning, the
place is found, and a point is taken between each two such places. Lines run along every input and along every kink,
first through the points already seen, then through those found in new cells, until the budget is spent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise

from .kinks import Differences
from .points import Point, Points
from .sides import Key

Look = Callable[[Point], Differences | None]
SIZES = (0, Fraction(1, 64), Fraction(1, 4), *range(1, 9), *(Fraction(4) ** k for k in range(2, 13)))
SAMPLES = sorted({Fraction(sign * x) for sign in (1, -1) for x in SIZES})
STEPS, DIPS, ROUNDS, KINKS = 60, 40, 4, 8
NARROW, LEVEL, ASIDE = 1e-13, 1e-9, Fraction(1, 2**20)


class Cells:
    """Finds points in cells; `look` says what every comparison compares at a point, and is asked `budget` times at most."""

    def __init__(self, points: Points, look: Look, budget: int) -> None:
        self.points, self._look, self.budget = points, look, budget

    @property
    def spent(self) -> bool:
        """Whether there was not enough budget to look everywhere."""
        return self.budget <= 0

    def look(self, point: Point) -> Differences:
        """What every comparison compares at a point; nothing where that has no value, or when the budget is spent."""
        self.budget -= 1
        return {} if self.spent else self._look(point) or {}

    def straight(self, point: Point) -> Iterator[Point]:
        """A point in every cell that one input alone leads to."""
        for name in self.points.free:
            yield from self._along(partial(self._moved, point, {name: None}))

    def slanted(self, point: Point, kinks: Sequence[Key]) -> Iterator[Point]:
        """A point in every cell that lines along a kink, or straight towards it, lead to."""
        free = [name for name in self.points.free if self.points.ranges[name].everywhere]
        for key in kinks[:KINKS] if len(free) > 1 else ():
            slopes = self._slopes(point, key, free)
            if len([slope for slope in slopes.values() if slope]) > 1:
                for step in (_along_it(slopes), slopes):
                    yield from self._along(partial(self._moved, point, step))

    def _moved(self, point: Point, step: Mapping[str, Fraction | None], t: Fraction) -> Point:
        """A point moved so far in a direction; an input without a step is put there."""
        return self.points.moved(point, {name: t if slope is None else point[name] + t * slope for name, slope in step.items()})

    def _slopes(self, point: Point, key: Key, free: Sequence[str]) -> dict[str, Fraction]:
        """How a comparison changes with every input, as far as differences tell; scaled to 1."""
        here, slopes = self.look(point).get(key), dict[str, Fraction]()
        for name in free if here is not None else ():
            there = self.look({**point, name: point[name] + ASIDE}).get(key)
            if there is None or not abs(there - here) < 1e300:
                return {}
            slopes[name] = Fraction(float(there - here))
        most = max(map(abs, slopes.values()), default=0)
        return {name: (slope / most).limit_denominator(10**6) for name, slope in slopes.items()} if most else {}

    # -- one line

    def _along(self, at: Callable[[Fraction], Point]) -> Iterator[Point]:
        """A point between every two kinks on a line, and one beyond the first and the last."""
        seen = {t: self.look(at(t)) for t in SAMPLES}
        done: set[Fraction] = set()
        for _ in range(ROUNDS):  # a choice inside a branch shows up only once that branch is entered
            places = self._kinks(seen, lambda t: self.look(at(t)))
            edges = [float(SAMPLES[0]) * 2, *places, float(SAMPLES[-1]) * 2]
            new = [simplest(a, b) for a, b in pairwise(edges) if b - a > NARROW * (1 + abs(a))]
            new = [t for t in new if t not in done]
            for t in new:
                done.add(t)
                yield at(t)
            if not places or not new or self.spent:
                return
            seen |= {t: self.look(at(t)) for t in new}

    def _kinks(self, seen: dict[Fraction, Differences], look: Callable[[Fraction], Differences]) -> list[float]:
        """Where comparisons turn, in order."""
        places: set[float] = set()
        order = sorted(seen)
        for key in dict.fromkeys(key for found in seen.values() for key in found):
            row = [(float(t), float(seen[t][key])) for t in order if key in seen[t] and seen[t][key] == seen[t][key]]

            def value(t: float, key: Key = key) -> float | None:
                found = look(Fraction(t)).get(key)
                return None if found is None or found != found else float(found)

            zeros = [t for t, x in row if x == 0]
            aside = [t + side * float(ASIDE) * (1 + abs(t)) for t in zeros[:KINKS] for side in (1, -1)]
            row += [(t, x) for t in aside if (x := value(t)) is not None]
            row.sort()
            places.update(zeros)
            row += [dip for a, b, c in zip(row, row[1:], row[2:], strict=False) if (dip := _dip(a, b, c, value))]
            row.sort()
            places |= {_turn(a, b, value) for a, b in pairwise(row) if a[1] * b[1] < 0}
        return sorted(places)


def _along_it(slopes: dict[str, Fraction]) -> dict[str, Fraction]:
    """A direction in which nothing changes, in the two inputs that matter most."""
    first, other = sorted(slopes, key=lambda name: -abs(slopes[name]))[:2]
    return {first: -slopes[other] / slopes[first], other: Fraction(1)}


def _turn(a: tuple[float, float], b: tuple[float, float], value: Callable[[float], float | None]) -> float:
    """Where a comparison turns between two places: regula falsi, halving the weight of an end that stays."""
    (s, f), (t, g), stayed = a, b, 0
    for _ in range(STEPS):
        middle = s + (t - s) * f / (f - g) if abs(f) + abs(g) < 1e300 else (s + t) / 2
        if not s < middle < t:
            middle = (s + t) / 2
        h = value(middle)
        if h is None or h == 0 or t - s <= 1e-15 * abs(s):
            return middle
        if h * f > 0:
            s, f, g, stayed = middle, h, g / 2 if stayed > 0 else g, 1
        else:
            t, g, f, stayed = middle, h, f / 2 if stayed < 0 else f, -1
    return (s + t) / 2


def _dip(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float],
         value: Callable[[float], float | None]) -> tuple[float, float] | None:  # fmt: skip
    """A place where a comparison goes the other way between samples that all go one way, if it comes near to it."""
    sign = 1 if b[1] > 0 else -1
    low, high = a[0], c[0]
    lies_lower = sign * a[1] >= sign * b[1] > 0 and sign * c[1] >= sign * b[1]
    if not lies_lower or max(abs(a[1] - b[1]), abs(c[1] - b[1])) <= LEVEL * abs(b[1]):
        return None
    for _ in range(DIPS):
        left, right = low + (high - low) * 0.382, low + (high - low) * 0.618
        f, g = value(left), value(right)
        if f is None or g is None:
            return None
        if f * sign <= 0 or g * sign <= 0:
            return (left, f) if f * sign <= 0 else (right, g)
        low, high = (low, right) if f * sign < g * sign else (left, high)
    return None


def simplest(a: float, b: float) -> Fraction:
    """The fraction with the smallest denominator well inside an interval.

    >>> simplest(3, 4), simplest(-0.2, 0.7), simplest(1.25, 1.5)
    (Fraction(7, 2), Fraction(0, 1), Fraction(4, 3))
    """
    margin = (b - a) / 16
    low, high = Fraction(a + margin), Fraction(b - margin)
    if not low < high:
        return (Fraction(a) + Fraction(b)) / 2
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -_between(-high, -low)
    return _between(low, high)


def _between(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the smallest denominator in an interval of positive numbers."""
    whole = -(-low.numerator // low.denominator)  # rounded up
    if whole <= high:
        return Fraction(whole)
    floor = whole - 1
    return floor + 1 / _between(1 / (high - floor), 1 / (low - floor))
