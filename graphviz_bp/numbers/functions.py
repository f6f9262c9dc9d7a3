"""The functions that operations are made of: one row per function, and how each domain computes it.

Doubles take `math`, or special.py where math has none or is not right everywhere; arrays NumPy, or SciPy, or the
scalar function entry by entry; digits mpmath; symbols SymPy. Values of known points (sin 0 = 0) are exact numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..errors import InputError
from . import special

Rule = str | Callable[..., Any]  # a name in the library, or a function of the library and the arguments


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """One function in every domain."""

    doubles: Callable[..., float]
    array: str  # NumPy's name, or SciPy's as "special.erf", or "" for entry by entry
    mpmath: Rule
    sympy: Rule
    exact: dict[Any, Any] = field(default_factory=dict)  # known points

    def in_mpmath(self, context: Any) -> Callable[..., Any]:
        """The function on the numbers of an mpmath context."""
        return _found(self.mpmath, context)

    def in_sympy(self) -> Callable[..., Any]:
        """The function on SymPy expressions."""
        import sympy

        return _found(self.sympy, sympy)


def _found(rule: Rule, library: Any) -> Callable[..., Any]:
    return getattr(library, rule) if isinstance(rule, str) else partial(rule, library)


def _sign(x: float) -> float:
    return math.copysign(1.0, x) if x and x == x else x


def piecewise(*cases: tuple[Any, Any]) -> Any:
    """SymPy's Piecewise without its attempts at the conditions, which take long and gain nothing."""
    import sympy

    kept = [(value, truth) for value, truth in cases if sympy.sympify(truth) is not sympy.false]
    return sympy.Piecewise(*kept, evaluate=False)


def _cbrt(context: Any, x: Any) -> Any:
    return context.sign(x) * context.cbrt(abs(x))


def _sinc_symbols(sympy: Any, n: Any, x: Any) -> Any:
    """The n-th derivative of sinc, and what it is at 0."""
    if not sympy.sympify(n).is_Integer:
        raise InputError("how often sinc is differentiated must be a whole number", remedy="write sinc_nth(1, x)")
    t, order = sympy.Dummy(real=True), int(n)
    slope = sympy.diff(sympy.sin(sympy.pi * t) / (sympy.pi * t), t, order)
    at_zero = sympy.pi**order * sympy.cos(order * sympy.pi / 2) / (order + 1)
    return piecewise((slope.subs(t, x), sympy.Ne(x, 0)), (at_zero, True))


def _held(name: str) -> Callable[..., Any]:
    """Unevaluated where an argument is large, since SymPy would write all digits of 1000000! down."""

    def apply(sympy: Any, *xs: Any) -> Any:
        small = all(not x.is_number or abs(x) < 100 for x in map(sympy.sympify, xs))
        return getattr(sympy, name)(*xs, evaluate=small)

    return apply


def _exp2_symbols(sympy: Any, x: Any) -> Any:
    return _held("Pow")(sympy, 2, x)


def _lgamma(context: Any, x: Any) -> Any:
    return context.re(context.loggamma(x))


def _sinc(context: Any, n: Any, x: Any) -> Any:
    return special.sinc(n, x, context)


def _cbrt_symbols(sympy: Any, x: Any) -> Any:
    third = sympy.Rational(1, 3)
    return piecewise((x**third, x >= 0), (-((-x) ** third), True))


def _polygamma(context: Any, n: Any, x: Any) -> Any:
    if x <= 0 and context.isint(x):
        raise ValueError("a pole")  # mpmath would come to it in as many steps as x is large
    return context.psi(int(n), x) if 0 <= n <= special.HIGHEST else context.nan


def _exp_bend(context: Any, t: Any) -> Any:
    return context.expm1(t) - t * context.exp(t)


def _exp_bend_symbols(sympy: Any, t: Any) -> Any:
    return sympy.exp(t) * (1 - t) - 1


# fmt: off
FUNCTIONS = {
    #                     doubles           arrays            mpmath        SymPy      exactly
    "exp":       Function(math.exp,         "exp",            "exp",        "exp",     {0: 1}),
    "exp2":      Function(math.exp2, "exp2", lambda c, x: c.power(2, x), _exp2_symbols),
    "expm1":     Function(math.expm1, "expm1", "expm1", lambda s, x: s.exp(x) - 1, {0: 0}),
    "log":       Function(math.log,         "log",            "log",        "log",     {1: 0}),
    "log2":      Function(math.log2, "log2", lambda c, x: c.log(x) / c.log(2), lambda s, x: s.log(x) / s.log(2)),
    "log10":     Function(math.log10, "log10", "log10", lambda s, x: s.log(x) / s.log(10)),
    "log1p":     Function(math.log1p, "log1p", "log1p", lambda s, x: s.log(1 + x), {0: 0}),
    "sqrt":      Function(math.sqrt,        "sqrt",           "sqrt",       "sqrt"),
    "cbrt":      Function(math.cbrt,        "cbrt",           _cbrt,        _cbrt_symbols),
    "sin":       Function(math.sin,         "sin",            "sin",        "sin",     {0: 0}),
    "cos":       Function(math.cos,         "cos",            "cos",        "cos",     {0: 1}),
    "tan":       Function(math.tan,         "tan",            "tan",        "tan",     {0: 0}),
    "asin":      Function(math.asin,        "arcsin",         "asin",       "asin",    {0: 0}),
    "acos":      Function(math.acos,        "arccos",         "acos",       "acos",    {1: 0}),
    "atan":      Function(math.atan,        "arctan",         "atan",       "atan",    {0: 0}),
    "atan2":     Function(math.atan2,       "arctan2",        "atan2",      "atan2"),
    "sinh":      Function(math.sinh,        "sinh",           "sinh",       "sinh",    {0: 0}),
    "cosh":      Function(math.cosh,        "cosh",           "cosh",       "cosh",    {0: 1}),
    "tanh":      Function(math.tanh,        "tanh",           "tanh",       "tanh",    {0: 0}),
    "asinh":     Function(math.asinh,       "arcsinh",        "asinh",      "asinh",   {0: 0}),
    "acosh":     Function(math.acosh,       "arccosh",        "acosh",      "acosh",   {1: 0}),
    "atanh":     Function(math.atanh,       "arctanh",        "atanh",      "atanh",   {0: 0}),
    "hypot":     Function(math.hypot, "hypot", "hypot", lambda s, a, b: s.sqrt(a**2 + b**2)),
    "erf":       Function(math.erf,         "special.erf",    "erf",        "erf",     {0: 0}),
    "erfc":      Function(math.erfc,        "special.erfc",   "erfc",       "erfc",    {0: 1}),
    "gamma":     Function(special.gamma, "special.gamma", "gamma", _held("gamma"), {1: 1, 2: 1}),
    "lgamma":    Function(special.lgamma, "", _lgamma, _held("loggamma"), {1: 0, 2: 0}),
    "digamma":   Function(special.digamma,  "special.digamma","digamma",    "digamma"),
    "polygamma": Function(special.polygamma, "", _polygamma, _held("polygamma")),
    "sinc":      Function(special.sinc,     "",               _sinc,        _sinc_symbols, {(0, 0): 1, (1, 0): 0}),
    "exp_bend":  Function(special.exp_bend, "", _exp_bend, _exp_bend_symbols, {0: 0}),
    "floor":     Function(math.floor,       "floor",          "floor",      "floor"),
    "ceil":      Function(math.ceil,        "ceil",           "ceil",       "ceiling"),
    "sign":      Function(_sign,            "sign",           "sign",       "sign"),
}
# fmt: on
