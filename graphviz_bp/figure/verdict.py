"""A finding on the figure: where the answer went wrong is marked, and below stand the claim and what is correct.

What is marked has a band under both wires, a halo round its inner boxes, its way back in the colour of faults, and a
tag. The claim and the correct line stand in the same columns, and only the part that the claim lacks is coloured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from graphviz_bp.backprop import Run
from graphviz_bp.check.report import Finding, Report
from graphviz_bp.errors import InputError
from graphviz_bp.faults import Diagnosis
from graphviz_bp.figure.answer import PROSE, Answer
from graphviz_bp.figure.drawing import Drawing
from graphviz_bp.figure.figure import Figure
from graphviz_bp.figure.film import Film
from graphviz_bp.figure.layout.layout import Layout, PlacedWire
from graphviz_bp.figure.page import Group, Item, Page, Path, Rect
from graphviz_bp.figure.panel import Panel
from graphviz_bp.figure.scene.parts import Link, Scene, Statement
from graphviz_bp.figure.scene.scene import scene
from graphviz_bp.figure.statements.below import MARGIN, PANEL_GAP
from graphviz_bp.figure.statements.compose import (
    arrange,
    backward,
    bridges,
    chip_items,
    chip_places,
    empty_box,
    forward,
    label,
    moved,
)
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.themes import theme as themed
from graphviz_bp.figure.typesetting.ink import paint
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.graph import Graph

BAND, HALO, TAG_PAD = 12.4, 5.0, (8.0, 3.0)  # a band of 12.4 under each of two wires 6.6 apart is 19 wide
Stretch = tuple[str, ...]
Point = tuple[float, float]
Edges = tuple[float, float, float, float]  # left, top, right, bottom


def draw_finding(report: Report, finding: Finding, *, direction: str = "LR", theme: str | Theme = "slate") -> Figure:
    """The graph at the point where a claim fails, or at the values given, with what is to be said of the claim."""
    if finding.reading is None:
        raise InputError("a claim that can not be read can not be drawn", remedy="draw another finding")
    of = finding.quantity.of if finding.quantity else report.graph.output
    at = dict(finding.counterexample.at) if finding.counterexample else dict(report.at)
    at = {**dict.fromkeys(report.graph.inputs, 1), **report.at, **at} if at else {}
    run = report.graph.backprop(at or None, of=of)

    def drawn(run: Run) -> Drawing:
        bare = scene(run, False)
        placed = arrange(bare, direction=direction)
        told = Answer(run, finding)
        page = partial(_page, bare, placed, told)
        return Drawing(page, partial(_film, page))

    return Figure(run, themed(theme), drawn)


def _film(page: Callable[[Theme], Page], order: str, theme: Theme) -> Film:
    raise InputError("a verdict has no frames", remedy="draw the run to step through it")


class _Marked:
    """Which links and boxes are marked, and what the tag says of them."""

    def __init__(self, graph: Graph, diagnosis: Diagnosis | None) -> None:
        self.graph, self.order = graph, {box.name: i for i, box in enumerate(graph.boxes)}
        stretches = diagnosis.marks if diagnosis is not None else ()
        self.tag = diagnosis.tag if diagnosis is not None else ""
        self.links = frozenset(link for stretch in stretches for link in self._links(stretch))
        inner = (stretch[1:-1] if len(stretch) > 2 else stretch if len(stretch) == 1 else () for stretch in stretches)
        self.boxes = frozenset(self.order[name] for names in inner for name in names)

    def __call__(self, link: Link) -> bool:
        return (link.parent, link.child) in self.links

    def _links(self, stretch: Stretch) -> Iterator[tuple[int, int]]:
        """The wires along a stretch; all that lead from one node to the next where no single one does."""
        for a, b in pairwise(stretch):
            if a in self.graph.box(b).parents:
                yield self.order[a], self.order[b]
                continue
            after, before = self._after(a), self._before(b)
            for box in self.graph.boxes:
                links = ((self.order[p], self.order[box.name]) for p in box.distinct_parents if p in after)
                yield from links if box.name in before else ()

    def _after(self, name: str) -> set[str]:
        found = {name}
        for box in self.graph.boxes:
            if found & set(box.parents):
                found.add(box.name)
        return found

    def _before(self, name: str) -> set[str]:
        found = {name}
        for box in reversed(self.graph.boxes):
            if box.name in found:
                found |= set(box.parents)
        return found


# -- the page


def _page(bare: Scene, placed: Layout, told: Answer, theme: Theme) -> Page:
    panel = Panel(told, theme, placed.width - 2 * MARGIN)
    width = max(placed.width, panel.width + 2 * MARGIN)
    placed = moved(placed, (width - placed.width) / 2)
    marked, pairs = _Marked(told.graph, told.finding.diagnosis), list(zip(bare.links, placed.wires, strict=True))
    bands = [item for link, wire in pairs if marked(link) for item in _band(wire, theme)]
    halos = [_halo(placed, i, theme) for i in sorted(marked.boxes)]
    wires = [_wire(link, wire, marked(link), theme) for link, wire in pairs]
    boxes = [_box(statement, placed, i, theme) for i, statement in enumerate(bare.statements)]
    labels = [item for link, wire in pairs for item in _labels(link, wire, marked(link), theme)]
    tag = _Tag(bare, placed, marked, width)
    bottom = max(placed.height, tag.bottom + MARGIN)
    below = panel.items((width - panel.width) / 2, bottom + PANEL_GAP - MARGIN)
    height = bottom + PANEL_GAP + panel.height
    items = (*bands, *halos, *wires, *boxes, *labels, *tag.items(theme), *below)
    told_in_words = f"{bare.description} {panel.plain}"
    return Page(width, height, theme.page, items, f"{bare.title}: a claim checked", told_in_words)


def _box(statement: Statement, placed: Layout, index: int, theme: Theme) -> Item:
    chips = [item for at in chip_places(statement, placed, index) for item in chip_items(*at, theme)]
    return Group((*empty_box(statement, placed, index, theme), *chips), statement.spoken)


def _band(wire: PlacedWire, theme: Theme) -> Iterator[Item]:
    """The ground under a pair of wires."""
    for curve in (wire.forward, wire.backward):
        if curve is not None:
            points = tuple(("L" if i else "M", x, y) for i, (x, y) in enumerate(curve.points))
            yield Path(points, stroke=theme.fault_band, stroke_width=BAND if wire.backward else BAND + 6.6)


def _halo(placed: Layout, index: int, theme: Theme) -> Item:
    (x, y), (width, height) = placed.boxes[index], placed.sizes[index]
    return Rect(x - HALO, y - HALO, width + 2 * HALO, height + 2 * HALO, 9.0 + HALO, theme.fault_band)


def _wire(link: Link, wire: PlacedWire, marked: bool, theme: Theme) -> Item:
    back_theme = replace(theme, back_wire=theme.fault) if marked else theme
    back = () if wire.backward is None else backward(wire.backward, back_theme)
    return Group((*bridges(wire, theme), *forward(wire.forward, theme), *back), link.spoken)


def _labels(link: Link, wire: PlacedWire, marked: bool, theme: Theme) -> Iterator[Item]:
    coloured = replace(theme, gradient=theme.fault) if marked else theme
    for made, corner in ((link.outer, wire.outer), (link.inner, wire.inner)):
        if made is not None and corner is not None:
            yield from label(made, corner, coloured)


class _Tag:
    """The word for what is wrong, beside what is marked, where there is room."""

    def __init__(self, bare: Scene, placed: Layout, marked: _Marked, width: float) -> None:
        self.ink = words(marked.tag, PROSE)
        self.width, self.height = self.ink.width + 2 * TAG_PAD[0], self.ink.height + 2 * TAG_PAD[1]
        taken = list(_taken(bare, placed))
        corners = _corners(bare, placed, marked, self.width, self.height) if marked.tag else ()
        self.corner = next((at for at in corners if self._fits(at, width, taken)), None)

    def _fits(self, corner: Point, width: float, taken: Sequence[Edges]) -> bool:
        x, y = corner
        right, bottom = x + self.width, y + self.height
        covers = any(x < edges[2] and edges[0] < right and y < edges[3] and edges[1] < bottom for edges in taken)
        return x > 2 and right < width - 2 and y > 2 and not covers

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.corner[1] + self.height - MARGIN / 2 if self.corner else 0.0

    def items(self, theme: Theme) -> Iterator[Item]:
        """The word on its ground."""
        if self.corner is not None:
            (x, y), on = self.corner, {"ink": theme.page}
            yield Rect(x, y, self.width, self.height, self.height / 2, theme.fault)
            yield from paint(self.ink.coloured("ink"), x + TAG_PAD[0], y + TAG_PAD[1] + self.ink.ascent, on, theme.page)


def _corners(bare: Scene, placed: Layout, marked: _Marked, width: float, height: float) -> Iterator[Point]:
    """Where the tag may stand, the best places first: under a box, beside the label of a wire, beside a wire."""
    for index in sorted(marked.boxes, reverse=True):
        (x, y), (w, h) = placed.boxes[index], placed.sizes[index]
        yield x + (w - width) / 2, y + h + HALO + 1
        yield x + (w - width) / 2, y - HALO - 1 - height
    for link, wire in zip(bare.links, placed.wires, strict=True):
        if not marked(link):
            continue
        if link.outer is not None and wire.outer is not None:
            x, y = wire.outer
            middle, level = x + (link.outer.width - width) / 2, y + (link.outer.height - height) / 2
            yield from ((middle, y - height - 3), (middle, y + link.outer.height + 3))
            yield from ((x + link.outer.width + 6, level), (x - width - 6, level))
        for share in (0.5, 0.35, 0.65):
            x, y = wire.forward.points[int(share * (len(wire.forward.points) - 1))]
            for gap in (14.0, 22.0, 32.0):
                yield from ((x - width / 2, y + gap), (x - width / 2, y - gap - height))


def _taken(bare: Scene, placed: Layout) -> Iterator[Edges]:
    """What the tag must not cover: boxes, labels, wires."""
    for (x, y), (w, h) in zip(placed.boxes, placed.sizes, strict=True):
        yield x, y, x + w, y + h
    for link, wire in zip(bare.links, placed.wires, strict=True):
        for made, corner in ((link.outer, wire.outer), (link.inner, wire.inner)):
            if made is not None and corner is not None:
                yield corner[0] - 1, corner[1] - 1, corner[0] + made.width + 1, corner[1] + made.height + 1
        for curve in (wire.forward, wire.backward):
            for x, y in curve.points if curve is not None else ():
                yield x - 4, y - 4, x + 4, y + 4
