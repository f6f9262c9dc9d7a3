"""A worksheet: what is asked, what belongs there, and what is to be said of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..backprop import Run
from ..backprop.given import checked
from ..derivation.chain import Chain
from ..errors import InputError, listed
from ..graph import Graph
from ..notation.formula import Formula
from ..notation.nodes import named
from ..notation.shown import Shown, show_any, show_array
from ..numbers import is_array
from .chosen import chosen

if TYPE_CHECKING:
    from ..figure import Figure

KINDS = ("values", "gradients", "partials")
Blanks = str | Iterable[str] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Blank:
    """One number to fill in: its kind, what it is of (a node, or child and parent), its symbol, what belongs there."""

    kind: str
    of: tuple[str, ...]
    symbol: Formula
    answer: Any

    @property
    def number(self) -> Shown:
        """The answer as it is written."""
        return show_any(self.answer)

    @property
    def solved(self) -> str:
        """The blank with its answer: ∂z/∂u = 450."""
        return f"{self.symbol.plain} {'=' if self.number.true else '≈'} {self.number.plain}"


@dataclass(frozen=True, slots=True)
class Marked:
    """One blank with what was answered: right or not, and what is to be said of it."""

    blank: Blank
    answer: str
    ok: bool
    said: str


class Marking:
    """The marks of a filled-in worksheet, one for each blank: `points` of `worth`."""

    def __init__(self, marks: tuple[Marked, ...], unknown: tuple[str, ...] = ()) -> None:
        self.marks, self.unknown = marks, unknown

    @property
    def points(self) -> int:
        """How many blanks are right."""
        return sum(mark.ok for mark in self.marks)

    @property
    def worth(self) -> int:
        """How many blanks there are."""
        return len(self.marks)

    @property
    def ok(self) -> bool:
        """Whether everything is right."""
        return self.points == self.worth

    def __iter__(self) -> Iterator[Marked]:
        return iter(self.marks)

    def __len__(self) -> int:
        return len(self.marks)

    @property
    def text(self) -> str:
        """The marks, a line for each."""
        width = max((len(m.blank.symbol.plain) for m in self.marks), default=0)
        signs = ["✓" if m.ok else "✗" if m.answer else "–" for m in self.marks]
        rows = zip(signs, self.marks, strict=True)
        lines = [f"{sign} {m.blank.symbol.plain:<{width}}  {m.answer:<10}  {m.said}" for sign, m in rows]
        left = [f"left out: {name} is no blank of this sheet" for name in self.unknown]
        return "\n".join([*lines, "", f"{self.points} of {self.worth} right", *left])

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<marking: {self.points} of {self.worth} right>"


class Worksheet:
    """A figure with blanks at numbers that work out by hand, and its key.

    `blanks` are what to fill in, `figure` the question, `solution` the figure of the key; `save` writes both, `check`
    marks answers. `run` has the numbers.
    """

    def __init__(self, run: Run, hide: Mapping[str, Any], seed: int, title: str, theme: str) -> None:
        self.run, self.hide, self.seed, self.title, self.theme = run, dict(hide), seed, title, theme
        self.figure: Figure = run.draw(hide=self.hide, chain=False, theme=theme)

    @property
    def graph(self) -> Graph:
        """What the worksheet is about."""
        return self.run.graph

    @cached_property
    def solution(self) -> Figure:
        """The figure with all its numbers."""
        return self.run.draw(chain=False, theme=self.theme)

    @cached_property
    def blanks(self) -> tuple[Blank, ...]:
        """What is to be filled in: values forward, then local partials and gradients backward."""
        run, chain, hide = self.run, Chain(self.run), self.hide
        wires = [wire for wire in hide["partials"] if all(map(chain.is_number, wire))]
        blanks = [
            *(Blank("values", (name,), named(run.graph, name), run.raw(name)) for name in hide["values"]),
            *(Blank("gradients", (n,), chain.total(n), run.step(n).total) for n in reversed(hide["gradients"])),
            *(Blank("partials", wire, chain.partial(*wire), run.partials[wire]) for wire in reversed(wires)),
        ]
        by_symbol: dict[str, Blank] = {}  # into the output partial and gradient are one number, asked once
        for blank in blanks:
            by_symbol.setdefault(blank.symbol.plain, blank)
        return tuple(by_symbol.values())

    @property
    def key(self) -> str:
        """What belongs into the blanks, a line for each."""
        return "\n".join(blank.solved for blank in self.blanks)

    @property
    def task(self) -> tuple[str, ...]:
        """What to do, in sentences."""
        said = ["Fill in the blanks."]
        if self.hide["values"]:
            said.append("Go forward first, and write its value into each box.")
        if self.hide["partials"]:
            said.append("On each wire write the local partial derivative, and what is sent back.")
        if self.hide["gradients"]:
            said.append("Then go backward: the gradient of a node adds up all that is sent back to it.")
        said.append("All numbers are exact." if self.run.exact else "Round to three digits.")
        return tuple(said)

    def check(self, answers: Mapping[str, Any] | str) -> Marking:
        """Mark answers by blank, as in `{"v": 25, "dz/du": "450"}` or in lines `v = 25`; a mistake is named.

        Decimals may be rounded to two significant digits or more.
        """
        from .answers import marking

        return marking(self, answers)

    def save(self, path: str | Path) -> tuple[Path, Path]:
        """Write the question and, as sheet-key.pdf beside sheet.pdf, its key; pdf, html, tex or md by the ending."""
        from .pages import save

        return save(self, Path(path))

    def _repr_svg_(self) -> str:
        return self.figure.svg

    def __repr__(self) -> str:
        return f"<worksheet {self.seed} on {self.run.of}: {len(self.blanks)} blanks>"


def worksheet(graph: Graph, *, seed: int = 1, blanks: Blanks | None = None, at: Mapping[str, Any] | None = None,
              of: str | None = None, title: str = "", theme: str = "slate") -> Worksheet:  # fmt: skip
    """A worksheet about a graph: a figure with blanks at inputs that work out by hand, and its key.

    `seed` chooses the numbers, small integers for which values and gradients stay small integers or simple fractions
    wherever the graph has such; `at` gives some of them. `blanks` are any of "values", "gradients", "partials" (all
    of them unless given), or a mapping as `draw(hide=...)` takes it; inputs and the output's own gradient are given.

    >>> from graphviz_bp import parse
    >>> sheet = worksheet(parse("v = u**2; w = 6*u; z = v*w"), blanks="gradients", at={"u": 5})
    >>> print(sheet.key)
    ∂z/∂w = 25
    ∂z/∂v = 30
    ∂z/∂u = 450
    >>> print(sheet.check({"dz/dw": 25, "dz/dv": 30, "dz/du": 300}))
    ✓ ∂z/∂w  25          right
    ✓ ∂z/∂v  30          right
    ✗ ∂z/∂u  300         wrong: you left out the path u → w → z, worth 6 · v = 6 · 25 = 150
    <BLANKLINE>
    2 of 3 right
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise InputError(f"a seed is a whole number, not {seed!r}")
    run = chosen(graph, seed, of, checked(graph, at or {}))
    return Worksheet(run, _hidden(run, blanks), seed, title or f"Backpropagation: worksheet {seed}", theme)


