"""Where everything in a figure stands: boxes and label sizes in, positions and curves out.

Graphviz' `dot` ranks the boxes, orders and aligns them; it sees generated names and sizes, never a word a user wrote.
Every wire gets a slot in the gap between two ranks, which keeps room for its labels, and a lane past every rank it
skips. `gaps.fill` then bends the wires and sets the ranks as close as the labels permit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from graphviz_bp.figure.layout.gaps import Gap, Piece, fill
from graphviz_bp.figure.layout.net import Box, Net, Wire
from graphviz_bp.figure.layout.plan import Plan, plan_of
from graphviz_bp.figure.layout.wires import (
    HALF,
    SHORT,
    Curve,
    Path,
    Point,
    Size,
    backwards,
    beside,
    curve,
    smooth,
)

MARGIN = 14.0  # around the picture


@dataclass(frozen=True, slots=True)
class PlacedWire:
    """The curves of a wire, the top left corners of its labels, and where it passes over an earlier wire."""

    forward: Curve
    backward: Curve | None
    outer: Point | None
    inner: Point | None
    bridges: tuple[tuple[Point, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A page with boxes (top left corners, and sizes as finally used) and wires, in the order they were given.

    `remarks` is where the line beside each box begins, for boxes that have one.
    """

    width: float
    height: float
    boxes: tuple[Point, ...]
    sizes: tuple[Size, ...]
    wires: tuple[PlacedWire, ...]
    remarks: tuple[Point | None, ...] = ()


def layout(boxes: Sequence[Box], wires: Sequence[Wire], *, direction: str = "LR", engine: str | None = None) -> Layout:
    """Lay out boxes given in creation order; `engine="dot"` asks an installed `dot` instead of the library.

    Every label finds a place: it keeps 5 from its wire, 4 from other wires, 6 from other labels, 7 from the boxes at
    the ends of its wire. No wire touches a box that is not its own. Boxes may come back taller, to hold their wires.

    >>> page = layout([Box(60, 40), Box(60, 40)], [Wire(0, 1)])
    >>> page.width, page.height, page.boxes
    (182.0, 68.0, ((14.0, 14.0), (108.0, 14.0)))
    """
    if direction not in ("LR", "TB"):
        raise ValueError(f"unknown direction: {direction!r} (must be 'LR' or 'TB')")
    if engine not in (None, "dot"):
        raise ValueError(f"unknown engine: {engine!r} (must be None or 'dot')")
    if any(not 0 <= w.source < w.target < len(boxes) for w in wires):
        raise ValueError("a wire must run from a box to a later box")
    if direction == "TB":
        boxes = [replace(b, width=b.height, height=b.width) for b in boxes]
        wires = [replace(w, outer=_turned(w.outer), inner=_turned(w.inner)) for w in wires]
    return _page(plan_of(boxes, wires, engine), turned=direction == "TB")


def _turned(size: Size | None) -> Size | None:
    return size and (size[1], size[0])


@dataclass(frozen=True, slots=True)
class _Draft:
    """A wire in the coordinates of the plan."""

    forward: Path
    backward: Path | None
    labels: Sequence[Point | None]
    bridges: Sequence[Sequence[Point]]


@dataclass(frozen=True, slots=True)
class _Frame:
    """How the coordinates of the plan become those of the page."""

    left: float
    top: float
    turned: bool

    def on(self, point: Point) -> Point:
        x, y = point[0] - self.left, point[1] - self.top
        return (y, x) if self.turned else (x, y)

    def drawn(self, path: Path) -> Curve:
        return curve([(*self.on((x, y)), *((ty, tx) if self.turned else (tx, ty))) for x, y, tx, ty in path])

    def placed(self, draft: _Draft) -> PlacedWire:
        outer, inner = (at and self.on(at) for at in draft.labels)
        bridges = tuple(tuple(self.on(p) for p in bridge) for bridge in draft.bridges)
        backward = self.drawn(draft.backward) if draft.backward else None
        return PlacedWire(self.drawn(draft.forward), backward, outer, inner, bridges)


