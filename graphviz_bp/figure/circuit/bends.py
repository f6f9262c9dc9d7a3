"""A circuit on the page: columns as close as their labels permit, and wires bent just before their gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, hypot, sin, sqrt

from graphviz_bp.figure.circuit.rows import rows
from graphviz_bp.figure.circuit.tracks import SEVERAL, Net, Spot, Way
from graphviz_bp.figure.layout.wires import SHORT, Path, Point, Size

MARGIN = 14.0
BEND, LONG_BEND, STRAIGHT = 46.0, 66.0, 15.0  # the run of a bend, of a steep one, and of a wire that only arrives
AFTER, LABEL = 7.0, 40.0  # between a gate and its label; the least room for a label
STEEPEST, BETWEEN_HEADS = 0.9, 0.66  # of wires that arrive at a gate: the steepest, and the angle between two of them
LEVEL = 18.0  # a wire that passes another node arrives level, from so far before it
ROUND = 34.0  # the height of a round gate; a higher one has a straight left side
SHELTER = 6.0  # wires arrive level at a gate that stands so far behind the left side of its column


@dataclass(frozen=True, slots=True)
class Placed:
    """The page: middles of the nodes and their sizes, paths of the wires, the middle of each label on its wire."""

    width: float
    height: float
    middles: tuple[Point, ...]
    sizes: tuple[Size, ...]
    paths: tuple[Path, ...]
    labels: tuple[Point, ...]


def placed(spots: Sequence[Spot], ways: Sequence[Way], engine: str | None = None) -> Placed:
    """Place a circuit that runs to the right; wires run from a node to a later one."""
    return _Bends(Net(spots, ways), engine).placed() if spots else Placed(2 * MARGIN, 2 * MARGIN, (), (), (), ())


class _Bends:
    def __init__(self, net: Net, engine: str | None) -> None:
        self.net = net
        self._known: dict[int, bool] = {}
        for track, row in zip(net.tracks, rows(net, engine), strict=True):
            track.row = row

    def placed(self) -> Placed:
        lefts, widths = self._columns()
        middles = [
            (
                lefts[2 * self.net.ranks[i]] + self._inset(i, widths[2 * self.net.ranks[i]]),
                self._node_row(i),
            )
            for i in range(len(self.net.spots))
        ]
        labels = []
        for k, way in enumerate(self.net.ways):
            c = 2 * self.net.ranks[way.source] + 1
            labels.append((lefts[c] + widths[c] / 2, self._row(k)))
        paths = [self._path(k, middles, lefts) for k in range(len(self.net.ways))]
        top = min(track.row - max(up for up, _ in track.reach.values()) for track in self.net.tracks) - MARGIN
        bottom = max(track.row + max(down for _, down in track.reach.values()) for track in self.net.tracks) + MARGIN
        right = max(x + self.net.sizes[i][0] / 2 for i, (x, _) in enumerate(middles)) + MARGIN
        return Placed(
            right, bottom - top, tuple((x, y - top) for x, y in middles), tuple(self.net.sizes),
            tuple([(x, y - top, tx, ty) for x, y, tx, ty in path] for path in paths),
            tuple((x, y - top) for x, y in labels),
        )  # fmt: skip

    def _inset(self, i: int, width: float) -> float:
        """The middle of a node in its column: names before the wires and forks at its right, names after them left."""
        own = self.net.sizes[i][0]
        if self.net.spots[i].kind in ("source", "fork"):
            return width - own / 2
        return own / 2 if self.net.spots[i].kind == "exit" else width / 2

    def _columns(self) -> tuple[dict[int, float], dict[int, float]]:
        """Left side and width of every column."""
        count = 2 * max(self.net.ranks, default=0) + 1
        widths = dict.fromkeys(range(count), 0.0)
        for i, rank in enumerate(self.net.ranks):
            widths[2 * rank] = max(widths[2 * rank], self.net.sizes[i][0])
        for way in self.net.ways:
            c = 2 * self.net.ranks[way.source] + 1
            widths[c] = max(widths[c], LABEL, way.label[0])
        lefts, at = {0: MARGIN}, MARGIN
        for c in range(1, count):
            at += widths[c - 1] + self._gap_before(c)
            lefts[c] = at
        return lefts, widths

    def _gap_before(self, c: int) -> float:
        """The room for the bends before a column of gates, or after a fork."""
        side = [s.sides[c % 2] for s, rank in zip(self.net.spots, self.net.ranks, strict=True) if 2 * rank == c - c % 2]
        return max([0.0, *side]) + (self._opening(c) if c % 2 else self._bending(c))

    def _opening(self, c: int) -> float:
        here = [k for k, way in enumerate(self.net.ways) if 2 * self.net.ranks[way.source] + 1 == c]
        rise = max((abs(self._row(k) - self._start(k)) for k in here), default=0.0)
        return AFTER if rise < 1 else min(26.0 + rise / 4, BEND)

    def _bending(self, c: int) -> float:
        here = [k for k, way in enumerate(self.net.ways) if 2 * self.net.ranks[way.target] == c]
        if all(self.net.spots[self.net.ways[k].target].kind == "fork" for k in here):
            return 3.0
        rise = max(abs(self._row(k) - self._node_row(self.net.ways[k].target)) for k in here)
        if any(self._passed(self.net.ways[k].target) for k in here):
            return LONG_BEND + LEVEL
        return STRAIGHT if rise < 0.5 else min(BEND - 8 + rise / 8, LONG_BEND)

    def _passed(self, i: int) -> bool:
        """Whether a wire on its way to a gate passes another node of the same column."""
        if i not in self._known:
            here = self._node_row(i)
            others = [j for j, rank in enumerate(self.net.ranks) if rank == self.net.ranks[i] and j != i]
            rows = [self._node_row(j) for j in others]
            reach = [(self._row(k), here) for k in self.net.into[i]]
            self._known[i] = any(min(pair) < row < max(pair) for pair in reach for row in rows)
        return self._known[i]

    def _row(self, k: int) -> float:
        """The row a wire keeps."""
        return self.net.tracks[self.net.track_of[k]].row

    def _node_row(self, i: int) -> float:
        return self.net.tracks[self.net.node_track[i]].row

    def _start(self, k: int) -> float:
        return self._node_row(self.net.ways[k].source)

    def _path(self, k: int, middles: Sequence[Point], lefts: dict[int, float]) -> Path:
        way = self.net.ways[k]
        (sx, sy), (tx, ty) = middles[way.source], middles[way.target]
        row = self._row(k)
        half = self.net.sizes[way.source][0] / 2
        start = sx + {"fork": 0.0, "source": half + 3.0}.get(self.net.spots[way.source].kind, half)
        path: Path = [(start, sy, 1.0, 0.0)]
        if abs(row - sy) > 1e-6:
            path += _bow((start, sy), (lefts[2 * self.net.ranks[way.source] + 1], row))
        if self.net.spots[way.target].kind == "fork":
            return [*path, (tx, row, 1.0, 0.0)]
        end = self._arrival(k, (tx, ty), lefts[2 * self.net.ranks[way.target]])
        bend = lefts[2 * self.net.ranks[way.target]] - self._gap_before(2 * self.net.ranks[way.target])
        if abs(end[1] - row) < 0.5 and abs(end[3]) < 1e-6:
            return [*path, (end[0] - SHORT, row, 1.0, 0.0)]
        column = lefts[2 * self.net.ranks[way.target]] - LEVEL * self._passed(way.target)
        if end[3] == 0.0 and end[0] - column > SHELTER:
            bent = _bend((bend, row), (column, end[1], 1.0, 0.0))
            return [*path, (bend, row, 1.0, 0.0), *bent, (end[0] - SHORT, end[1], 1.0, 0.0)]
        return [*path, (bend, row, 1.0, 0.0), *_bend((bend, row), end)]

    def _arrival(self, k: int, middle: Point, left: float) -> tuple[float, float, float, float]:
        """Where on the outline of its target a wire ends, and its direction there."""
        i = self.net.ways[k].target
        mine = sorted(self.net.into[i], key=lambda j: (self._row(j), self.net.ways[j].order))
        width, height = self.net.sizes[i]
        if self.net.spots[i].kind == "exit":
            return middle[0] - width / 2 - 5.0, middle[1], 1.0, 0.0
        sheltered = middle[0] - width / 2 - left > SHELTER or self._passed(i)
        straight = len(mine) >= SEVERAL or height > ROUND
        if straight or sheltered:
            pitch = (height - (ROUND if straight else 16.0)) / max(len(mine) - 1, 1)
            off = (mine.index(k) - (len(mine) - 1) / 2) * pitch
            inset = 0.0 if straight else height / 2 - sqrt(height**2 / 4 - off**2)
            return middle[0] - width / 2 + inset, middle[1] + off, 1.0, 0.0
        radius = height / 2
        centre = middle[0] - width / 2 + radius
        wanted = [atan2(self._row(j) - middle[1], BEND) for j in mine]
        angle = _spread([max(-STEEPEST, min(STEEPEST, a)) for a in wanted], BETWEEN_HEADS)[mine.index(k)]
        return centre - radius * cos(angle), middle[1] + radius * sin(angle), cos(angle), -sin(angle)


def _spread(angles: list[float], apart: float) -> list[float]:
    """Ascending angles, at least so far apart."""
    down, up = list(angles), list(angles)
    for i in range(1, len(angles)):
        down[i] = max(down[i], down[i - 1] + apart)
    for i in range(len(angles) - 2, -1, -1):
        up[i] = min(up[i], up[i + 1] - apart)
    return [(a + b) / 2 for a, b in zip(down, up, strict=True)]


def _bow(start: Point, end: Point) -> Path:
    """Out of a fork, steeply at first, to a level wire."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    return _cubic(start, (start[0] + 0.42 * dx, start[1] + 0.1 * dy), (start[0] + 0.38 * dx, end[1]), end)


def _bend(start: Point, end: tuple[float, float, float, float]) -> Path:
    """From a level wire to a gate, arriving in the gate's direction."""
    x, y, tx, ty = end
    x, y = x - SHORT * tx, y - SHORT * ty
    run = x - start[0]
    handle = min(0.36 * hypot(run, y - start[1]), 0.65 * run / tx)
    return _cubic(start, (start[0] + 0.55 * run, start[1]), (x - handle * tx, y - handle * ty), (x, y))


def _cubic(a: Point, b: Point, c: Point, d: Point, steps: int = 14) -> Path:
    """Samples of a Bézier curve after its start, each with its direction."""
    path: Path = []
    for i in range(1, steps + 1):
        t, s = i / steps, 1 - i / steps
        x, y = (s**3 * a[n] + 3 * s * s * t * b[n] + 3 * s * t * t * c[n] + t**3 * d[n] for n in (0, 1))
        dx, dy = (s * s * (b[n] - a[n]) + 2 * s * t * (c[n] - b[n]) + t * t * (d[n] - c[n]) for n in (0, 1))
        length = hypot(dx, dy) or 1.0
        path.append((x, y, dx / length, dy / length))
    return path
