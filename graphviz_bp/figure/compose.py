"""A scene and its layout made into a page: a display list that every writer draws alike."""

from __future__ import annotations

from dataclasses import replace

from graphviz_bp.figure.ink import Ink, paint
from graphviz_bp.figure.layout import Box, Layout, PlacedWire, Wire, layout
from graphviz_bp.figure.page import Command, Group, Item, Page, Path, Rect
from graphviz_bp.figure.scene import BOX_PAD, CHIP_GAP, CHIP_PAD, Chip, Link, Scene, Statement
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.wires import Curve

DASH, LINE_WIDTH, OUTLINE, HALO = (4.5, 2.8), 1.3, 1.1, 5.0
PANEL_PAD, PANEL_GAP, MARGIN = (20.0, 11.0), 18.0, 14.0


def compose(scene: Scene, theme: Theme, *, direction: str = "LR", engine: str | None = None) -> Page:
    """Lay the scene out and draw it."""
    placed = layout(
        [Box(*statement.size) for statement in scene.statements],
        [Wire(link.parent, link.child, link.backward, _size(link.outer), _size(link.inner)) for link in scene.links],
        direction=direction, engine=engine,
    )  # fmt: skip
    below, width, height = _below(scene, theme, placed)
    placed = _moved(placed, (width - placed.width) / 2)
    pairs = list(zip(scene.links, placed.wires, strict=True))
    wires = [_wire(link, wire, theme) for link, wire in pairs]
    boxes = [_box(statement, placed, i, theme) for i, statement in enumerate(scene.statements)]
    labels = [item for link, wire in pairs for item in _labels(link, wire, theme)]
    return Page(width, height, theme.page, (*wires, *boxes, *labels, *below), scene.title, scene.description)


def _moved(placed: Layout, dx: float) -> Layout:
    """The layout moved right, to stand in the middle of a wider page."""
    if not dx:
        return placed

    def curve(c: Curve) -> Curve:
        return Curve(_commands(c.line, dx), _commands(c.head, dx), tuple((x + dx, y) for x, y in c.points))

    def point(p: tuple[float, float] | None) -> tuple[float, float] | None:
        return None if p is None else (p[0] + dx, p[1])

    wires = tuple(
        PlacedWire(curve(w.forward), None if w.backward is None else curve(w.backward), point(w.outer), point(w.inner))
        for w in placed.wires
    )  # fmt: skip
    return replace(placed, boxes=tuple((x + dx, y) for x, y in placed.boxes), wires=wires)


def _commands(commands: tuple[Command, ...], dx: float) -> tuple[Command, ...]:
    return tuple((verb, *(n + dx if i % 2 == 0 else n for i, n in enumerate(numbers))) for verb, *numbers in commands)


def _size(ink: Ink | None) -> tuple[float, float] | None:
    return None if ink is None else (ink.width, ink.height)


def _wire(link: Link, wire: PlacedWire, theme: Theme) -> Item:
    parts: list[Item] = [
        Path(wire.forward.line, stroke=theme.wire, stroke_width=LINE_WIDTH),
        Path(wire.forward.head, fill=theme.wire),
    ]
    if wire.backward is not None:
        parts += [Path(wire.backward.line, stroke=theme.back_wire, stroke_width=LINE_WIDTH, dash=DASH),
                  Path(wire.backward.head, fill=theme.back_wire)]  # fmt: skip
    return Group(tuple(parts), link.spoken)


def _labels(link: Link, wire: PlacedWire, theme: Theme) -> list[Item]:
    found: list[Item] = []
    for ink, corner in ((link.outer, wire.outer), (link.inner, wire.inner)):
        if ink is not None and corner is not None:
            found += paint(ink, corner[0], corner[1] + ink.ascent, theme.colours, theme.ink)
    return found


def _box(statement: Statement, placed: Layout, index: int, theme: Theme) -> Item:
    (x, y), (width, height) = placed.boxes[index], placed.sizes[index]
    fill, outline = {
        "param": (theme.input, theme.wire), "data": (theme.data, theme.data_outline),
        "output": (theme.output, theme.output_outline), "node": (theme.box, theme.wire),
    }[statement.role]  # fmt: skip
    parts: list[Item] = [Rect(x, y, width, height, 9.0, fill, outline, OUTLINE)]
    top = y + (height - statement.size[1]) / 2 + BOX_PAD[1]
    title = statement.title
    parts += paint(title, x + (width - title.width) / 2, top + title.ascent, theme.colours, theme.ink)
    parts += _chips(statement, x + width / 2, top + title.height + 6.0, theme)
    return Group(tuple(parts), statement.spoken)


def _chips(statement: Statement, middle: float, top: float, theme: Theme) -> list[Item]:
    width, height = statement.chips_size
    found, x, y = list[Item](), middle - width / 2, top
    for chip in statement.chips:
        w, h = chip.size
        if statement.stacked:
            found += _chip(chip, middle - w / 2, y, theme)
            y += h + 4.0
        else:
            found += _chip(chip, x, y + (height - h) / 2, theme)
            x += w + CHIP_GAP
    return found


def _chip(chip: Chip, x: float, y: float, theme: Theme) -> list[Item]:
    width, height = chip.size
    ground = theme.value_chip if chip.role == "value" else theme.gradient_chip
    radius = min(height / 2, 9.0)
    baseline = y + (height - chip.ink.height) / 2 + chip.ink.ascent
    return [
        Rect(x, y, width, height, radius, ground, theme.chip_outline, 0.7),
        *paint(chip.ink, x + CHIP_PAD[0], baseline, theme.colours, theme.ink),
    ]


def _below(scene: Scene, theme: Theme, placed: Layout) -> tuple[list[Item], float, float]:
    """The panel with the chain rule and the notes, centred below the graph; the page's width and height with them."""
    panel, notes = scene.panel, scene.notes
    widths = [
        placed.width,
        panel.width + 2 * (PANEL_PAD[0] + MARGIN) if panel else 0.0,
        notes.width + 2 * MARGIN if notes else 0.0,
    ]
    width, y = max(widths), placed.height
    found: list[Item] = []
    if panel is not None:
        y += PANEL_GAP - MARGIN
        w, h = panel.width + 2 * PANEL_PAD[0], panel.height + 2 * PANEL_PAD[1]
        x = (width - w) / 2
        found += [
            Rect(x, y, w, h, 10.0, theme.panel),
            *paint(panel, x + PANEL_PAD[0], y + PANEL_PAD[1] + panel.ascent, theme.colours, theme.ink),
        ]
        y += h + MARGIN
    if notes is not None:
        found += paint(notes, (width - notes.width) / 2, y + notes.ascent, theme.colours, theme.ink)
        y += notes.height + MARGIN
    return found, width, y
