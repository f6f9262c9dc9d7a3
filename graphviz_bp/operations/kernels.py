"""The table of scalar functions, first part: arithmetic, the elementary functions and the special ones.

`value` is written once for all domains, in the form that stays right at extreme arguments (no overflow, no
cancellation); `shown` is the partial as the blackboard has it, in terms of the output `y` where that is shorter.
"""

from __future__ import annotations

from functools import reduce
from operator import add as plus
from typing import Any

from ..errors import InputError
from .record import Shape, broadcast, f
from .scalar import KNOWN, POWER, PRODUCT, QUOTIENT, SUM, applied, scalar, spelled


def _ln(number: int, beside: Any) -> Any:
    return applied("ln", beside, number)


def pi(beside: Any) -> Any:
    """π as a node."""
    return applied("times_pi", beside, 1)


def of_numbers(name: str) -> Any:
    """The shape rule of max and the like: they act entry by entry, which for one array nobody means."""

    def shape(*shapes: Shape) -> Shape:
        if len(shapes) == 1 and shapes[0]:
            raise InputError(
                f"{name} compares several numbers or arrays entry by entry, and this is one array",
                remedy=f"give it the entries, as in {name}(x[0], x[1])",
            )
        return broadcast(*shapes, name=name)

    return shape


def _by_base(y: Any, a: Any, n: Any) -> Any:
    return f.where(f.equal(n, 0), 0, n * a ** (n - 1))  # x**0 is flat, at 0 too


def _by_exponent(y: Any, a: Any, n: Any) -> Any:
    at_zero = f.where(f.less(n, 0), -y, 0)  # 0**n is 0 for n > 0, and infinite for n < 0
    return f.where(f.equal(a, 0), at_zero, y * f.log(a))


def _atanh_slope(y: Any, x: Any) -> Any:
    x = f.defined(x, y)
    return 1 / ((1 - x) * (1 + x))


def _logaddexp(m: Any, a: Any, b: Any) -> Any:
    return m.maximum((a, b)) + m.log1p(m.exp(-abs(a - b)))


def _share(slot: int, y: Any, *xs: Any) -> Any:
    others = [f.exp(x - xs[slot]) for i, x in enumerate(xs) if i != slot]
    return 1 / (1 + reduce(plus, others)) if others else 1


def _normal_density(m: Any, x: Any) -> Any:
    return m.div(m.exp(m.div(-x * x, m.number(2))), m.sqrt(2 * m.pi))


def _turned(m: Any, x: Any, a: Any, b: Any) -> Any:
    """x·a/b, for degrees and radians."""
    return x * m.div(a, b)


# fmt: off
#      name         rule      in words                                                        value; then the partials: shown, and computed where it differs
scalar("add",       SUM,      "a sum hands the gradient on unchanged",                        lambda m, a, b: a + b, (lambda y, a, b: 1, lambda y, a, b: 1), arity=2)
scalar("sub",       SUM,      "a difference hands it on, with a minus to the right",          lambda m, a, b: a - b,
       (lambda y, a, b: 1, lambda y, a, b: -1), arity=2)
scalar("mul",       PRODUCT,  "each factor receives the other factor",                        lambda m, a, b: a * b, (lambda y, a, b: b, lambda y, a, b: a), arity=2)
scalar("div",       QUOTIENT, "1 over the denominator; minus the numerator over its square",  lambda m, a, b: m.div(a, b),
       (lambda y, a, b: 1 / b, lambda y, a, b: -a / b**2), (lambda y, a, b: 1 / b, lambda y, a, b: -y / b), arity=2)
scalar("pow",       POWER,    "bring the exponent down and lower it by one",                  lambda m, a, b: m.power(a, b),
       (lambda y, a, n: n * a ** (n - 1), lambda y, a, n: y * f.log(a)), (_by_base, _by_exponent), arity=2)
scalar("neg",       SUM,      "a minus sign stays",                                           lambda m, x: -x, (lambda y, x: -1,))
scalar("identity",  SUM,      "another name for the same thing: the partial is 1",            lambda m, x: x, (lambda y, x: 1,))

