"""A simple recurrent network over time: each parameter once, on a rail through the steps, with what each sends back.

Time runs to the right, layers upward. A rail passes through a × in every step; beside it stands what that step
contributes to the parameter's gradient, and under the parameter their sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphviz_bp.backprop import Run
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.layout.wires import HALF, SHORT
from graphviz_bp.figure.network.beads import NUMBER, Bead, Half
from graphviz_bp.figure.network.elements import Element, Picture, centred, disc, drawn, lettered
from graphviz_bp.figure.network.key import slash
from graphviz_bp.figure.network.lessons import lessons
from graphviz_bp.figure.network.network import summed
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.page import Path, Rect
from graphviz_bp.figure.recurrent.letters import formulas, in_letters
from graphviz_bp.figure.recurrent.shares import share, shares, summed_up
from graphviz_bp.figure.recurrent.timeline import (
    BEFORE,
    CARD,
    FIRST,
    RAIL,
    SOURCE,
    SOURCE_RAIL,
    SYMBOL,
    UP_TIMES,
    Timeline,
)
from graphviz_bp.figure.recurrent.wired import backward, forward, pair
from graphviz_bp.figure.statements.compose import OUTLINE
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.equations import ink
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.levels.network import network
from graphviz_bp.levels.recurrence import Step, recurrence
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import named

STATE, ROUND, TIMES = 25.0, 22.0, 9.5  # radii: a state, another node, a ×
BOX, NAME, PROSE = 16.0, 17.0, 12.5


def unrolled(run: Run, options: Options) -> Drawing:
    """The figure of a simple recurrent network, step by step; InputError if the graph is none."""
    run = summed(run)
    net = network(run.graph)
    sheet = Sheet(run)
    return _Unrolled(sheet, net, recurrence(net)).picture().drawing(lambda order: lessons(sheet, net, order))


class _Unrolled(Timeline):
    """The elements of the picture, each where the timeline says."""

    # -- the picture

    def picture(self) -> Picture:
        """Everything, with its edges and its words."""
        key, (low, rightmost) = self._key()
        elements = (*self._rails(), *self._columns(), *self._parameters(), *key)
        corner = formulas(self.sheet, self.net, self.found, self.cards)
        clear = min(map(self.card_y, range(len(self.cards)))) - CARD / 2
        top = min(self.heights[-1] - 30.0, clear - corner.height - 38.0)
        left = self.box_left
        panel = (
            drawn(lambda theme: Rect(left, top, corner.width + 28.0, corner.height + 24.0, 10.0, theme.panel)),
            lettered(corner, left + 14.0, top + 12.0 + corner.ascent),
        )
        of, steps = named(self.sheet.graph, self.sheet.run.of).plain, len(self.found.steps)
        title = f"Recurrent network of {of} unrolled over {steps} steps"
        return Picture((*elements, *panel), left, top, max(self._right(), rightmost), low, title, self._told())

    def _right(self) -> float:
        """The right edge: that of the last step's beads."""
        last = self.found.steps[-1]
        reach = [17.0 + self.bead(last.state).width, STATE]
        reach += [ROUND + 14.0 + self.bead(name).width for name in self.beside(last)]
        return self.x(len(self.found.steps) - 1) + max(reach)

    def _told(self) -> str:
        """All numbers in words, and what each parameter's gradient is the sum of."""
        lines = [half.spoken for name in self.sheet.graph.names if name in self._shown_names()
                 for half in self.bead(name).halves if half.spoken]  # fmt: skip
        for name in self.cards:
            parts = [self.sheet.chain.shown(amount).plain for amount in shares(self.sheet, name).values()]
            if parts:
                lines.append(f"{self.sheet.chain.total(name).plain} is the sum of {', '.join(parts)}")
        return ". ".join(lines) + "."

    def _key(self) -> tuple[list[Element], tuple[float, float]]:
        """What the beads say, below everything; and the lower and the right edge with it."""
        low = max(SOURCE + ROUND, self.card_y(len(self.cards) - 1) + CARD / 2)
        if self.sheet.run.symbolic:
            return [], (low, 0.0)
        state = in_letters(self.sheet, self.found.steps[0].state, "t")
        node = Bead((Half(ink(state, NUMBER), "value"), Half(ink(slash(self.sheet, state), NUMBER), "gradient")))
        before = in_letters(self.sheet, self.found.steps[0].state, "t-1")
        adds = Formula(rf"\delta_t\,{before.tex}", f"δ_t {before.plain}")
        told = f"on the rail of {named(self.sheet.graph, self.found.on_state).plain}: what a step adds to its gradient"
        items = [(node, "value and gradient"), (Bead((Half(ink(adds, NUMBER), "gradient"),)), told)]
        x, y, found = -BEFORE, low + 30.0, list[Element]()
        for bead, told in items:
            text = words(told, PROSE)
            found += bead.elements(x + bead.width / 2, y, halo=False)
            found.append(lettered(text, x + bead.width + 7.0, y - text.height / 2 + text.ascent, "partial"))
            x += bead.width + text.width + 33.0
        return found, (y + 10.0, x - 26.0)

    def _shown_names(self) -> set[str]:
        found = {self.found.first, *self.cards}
        for step in self.found.steps:
            found |= {step.state, *self.beside(step)}
        return found

    # -- rails

    def _rails(self) -> Iterator[Element]:
        found = self.found
        for row, weight in enumerate(self.weights):
            if weight:
                users = [(k, step.above[row - 1]) for k, step in enumerate(found.steps) if len(step.above) >= row]
                yield from self._rail(weight, self.heights[row - 1] - UP_TIMES, users)
        if found.on_source:
            users = [(k, step.state) for k, step in enumerate(found.steps) if step.source]
            yield from self._rail(found.on_source, SOURCE_RAIL, users)
        yield from self._state_rail()

    def _rail(self, weight: str, y: float, users: Sequence[tuple[int, str]]) -> Iterator[Element]:
        """A parameter's wire straight through the × of every step."""
        last, unit = users[-1]
        back = self.back(unit) if self.sheet.has_gradient(weight) else None
        yield from pair((self.box_right, y), (self.x(last), y), back, far=TIMES, told=f"{weight} stands in every step")
        for k, name in users:
            if (chip := share(self.sheet, weight, self.sum(name))) is not None:
                yield from chip.elements(self.x(k) - TIMES - 14.0 - chip.width / 2, y)

    def _state_rail(self) -> Iterator[Element]:
        """The rail of the state's weight, from which a tap goes up to the × before every state."""
        weight, steps = self.found.on_state, self.found.steps
        high, low, start = RAIL - HALF, RAIL + HALF, self.box_right
        has = self.sheet.has_gradient(weight)
        last = self.x(len(steps) - 1) - BEFORE
        reach = (TIMES**2 - HALF**2) ** 0.5
        way = [(start, high), (last - HALF, high), (last - HALF, reach + SHORT)]
        yield forward(way, told=f"{weight} stands in every step")
        if has:
            yield backward([(last + HALF, reach), (last + HALF, low), (start + SHORT, low)], self.back(steps[-1].state))
        for k, step in enumerate(steps[:-1]):
            x = self.x(k) - BEFORE
            yield forward([(x - HALF, high), (x - HALF, reach + SHORT)])
            if has:
                yield backward([(x + HALF, reach), (x + HALF, low)], self.back(step.state), headed=False)
        for k, step in enumerate(steps):
            if (chip := share(self.sheet, weight, self.sum(step.state))) is not None:
                yield from chip.elements(self.x(k) - BEFORE, (RAIL + TIMES) / 2)

    # -- columns

    def _columns(self) -> Iterator[Element]:
        found, before = self.found, (-FIRST, ROUND, self.found.first)
        for k, step in enumerate(found.steps):
            x, unit = self.x(k), step.state
            back = self.back(unit)
            yield from pair((before[0], 0.0), (x - BEFORE, 0.0), self._if_asked(before[2], back), before[1], TIMES)
            yield from pair((x - BEFORE, 0.0), (x, 0.0), back, TIMES, STATE)
            yield from self._times(x - BEFORE, 0.0)
            if step.source:
                asked = self._if_asked(step.source, back)
                yield from pair((x, SOURCE), (x, SOURCE_RAIL), asked, ROUND, TIMES)
                used = back if asked or self.sheet.has_gradient(found.on_source or "") else None
                yield from pair((x, SOURCE_RAIL), (x, 0.0), used, TIMES, STATE, bridges=True)
                yield from self._times(x, SOURCE_RAIL)
                yield from self._node(step.source, x, SOURCE, ROUND)
            yield from self._node(unit, x, 0.0, STATE, upper=True)
            yield from self._upward(step, x)
            before = (x, STATE, unit)
        first = self.bead(found.first)
        yield from self._circle(found.first, -FIRST, 0.0, ROUND)
        if not self.sheet.run.symbolic:
            yield from first.elements(-FIRST, -ROUND - 7.0 - first.height / 2)

    def _if_asked(self, name: str, back: tuple[str, str]) -> tuple[str, str] | None:
        return back if self.sheet.has_gradient(name) else None

    def _upward(self, step: Step, x: float) -> Iterator[Element]:
        radius = STATE
        for row, name in enumerate(step.above, 1):
            y, below, back = self.heights[row], self.heights[row - 1], self.back(name)
            unit = self.net.units[name]
            far = ROUND if unit.terms else BOX
            if self.weights[row] and unit.terms:
                middle = below - UP_TIMES
                yield from pair((x, below), (x, middle), back, radius, TIMES)
                yield from pair((x, middle), (x, y), back, TIMES, far)
                yield from self._times(x, middle)
            else:
                yield from pair((x, below), (x, y), back, radius, far)
            yield from self._node(name, x, y, far, boxed=not unit.terms)
            radius = far

    def _times(self, x: float, y: float) -> Iterator[Element]:
        commands = disc(x, y, TIMES)
        yield drawn(lambda theme: Path(commands, theme.page, theme.wire, OUTLINE + 0.2))
        arm = 3.4
        cross = (("M", x - arm, y - arm), ("L", x + arm, y + arm), ("M", x - arm, y + arm), ("L", x + arm, y - arm))
        yield drawn(lambda theme: Path(cross, stroke=theme.ink, stroke_width=1.2))

    def _node(
        self, name: str, x: float, y: float, radius: float, *, upper: bool = False, boxed: bool = False
    ) -> Iterator[Element]:
        """A node with its bead at its right; a state's bead stands above the wire that goes on."""
        yield from self._circle(name, x, y, radius, boxed)
        if self.sheet.run.symbolic:
            return
        bead = self.bead(name)
        if upper:
            yield from bead.elements(x + 17.0 + bead.width / 2, y - 19.0 - 3.0 - bead.height / 2, halo=True)
        else:
            yield from bead.elements(x + radius + (14.0 if boxed else 7.0) + bead.width / 2, y)

    def _circle(self, name: str, x: float, y: float, radius: float, boxed: bool = False) -> Iterator[Element]:
        graph = self.sheet.graph
        role = "output" if name == self.sheet.run.of or boxed else graph.role(name)
        symbol = ink(named(graph, name), NAME)
        symbol = symbol.scaled(min(1.0, 1.6 * radius / max(symbol.width, 1.0)))

        def body(theme: Theme) -> Path | Rect:
            fill, edge = {
                "param": (theme.input, theme.wire), "data": (theme.data, theme.data_outline),
                "output": (theme.output, theme.output_outline), "node": (theme.box, theme.wire),
            }[role]  # fmt: skip
            wide = radius + 6.0
            if boxed:
                return Rect(x - wide, y - radius, 2 * wide, 2 * radius, 7.0, fill, edge, OUTLINE + 0.2)
            return Path(disc(x, y, radius), fill, edge, OUTLINE + 0.2)

        yield drawn(body, spoken=named(graph, name).plain)
        yield centred(symbol, x, y)

    # -- parameters

    def _parameters(self) -> Iterator[Element]:
        for k, name in enumerate(self.cards):
            yield from self._parameter(name, self.card_y(k))

    def _parameter(self, name: str, y: float) -> Iterator[Element]:
        """A parameter with its value and gradient, and below it what its gradient is the sum of."""
        symbol, bead = ink(named(self.sheet.graph, name), SYMBOL), self.bead(name)
        left, wide, middle = self.box_left, self.box_right - self.box_left, (self.box_left + self.box_right) / 2
        symbolic = self.sheet.run.symbolic
        high = 34.0 if symbolic else max(34.0, bead.height + 12.0)
        yield drawn(lambda theme: Rect(left, y - high / 2, wide, high, 8.0, theme.box, theme.wire, OUTLINE),
                    spoken=f"parameter {name}")  # fmt: skip
        if symbolic:
            yield centred(symbol, middle, y)
            return
        start = middle - (symbol.width + 8.0 + bead.width) / 2
        yield lettered(symbol, start, y - symbol.height / 2 + symbol.ascent)
        yield from bead.elements(start + symbol.width + 8.0 + bead.width / 2, y, halo=False)
        if (total := summed_up(self.sheet, name)) is not None:
            below = y + high / 2 + 4.0 + total.ascent
            yield lettered(total, middle - total.width / 2, below, "gradient", ("gradient", name))
