"""Labels set and measured: formulas, prose, and pieces put together from both.

>>> gradient = row([formula("=", 15), formula("450", 15)], gap=5).coloured("gradient")
>>> gradient.width > formula("450", 15).width
True
"""

from __future__ import annotations

from functools import lru_cache

from graphviz_bp.figure.typesetting import typeface
from graphviz_bp.figure.typesetting.ink import Bar, Ink, Mark, fraction, matrix, paint, row, stack
from graphviz_bp.figure.typesetting.latex import LabelError, Unfamiliar, read
from graphviz_bp.figure.typesetting.setting import set_tree

__all__ = [
    "Bar",
    "Ink",
    "LabelError",
    "Mark",
    "formula",
    "formula_or_words",
    "fraction",
    "matrix",
    "paint",
    "row",
    "stack",
    "words",
]

KEPT = 4096


@lru_cache(KEPT)
def formula(latex: str, size: float) -> Ink:
    r"""A LaTeX formula in type of this size; LabelError if it cannot be set.

    >>> formula(r"\partial z", 20).width == 2 * formula(r"\partial z", 10).width
    True
    """
    return _unit_formula(latex).scaled(size)


@lru_cache(KEPT)
def _unit_formula(latex: str) -> Ink:
    return _set(latex).spelling(latex, formula=True)


def _set(latex: str) -> Ink:
    try:
        return set_tree(read(latex))
    except Unfamiliar:
        from graphviz_bp.figure.typesetting.rare import set_rare

        return set_rare(latex)


@lru_cache(KEPT)
def words(text: str, size: float) -> Ink:
    """Upright prose, taken as it stands; every line of one size is equally high, so that stacked lines are even."""
    return _unit_words(text).scaled(size)


@lru_cache(KEPT)
def _unit_words(text: str) -> Ink:
    shown = "".join(map(_visible, text))
    at, marks, before = 0, [], -1
    for letter in map(typeface.letter, shown):
        at += typeface.kern(before, letter.index)
        if letter.outline.commands:
            marks.append(Mark(letter.outline, at / 1000, 0.0, 1 / 1000))
        at, before = at + letter.advance, letter.index
    return Ink(at / 1000, 0.70, 0.22, tuple(marks)).spelling(shown, formula=False)


def _visible(character: str) -> str:
    """Blanks of every kind as a blank, other invisible characters as the replacement character."""
    return character if character.isprintable() else " " if character.isspace() else "\ufffd"


def formula_or_words(latex: str, plain: str, size: float) -> Ink:
    """The formula, or the plain text if the formula cannot be set."""
    try:
        return formula(latex, size)
    except LabelError:
        return words(plain, size)
