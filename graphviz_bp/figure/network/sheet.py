"""How the names and numbers of a run stand in beads, one entry of a node at a time, short enough for a capsule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from graphviz_bp.backprop import Run
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.figure.network.beads import NUMBER, Bead, Half
from graphviz_bp.figure.network.elements import Element, centred
from graphviz_bp.figure.typesetting.equations import ink, number_ink, sign, value_ink
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.levels.network import Entry
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.names import plain_label, typeset_name
from graphviz_bp.notation.nodes import barred, delta, derivative, named
from graphviz_bp.notation.shown import Shown, show, summary
from graphviz_bp.numbers import is_array, numpy

GIVEN, TALLEST = 13.5, 12.5
ROOM = 46.0  # a number wider than this keeps two significant digits only, and is then set smaller
LONGEST_FRACTION, LONGEST_VECTOR = 5, 5


class Sheet:
    """The beads of one run."""

    def __init__(self, run: Run) -> None:
        self.run, self.graph, self.chain = run, run.graph, Chain(run)
        self._beads: dict[tuple[Entry, Entry], Bead] = {}
        self.totals = {} if run.symbolic else {step.node: step.total for step in run.steps}

    def name(self, entry: Entry) -> Formula:
        """A node's name; of an array's entry with its indices: W₁₂."""
        name, index = entry
        shape = self.graph.tape.shape(self.graph.tape.by_name[name]) or ()
        if not index or all(n == 1 for n in shape):
            return named(self.graph, name)
        places = [i + 1 for i in index]
        label = self.graph.labels.get(name)
        if label is None:
            return Formula(*typeset_name("_".join([name, *map(str, places)])))
        scripted = f"{{{label}}}" if "_" in label else label
        short = all(n < 10 for n in shape)
        tex = f"{scripted}_{{{('' if short else ',').join(map(str, places))}}}"
        return Formula(tex, f"{plain_label(label)}_{','.join(map(str, places))}")

    def gradient(self, entry: Entry) -> Formula:
        """∂L/∂w as a symbol."""
        return self.written(self.name(entry))

    def written(self, wrt: Formula) -> Formula:
        """The gradient of what is typeset so, in the notation of the run."""
        notation = self.run.style.notation
        if notation == "delta":
            return delta(wrt)
        return barred(wrt) if notation == "bar" or not self.chain.unit else derivative(self.chain.of, wrt, self.chain.d)

    def has_gradient(self, name: str) -> bool:
        """Whether a gradient of this node is asked and anything comes back to it."""
        return self.graph.role(name) != "data" and (name == self.run.of or bool(self.chain.children.get(name)))

    def value(self, entry: Entry) -> Half:
        """The value of an entry; its name where the run has no numbers."""
        if self.run.symbolic:
            return Half(ink(self.name(entry), NUMBER), "value", spoken=self.name(entry).plain)
        shown = self.shown(self._number(entry), entered=entry[0] in self.run.given)
        return Half(self.fitted(shown), "value", ("value", entry[0]), spoken=_said(self.name(entry), shown))

    def constant(self, number: Any) -> Half:
        """A number that the graph itself adds."""
        shown = self.shown(number, entered=True)
        return Half(self.fitted(shown), "value", spoken=shown.plain)

    def back(self, entry: Entry) -> Half:
        """The gradient of an entry."""
        shown = self.shown(_at(self.totals[entry[0]], entry[1]))
        return Half(self.fitted(shown), "gradient", ("gradient", entry[0]), spoken=_said(self.gradient(entry), shown))

    def bead(self, entry: Entry, back: Entry | None = None) -> Bead:
        """Value and gradient of an entry; of `back` the gradient, if it is another's."""
        back = back or entry
        if (entry, back) not in self._beads:
            told = [self.back(back)] if not self.run.symbolic and self.has_gradient(back[0]) else []
            self._beads[entry, back] = Bead((self.value(entry), *told))
        return self._beads[entry, back]

    def named_bead(self, entry: Entry) -> Bead:
        """The same with the name before the value: b = 0.1."""
        first, *others = self.bead(entry).halves
        if self.run.symbolic:
            return Bead((first,))
        relation = sign("=", NUMBER)
        symbol = ink(self.name(entry), NUMBER)
        if symbol.height > TALLEST:  # a superscript and a subscript: a bead has one line
            symbol = ink(Formula(*typeset_name(entry[0][0])), NUMBER)
        told = row([symbol, relation, first.ink], 0.18 * NUMBER)
        return Bead((Half(told, "value", first.shows, spoken=first.spoken), *others))

    def whole(self, name: str) -> Bead:
        """Value and gradient of a node as a whole: a small array as a matrix, a large one as its norm."""
        if self.run.symbolic:
            return Bead((Half(ink(named(self.graph, name), NUMBER), "value"),))
        symbol, total = named(self.graph, name), self.chain.total(name)
        halves = [self._whole(symbol, self._number((name, ())), "value", name)]
        if self.has_gradient(name):
            halves.append(self._whole(total, self.totals[name], "gradient", name))
        return Bead(tuple(halves))

    def norms(self, name: str) -> Bead:
        """‖W‖ and ‖∂L/∂W‖."""
        return self.norms_of(named(self.graph, name), [name])

    def norms_of(self, symbol: Formula, names: Sequence[str]) -> Bead:
        """The norms of several numbers or arrays taken as one, and of their gradients."""
        if self.run.symbolic:
            return Bead((Half(ink(symbol, NUMBER), "value"),))
        np, of = numpy(), self.chain.of
        back = Formula(rf"\partial {of.tex}/\partial {symbol.tex}", f"∂{of.plain}/∂{symbol.plain}")
        parts = [(symbol, [self.run.raw(name) for name in names], "value")]
        if all(map(self.has_gradient, names)):
            parts.append((back, [self.totals[name] for name in names], "gradient"))
        return Bead(tuple(
            Half(_norm(what, np.concatenate([np.reshape(x, -1) for x in numbers])), role, (role, names[-1]))
            for what, numbers, role in parts
        ))  # fmt: skip

    def given(self, name: str, x: float, y: float) -> Iterator[Element]:
        """What hangs below a box, y = 1, with its gradient if one is asked."""
        symbol = ink(named(self.graph, name), GIVEN)
        if self.run.symbolic:
            yield centred(symbol, x, y, "value")
        elif self.has_gradient(name):
            yield from self.named_bead((name, ())).elements(x, y)
        else:
            made = self._on_one_line(self.run.raw(name))
            told = symbol if made is None else row([symbol, sign("=", GIVEN), made], 0.27 * GIVEN)
            yield centred(told, x, y, "value", ("value", name))

    def _on_one_line(self, value: Any) -> Ink | None:
        """A number, or a short vector as (1, 0); None where it takes more room."""
        if not is_array(value) or value.size == 1:
            return number_ink(self.shown(_at(value, ()), entered=True), GIVEN)
        if value.ndim > 1 or value.size > LONGEST_VECTOR:
            return None
        shown = [self.shown(x, entered=True) for x in value]
        tex, plain = (", ".join(texts) for texts in ([x.tex for x in shown], [x.plain for x in shown]))
        return ink(Formula(f"({tex})", f"({plain})"), GIVEN)

    def length(self, value: Any, size: float) -> Ink:
        """‖·‖ ≈ 2.51, for an array that is not printed."""
        shown = summary(value)
        return ink(Formula(shown.tex, shown.plain), size)

    def shrunk(self, made: Ink, room: float) -> Ink:
        """Ink no wider than the room it has."""
        return made if made.width <= room else made.scaled(room / made.width)

    def _whole(self, symbol: Formula, value: Any, role: str, name: str) -> Half:
        if not is_array(value):
            shown = self.shown(value, entered=name in self.run.given and role == "value")
            return Half(self.fitted(shown), role, (role, name), spoken=_said(symbol, shown))
        made = value_ink(value, NUMBER, self.run)[0]
        return Half(made, role, (role, name), spoken=f"{symbol.plain}, an array")

    def _number(self, entry: Entry) -> Any:
        name, index = entry
        return _at(self.run.given.get(name, None) if name in self.run.given else self.run.raw(name), index)

    def shown(self, number: Any, entered: bool = False) -> Shown:
        """A number on one line: 1/3 with a slash, or as a decimal."""
        digits = self.run.style.digits
        shown = show(number, **self.run.shown_how, entered=entered)
        if "10^" in shown.tex and 0.5 * 10.0**-digits <= abs(number) < 1:
            text = f"{float(number):.{digits}f}"  # 0.003 takes less room than 3.4 · 10⁻³
            shown = Shown(text, text.replace("-", "−"), Fraction(text), False)
        if isinstance(number, Fraction) and "/" in shown.plain:
            if len(shown.plain) > LONGEST_FRACTION:
                return show(float(number))
            return Shown(shown.plain.replace("−", "-"), shown.plain, shown.value, shown.true)
        return shown

    def fitted(self, shown: Shown, size: float = NUMBER, room: float = ROOM) -> Ink:
        """A number in the room it has: two significant digits if it is too wide, and set smaller if it still is."""
        made = number_ink(shown, size)
        if made.width > room and shown.value is not None:
            made = number_ink(show(float(f"{float(shown.value):.1e}"), digits=2), size)
        return made if made.width <= room else number_ink(shown, size * max(0.75, room / made.width))


def _at(value: Any, index: tuple[int, ...]) -> Any:
    return value[index] if index else value.reshape(-1)[0] if is_array(value) and value.size == 1 else value


def _norm(symbol: Formula, value: Any) -> Ink:
    """‖W‖ = 2.51, to three digits."""
    shown = summary(value)
    tex, text_ = shown.tex.partition(r"\approx ")[2], shown.plain.removeprefix("norm ")
    left = Formula(rf"\lVert {symbol.tex} \rVert", f"‖{symbol.plain}‖")
    return row([ink(left, NUMBER), sign("≈", NUMBER), ink(Formula(tex, text_), NUMBER)], 2.5)


def _said(symbol: Formula, shown: Shown) -> str:
    return f"{symbol.plain} {'=' if shown.true else '≈'} {shown.plain}"
