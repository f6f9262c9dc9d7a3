"""Geometry of wires: smooth paths, pairs of curves, heads, and the gap between two ranks with its labels.

Everything is written for a picture that runs to the right, y down; `layout` swaps x and y for one that runs down.
`fill` is the heart: it takes what crosses one gap and bends the wires so that every label finds a free place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, sqrt

HALF = 3.3  # the two curves of a pair run this far from their middle
CLEAR = 5.0  # what stays free between a label and its wire; foreign wires keep 4
APART = 6.0  # what stays free between two labels
SHORT = 0.8  # a head stops this far before the outline it points at
HEAD = (8.5, 6.8)  # length and width of a stealth head
NOTCH = 0.72  # share of the head's length where the line ends and the notch lies
HANDLE = 0.42  # handles of an S-curve, as a share of its run
STEPS = 12  # samples of an S-curve
SNAP = 1.0  # a row this near to one of the ends is the row of that end
FAR = 34.0  # a label whose middle hangs farther from its wire than this belongs somewhere else

Point = tuple[float, float]
Size = tuple[float, float]
Command = tuple[str | float, ...]
Sample = tuple[float, float, float, float]  # x, y and the unit tangent


@dataclass(frozen=True, slots=True)
class Curve:
    """A wire as drawn: the stroke, its head, and the samples both were made from (outline to tip)."""

    line: tuple[Command, ...]
    head: tuple[Command, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one wire does between two ranks: the rows where it comes in and goes out, its slot, its labels there."""

    wire: int
    ends: tuple[str, str]  # what it comes from and goes to: a box or a lane
    start: float
    slot: float
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
    """The space between two ranks, filled: its width, the knots of the wires and the corners of the labels in it."""

    width: float
    knots: dict[int, list[Point]]
    labels: dict[int, tuple[Point | None, Point | None]]


# ---- curves ----


def smooth(knots: Sequence[Point]) -> list[Sample]:
    """Samples of the path through the knots: level at every knot, an S-curve between two of different height."""
    samples = [(*knots[0], 1.0, 0.0)]
    for (x0, y0), (x1, y1) in pairwise(knots):
        if abs(y1 - y0) > 1e-6:
            samples += [_on_bend(x0, y0, x1 - x0, y1 - y0, i / STEPS) for i in range(1, STEPS)]
        if x1 - x0 > 1e-6:
            samples.append((x1, y1, 1.0, 0.0))
    return samples


def _on_bend(x: float, y: float, run: float, rise: float, t: float) -> Sample:
    """Point and tangent at t of the S-curve with level ends."""
    s, h = 1 - t, HANDLE * run
    along, up = 3 * s * t * t + t**3, 6 * s * t
    dx, dy = 3 * h * (s * s + t * t) + up * (run - 2 * h), up * rise
    length = hypot(dx, dy)
    return x + run * along + 3 * s * t * h * (s - t), y + rise * along, dx / length, dy / length


def beside(samples: Sequence[Sample], offset: float) -> list[Sample]:
    """The path moved along its normal; a positive offset lies below a path that runs to the right."""
    return [(x - offset * ty, y + offset * tx, tx, ty) for x, y, tx, ty in samples]


def backwards(samples: Sequence[Sample]) -> list[Sample]:
    return [(x, y, -tx, -ty) for x, y, tx, ty in reversed(samples)]


def curve(samples: Sequence[Sample]) -> Curve:
    """The curve as drawn; the stroke ends inside the head, so that the tip stays sharp."""
    points = tuple((x, y) for x, y, _, _ in samples)
    return Curve(_stroke(_shortened(samples, NOTCH * HEAD[0])), head(points), points)


def head(points: Sequence[Point], *, length: float = HEAD[0], width: float = HEAD[1]) -> tuple[Command, ...]:
    """A stealth head at the end of a polyline, pointing as its last stretch of that length does."""
    x, y = points[-1]
    back = next((p for p in reversed(points) if hypot(p[0] - x, p[1] - y) >= length), points[0])
    run = hypot(x - back[0], y - back[1]) or 1.0
    tx, ty = (x - back[0]) / run, (y - back[1]) / run
    corners = ((length, width / 2), (NOTCH * length, 0.0), (length, -width / 2))
    sides = (("L", x - along * tx - across * ty, y - along * ty + across * tx) for along, across in corners)
    return ("M", x, y), *sides, ("Z",)


def _shortened(samples: Sequence[Sample], length: float) -> list[Sample]:
    """The path without its last stretch."""
    kept = list(samples)
    while (step := hypot(kept[-1][0] - kept[-2][0], kept[-1][1] - kept[-2][1])) <= length and len(kept) > 2:
        length -= step
        kept.pop()
    (x0, y0, *_), (x1, y1, tx, ty) = kept[-2:]
    share = min(1.0, length / (step or 1.0))
    kept[-1] = (x1 + (x0 - x1) * share, y1 + (y0 - y1) * share, tx, ty)
    return kept


