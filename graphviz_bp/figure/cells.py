"""Arrays as they stand in a node: all cells with one number of decimals, or a common factor before the bracket."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor, log10
from typing import Any

from graphviz_bp.figure.equations import ink, sign
from graphviz_bp.figure.ink import Ink, matrix, row
from graphviz_bp.formula import Formula
from graphviz_bp.shown import DIGITS, ENTRIES, show

LARGEST, SMALLEST = 1e5, 0.005  # where the largest entry lies beyond, a power of ten comes out as a factor
NOISE = 1e-13  # what is so much smaller than the largest entry is what rounding left of a zero
FACTORED, MOST = 2, 4  # decimals below a common factor; the most that are shown for the sake of one tiny entry


def printable(array: Any) -> bool:
    """Whether an array is printed whole: up to 3 × 3, and vectors up to 3."""
    return bool(0 < array.ndim <= 2 and array.size and max(array.shape) <= ENTRIES)


def cells(array: Any, size: float, *, entered: bool = False, decimals: bool = False) -> tuple[Ink, bool]:
    """The array as a matrix (a vector as a column), and whether it is shown as it is."""
    column = array.reshape(-1, 1) if array.ndim == 1 else array
    shown = [[show(x if x else 0, entered=entered, decimals=decimals) for x in line] for line in column]
    if all(cell.true for line in shown for cell in line) and not any("·" in c.plain for line in shown for c in line):
        return matrix([[ink(Formula(c.tex, c.plain), size) for c in line] for line in shown], size), True
    numbers = [[float(x) for x in line] for line in column]
    return _rounded(numbers, size), False


def _rounded(numbers: Sequence[Sequence[float]], size: float) -> Ink:
    largest = max((abs(x) for line in numbers for x in line if x - x == 0), default=0.0)
    noise = NOISE * largest
    factor = floor(log10(largest)) if largest and not SMALLEST <= largest < LARGEST else 0
    scaled = [[x / 10.0**factor for x in line] for line in numbers]
    places = FACTORED if factor else _places(scaled, largest, noise)
    made = matrix([[_cell(x, places, size, noise) for x in line] for line in scaled], size)
    if not factor:
        return made
    power = ink(Formula(f"10^{{{factor}}}", f"10^{factor}"), size)
    return row([power, sign("·", size), made], 0.2 * size)


def _places(numbers: Sequence[Sequence[float]], largest: float, noise: float) -> int:
    """Decimals for all cells: three, one more where an entry would vanish, fewer where numbers are large."""
    places = DIGITS if largest < 100 else max(0, DIGITS - 2)
    vanishing = any(noise < abs(x) < 0.5 * 10.0**-places for line in numbers for x in line)
    return min(places + vanishing, MOST)


def _cell(x: float, places: int, size: float, noise: float) -> Ink:
    """A cell with this number of decimals; one that would vanish, and is no rounding noise, tells its power of ten."""
    if x - x != 0:
        shown = show(x)
        return ink(Formula(shown.tex, shown.plain), size)
    if noise < abs(x) < 0.5 * 10.0**-places:
        exponent = floor(log10(abs(x)))
        digit = round(abs(x) / 10.0**exponent)
        power = f"{'-' * (x < 0)}{digit if digit > 1 else ''}" + (r"\cdot " if digit > 1 else "") + f"10^{{{exponent}}}"
        return ink(Formula(power, f"{x:.0e}"), 0.8 * size)
    text = f"{x if abs(x) > noise else 0.0:.{places}f}" if x else "0"
    return ink(Formula(text, text), size)


def rows_off(array: Any, places: int = DIGITS) -> bool:
    """Whether rows that add to one no longer do so when their entries are rounded."""
    rows = array.reshape(1, -1) if array.ndim == 1 else array
    return any(sum(Fraction(f"{float(x):.{places}f}") for x in line) != 1 for line in rows)
