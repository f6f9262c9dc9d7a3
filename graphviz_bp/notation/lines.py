"""Equations in pieces: every piece knows its role, so the terminal, LaTeX and the figure tell the same story."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .formula import ATOM, PRODUCT, SUM, Formula, followed
from .shown import Shown


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an equation and its role: "gradient", "partial", "value", or "ink" for the signs between."""

    formula: Formula
    role: str = "ink"


Pieces = tuple[Piece, ...]
Words = tuple[str | Formula, ...]  # prose with formulas in it


@dataclass(frozen=True, slots=True)
class Line:
    """One right-hand side of an equation, how it is joined to what stands before, and a remark."""

    pieces: Pieces
    relation: str = "="
    remark: Words = ()

    @property
    def tex(self) -> str:
        """The right-hand side as LaTeX."""
        return " ".join(piece.formula.tex for piece in self.pieces)

    @property
    def plain(self) -> str:
        """The right-hand side as plain text."""
        return " ".join(piece.formula.plain for piece in self.pieces)

    @property
    def remarked(self) -> str:
        """The remark as plain text."""
        return "".join(part if isinstance(part, str) else part.plain for part in self.remark)


EQUALS, TIMES = Piece(Formula("=", "=")), Piece(Formula(r"\cdot", "·"))
PLUS, MINUS = Piece(Formula("+", "+")), Piece(Formula("-", "−"))


def partial(what: Formula | Shown) -> Piece:
    """A local partial, as a formula or a number."""
    return Piece(what if isinstance(what, Formula) else number(what), "partial")


def gradient(what: Formula | Shown) -> Piece:
    """A gradient, as a formula or a number."""
    return Piece(what if isinstance(what, Formula) else number(what), "gradient")


def number(shown: Shown) -> Formula:
    """A displayed number as a formula; a negative one holds together as loosely as a sum."""
    level = SUM if shown.negative else ATOM
    return Formula(shown.tex, shown.plain, level, level, number=True)


def relation(true: bool) -> str:
    """= where an equation holds in the digits displayed, else ≈."""
    return "=" if true else "≈"


def product(local: Piece, upstream: Piece | None) -> Pieces:
    """local · upstream, sums among them in parentheses; the local alone where the upstream is 1."""
    if upstream is None:
        return (local,)
    return Piece(followed(_held(local).formula), local.role), TIMES, _held(upstream)


def _held(piece: Piece) -> Piece:
    return Piece(piece.formula.within(PRODUCT), piece.role)


def total(terms: Iterable[Pieces]) -> Pieces:
    """Terms joined by plus; by minus where a term starts with one."""
    out: list[Piece] = []
    for first, *rest in terms:
        minus = first.formula.minus
        if not out:
            out.append(first)
        elif minus is not None:
            out += [MINUS, Piece(minus.within(PRODUCT), first.role)]
        elif first.formula.tex.startswith("-"):
            out += [PLUS, Piece(first.formula.within(ATOM), first.role)]
        else:
            out += [PLUS, first]
        out += rest
    return tuple(out)