def _stroke(samples: Sequence[Sample]) -> tuple[Command, ...]:
    """Path commands: lines where the path is straight, else one cubic from sample to sample."""
    commands: list[Command] = [("M", *samples[0][:2])]
    for (x0, y0, tx0, ty0), (x1, y1, tx1, ty1) in pairwise(samples):
        third = hypot(x1 - x0, y1 - y0) / 3
        if abs(tx0 * ty1 - ty0 * tx1) < 1e-9 and abs(tx0 * (y1 - y0) - ty0 * (x1 - x0)) < 1e-6:
            commands.append(("L", x1, y1))
        else:
            control = (x0 + third * tx0, y0 + third * ty0, x1 - third * tx1, y1 - third * ty1)
            commands.append(("C", *control, x1, y1))
    return tuple(commands)


# ---- the gap between two ranks ----


def fill(pieces: Sequence[Piece]) -> Gap:
    """Bend the wires of a gap as little as its labels allow: freely, or level along the labels, or all in slots."""
    twins = Counter(p.ends for p in pieces)
    plain = ["level" if p.length and abs(p.start - p.end) > 105 else "free" for p in pieces]
    gap = _filled(pieces, plain, twins)
    if stuck := [p for p in pieces if _homeless(p, gap)]:
        ends = {e for p in stuck for e in p.ends}
        gap = _filled(pieces, ["level" if ends & {*p.ends} else s for p, s in zip(pieces, plain, strict=True)], twins)
    for style in ("level", "slot"):
        if any(_homeless(p, gap) for p in pieces):
            gap = _filled(pieces, [style] * len(pieces), twins)
    return gap


def _homeless(piece: Piece, gap: Gap) -> bool:
    return any(size and not at for size, at in zip((piece.outer, piece.inner), gap.labels[piece.wire], strict=True))


def _filled(pieces: Sequence[Piece], styles: Sequence[str], twins: Counter[tuple[str, str]]) -> Gap:
    rows = _rows(pieces, twins)
    bends = [_Bend(p, s, y, twins[p.ends] > 1) for p, s, y in zip(pieces, styles, rows, strict=True)]
    if "slot" in styles:
        left, right = max(b.left for b in bends), max(b.right for b in bends)
        flat = max(p.length for p in pieces) + 2 * CLEAR
        knots = {b.piece.wire: b.slotted(left, flat, right) for b in bends}
        width = left + flat + right
    else:
        width = max((b.width for b in bends), default=0.0)
        knots = {b.piece.wire: b.knots(width) for b in bends}
    return Gap(width, knots, _labels(pieces, knots, width))


def _run(rise: float) -> float:
    """The shortest run for a bend of that height in which a pair of curves does not pinch."""
    return 5.2 * sqrt(abs(rise))


@dataclass(frozen=True, slots=True)
class _Bend:
    """One way for a piece through its gap: straight to the other end, or along a row for the sake of its labels."""

    piece: Piece
    style: str
    row: float
    twin: bool

    @property
    def left(self) -> float:
        return max(CLEAR, _run(self.row - self.piece.start))

    @property
    def right(self) -> float:
        return max(CLEAR, _run(self.row - self.piece.end))

    @property
    def flat(self) -> float:
        if self.style == "free" or not self.piece.length:
            return 0.0
        return (self.piece.inner or (0.0, 0.0))[0] + 2 * CLEAR

    @property
    def width(self) -> float:
        drop = abs(self.piece.start - self.piece.end)
        if not self.piece.length:
            return max(34.0, _run(drop))
        if self.style == "free" and not self.twin:
            return self.piece.length + 24 + min(90.0, 1.2 * drop)
        return max(self.left + self.flat + self.right, self.piece.length + 24)

    def knots(self, width: float) -> list[Point]:
        p = self.piece
        if (self.style == "free" or not p.length) and not self.twin:
            return [(0.0, p.start), (width, p.end)]
        left, right = (0.0 if abs(self.row - y) < 0.5 else _run(self.row - y) for y in (p.start, p.end))
        spare = width - self.flat - left - right
        first = left + (spare * left / (left + right) if left + right else spare / 2)
        return [(0.0, p.start), (first, self.row), (first + self.flat, self.row), (width, p.end)]

    def slotted(self, left: float, flat: float, right: float) -> list[Point]:
        return [(0.0, self.piece.start), (left, self.row), (left + flat, self.row), (left + flat + right, self.piece.end)]


