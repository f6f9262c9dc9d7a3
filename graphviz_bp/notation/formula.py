"""A formula in both alphabets, LaTeX and plain text, and how tightly it holds together."""

from __future__ import annotations

from dataclasses import dataclass, replace

CHOICE, SUM, SIGN, ENTRYWISE, PRODUCT, POWER, ATOM = range(7)  # how tightly a formula holds together


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in both alphabets; `level` says how tightly it holds together (`tex_level` in LaTeX)."""

    tex: str
    plain: str
    level: int = ATOM
    tex_level: int = ATOM
    ndim: int = 0  # of an array (2 where it is not known)
    number: bool = False
    minus: Formula | None = None  # the formula without its leading minus sign
    truth: Formula | None = None  # an indicator's condition
    scripted: bool = False  # has a superscript already
    word: bool = False  # a name of several letters, which must not run into its neighbours
    closed: Formula | None = None  # to write instead where something follows: log(a) for log a

    @property
    def array(self) -> bool:
        """Whether this is an array rather than a number."""
        return self.ndim > 0

    def within(self, level: int) -> Formula:
        """The formula in parentheses unless it holds together at least so tightly."""
        tex = self.tex if self.tex_level >= level else f"\\left({self.tex}\\right)"
        text = self.plain if self.level >= level else f"({self.plain})"
        held, tex_held = max(self.level, level), max(self.tex_level, level)
        closed = self.closed if tex == self.tex else None
        return replace(self, tex=tex, plain=text, level=held, tex_level=tex_held, closed=closed)


def followed(formula: Formula) -> Formula:
    """The formula as it is written where a factor follows that it must not swallow."""
    return formula if formula.closed is None else replace(formula.closed, ndim=formula.ndim)
