"""The gap between two ranks: wires bent so that every label finds a free place.

`fill` takes all that crosses one gap; what comes back is as narrow as the wires and labels permit.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise
from math import sqrt

from graphviz_bp.figure.layout.wires import CLEAR, HALF, Path, Point, Size, beside, smooth

FOREIGN = 4.0  # what stays free between a label and any other wire
END = 7.0  # what stays free between a label and the boxes at both ends
APART = 6.0  # what stays free between two labels
STEEP = 66.0  # a labelled wire that climbs more bends beside its labels, not along them
FAR = 34.0  # a label whose middle hangs farther from its wire belongs somewhere else
BOW = 22.0  # two wires between the same boxes bow at least so far apart
STUB = 6.0  # a wire leaves a box straight for so long before it bends sharply
LEAST = 34.0  # the narrowest gap


@dataclass(frozen=True, slots=True)
class Piece:
    """What one wire does between two ranks: the rows where it comes in and goes out, and its labels there."""

    wire: int
    ends: tuple[str, str]  # what it comes from and goes to: a box or a lane
    start: float
    end: float
    side: int  # -1: the outer side is above, +1: below
    pair: bool
    outer: Size | None = None
    inner: Size | None = None

    @property
    def length(self) -> float:
        return max((s[0] for s in (self.outer, self.inner) if s), default=0.0)

    def room(self, side: int) -> float:
        """How far the wire and its label reach to one side of its row."""
        size = self.outer if side == self.side else self.inner
        return HALF * self.pair + (CLEAR + size[1] if size else 0.0)


@dataclass(frozen=True, slots=True)
class Gap:
    """The space between two ranks, filled: its width, and by wire its knots, label corners and bridges."""

    width: float
    knots: Mapping[int, Sequence[Point]]
    labels: Mapping[int, tuple[Point | None, Point | None]]
    bridges: Mapping[int, Sequence[tuple[Point, ...]]] = field(default_factory=dict)


def fill(pieces: Sequence[Piece]) -> Gap:
    """Bend the wires as little as their labels allow: freely, level beside their labels, or each in its slot."""
    twins = Counter(p.ends for p in pieces)
    rows = _rows(pieces, twins)
    level = {e for p in pieces if p.length and abs(p.start - p.end) > STEEP for e in p.ends}
    gap = _bent(pieces, rows, twins, level)
    if stuck := {e for p in pieces if _homeless(p, gap) for e in p.ends}:
        gap = _bent(pieces, rows, twins, level | stuck)
    if any(_homeless(p, gap) for p in pieces):
        gap = _bent(pieces, rows, twins, {e for p in pieces for e in p.ends})
    if any(_homeless(p, gap) for p in pieces) or _tangled(pieces, gap):
        gap = _slotted(pieces, rows)
    return replace(gap, bridges=_bridges(pieces, gap))


def _homeless(piece: Piece, gap: Gap) -> bool:
    return any(size and not at for size, at in zip((piece.outer, piece.inner), gap.labels[piece.wire], strict=True))


def _tangled(pieces: Sequence[Piece], gap: Gap) -> bool:
    """Whether two wires cross that need not."""
    lines = [_Line(smooth(gap.knots[p.wire])) for p in pieces]
    for (p, a), (q, b) in combinations(zip(pieces, lines, strict=True), 2):
        if a.low < b.high and b.low < a.high and not _cross(p, q):
            above = p.start < q.start
            if any((a.at(x) < b.at(x)) != above for x in (*a.xs[1:-1], *b.xs[1:-1])):
                return True
    return False


def _run(rise: float) -> float:
    """The shortest run in which a pair of curves climbs so far without pinching, after a short straight start."""
    return STUB + 6.0 * sqrt(abs(rise)) if rise else 0.0


def _bent(pieces: Sequence[Piece], rows: Sequence[float], twins: Mapping[tuple[str, str], int], level: set[str]) -> Gap:
    """Wires bent over the whole gap; those at the `level` ends keep to their row along their inner label."""
    ways = [_way(p, y, twins[p.ends] > 1, bool(level & {*p.ends})) for p, y in zip(pieces, rows, strict=True)]
    width = max((least for _, least in ways), default=LEAST)
    return _filled(pieces, width, [_knots(p, y, f, width) for p, y, (f, _) in zip(pieces, rows, ways, strict=True)])


def _way(piece: Piece, row: float, twin: bool, level: bool) -> tuple[float | None, float]:
    """How long a wire keeps to its row (None: it sweeps from end to end), and the width it then needs."""
    drop, bends = abs(piece.start - piece.end), _run(row - piece.start) + _run(row - piece.end)
    inner = piece.inner[0] if piece.inner else 0.0
    if twin:
        return 0.8 * inner, max(bends + 0.8 * inner, piece.length + 56)
    if not piece.length:
        return None, max(LEAST, _run(drop) + STUB)
    if level:
        flat = inner + 3 * CLEAR if inner else STUB
        return flat, max(bends + flat, piece.length + 24)
    return None, piece.length + 24 + min(90.0, 1.2 * drop)


def _knots(piece: Piece, row: float, flat: float | None, width: float) -> list[Point]:
    """The knots of one wire: an S-curve, or two with a level stretch between; sharp bends leave the boxes straight."""
    first, last = (0.0, piece.start), (width, piece.end)
    if flat is None:
        stub = 0.0 if piece.length else STUB
        return [first, (stub, piece.start), (width - stub, piece.end), last]
    left, right = _run(row - piece.start), _run(row - piece.end)
    spare = width - flat - left - right
    x = left + spare * (left / (left + right) if left + right else 0.5)
    leave, arrive = (min(STUB, left), piece.start), (width - min(STUB, right), piece.end)
    return [first, leave, (x, row), (x + flat, row), arrive, last]


def _slotted(pieces: Sequence[Piece], rows: Sequence[float]) -> Gap:
    """Wires that all run level over one common stretch, where by the choice of the rows no label touches anything."""
    left = max(STUB, *(_run(y - p.start) for p, y in zip(pieces, rows, strict=True)))
    flat = max(p.length for p in pieces) + 2 * CLEAR
    width = left + flat + max(STUB, *(_run(y - p.end) for p, y in zip(pieces, rows, strict=True)))
    knots = [
        [(0.0, p.start), (STUB, p.start), (left, y), (left + flat, y), (width - STUB, p.end), (width, p.end)]
        for p, y in zip(pieces, rows, strict=True)
    ]
    return _filled(pieces, width, knots)


def _filled(pieces: Sequence[Piece], width: float, paths: Sequence[Sequence[Point]]) -> Gap:
    knots = {p.wire: path for p, path in zip(pieces, paths, strict=True)}
    return Gap(width, knots, _labels(pieces, knots, width))


def _rows(pieces: Sequence[Piece], twins: Mapping[tuple[str, str], int]) -> list[float]:
    """A row for every piece: that of an end it has to itself if it can be, and apart enough for the labels.

    Sorting by the middle adds no crossing: two wires that keep their order from end to end keep it here.
    """
    order = sorted(range(len(pieces)), key=lambda i: (pieces[i].start + pieces[i].end, i))
    lines = Counter(e for p in pieces for e in p.ends)
    offsets, wishes = [0.0] * bool(pieces), []
    for before, here in pairwise(pieces[i] for i in order):
        bow = BOW if before.ends == here.ends else 0.0
        offsets.append(offsets[-1] + max(2 * bow, before.room(1) + APART + 2 + 0.75 * bow + here.room(-1)))
    for i, offset in zip(order, offsets, strict=True):
        p = pieces[i]
        wish, weight = (p.start + p.end) / 2, 1.0 if twins[p.ends] == 1 else 4.0
        plain = twins[p.ends] == 1 and not any(_cross(p, q) for q in pieces)
        if plain and 1 in (lines[p.ends[0]], lines[p.ends[1]]):
            wish, weight = (p.end if lines[p.ends[1]] == 1 else p.start), 4.0
        wishes.append((wish - offset, weight * (8 if abs(p.start - p.end) < 1 else 1)))
    rows = dict(zip(order, (y + o for y, o in zip(_rising(wishes), offsets, strict=True)), strict=True))
    return [next((y for y in (p.end, p.start) if abs(y - rows[i]) < 1), rows[i]) for i, p in enumerate(pieces)]


def _rising(wishes: Sequence[tuple[float, float]]) -> list[float]:
    """The numbers nearest to the wishes (by weighted squares) that never fall: neighbours that would are pooled."""
    blocks: list[tuple[float, float, int]] = []
    for wish, weight in wishes:
        blocks.append((wish * weight, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            (a, b, c), (d, e, f) = blocks.pop(), blocks.pop()
            blocks.append((a + d, b + e, c + f))
    return [total / weight for total, weight, count in blocks for _ in range(count)]


# ---- labels ----


class _Line:
    """A path as an obstacle: its heights between two x."""

    def __init__(self, path: Path) -> None:
        self.xs, self.ys = [x for x, *_ in path], [y for _, y, *_ in path]
        self.low, self.high = min(self.ys), max(self.ys)

    def at(self, x: float) -> float:
        i = min(max(bisect_left(self.xs, x), 1), len(self.xs) - 1)
        x0, x1, y0, y1 = self.xs[i - 1], self.xs[i], self.ys[i - 1], self.ys[i]
        return y0 + (y1 - y0) * min(max((x - x0) / ((x1 - x0) or 1.0), 0.0), 1.0)

    def span(self, left: float, right: float) -> tuple[float, float]:
        """The lowest and the highest y between two x."""
        inner = self.ys[bisect_left(self.xs, left) : bisect_right(self.xs, right)]
        heights = [self.at(left), *inner, self.at(right)]
        return min(heights), max(heights)


def _labels(
    pieces: Sequence[Piece], knots: Mapping[int, Sequence[Point]], width: float
) -> dict[int, tuple[Point | None, Point | None]]:
    """Corners for the labels in a gap, the outer ones first: they are the last to be given up."""
    lines: dict[int, list[_Line]] = {}
    for p in pieces:
        path = smooth(knots[p.wire])
        lines[p.wire] = [_Line(beside(path, d)) for d in ((-HALF, HALF) if p.pair else (0.0,))]
    taken: list[tuple[Point, Size]] = []
    found: dict[tuple[int, bool], Point | None] = {}
    for outer in (True, False):
        for p in pieces:
            size, side = (p.outer, p.side) if outer else (p.inner, -p.side)
            if size:
                foreign = [line for q in pieces if q is not p for line in lines[q.wire]]
                middle = min(max(_middle(knots[p.wire], side), size[0] / 2 + END), width - size[0] / 2 - END)
                at = _place(size, side, middle, width, lines[p.wire], foreign, taken)
                found[p.wire, outer] = at
                taken += [(at, size)] if at else []
    return {p.wire: (found.get((p.wire, True)), found.get((p.wire, False))) for p in pieces}


def _middle(knots: Sequence[Point], side: int) -> float:
    """Where along a wire to look first: on its level stretch, else 14 towards the emptier end of the bend."""
    if len(knots) > 4:
        return (knots[2][0] + knots[3][0]) / 2
    (x0, y0), (x1, y1) = knots[0], knots[-1]
    rise = (y1 - y0) * side
    return (x0 + x1) / 2 + (14 if rise < -1 else -14 if rise > 1 else 0)


def _place(
    size: Size,
    side: int,
    middle: float,
    width: float,
    own: Sequence[_Line],
    foreign: Sequence[_Line],
    taken: Sequence[tuple[Point, Size]],
) -> Point | None:
    """Let a label down on its wire, at the first place along it where it touches nothing else."""
    w, h = size
    for step in (0, 8, -8, 16, -16, 24, -24, 32, -32, 44, -44, 56, -56):
        x = middle + step
        if x - w / 2 < END or x + w / 2 > width - END:
            continue
        edge = max(side * y for line in own for y in line.span(x - w / 2 - CLEAR, x + w / 2 + CLEAR)) + CLEAR
        hang = edge - max(side * line.at(x) for line in own)
        at = (x - w / 2, edge if side > 0 else -edge - h)
        if hang < FAR and _free(at, size, taken) and not any(_touches(line, at, size) for line in foreign):
            return at
    return None


def _free(at: Point, size: Size, taken: Sequence[tuple[Point, Size]]) -> bool:
    (left, top), (w, h) = at, size
    return not any(
        left < x + a + APART and x < left + w + APART and top < y + b + APART and y < top + h + APART
        for (x, y), (a, b) in taken
    )


def _touches(line: _Line, at: Point, size: Size) -> bool:
    top, bottom = at[1] - FOREIGN, at[1] + size[1] + FOREIGN
    if line.high <= top or line.low >= bottom:
        return False
    low, high = line.span(at[0] - FOREIGN, at[0] + size[0] + FOREIGN)
    return high > top and low < bottom


# ---- bridges ----


def _bridges(pieces: Sequence[Piece], gap: Gap) -> dict[int, list[tuple[Point, ...]]]:
    """Stretches of later wires over earlier ones: drawn broad in the page colour, they keep two pairs apart."""
    found: dict[int, list[tuple[Point, ...]]] = {}
    for p, q in combinations(sorted(pieces, key=lambda p: p.wire), 2):
        if _cross(p, q):
            under, over = (_Line(smooth(gap.knots[r.wire])) for r in (p, q))
            found.setdefault(q.wire, []).append(_stretch(under, over))
    return found


def _cross(p: Piece, q: Piece) -> bool:
    return (p.start - q.start) * (p.end - q.end) < 0


def _stretch(under: _Line, over: _Line) -> tuple[Point, ...]:
    """The part of a path that crosses the pair under it, found by halving."""
    left, right = over.xs[0], over.xs[-1]
    first = under.at(left) < over.at(left)
    while right - left > 0.5:
        middle = (left + right) / 2
        left, right = (middle, right) if (under.at(middle) < over.at(middle)) == first else (left, middle)
    lean = abs(over.at(left + 1) - over.at(left - 1)) / 2, abs(under.at(left + 1) - under.at(left - 1)) / 2
    reach = min(24.0, 6 + 2 * HALF * (1 + min(lean)) / max(0.3, sum(lean)))
    xs = [left - reach, *(x for x in over.xs if abs(x - left) < reach), left + reach]
    return tuple((x, over.at(x)) for x in xs)
