"""A circuit on the page: gates, wires and labels in their places, dashed boxes around statements, and their parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from graphviz_bp.figure.circuit.bends import Placed, placed
from graphviz_bp.figure.circuit.circuit import RADIUS, SIGN, Circuit, Group, Node
from graphviz_bp.figure.circuit.pulses import Pulse
from graphviz_bp.figure.circuit.tracks import OVER, Spot, Way
from graphviz_bp.figure.film import Part
from graphviz_bp.figure.layout.crossings import bridged
from graphviz_bp.figure.layout.wires import Curve, Point, backwards, curve, stroke
from graphviz_bp.figure.page import Group as Titled
from graphviz_bp.figure.page import Item, Path, Rect
from graphviz_bp.figure.statements.compose import backward
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.ink import AXIS, paint

WIRE, DOT, HALO = 1.3, 3.0, 9.0
FRAME_PAD, FRAME_DASH, FRAME_GAP, FRAME_SIDE = (10.0, 9.0), (4.0, 3.0), 6.0, 12.0  # the dashed box of a statement
MARK_BACK, MARK_ASIDE = 12.0, 9.0  # a mark stands so far before the end of its wire, and beside it
ALL = frozenset([0])  # the whole figure


def _placed(drawn: Circuit, engine: str | None) -> Placed:
    spots = [Spot(*node.size, node.kind) for node in drawn.nodes]
    ways = [Way(lead.source, lead.target, lead.room, lead.slot or 0) for lead in drawn.leads]
    for group in drawn.groups:
        inside = [k for k, lead in enumerate(drawn.leads) if {lead.source, lead.target} <= set(group.gates)]
        if len(inside) != len(group.gates) - 1 or any(len(drawn.into(i)) != 1 for i in group.gates):
            continue  # only around gates in a line is room kept from the start
        clear = (FRAME_PAD[1] + FRAME_GAP + group.over.height,
                 FRAME_PAD[1] + FRAME_GAP + (group.under.height if group.under else 0.0))  # fmt: skip
        for i in group.gates:
            sides = FRAME_SIDE * (i == group.gates[0]), FRAME_SIDE * (i == group.gates[-1])
            spots[i] = replace(spots[i], clear=clear, sides=sides)
        for k in inside:
            ways[k] = replace(ways[k], clear=clear)
    return placed(spots, ways, engine)


@dataclass(frozen=True)
class Frame:
    """The dashed box around a statement, and where its formula and its local derivative begin."""

    group: Group
    left: float
    top: float
    width: float
    height: float
    over: Point
    under: Point | None

    @property
    def rects(self) -> Iterator[tuple[float, float, float, float]]:
        """What it takes of the page: left, top, right, bottom."""
        yield self.left, self.top, self.left + self.width, self.top + self.height
        for made, at in ((self.group.over, self.over), (self.group.under, self.under)):
            if made is not None and at is not None:
                yield at[0], at[1] - made.ascent, at[0] + made.width, at[1] + made.descent


class Board:
    """A circuit in its place; `parts` draws it in the colours of a theme."""

    def __init__(self, drawn: Circuit, engine: str | None = None) -> None:
        self.drawn, self.placed = drawn, _placed(drawn, engine)
        self.size = self.placed.width, self.placed.height
        self.labels = [_label_rect(lead.room, at) for lead, at in zip(drawn.leads, self.placed.labels, strict=True)]
        self.frames = [frame for group in drawn.groups if self._free(frame := self._frame(group))]
        self.bridges = bridged(self.placed.paths, [(lead.source, lead.target) for lead in drawn.leads])

    def _frame(self, group: Group) -> Frame:
        rects = [self.rect(i) for i in group.gates]
        inside = set(group.gates)
        rects += [self.labels[k] for k, lead in enumerate(self.drawn.leads) if {lead.source, lead.target} <= inside]
        left, right = min(r[0] for r in rects) - FRAME_PAD[0], max(r[2] for r in rects) + FRAME_PAD[0]
        top, bottom = min(r[1] for r in rects) - FRAME_PAD[1], max(r[3] for r in rects) + FRAME_PAD[1]
        middle, over, under = (left + right) / 2, group.over, group.under
        above = middle - over.width / 2, top - FRAME_GAP - over.descent
        below = (middle - under.width / 2, bottom + FRAME_GAP + under.ascent) if under else None
        return Frame(group, left, top, right - left, bottom - top, above, below)

    def _free(self, frame: Frame) -> bool:
        """Whether a statement's box holds its own gates only and touches nothing else."""
        mine = set(frame.group.gates)
        foreign = [self.rect(i) for i in range(len(self.drawn.nodes)) if i not in mine]
        foreign += [
            rect for rect, lead in zip(self.labels, self.drawn.leads, strict=True)
            if not {lead.source, lead.target} <= mine and rect[2] > rect[0]
        ]  # fmt: skip
        points = [
            (x, y, x, y) for lead, path in zip(self.drawn.leads, self.placed.paths, strict=True)
            if not {lead.source, lead.target} & mine for x, y, _, _ in _fine(path)
        ]  # fmt: skip
        page = (0.0, 0.0, *self.size)
        inside = all(page[n] <= r[n] and r[n + 2] <= page[n + 2] for r in frame.rects for n in (0, 1))
        return inside and not any(_meet(a, b) for a in frame.rects for b in [*foreign, *points])

    def rect(self, i: int) -> tuple[float, float, float, float]:
        """What a node takes of the page."""
        (x, y), (w, h) = self.placed.middles[i], self.placed.sizes[i]
        return x - w / 2, y - h / 2, x + w / 2, y + h / 2

    # -- drawing

    def parts(self, theme: Theme, dx: float, happening: Sequence[Pulse]) -> Iterator[Part]:
        """The circuit from back to front, moved right by `dx`; without a story, the whole figure."""
        when = _When(happening)
        yield from self._framed(theme, dx, when)
        for k in range(len(self.drawn.leads)):
            yield from self._wired(k, theme, dx, when)
        for i, node in enumerate(self.drawn.nodes):
            yield Part((Titled(self._node(i, node, theme, dx), node.told.split(" = ")[0] if happening else node.told),))
        for k, lead in enumerate(self.drawn.leads):
            x, y = self.placed.labels[k][0] + dx, self.placed.labels[k][1]
            if lead.value is not None:
                at = x - lead.value.width / 2, y - OVER - lead.value.descent
                computed = when.computed(self.drawn.nodes[lead.source].name)
                yield Part(paint(lead.value, *at, theme.colours, theme.ink), computed)
            if lead.gradient is not None:
                at = x - lead.gradient.width / 2, y + OVER + lead.gradient.ascent
                yield Part(paint(lead.gradient, *at, theme.colours, theme.ink), when.returned(k))

    def _framed(self, theme: Theme, dx: float, when: _When) -> Iterator[Part]:
        for frame in self.frames:
            box = Rect(frame.left + dx, frame.top, frame.width, frame.height, 12.0, theme.panel)
            way = _rounded(frame.left + dx, frame.top, frame.width, frame.height, 12.0)
            edge = Path(way, stroke=theme.data_outline, stroke_width=1.0, dash=FRAME_DASH)
            over = paint(frame.group.over, frame.over[0] + dx, frame.over[1], theme.colours, theme.ink)
            yield Part((box, edge, *over))
            if frame.group.under is not None and frame.under is not None:
                computed = when.computed(self.drawn.nodes[frame.group.gates[-1]].name)
                inked = paint(frame.group.under, frame.under[0] + dx, frame.under[1], theme.colours, theme.ink)
                yield Part(inked, computed)

    def _wired(self, k: int, theme: Theme, dx: float, when: _When) -> Iterator[Part]:
        lead = self.drawn.leads[k]
        path = [(x + dx, y, tx, ty) for x, y, tx, ty in self.placed.paths[k]]
        halo = (
            Path(tuple(("L" if n else "M", x + dx, y) for n, (x, y) in enumerate(points)),
                 stroke=theme.page, stroke_width=HALO) for points in self.bridges[k]
        )  # fmt: skip
        headless = self.drawn.nodes[lead.target].kind == "fork"
        made = Curve(stroke(path), (), ()) if headless else curve(path)
        tip = () if headless else (Path(made.head, fill=theme.wire),)
        active = when.active(k)
        yield Part((*halo, Path(made.line, stroke=theme.wire, stroke_width=WIRE), *tip), when.otherwise(active))
        if active:
            yield Part(backward(curve(backwards(path)), theme, active=True), active, flows=True)

    def _node(self, i: int, node: Node, theme: Theme, dx: float) -> tuple[Item, ...]:
        x, y = self.placed.middles[i][0] + dx, self.placed.middles[i][1]
        if node.kind == "fork":
            return (Rect(x - DOT, y - DOT, 2 * DOT, 2 * DOT, DOT, theme.wire),)
        width, height = self.placed.sizes[i]
        assert node.ink is not None
        inked = paint(node.ink, x - node.ink.width / 2, y + AXIS * SIGN, theme.colours, theme.ink)
        if node.kind != "gate":
            return inked
        radius = min(width, height, 2 * RADIUS) / 2
        outline = Rect(x - width / 2, y - height / 2, width, height, radius, theme.box, theme.wire, WIRE)
        return (outline, *inked, *self._marks(i, node, theme, dx))

    def _marks(self, i: int, node: Node, theme: Theme, dx: float) -> Iterator[Item]:
        """A letter beside every wire that arrives, where the sign does not tell them apart."""
        wires = sorted(self.drawn.into(i), key=lambda k: self.drawn.leads[k].slot or 0)
        ends = [self.placed.paths[k][-1] for k in wires]
        if not node.marks or (not node.spelled and len(ends) == 2 and ends[0][1] < ends[1][1]):
            return
        for mark, (x, y, tx, ty) in zip(node.marks, ends, strict=False):
            side = -1 if y <= self.placed.middles[i][1] else 1
            across = -ty * side, tx * side
            at = x + dx - MARK_BACK * tx + MARK_ASIDE * across[0], y - MARK_BACK * ty + MARK_ASIDE * across[1]
            yield from paint(mark, at[0] - mark.width / 2, at[1] + (mark.ascent - mark.descent) / 2,
                             theme.colours, theme.ink)  # fmt: skip


