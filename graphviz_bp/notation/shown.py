"""Numbers as they are displayed, and whether what is displayed still holds.

A figure once "corrected" 0.39 to 0.40 because it showed 0.20 · 2; so every displayed number remembers the value
its digits say, and an equation is joined with = only if it holds for the digits on the page, else with ≈.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..numbers import Share, is_array, plain
from .names import SUPERSCRIPTS

DIGITS = 3  # decimals of a computed number
ENTRIES = 3  # arrays up to 3 × 3 (and vectors up to 5) are printed, larger ones are summed up


LIVE = re.compile("\ue010([^\ue010-\ue012]*)\ue011([^\ue010-\ue012]*)\ue012")  # a live number: its source, and now


class Live(float):
    """A number that is worked out again wherever it is displayed; `sources` say from what: a sum, or a norm of them."""

    __slots__ = ("sources",)
    sources: tuple[str, ...]

    def __new__(cls, value: Any, *sources: str) -> Live:
        self = super().__new__(cls, value)
        self.sources = sources
        return self

    def __add__(self, other: Any) -> Any:
        return Live(float(self) + float(other), *self.sources, *getattr(other, "sources", ()))

    __radd__ = __add__

    @property
    def shown(self) -> Shown:
        """A mark that the figure and its captions leave room for."""
        mark = f"\ue010{'+'.join(self.sources)}\ue011{show(float(self)).plain}\ue012"
        return Shown(mark, mark, None, False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A number on the page: LaTeX, plain text, the value its digits say, and whether that is the true one."""

    tex: str
    plain: str
    value: Fraction | None  # None: not a finite number
    true: bool

    @property
    def negative(self) -> bool:
        """Whether it starts with a minus sign."""
        return self.tex.startswith("-")


def show(number: Any, *, decimals: bool = False, digits: int = DIGITS, entered: bool = False,
         overflown: bool = False) -> Shown:  # fmt: skip
    """How a number is displayed.

    Whole numbers as they are; entered numbers as typed; decimals if `decimals` were typed and this one terminates;
    small fractions as fractions; everything else rounded to `digits` decimals, tiny and huge ones as a·10ⁿ. An infinity
    where a double has `overflown` stands for a number that is none.

    >>> show(Fraction(1, 3)).plain, show(0.7310585).plain, show(-2.2e-5).plain
    ('1/3', '0.731', '−2.2·10⁻⁵')
    """
    if isinstance(number, Live):
        return number.shown
    number = plain(number)
    if isinstance(number, Share):
        top, minus = abs(number.top), "-" * (number.top < 0)
        return Shown(f"{minus}\\frac{{{top}}}{{{number.count}}}", str(number).replace("-", "−"), number, True)
    if isinstance(number, Decimal):
        if entered and number.is_finite() and "E" not in str(number):
            return _text(str(number), Fraction(number), True)
        number = Fraction(number)
    if isinstance(number, Fraction) and number.denominator == 1:
        number = int(number)
    if isinstance(number, int):
        return (
            _text(str(number), Fraction(number), True) if abs(number) < 10**9 else _scientific(Fraction(number), digits)
        )
    if isinstance(number, Fraction):
        return _fraction(number, decimals, digits)
    if not isinstance(number, float):  # mpmath, SymPy
        return Shown(str(number), str(number), None, True)
    if number - number != 0.0:
        return _not_finite(number, not overflown)
    return _float(number, digits, entered)


def _not_finite(number: float, true: bool) -> Shown:
    if number != number:
        return Shown(r"\mathrm{undefined}", "undefined", None, True)
    return Shown(r"\infty", "∞", None, true) if number > 0 else Shown(r"-\infty", "−∞", None, true)


def _float(number: float, digits: int, entered: bool) -> Shown:
    true = Fraction(repr(number))
    if entered and len(repr(number)) <= 10 and "e" not in repr(number):
        return _text(repr(number).removesuffix(".0"), true, True)
    return _rounded(true, digits)


def _fraction(number: Fraction, decimals: bool, digits: int) -> Shown:
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if decimals and rest == 1:
        text = _decimal_text(number)
        if len(text.lstrip("-")) <= digits + 4:
            return _text(text, number, True)
        return _rounded(number, digits)
    if abs(number.numerator) < 1000 and number.denominator < 1000:
        sign, top = "-" * (number < 0), abs(number.numerator)
        return Shown(
            f"{sign}\\frac{{{top}}}{{{number.denominator}}}",
            f"{sign.replace('-', '−')}{top}/{number.denominator}",
            number,
            True,
        )
    return _rounded(number, digits)


def _decimal_text(number: Fraction) -> str:
    """All digits of a terminating decimal."""
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
    scaled = abs(int(number * 10**places))
    whole, part = divmod(scaled, 10**places)
    return "-" * (number < 0) + (f"{whole}.{part:0{places}d}" if places else str(whole))


def _rounded(number: Fraction, digits: int) -> Shown:
    """`digits` decimals, fewer for exact short decimals; a·10ⁿ where that would show nothing or too much."""
    size = abs(number)
    if size and (size < Fraction(1, 2 * 10 ** max(digits - 1, 1)) or size >= 10**6):
        return _scientific(number, digits)
    places = digits if size < 1000 else max(0, digits - 2)
    scaled = round(number * 10**places)
    value = Fraction(scaled, 10**places)
    text = _decimal_text(value) if value == number else f"{'-' * (scaled < 0)}{abs(scaled) // 10**places}" + (
        f".{abs(scaled) % 10**places:0{places}d}" if places else "")  # fmt: skip
    return _text(text, value, value == number)