def _page(plan: Plan, *, turned: bool) -> Layout:
    net = plan.net
    gaps = [fill(_pieces(plan, g)) for g in range(max(net.ranks, default=0))]
    lefts, rights = _columns(net, gaps)
    corners = [
        ((lefts[r] + rights[r] - b.width) / 2, plan.rows[f"n{i}"] - b.height / 2)
        for i, (b, r) in enumerate(zip(net.boxes, net.ranks, strict=True))
    ]
    drafts = [_draft(plan, k, gaps, rights, corners) for k in range(len(net.wires))]
    xs, ys = zip(*_extremes(net, corners, drafts), strict=True) if corners else ((0.0,), (0.0,))
    frame = _Frame(min(xs) - MARGIN, min(ys) - MARGIN, turned)
    width, height = frame.on((max(xs) + MARGIN, max(ys) + MARGIN))
    sizes = tuple((b.height, b.width) if turned else (b.width, b.height) for b in net.boxes)
    return Layout(width, height, tuple(map(frame.on, corners)), sizes, tuple(map(frame.placed, drafts)))


def _pieces(plan: Plan, g: int) -> list[Piece]:
    """What crosses a gap."""
    net, pieces = plan.net, []
    for k, (w, chain) in enumerate(zip(net.wires, net.chains, strict=True)):
        if net.ranks[w.source] <= g < net.ranks[w.target]:
            here = 2 * (g - net.ranks[w.source])
            ends = chain[here], chain[here + 2]
            start = plan.rows[ends[0]] if here else plan.ports[k][0]
            end = plan.rows[ends[1]] if here + 3 < len(chain) else plan.ports[k][1]
            labels = (w.outer, w.inner) if net.slots[k] == g else (None, None)
            pieces.append(Piece(k, ends, start, end, plan.sides[k], w.backward, *labels))
    return pieces


def _columns(net: Net, gaps: Sequence[Gap]) -> tuple[list[float], list[float]]:
    """Left and right side of every rank."""
    widest: dict[int, float] = {}
    for b, r in zip(net.boxes, net.ranks, strict=True):
        widest[r] = max(widest.get(r, 0.0), b.width)
    lefts, rights = [0.0], [widest.get(0, 0.0)]
    for r, gap in enumerate(gaps, 1):
        lefts.append(rights[-1] + gap.width)
        rights.append(lefts[-1] + widest[r])
    return lefts, rights


def _draft(plan: Plan, k: int, gaps: Sequence[Gap], rights: Sequence[float], corners: Sequence[Point]) -> _Draft:
    net, w = plan.net, plan.net.wires[k]
    mine = range(net.ranks[w.source], net.ranks[w.target])
    source, target = ((net.boxes[i], corners[i]) for i in (w.source, w.target))
    inner = [(x + rights[g], y) for g in mine for x, y in gaps[g].knots[k]]
    middle = smooth([(source[1][0] + source[0].width, plan.ports[k][0]), *inner, (target[1][0], plan.ports[k][1])])
    outward = plan.sides[k] * HALF
    forward = _clipped(beside(middle, outward if w.backward else 0.0), source, target)
    backward = _clipped(backwards(beside(middle, -outward)), target, source) if w.backward else None
    labels = [at and (at[0] + rights[net.slots[k]], at[1]) for at in gaps[net.slots[k]].labels[k]]
    bridges = [[(x + rights[g], y) for x, y in bridge] for g in mine for bridge in gaps[g].bridges.get(k, ())]
    return _Draft(forward, backward, labels, bridges)


def _clipped(path: Path, source: tuple[Box, Point], target: tuple[Box, Point]) -> Path:
    """The path from outline to outline, the end a little short."""
    first, last = path[0], path[-1]
    start, end = _outline(*source, first[1], first[2]), _outline(*target, last[1], -last[2]) - SHORT * last[2]
    return [(start, *first[1:]), *path[1:-1], (end, *last[1:])]


def _outline(box: Box, corner: Point, row: float, way: float) -> float:
    """Where a row meets a rounded outline: on its right side (way 1) or on its left (way -1)."""
    into = max(box.radius - (row - corner[1]), row - corner[1] - box.height + box.radius, 0.0)
    inset = box.radius - sqrt(max(box.radius**2 - into**2, 0.0))
    return corner[0] + (box.width - inset if way > 0 else inset)


def _extremes(net: Net, corners: Sequence[Point], drafts: Sequence[_Draft]) -> Iterator[Point]:
    """Points that the page has to hold."""
    for (x, y), b in zip(corners, net.boxes, strict=True):
        yield from ((x, y), (x + b.width, y + b.height))
    for w, d in zip(net.wires, drafts, strict=True):
        yield from ((x, y) for path in (d.forward, d.backward or []) for x, y, _, _ in path)
        for at, size in zip(d.labels, (w.outer, w.inner), strict=True):
            if at and size:
                yield from (at, (at[0] + size[0], at[1] + size[1]))
