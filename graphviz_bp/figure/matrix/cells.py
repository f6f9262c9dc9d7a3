"""Arrays as they stand in a node: all cells with one number of decimals, or a common factor before the bracket."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor, inf, log10
from typing import Any

from graphviz_bp.figure.typesetting.equations import ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, matrix, row
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.shown import DIGITS, ENTRIES, show

LARGEST, SMALLEST = 1e5, 0.005  # where the largest entry lies beyond, a power of ten comes out as a factor
NOISE = 1e-13  # what is so much smaller than the largest entry is what rounding left of a zero
LEAST = 5e-324  # stands for an entry that a common factor makes vanish, which is not an exact zero
SCRIPT = 0.8  # the size of a power of ten among decimals, as a share of theirs


def printable(array: Any) -> bool:
    """Whether an array is printed whole: up to 3 × 3, and vectors up to 3."""
    return bool(0 < array.ndim <= 2 and array.size and max(array.shape) <= ENTRIES)


def cells(array: Any, size: float, **how: Any) -> tuple[Ink, bool]:
    """The array as a matrix (a vector as a column), and whether it is shown as it is; `how` is told to `shown.show`."""
    column = array.reshape(-1, 1) if array.ndim == 1 else array
    shown = [[show(x if x else 0, **how) for x in line] for line in column]
    if all(cell.true for line in shown for cell in line) and not any("·" in c.plain for line in shown for c in line):
        return matrix([[ink(Formula(c.tex, c.plain), size) for c in line] for line in shown], size), True
    return _rounded([[_double(x) for x in line] for line in column], size, how.get("digits", DIGITS)), False


def _double(x: Any) -> float:
    try:
        return float(x)
    except OverflowError:  # an exact number beyond the doubles
        return inf if x > 0 else -inf


def _rounded(numbers: Sequence[Sequence[float]], size: float, digits: int) -> Ink:
    largest = max((abs(x) for line in numbers for x in line if x - x == 0), default=0.0)
    small = SMALLEST * 10.0 ** (DIGITS - digits)
    factor = floor(log10(largest)) if largest and not small <= largest < LARGEST else 0
    scaled = [[x / 10.0**factor or LEAST * bool(x) for x in line] for line in numbers]
    noise = NOISE * largest / 10.0**factor
    places = max(1, digits - 1) if factor else _places(scaled, largest, noise, digits)
    made = matrix([[_cell(x, places, size, noise) for x in line] for line in scaled], size)
    if not factor:
        return made
    power = ink(Formula(f"10^{{{factor}}}", f"10^{factor}"), size)
    return row([power, sign("·", size), made], 0.2 * size)


def _places(numbers: Sequence[Sequence[float]], largest: float, noise: float, digits: int) -> int:
    """Decimals for all cells: one more where an entry would vanish, fewer where numbers are large."""
    places = digits if largest < 100 else max(0, digits - 2)
    return places + any(noise < abs(x) < 0.5 * 10.0**-places for line in numbers for x in line)


def _cell(x: float, places: int, size: float, noise: float) -> Ink:
    """A cell with this number of decimals; one that would vanish, and is no rounding noise, tells its power of ten."""
    if x - x != 0:
        shown = show(x)
        return ink(Formula(shown.tex, shown.plain), size)
    if noise < abs(x) < 0.5 * 10.0**-places:
        digit, exponent = f"{abs(x):.0e}".split("e")
        mantissa = "" if digit == "1" else rf"{digit} \cdot "
        power = f"{'-' * (x < 0)}{mantissa}10^{{{int(exponent)}}}"
        return ink(Formula(power, f"{x:.0e}"), SCRIPT * size)
    text = f"{x if abs(x) > noise else 0.0:.{places}f}" if x else "0"
    return ink(Formula(text, text), size)


def rows_off(array: Any, digits: int = DIGITS) -> bool:
    """Whether rows that add to one no longer do so when their entries are rounded."""
    rows = array.reshape(1, -1) if array.ndim == 1 else array
    return any(sum(Fraction(f"{float(x):.{digits}f}") for x in line) != 1 for line in rows)