scalar("exp",       KNOWN,    "exp is its own derivative",                                    lambda m, x: m.exp(x), (lambda y, x: y,), tex=r"\exp")
scalar("exp2",      KNOWN,    "the power itself times the log of its base",                   lambda m, x: m.exp2(x), (lambda y, x: y * _ln(2, x),))
scalar("expm1",     KNOWN,    "exp is its own derivative, and the 1 drops out",               lambda m, x: m.expm1(x),
       (lambda y, x: y + 1,), (lambda y, x: f.exp(x),))
scalar("log",       KNOWN,    "the derivative of log is 1 over the argument",                 lambda m, x: m.log(x),
       (lambda y, x: 1 / x,), (lambda y, x: 1 / f.defined(x, y),), tex=r"\log")
spelled("ln", "log", words="the derivative of ln is 1 over the argument", tex=r"\ln")
scalar("log2",      KNOWN,    "1 over the argument and the log of the base",                  lambda m, x: m.log2(x),
       (lambda y, x: 1 / (x * _ln(2, x)),), (lambda y, x: 1 / (f.defined(x, y) * _ln(2, x)),))
scalar("log10",     KNOWN,    "1 over the argument and the log of the base",                  lambda m, x: m.log10(x),
       (lambda y, x: 1 / (x * _ln(10, x)),), (lambda y, x: 1 / (f.defined(x, y) * _ln(10, x)),))
scalar("log1p",     KNOWN,    "the derivative of log is 1 over the argument",                 lambda m, x: m.log1p(x),
       (lambda y, x: 1 / (1 + x),), (lambda y, x: 1 / (1 + f.defined(x, y)),))
scalar("sqrt",      POWER,    "1 over twice the root",                                        lambda m, x: m.sqrt(x), (lambda y, x: 1 / (2 * y),))
scalar("cbrt",      POWER,    "1 over three times the root squared",                          lambda m, x: m.cbrt(x), (lambda y, x: 1 / (3 * y**2),))
scalar("hypot",     KNOWN,    "each side over the hypotenuse",                                lambda m, a, b: m.hypot(a, b),
       (lambda y, a, b: a / y, lambda y, a, b: b / y),
       (lambda y, a, b: f.where(f.equal(y, 0), 0, a / y), lambda y, a, b: f.where(f.equal(y, 0), 0, b / y)), arity=2,
       kink=lambda m, a, b: (a == 0) & (b == 0), convention="hypot has slope 0 at the origin")
scalar("logaddexp", KNOWN,    "each argument receives its share of the sum of exponentials",  _logaddexp,
       (lambda y, a, b: f.exp(a - y), lambda y, a, b: f.exp(b - y)), (lambda y, a, b: f.sigmoid(a - b), lambda y, a, b: f.sigmoid(b - a)), arity=2,
       symbol=lambda m, a, b: m.log(m.exp(a) + m.exp(b)))
scalar("logsumexp", KNOWN,    "each argument receives its share of the sum of exponentials",  lambda m, *xs: reduce(lambda a, b: _logaddexp(m, a, b), xs),
       lambda slot, y, *xs: f.exp(xs[slot] - y), _share, arity=None, shape=of_numbers("logsumexp"), along="logsumexp_along",
       symbol=lambda m, *xs: m.log(reduce(plus, map(m.exp, xs))), tex=r"\operatorname{logsumexp}",
       meaning=lambda *xs: f.log(reduce(plus, map(f.exp, xs))))

scalar("sin",       KNOWN,    "sin becomes cos",                                              lambda m, x: m.sin(x), (lambda y, x: f.cos(x),), tex=r"\sin")
scalar("cos",       KNOWN,    "cos becomes minus sin",                                        lambda m, x: m.cos(x), (lambda y, x: -f.sin(x),), tex=r"\cos")
scalar("tan",       KNOWN,    "1 plus the square of the output",                              lambda m, x: m.tan(x),
       (lambda y, x: 1 + y**2,), tex=r"\tan", meaning=lambda x: f.sin(x) / f.cos(x))
scalar("sec",       KNOWN,    "sec times tan",                                                lambda m, x: m.div(m.number(1), m.cos(x)),
       (lambda y, x: y * f.tan(x),), tex=r"\sec", meaning=lambda x: 1 / f.cos(x))
