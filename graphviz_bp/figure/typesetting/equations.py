"""Formulas and numbers set as ink: single ones, and equations put together from pieces in their colours."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from graphviz_bp.backprop import Run
from graphviz_bp.figure.typesetting.ink import Bar, Ink, matrix, row, slot
from graphviz_bp.figure.typesetting.typeset import formula_or_words, words
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.lines import Pieces
from graphviz_bp.notation.shown import LIVE, Shown, show_any, show_array, summary
from graphviz_bp.numbers import is_array

MATRIX = r"\begin{bmatrix}"
BLANK = 2.6  # the length of a line to write on, as a share of the size


def ink(formula: Formula, size: float, role: str | None = None) -> Ink:
    """A formula set; one that cannot be set is written in words."""
    waits = "\ue010" in formula.plain
    made = _waiting(formula, size) if waits else formula_or_words(formula.tex, formula.plain, size)
    return made.coloured(role) if role else made


def _waiting(formula: Formula, size: float) -> Ink:
    """A formula with live numbers in it, a matrix of them or one such as ‖W‖ ≈ and room for the norm."""
    if formula.tex.startswith(MATRIX):
        lines = formula.tex.removeprefix(MATRIX).removesuffix(r"\end{bmatrix}").split(r"\\")
        cells = [[cell.strip() for cell in line.split("&")] for line in lines]
        return matrix([[ink(Formula(cell, cell), size) for cell in line] for line in cells], size)
    plain, tex = LIVE.split(formula.plain), LIVE.split(formula.tex)[::3]
    pieces = [formula_or_words(tex[0], plain[0], size)] if plain[0] else []
    for source, now, part, latex in zip(plain[1::3], plain[2::3], plain[3::3], tex[1:], strict=True):
        pieces += [_awaited(source, now, size), *([formula_or_words(latex, part, size)] if part else [])]
    return row(pieces, 0.27 * size)


def _awaited(source: str, now: str, size: float) -> Ink:
    """Room for a live number: for what it is now, and for three decimals and a sign."""
    like = max(words(now, size), words("−0.000", size), key=lambda ink: ink.width)
    digit = formula_or_words("0", "0", size)
    return slot(source, replace(like, ascent=digit.ascent, descent=digit.descent), size)


@lru_cache(maxsize=64)
def sign(text: str, size: float) -> Ink:
    """A relation or an operator between the pieces of an equation."""
    tex = {"=": "=", "≈": r"\approx", "·": r"\cdot", "+": "+", "−": "-", "←": r"\leftarrow", "⋯": r"\cdots"}[text]
    return formula_or_words(f"{{{tex}}}", text, size)


def number_ink(shown: Shown, size: float, role: str | None = None) -> Ink:
    """A displayed number set."""
    return ink(Formula(shown.tex, shown.plain), size, role)


def value_ink(value: Any, size: float, run: Run, entered: bool = False) -> tuple[Ink, str]:
    """A number, a small array as a matrix, or a large one's norm; and the relation that introduces it."""
    how = {"entered": entered, **run.shown_how}
    cells = show_array(value, **how) if is_array(value) else None
    if cells is None:
        shown = show_any(value, **how)
        return number_ink(shown, size), "=" if shown.true else "≈"
    true = all(cell.true for line in cells for cell in line)
    made = matrix([[number_ink(cell, size) for cell in line] for line in cells], size)
    return row([Ink(0.15 * size, 0.0, 0.0), made]), "=" if true else "≈"  # a bracket needs air before it


def blank(size: float, value: Any = None, length: float = BLANK) -> Ink:
    """A line to write a number on, or as many as a small array has entries; all equally long, so that none tells."""
    cells = show_array(value) if is_array(value) else None
    line = Ink(length * size, 0.7 * size, 0.2 * size, bars=(Bar(0.0, 0.1 * size, length * size, 0.055 * size),))
    if cells is None:
        return line
    made = matrix([[line for _ in cell_line] for cell_line in cells], size)
    return row([Ink(0.15 * size, 0.0, 0.0), made])


def equation(pieces: list[tuple[Ink, str]], size: float, gap: float = 0.27) -> Ink:
    """Pieces, each in its role's colour, with one even gap."""
    return row([piece.coloured(role) for piece, role in pieces], gap * size)


def pieces_ink(pieces: Pieces, size: float) -> Ink:
    """The pieces of a derivation's line set in their colours."""
    set_pieces = []
    air = Ink(0.15 * size, 0.0, 0.0)
    for piece in pieces:
        made = (
            sign(piece.formula.plain, size)
            if piece.role == "ink" and piece.formula.plain in "=≈·+−←"
            else ink(piece.formula, size)
        )
        if piece.formula.tex.startswith(MATRIX):
            made = row([air, made])  # a bracket needs air before it
        set_pieces.append((made, piece.role))
    return equation(set_pieces, size)


def norm(symbol: Formula, value: Any) -> Formula | None:
    """‖W‖ ≈ 3.46 for an array that is too large to print, else None."""
    if not is_array(value) or show_array(value) is not None:
        return None
    shown = summary(value)
    tex, text = shown.tex.partition(r"\approx ")[2], shown.plain.removeprefix("norm ")
    return Formula(rf"\left\lVert {symbol.tex} \right\rVert \approx {tex}", f"‖{symbol.plain}‖ ≈ {text}")
