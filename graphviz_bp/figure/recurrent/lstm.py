"""An LSTM cell on its template: the cell line on top, four gates in a row, the bus of their sources below."""

from __future__ import annotations

from collections.abc import Iterator

from graphviz_bp.figure.layout.wires import SHORT
from graphviz_bp.figure.network.elements import Element, Picture
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.recurrent.template import BOLD, HIGH, LOW, RADIUS, TANH, Template
from graphviz_bp.figure.recurrent.wired import forward
from graphviz_bp.figure.typesetting.equations import ink
from graphviz_bp.figure.typesetting.ink import Ink
from graphviz_bp.levels.cells import LSTM

# where the columns stand: both ends of the lines, the frame, the four gates, and the way from the state to h
BEGIN, LEFT, RIGHT, END = 0.0, 70.0, 745.0, 822.0
GATES, DOWN = (157.0, 291.0, 430.0, 560.0), 661.0
LINE, MIXED, HIDDEN, GATE, SUM, BUS, TOP, BOTTOM = 0.0, 84.0, 154.0, 234.0, 302.0, 342.0, -42.0, 374.0  # and the rows
HEIGHTS = 136.0, 180.0, 138.0, 194.0  # of the gates' values
SOURCE_AT = 118.0  # where the input joins the bus


class LSTMFigure(Template):
    """The elements of the picture; y = 0 is the cell line."""

    def __init__(self, sheet: Sheet, one: LSTM, count: int) -> None:
        super().__init__(sheet)
        self.cell, self.count = one, count

    def picture(self) -> Picture:
        """Everything, with its edges and its words."""
        foot, low = self._foot()
        frame = self.framed(LEFT, TOP, RIGHT, BOTTOM)
        elements = (frame, *self._lines(), *self._gates(), *self._signs(), *self._ends(), *foot)
        names = [name for group in self.cell.groups for name in group]
        title = self.title("LSTM", self.cell.state, self.count)
        return Picture(elements, BEGIN - 36.0, TOP, END + 34.0, low, title, self.told(names))

    def _rest(self) -> Ink | None:
        """What comes back to the state from the next step rather than from h."""
        run, one = self.sheet.run, self.cell
        if run.symbolic:
            return None
        children = [t.child for t in run.step(one.state).terms if t.child != one.bent]
        return self.sent(one.state, *children)

    def _lines(self) -> Iterator[Element]:
        one, (f, i, g, o) = self.cell, GATES
        # the cell line
        yield forward([(BEGIN, LINE), (f - RADIUS - SHORT, LINE)], wide=BOLD)
        yield forward([(f + RADIUS, LINE), (g - RADIUS - SHORT, LINE)], wide=BOLD)
        yield forward([(g + RADIUS, LINE), (END, LINE)], wide=BOLD)
        out, kept, state = (RIGHT + END) / 2 - 4.0, self.value(one.kept), self.value(one.state)
        yield from self.level(36.0, LINE, self.value(one.before), self.sent(one.before, one.kept), one.before, one.kept)
        yield from self.level((f + g) / 2, LINE, kept, self.total(one.kept), one.kept, one.kept)
        yield from self.level((g + DOWN) / 2, LINE, state, self.total(one.state), one.state, one.state)
        yield from self.level(out, LINE, state, self._rest(), one.state, one.state)
        # from the gates up
        yield forward([(f, GATE - HIGH / 2), (f, LINE + RADIUS + SHORT)])
        yield forward([(i, GATE - HIGH / 2), (i, MIXED), (g - RADIUS - SHORT, MIXED)])
        yield forward([(g, GATE - HIGH / 2), (g, MIXED + RADIUS + SHORT)])
        yield forward([(g, MIXED - RADIUS), (g, LINE + RADIUS + SHORT)])
        yield forward([(o, GATE - HIGH / 2), (o, HIDDEN), (DOWN - RADIUS - SHORT, HIDDEN)])
        for x, y, name in zip(GATES, HEIGHTS, (gate.name for gate in one.gates), strict=True):
            yield from self.upright(x, y, self.value(name), self.total(name), name, name, letter=True)
        added, back = self.value(one.added), self.total(one.added)
        yield from self.upright(g, (LINE + MIXED) / 2, added, back, one.added, one.added)
        # from the state down to h
        yield self.forked(DOWN, LINE)
        bend = (LINE + HIDDEN) / 2
        yield forward([(DOWN, LINE), (DOWN, bend - HIGH / 2 - SHORT)])
        yield forward([(DOWN, bend + HIGH / 2), (DOWN, HIDDEN - RADIUS - SHORT)])
        yield forward([(DOWN + RADIUS, HIDDEN), (END, HIDDEN)])
        above, below = (LINE + bend - HIGH / 2) / 2, (bend + HIGH / 2 + HIDDEN - RADIUS) / 2
        yield from self.upright(DOWN, above, state, self.sent(one.state, one.bent), one.state, one.bent)
        yield from self.upright(DOWN, below, self.value(one.bent), self.total(one.bent), one.bent, one.bent)
        hidden, back = self.value(one.hidden), self.total(one.hidden)
        yield from self.level(out, HIDDEN, hidden, back, one.hidden, one.hidden)

    def _gates(self) -> Iterator[Element]:
        """The sums over the bus, and the gates above them."""
        yield forward([(BEGIN, BUS), (GATES[3], BUS), (GATES[3], SUM + LOW / 2 + SHORT)])
        for x, gate in zip(GATES, self.cell.gates, strict=True):
            if x != GATES[3]:
                yield forward([(x, BUS), (x, SUM + LOW / 2 + SHORT)])
                yield self.forked(x, BUS)
            yield from self.gate(x, gate.name, gate.sum, gate.function, GATE, SUM)

    def _signs(self) -> Iterator[Element]:
        f, _, g, _ = GATES
        one = self.cell
        yield from self.sign(f, LINE, "×", one.kept)
        yield from self.sign(g, LINE, "+", one.state)
        yield from self.sign(g, MIXED, "×", one.added)
        yield from self.sign(DOWN, HIDDEN, "×", one.hidden)
        yield from self.box(DOWN, (LINE + HIDDEN) / 2, ink(TANH, 15.0), HIGH, filled=False, told=one.bent)

    def _ends(self) -> Iterator[Element]:
        """What comes in and goes out."""
        one = self.cell
        sums = [gate.sum for gate in one.gates]
        for name, x, y in ((one.before, BEGIN, LINE), (one.state, END, LINE), (one.hidden, END, HIDDEN)):
            yield from self.end(name, x, y, after=x == END)
        first, *others = one.sources or ("",)
        if first:
            yield from self.end(first, BEGIN, BUS, after=False)
            yield from self.level(36.0, BUS, self.value(first), self.sent(first, *sums), first, one.forget.sum)
        if others:
            way = [(SOURCE_AT, BOTTOM + 52.0), (SOURCE_AT, BUS), (SOURCE_AT + 30.0, BUS)]
            yield from self.source(others[0], way, BOTTOM + 26.0, sums, headed=False)

    def _foot(self) -> tuple[list[Element], float]:
        """The statements in the names of the graph, and the sum at the fork."""
        one, tex = self.cell, self.tex
        f, i, g, o = one.gates
        state = rf"{tex(f.name)}\,{tex(one.before)} + {tex(i.name)}\,{tex(g.name)}"
        hidden = rf"{tex(o.name)}\,\mathrm{{tanh}}({tex(one.state)})"
        pairs = [(self.stated(f.sum), self.stated(i.sum)), (self.stated(g.sum), self.stated(o.sum)),
                 (self.written(one.state, state), self.written(one.hidden, hidden))]  # fmt: skip
        found, low = self.beneath(pairs, [(one.state, self.fork(one.state, [one.bent]))], 190.0, BOTTOM + 14.0)
        return found, max(low, BOTTOM + 52.0 + 24.0)
