"""A scene and its layout made into a page: a display list that every writer draws alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from graphviz_bp.figure.layout.layout import Layout, PlacedWire
from graphviz_bp.figure.layout.net import Box, Wire
from graphviz_bp.figure.layout.wires import Curve, head
from graphviz_bp.figure.layout.wrap import moved as moved_wire
from graphviz_bp.figure.layout.wrap import wrapped
from graphviz_bp.figure.page import Group, Item, Page, Path, Rect
from graphviz_bp.figure.scene.parts import BOX_PAD, CHIP_GAP, CHIP_PAD, Chip, Link, Scene, Statement
from graphviz_bp.figure.scene.trail import bands
from graphviz_bp.figure.statements.below import whole
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.ink import Ink, paint

DASH, LINE_WIDTH, OUTLINE, BRIDGE = (4.5, 2.8), 1.3, 1.1, 15.0
ACTIVE_DASH, ACTIVE_WIDTH, ACTIVE_HEAD, ACTIVE_OUTLINE = (6.0, 3.2), 2.4, (11.0, 9.0), 1.6


def compose(scene: Scene, theme: Theme, *, direction: str = "LR", engine: str | None = None) -> Page:
    """Lay the scene out and draw it."""
    return page(scene, arrange(scene, direction=direction, engine=engine), theme)


def arrange(scene: Scene, *, direction: str = "LR", engine: str | None = None) -> Layout:
    """Where the boxes, wires and labels of a scene stand."""
    return wrapped(
        [Box(*statement.size) for statement in scene.statements],
        [Wire(link.parent, link.child, link.backward, _size(link.outer), _size(link.inner)) for link in scene.links],
        direction=direction, engine=engine,
    )  # fmt: skip


def page(scene: Scene, placed: Layout, theme: Theme) -> Page:
    """The scene drawn where its layout says, all of it at once."""
    below, width, height = whole(scene, (placed.width, placed.height), theme)
    placed = moved(placed, (width - placed.width) / 2)
    pairs = list(zip(scene.links, placed.wires, strict=True))
    wires = [_wire(link, wire, theme) for link, wire in pairs]
    boxes = [_box(statement, placed, i, theme) for i, statement in enumerate(scene.statements)]
    labels = [item for link, wire in pairs for item in _labels(link, wire, theme)]
    labels += [item for i in range(len(boxes)) for item in remark(scene.statements[i], placed, i, theme)]
    ground = trail_bands(scene, placed, theme)
    return Page(width, height, theme.page, (*ground, *wires, *boxes, *labels, *below), scene.title, scene.description)


def trail_bands(scene: Scene, placed: Layout, theme: Theme) -> tuple[Item, ...]:
    """The ground under a marked path."""
    return tuple(bands(scene.path, scene.names, scene.ends, placed, theme))


def moved(placed: Layout, dx: float) -> Layout:
    """The layout moved right, to stand in the middle of a wider page."""
    if not dx:
        return placed
    wires = tuple(moved_wire(wire, dx, 0.0) for wire in placed.wires)
    remarks = tuple(at and (at[0] + dx, at[1]) for at in placed.remarks)
    return replace(placed, boxes=tuple((x + dx, y) for x, y in placed.boxes), wires=wires, remarks=remarks)


def _size(ink: Ink | None) -> tuple[float, float] | None:
    return None if ink is None else (ink.width, ink.height)


def _wire(link: Link, wire: PlacedWire, theme: Theme) -> Item:
    back = () if wire.backward is None else backward(wire.backward, theme)
    return Group((*bridges(wire, theme), *forward(wire.forward, theme), *back), link.spoken)


def bridges(wire: PlacedWire, theme: Theme) -> tuple[Item, ...]:
    """Where a wire passes over earlier ones, a gap in those."""
    return tuple(
        Path(
            tuple(("L" if i else "M", x, y) for i, (x, y) in enumerate(points)), stroke=theme.page, stroke_width=BRIDGE
        )
        for points in wire.bridges
    )


def forward(curve: Curve, theme: Theme) -> tuple[Item, ...]:
    """The wire along which a value goes."""
    line = Path(curve.line, stroke=theme.wire, stroke_width=LINE_WIDTH)
    return line, Path(curve.head, fill=theme.wire)


def backward(curve: Curve, theme: Theme, *, active: bool = False) -> tuple[Item, ...]:
    """The dashed wire along which a gradient comes back; the active one is broad."""
    width, dash = (ACTIVE_WIDTH, ACTIVE_DASH) if active else (LINE_WIDTH, DASH)
    tip = head(curve.points, length=ACTIVE_HEAD[0], width=ACTIVE_HEAD[1]) if active else curve.head
    return Path(curve.line, stroke=theme.back_wire, stroke_width=width, dash=dash), Path(tip, fill=theme.back_wire)


def _labels(link: Link, wire: PlacedWire, theme: Theme) -> list[Item]:
    found: list[Item] = []
    for ink, corner in ((link.outer, wire.outer), (link.inner, wire.inner)):
        if ink is not None and corner is not None:
            found += label(ink, corner, theme)
    return found


def label(ink: Ink, corner: tuple[float, float], theme: Theme, *, active: bool = False) -> tuple[Item, ...]:
    """A label beside a wire; the local partial of an active wire is as dark as the structure."""
    colours = {**theme.colours, "partial": theme.ink} if active else theme.colours
    return paint(ink, corner[0], corner[1] + ink.ascent, colours, theme.ink)


def remark(statement: Statement, placed: Layout, index: int, theme: Theme) -> tuple[Item, ...]:
    """The line beside a box, where its layout keeps a place for it."""
    at = placed.remarks[index] if placed.remarks else None
    if statement.remark is None or at is None:
        return ()
    return paint(statement.remark, at[0], at[1] - statement.remark.descent, theme.colours, theme.ink)


def _box(statement: Statement, placed: Layout, index: int, theme: Theme) -> Item:
    chips = [item for at in chip_places(statement, placed, index) for item in chip_items(*at, theme)]
    return Group((*empty_box(statement, placed, index, theme), *chips), statement.spoken)


def empty_box(statement: Statement, placed: Layout, index: int, theme: Theme) -> tuple[Item, ...]:
    """A box with its statement and no number."""
    (x, y), (width, height) = placed.boxes[index], placed.sizes[index]
    fill, outline = {
        "param": (theme.input, theme.wire), "data": (theme.data, theme.data_outline),
        "output": (theme.output, theme.output_outline), "node": (theme.box, theme.wire),
    }[statement.role]  # fmt: skip
    title, top = statement.title, _top(statement, placed, index)
    lettering = paint(title, x + (width - title.width) / 2, top + title.ascent, theme.colours, theme.ink)
    return Rect(x, y, width, height, 9.0, fill, outline, OUTLINE), *lettering


def _top(statement: Statement, placed: Layout, index: int) -> float:
    return placed.boxes[index][1] + (placed.sizes[index][1] - statement.size[1]) / 2 + BOX_PAD[1]


def chip_places(statement: Statement, placed: Layout, index: int) -> Iterator[tuple[Chip, float, float]]:
    """The chips of a box with their top left corners."""
    width, height = statement.chips_size
    middle = placed.boxes[index][0] + placed.sizes[index][0] / 2
    x, y = middle - width / 2, _top(statement, placed, index) + statement.title.height + 6.0
    for chip in statement.chips:
        w, h = chip.size
        if statement.stacked:
            yield chip, middle - w / 2, y
            y += h + 4.0
        else:
            yield chip, x, y + (height - h) / 2
            x += w + CHIP_GAP


def chip_items(chip: Chip, x: float, y: float, theme: Theme) -> list[Item]:
    """A chip at its place, its number in the middle."""
    width, height = chip.size
    ground = theme.value_chip if chip.role == "value" else theme.gradient_chip
    baseline = y + (height - chip.ink.height) / 2 + chip.ink.ascent
    spare = max(chip.room - chip.ink.width, 0.0)
    return [
        Rect(x, y, width, height, _radius(height), ground, theme.chip_outline, 0.7),
        *paint(chip.ink, x + CHIP_PAD[0] + spare / 2, baseline, theme.colours, theme.ink),
    ]


def chip_mark(chip: Chip, x: float, y: float, theme: Theme) -> Item:
    """The outline of a chip that has just been filled."""
    width, height = chip.size
    stroke = theme.value if chip.role == "value" else theme.gradient
    return Rect(x, y, width, height, _radius(height), None, stroke, ACTIVE_OUTLINE)


def _radius(height: float) -> float:
    return min(height / 2, 9.0)
