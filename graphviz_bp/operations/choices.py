"""The table of scalar functions, second part: those that choose, and jump or have a kink where the choice changes.

Conventions: step(0) = 0, sign(0) = 0, so relu'(0) = 0 and abs'(0) = 0; tied arguments of max and min share the
gradient equally; clip hands the gradient on at its bounds, as PyTorch's clamp does. A run says so when it meets one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add as plus
from operator import ge, gt, le, lt
from operator import mul as times
from typing import Any

from .kernels import of_numbers
from .record import f
from .scalar import CHOICE, scalar

FLAT = "flat on both sides: no gradient flows back"


def _equal_shares(slot: int, y: Any, *xs: Any) -> Any:
    return f.equal(xs[slot], y) / reduce(plus, [f.equal(x, y) for x in xs])


def _wins(beats: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """The partial as the blackboard has it, which leaves ties aside: 1[a ≥ b]."""

    def partial(slot: int, y: Any, *xs: Any) -> Any:
        return reduce(times, [beats(xs[slot], x) for i, x in enumerate(xs) if i != slot], 1)

    return partial


def _tied(m: Any, best: Callable[[Any], Any], xs: tuple[Any, ...]) -> Any:
    y = best(xs)
    return reduce(plus, [m.test(x == y) for x in xs]) > 1


def _inside(y: Any, x: Any, lo: Any, hi: Any) -> Any:
    return f.greater_equal(x, lo) * f.less_equal(x, hi)


# fmt: off
#      name             rule      in words                                                        value; then the partials: shown, and computed where it differs
scalar("abs",           CHOICE,   "the sign of the argument",                                     lambda m, x: abs(x),
       (lambda y, x: f.sign(x),), kink=lambda m, x: x == 0, convention="abs'(0) = 0")
scalar("sign",          CHOICE,   FLAT,                                                           lambda m, x: m.sign(x),
       (lambda y, x: 0,), tex=r"\operatorname{sign}", kink=lambda m, x: x == 0, convention="sign(0) = 0")
scalar("step",          CHOICE,   FLAT,                                                           lambda m, x: m.defined(m.holds(gt, x, m.number(0)), x),
       (lambda y, x: 0,), kink=lambda m, x: x == 0, convention="step(0) = 0, and nothing flows back through a step")
scalar("floor",         CHOICE,   FLAT,                                                           lambda m, x: m.floor(x),
       (lambda y, x: 0,), kink=lambda m, x: m.floor(x) == x, convention="floor has slope 0")
scalar("ceil",          CHOICE,   FLAT,                                                           lambda m, x: m.ceil(x),
       (lambda y, x: 0,), kink=lambda m, x: m.ceil(x) == x, convention="ceil has slope 0")
scalar("clip",          CHOICE,   "1 between the bounds; beyond, the bound receives it",          lambda m, x, lo, hi: m.minimum((m.maximum((x, lo)), hi)),
       (_inside, lambda y, x, lo, hi: f.less(x, lo), lambda y, x, lo, hi: f.greater(x, hi)),
       (_inside, lambda y, x, lo, hi: f.less(x, lo) * f.less_equal(lo, hi), lambda y, x, lo, hi: f.greater(f.max(x, lo), hi)), arity=3,
       tex=r"\operatorname{clip}", kink=lambda m, x, lo, hi: (x == lo) | (x == hi), convention="clip hands the gradient on at its bounds")
scalar("max",           CHOICE,   "the largest argument receives everything",                     lambda m, *xs: m.maximum(xs),
       _wins(lambda a, b: f.greater_equal(a, b)), _equal_shares, arity=None, shape=of_numbers("max"), tex=r"\max", along="max_along",
       kink=lambda m, *xs: _tied(m, m.maximum, xs), convention="tied arguments of max share the gradient equally")
scalar("min",           CHOICE,   "the smallest argument receives everything",                    lambda m, *xs: m.minimum(xs),
       _wins(lambda a, b: f.less_equal(a, b)), _equal_shares, arity=None, shape=of_numbers("min"), tex=r"\min", along="min_along",
       kink=lambda m, *xs: _tied(m, m.minimum, xs), convention="tied arguments of min share the gradient equally")
scalar("where",         CHOICE,   "only the branch that was taken receives a gradient",           lambda m, c, a, b: m.where(c, a, b),
       (None, lambda y, c, a, b: f.where(c, 1, 0), lambda y, c, a, b: f.where(c, 0, 1)), arity=3)
scalar("greater",       CHOICE,   FLAT,                                                           lambda m, a, b: m.holds(gt, a, b), (None, None), arity=2)
scalar("less",          CHOICE,   FLAT,                                                           lambda m, a, b: m.holds(lt, a, b), (None, None), arity=2)
scalar("greater_equal", CHOICE,   FLAT,                                                           lambda m, a, b: m.holds(ge, a, b), (None, None), arity=2)
scalar("less_equal",    CHOICE,   FLAT,                                                           lambda m, a, b: m.holds(le, a, b), (None, None), arity=2)
scalar("equal",         CHOICE,   FLAT,                                                           lambda m, a, b: m.test(m.same(a, b)), (None, None), arity=2)
scalar("not_equal",     CHOICE,   FLAT,                                                           lambda m, a, b: 1 - m.test(m.same(a, b)), (None, None), arity=2)
# fmt: on
