"""Pairs of wires drawn by hand in templates: the value one way, beside it the gradient back, dashed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot, sqrt

from graphviz_bp.figure.layout.wires import HALF, HEAD, NOTCH, SHORT, Point, head
from graphviz_bp.figure.network.elements import Element, Shows, drawn
from graphviz_bp.figure.page import Command, Path
from graphviz_bp.figure.statements.compose import DASH, LINE_WIDTH
from graphviz_bp.figure.themes import Theme

CORNER = 9.0  # the radius of a wire's corners
BRIDGE = 15.0


def pair(a: Point, b: Point, back: Shows | None, near: float = 0.0, far: float = 0.0, *, told: str = "",
         bridges: bool = False, heads: tuple[bool, bool] = (True, True)) -> Iterator[Element]:  # fmt: skip
    """A value's wire from a to b and, if `back` says when, the gradient's from b to a.

    The wires end on circles of radius `near` about a and `far` about b; `bridges` gives way to what is crossed.
    """
    length = hypot(b[0] - a[0], b[1] - a[1])
    tx, ty = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    begin, end = (sqrt(max(r * r - HALF * HALF, 0.0)) for r in (near, far))

    def at(along: float, side: float) -> Point:
        return a[0] + along * tx + side * HALF * ty, a[1] + along * ty - side * HALF * tx

    one, two = 1.0, -1.0  # the value runs on the left of its way, the gradient on the right
    if bridges:
        points = (a[0] + begin * tx, a[1] + begin * ty), (b[0] - end * tx, b[1] - end * ty)
        commands: tuple[Command, ...] = (("M", *points[0]), ("L", *points[1]))
        yield drawn(lambda theme: Path(commands, stroke=theme.page, stroke_width=BRIDGE))
    yield forward([at(begin, one), at(length - end - SHORT * heads[0], one)], headed=heads[0], told=told)
    if back is not None:
        yield backward([at(length - end, two), at(begin + SHORT * heads[1], two)], back, headed=heads[1])


def forward(points: Sequence[Point], *, headed: bool = True, told: str = "", wide: float = LINE_WIDTH) -> Element:
    """A value's wire along points, its corners rounded."""
    line, tip = _line(points, headed), head(points)

    def items(theme: Theme) -> tuple[Path, ...]:
        stroke = Path(line, stroke=theme.wire, stroke_width=wide)
        return (stroke, Path(tip, fill=theme.wire)) if headed else (stroke,)

    return Element(items, spoken=told or None)


def backward(points: Sequence[Point], shows: Shows, *, headed: bool = True) -> Element:
    """A gradient's wire along points, dashed; it is there once that gradient is known."""
    line, tip = _line(points, headed), head(points)

    def items(theme: Theme) -> tuple[Path, ...]:
        stroke = Path(line, stroke=theme.back_wire, stroke_width=LINE_WIDTH, dash=DASH)
        return (stroke, Path(tip, fill=theme.back_wire)) if headed else (stroke,)

    return Element(items, shows)


def _line(points: Sequence[Point], headed: bool) -> tuple[Command, ...]:
    """The stroke: straight pieces with rounded corners, short of the head."""
    *rest, last = points
    before = rest[-1]
    if headed:
        length = hypot(last[0] - before[0], last[1] - before[1]) or 1.0
        share = NOTCH * HEAD[0] / length
        last = last[0] + (before[0] - last[0]) * share, last[1] + (before[1] - last[1]) * share
    whole = [*rest, last]
    commands: list[Command] = [("M", *whole[0])]
    for a, corner, b in zip(whole, whole[1:], whole[2:], strict=False):
        (x0, y0), (x1, y1) = _toward(corner, a), _toward(corner, b)
        commands += [("L", x0, y0), ("Q", *corner, x1, y1)]
    return (*commands, ("L", *whole[-1]))


def _toward(corner: Point, other: Point) -> Point:
    length = hypot(other[0] - corner[0], other[1] - corner[1]) or 1.0
    share = min(CORNER / length, 0.5)
    return corner[0] + (other[0] - corner[0]) * share, corner[1] + (other[1] - corner[1]) * share
