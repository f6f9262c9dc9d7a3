"""Long figures in several rows: cut where a single wire crosses, each row laid out by itself, the wire led back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, cos, pi, sin

from graphviz_bp.figure.layout.layout import MARGIN, Layout, PlacedWire, layout
from graphviz_bp.figure.layout.net import Box, Wire
from graphviz_bp.figure.layout.wires import CLEAR, HALF, SHORT, Command, Curve, Path, Point, backwards, beside, curve

WIDEST = 1000.0  # a slide is 960 wide; a figure beyond this may be cut into rows
SLIDE, WORTH = (900.0, 400.0), 1.15  # what a layout has of a slide; so much larger one row has to be
PAPER = 1500.0  # beyond this, since one row would be too small on paper
LEAST = 240.0  # a row is at least as wide as this
ARM, CORNER, AIR = 20.0, 12.0, 8.0  # how a wire that turns back leaves a box, its corners, what stays free around it


def wrapped(boxes: Sequence[Box], wires: Sequence[Wire], *, direction: str = "LR", engine: str | None = None) -> Layout:
    """The layout; where a single wire can be cut, and a slide shows it larger so, in rows from left to right."""
    whole = layout(boxes, wires, direction=direction, engine=engine)
    if direction != "LR" or whole.width <= WIDEST:
        return whole
    most = ceil(whole.width / WIDEST) + 1
    cuts = dict.fromkeys(_rows(whole, wires, whole.width / count * 1.1) for count in range(2, most + 1))
    stacked = [_stacked(boxes, wires, rows, engine) for rows in cuts if len(rows) > 1]
    best = max(stacked, key=_scale, default=whole)
    gain = WORTH if whole.width > PAPER else 1.0
    return whole if _scale(whole) >= gain * _scale(best) else best


def _scale(placed: Layout) -> float:
    """How large a slide shows it."""
    return min(SLIDE[0] / placed.width, SLIDE[1] / placed.height)


# -- where to cut


def _rows(whole: Layout, wires: Sequence[Wire], room: float) -> tuple[tuple[int, ...], ...]:
    """The boxes of each row, in the order they stand."""
    order = sorted(range(len(whole.boxes)), key=lambda i: whole.boxes[i])
    cuts = [(k, _least(wires, order, k)) for k in range(1, len(order)) if _single(whole, wires, order, k)]
    rows, start = [], 0
    while cuts and _extent(whole, order[start:]) > room:
        ahead = [k for k, least in cuts if k > start and _extent(whole, order[start:k]) >= least]
        fitting = [k for k in ahead if _extent(whole, order[start:k]) <= room]
        if not ahead:
            break
        end = fitting[-1] if fitting else ahead[0]
        rows.append(tuple(order[start:end]))
        start = end
    return (*rows, tuple(order[start:]))


def _least(wires: Sequence[Wire], order: Sequence[int], k: int) -> float:
    """How wide a row must be for the labels of the wire that is led back below it."""
    wire = _between(wires, order[:k], order[k:])
    return max([LEAST, *(size[0] + 2 * (CORNER + CLEAR) for size in (wire.outer, wire.inner) if size)])


def _extent(whole: Layout, row: Sequence[int]) -> float:
    return max(whole.boxes[i][0] + whole.sizes[i][0] for i in row) - min(whole.boxes[i][0] for i in row)


def _single(whole: Layout, wires: Sequence[Wire], order: Sequence[int], k: int) -> bool:
    """Whether one wire alone leads across, from the last rank before the cut to the first after it."""
    before, after = order[:k], order[k:]
    first = set(before)
    across = [w for w in wires if (w.source in first) != (w.target in first)]
    if len(across) != 1:
        return False
    right = max(whole.boxes[i][0] + whole.sizes[i][0] for i in before)
    left = min(whole.boxes[i][0] for i in after)
    source, target = across[0].source, across[0].target
    ends = whole.boxes[source][0] + whole.sizes[source][0], whole.boxes[target][0]
    middles = [whole.boxes[i][0] + whole.sizes[i][0] / 2 for i in (source, target)]
    alone = not any(whole.boxes[i][0] > middles[0] for i in before if i != source) and not any(
        whole.boxes[i][0] + whole.sizes[i][0] < middles[1] for i in after if i != target
    )
    return right < left and alone and ends[0] < ends[1]


# -- rows below each other


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: its boxes and wires by their numbers in the whole, its layout, and where it stands."""

    boxes: list[int]
    wires: list[int]
    layout: Layout
    x: float
    y: float


def _stacked(boxes: Sequence[Box], wires: Sequence[Wire], rows: Sequence[Sequence[int]], engine: str | None) -> Layout:
    placed: list[_Row] = []
    y = 0.0
    for members, before in zip(rows, [None, *rows], strict=False):
        y += 0.0 if before is None else _corridor(_between(wires, before, members))
        placed.append(_row(boxes, wires, members, y, engine))
        y += placed[-1].layout.height
    corners: list[Point] = [(0.0, 0.0)] * len(boxes)
    sizes = [(0.0, 0.0)] * len(boxes)
    for row in placed:
        for i, (x, top), size in zip(row.boxes, row.layout.boxes, row.layout.sizes, strict=True):
            corners[i], sizes[i] = (x + row.x, top + row.y), size
    found = {
        k: moved(wire, row.x, row.y) for row in placed for k, wire in zip(row.wires, row.layout.wires, strict=True)
    }
    width = max(row.layout.width for row in placed) + 2 * ARM
    for above, below in pairwise(placed):
        k = wires.index(_between(wires, above.boxes, below.boxes))
        found[k] = _led_back(wires[k], corners, sizes, above.y + above.layout.height, below.y, width)
    return Layout(width, y, tuple(corners), tuple(sizes), tuple(found[k] for k in range(len(wires))))