class _When:
    """In which frames a part stands: from when a value is computed, or a gradient has come back."""

    def __init__(self, happening: Sequence[Pulse]) -> None:
        self.count = len(happening)
        self.values = {name: k for k, pulse in enumerate(happening, 1) for name in pulse.values}
        self.gradients = {wire: k for k, pulse in enumerate(happening, 1) for wire in pulse.gradients}
        self.carried = {wire: k for k, pulse in enumerate(happening, 1) for wire in pulse.active}

    def _since(self, frame: int | None) -> frozenset[int]:
        return ALL if frame is None else frozenset([0, *range(frame, self.count + 1)])

    def computed(self, name: str) -> frozenset[int]:
        return self._since(self.values.get(name))

    def returned(self, wire: int) -> frozenset[int]:
        return self._since(self.gradients.get(wire))

    def active(self, wire: int) -> frozenset[int]:
        return frozenset([self.carried[wire]]) if wire in self.carried else frozenset()

    def otherwise(self, frames: frozenset[int]) -> frozenset[int] | None:
        return frozenset(range(self.count + 1)) - frames if frames else None


def _label_rect(room: tuple[float, float, float], at: Point) -> tuple[float, float, float, float]:
    width, over, under = room
    return at[0] - width / 2, at[1] - over - OVER * bool(over), at[0] + width / 2, at[1] + under + OVER * bool(under)


def _fine(path: Sequence[tuple[float, float, float, float]]) -> Iterator[tuple[float, float, float, float]]:
    """Points of a path at most 4 apart."""
    for (x0, y0, *_), (x1, y1, tx, ty) in pairwise(path):
        steps = int((abs(x1 - x0) + abs(y1 - y0)) / 4) + 1
        for n in range(steps):
            yield x0 + (x1 - x0) * n / steps, y0 + (y1 - y0) * n / steps, tx, ty


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _rounded(x: float, y: float, w: float, h: float, r: float) -> tuple[tuple[str | float, ...], ...]:
    """A rounded rectangle as a path, which may be dashed."""
    return (
        ("M", x + r, y), ("L", x + w - r, y), ("Q", x + w, y, x + w, y + r), ("L", x + w, y + h - r),
        ("Q", x + w, y + h, x + w - r, y + h), ("L", x + r, y + h), ("Q", x, y + h, x, y + h - r),
        ("L", x, y + r), ("Q", x, y, x + r, y), ("Z",),
    )  # fmt: skip
