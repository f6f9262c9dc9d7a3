"""The table of scalar functions, applied entry by entry: one row per operation.

`value` is written once for all domains, in the form that stays right at extreme arguments (no overflow, no
cancellation). `shown` is the partial as the blackboard has it, in terms of the output `y` where that is shorter;
`computed` is the same function in the form that stays right. A test has SymPy prove both equal to the derivative.

Conventions at kinks: step(0) = 0, sign(0) = 0, so relu'(0) = 0 and abs'(0) = 0; tied arguments of max and min
share the gradient equally.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add as plus
from typing import Any

from .record import Operation, Shape, broadcast, enter, f


def scalar(name: str, rule: str, words: str, value: Callable[..., Any], shown: Any, computed: Any = None,
           *, arity: int | None = 1, **row: Any) -> None:  # fmt: skip
    """Enter a scalar function; `computed` is `shown` unless stated."""

    def shape(*shapes: Shape) -> Shape:
        return broadcast(*shapes, name=name)

    enter(Operation(name, rule, words, value, shape, arity, shown, shown if computed is None else computed, **row))


def _sigmoid(m: Any, x: Any) -> Any:
    e = m.exp(-abs(x))  # at most 1, so nothing overflows on either side
    return m.div(m.where(m.test(x >= 0), m.number(1), e), 1 + e)


def _sech(m: Any, x: Any) -> Any:
    e = m.exp(-abs(x))
    return m.div(2 * e, 1 + e * e)


def _is_best(slot: int, y: Any, *xs: Any) -> Any:
    return f.equal(xs[slot], y)  # on the blackboard, where nothing is tied


def _equal_shares(slot: int, y: Any, *xs: Any) -> Any:
    return f.equal(xs[slot], y) / reduce(plus, [f.equal(x, y) for x in xs])


def _tied(m: Any, best: Callable[[Any], Any], xs: tuple[Any, ...]) -> Any:
    y = best(xs)
    return reduce(plus, [m.test(x == y) for x in xs]) > 1


def _by_base(y: Any, a: Any, n: Any) -> Any:
    return f.where(f.equal(n, 0), 0, n * a ** (n - 1))  # x**0 is flat, at 0 too


def _by_exponent(y: Any, a: Any, n: Any) -> Any:
    return f.where(f.equal(a, 0), 0, y * f.log(a))


SUM, PRODUCT, QUOTIENT, POWER, KNOWN, CHOICE = (
    "sum rule", "product rule", "quotient rule", "power rule", "known derivative", "choice",
)  # fmt: skip
FLAT = "flat on both sides: no gradient flows back"

# fmt: off
#      name        rule      in words                                              value                              the partials: shown, then computed where it differs
scalar("add",      SUM,      "a sum hands the gradient on unchanged",              lambda m, a, b: a + b,             (lambda y, a, b: 1,          lambda y, a, b: 1), arity=2)
scalar("sub",      SUM,      "a difference hands it on, with a minus to the right", lambda m, a, b: a - b,            (lambda y, a, b: 1,          lambda y, a, b: -1), arity=2)
scalar("mul",      PRODUCT,  "each factor receives the other factor",              lambda m, a, b: a * b,             (lambda y, a, b: b,          lambda y, a, b: a), arity=2)
scalar("div",      QUOTIENT, "1 over the denominator; minus the numerator over its square", lambda m, a, b: m.div(a, b), (lambda y, a, b: 1 / b,     lambda y, a, b: -a / b**2),
                                                                                                                      (lambda y, a, b: 1 / b,      lambda y, a, b: -y / b), arity=2)
scalar("pow",      POWER,    "bring the exponent down and lower it by one",        lambda m, a, b: m.power(a, b),     (lambda y, a, n: n * a ** (n - 1), lambda y, a, n: y * f.log(a)),
                                                                                                                      (_by_base,                   _by_exponent), arity=2)
scalar("neg",      SUM,      "a minus sign stays",                                 lambda m, x: -x,                   (lambda y, x: -1,))
scalar("identity", SUM,      "another name for the same thing: the partial is 1",  lambda m, x: x,                    (lambda y, x: 1,))

scalar("exp",      KNOWN,    "exp is its own derivative",                          lambda m, x: m.exp(x),             (lambda y, x: y,), tex=r"\exp")
scalar("log",      KNOWN,    "the derivative of log is 1 over the argument",       lambda m, x: m.log(x),             (lambda y, x: 1 / x,), tex=r"\log")
scalar("ln",       KNOWN,    "the derivative of ln is 1 over the argument",        lambda m, x: m.log(x),             (lambda y, x: 1 / x,), tex=r"\ln")
scalar("sqrt",     POWER,    "1 over twice the root",                              lambda m, x: m.sqrt(x),            (lambda y, x: 1 / (2 * y),))
scalar("sin",      KNOWN,    "sin becomes cos",                                    lambda m, x: m.sin(x),             (lambda y, x: f.cos(x),), tex=r"\sin")
scalar("cos",      KNOWN,    "cos becomes minus sin",                              lambda m, x: m.cos(x),             (lambda y, x: -f.sin(x),), tex=r"\cos")
scalar("tanh",     KNOWN,    "1 minus the square of the output",                   lambda m, x: m.tanh(x),            (lambda y, x: 1 - y**2,), (lambda y, x: f.sech(x) ** 2,), tex=r"\tanh")
scalar("sech",     KNOWN,    "minus sech times tanh",                              _sech,                             (lambda y, x: -y * f.tanh(x),), tex=r"\operatorname{sech}",
       symbol=lambda m, x: 1 / m.cosh(x))
scalar("sigmoid",  KNOWN,    "the output times 1 minus the output",                _sigmoid,                          (lambda y, x: y * (1 - y),), (lambda y, x: f.sigmoid(x) * f.sigmoid(-x),), tex=r"\sigma", plain="σ",
       symbol=lambda m, x: 1 / (1 + m.exp(-x)))
scalar("softplus", KNOWN,    "the derivative of softplus is the sigmoid",          lambda m, x: m.maximum((x, m.number(0))) + m.log1p(m.exp(-abs(x))), (lambda y, x: f.sigmoid(x),), tex=r"\operatorname{softplus}",
       symbol=lambda m, x: m.log(1 + m.exp(x)))

scalar("relu",     CHOICE,   "1 where the argument is positive, else 0",           lambda m, x: m.maximum((x, m.number(0))), (lambda y, x: f.step(x),),
       kink=lambda m, x: x == 0, convention="relu'(0) = 0", tex=r"\operatorname{ReLU}", plain="ReLU")
scalar("abs",      CHOICE,   "the sign of the argument",                           lambda m, x: abs(x),               (lambda y, x: f.sign(x),),
       kink=lambda m, x: x == 0, convention="abs'(0) = 0")
scalar("max",      CHOICE,   "the largest argument receives everything",           lambda m, *xs: m.maximum(xs),      _is_best, _equal_shares, arity=None, tex=r"\max",
       kink=lambda m, *xs: _tied(m, m.maximum, xs), convention="tied arguments of max share the gradient equally")
scalar("min",      CHOICE,   "the smallest argument receives everything",          lambda m, *xs: m.minimum(xs),      _is_best, _equal_shares, arity=None, tex=r"\min",
       kink=lambda m, *xs: _tied(m, m.minimum, xs), convention="tied arguments of min share the gradient equally")
scalar("where",    CHOICE,   "only the branch that was taken receives a gradient", lambda m, c, a, b: m.where(c, a, b), (None, lambda y, c, a, b: f.where(c, 1, 0), lambda y, c, a, b: f.where(c, 0, 1)), arity=3)
scalar("step",     CHOICE,   FLAT,                                                 lambda m, x: m.test(x > 0),        (lambda y, x: 0,), kink=lambda m, x: x == 0, convention="step(0) = 0, and nothing flows back through a step")
scalar("sign",     CHOICE,   FLAT,                                                 lambda m, x: m.sign(x),            (lambda y, x: 0,), tex=r"\operatorname{sign}", kink=lambda m, x: x == 0, convention="sign(0) = 0")
scalar("greater",  CHOICE,   FLAT,                                                 lambda m, a, b: m.test(a > b),     (None, None), arity=2)
scalar("less",     CHOICE,   FLAT,                                                 lambda m, a, b: m.test(a < b),     (None, None), arity=2)
scalar("greater_equal", CHOICE, FLAT,                                              lambda m, a, b: m.test(a >= b),    (None, None), arity=2)
scalar("less_equal", CHOICE, FLAT,                                                 lambda m, a, b: m.test(a <= b),    (None, None), arity=2)
scalar("equal",    CHOICE,   FLAT,                                                 lambda m, a, b: m.test(m.same(a, b)), (None, None), arity=2)
scalar("not_equal", CHOICE,  FLAT,                                                 lambda m, a, b: 1 - m.test(m.same(a, b)), (None, None), arity=2)
# fmt: on