def _rows(pieces: Sequence[Piece], twins: Counter[tuple[str, str]]) -> list[float]:
    """A row for every piece, near the end it has for itself, in the order of the slots and with room for labels."""
    starts, ends = Counter(p.ends[0] for p in pieces), Counter(p.ends[1] for p in pieces)
    order = sorted(range(len(pieces)), key=lambda i: (pieces[i].slot, i))
    blocks: list[list[float]] = []  # of pieces pushed together: sum of weight * wish, weight, number of pieces
    below, offset, offsets = 0.0, 0.0, []
    for place, i in enumerate(order):
        p = pieces[i]
        offset += below + p.room(-1) + APART if place else 0.0
        below = p.room(1)
        wish, weight = p.slot, 1.0
        if twins[p.ends] == 1 and (ends[p.ends[1]] == 1 or starts[p.ends[0]] == 1):
            wish, weight = (p.end if ends[p.ends[1]] == 1 else p.start), 4.0
        if abs(p.start - p.end) < 0.5:
            weight *= 8
        offsets.append(offset)
        blocks.append([weight * (wish - offset), weight, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    levels = [total / weight for total, weight, count in blocks for _ in range(int(count))]
    rows = dict(zip(order, (level + o for level, o in zip(levels, offsets, strict=True)), strict=True))
    return [
        next((y for y in (p.end, p.start) if abs(y - rows[i]) < SNAP), rows[i]) for i, p in enumerate(pieces)
    ]


# ---- labels ----


def _labels(
    pieces: Sequence[Piece], knots: dict[int, list[Point]], width: float
) -> dict[int, tuple[Point | None, Point | None]]:
    """Corners for the labels in a gap, the outer ones first: they are the last to be given up."""
    curves = {}
    for p in pieces:
        middle = smooth(knots[p.wire])
        curves[p.wire] = [beside(middle, HALF), beside(middle, -HALF)] if p.pair else [middle]
    taken: list[tuple[Point, Size]] = []
    found: dict[tuple[int, bool], Point | None] = {}
    for outer in (True, False):
        for p in pieces:
            size, side = (p.outer, p.side) if outer else (p.inner, -p.side)
            if size:
                foreign = [c for q in pieces if q is not p for c in curves[q.wire]]
                at = _place(size, side, _middle(knots[p.wire], side), width, curves[p.wire], foreign, taken)
                found[p.wire, outer] = at
                taken += [(at, size)] if at else []
    return {p.wire: (found.get((p.wire, True)), found.get((p.wire, False))) for p in pieces}


def _middle(knots: Sequence[Point], side: int) -> float:
    """Where along a wire to look first: on its level stretch, else 14 towards the emptier end of the bend."""
    if len(knots) > 2:
        return (knots[1][0] + knots[2][0]) / 2
    (x0, y0), (x1, y1) = knots
    rise = (y1 - y0) * side
    return (x0 + x1) / 2 + (14 if rise < -1 else -14 if rise > 1 else 0)


def _place(
    size: Size,
    side: int,
    middle: float,
    width: float,
    own: Sequence[Sequence[Sample]],
    foreign: Sequence[Sequence[Sample]],
    taken: Sequence[tuple[Point, Size]],
) -> Point | None:
    """Let a label down on its wire, at the first place along it where it touches nothing else."""
    w, h = size
    for step in (0, 8, -8, 16, -16, 24, -24, 32, -32, 44, -44, 56, -56):
        left, right = middle + step - w / 2, middle + step + w / 2
        if left < CLEAR or right > width - CLEAR:
            continue
        edge = max(side * y for c in own for y in _heights(c, left - 3, right + 3)) + CLEAR
        hang = edge - max(side * y for c in own for y in _heights(c, middle + step, middle + step))
        top = edge if side > 0 else -edge - h
        if hang < FAR and _free(left, top, w, h, taken) and not any(_touches(c, left, top, w, h) for c in foreign):
            return left, top
    return None


def _free(left: float, top: float, w: float, h: float, taken: Sequence[tuple[Point, Size]]) -> bool:
    return not any(
        left < x + a + APART and x < left + w + APART and top < y + b + APART and y < top + h + APART
        for (x, y), (a, b) in taken
    )


def _touches(points: Sequence[Sample], left: float, top: float, w: float, h: float) -> bool:
    low, high = float("inf"), float("-inf")
    for y in _heights(points, left - 4, left + w + 4):
        low, high = min(low, y), max(high, y)
    return high > top - 4 and low < top + h + 4


def _heights(points: Sequence[Sample], left: float, right: float) -> Iterator[float]:
    """Heights of a path between two x, enough of them to know its highest and lowest."""
    for (x0, y0, *_), (x1, y1, *_) in pairwise(points):
        if x1 >= left and x0 <= right:
            slope = (y1 - y0) / (x1 - x0) if x1 > x0 else 0.0
            yield y0 + slope * (max(x0, left) - x0)
            yield y1 + slope * (min(x1, right) - x1)