def _between(wires: Sequence[Wire], before: Sequence[int], after: Sequence[int]) -> Wire:
    return next(w for w in wires if w.source in before and w.target in after)


def _corridor(wire: Wire) -> float:
    """The height between two rows, besides their margins."""
    labels = sum(size[1] + CLEAR + HALF for size in (wire.outer, wire.inner) if size)
    return max(0.0, labels + 2 * AIR + 2 * HALF - MARGIN)


def _row(boxes: Sequence[Box], wires: Sequence[Wire], members: Sequence[int], y: float, engine: str | None) -> _Row:
    number = {i: n for n, i in enumerate(sorted(members))}
    mine = [k for k, w in enumerate(wires) if w.source in number and w.target in number]
    inside = [replace(wires[k], source=number[wires[k].source], target=number[wires[k].target]) for k in mine]
    return _Row(sorted(members), mine, layout([boxes[i] for i in sorted(members)], inside, engine=engine), ARM, y)


def moved(wire: PlacedWire, dx: float, dy: float) -> PlacedWire:
    """A placed wire shifted as a whole."""

    def point(p: Point | None) -> Point | None:
        return None if p is None else (p[0] + dx, p[1] + dy)

    def bent(c: Curve) -> Curve:
        return Curve(_shifted(c.line, dx, dy), _shifted(c.head, dx, dy), tuple((x + dx, y + dy) for x, y in c.points))

    bridges = tuple(tuple((x + dx, y + dy) for x, y in bridge) for bridge in wire.bridges)
    back = None if wire.backward is None else bent(wire.backward)
    return PlacedWire(bent(wire.forward), back, point(wire.outer), point(wire.inner), bridges)


def _shifted(commands: tuple[Command, ...], dx: float, dy: float) -> tuple[Command, ...]:
    shift = (dx, dy)
    return tuple((verb, *(float(n) + shift[i % 2] for i, n in enumerate(numbers))) for verb, *numbers in commands)


# -- the wire that turns back


def _led_back(wire: Wire, corners: Sequence[Point], sizes: Sequence[tuple[float, float]], bottom: float, top: float,
              width: float) -> PlacedWire:  # fmt: skip
    """From the end of a row, down, back through the corridor, and into the first box of the next row."""
    (sx, sy), (sw, sh) = corners[wire.source], sizes[wire.source]
    (tx, ty), (_, th) = corners[wire.target], sizes[wire.target]
    room = [size[1] + CLEAR + HALF if size else 0.0 for size in (wire.outer, wire.inner)]
    row = (bottom - MARGIN / 2 + top + MARGIN / 2) / 2 + (room[0] - room[1]) / 2
    start, end = (sx + sw, sy + sh / 2), (tx - SHORT, ty + th / 2)
    knots = [start, (sx + sw + ARM, start[1]), (sx + sw + ARM, row), (tx - ARM, row), (tx - ARM, end[1]), end]
    path = rounded(knots)
    offset = HALF if wire.backward else 0.0
    back = curve(_ends_short(backwards(beside(path, -offset)))) if wire.backward else None
    middle = min(width / 2, (knots[2][0] + knots[3][0]) / 2)
    outer = wire.outer and (middle - wire.outer[0] / 2, row - HALF - CLEAR - wire.outer[1])
    inner = wire.inner and (middle - wire.inner[0] / 2, row + HALF + CLEAR)
    return PlacedWire(curve(beside(path, offset)), back, outer, inner, ())


def _ends_short(path: Path) -> Path:
    """The way back: it leaves from the outline, and ends a little before the one it points at."""
    (x0, y0, tx0, ty0), (x, y, tx, ty) = path[0], path[-1]
    return [(x0 + SHORT, y0, tx0, ty0), *path[1:-1], (x + SHORT, y, tx, ty)]


def rounded(knots: Sequence[Point]) -> Path:
    """Samples of a path with right angles, its corners rounded."""
    path: Path = [(*knots[0], 1.0, 0.0)]
    for (x0, y0), (x1, y1), (x2, y2) in zip(knots, knots[1:], knots[2:], strict=False):
        into, out = _way(x0, y0, x1, y1), _way(x1, y1, x2, y2)
        for i in range(7):
            a = pi / 2 * i / 6
            c, s = 1 - sin(a), 1 - cos(a)
            x = x1 - CORNER * (into[0] * c - out[0] * s)
            y = y1 - CORNER * (into[1] * c - out[1] * s)
            path.append((x, y, into[0] * cos(a) + out[0] * sin(a), into[1] * cos(a) + out[1] * sin(a)))
    return [*path, (*knots[-1], 1.0, 0.0)]


def _way(x0: float, y0: float, x1: float, y1: float) -> Point:
    run = abs(x1 - x0) + abs(y1 - y0) or 1.0
    return (x1 - x0) / run, (y1 - y0) / run
