"""The table of scalar functions, third part: the activations of a course, as PyTorch defines them.

Where one has a kink, its partial there is PyTorch's: 0 for relu, relu6, hardtanh and hardsigmoid, the slope of the
side below for leaky_relu, elu and selu, and for hardswish 0 at −3 and 1 at 3. A run says so when it meets one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .kernels import pi
from .record import f
from .scalar import CHOICE, KNOWN, PRODUCT, QUOTIENT, composed, scalar

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
SELU_SLOPE = Fraction(SELU_SCALE) * Fraction(SELU_ALPHA)
GELU_CUBIC = Decimal("0.044715")


def _sigmoid(m: Any, x: Any) -> Any:
    e = m.exp(-abs(x))  # at most 1, so nothing overflows on either side
    return m.div(m.where(m.test(x >= 0), m.number(1), e), 1 + e)


def _softplus(m: Any, x: Any) -> Any:
    return m.maximum((x, m.number(0))) + m.log1p(m.exp(-abs(x)))


def _positive_or(below: Callable[..., Any]) -> Callable[..., Any]:
    """x where x is positive, else `below`, whose argument is never positive (so that its exponential is not infinite)."""

    def value(m: Any, x: Any, a: Any) -> Any:
        return m.where(m.test(x > 0), x, below(m, m.minimum((x, m.number(0))), a))

    return value


def _in_symbols(below: Callable[..., Any]) -> Callable[..., Any]:
    """The same as a sum, where `below` is 0 at 0: conditions that hold a Piecewise are slow in SymPy."""
    return lambda m, x, a: m.maximum((x, m.number(0))) + below(m, m.minimum((x, m.number(0))), a)


def _clamped(lo: int, hi: int) -> Callable[..., Any]:
    """min(max(x, lo), hi)"""
    return lambda m, x: m.minimum((m.maximum((x, m.number(lo))), m.number(hi)))


def _gelu_bend(x: Any) -> Any:
    """√(2/π)·(x + 0.044715 x³), which a tanh bends into nearly 2Φ(x) − 1."""
    return f.sqrt(2 / pi(x)) * (x + GELU_CUBIC * x**3)


def _gelu_tanh_shown(y: Any, x: Any) -> Any:
    t = f.tanh(_gelu_bend(x))
    return (1 + t) / 2 + x * (1 - t**2) / 2 * f.sqrt(2 / pi(x)) * (1 + 3 * GELU_CUBIC * x**2)


def _gelu_tanh_slope(y: Any, x: Any) -> Any:
    v = f.finite(2 * _gelu_bend(x))
    return f.sigmoid(v) + v * f.sigmoid(v) * f.sigmoid(-v) * (3 - 2 / (1 + GELU_CUBIC * x**2))


# fmt: off
#      name            rule      in words                                                        value; then the partials: shown, and computed where it differs
scalar("sigmoid",      KNOWN,    "the output times 1 minus the output",                          _sigmoid,
       (lambda y, x: y * (1 - y),), (lambda y, x: y * f.sigmoid(-x),), tex=r"\sigma", plain="σ", symbol=lambda m, x: 1 / (1 + m.exp(-x)),
       meaning=lambda x: 1 / (1 + f.exp(-x)))
scalar("softplus",     KNOWN,    "the derivative of softplus is the sigmoid",                    _softplus,
       (lambda y, x: f.sigmoid(x),), tex=r"\operatorname{softplus}", symbol=lambda m, x: m.log(1 + m.exp(x)), meaning=lambda x: f.log(1 + f.exp(x)))
composed("logsigmoid", KNOWN,    "the sigmoid of minus the argument",                            lambda x: -f.softplus(-x),
       tex=r"\log\sigma", plain="log σ", meaning=lambda x: f.log(f.sigmoid(x)))
composed("silu",       PRODUCT,  "each factor of x·σ(x) receives the other",                     lambda x: x * f.sigmoid(x),
       tex=r"\operatorname{SiLU}", plain="SiLU")
composed("mish",       PRODUCT,  "x and tanh(softplus(x)) each receive the other",               lambda x: x * f.tanh(f.softplus(x)),
       tex=r"\operatorname{Mish}", plain="Mish")
composed("gelu",       PRODUCT,  "each factor of x·Φ(x) receives the other",                     lambda x: x * f.Phi(x), tex=r"\operatorname{GELU}", plain="GELU")
composed("gelu_tanh",  PRODUCT,  "x/2 and 1 + tanh each receive the other",                      lambda x: x * f.sigmoid(2 * _gelu_bend(x)),
       (_gelu_tanh_shown,), (_gelu_tanh_slope,), tex=r"\operatorname{GELU}_{\tanh}", plain="GELU_tanh",
       meaning=lambda x: x / 2 * (1 + f.tanh(_gelu_bend(x))))
scalar("softsign",     QUOTIENT, "1 over the denominator squared",                               lambda m, x: m.div(x, 1 + abs(x)),
       (lambda y, x: 1 / (1 + abs(x)) ** 2,), tex=r"\operatorname{softsign}", meaning=lambda x: x / (1 + abs(x)))

scalar("relu",         CHOICE,   "1 where the argument is positive, else 0",                     lambda m, x: m.maximum((x, m.number(0))),
       (lambda y, x: f.step(x),), tex=r"\operatorname{ReLU}", plain="ReLU", kink=lambda m, x: x == 0, convention="relu'(0) = 0",
       meaning=lambda x: f.max(0, x))
scalar("leaky_relu",   CHOICE,   "1 where the argument is positive, else a",                     _positive_or(lambda m, x, a: a * x),
       (lambda y, x, a: f.where(x > 0, 1, a), lambda y, x, a: f.where(x > 0, 0, x)), arity=2, optional=(("a", Decimal("0.01")),),
       tex=r"\operatorname{LeakyReLU}", plain="LeakyReLU",
       symbol=_in_symbols(lambda m, x, a: a * x), kink=lambda m, x, a: (x == 0) & (a != 1), convention="leaky_relu'(0) = a, the slope below",
       meaning=lambda x, a: f.where(x > 0, x, a * x))
scalar("elu",          CHOICE,   "1 where the argument is positive, else α times exp",           _positive_or(lambda m, x, a: a * m.expm1(x)),
       (lambda y, x, a: f.where(x > 0, 1, a * f.exp(x)), lambda y, x, a: f.where(x > 0, 0, f.expm1(x))), arity=2, tex=r"\operatorname{ELU}", plain="ELU", optional=(("alpha", 1),),
       symbol=_in_symbols(lambda m, x, a: a * m.expm1(x)), kink=lambda m, x, a: (x == 0) & (a != 1), convention="elu'(0) = α, the slope below",
       meaning=lambda x, a: f.where(x > 0, x, a * (f.exp(x) - 1)))
composed("selu",       CHOICE,   "the slope of elu, scaled",                                     lambda x: SELU_SCALE * f.elu(x, SELU_ALPHA),
       (lambda y, x: f.where(x > 0, SELU_SCALE, y + SELU_SLOPE),), tex=r"\operatorname{SELU}", plain="SELU", kink=lambda m, x: x == 0,
       convention="selu'(0) ≈ 1.758, the slope below")
scalar("celu",         CHOICE,   "1 where the argument is positive, else exp of x/α",            _positive_or(lambda m, x, a: a * m.expm1(m.div(x, a))),
       (lambda y, x, a: f.where(x > 0, 1, f.exp(x / a)), lambda y, x, a: f.where(x > 0, 0, f.exp(x / a) * (1 - x / a) - 1)),
       (lambda y, x, a: f.where(x > 0, 1, f.exp(x / a)), lambda y, x, a: f.where(x > 0, 0, f.exp_bend(x / a))), arity=2, tex=r"\operatorname{CELU}", plain="CELU", optional=(("alpha", 1),),
       symbol=_in_symbols(lambda m, x, a: a * m.expm1(x / a)), meaning=lambda x, a: f.where(x > 0, x, a * (f.exp(x / a) - 1)))
scalar("hardtanh",     CHOICE,   "1 between −1 and 1, else 0",                                   _clamped(-1, 1),
       (lambda y, x: f.less(abs(x), 1),), tex=r"\operatorname{hardtanh}", kink=lambda m, x: abs(x) == 1, convention="hardtanh'(±1) = 0",
       meaning=lambda x: f.clip(x, -1, 1))
scalar("hardsigmoid",  CHOICE,   "1/6 between −3 and 3, else 0",                                 lambda m, x: m.div(_clamped(0, 6)(m, x + 3), m.number(6)),
       (lambda y, x: f.less(abs(x), 3) / 6,), tex=r"\operatorname{hardsigmoid}", kink=lambda m, x: abs(x) == 3, convention="hardsigmoid'(±3) = 0",
       meaning=lambda x: f.clip((x + 3) / 6, 0, 1))
composed("hardswish",  CHOICE,   "product rule on x times hardsigmoid",                          lambda x: x * f.hardsigmoid(x),
       tex=r"\operatorname{hardswish}", kink=lambda m, x: abs(x) == 3, convention="hardswish'(−3) = 0 and hardswish'(3) = 1")
scalar("relu6",        CHOICE,   "1 between 0 and 6, else 0",                                    _clamped(0, 6),
       (lambda y, x: f.greater(x, 0) * f.less(x, 6),), tex=r"\operatorname{ReLU6}", plain="ReLU6", kink=lambda m, x: (x == 0) | (x == 6),
       convention="relu6'(0) = relu6'(6) = 0", meaning=lambda x: f.clip(x, 0, 6))
# fmt: on
