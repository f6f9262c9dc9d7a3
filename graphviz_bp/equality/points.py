"""Points at which sides are compared: a few that read well, then odd multiples of a power of two on four scales.

The points are drawn from a fixed seed, so that the same claim is always compared at the same points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from ..graph import Graph
from ..numbers import to_fraction

Point = dict[str, Any]
SCALES = (Fraction(2), Fraction(1, 4), Fraction(16), Fraction(2), Fraction(128), Fraction(1, 4))
READABLE = (
    (1, 2, 3, -1, 5), (2, -1, 1, 3, -2), (-1, 3, -2, 2, 1), (Fraction(1, 2), 1, -1, Fraction(3, 2), 2), (3, -2, Fraction(1, 2), -3, -1),
)  # fmt: skip
GRAIN = 2**20
INSIDE = Fraction(1, 2**30)  # what 0 becomes in a range that ends there


@dataclass(frozen=True, slots=True)
class Range:
    """Where the author says an input lies."""

    low: Fraction | None
    high: Fraction | None

    @classmethod
    def of(cls, domain: Sequence[tuple[str, Any]]) -> Range:
        """The range that declarations such as `x > 0` say."""
        lows = [Fraction(bound) for sign, bound in domain if sign in (">", ">=")]
        highs = [Fraction(bound) for sign, bound in domain if sign in ("<", "<=")]
        return cls(max(lows, default=None), min(highs, default=None))

    @property
    def everywhere(self) -> bool:
        """Whether nothing is said of it."""
        return self.low is None and self.high is None

    def placed(self, x: Fraction) -> Fraction:
        """A number brought into the range, by reflection or on the scale of the range."""
        size = abs(x) or INSIDE
        if self.low is not None and self.high is not None:
            return self.low + (self.high - self.low) * size / (1 + size)  # never an end
        if self.low is not None:
            return self.low + size
        return x if self.high is None else self.high - size


class Points:
    """Points for some inputs of a graph, the others being fixed."""

    def __init__(self, graph: Graph, free: Sequence[str], fixed: Mapping[str, Any]) -> None:
        self.free, self.fixed = tuple(free), dict(fixed)
        self.ranges = {name: Range.of(graph.tape.inputs[name].domain) for name in free}
        self.rest = {name: 1 for name in graph.inputs if name not in free and name not in fixed}
        self._random = Random("graphviz_bp")

    def point(self, values: Sequence[Fraction | int]) -> Point:
        """A point with these values for the free inputs, in order, brought into their ranges."""
        placed = {name: self.ranges[name].placed(Fraction(x)) for name, x in zip(self.free, values, strict=True)}
        return {**self.rest, **self.fixed, **placed}

    def readable(self) -> Iterator[Point]:
        """Small numbers, no two inputs alike."""
        for row in READABLE:
            yield self.point([row[j % 5] + (j // 5) for j in range(len(self.free))])

    def scattered(self, scales: Sequence[Fraction] = SCALES) -> Iterator[Point]:
        """Points on the scales in turn, both signs, without end."""
        while True:
            for scale in scales:
                yield self.point([self._draw(scale) for _ in self.free])

    def far(self) -> Iterator[Point]:
        """Points whose inputs are each on a scale of their own, from the tiny to the huge."""
        scales = [Fraction(2) ** k for k in (-6, -2, 0, 1, 2, 3, 4, 5, 7, 9, 12, 16, 24)]
        while True:
            yield self.point([self._draw(self._random.choice(scales)) for _ in self.free])

    def near(self, point: Mapping[str, Any]) -> Iterator[Point]:
        """Points around one, on the scale of its coordinates, without end; ranges have no gaps, so none is left."""
        centre = {name: to_fraction(point[name]) for name in self.free}
        while True:
            other = self.point([centre[name] + self._draw(Fraction(4)) for name in self.free])
            share = Fraction(1, self._random.randrange(2, 40))
            yield {**other, **{name: x + (other[name] - x) * share for name, x in centre.items()}}

    def moved(self, point: Point, values: Mapping[str, Fraction]) -> Point:
        """A point with other values for some of its inputs, brought into their ranges."""
        return {**point, **{name: self.ranges[name].placed(x) for name, x in values.items()}}

    def _draw(self, scale: Fraction) -> Fraction:
        value = Fraction(2 * self._random.randrange(GRAIN // 2) + 1, GRAIN) * scale
        return value if self._random.random() < 0.5 else -value
