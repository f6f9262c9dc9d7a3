"""Forty digits that say so when they are not worth much: numbers too large to compute, and numbers with error bounds.

`careful(40)` is the domain in which sides are compared first; what would take too long to compute (exp of a huge
argument) raises `TooLarge`. `Balls(80)` bounds the error of every number it computes, so that two values are called
different only if they are: the difference must be larger than both errors. Loose decimals (0.73 for anything that
rounds to it) are balls as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from ..numbers import Digits, Domain
from ..numbers.functions import FUNCTIONS

LARGEST = 1_000_000  # arguments of functions stay below, and so do binary exponents of results, times a thousand
_HARMLESS = {"log", "log2", "log10", "log1p", "sqrt", "cbrt", "sign", "hypot", "atan", "atan2", "asinh", "erf"}


class TooLarge(ArithmeticError):
    """A number that would take too long to compute."""


class Unclear(ArithmeticError):
    """A result that the errors leave open: a choice or a division by a number that is smaller than its error."""


class Undecided(Unclear):
    """A choice that depends on a number smaller than its error; a domain that leans to one side makes it."""


class _Careful(Digits):
    """mpmath numbers whose functions refuse huge arguments."""

    def _function(self, name: str) -> Callable[..., Any]:
        function = super()._function(name)
        if name in _HARMLESS:
            return function

        def apply(*xs: Any) -> Any:
            if any(abs(x) > LARGEST for x in xs):
                raise TooLarge(name)
            return function(*xs)

        return apply

    def _power(self, a: Any, b: Any) -> Any:
        if a and abs(a) != 1 and abs(b) > 1 and abs(self.context.mag(a)) * abs(b) > 1000 * LARGEST:
            raise TooLarge("power")
        found = super()._power(a, b)
        if found and self.context.isfinite(found) and abs(self.context.mag(found)) > 1000 * LARGEST:
            raise TooLarge("power")
        return found


@cache
def careful(count: int = 40) -> Digits:
    """mpmath numbers of that many digits, within reason."""
    return _Careful(count)


class Ball:
    """A number known up to an error: middle ± radius."""

    __slots__ = ("m", "middle", "radius")

    def __init__(self, m: Balls, middle: Any, radius: Any) -> None:
        self.m, self.middle, self.radius = m, middle, radius

    def _made(self, middle: Any, radius: Any) -> Ball:
        """The result of an operation with its rounding error."""
        return Ball(self.m, middle, radius + abs(middle) * self.m.epsilon)

    def _sum(self, other: Ball, middle: Any) -> Ball:
        """A sum or difference; exact where no bit is lost."""
        if not self.radius and not other.radius and self.m.adds_exactly(self.middle, other.middle):
            return Ball(self.m, middle, 0)
        return self._made(middle, self.radius + other.radius)

    def __add__(self, other: Any) -> Ball:
        other = self.m.number(other)
        return self._sum(other, self.middle + other.middle)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Ball:
        other = self.m.number(other)
        return self._sum(other, self.middle - other.middle)

    def __rsub__(self, other: Any) -> Ball:
        return self.m.ball(other) - self

    def __mul__(self, other: Any) -> Ball:
        other = self.m.number(other)
        middle = self.middle * other.middle
        if not self.radius and not other.radius and self.m.multiplies_exactly(self.middle, other.middle):
            return Ball(self.m, middle, 0)
        error = abs(self.middle) * other.radius + abs(other.middle) * self.radius + self.radius * other.radius
        return self._made(middle, error)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Ball:
        other = self.m.number(other)
        least = abs(other.middle) - other.radius
        if not least > 0:
            raise Unclear("a division by what may be zero")
        middle = self.middle / other.middle
        return self._made(middle, (self.radius + abs(middle) * other.radius) / least)

    def __rtruediv__(self, other: Any) -> Ball:
        return self.m.ball(other) / self

    def __pow__(self, other: Any) -> Ball:
        return self.m.power(self, other)

    def __neg__(self) -> Ball:
        return Ball(self.m, -self.middle, self.radius)

    def __abs__(self) -> Ball:
        return Ball(self.m, abs(self.middle), self.radius)

    def sign(self) -> int:
        """−1, 0 or 1; unclear where the error is larger than the number."""
        if self.middle != self.middle:
            raise Unclear("a choice depends on something undefined")
        if abs(self.middle) <= self.radius and self.radius:
            if self.m.lean:
                return self.m.lean
            raise Undecided("a choice depends on a number that may be zero")
        return int(self.middle > 0) - int(self.middle < 0)

    def __gt__(self, other: Any) -> bool:
        return bool((self - other).sign() > 0)

    def __lt__(self, other: Any) -> bool:
        return bool((self - other).sign() < 0)

    def __ge__(self, other: Any) -> bool:
        return bool((self - other).sign() >= 0)

    def __le__(self, other: Any) -> bool:
        return bool((self - other).sign() <= 0)

    def __eq__(self, other: object) -> bool:
        return self is other or (self - other).sign() == 0

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __bool__(self) -> bool:
        return self.sign() != 0

    __hash__ = None  # type: ignore[assignment]


class Balls(Domain):
    """Numbers with error bounds; with `loose`, typed decimals stand for everything that rounds or cuts to them.

    A domain with a `lean` of 1 or −1 takes numbers that may be zero to be positive or negative where it has to choose.
    """

    def __init__(self, count: int, *, loose: bool = False, lean: int = 0) -> None:
        self.digits, self.loose, self.lean = careful(count), loose, lean
        self.name = f"{count} digits with error bounds, leaning {lean}"
        self.context = self.digits.context
        self.epsilon = self.context.mpf(2) ** (2 - self.context.prec)

    def adds_exactly(self, a: Any, b: Any) -> bool:
        """Whether the sum of two exact numbers has room for all their bits."""
        (_, m, e, bits), (_, n, f, others) = a._mpf_, b._mpf_
        return not m or not n or max(e + bits, f + others) - min(e, f) < self.context.prec

    def multiplies_exactly(self, a: Any, b: Any) -> bool:
        """Whether the product of two exact numbers has room for all their bits."""
        return bool(a._mpf_[3] + b._mpf_[3] < self.context.prec)

    def number(self, value: Any) -> Any:
        return self.ball(value)

    def ball(self, value: Any) -> Ball:
        """A number with its error."""
        if isinstance(value, Ball):
            return value
        middle = self.digits.number(value)
        if self.loose and isinstance(value, Decimal):
            return Ball(self, middle, self.context.mpf(10) ** value.as_tuple().exponent)
        return Ball(self, middle, 0 if self._is_exact(value) else abs(middle) * self.epsilon)

    def _is_exact(self, value: Any) -> bool:
        """Whether a number is a short multiple of a power of two, and so not rounded."""
        if isinstance(value, float):
            return True
        number = Fraction(value)
        return number.denominator & (number.denominator - 1) == 0 and number.numerator.bit_length() < self.context.prec

    @property
    def pi(self) -> Ball:
        return Ball(self, self.digits.pi, 4 * self.epsilon)

    def div(self, a: Any, b: Any) -> Ball:
        return self.number(a) / b  # type: ignore[no-any-return]

    def power(self, a: Any, b: Any) -> Ball:
        a, b = self.number(a), self.number(b)
        if not b.radius and self.context.isint(b.middle) and a.radius >= abs(a.middle) > 0:
            raise Unclear("a power of what may be zero")
        return self._spread(self.digits.power, a, b)

    def maximum(self, xs: Sequence[Any]) -> Any:
        return max(map(self.number, xs))

    def minimum(self, xs: Sequence[Any]) -> Any:
        return min(map(self.number, xs))

    def same(self, a: Any, b: Any) -> bool:
        return bool(self.number(a) == b)

    def defined(self, value: Any, where: Any) -> Any:
        return value if where.middle == where.middle else where

    def _spread(self, function: Callable[..., Any], *xs: Ball) -> Ball:
        """A function of balls: its value in the middle, and how far it moves within the errors."""
        middle = function(*(x.middle for x in xs))
        radius = abs(middle) * self.epsilon
        for slot, x in enumerate(xs):
            if not x.radius:
                continue
            moved = [function(*(y.middle + (side * x.radius if i == slot else 0) for i, y in enumerate(xs))) for side in (1, -1)]
            if any(value != value for value in moved):
                raise Unclear("a value next to the end of where it is defined")
            radius += 2 * max(abs(value - middle) for value in moved) + abs(middle) * self.epsilon
        return Ball(self, middle, radius)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        function = getattr(self.digits, name)
        return lambda *xs: self._spread(function, *map(self.number, xs))


@cache
def balls(count: int, *, loose: bool = False, lean: int = 0) -> Balls:
    """The domain of numbers with so many digits and an error bound."""
    return Balls(count, loose=loose, lean=lean)
