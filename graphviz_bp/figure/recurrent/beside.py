"""Numbers beside the wires of a template: values left or above, what goes back along the wire right or below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphviz_bp.figure.network.elements import Element, Shows, lettered
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.typesetting.equations import ink, sign, value_ink
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.notation.nodes import named
from graphviz_bp.notation.shown import show_array
from graphviz_bp.numbers import is_array

NUMBER = 13.0
LONGEST = 2  # entries of a vector that are printed


class Beside:
    """The numbers of a run, set to stand beside wires."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def value(self, name: str) -> Ink | None:
        """The value of a node as it stands beside a wire."""
        run = self.sheet.run
        if run.symbolic:
            return None
        return self._number(run.raw(name), name in run.given).coloured("value")

    def sent(self, name: str, *children: str) -> Ink | None:
        """What these children together send back to a node."""
        run = self.sheet.run
        if run.symbolic or not self.sheet.has_gradient(name):
            return None
        found = [term.contribution for term in run.step(name).terms if term.child in children]
        return self._number(sum(found[1:], found[0])).coloured("gradient") if found else None

    def total(self, name: str) -> Ink | None:
        """The gradient of a node."""
        if self.sheet.run.symbolic or not self.sheet.has_gradient(name):
            return None
        return self._number(self.sheet.totals[name]).coloured("gradient")

    def _number(self, value: Any, entered: bool = False) -> Ink:
        if not is_array(value):
            shown = self.sheet.shown(value, entered=entered)
            return self.sheet.fitted(shown, NUMBER, 60.0)
        if value.size <= LONGEST or show_array(value) is None:
            return value_ink(value, NUMBER - 1.0, self.sheet.run)[0]
        return self.sheet.length(value, NUMBER - 1.0)

    def level(
        self, x: float, y: float, value: Ink | None, back: Ink | None, name: str, known: str, *, letter: bool = False
    ) -> Iterator[Element]:
        """Numbers above and below a level wire."""
        if letter:
            value = self._lettered(name, value)
        if value is not None:
            yield lettered(value, x - value.width / 2, y - 6.0 - value.descent, "value", self._shows(name))
        if back is not None:
            yield lettered(back, x - back.width / 2, y + 6.0 + back.ascent, "gradient", ("gradient", known))

    def upright(
        self, x: float, y: float, value: Ink | None, back: Ink | None, name: str, known: str, *, letter: bool = False
    ) -> Iterator[Element]:
        """Numbers left and right of an upright wire."""
        if letter:
            value = self._lettered(name, value)
        if value is not None:
            yield lettered(value, x - 7.0 - value.width, y - value.height / 2 + value.ascent, "value",
                           self._shows(name))  # fmt: skip
        if back is not None:
            yield lettered(back, x + 7.0, y - back.height / 2 + back.ascent, "gradient", ("gradient", known))

    def _lettered(self, name: str, value: Ink | None) -> Ink:
        """The name of the node before its value."""
        symbol = ink(named(self.sheet.graph, name), NUMBER).coloured("value")
        equals = sign("=", NUMBER).coloured("value")
        return symbol if value is None else row([symbol, equals, value], 0.27 * NUMBER)

    def _shows(self, name: str) -> Shows | None:
        return None if self.sheet.run.symbolic else ("value", name)