def _scientific(number: Fraction, digits: int) -> Shown:
    """Two significant digits times a power of ten (three for large numbers)."""
    size = abs(number)
    exponent = len(str(int(size))) - 1 if size >= 1 else -len(str(int(1 / size)))
    if size >= Fraction(10) ** (exponent + 1):  # an exact power of ten below 1
        exponent += 1
    keep = 1 if size < 1 else digits - 1
    mantissa = round(size / Fraction(10) ** exponent * 10**keep)
    if mantissa == 10 ** (keep + 1):
        mantissa, exponent = mantissa // 10, exponent + 1
    value = Fraction(mantissa, 10**keep) * Fraction(10) ** exponent
    sign, text = "-" * (number < 0), _decimal_text(Fraction(mantissa, 10**keep))
    plain_text = f"{sign}{text}·10".replace("-", "−") + str(exponent).translate(SUPERSCRIPTS)
    return Shown(f"{sign}{text} \\cdot 10^{{{exponent}}}", plain_text, -value if sign else value, value == size)


def _text(text: str, value: Fraction, true: bool) -> Shown:
    return Shown(text, text.replace("-", "−"), value, true)


def show_array(array: Any, **how: Any) -> list[list[Shown]] | None:
    """The cells of a small array, rows first (a vector is one column); None where it is too large to print."""
    if array.ndim > 2 or array.size == 0:
        return None
    column = array.reshape(-1, 1) if array.ndim == 1 else array
    rows, columns = column.shape
    if columns > ENTRIES + 1 or rows > (ENTRIES + 2 if columns == 1 else ENTRIES):
        return None
    cells = [[show(x, **how) for x in line] for line in column]
    return _same_decimals(_levelled(cells, column, how.get("digits", DIGITS)))


def _levelled(cells: list[list[Shown]], numbers: Any, digits: int) -> list[list[Shown]]:
    """Tiny entries beside larger ones with as many decimals as those, or one more; a·10ⁿ only where that shows none."""
    sizes = [abs(cell.value) for line in cells for cell in line if cell.value is not None]
    tiny, largest = Fraction(1, 2 * 10**digits), max(sizes, default=Fraction(0))
    if not 10 * tiny <= largest < 1000:
        return cells
    places = digits + any(0 < size < tiny for size in sizes)
    return [[_decimals(cell, x, places) for cell, x in zip(*both, strict=True)]
            for both in zip(cells, numbers, strict=True)]  # fmt: skip


def _decimals(cell: Shown, number: Any, places: int) -> Shown:
    """What is shown as a·10ⁿ with so many decimals, unless it would vanish."""
    if "·" not in cell.plain or cell.value is None:
        return cell
    true = Fraction(plain(number))
    scaled = round(abs(true) * 10**places)
    if not scaled:
        return cell
    text = f"{'-' * (true < 0)}{scaled // 10**places}.{scaled % 10**places:0{places}d}"
    return _text(text, Fraction(text), Fraction(text) == true)


def _same_decimals(cells: list[list[Shown]]) -> list[list[Shown]]:
    """One number of decimals for a matrix of rounded numbers, so that its columns line up; an exact 0 stays 0."""
    texts = [cell.plain for line in cells for cell in line]
    if any("·" in t or "/" in t or not t[-1:].isdigit() for t in texts):
        return cells
    places = max(len(t.partition(".")[2]) for t in texts)
    if all(cell.true for line in cells for cell in line):
        return cells
    return [[_padded(cell, places) for cell in line] for line in cells]


def _padded(cell: Shown, places: int) -> Shown:
    if cell.true and cell.value == 0:
        return cell
    text = cell.tex if "." in cell.tex or not places else cell.tex + "."
    text += "0" * (places - len(text.partition(".")[2]))
    return Shown(text, text.replace("-", "−"), cell.value, cell.true)


def matrix_text(array: Any, **how: Any) -> Shown:
    """A whole array on the page: its entries where they fit, else its shape and norm."""
    cells = show_array(array, **how)
    if cells is None:
        return summary(array)
    tex = r" \\ ".join(" & ".join(c.tex for c in line) for line in cells)
    flat = array.ndim == 1
    rows = ["[" + ", ".join(c.plain for c in line) + "]" for line in cells]
    text = "[" + ", ".join(line[0].plain for line in cells) + "]" if flat else "[" + ", ".join(rows) + "]"
    return Shown(rf"\begin{{bmatrix}} {tex} \end{{bmatrix}}", text, None, all(c.true for line in cells for c in line))


def summary(array: Any) -> Shown:
    """A large array by its Euclidean norm, to three significant digits."""
    norm = float((array.astype(float) ** 2).sum() ** 0.5)
    if array.size and isinstance(array.flat[0], Live):
        number = Live(norm, "norm:" + ",".join(entry.sources[0] for entry in array.flat)).shown
        return Shown(rf"\lVert\cdot\rVert \approx {number.tex}", f"norm {number.plain}", None, False)
    number = _text(f"{norm:.3g}", Fraction(0), False) if 0.01 <= norm < 1000 else show(float(f"{norm:.3g}"), digits=2)
    return Shown(rf"\lVert\cdot\rVert \approx {number.tex}", f"norm {number.plain}", None, False)


def show_any(value: Any, **how: Any) -> Shown:
    """A number or an array on the page."""
    return matrix_text(value, **how) if is_array(value) else show(value, **how)


def holds(products: Sequence[Sequence[Shown]], total: Shown) -> bool:
    """Whether a sum of products equals `total` in the digits displayed."""
    result = Fraction(0)
    for factors in products:
        product = Fraction(1)
        for factor in factors:
            if factor.value is None:
                return total.value is None and total.true
            product *= factor.value
        result += product
    return total.value == result
