"""Functions that Python's math library lacks, or has not right everywhere, in doubles and without a package.

`gamma`, `lgamma` and `polygamma` on the whole real line (poles are inf, or nan where the sides disagree), the
derivatives of sinc, and eᵗ(1 − t) − 1 near 0.

>>> gamma(-1.5) == math.gamma(-1.5), polygamma(1.0, 1.0) == math.pi**2 / 6
(True, True)
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

HIGHEST = 100  # derivatives are asked one after the other; beyond this nobody gets
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
_ROOT, _ROOT_REST = 1.4616321449683622, 9.549995429965697e-17  # where digamma is 0, in two doubles


def gamma(x: float) -> float:
    """Γ(x); nan at the negative poles, ±inf at ±0 and where it overflows."""
    try:
        return math.gamma(x)
    except OverflowError:
        return math.copysign(math.inf, x)
    except ValueError:
        return math.copysign(math.inf, x) if x == 0 else math.nan


def lgamma(x: float) -> float:
    """log |Γ(x)|, by its series around 1 and 2, where it is 0 and math.lgamma keeps no digits."""
    if 0.5 <= x < 1.5:
        return _lgamma_at_two(x - 1) - math.log1p(x - 1)
    if 1.5 <= x <= 2.5:
        return _lgamma_at_two(x - 2)
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):
        return math.inf


def _lgamma_at_two(e: float) -> float:
    """log Γ(2 + e) for |e| ≤ 1/2."""
    total = 0.0
    for coefficient in reversed(_lgamma_series()):
        total = (total + coefficient) * e
    return total


@cache
def _lgamma_series() -> tuple[float, ...]:
    """1 − γ, and then ±(ζ(k) − 1)/k."""
    return (0.42278433509846713, *((-1) ** k * hurwitz(k, 2.0) / k for k in range(2, 30)))


def hurwitz(s: int, q: float) -> float:
    """Σ (q + k)^-s over k = 0, 1, ...: a sum, and the rest by Euler and Maclaurin."""
    total, end = 0.0, max(q, 10.0 + s)
    while q < end:
        total, q = total + q**-s, q + 1
    term = q ** (1 - s)
    rest = term / (s - 1) + term / q / 2
    factor = s * term / q / q / 2
    for j, number in enumerate(_BERNOULLI):
        rest += number * factor
        factor *= (s + 2 * j + 1) * (s + 2 * j + 2) / ((2 * j + 3) * (2 * j + 4)) / q / q
    return total + rest


def digamma(x: float) -> float:
    """ψ(x), the derivative of log Γ(x)."""
    return polygamma(0.0, x)


def polygamma(n: float, x: float) -> float:
    """The n-th derivative of ψ; nan at the negative poles and for orders that are not whole."""
    if not 0 <= n <= HIGHEST or n != int(n) or x != x:
        return math.nan
    order = int(n)
    if x == 0:
        return math.inf if order % 2 else -math.copysign(math.inf, x)
    if x > 0:
        return _polygamma(order, x)
    sign = -1.0 if order % 2 else 1.0
    return math.nan if x == int(x) else sign * _polygamma(order, 1 - x) - _cot_derivative(order, x)


def _polygamma(n: int, x: float) -> float:
    """For positive arguments."""
    if n == 0:
        return _digamma(x)
    sign = 1.0 if n % 2 else -1.0
    try:
        return sign * math.factorial(n) * hurwitz(n + 1, x)
    except OverflowError:
        return sign * math.inf


def _digamma(x: float) -> float:
    if abs(x - _ROOT) < 0.45:
        total, step = 0.0, (x - _ROOT) - _ROOT_REST
        for coefficient in reversed(_digamma_series()):
            total = (total + coefficient) * step
        return total
    total = 0.0
    while x < 10:
        total, x = total - 1 / x, x + 1
    rest, power = math.log(x) - 0.5 / x, 1.0
    for j, number in enumerate(_BERNOULLI):
        power /= x * x
        rest -= number * power / (2 * j + 2)
    return total + rest


@cache
def _digamma_series() -> tuple[float, ...]:
    """The Taylor coefficients of ψ at its root."""
    return tuple((-1) ** k * hurwitz(k, _ROOT + _ROOT_REST) for k in range(2, 34))


def _cot_derivative(n: int, x: float) -> float:
    """The n-th derivative of π cot(πx), as a polynomial in c = cot(πx): c' = −π(1 + c²)."""
    rows = [0, 1]  # the polynomial c
    for _ in range(n):
        slope = [i * a for i, a in enumerate(rows)][1:]
        rows = [-a - b for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    c, value = cospi(x) / sinpi(x), 0.0
    for coefficient in reversed(rows):
        value = value * c + coefficient
    return math.pi ** (n + 1) * value


def sinpi(x: float) -> float:
    """sin(πx), exact at multiples of 1/2."""
    return _turned(x, 0)


def cospi(x: float) -> float:
    """cos(πx), exact at multiples of 1/2."""
    return _turned(x, 1)


def _turned(x: float, quarters: int) -> float:
    """sin(πx + quarters·π/2), the argument brought next to 0 without rounding."""
    x = math.fmod(x, 2.0)
    near = round(2 * x)
    rest = math.pi * (x - near / 2)
    return (math.sin(rest), math.cos(rest), -math.sin(rest), -math.cos(rest))[(near + quarters) % 4]


class _Doubles:
    """What `sinc` asks of a context, as mpmath's contexts have it."""

    pi, sinpi, cospi = math.pi, staticmethod(sinpi), staticmethod(cospi)
    mpf = float


def sinc(n: Any, x: Any, context: Any = _Doubles) -> Any:
    """The n-th derivative of sin(πx)/(πx), in doubles or in an mpmath context."""
    if not 0 <= n <= HIGHEST or n != int(n) or x != x:
        return context.mpf("nan")
    n, z = int(n), context.pi * x
    if abs(z) < n + 2:
        return context.pi**n * _sinc_series(n, z, context)
    turns = (context.sinpi(x), context.cospi(x), -context.sinpi(x), -context.cospi(x))
    value = turns[0] / z
    for j in range(1, n + 1):
        value = (turns[j % 4] - j * value) / z
    return context.pi**n * value


def _sinc_series(n: int, z: Any, context: Any) -> Any:
    """The n-th derivative of sin(z)/z by its power series."""
    k = (n + 1) // 2
    power = context.mpf(1) if n % 2 == 0 else z
    term = power * (-1) ** k / context.mpf(2 * k + 1) / math.factorial(2 * k - n)
    total = term
    while total + term != total or term == total != 0:
        term *= -z * z * (2 * k + 1) / ((2 * k + 3) * (2 * k + 2 - n) * (2 * k + 1 - n))
        k, total = k + 1, total + term
    return total


def exp_bend(t: float) -> float:
    """eᵗ(1 − t) − 1, which is −t²/2 near 0."""
    if not abs(t) <= 0.5:  # a nan comes out here too
        return math.exp(t) * (1 - t) - 1 if not t >= 700 else -math.inf
    total, term, k = 0.0, -t * t / 2, 2
    while total + term != total:
        total += term
        term *= t * k / ((k - 1) * (k + 1))
        k += 1
    return total
