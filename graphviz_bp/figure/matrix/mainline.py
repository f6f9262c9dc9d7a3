"""The main line of a network of arrays: node after node to the right, what each reads in a row above it.

A graph has a main line if its computed nodes form a chain and every other input is read by one of them only. Too wide
a line goes on in a second row, its wire led back through the corridor between the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from graphviz_bp.figure.layout.layout import Layout, PlacedWire
from graphviz_bp.figure.layout.wires import HALF, SHORT, Curve, Path, Point, backwards, beside, curve
from graphviz_bp.figure.layout.wrap import ARM, rounded
from graphviz_bp.figure.scene.parts import Scene

MARGIN = 14.0
GAP, DROP, BESIDE = 34.0, 40.0, 18.0  # between nodes of the line, between the rows, between two inputs of a row
UNDER, HUNG = 10.0, 26.0  # between a node and its formula; the wire to what hangs below the last node
REACH = 22.0  # how much of an input stands over its node at least
INDENT, AIR = 34.0, 12.0  # how far later rows are set in; what is free around a wire that turns back
MOST_ABOVE = 4
SLIDE, WORTH = (900.0, 470.0), 0.93  # what a figure has of a slide; rows that gain less are not worth it
HEIGHTS = 4  # of a station: the node, its formula, what hangs below, and the inputs above


@dataclass(frozen=True, slots=True)
class Station:
    """A node of the line with the inputs that stand above it, and the one that hangs below."""

    node: int
    above: tuple[int, ...] = ()
    below: int | None = None


def line_of(scene: Scene, heads: Sequence[int]) -> list[Station] | None:
    """The main line from one of the inputs that may begin it, in the order preferred; None if there is none."""
    reads: dict[int, list[int]] = {}
    for link in scene.links:
        reads.setdefault(link.child, []).append(link.parent)
    uses: dict[int, set[int]] = {}
    for link in scene.links:
        uses.setdefault(link.parent, set()).add(link.child)
    computed = [i for i in range(len(scene.statements)) if i in reads]
    inputs = [i for i in range(len(scene.statements)) if i not in reads]
    if not computed or len(scene.links) != sum(map(len, uses.values())):
        return None
    if any(a not in reads[b] for a, b in pairwise(computed)) or any(len(uses.get(i, ())) != 1 for i in inputs):
        return None
    if any(len(uses.get(i, ())) > 1 for i in computed):
        return None
    first = next((i for i in heads if i in reads[computed[0]]), None)
    if first is None:
        return None
    stations = [Station(first)]
    for i in computed:
        others = tuple(j for j in reads[i] if j in inputs and j != first)
        below = next((j for j in others if i == computed[-1]), None)
        stations.append(Station(i, tuple(j for j in others if j != below), below))
    return stations if all(len(station.above) <= MOST_ABOVE for station in stations) else None


@dataclass(slots=True)
class _Row:
    """Stations side by side: where the middles are, how far the row reaches up and down about its line."""

    stations: list[Station]
    middles: list[float] = field(default_factory=list)
    up: float = 0.0
    down: float = 0.0
    width: float = 0.0


class MainLine:
    """A scene arranged along its main line."""

    def __init__(self, scene: Scene, stations: Sequence[Station]) -> None:
        self.scene = scene
        self.sizes = [s.size for s in scene.statements]
        for station in stations:
            self._widened(station)
        self.rows = self._rows(list(stations))

    def _widened(self, station: Station) -> None:
        """A node wide enough to stand below all its inputs, at least by a corner."""
        if len(station.above) > 1:
            spans = self._above(station)
            need = max(2 * (REACH - spans[0][1]), 2 * (spans[-1][0] + REACH))
            width, height = self.sizes[station.node]
            self.sizes[station.node] = max(width, need), height

    def _above(self, station: Station) -> list[tuple[float, float]]:
        """Left and right of every input above a node, from the node's middle."""
        widths = [max(self.sizes[i][0], self._remark(i)[0]) for i in station.above]
        left = -(sum(widths) + BESIDE * (len(widths) - 1)) / 2
        spans = []
        for i, width in zip(station.above, widths, strict=True):
            middle = left + width / 2
            spans.append((middle - self.sizes[i][0] / 2, middle + self.sizes[i][0] / 2))
            left += width + BESIDE
        return spans

    def _remark(self, i: int) -> tuple[float, float]:
        made = self.scene.statements[i].remark
        return (made.width, made.height) if made else (0.0, 0.0)

    def _extents(self, station: Station) -> Iterator[tuple[float, float, float]]:
        """What a station takes to the left and right of its middle, and what stays free, at each of its heights."""
        half, under = self.sizes[station.node][0] / 2, self._remark(station.node)[0] / 2
        below = 0.0 if station.below is None else self.sizes[station.below][0] / 2
        yield half, half, GAP
        yield under, under, 1.5 * BESIDE
        yield below, below, BESIDE
        spans = self._above(station)
        if spans:
            ends = [(a, b, self._remark(i)[0] / 2) for (a, b), i in zip(spans, station.above, strict=True)]
            yield (
                max(max(-a, w - (a + b) / 2) for a, b, w in ends),
                max(max(b, w + (a + b) / 2) for a, b, w in ends),
                BESIDE,
            )
        else:
            yield -1e6, -1e6, 0.0

    def _rows(self, stations: list[Station]) -> list[_Row]:
        """As few rows as let the figure stand about as large on a slide as it can."""
        whole = self._row(stations)
        found = [[whole], *(self._cut(stations, whole, count) for count in range(2, min(len(stations), 6)))]
        best = max(map(_scale, found))
        return next(rows for rows in found if _scale(rows) >= WORTH * best)

    def _cut(self, stations: list[Station], whole: _Row, count: int) -> list[_Row]:
        """The stations in so many rows, cut where the line is about a share of its width long."""
        share, rows, here = whole.width / count, list[list[Station]]([[]]), 0
        for station, middle in zip(stations, whole.middles, strict=True):
            if rows[-1] and middle > share * (here + 1) and here + 1 < count and len(rows[-1]) > 1:
                rows.append([])
                here += 1
            rows[-1].append(station)
        return [self._row(row) for row in rows]

    def _row(self, stations: list[Station]) -> _Row:
        row = _Row(stations)
        edges = [0.0] * HEIGHTS  # how far the row is taken at each height
        for station in stations:
            here = list(self._extents(station))
            middle = max(edge + left for edge, (left, _, _) in zip(edges, here, strict=True))
            row.middles.append(middle)
            edges = [max(edge, middle + right + gap) for edge, (_, right, gap) in zip(edges, here, strict=True)]
        row.width = max(
            middle + right for s, middle in zip(stations, row.middles, strict=True) for _, right, _ in self._extents(s)
        )
        tall = max(self.sizes[s.node][1] for s in stations) / 2
        inputs = [i for s in stations for i in s.above]
        over = max((self.sizes[i][1] + UNDER + self._remark(i)[1] for i in inputs), default=0.0)
        row.up = tall + (DROP + over if inputs else 0.0)
        under = max(self._remark(s.node)[1] for s in stations)
        row.down = max(
            tall + (UNDER + under if under else 0.0),
            *(self.sizes[s.node][1] / 2 + HUNG + self.sizes[s.below][1] for s in stations if s.below is not None),
            0.0,
        )
        return row

    # -- the page

    def arranged(self) -> Layout:
        """Everything in its place."""
        corners: list[Point] = [(0.0, 0.0)] * len(self.sizes)
        remarks: list[Point | None] = [None] * len(self.sizes)
        wires: dict[tuple[int, int], PlacedWire] = {}
        several = len(self.rows) > 1
        y, left, before = MARGIN, MARGIN + INDENT * several, None
        width = max(row.width for row in self.rows) + 2 * left
        for row in self.rows:
            middle = y + row.up
            shift = left if several else left + (width - 2 * left - row.width) / 2
            self._place(row, shift, middle, corners, remarks, wires)
            if before is not None:
                last, first = before[0].stations[-1].node, row.stations[0].node
                wires[last, first] = self._led_back(last, first, corners, (before[1] + y) / 2)
            bottom = middle + row.down
            before, y = (row, bottom), bottom + 2 * AIR + 2 * HALF
        height = bottom + MARGIN
        placed = tuple(wires[link.parent, link.child] for link in self.scene.links)
        return Layout(width, height, tuple(corners), tuple(self.sizes), placed, tuple(remarks))

    def _place(self, row: _Row, shift: float, line: float, corners: list[Point], remarks: list[Point | None],
               wires: dict[tuple[int, int], PlacedWire]) -> None:  # fmt: skip
        tall = max(self.sizes[s.node][1] for s in row.stations) / 2
        for station, place in zip(row.stations, row.middles, strict=True):
            x, (w, h) = place + shift, self.sizes[station.node]
            corners[station.node] = x - w / 2, line - h / 2
            wide, high = self._remark(station.node)
            remarks[station.node] = (x - wide / 2, line + tall + UNDER + high) if high else None
            for (a, b), i in zip(self._above(station), station.above, strict=True):
                top = line - tall - DROP - self.sizes[i][1]
                corners[i] = x + a, top
                remarks[i] = (x + (a + b) / 2 - self._remark(i)[0] / 2, top - UNDER) if self._remark(i)[1] else None
                meet = (max(x + a, x - w / 2) + min(x + b, x + w / 2)) / 2
                wires[i, station.node] = self._straight(i, (meet, line - tall - DROP), (meet, line - h / 2))
            if station.below is not None:
                wb, _ = self.sizes[station.below]
                corners[station.below] = x - wb / 2, line + h / 2 + HUNG
                wires[station.below, station.node] = self._straight(
                    station.below, (x, line + h / 2 + HUNG), (x, line + h / 2)
                )
        for one, two in pairwise(row.stations):
            start = corners[one.node][0] + self.sizes[one.node][0], line
            wires[one.node, two.node] = self._straight(one.node, start, (corners[two.node][0], line))

    def _straight(self, source: int, start: Point, end: Point) -> PlacedWire:
        far = abs(end[0] - start[0]) + abs(end[1] - start[1])
        tx, ty = (end[0] - start[0]) / far, (end[1] - start[1]) / far
        return self._pair(source, [(*start, tx, ty), (*end, tx, ty)])

    def _pair(self, source: int, path: Path) -> PlacedWire:
        """The wire forward and, beside it, the wire back, each a little short of the outline it points at."""
        both = any(link.backward for link in self.scene.links if link.parent == source)
        there = beside(path, -HALF if both else 0.0)
        back = curve(_short(backwards(beside(path, HALF)))) if both else None
        return PlacedWire(curve(_short(there)), back, None, None)

    def _led_back(self, last: int, first: int, corners: Sequence[Point], row: float) -> PlacedWire:
        """From the end of a row, down, back through the corridor, and into the first node of the next row."""
        (sx, sy), (sw, sh) = corners[last], self.sizes[last]
        (tx, ty), (_, th) = corners[first], self.sizes[first]
        right = max(x + w for (x, y), (w, h) in zip(corners, self.sizes, strict=True) if y < row and y + h < row)
        out, into = max(sx + sw, right) + ARM, MARGIN + HALF
        knots = [(sx + sw, sy + sh / 2), (out, sy + sh / 2), (out, row), (into, row), (into, ty + th / 2),
                 (tx, ty + th / 2)]  # fmt: skip
        return self._pair(last, rounded(knots))


