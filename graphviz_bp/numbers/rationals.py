"""Rational arithmetic that says so when there is no exact result: the functions of the exact domain."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

from .functions import FUNCTIONS

BITS = 256  # an exact number longer than this sends the whole run to doubles


class Share(Fraction):
    """A fraction of a count, shown over that count: 2/4 where four examples were averaged, not 1/2.

    >>> 2 * Share(1, 4), str(Share(2, 4))
    (Fraction(1, 2), '2/4')
    """

    __slots__ = ("count", "top")
    top: int
    count: int

    def __new__(cls, top: int, count: int) -> Share:
        self = super().__new__(cls, top, count)
        self.top, self.count = top, count
        return self

    def __str__(self) -> str:
        return f"{self.top}/{self.count}"

    def __reduce__(self) -> tuple[type[Share], tuple[int, int]]:
        return Share, (self.top, self.count)


class NotExact(ArithmeticError):
    """There is no (short) exact value here: the reason, and (once it is known) the node where it was first met."""

    def __init__(self, reason: str, node: str = "") -> None:
        super().__init__(f"{reason}, at {node}" if node else reason)
        self.reason = reason


def to_fraction(number: Any) -> Fraction | int:
    """The exact value of an int, Fraction or Decimal; anything else is not exact.

    >>> to_fraction(Decimal("0.8"))
    Fraction(4, 5)
    """
    kind = type(number)
    if kind is int or kind is Fraction:
        return number  # type: ignore[no-any-return]
    if kind is bool:
        return int(number)
    if kind is Share:
        return Fraction(number.numerator, number.denominator)
    if kind is Decimal and number.is_finite():
        return Fraction(number)
    if hasattr(number, "dtype") and number.dtype.kind in "iub":  # a NumPy integer
        return int(number)
    raise NotExact(f"{number!r} is not an exact number")


def quotient(a: Fraction | int, b: Fraction | int) -> Fraction | int:
    """a/b."""
    if b == 0:
        raise NotExact("a division by zero")
    return Fraction(a) / b


def power(base: Fraction | int, exponent: Fraction | int) -> Fraction | int:
    """base ** exponent, if it is short; its length is measured before it is computed."""
    if exponent == Fraction(1, 2):
        return _square_root(base)
    if exponent != int(exponent):
        raise NotExact("a power with a fractional exponent has no exact value")
    if base == 0 and exponent < 0:
        raise NotExact("a division by zero")
    size = max(Fraction(base).numerator.bit_length(), Fraction(base).denominator.bit_length())
    if size > 1 and size * abs(int(exponent)) > 2 * BITS:
        raise NotExact(f"a number grew beyond {BITS} bits")
    return (base if exponent >= 0 else Fraction(base)) ** int(exponent)


def function(name: str) -> Callable[..., Any]:
    """A function on rational numbers; most of them are rational at a few known points only.

    >>> function("log2")(Fraction(1, 8)), function("sin")(0)
    (-3, 0)
    """
    return _RATIONAL.get(name) or partial(_at_known_point, name)


def _at_known_point(name: str, *xs: Fraction | int) -> int:
    try:
        return FUNCTIONS[name].exact[xs if len(xs) > 1 else xs[0]]  # type: ignore[no-any-return]
    except KeyError:
        raise NotExact(f"{name} has no exact value here") from None


def _square_root(x: Fraction | int) -> Fraction:
    if x < 0:
        raise NotExact("the square root of a negative number")
    root = Fraction(math.isqrt(Fraction(x).numerator), math.isqrt(Fraction(x).denominator))
    if root * root != x:
        raise NotExact("an irrational square root")
    return root


def _cube_root(x: Fraction | int) -> Fraction:
    size, sign = abs(Fraction(x)), 1 if x >= 0 else -1
    root = Fraction(_whole_cube_root(size.numerator), _whole_cube_root(size.denominator))
    if root**3 != size:
        raise NotExact("an irrational cube root")
    return sign * root


def _whole_cube_root(n: int) -> int:
    """The whole part of a cube root, by Newton's steps from above."""
    root = 1 << -(-n.bit_length() // 3)
    while root**3 > n:
        root = (2 * root + n // root**2) // 3
    return root


def _logarithm(base: int) -> Callable[[Fraction | int], int]:
    def log(x: Fraction | int) -> int:
        if x > 0:
            exponent = round((math.log(Fraction(x).numerator) - math.log(Fraction(x).denominator)) / math.log(base))
            if x == Fraction(base) ** exponent:
                return exponent
        raise NotExact(f"log{base} has no exact value here")

    return log


_RATIONAL: dict[str, Callable[..., Any]] = {
    "sqrt": _square_root, "cbrt": _cube_root, "hypot": lambda a, b: _square_root(a * a + b * b),
    "exp2": partial(power, 2), "log2": _logarithm(2), "log10": _logarithm(10),
    "floor": math.floor, "ceil": math.ceil, "sign": lambda x: (x > 0) - (x < 0),
}  # fmt: skip