def _written(value: Any) -> bool:
    """Whether a value is a number, or an array small enough to be written out."""
    return not is_array(value) or show_array(value) is not None


def _hidden(run: Run, blanks: Blanks | None) -> dict[str, list[Any]]:
    """The blanks by kind, in the order of the graph, without what the question gives."""
    chain = Chain(run)
    live = [n for n in run.graph.names if n in run.gradients and chain.feeds(n) and _written(run.raw(n))]
    there: dict[str, list[Any]] = {
        "values": [box.name for box in run.graph.boxes if box.members and _written(run.raw(box.name))],
        "gradients": [n for n in live if n != run.of],
        "partials": [(c, p) for p in live for c in chain.feeds(p) if (c, p) in run.partials],
    }
    if blanks is None:
        blanks = KINDS
    if not isinstance(blanks, Mapping):
        blanks = dict.fromkeys([blanks] if isinstance(blanks, str) else blanks, True)
    out: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for kind, names in blanks.items():
        if kind not in there:
            raise InputError(f"{kind!r} can not be left blank", remedy=f"choose from {', '.join(KINDS)}")
        some: Iterable[Any] = there[kind] if names is True else [names] if isinstance(names, str) else names or ()
        asked = [tuple(name) if isinstance(name, list) else name for name in some]
        for name in asked:
            if name not in there[kind]:
                raise InputError(f"{name!r} is not among the {kind} that can be asked",
                                 remedy=f"they are {listed(tuple(map(str, there[kind])))}")  # fmt: skip
        out[kind] = [name for name in there[kind] if name in asked]
    if not any(out.values()):
        raise InputError("nothing is left blank", remedy='ask for example for blanks="gradients"')
    return out
