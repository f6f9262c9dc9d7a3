"""A GRU cell on its template: the state's line on top, two gates and the candidate in a row, two buses below.

The state parts at the left: along the line it is kept, down the bus it reaches both gates and what r lets through.
The update gate parts too, z to what is made new and 1 − z to what is kept, or the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphviz_bp.figure.layout.wires import SHORT
from graphviz_bp.figure.network.elements import Element, Picture, drawn
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.page import Path
from graphviz_bp.figure.recurrent.template import BOLD, HIGH, LOW, RADIUS, WIDE, Template
from graphviz_bp.figure.recurrent.wired import forward
from graphviz_bp.figure.typesetting.equations import ink
from graphviz_bp.levels.cells import GRU
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import named

# where the columns stand: both ends of the line, the frame, the state's fork, z, r, the product r·h, the candidate
BEGIN, LEFT, RIGHT, END = 0.0, 70.0, 717.0, 794.0
PARTS, Z, R, AGAIN, N = 120.0, 248.0, 380.0, 476.0, 634.0
LINE, FLIP, MIXED, TURN, GATE, SUM = 0.0, 65.0, 132.0, 206.0, 270.0, 338.0  # and the rows; r's wire turns at TURN
STATE, INPUT, TOP, BOTTOM = 392.0, 418.0, -42.0, 446.0  # STATE and INPUT are the buses
SOURCE_AT, APART = 150.0, 11.0  # where the input comes in; the two wires into a sum stand that far from its middle
GAP = 9.0  # in a wire where another crosses over it


class GRUFigure(Template):
    """The elements of the picture; y = 0 is the state's line."""

    def __init__(self, sheet: Sheet, one: GRU, count: int) -> None:
        super().__init__(sheet)
        self.cell, self.count = one, count
        self.down = (one.update.sum, one.reset.sum, one.again)  # what the state reaches by its bus

    def picture(self) -> Picture:
        """Everything, with its edges and its words."""
        foot, low = self._foot()
        frame = self.framed(LEFT, TOP, RIGHT, BOTTOM)
        elements = (frame, *self._line(), *self._buses(), *self._gates(), *self._update(), *self._reset(), *foot)
        names = [name for group in self.cell.groups for name in group]
        title = self.title("GRU", self.cell.hidden, self.count)
        return Picture(elements, BEGIN - 36.0, TOP, END + 34.0, low, title, self.told(names))

    def _line(self) -> Iterator[Element]:
        """h before, kept, plus what is new."""
        one = self.cell
        before, kept, hidden = (self.value(name) for name in (one.before, one.kept, one.hidden))
        yield forward([(BEGIN, LINE), (Z - RADIUS - SHORT, LINE)], wide=BOLD)
        yield forward([(Z + RADIUS, LINE), (N - RADIUS - SHORT, LINE)], wide=BOLD)
        yield forward([(N + RADIUS, LINE), (END, LINE)], wide=BOLD)
        both = self.sent(one.before, one.kept, *self.down)
        yield from self.level(36.0, LINE, before, both, one.before, one.update.sum)
        back = self.sent(one.before, one.kept)
        yield from self.level((PARTS + Z - RADIUS) / 2 - 3.0, LINE, before, back, one.before, one.kept)
        yield from self.level((Z + N) / 2, LINE, kept, self.total(one.kept), one.kept, one.kept)
        out = (RIGHT + END) / 2 - 4.0
        yield from self.level(out, LINE, hidden, self.total(one.hidden), one.hidden, one.hidden)
        yield forward([(N, MIXED - RADIUS), (N, LINE + RADIUS + SHORT)])
        added, middle = self.value(one.added), (LINE + MIXED) / 2
        yield from self.upright(N, middle, added, self.total(one.added), one.added, one.added)
        yield from self.sign(Z, LINE, "×", one.kept)
        yield from self.sign(N, LINE, "+", one.hidden)
        yield from self.sign(N, MIXED, "×", one.added)
        yield from self.end(one.before, BEGIN, LINE, after=False)
        yield from self.end(one.hidden, END, LINE, after=True)

    def _buses(self) -> Iterator[Element]:
        """The state and the input below the sums; only what stands in a sum has a wire to it."""
        one, foot, graph = self.cell, SUM + LOW / 2 + SHORT, self.sheet.graph
        reached = {x: graph.box(gate.sum).parents for x, gate in zip((Z, R, N), one.gates, strict=True)}
        yield forward([(PARTS, LINE), (PARTS, STATE), (AGAIN, STATE), (AGAIN, SUM + RADIUS + SHORT)])
        yield self.forked(PARTS, LINE)
        known, back = one.update.sum, self.sent(one.before, *self.down)
        yield from self.upright(PARTS, GATE, self.value(one.before), back, one.before, known)
        for x in (Z, R):
            if one.before in reached[x]:
                yield forward([(x - APART, STATE), (x - APART, foot)])
                yield self.forked(x - APART, STATE)
        if one.source is None:
            return
        for x in (Z, R):
            yield drawn(lambda theme, x=x: Path((("M", x + APART, STATE - GAP / 2), ("L", x + APART, STATE + GAP / 2)),  # type: ignore[misc]
                                                stroke=theme.panel, stroke_width=GAP))  # fmt: skip
            yield forward([(x + APART, INPUT), (x + APART, foot)])
            yield self.forked(x + APART, INPUT)
        way = [(SOURCE_AT, BOTTOM + 52.0), (SOURCE_AT, INPUT), (N, INPUT), (N, foot)]
        yield from self.source(one.source, way, BOTTOM + 26.0, [gate.sum for gate in one.gates], headed=True)

    def _gates(self) -> Iterator[Element]:
        for x, gate in zip((Z, R, N), self.cell.gates, strict=True):
            yield from self.gate(x, gate.name, gate.sum, gate.function, GATE, SUM)
        n = self.cell.candidate.name
        yield forward([(N, GATE - HIGH / 2), (N, MIXED + RADIUS + SHORT)])
        yield from self.upright(N, TURN, self.value(n), self.total(n), n, n, letter=True)

    def _update(self) -> Iterator[Element]:
        """z to both products, as 1 − z to one of them."""
        one, z, up, along = self.cell, self.cell.update.name, (Z, LINE + RADIUS + SHORT), (N - RADIUS - SHORT, MIXED)
        value, flipped = self.value(z), (self.value(one.flipped), self.total(one.flipped), one.flipped, one.flipped)
        yield forward([(Z, GATE - HIGH / 2), (Z, MIXED)], headed=False)
        yield from self.upright(Z, TURN, value, self.total(z), z, z, letter=True)
        turned = self.sent(z, one.flipped)
        if one.flips == "kept":
            yield forward([(Z, MIXED), along])
            yield from self.level((Z + N) / 2, MIXED, value, self.sent(z, one.added), z, one.added)
            yield forward([(Z, MIXED), (Z, FLIP + HIGH / 2 + SHORT)])
            yield forward([(Z, FLIP - HIGH / 2), up])
            yield from self.upright(Z, (MIXED + FLIP + HIGH / 2) / 2, value, turned, z, one.flipped)
            yield from self.upright(Z, (FLIP - HIGH / 2 + RADIUS) / 2, *flipped)
            at = Z, FLIP
        else:
            x = (Z + N) / 2
            yield forward([(Z, MIXED), up])
            yield from self.upright(Z, FLIP, value, self.sent(z, one.kept), z, one.kept)
            yield forward([(Z, MIXED), (x - WIDE / 2 - SHORT, MIXED)])
            yield forward([(x + WIDE / 2, MIXED), along])
            yield from self.level((Z + x - WIDE / 2) / 2, MIXED, value, turned, z, one.flipped)
            yield from self.level((x + WIDE / 2 + N - RADIUS) / 2, MIXED, *flipped)
            at = x, MIXED
        yield self.forked(Z, MIXED)
        name = named(self.sheet.graph, z)
        label = ink(Formula(f"1 - {name.tex}", f"1 − {name.plain}"), 15.0)
        yield from self.box(*at, label, HIGH, filled=False, told=one.flipped)

    def _reset(self) -> Iterator[Element]:
        """r times the state before, into the candidate's sum."""
        one, r = self.cell, self.cell.reset.name
        again, total = self.value(one.again), self.total(one.again)
        yield forward([(R, GATE - HIGH / 2), (R, TURN), (AGAIN, TURN), (AGAIN, SUM - RADIUS - SHORT)])
        yield from self.level((R + AGAIN) / 2, TURN, self.value(r), self.total(r), r, r, letter=True)
        yield forward([(AGAIN + RADIUS, SUM), (N - WIDE / 2 - SHORT, SUM)])
        yield from self.level((AGAIN + RADIUS + N - WIDE / 2) / 2 + 8.0, SUM, again, total, one.again, one.again)
        before, back = self.value(one.before), self.sent(one.before, one.again)
        yield from self.upright(AGAIN, (STATE + SUM + RADIUS) / 2, before, back, one.before, one.again)
        yield from self.sign(AGAIN, SUM, "×", one.again)

    def _foot(self) -> tuple[list[Element], float]:
        """The statements in the names of the graph, and the sums at the forks."""
        one, tex = self.cell, self.tex
        z, r, n = one.gates
        keeps, takes = tex(z.name), rf"(1 - {tex(z.name)})"
        if one.flips == "kept":
            keeps, takes = takes, keeps
        hidden = rf"{keeps}\,{tex(one.before)} + {takes}\,{tex(n.name)}"
        pairs = [(self.stated(z.sum), self.stated(r.sum)), (self.stated(n.sum), self.written(one.hidden, hidden))]
        forks = [(z.name, self.fork(z.name, [one.flipped])), (one.before, self.fork(one.before, [one.kept], self.down))]
        found, low = self.beneath(pairs, forks, 190.0, BOTTOM + 14.0)
        return found, max(low, BOTTOM + 52.0 + 24.0)
