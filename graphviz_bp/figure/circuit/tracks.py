"""A circuit in columns: a wire keeps its source's row until just before its target.

Each value has a track, a row that it keeps from its gate past its label and past every column it crosses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from graphviz_bp.figure.layout.wires import Size

LANE = 12.0  # the height of a bare wire
OVER = 4.5  # between a wire and its numbers
SEVERAL = 4  # wires from which a gate is a bar with its wires level, not a circle

Room = tuple[float, float, float]  # of a label: its width, its height above the wire and below it


@dataclass(frozen=True, slots=True)
class Spot:
    """A node to place; a "fork" stays on its source's track.

    `clear` is kept free above and below it, `sides` before and after it.
    """

    width: float
    height: float
    kind: str = "gate"
    clear: Size = (0.0, 0.0)
    sides: Size = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Way:
    """A wire to place, with the room its label takes; `clear` is kept free above and below it."""

    source: int
    target: int
    label: Room
    order: int = 0  # which operand of the target it becomes
    clear: Size = (0.0, 0.0)


@dataclass(slots=True)
class Track:
    """What shares a row: the columns it passes, with what it needs above and below its row in each."""

    source: int
    reach: dict[int, Size]
    row: float = 0.0


class Net:
    """A circuit in columns: its nodes in ranks, and a track for every value."""

    def __init__(self, spots: Sequence[Spot], ways: Sequence[Way]) -> None:
        self.spots, self.ways = spots, ways
        self.into: list[list[int]] = [[] for _ in spots]
        self.out: list[list[int]] = [[] for _ in spots]
        for k, way in enumerate(ways):
            self.into[way.target].append(k)
            self.out[way.source].append(k)
        for mine in self.into:
            mine.sort(key=lambda k: ways[k].order)
        self.sizes = [self._tall(i) for i in range(len(spots))]
        self.tracks: list[Track] = []
        self.track_of, self.node_track = [-1] * len(ways), [-1] * len(spots)
        self._lay()

    def _tall(self, i: int) -> Size:
        spot, count = self.spots[i], len(self.into[i])
        return spot.width, max(spot.height, 17.0 * count + 17.0) if count >= SEVERAL else spot.height

    @cached_property
    def ranks(self) -> list[int]:
        """Inputs first, everything else right after the last node it waits for."""
        ranks = [0] * len(self.spots)
        for i in self.order:
            for k in self.into[i]:
                ranks[i] = max(ranks[i], ranks[self.ways[k].source] + 1)
        return ranks

    @cached_property
    def order(self) -> list[int]:
        """The nodes so that every wire leads to a later one."""
        left = [len(mine) for mine in self.into]
        ready = [i for i, n in enumerate(left) if not n]
        for i in ready:
            for k in self.out[i]:
                left[self.ways[k].target] -= 1
                if not left[self.ways[k].target]:
                    ready.append(self.ways[k].target)
        return ready

    def _lay(self) -> None:
        """Give every node a track, shared by a lone wire out of it and the fork that wire leads to."""
        for i in self.order:
            if self.spots[i].kind == "fork":
                track = self.node_track[i] = self.track_of[self.into[i][0]]
                self.tracks[track].reach[2 * self.ranks[i]] = (4.0, 4.0)
            else:
                height, clear = self.sizes[i][1], self.spots[i].clear
                self.node_track[i] = self._new(i)
                self.tracks[-1].reach[2 * self.ranks[i]] = (height / 2 + clear[0], height / 2 + clear[1])
            alone = len(self.out[i]) == 1
            for k in self.out[i]:
                self.track_of[k] = self.node_track[i] if alone else self._new(i)
                self._pass(k, self.tracks[self.track_of[k]])

    def _new(self, i: int) -> int:
        self.tracks.append(Track(i, {}))
        return len(self.tracks) - 1

    def _pass(self, k: int, track: Track) -> None:
        way = self.ways[k]
        first, last = 2 * self.ranks[way.source] + 1, 2 * self.ranks[way.target]
        _, over, under = way.label
        track.reach[first] = (
            (over + OVER if over else LANE / 2) + way.clear[0],
            (under + OVER if under else LANE / 2) + way.clear[1],
        )
        track.reach |= dict.fromkeys(range(first + 1, last), (LANE / 2, LANE / 2))
