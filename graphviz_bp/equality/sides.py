"""Which sides of the comparisons in a claim have been seen, and which could still be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from .kinks import Differences
from .points import Point

Key = tuple[Any, ...]
MANY = 12  # comparisons; beyond, pairs of them are not followed


@dataclass(slots=True)
class Sides:
    """What every comparison compared at each point so far; comparisons that always go alike count as one."""

    seen: list[tuple[Point, Differences]] = field(default_factory=list)

    def shows_something_new(self, found: Differences) -> bool:
        """Whether the comparisons go as they have not gone before."""
        return signature(found) not in {signature(other) for _, other in self.seen}

    def distinct(self) -> list[Key]:
        """One comparison of each kind."""
        kept: list[Key] = []
        for key in dict.fromkeys(key for _, found in self.seen for key in found):
            if not any(self._proportional(key, other) for other in kept):
                kept.append(key)
        return kept

    def unseen(self) -> list[tuple[tuple[Key, bool], ...]]:
        """Outcomes that no point shows; if there are none, pairs of outcomes that could be had together."""
        keys = self.distinct()
        outcomes = [{key: found[key] > 0 for key in keys if key in found} for _, found in self.seen]
        single = [((k, side),) for k in keys for side in (True, False) if not any(o.get(k) == side for o in outcomes)]
        if single or len(keys) > MANY:
            return list(single)
        return [
            ((a, x), (b, y))
            for i, a in enumerate(keys) for b in keys[:i] for x, y in product((True, False), repeat=2)
            if self._possible(a, b, x, y) and not any(o.get(a) == x and o.get(b) == y for o in outcomes)
        ]  # fmt: skip

    def crossings(self) -> list[tuple[Key, Point, Point]]:
        """For every comparison, two points on different sides of it."""
        out = []
        for key in self.distinct():
            ends = [next((p for p, found in self.seen if key in found and (found[key] > 0) == side), None) for side in (True, False)]
            if ends[0] is not None and ends[1] is not None:
                out.append((key, ends[0], ends[1]))
        return out

    def _pairs(self, a: Key, b: Key) -> list[tuple[Any, Any]]:
        return [(found[a], found[b]) for _, found in self.seen if a in found and b in found]

    def _proportional(self, a: Key, b: Key) -> bool:
        pairs = self._pairs(a, b)
        if not pairs or any(not y for _, y in pairs):
            return False
        ratio = pairs[0][0] / pairs[0][1]
        return all(abs(x - ratio * y) <= abs(x) * 1e-15 for x, y in pairs)

    def _possible(self, a: Key, b: Key, x: bool, y: bool) -> bool:
        """Whether two outcomes can be had together; not so for t > 1 and t < 0, thresholds of the same thing."""
        pairs = self._pairs(a, b)
        for sign in (1, -1):
            shifts = [p - sign * q for p, q in pairs]
            if shifts and all(abs(s - shifts[0]) <= 1e-15 * (1 + abs(s)) for s in shifts):
                return _together(sign, shifts[0], x, y)
        return True


def _together(sign: int, shift: Any, x: bool, y: bool) -> bool:
    """Whether a > 0 is x and b > 0 is y for some a = sign·b + shift."""
    if sign > 0:
        return not (x and not y and shift <= 0) and not (y and not x and shift >= 0)
    return not (x and y and shift <= 0) and not (not x and not y and shift >= 0)


def signature(found: Differences) -> frozenset[tuple[Key, bool]]:
    """Which way every comparison goes."""
    return frozenset((key, bool(value > 0)) for key, value in found.items())


def told(missing: Sequence[tuple[Key, bool]], names: dict[Key, str]) -> str:
    """An outcome in words."""
    parts = [f"{names.get(key, 'the argument of a choice')} is {'positive' if side else 'negative'}" for key, side in missing]
    return " and ".join(parts)