scalar("csc",       KNOWN,    "minus csc times cot",                                          lambda m, x: m.div(m.number(1), m.sin(x)),
       (lambda y, x: -y * f.cot(x),), tex=r"\operatorname{csc}", meaning=lambda x: 1 / f.sin(x))
scalar("cot",       KNOWN,    "minus 1 minus the square of the output",                       lambda m, x: m.div(m.cos(x), m.sin(x)),
       (lambda y, x: -(1 + y**2),), tex=r"\cot", meaning=lambda x: f.cos(x) / f.sin(x))
scalar("asin",      KNOWN,    "1 over the root of 1 minus the square",                        lambda m, x: m.asin(x),
       (lambda y, x: 1 / f.sqrt(1 - x**2),), (lambda y, x: 1 / (f.sqrt(1 - x) * f.sqrt(1 + x)),), tex=r"\arcsin", plain="arcsin")
scalar("acos",      KNOWN,    "minus 1 over the root of 1 minus the square",                  lambda m, x: m.acos(x),
       (lambda y, x: -1 / f.sqrt(1 - x**2),), (lambda y, x: -1 / (f.sqrt(1 - x) * f.sqrt(1 + x)),), tex=r"\arccos", plain="arccos")
scalar("atan",      KNOWN,    "1 over 1 plus the square",                                     lambda m, x: m.atan(x),
       (lambda y, x: 1 / (1 + x**2),), tex=r"\arctan", plain="arctan")
scalar("atan2",     KNOWN,    "the other side over the squared distance, minus to the right", lambda m, a, b: m.atan2(a, b),
       (lambda y, a, b: b / (a**2 + b**2), lambda y, a, b: -a / (a**2 + b**2)),
       (lambda y, a, b: b / f.hypot(a, b) / f.hypot(a, b), lambda y, a, b: -a / f.hypot(a, b) / f.hypot(a, b)), arity=2, tex=r"\operatorname{atan2}",
       kink=lambda m, a, b: (a == 0) & (b < 0), convention="atan2 jumps by 2π and keeps the slopes of its two sides")
scalar("sinh",      KNOWN,    "sinh becomes cosh",                                            lambda m, x: m.sinh(x),
       (lambda y, x: f.cosh(x),), tex=r"\sinh", meaning=lambda x: (f.exp(x) - f.exp(-x)) / 2)
scalar("cosh",      KNOWN,    "cosh becomes sinh",                                            lambda m, x: m.cosh(x),
       (lambda y, x: f.sinh(x),), tex=r"\cosh", meaning=lambda x: (f.exp(x) + f.exp(-x)) / 2)
scalar("tanh",      KNOWN,    "1 minus the square of the output",                             lambda m, x: m.tanh(x),
       (lambda y, x: 1 - y**2,), (lambda y, x: f.sech(x) ** 2,), tex=r"\tanh", meaning=lambda x: f.sinh(x) / f.cosh(x))
scalar("sech",      KNOWN,    "minus sech times tanh",                                        lambda m, x: m.div(2 * m.exp(-abs(x)), 1 + m.exp(-2 * abs(x))),
       (lambda y, x: -y * f.tanh(x),), tex=r"\operatorname{sech}", symbol=lambda m, x: 1 / m.cosh(x), meaning=lambda x: 1 / f.cosh(x))
scalar("asinh",     KNOWN,    "1 over the root of the square plus 1",                         lambda m, x: m.asinh(x),
       (lambda y, x: 1 / f.sqrt(x**2 + 1),), (lambda y, x: 1 / f.hypot(x, 1),), tex=r"\operatorname{arsinh}", plain="arsinh")
scalar("acosh",     KNOWN,    "1 over the root of the square minus 1",                        lambda m, x: m.acosh(x),
       (lambda y, x: 1 / f.sqrt(x**2 - 1),), (lambda y, x: 1 / (f.sqrt(x - 1) * f.sqrt(x + 1)),), tex=r"\operatorname{arcosh}", plain="arcosh")
scalar("atanh",     KNOWN,    "1 over 1 minus the square",                                    lambda m, x: m.atanh(x),
       (lambda y, x: 1 / (1 - x**2),), (_atanh_slope,), tex=r"\operatorname{artanh}", plain="artanh")
