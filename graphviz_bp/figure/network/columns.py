"""Layers as columns: where neurons, lanes and boxes stand, and whether beads can sit on the wires between two columns.

With n sources spaced S and m targets spaced T, all beads of a gap stand in one vertical column, each on its own wire,
at the share of the way where they are evenly spaced: nS / (T + nS) near the targets, S / (S + mT) near the sources.
What that gives is tested, every wire against every bead and label that is not its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

CLEAR = 3.0  # what stays free between a bead and anything foreign
LEAST, MOST = 175.0, 375.0  # between two columns whose wires carry beads
STEP = 20.0
SPACINGS = (0.0, 120.0, 135.0, 150.0, 170.0)  # between two neurons of a column, at least
GAP, LANE = 22.0, 32.0  # between two things in a column, and beside a lane

Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a column: how far what stands there reaches to the sides, up and down; `labels` are its beads.

    Labels are boxes about the middle of the slot. A lane, where a wire passes a column, reaches nowhere.
    """

    wide: float = 0.0
    up: float = 5.0
    down: float = 5.0
    labels: tuple[Box, ...] = ()
    lane: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A wire between two neighbouring columns, from slot to slot, with or without a bead."""

    source: int
    target: int
    beaded: bool


def rows(column: Sequence[Slot], spacing: float = 0.0) -> list[float]:
    """The heights of the slots, evenly spaced where neurons stand, with 0 in the middle."""
    if not column:
        return []
    full = [slot for slot in column if not slot.lane]
    pitch = max([spacing, *(a.down + b.up + GAP for a, b in pairwise(full))])
    found = [0.0]
    for above, below in pairwise(column):
        near = above.lane or below.lane
        found.append(found[-1] + (above.down + below.up + LANE if near else pitch))
    middle = (found[0] + found[-1]) / 2
    return [y - middle for y in found]


def pearls(left: Sequence[Slot], right: Sequence[Slot], edges: Sequence[Edge], size: tuple[float, float],
           spacing: float) -> tuple[float, float] | None:  # fmt: skip
    """How far apart two columns stand so that beads of this size fit on the wires, and at which share of the way.

    None where they touch something however far apart the columns stand, within reason.

    >>> neuron = Slot(26, 26, 26)
    >>> complete = [Edge(i, j, True) for i in range(2) for j in range(3)]
    >>> pearls([neuron] * 2, [neuron] * 3, complete, (78, 17), 120)
    (275.0, 0.6667)
    >>> dense = [Edge(i, j, True) for i in range(3) for j in range(4)]
    >>> pearls([neuron] * 3, [neuron] * 4, dense, (78, 17), 120) is None
    True
    """
    if sum(edge.beaded for edge in edges) > 9:
        return None
    ys, zs = rows(left, spacing), rows(right, spacing)
    distance = LEAST
    while distance <= MOST:
        for share in _shares(ys, zs):
            if all(_clear(left, right, ys, zs, edges, size, distance, share)):
                return distance, share
        distance += STEP
    return None


def _shares(ys: Sequence[float], zs: Sequence[float]) -> list[float]:
    n, m = len(ys), len(zs)
    s, t = _pitch(ys) or _pitch(zs) or 1.0, _pitch(zs) or _pitch(ys) or 1.0
    near_targets, near_sources = n * s / (t + n * s), s / (s + m * t)
    both = [near_targets, 0.5, near_sources] if n <= m else [near_sources, 0.5, near_targets]
    return [round(share, 4) for share in ([0.46, 0.5] if m == 1 else both)]


def _pitch(ys: Sequence[float]) -> float:
    return (ys[-1] - ys[0]) / (len(ys) - 1) if len(ys) > 1 else 0.0


def _clear(left: Sequence[Slot], right: Sequence[Slot], ys: Sequence[float], zs: Sequence[float], edges: Sequence[Edge],
           size: tuple[float, float], distance: float, share: float) -> Iterator[bool]:  # fmt: skip
    """Whether nothing touches anything: beads, wires and labels, pair by pair."""
    lines = [(0.0, ys[e.source], distance, zs[e.target]) for e in edges]
    x, (wide, high) = distance * share, (size[0] / 2, size[1] / 2)
    beads = [
        (x - wide, y0 + (y1 - y0) * share - high, x + wide, y0 + (y1 - y0) * share + high) if edge.beaded else None
        for edge, (_, y0, _, y1) in zip(edges, lines, strict=True)
    ]
    labels = [_at(label, x0, y) for column, x0, heights in ((left, 0.0, ys), (right, distance, zs))
              for slot, y in zip(column, heights, strict=True) for label in slot.labels]  # fmt: skip
    bodies = [(x0 - slot.wide, y - slot.up, x0 + slot.wide, y + slot.down)
              for column, x0, heights in ((left, 0.0, ys), (right, distance, zs))
              for slot, y in zip(column, heights, strict=True) if not slot.lane]  # fmt: skip
    solid = [bead for bead in beads if bead is not None]
    yield from (not meets(a, b) for a, b in combinations(solid, 2))
    yield from (not meets(bead, body) for bead in solid for body in bodies)
    for k, line in enumerate(lines):
        yield from (not cuts(line, bead) for i, bead in enumerate(beads) if i != k and bead is not None)
        yield from (not cuts(line, label) for label in labels)


def _at(box: Box, x: float, y: float) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def meets(one: Box, two: Box) -> bool:
    """Whether two boxes come closer than CLEAR."""
    return (one[0] < two[2] + CLEAR and two[0] < one[2] + CLEAR and one[1] < two[3] + CLEAR and two[1] < one[3] + CLEAR)


def cuts(line: Box, box: Box) -> bool:
    """Whether a straight line that runs to the right comes closer than CLEAR to a box, above or below it."""
    x0, y0, x1, y1 = line
    low, high = max(x0, box[0] - CLEAR), min(x1, box[2] + CLEAR)
    if low >= high:
        return False
    slope = (y1 - y0) / (x1 - x0)
    one, two = y0 + slope * (low - x0), y0 + slope * (high - x0)
    return min(one, two) < box[3] + CLEAR and box[1] - CLEAR < max(one, two)


def between(left: Sequence[Slot], right: Sequence[Slot], ys: Sequence[float], zs: Sequence[float],
            edges: Sequence[Edge], least: float) -> float:  # fmt: skip
    """How far apart two columns stand whose wires carry nothing: as near as the slopes of the wires permit."""
    steepest = max((abs(zs[e.target] - ys[e.source]) for e in edges), default=0.0)
    wide = max((s.wide for s in left), default=0.0) + max((s.wide for s in right), default=0.0)
    return wide + max(least, min(0.42 * steepest, 160.0))