def _scale(rows: Sequence[_Row]) -> float:
    """How large a figure of these rows can be drawn on a slide."""
    several = len(rows) > 1
    width = max(row.width for row in rows) + 2 * (MARGIN + INDENT * several)
    height = sum(row.up + row.down + 2 * AIR for row in rows) + 2 * MARGIN
    return min(SLIDE[0] / width, SLIDE[1] / height, 1.0)


def _short(path: Path) -> Path:
    x, y, tx, ty = path[-1]
    return [*path[:-1], (x - SHORT * tx, y - SHORT * ty, tx, ty)]


def extended(placed: Curve, start: float, end: float) -> Curve:
    """A curve that begins and ends level, made longer at both ends: by `start` before it and `end` behind it."""
    (_, x, y), *rest = placed.line
    last = rest[-1] if rest else placed.line[0]
    way = 1.0 if placed.points[-1][0] >= placed.points[-2][0] else -1.0
    begin = 1.0 if placed.points[1][0] >= placed.points[0][0] else -1.0
    tail = ("L", float(last[-2]) + way * end, float(last[-1]))
    line = (("M", float(x) - begin * start, y), ("L", x, y), *rest, tail)
    tip = tuple((verb, *(float(n) + (way * end if k % 2 == 0 else 0.0) for k, n in enumerate(numbers)))
                for verb, *numbers in placed.head)  # fmt: skip
    (px, py), (qx, qy) = placed.points[0], placed.points[-1]
    points = ((px - begin * start, py), *placed.points, (qx + way * end, qy))
    return Curve(line, tip, points)
