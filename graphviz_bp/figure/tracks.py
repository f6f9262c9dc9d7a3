"""Where the gates and wires of a circuit stand: a wire keeps its source's row until just before its target.

Each value has a track, a row that it keeps from its gate past its label and past every column it crosses. Graphviz'
`dot` decides which track lies above which; here the rows are drawn together, gates go to the middle of what comes in,
and columns are set as close as their labels permit.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import atan2, cos, hypot, sin, sqrt

from graphviz_bp.figure.positions import dot
from graphviz_bp.figure.wires import SHORT, Path, Point, Size

MARGIN = 14.0
APART, LANE = 9.0, 12.0  # between two tracks; the height of a bare wire
BEND, LONG_BEND, STRAIGHT = 46.0, 66.0, 15.0  # the run of a bend, of a steep one, and of a wire that only arrives
AFTER, LABEL = 7.0, 40.0  # between a gate and its label; the least room for a label
OVER = 4.5  # between a wire and its numbers
CLOSER = 0.7  # how much of its distance a source keeps in each round
STEEPEST, BETWEEN_HEADS = 0.9, 0.66  # of wires that arrive at a gate: the steepest, and the angle between two of them
ROUNDS = 24
LEVEL = 18.0  # a wire that passes another node arrives level, from so far before it
SHELTER = 6.0  # wires arrive level at a gate that stands so far behind the left side of its column
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


@dataclass(frozen=True, slots=True)
class Tracks:
    """The page: middles of the nodes and their sizes, paths of the wires, the middle of each label on its wire."""

    width: float
    height: float
    middles: tuple[Point, ...]
    sizes: tuple[Size, ...]
    paths: tuple[Path, ...]
    labels: tuple[Point, ...]


def tracks(spots: Sequence[Spot], ways: Sequence[Way], engine: str | None = None) -> Tracks:
    """Place a circuit that runs to the right; wires run from a node to a later one."""
    return _Placing(spots, ways, engine).placed()


@dataclass(slots=True)
class _Track:
    """What shares a row: the columns it passes, with what it needs above and below its row in each."""

    source: int
    reach: dict[int, Size]
    row: float = 0.0


class _Placing:
    def __init__(self, spots: Sequence[Spot], ways: Sequence[Way], engine: str | None) -> None:
        self.spots, self.ways, self.engine = spots, ways, engine
        self.into: list[list[int]] = [[] for _ in spots]
        self.out: list[list[int]] = [[] for _ in spots]
        for k, way in enumerate(ways):
            self.into[way.target].append(k)
            self.out[way.source].append(k)
        for mine in self.into:
            mine.sort(key=lambda k: ways[k].order)
        self._known: dict[int, bool] = {}
        self.sizes = [self._tall(i) for i in range(len(spots))]

    def _tall(self, i: int) -> Size:
        spot, count = self.spots[i], len(self.into[i])
        return spot.width, max(spot.height, 17.0 * count + 17.0) if count >= SEVERAL else spot.height

    # -- columns and tracks

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

    @cached_property
    def track_of(self) -> list[int]:
        """The track of each wire."""
        self._lay()
        return self._track_of

    @cached_property
    def node_track(self) -> list[int]:
        """The track each node stands on."""
        self._lay()
        return self._node_track

    @cached_property
    def all(self) -> list[_Track]:
        self._lay()
        return self._all

    def _lay(self) -> None:
        """Give every node a track, shared by a lone wire out of it and the fork that wire leads to."""
        self._all: list[_Track] = []
        self._track_of, self._node_track = [-1] * len(self.ways), [-1] * len(self.spots)
        for i in self.order:
            if self.spots[i].kind == "fork":
                track = self._node_track[i] = self._track_of[self.into[i][0]]
                self._all[track].reach[2 * self.ranks[i]] = (4.0, 4.0)
            else:
                height, clear = self.sizes[i][1], self.spots[i].clear
                self._node_track[i] = self._new(i)
                self._all[-1].reach[2 * self.ranks[i]] = (height / 2 + clear[0], height / 2 + clear[1])
            alone = len(self.out[i]) == 1
            for k in self.out[i]:
                self._track_of[k] = self._node_track[i] if alone else self._new(i)
                self._pass(k, self._all[self._track_of[k]])

    def _new(self, i: int) -> int:
        self._all.append(_Track(i, {}))
        return len(self._all) - 1

    def _pass(self, k: int, track: _Track) -> None:
        way = self.ways[k]
        first, last = 2 * self.ranks[way.source] + 1, 2 * self.ranks[way.target]
        _, over, under = way.label
        track.reach[first] = (
            (over + OVER if over else LANE / 2) + way.clear[0],
            (under + OVER if under else LANE / 2) + way.clear[1],
        )
        track.reach |= dict.fromkeys(range(first + 1, last), (LANE / 2, LANE / 2))

    # -- rows

    def _rows(self) -> None:
        """The best of what dot offers, drawn together."""
        best: tuple[int, int, list[float]] | None = None
        for chained in (True, False):
            found = self._dotted(chained)
            for way in (1, -1):
                best = self._better(best, [way * row for row in found])
            if best is not None and best[:2] == (0, 0):
                break
        assert best is not None
        for moved in self._moves(best[2]):
            best = self._better(best, moved)
        for track, row in zip(self.all, best[2], strict=True):
            track.row = row

    def _better(self, best: tuple[int, int, list[float]] | None, rows: list[float]) -> tuple[int, int, list[float]]:
        drawn = self._drawn(rows)
        found = self._crossings(drawn), self._disorder(drawn), drawn
        return found if best is None or found[:2] < best[:2] else best

    def _moves(self, rows: list[float]) -> Iterator[list[float]]:
        """Inputs that arrive on the wrong side of a gate, moved past the other operand or to the edge."""
        for a, b in self._wrong(rows):
            for t, other, way in ((a, b, -1), (b, a, 1)):
                if not self.into[self.all[t].source]:
                    edge = max(rows) if way > 0 else min(rows)
                    for row in (rows[other] + way, edge + way):
                        yield [*rows[:t], row, *rows[t + 1 :]]

    def _wrong(self, rows: list[float]) -> list[tuple[int, int]]:
        """Operands that arrive in the wrong order."""
        arriving = ([self.track_of[k] for k in mine] for mine in self.into)
        return [(a, b) for mine in arriving for a, b in pairwise(mine) if rows[a] > rows[b] + 1e-6]

    def _dotted(self, chained: bool) -> list[float]:
        """The mean row of every track as dot places its parts."""
        lines, parts = list[str](), dict[str, int]()
        for t, track in enumerate(self.all):
            columns = sorted(track.reach)
            for c in columns:
                parts[f"t{t}_{c}"] = t
                lines.append(f"t{t}_{c}[width={(sum(track.reach[c]) + APART) / 72:.4f}];")
            lines += [f"t{t}_{a}->t{t}_{b}[weight=40];" for a, b in pairwise(columns)]
        for k, way in enumerate(self.ways):
            mine, rank = self.track_of[k], 2 * self.ranks[way.target]
            if self.spots[way.target].kind != "fork":
                lines.append(f"t{mine}_{rank - 1}->t{self.node_track[way.target]}_{rank}[weight=4];")
            start = self.node_track[way.source]
            if mine != start:
                lines.append(f"t{start}_{2 * self.ranks[way.source]}->t{mine}_{2 * self.ranks[way.source] + 1};")
        first = [f"t{self.node_track[i]}_0" for i in range(len(self.spots)) if not self.into[i]]
        if chained and len(first) > 1:
            lines.append(f"{{rank=same;edge[style=invis];{'->'.join(first)}}}")
        places = dot(lines, len(self.spots), 0.0, self.engine)
        sums = [[0.0, 0] for _ in self.all]
        for name, t in parts.items():
            sums[t][0] += places[name][0]
            sums[t][1] += 1
        return [total / max(count, 1) for total, count in sums]

    def _drawn(self, rows: list[float]) -> list[float]:
        """Rows in the same order, close together, gates in the middle of what comes in."""
        order = sorted(range(len(rows)), key=lambda t: (rows[t], t))
        columns: dict[int, list[int]] = {}
        for t in order:
            for c in self.all[t].reach:
                columns.setdefault(c, []).append(t)
        apart: dict[tuple[int, int], float] = {}
        for c, mine in columns.items():
            for a, b in pairwise(mine):
                need = self.all[a].reach[c][1] + self.all[b].reach[c][0] + APART
                apart[a, b] = max(apart.get((a, b), 0.0), need)
        above: list[list[tuple[int, float]]] = [[] for _ in rows]
        below: list[list[tuple[int, float]]] = [[] for _ in rows]
        for (a, b), need in apart.items():
            above[b].append((a, need))
            below[a].append((b, need))
        rows = _separated(rows, order, above, below)
        wishes = self._wishes(apart)
        for _ in range(ROUNDS):
            rows = _separated([wish(rows) for wish in wishes], order, above, below)
        for _ in range(3):
            self._settle(rows, above, below)
        return rows

    def _wishes(self, apart: dict[tuple[int, int], float]) -> list[Callable[[list[float]], float]]:
        """Where every track would like to be, given the others: gates amid what comes in, sources about their gate."""
        return [self._wish(t) for t in range(len(self.all))]

    def _wish(self, t: int) -> Callable[[list[float]], float]:
        incoming = self._incoming(t)
        if incoming:
            return lambda rows: sum(rows[a] for a in incoming) / len(incoming)
        targets = [self.node_track[self.ways[k].target] for k in range(len(self.ways)) if self.track_of[k] == t]
        start = self.node_track[self.all[t].source]
        both = [*targets, *([start] if start != t else [])]
        if not both:
            return lambda rows: rows[t]
        siblings = {target: self._incoming(target) for target in targets}

        def wish(rows: list[float]) -> float:
            around = 0.0
            for target in targets:  # nearly as far as now from the middle of all that arrives there
                mine = siblings[target]
                around += rows[t] - sum(rows[a] for a in mine) / len(mine) if mine else 0.0
            return sum(rows[a] for a in both) / len(both) + (CLOSER * around / len(targets) if targets else 0.0)

        return wish

    @cached_property
    def _incomings(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for i in range(len(self.spots)):
            if self.spots[i].kind != "fork" and self.into[i]:
                found[self.node_track[i]] = [self.track_of[k] for k in self.into[i]]
        return found

    def _incoming(self, t: int) -> list[int]:
        return self._incomings.get(t, [])

    def _settle(self, rows: list[float], above: Sequence[Sequence[tuple[int, float]]],
                below: Sequence[Sequence[tuple[int, float]]]) -> None:  # fmt: skip
        """Going right, each gate exactly to the middle of what comes in, as far as its neighbours let it."""
        for i in self.order:
            t = self.node_track[i]
            if incoming := self._incoming(t):
                wish = sum(rows[a] for a in incoming) / len(incoming)
                low = max((rows[a] + need for a, need in above[t]), default=wish)
                high = min((rows[b] - need for b, need in below[t]), default=wish)
                if low <= high:
                    rows[t] = min(max(wish, low), high)

    def _gaps(self) -> Iterator[list[tuple[int, int]]]:
        """What runs from each column to the next, as pairs of tracks."""
        gaps: dict[int, list[tuple[int, int]]] = {}
        for t, track in enumerate(self.all):
            for a, _ in pairwise(sorted(track.reach)):
                gaps.setdefault(a, []).append((t, t))
        for k, way in enumerate(self.ways):
            if self.spots[way.target].kind != "fork":
                gaps.setdefault(2 * self.ranks[way.target] - 1, []).append(
                    (self.track_of[k], self.node_track[way.target])
                )
            if self.track_of[k] != self.node_track[way.source]:
                gaps.setdefault(2 * self.ranks[way.source], []).append((self.node_track[way.source], self.track_of[k]))
        yield from gaps.values()

    def _crossings(self, rows: list[float]) -> int:
        total = 0
        for gap in self._gaps():
            seen: list[float] = []
            for _, end in sorted((rows[a], rows[b]) for a, b in gap):
                total += len(seen) - bisect_right(seen, end)
                insort(seen, end)
        return total

    def _disorder(self, rows: list[float]) -> int:
        """Operands that arrive out of order, and inputs that do not stand as they were given."""
        first = [rows[self.node_track[i]] for i in range(len(self.spots)) if not self.into[i]]
        return 4 * len(self._wrong(rows)) + sum(a > b for a, b in pairwise(first))

    # -- the page

    def placed(self) -> Tracks:
        if not self.spots:
            return Tracks(2 * MARGIN, 2 * MARGIN, (), (), (), ())
        self._rows()
        lefts, widths = self._columns()
        middles = [
            (lefts[2 * self.ranks[i]] + self._inset(i, widths[2 * self.ranks[i]]), self.all[self.node_track[i]].row)
            for i in range(len(self.spots))
        ]
        labels = []
        for k, way in enumerate(self.ways):
            c = 2 * self.ranks[way.source] + 1
            labels.append((lefts[c] + widths[c] / 2, self.all[self.track_of[k]].row))
        paths = [self._path(k, middles, lefts) for k in range(len(self.ways))]
        top = min(track.row - max(up for up, _ in track.reach.values()) for track in self.all) - MARGIN
        bottom = max(track.row + max(down for _, down in track.reach.values()) for track in self.all) + MARGIN
        right = max(x + self.sizes[i][0] / 2 for i, (x, _) in enumerate(middles)) + MARGIN
        return Tracks(
            right, bottom - top, tuple((x, y - top) for x, y in middles), tuple(self.sizes),
            tuple([(x, y - top, tx, ty) for x, y, tx, ty in path] for path in paths),
            tuple((x, y - top) for x, y in labels),
        )  # fmt: skip

    def _inset(self, i: int, width: float) -> float:
        """The middle of a node in its column: names before the wires and forks at its right, names after them left."""
        own = self.sizes[i][0]
        if self.spots[i].kind in ("source", "fork"):
            return width - own / 2
        return own / 2 if self.spots[i].kind == "exit" else width / 2

    def _columns(self) -> tuple[dict[int, float], dict[int, float]]:
        """Left side and width of every column."""
        count = 2 * max(self.ranks, default=0) + 1
        widths = dict.fromkeys(range(count), 0.0)
        for i, rank in enumerate(self.ranks):
            widths[2 * rank] = max(widths[2 * rank], self.sizes[i][0])
        for way in self.ways:
            c = 2 * self.ranks[way.source] + 1
            widths[c] = max(widths[c], LABEL, way.label[0])
        lefts, at = {0: MARGIN}, MARGIN
        for c in range(1, count):
            at += widths[c - 1] + self._gap_before(c)
            lefts[c] = at
        return lefts, widths

    def _gap_before(self, c: int) -> float:
        """The room for the bends before a column of gates, or after a fork."""
        side = [s.sides[c % 2] for s, rank in zip(self.spots, self.ranks, strict=True) if 2 * rank == c - c % 2]
        return max([0.0, *side]) + (self._opening(c) if c % 2 else self._bending(c))

    def _opening(self, c: int) -> float:
        here = [k for k, way in enumerate(self.ways) if 2 * self.ranks[way.source] + 1 == c]
        rise = max((abs(self._row(k) - self._start(k)) for k in here), default=0.0)
        return AFTER if rise < 1 else min(26.0 + rise / 4, BEND)

    def _bending(self, c: int) -> float:
        here = [k for k, way in enumerate(self.ways) if 2 * self.ranks[way.target] == c]
        if all(self.spots[self.ways[k].target].kind == "fork" for k in here):
            return 3.0
        rise = max(abs(self._row(k) - self.all[self.node_track[self.ways[k].target]].row) for k in here)
        if any(self._passed(self.ways[k].target) for k in here):
            return LONG_BEND + LEVEL
        return STRAIGHT if rise < 0.5 else min(BEND - 8 + rise / 8, LONG_BEND)

    def _passed(self, i: int) -> bool:
        """Whether a wire on its way to a gate passes another node of the same column."""
        if i not in self._known:
            here = self.all[self.node_track[i]].row
            others = [j for j, rank in enumerate(self.ranks) if rank == self.ranks[i] and j != i]
            rows = [self.all[self.node_track[j]].row for j in others]
            reach = [(self._row(k), here) for k in self.into[i]]
            self._known[i] = any(min(pair) < row < max(pair) for pair in reach for row in rows)
        return self._known[i]

    def _row(self, k: int) -> float:
        return self.all[self.track_of[k]].row

    def _start(self, k: int) -> float:
        return self.all[self.node_track[self.ways[k].source]].row

    def _path(self, k: int, middles: Sequence[Point], lefts: dict[int, float]) -> Path:
        way = self.ways[k]
        (sx, sy), (tx, ty) = middles[way.source], middles[way.target]
        row = self.all[self.track_of[k]].row
        half = self.sizes[way.source][0] / 2
        start = sx + {"fork": 0.0, "source": half + 3.0}.get(self.spots[way.source].kind, half)
        path: Path = [(start, sy, 1.0, 0.0)]
        if abs(row - sy) > 1e-6:
            path += _bow((start, sy), (lefts[2 * self.ranks[way.source] + 1], row))
        if self.spots[way.target].kind == "fork":
            return [*path, (tx, row, 1.0, 0.0)]
        end = self._arrival(k, (tx, ty), lefts[2 * self.ranks[way.target]])
        bend = lefts[2 * self.ranks[way.target]] - self._gap_before(2 * self.ranks[way.target])
        if abs(end[1] - row) < 0.5 and abs(end[3]) < 1e-6:
            return [*path, (end[0] - SHORT, row, 1.0, 0.0)]
        column = lefts[2 * self.ranks[way.target]] - LEVEL * self._passed(way.target)
        if end[3] == 0.0 and end[0] - column > SHELTER:
            bent = _bend((bend, row), (column, end[1], 1.0, 0.0))
            return [*path, (bend, row, 1.0, 0.0), *bent, (end[0] - SHORT, end[1], 1.0, 0.0)]
        return [*path, (bend, row, 1.0, 0.0), *_bend((bend, row), end)]

    def _arrival(self, k: int, middle: Point, left: float) -> tuple[float, float, float, float]:
        """Where on the outline of its target a wire ends, and its direction there."""
        i = self.ways[k].target
        mine = sorted(self.into[i], key=lambda j: (self.all[self.track_of[j]].row, self.ways[j].order))
        width, height = self.sizes[i]
        if self.spots[i].kind == "exit":
            return middle[0] - width / 2 - 5.0, middle[1], 1.0, 0.0
        sheltered = middle[0] - width / 2 - left > SHELTER or self._passed(i)
        if len(mine) >= SEVERAL or sheltered:
            pitch = (height - (34.0 if len(mine) >= SEVERAL else 16.0)) / max(len(mine) - 1, 1)
            off = (mine.index(k) - (len(mine) - 1) / 2) * pitch
            inset = 0.0 if len(mine) >= SEVERAL else height / 2 - sqrt(height**2 / 4 - off**2)
            return middle[0] - width / 2 + inset, middle[1] + off, 1.0, 0.0
        radius = height / 2
        centre = middle[0] - width / 2 + radius
        wanted = [atan2(self.all[self.track_of[j]].row - middle[1], BEND) for j in mine]
        angle = _spread([max(-STEEPEST, min(STEEPEST, a)) for a in wanted], BETWEEN_HEADS)[mine.index(k)]
        return centre - radius * cos(angle), middle[1] + radius * sin(angle), cos(angle), -sin(angle)


def _separated(rows: list[float], order: Sequence[int], above: Sequence[Sequence[tuple[int, float]]],
               below: Sequence[Sequence[tuple[int, float]]]) -> list[float]:  # fmt: skip
    """Rows that keep their distances, moved up as much as down."""
    down, up = list(rows), list(rows)
    for t in order:
        down[t] = max([rows[t], *(down[a] + need for a, need in above[t])])
    for t in reversed(order):
        up[t] = min([rows[t], *(up[b] - need for b, need in below[t])])
    return [(a + b) / 2 for a, b in zip(down, up, strict=True)]


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
