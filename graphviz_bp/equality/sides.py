"""Which sides of the comparisons in a claim have been seen, and which could still be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .kinks import Differences
from .points import Point

Key = tuple[Any, ...]


@dataclass(slots=True)
class Sides:
    """What every comparison compared at each point so far; comparisons that always go alike count as one."""

    seen: list[tuple[Point, Differences]] = field(default_factory=list)

    def distinct(self) -> list[Key]:
        """One comparison of each kind."""
        kept: list[Key] = []
        for key in dict.fromkeys(key for _, found in self.seen for key in found):
            if not any(self._proportional(key, other) for other in kept):
                kept.append(key)
        return kept

    def unseen(self) -> tuple[Key, bool] | None:
        """A comparison and the outcome of it that no point shows; None where all are shown."""
        for key in self.distinct():
            shown = {found[key] > 0 for _, found in self.seen if found.get(key)}  # 0 shows neither
            for side in (True, False):
                if side not in shown:
                    return key, side
        return None

    def _pairs(self, a: Key, b: Key) -> list[tuple[Any, Any]]:
        return [(found[a], found[b]) for _, found in self.seen if a in found and b in found]

    def _proportional(self, a: Key, b: Key) -> bool:
        pairs = self._pairs(a, b)
        if not pairs or any(not y for _, y in pairs):
            return False
        ratio = pairs[0][0] / pairs[0][1]
        return all(abs(x - ratio * y) <= abs(x) * 1e-15 for x, y in pairs)


def signature(found: Differences) -> frozenset[tuple[Key, bool]]:
    """Which way every comparison goes."""
    return frozenset((key, bool(value > 0)) for key, value in found.items())


def told(missing: tuple[Key, bool], names: dict[Key, str]) -> str:
    """An outcome in words."""
    key, side = missing
    return f"{names.get(key, 'the argument of a choice')} is {'positive' if side else 'negative'}"
