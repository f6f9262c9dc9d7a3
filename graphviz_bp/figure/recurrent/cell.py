"""An LSTM cell on a template: the cell line on top, four gates in a row, the bus of their sources below.

Values stand left of a wire or above it, gradients right of it or below: on each wire what goes along it, so that at
the fork of the cell's state the two gradients that come back and their sum can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphviz_bp.backprop import Run, backprop
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.layout.wires import SHORT
from graphviz_bp.figure.network.elements import Element, Picture, centred, disc, drawn, lettered
from graphviz_bp.figure.network.lessons import of_cell
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.page import Path, Rect
from graphviz_bp.figure.recurrent.beside import NUMBER, Beside
from graphviz_bp.figure.recurrent.wired import forward
from graphviz_bp.figure.statements.compose import OUTLINE
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.equations import ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.levels.cells import Cell, cells
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import formula as right_hand_side
from graphviz_bp.notation.nodes import named
from graphviz_bp.notation.shown import Shown, holds
from graphviz_bp.numbers import is_array

# where the columns stand: both ends of the lines, the frame, the four gates, and the way from the state to h
BEGIN, LEFT, RIGHT, END = 0.0, 70.0, 745.0, 822.0
GATES, DOWN = (157.0, 291.0, 430.0, 560.0), 661.0
LINE, MIXED, HIDDEN, GATE, SUM, BUS, TOP, BOTTOM = 0.0, 84.0, 154.0, 234.0, 302.0, 342.0, -42.0, 374.0  # and the rows
RADIUS, WIDE, HIGH, NAME, FORMULA, BOLD = 17.0, 52.0, 30.0, 17.0, 14.0, 2.6
FORK = 3.0
HEIGHTS = 136.0, 180.0, 138.0, 194.0  # of the gates' values
SOURCE_AT = 118.0  # where the input joins the bus


def cell(run: Run, options: Options) -> Drawing:
    """The figure of the first LSTM cell of a run; InputError if the graph has none."""
    graph, found = cells(run.graph)
    if run.symbolic:
        opened = backprop(graph, None, of=run.of, symbolic=True)
    else:
        opened = backprop(graph, run.given, of=run.of, seed=run.step(run.of).total)
    sheet = Sheet(opened.written(run.style))
    return _Cell(sheet, found[0], len(found)).picture().drawing(lambda order: of_cell(sheet, found[0], order))


class _Cell(Beside):
    """The elements of the picture; y = 0 is the cell line."""

    def __init__(self, sheet: Sheet, one: Cell, count: int) -> None:
        super().__init__(sheet)
        self.cell, self.count = one, count

    def picture(self) -> Picture:
        """Everything, with its edges and its words."""
        foot, low = self._foot()
        frame = drawn(lambda theme: Rect(LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP, 16.0, theme.panel, theme.wire, 0.7))
        elements = (frame, *self._lines(), *self._gates(), *self._signs(), *self._ends(), *foot)
        name, of = named(self.sheet.graph, self.cell.state).plain, named(self.sheet.graph, self.sheet.run.of).plain
        title = f"LSTM cell of {name}" + (f", the first of {self.count}" if self.count > 1 else "") + f", with {of}"
        return Picture(elements, BEGIN - 36.0, TOP, END + 34.0, low, title, self._told())

    def _rest(self) -> Ink | None:
        """What comes back to the state from the next step rather than from h."""
        run, one = self.sheet.run, self.cell
        if run.symbolic:
            return None
        children = [t.child for t in run.step(one.state).terms if t.child != one.bent]
        return self.sent(one.state, *children)

    # -- wires

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
        yield drawn(lambda theme: Path(disc(DOWN, LINE, FORK), theme.wire))
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
        """The sums over the bus, and the gates above them; boxes with weights are filled."""
        one, graph = self.cell, self.sheet.graph
        yield forward([(BEGIN, BUS), (GATES[3], BUS), (GATES[3], SUM + HIGH / 2 - 3.0 + SHORT)])
        for x, gate in zip(GATES, one.gates, strict=True):
            if x != GATES[3]:
                yield forward([(x, BUS), (x, SUM + HIGH / 2 - 3.0 + SHORT)])
                yield drawn(lambda theme, x=x: Path(disc(x, BUS, FORK), theme.wire))  # type: ignore[misc]
            yield forward([(x, SUM - HIGH / 2 + 3.0), (x, GATE + HIGH / 2 + SHORT)])
            yield from self._box(x, SUM, ink(named(graph, gate.sum), 14.0), HIGH - 6.0, filled=True, told=gate.sum)
            sign_ = Formula(r"\sigma", "σ") if gate.function == "sigmoid" else Formula(r"\mathrm{tanh}", "tanh")
            yield from self._box(x, GATE, ink(sign_, 15.0), HIGH, filled=False, told=gate.name)
            y = (SUM + GATE) / 2
            yield from self.upright(x, y, self.value(gate.sum), self.total(gate.sum), gate.sum, gate.sum)

    def _box(self, x: float, y: float, label: Ink, high: float, *, filled: bool, told: str) -> Iterator[Element]:
        label = label.scaled(min(1.0, (WIDE - 8.0) / max(label.width, 1.0)))
        spoken = f"{named(self.sheet.graph, told).plain} = {self._right(told).plain}"

        def box(theme: Theme) -> Rect:
            tinted = theme.value_chip if theme.value_chip != theme.box else theme.data
            ground = tinted if filled else theme.box
            return Rect(x - WIDE / 2, y - high / 2, WIDE, high, 7.0, ground, theme.wire, OUTLINE + 0.2)

        yield drawn(box, spoken=spoken)
        yield centred(label, x, y)

    def _right(self, name: str) -> Formula:
        return right_hand_side(self.sheet.graph, self.sheet.graph.box(name))

    def _signs(self) -> Iterator[Element]:
        f, _, g, _ = GATES
        one = self.cell
        yield from self._sign(f, LINE, "×", one.kept)
        yield from self._sign(g, LINE, "+", one.state)
        yield from self._sign(g, MIXED, "×", one.added)
        yield from self._sign(DOWN, HIDDEN, "×", one.hidden)
        bend = Formula(r"\mathrm{tanh}", "tanh")
        yield from self._box(DOWN, (LINE + HIDDEN) / 2, ink(bend, 15.0), HIGH, filled=False, told=one.bent)

    def _sign(self, x: float, y: float, what: str, told: str) -> Iterator[Element]:
        spoken = f"{named(self.sheet.graph, told).plain} = {self._right(told).plain}"
        arm = 5.0 if what == "+" else 3.8
        ends = [(0.0, -arm, 0.0, arm), (-arm, 0.0, arm, 0.0)] if what == "+" else [
            (-arm, -arm, arm, arm), (-arm, arm, arm, -arm)]  # fmt: skip
        yield drawn(lambda theme: Path(disc(x, y, RADIUS), theme.box, theme.wire, OUTLINE + 0.2), spoken=spoken)
        cross = tuple(c for a, b, c_, d in ends for c in (("M", x + a, y + b), ("L", x + c_, y + d)))
        yield drawn(lambda theme: Path(cross, stroke=theme.ink, stroke_width=1.3))

    # -- what comes in and goes out

    def _ends(self) -> Iterator[Element]:
        one, graph = self.cell, self.sheet.graph
        sums = [gate.sum for gate in one.gates]
        for name, x, y in ((one.before, BEGIN, LINE), (one.state, END, LINE), (one.hidden, END, HIDDEN)):
            yield from self._end(named(graph, name), x, y, after=x == END)
        first, *others = one.sources or ("",)
        if first:
            yield from self._end(named(graph, first), BEGIN, BUS, after=False)
            yield from self.level(36.0, BUS, self.value(first), self.sent(first, *sums), first, one.forget.sum)
        if others:
            x, low = SOURCE_AT, BOTTOM + 52.0
            yield forward([(x, low), (x, BUS), (x + 30.0, BUS)], headed=False)
            made = ink(named(graph, others[0]), NAME)
            yield lettered(made, x - made.width / 2, low + 6.0 + made.ascent)
            yield from self.upright(x, BOTTOM + 26.0, self.value(others[0]), self.sent(others[0], *sums), others[0],
                                     one.forget.sum)  # fmt: skip

    def _end(self, name: Formula, x: float, y: float, *, after: bool) -> Iterator[Element]:
        made = ink(name, NAME)
        left = x + 7.0 if after else x - 7.0 - made.width
        yield lettered(made, left, y - made.height / 2 + made.ascent)

    # -- below

    def _foot(self) -> tuple[list[Element], float]:
        """The statements in the names of the graph, and the sum at the fork."""
        one, graph = self.cell, self.sheet.graph
        (f, i, g, o), tex = one.gates, self._tex
        sums = [self._stated(gate.sum) for gate in (f, g, i, o)]
        state = rf"{tex(f.name)}\,{tex(one.before)} + {tex(i.name)}\,{tex(g.name)}"
        hidden = rf"{tex(o.name)}\,\mathrm{{tanh}}({tex(one.state)})"
        left = [*sums[:2], self._written(one.state, state)]
        right = [*sums[2:], self._written(one.hidden, hidden)]
        across = max(made.width for made in left) + 26.0
        fork = self._fork()
        found, y, x = list[Element](), BOTTOM + 14.0, 190.0
        for one_, two in zip(left, right, strict=True):
            base = y + max(one_.ascent, two.ascent)
            found += [lettered(one_, x, base), lettered(two, x + across, base)]
            y += max(one_.height, two.height) + 8.0
        if fork is not None:
            text = words(f"at the fork of {named(graph, one.state).plain}:", 13.0).coloured("gradient")
            whole = row([text, fork], 8.0)
            found.append(lettered(whole, x, y + 2.0 + whole.ascent, "gradient", ("gradient", one.state)))
            y += whole.height + 6.0
        return found, max(y, BOTTOM + 52.0 + 24.0)

    def _tex(self, name: str) -> str:
        return named(self.sheet.graph, name).tex

    def _stated(self, name: str) -> Ink:
        right = self._right(name)
        return self._written(name, right.tex, right.plain)

    def _written(self, name: str, tex: str, plain: str = "") -> Ink:
        left = named(self.sheet.graph, name)
        return ink(Formula(f"{left.tex} = {tex}", f"{left.plain} = {plain}"), FORMULA)

    def _fork(self) -> Ink | None:
        """−0.152 − 0.028 = −0.180: what comes back to the state by both ways, and their sum."""
        run, one = self.sheet.run, self.cell
        if run.symbolic or is_array(run.raw(one.state)):
            return None
        terms = run.step(one.state).terms
        by_h = sum(t.contribution for t in terms if t.child == one.bent)
        others = [t.contribution for t in terms if t.child != one.bent]
        if not others:
            return None
        shown = [self.sheet.shown(sum(others)), self.sheet.shown(by_h)]
        total = self.sheet.shown(self.sheet.totals[one.state])
        first, second = shown
        size = Shown(second.tex.removeprefix("-"), second.plain.removeprefix("−"), None, True)
        relation = "=" if holds([[first], [second]], total) else "≈"
        parts: Sequence[Ink] = [_ink(first), sign("−" if second.negative else "+", NUMBER), _ink(size),
                                sign(relation, NUMBER), _ink(total)]  # fmt: skip
        return row(parts, 0.25 * NUMBER)

    def _told(self) -> str:
        """Every number of the cell in words."""
        sheet, one = self.sheet, self.cell
        lines = [f"{named(sheet.graph, name).plain} = {self._right(name).plain}" for name in one.names]
        if not sheet.run.symbolic:
            for k, name in enumerate(one.names):
                lines[k] += f"; value {sheet.chain.shown(sheet.run.raw(name)).plain}"
                if sheet.has_gradient(name):
                    lines[k] += f"; gradient {sheet.chain.shown(sheet.totals[name]).plain}"
        return ". ".join(lines) + "."


def _ink(shown: Shown) -> Ink:
    return ink(Formula(shown.tex, shown.plain), NUMBER)