spelled("arcsin", "asin")
spelled("arccos", "acos")
spelled("arctan", "atan")
spelled("arctan2", "atan2")
spelled("arcsinh", "asinh")
spelled("arccosh", "acosh")
spelled("arctanh", "atanh")
scalar("times_pi",  SUM,      "the factor π stays",                                           lambda m, x: x * m.pi, (lambda y, x: pi(x),))
scalar("deg2rad",   SUM,      "the factor π/180 stays",                                       lambda m, x: _turned(m, x, m.pi, m.number(180)),
       (lambda y, x: pi(x) / 180,))
scalar("rad2deg",   SUM,      "the factor 180/π stays",                                       lambda m, x: _turned(m, x, m.number(180), m.pi),
       (lambda y, x: 180 / pi(x),))
scalar("sinc",      KNOWN,    "cos πx minus the output, over the argument",                   lambda m, x: m.sinc(m.number(0), x),
       (lambda y, x: (f.cos(f.times_pi(x)) - y) / x,), (lambda y, x: f.sinc_nth(1, x),), tex=r"\operatorname{sinc}",
       meaning=lambda x: f.sin(f.times_pi(x)) / f.times_pi(x))
scalar("sinc_nth",  KNOWN,    "the derivative of one order more",                             lambda m, n, x: m.sinc(n, x),
       (None, lambda y, n, x: f.sinc_nth(n + 1, x)), arity=2)

scalar("erf",       KNOWN,    "twice the bell curve exp(−x²) over the root of π",             lambda m, x: m.erf(x),
       (lambda y, x: 2 * f.exp(-(x**2)) / f.sqrt(pi(x)),), tex=r"\operatorname{erf}")
scalar("erfc",      KNOWN,    "minus twice the bell curve exp(−x²) over the root of π",       lambda m, x: m.erfc(x),
       (lambda y, x: -2 * f.exp(-(x**2)) / f.sqrt(pi(x)),), tex=r"\operatorname{erfc}")
scalar("Phi",       KNOWN,    "the density φ of the normal distribution", lambda m, x: m.div(m.erfc(m.div(-x, m.sqrt(m.number(2)))), m.number(2)),
       (lambda y, x: f.phi(x),), tex=r"\Phi", plain="Φ", symbol=lambda m, x: (1 + m.erf(x / m.sqrt(m.number(2)))) / 2,
       meaning=lambda x: (1 + f.erf(x / applied("sqrt", x, 2))) / 2)
scalar("phi",       KNOWN,    "minus the argument times the output",                          _normal_density,
       (lambda y, x: -x * y,), tex=r"\varphi", plain="φ", meaning=lambda x: f.exp(-(x**2) / 2) / f.sqrt(2 * pi(x)))
scalar("gamma",     KNOWN,    "the output times ψ",                                           lambda m, x: m.gamma(x),
       (lambda y, x: y * f.digamma(x),), tex=r"\Gamma", plain="Γ")
scalar("lgamma",    KNOWN,    "the derivative of log Γ is ψ",                                 lambda m, x: m.lgamma(x),
       (lambda y, x: f.digamma(x),), tex=r"\log\Gamma", plain="log Γ")
scalar("digamma",   KNOWN,    "the next polygamma function",                                  lambda m, x: m.digamma(x),
       (lambda y, x: f.polygamma(1, x),), tex=r"\psi", plain="ψ")
scalar("polygamma", KNOWN,    "the next polygamma function",                                  lambda m, n, x: m.polygamma(n, x),
       (None, lambda y, n, x: f.polygamma(n + 1, x)), arity=2)
scalar("exp_bend",  KNOWN,    "minus the argument times exp",                                 lambda m, t: m.exp_bend(t), (lambda y, t: -t * f.exp(t),))

# guards: the identity in mathematics; they change what doubles would get wrong
scalar("defined",   SUM,      "handed on; x itself, but nan where the other argument is nan", lambda m, x, y: m.defined(x, y), (lambda out, x, y: 1, None), arity=2)
scalar("finite",    SUM,      "handed on; x itself, but the largest number where x is infinite", lambda m, x: m.finite(x), (lambda y, x: 1,))
# fmt: on
