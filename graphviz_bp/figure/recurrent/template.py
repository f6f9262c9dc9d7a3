"""What the templates of cells are drawn with: gates, signs, the ends of lines, the words below.

Values stand left of a wire or above it, gradients right of it or below: on each wire what goes along it, so that at
a fork the gradients that come back and their sum can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphviz_bp.figure.layout.wires import SHORT, Point
from graphviz_bp.figure.network.elements import Element, centred, disc, drawn, lettered
from graphviz_bp.figure.page import Path, Rect
from graphviz_bp.figure.recurrent.beside import NUMBER, Beside
from graphviz_bp.figure.recurrent.wired import forward
from graphviz_bp.figure.statements.compose import OUTLINE
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.equations import ink, number_ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import formula as right_hand_side
from graphviz_bp.notation.nodes import named
from graphviz_bp.notation.shown import Shown, holds
from graphviz_bp.numbers import is_array

RADIUS, WIDE, HIGH, LOW, NAME, FORMULA, BOLD = 17.0, 52.0, 30.0, 24.0, 17.0, 14.0, 2.6  # LOW: of the sums' boxes
FORK = 3.0
SIGMOID, TANH = Formula(r"\sigma", "σ"), Formula(r"\mathrm{tanh}", "tanh")


class Template(Beside):
    """The pieces of a cell's picture."""

    def framed(self, left: float, top: float, right: float, bottom: float) -> Element:
        """The ground of a cell."""
        return drawn(lambda theme: Rect(left, top, right - left, bottom - top, 16.0, theme.panel, theme.wire, 0.7))

    def forked(self, x: float, y: float) -> Element:
        """The dot where a wire parts."""
        return drawn(lambda theme: Path(disc(x, y, FORK), theme.wire))

    def gate(self, x: float, gate: str, inner: str, function: str, high: float, low: float) -> Iterator[Element]:
        """A gate at one height over the sum inside it at another; boxes with weights are filled."""
        yield forward([(x, low - LOW / 2), (x, high + HIGH / 2 + SHORT)])
        yield from self.box(x, low, ink(named(self.sheet.graph, inner), 14.0), LOW, filled=True, told=inner)
        sign_ = SIGMOID if function == "sigmoid" else TANH
        yield from self.box(x, high, ink(sign_, 15.0), HIGH, filled=False, told=gate)
        yield from self.upright(x, (low + high) / 2, self.value(inner), self.total(inner), inner, inner)

    def box(self, x: float, y: float, label: Ink, high: float, *, filled: bool, told: str) -> Iterator[Element]:
        """A box with its label; `told` is the node it computes."""
        label = label.scaled(min(1.0, (WIDE - 8.0) / max(label.width, 1.0)))

        def box(theme: Theme) -> Rect:
            tinted = theme.value_chip if theme.value_chip != theme.box else theme.data
            ground = tinted if filled else theme.box
            return Rect(x - WIDE / 2, y - high / 2, WIDE, high, 7.0, ground, theme.wire, OUTLINE + 0.2)

        yield drawn(box, spoken=self._spoken(told))
        yield centred(label, x, y)

    def sign(self, x: float, y: float, what: str, told: str) -> Iterator[Element]:
        """A circle with × or + in it."""
        arm = 5.0 if what == "+" else 3.8
        ends = [(0.0, -arm, 0.0, arm), (-arm, 0.0, arm, 0.0)] if what == "+" else [
            (-arm, -arm, arm, arm), (-arm, arm, arm, -arm)]  # fmt: skip
        circle = drawn(lambda theme: Path(disc(x, y, RADIUS), theme.box, theme.wire, OUTLINE + 0.2),
                       spoken=self._spoken(told))  # fmt: skip
        cross = tuple(c for a, b, c_, d in ends for c in (("M", x + a, y + b), ("L", x + c_, y + d)))
        yield circle
        yield drawn(lambda theme: Path(cross, stroke=theme.ink, stroke_width=1.3))

    def end(self, name: str, x: float, y: float, *, after: bool) -> Iterator[Element]:
        """The name at the end of a level line."""
        made = ink(named(self.sheet.graph, name), NAME)
        left = x + 7.0 if after else x - 7.0 - made.width
        yield lettered(made, left, y - made.height / 2 + made.ascent)

    def source(self, name: str, way: Sequence[Point], middle: float, sums: Sequence[str], *,
               headed: bool) -> Iterator[Element]:  # fmt: skip
        """What comes in from below, its name under the first point of its way."""
        yield forward(way, headed=headed)
        (x, low), made = way[0], ink(named(self.sheet.graph, name), NAME)
        yield lettered(made, x - made.width / 2, low + 6.0 + made.ascent)
        yield from self.upright(x, middle, self.value(name), self.sent(name, *sums), name, sums[0])

    # -- in words and numbers

    def tex(self, name: str) -> str:
        """How a node is typeset."""
        return named(self.sheet.graph, name).tex

    def right(self, name: str) -> Formula:
        """What a node is made of."""
        return right_hand_side(self.sheet.graph, self.sheet.graph.box(name))

    def _spoken(self, name: str) -> str:
        return f"{named(self.sheet.graph, name).plain} = {self.right(name).plain}"

    def stated(self, name: str) -> Ink:
        """The statement of a node."""
        right = self.right(name)
        return self.written(name, right.tex, right.plain)

    def written(self, name: str, tex: str, plain: str = "") -> Ink:
        """The statement of a node, its right side in other words."""
        left = named(self.sheet.graph, name)
        return ink(Formula(f"{left.tex} = {tex}", f"{left.plain} = {plain}"), FORMULA)

    def beneath(self, pairs: Sequence[tuple[Ink, Ink]], forks: Sequence[tuple[str, Ink | None]], x: float,
                y: float) -> tuple[list[Element], float]:  # fmt: skip
        """Statements in two columns, the sums at the forks under them; and where that ends."""
        across = max(made.width for made, _ in pairs) + 26.0
        found = list[Element]()
        for one, two in pairs:
            base = y + max(one.ascent, two.ascent)
            found += [lettered(one, x, base), lettered(two, x + across, base)]
            y += max(one.height, two.height) + 8.0
        for name, total in forks:
            if total is not None:
                text = words(f"at the fork of {named(self.sheet.graph, name).plain}:", 13.0).coloured("gradient")
                whole = row([text, total], 8.0)
                found.append(lettered(whole, x, y + 2.0 + whole.ascent, "gradient", ("gradient", name)))
                y += whole.height + 6.0
        return found, y

    def fork(self, name: str, *ways: Sequence[str]) -> Ink | None:
        """−0.121 − 0.029 = −0.150: what these children, way by way, and all others send back to a node; their sum."""
        run = self.sheet.run
        if run.symbolic or is_array(run.raw(name)) or not self.sheet.has_gradient(name):
            return None
        terms = run.step(name).terms
        known = {child for way in ways for child in way}
        others = tuple(term.child for term in terms if term.child not in known)
        sent = [[t.contribution for t in terms if t.child in way] for way in (others, *ways)]
        shown = [self.sheet.shown(sum(some)) for some in sent if some]
        if len(shown) < 2:
            return None
        total = self.sheet.shown(self.sheet.totals[name])
        parts = [number_ink(shown[0], NUMBER)]
        for other in shown[1:]:
            size = Shown(other.tex.removeprefix("-"), other.plain.removeprefix("−"), None, True)
            parts += [sign("−" if other.negative else "+", NUMBER), number_ink(size, NUMBER)]
        relation = "=" if holds([[one] for one in shown], total) else "≈"
        return row([*parts, sign(relation, NUMBER), number_ink(total, NUMBER)], 0.25 * NUMBER)

    def told(self, names: Sequence[str]) -> str:
        """Every number of the cell in words."""
        sheet = self.sheet
        lines = [self._spoken(name) for name in names]
        if not sheet.run.symbolic:
            for k, name in enumerate(names):
                lines[k] += f"; value {sheet.chain.shown(sheet.run.raw(name)).plain}"
                if sheet.has_gradient(name):
                    lines[k] += f"; gradient {sheet.chain.shown(sheet.totals[name]).plain}"
        return ". ".join(lines) + "."

    def title(self, kind: str, state: str, count: int) -> str:
        """The picture's title."""
        name, of = named(self.sheet.graph, state).plain, named(self.sheet.graph, self.sheet.run.of).plain
        return f"{kind} cell of {name}" + (f", the first of {count}" if count > 1 else "") + f", with {of}"
