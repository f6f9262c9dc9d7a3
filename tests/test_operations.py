"""Every row of the two tables: values and gradients against mpmath, SymPy and differences of independent definitions.

The references below are written with mpmath alone; no row is ever compared with itself.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import product
from xml.etree import ElementTree

import mpmath
import numpy as np
import pytest
import sympy

import graphviz_bp as bp
from graphviz_bp.backprop.sweep import forward
from graphviz_bp.courses.operations_page import page
from graphviz_bp.figure.typesetting.typeset import formula as typeset
from graphviz_bp.graph.tape import Tape
from graphviz_bp.graph.variables import Variable, inputs
from graphviz_bp.notation.nodes import formula
from graphviz_bp.notation.rules import local_partial
from graphviz_bp.numbers import NotExact, digits, doubles, exact, symbols
from graphviz_bp.operations import OPERATIONS, f

TOLERANCE = 1e-10
mp = mpmath.mp
INF, NAN, HUGE, TINY = math.inf, math.nan, mpmath.mpf(2) ** 1024, mpmath.mpf(2) ** -1022


# -- independent definitions


def real(function):
    """nan where mpmath leaves the real numbers or meets a pole."""

    def value(*xs):
        try:
            y = function(*xs)
        except (ValueError, ZeroDivisionError):
            return mp.nan
        return mp.nan if isinstance(y, mpmath.mpc) and y.imag else mp.re(y)

    return value


def lgamma(x):
    return mp.re(mp.loggamma(x))


def bend(x):
    return mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)


def clamp(x, lo, hi):
    return min(max(x, lo), hi)


def elu(x, a):
    return x if x > 0 else a * mp.expm1(x)


def celu(x, a):
    return x if x > 0 else a * mp.expm1(x / a)


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def sinc_nth(n, x):
    """By x S⁽ⁿ⁾ + n S⁽ⁿ⁻¹⁾ = (sin πx)⁽ⁿ⁾/π."""
    if x == 0:
        return mp.pi**n * mp.cospi(n / 2) / (n + 1)
    found = mp.sinpi(x) / (mp.pi * x)
    for k in range(1, int(n) + 1):
        found = (mp.pi ** (k - 1) * mp.sinpi(x + mp.mpf(k) / 2) - k * found) / x
    return found


def within(limit, function, below, above):
    """mpmath's function, and what it tends to where mpmath gives up."""
    return lambda x: function(x) if abs(x) < limit else mp.mpf(below if x < 0 else above)


def log1pexp(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


ANYWHERE = [0.0, -0.0, 1e-300, 1e-8, 0.1, 0.5, 1.0, 1.2, 1.5, 3.0, 20.0, 40.0, 800.0, 1e300]
ANYWHERE += [-x for x in ANYWHERE if x] + [7.389, -2.675, 0.3, -0.7]
TURNS = [x for x in ANYWHERE if abs(x) < 1e10] + [3.141592653589793, 1.5707963267948966, -4.71238898038469, 1e5, 355.0]
NEAR_ONE = [1 - 1e-12, 1 + 1e-12, 1 + 1e-8, 0.999, 1.001, -1 + 1e-12, -0.999999]
GAMMAS = [x for x in ANYWHERE if abs(x) < 1e10 and (x > 0 or x != int(x))] + [2.0, 1 + 1e-8, 2 - 1e-9, 1.9999, 1.46, 1.4616, 1.7, 170.3, -0.5, -1.5, -10.7, -100.3, 5.0, 9.99]
SINCS = [*ANYWHERE, 1e-4, 0.63, 0.64, 2.2, 100.7, -2.5, 1e5 + 0.25, 1e15 + 0.25]

UNARY = {  # name: the definition, and where it is looked at
    "neg":         (lambda x: -x, ANYWHERE),
    "identity":    (lambda x: x, ANYWHERE),
    "exp":         (mp.exp, [*ANYWHERE, 700.0, -740.0]),
    "exp2":        (lambda x: mp.power(2, x), [*ANYWHERE, 1000.0, -1000.0]),
    "expm1":       (mp.expm1, ANYWHERE),
    "log":         (mp.log, [*ANYWHERE, *NEAR_ONE]),
    "log2":        (lambda x: mp.log(x) / mp.log(2), [*ANYWHERE, *NEAR_ONE, 8.0]),
    "log10":       (lambda x: mp.log(x) / mp.log(10), [*ANYWHERE, *NEAR_ONE, 1000.0]),
    "log1p":       (lambda x: mp.log(1 + x), [*ANYWHERE, *NEAR_ONE]),
    "sqrt":        (mp.sqrt, ANYWHERE),
    "cbrt":        (lambda x: mp.sign(x) * mp.cbrt(abs(x)), [*ANYWHERE, -8.0, 27.0]),
    "sin":         (mp.sin, TURNS),
    "cos":         (mp.cos, TURNS),
    "tan":         (mp.tan, TURNS),
    "sec":         (mp.sec, TURNS),
    "csc":         (mp.csc, TURNS),
    "cot":         (mp.cot, TURNS),
    "asin":        (mp.asin, [*ANYWHERE, *NEAR_ONE]),
    "acos":        (mp.acos, [*ANYWHERE, *NEAR_ONE]),
    "atan":        (mp.atan, ANYWHERE),
    "sinh":        (mp.sinh, ANYWHERE),
    "cosh":        (mp.cosh, ANYWHERE),
    "tanh":        (mp.tanh, ANYWHERE),
    "sech":        (mp.sech, ANYWHERE),
    "asinh":       (mp.asinh, [*ANYWHERE, 1e200]),
    "acosh":       (mp.acosh, [*ANYWHERE, *NEAR_ONE, 1e200]),
    "atanh":       (mp.atanh, [*ANYWHERE, *NEAR_ONE]),
    "times_pi":    (lambda x: mp.pi * x, ANYWHERE),
    "deg2rad":     (lambda x: mp.pi * x / 180, ANYWHERE),
    "rad2deg":     (lambda x: x * 180 / mp.pi, ANYWHERE),
    "sinc":        (mp.sincpi, SINCS),
    "erf":         (within(1e100, mp.erf, -1, 1), [*ANYWHERE, 5.5, 26.0, -6.0]),
    "erfc":        (within(1e100, mp.erfc, 2, 0), [*ANYWHERE, 5.5, 26.0, -6.0]),
    "Phi":         (within(1e100, mp.ncdf, 0, 1), [*ANYWHERE, -37.0, 8.5]),
    "phi":         (within(1e100, mp.npdf, 0, 0), [*ANYWHERE, -37.0, 8.5]),
    "gamma":       (mp.gamma, GAMMAS),
    "lgamma":      (lgamma, [*GAMMAS, 1e300]),
    "digamma":     (mp.digamma, [*GAMMAS, 1e300]),
    "exp_bend":    (lambda t: mp.expm1(t) - t * mp.exp(t), [x for x in ANYWHERE if x < 40]),
    "abs":         (abs, ANYWHERE),
    "sign":        (mp.sign, ANYWHERE),
    "step":        (lambda x: mp.mpf(x > 0), ANYWHERE),
    "floor":       (mp.floor, [x for x in ANYWHERE if x != int(x)]),
    "ceil":        (mp.ceil, [x for x in ANYWHERE if x != int(x)]),
    "sigmoid":     (logistic, ANYWHERE),
    "logsigmoid":  (lambda x: -log1pexp(-x), ANYWHERE),
    "softplus":    (log1pexp, ANYWHERE),
    "silu":        (lambda x: x * logistic(x), ANYWHERE),
    "mish":        (lambda x: x * mp.tanh(log1pexp(x)), ANYWHERE),
    "gelu":        (lambda x: x * within(1e100, mp.ncdf, 0, 1)(x), [*ANYWHERE, -37.0]),
    "gelu_tanh":   (lambda x: x * logistic(2 * bend(x)), [*ANYWHERE, -25.0, 1e110, -1e160]),
    "softsign":    (lambda x: x / (1 + abs(x)), ANYWHERE),
    "relu":        (lambda x: max(x, 0), ANYWHERE),
    "selu":        (lambda x: mp.mpf("1.0507009873554804934") * elu(x, mp.mpf("1.6732632423543772848")), ANYWHERE),
    "hardtanh":    (lambda x: clamp(x, -1, 1), [*ANYWHERE, *NEAR_ONE]),
    "hardsigmoid": (lambda x: clamp(x / 6 + mp.mpf(1) / 2, 0, 1), [*ANYWHERE, -3 + 1e-10, 2.999]),
    "hardswish":   (lambda x: x * clamp(x + 3, 0, 6) / 6, [*ANYWHERE, -3 + 1e-10, 2.999]),
    "relu6":       (lambda x: clamp(x, 0, 6), [*ANYWHERE, 5.9, 6.1]),
    "finite":      (lambda x: x, ANYWHERE),
}  # fmt: skip

BASES = [(2.0, 3.0), (-2.0, 3.0), (-2.0, -3.0), (0.5, -0.5), (1e-300, 0.5), (1e200, 1.5), (1 + 1e-10, 1e9), (0.0, 2.0), (3.0, 0.0), (9.0, 0.5), (1e300, 1e-3)]
PAIRS = [(0.3, 0.7), (-2.0, 1.5), (1.0, -3.0), (1e300, 1e300), (1e-300, 1e-300), (1e300, -1.0), (3.0, 4.0), (-40.0, 800.0), (0.5, 1e-300)]
SOFT = [(0.3, 0.7), (1000.0, -1000.0), (-1000.0, -1001.0), (0.0, -40.0), (-40.0, 0.0), (1e300, 1.0), (5.0, 5.0), (1e10, 1e10 + 1)]
ALPHAS = [(x, a) for x in (-800.0, -40.0, -1.5, -1e-8, -1e-300, 0.3, 2.0, 800.0) for a in (0.01, 1.0, 2.5)]

SEVERAL = {  # the same for several arguments
    "add":       (lambda a, b: a + b, PAIRS),
    "sub":       (lambda a, b: a - b, PAIRS),
    "mul":       (lambda a, b: a * b, PAIRS),
    "div":       (lambda a, b: a / b, PAIRS),
    "pow":       (lambda a, b: a**b, BASES),
    "hypot":     (mp.hypot, [*PAIRS, (0.0, 2.0)]),
    "atan2":     (mp.atan2, [*PAIRS, (1.0, 0.0), (-0.5, -1e-300)]),
    "logaddexp": (lambda a, b: max(a, b) + mp.log1p(mp.exp(-abs(a - b))), SOFT),
    "logsumexp": (lambda *xs: max(xs) + mp.log(mp.fsum(mp.exp(x - max(xs)) for x in xs)), [*SOFT, (1.0, 2.0, 3.0), (0.0, -40.0, -40.0), (800.0, -800.0, 799.0), (0.3,)]),
    "max":       (lambda *xs: max(xs), [*PAIRS[:3], (1.0, 2.0, -3.0), (0.3,)]),
    "min":       (lambda *xs: min(xs), [*PAIRS[:3], (1.0, 2.0, -3.0), (0.3,)]),
    "clip":      (clamp, [(0.5, 0.0, 1.0), (-2.0, -1.0, 3.0), (5.0, -1.0, 3.0), (1e300, -1.0, 3.0), (-0.5, 0.0, 1.0)]),
    "where":     (lambda c, a, b: a if c else b, [(1.0, 2.0, 3.0), (0.0, 2.0, 3.0)]),
    "leaky_relu": (lambda x, a: x if x > 0 else a * x, ALPHAS),
    "elu":       (elu, ALPHAS),
    "celu":      (celu, ALPHAS),
    "polygamma": (lambda n, x: mp.psi(int(n), x), [(n, x) for n in (0.0, 1.0, 2.0, 3.0) for x in (0.3, 1.0, 1.46, 5.0, 40.0, -0.5, -3.3, -40.7)]),
    "sinc_nth":  (sinc_nth, [(n, x) for n in (0.0, 1.0, 2.0, 3.0) for x in (0.0, 1e-5, 0.3, 0.7, 1.0, -1.6, 40.3) if n < 3 or x]),
    "defined":   (lambda x, y: x, [(2.0, 1.0)]),
}  # fmt: skip
COMPARISONS = {
    "greater": lambda a, b: a > b, "less": lambda a, b: a < b, "greater_equal": lambda a, b: a >= b,
    "less_equal": lambda a, b: a <= b, "equal": lambda a, b: a == b, "not_equal": lambda a, b: a != b,
}  # fmt: skip
SPELLINGS = {"ln": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh"}
ARRAYS = {name for name, row in OPERATIONS.items() if not row.elementwise}
KINKED = {  # where the reference has no derivative, and the row's is a convention
    "abs": [0], "sign": [0], "step": [0], "relu": [0], "selu": [0], "hardtanh": [1, -1], "relu6": [0], "hardsigmoid": [3, -3], "hardswish": [3, -3],
}  # fmt: skip
EDGES = [  # where a function ends, or has a pole: its value and its slope
    ("log", 0.0, -INF, INF), ("log2", 0.0, -INF, INF), ("log10", 0.0, -INF, INF), ("log", -0.0, -INF, INF), ("log1p", -1.0, -INF, INF),
    ("sqrt", 0.0, 0.0, INF), ("sqrt", -0.0, 0.0, INF), ("cbrt", 0.0, 0.0, INF), ("cbrt", -0.0, 0.0, INF),
    ("asin", 1.0, math.pi / 2, INF), ("asin", -1.0, -math.pi / 2, INF), ("acos", 1.0, 0.0, -INF), ("acos", -1.0, math.pi, -INF),
    ("acosh", 1.0, 0.0, INF), ("atanh", 1.0, INF, INF), ("atanh", -1.0, -INF, INF), ("csc", 0.0, INF, -INF), ("cot", 0.0, INF, -INF),
    ("gamma", 0.0, INF, -INF), ("gamma", -1.0, NAN, NAN), ("lgamma", 0.0, INF, -INF), ("lgamma", -1.0, INF, NAN),
    ("digamma", 0.0, -INF, INF), ("digamma", -800.0, NAN, NAN), ("gamma", 172.0, INF, INF), ("exp", 710.0, INF, INF), ("cosh", -800.0, INF, -INF),
]  # fmt: skip
ON_EDGES = {(name, (x,)) for name, x, _, _ in EDGES}
CASES = [(name, (x,)) for name, (_, xs) in UNARY.items() for x in xs]
CASES += [(name, xs) for name, (_, cases) in SEVERAL.items() for xs in cases]
CASES = [case for case in CASES if case not in ON_EDGES]


def definition(name):
    return real((UNARY.get(name) or SEVERAL[name])[0])


def difference(function, x, slot=0):
    """A central difference of 18 digits or more: more digits are taken until two answers agree."""
    before = mp.nan
    for count in (60, 130, 400, 1000, 1400):
        with mp.workdps(count):
            point = [mp.mpf(v) for v in x]
            step = (abs(point[slot]) or 1) * mp.mpf(10) ** (-count // 3)
            up, down = list(point), list(point)
            up[slot], down[slot] = point[slot] + step, point[slot] - step
            found = (function(*up) - function(*down)) / (2 * step)
            if (found and abs(found - before) <= abs(found) * mp.mpf(10) ** -18) or found != found:
                return found
        before = found
    assert abs(found) < TINY, f"no difference at {x}"
    return found


def error(found, expected):
    """The relative error; what a double cannot hold is infinite, or 0."""
    found = float(found)
    if expected != expected or found != found:
        return 0.0 if expected != expected and found != found else INF
    if abs(expected) >= HUGE:
        return 0.0 if found == math.copysign(INF, expected) else INF
    if abs(expected) < TINY:
        return 0.0 if abs(found) <= 2 * TINY else INF
    return float(abs(mp.mpf(found) - expected) / abs(expected))


def at(name, *values):
    """A run of one row, its arguments being x0, x1, ..."""
    names = [f"x{i}" for i in range(len(values))]
    shapes = {n: np.shape(v) for n, v in zip(names, values, strict=True)}
    xs = bp.inputs(*names, **shapes)
    out = getattr(f, name)(*xs)
    out = f.sum(out) if out.shape else out
    return bp.graph(out.named("y")).backprop(dict(zip(names, values, strict=True)))


# -- doubles


def test_every_row_is_in_one_of_the_tables_of_this_file():
    assert {*UNARY, *SEVERAL, *COMPARISONS, *SPELLINGS, *ARRAYS} == {*OPERATIONS}


@pytest.mark.parametrize("name", [*UNARY, *SEVERAL])
def test_values_are_right_at_every_argument(name):
    for xs in (xs for row, xs in CASES if row == name):
        with mp.workdps(60 if abs(xs[-1]) > 1e-20 else 700):
            expected = definition(name)(*map(mp.mpf, xs))
        assert error(at(name, *xs).values["y"], expected) <= TOLERANCE, xs


@pytest.mark.parametrize("name", [*UNARY, *SEVERAL])
def test_gradients_are_right_at_every_argument(name):
    for xs in (xs for row, xs in CASES if row == name):
        if xs[0] in KINKED.get(name, ()):
            continue
        run = at(name, *xs)
        for slot in range(len(xs)):
            if OPERATIONS[name].flows(slot):
                expected = difference(definition(name), xs, slot)
                assert error(run.gradients[f"x{slot}"], expected) <= TOLERANCE, (xs, slot)


@pytest.mark.parametrize(("name", "x", "value", "slope"), EDGES)
def test_where_a_function_ends_its_slope_is_infinite_or_undefined(name, x, value, slope):
    run = at(name, x)
    assert run.values["y"] == pytest.approx(value, nan_ok=True)
    assert run.gradients["x0"] == pytest.approx(slope, nan_ok=True)


# -- the two ways a partial is written


def partial_at(row, slot, shown, m, *xs):
    """A partial evaluated on a tape with the inputs y, x0, x1, ..."""
    tape, xs = Tape(folding=True), [m.number(x) for x in xs]
    variables = inputs("y", *(f"x{i}" for i in range(len(xs))), tape=tape)
    rules = row.shown if shown else row.computed
    found = rules[slot](*variables) if isinstance(rules, tuple) else rules(slot, *variables)
    if not isinstance(found, Variable):
        return m.number(found)
    return forward(tape, dict(enumerate([row.at(m, *xs), *xs])), m)[found.node]


PLAIN = [0.3, -0.7, 1.7, 2.6, -2.3, 5.5, -4.4]  # away from all kinks
POINTS = {
    **{name: [(x,) for x in PLAIN] for name in UNARY}, **{name: [(0.3, 0.7), (2.5, -1.5), (1.2, 3.4)] for name in SEVERAL},
    "logsumexp": [(0.3, 0.7, -1.0)], "max": [(0.3, 0.7, -1.0)], "min": [(0.3, 0.7, -1.0)], "where": [(1.0, 0.3, 0.7), (0.0, 0.3, 0.7)],
    "clip": [(0.3, 0.0, 1.0), (-0.3, 0.0, 1.0), (1.3, 0.0, 1.0)], "celu": [(0.3, 2.0), (-0.3, 2.0), (-5.0, 0.5)],
    "polygamma": [(1, 0.3), (2, 1.7), (0, -2.3)], "sinc_nth": [(1, 0.3), (2, 1.7), (0, -2.3)],
}  # fmt: skip
SLOTS = [(name, slot) for name in [*UNARY, *SEVERAL] for slot in range(OPERATIONS[name].arity or 3) if OPERATIONS[name].flows(slot)]


@pytest.mark.parametrize(("name", "slot"), SLOTS)
def test_what_the_blackboard_says_is_what_is_computed(name, slot):
    row, m = OPERATIONS[name], digits(40)
    for xs in POINTS[name]:
        shown, computed = (partial_at(row, slot, how, m, *xs) for how in (True, False))
        if row.at(m, *map(m.number, xs)) == row.at(m, *map(m.number, xs)):  # where the function is defined
            assert abs(shown - computed) <= abs(computed) * mp.mpf(10) ** -36, xs


def proved_zero(expression):
    """By polynomial steps only, hyperbolics being exponentials."""
    return sympy.expand(expression) == 0 or sympy.expand(sympy.numer(sympy.together(expression.rewrite(sympy.exp)))) == 0


@pytest.mark.parametrize(("name", "slot"), SLOTS)
def test_sympy_differentiates_the_row_to_what_the_blackboard_says(name, slot):
    """The two expressions are proved equal, or they agree to 30 digits wherever they are looked at."""
    row = OPERATIONS[name]
    for order in [[1], [2]] if name in ("polygamma", "sinc_nth") else [[]]:
        free = sympy.symbols([f"x{i}" for i in range((row.arity or 3) - len(order))], real=True)
        xs = [*order, *free]
        slope = sympy.diff(row.at(symbols, *xs), xs[slot])
        if slope.has(sympy.Derivative):  # SymPy has no answer for floor and ceiling
            assert (name, partial_at(row, slot, True, symbols, *xs)) in (("floor", 0), ("ceil", 0))
            continue
        if proved_zero(slope - partial_at(row, slot, True, symbols, *xs)):
            continue
        for point in POINTS[name]:
            at_point = dict(zip(free, (sympy.Rational(str(x)) for x in point[len(order) :]), strict=True))
            if sympy.N(row.at(symbols, *xs).subs(at_point), 40).is_real:
                found = sympy.N((slope - partial_at(row, slot, True, symbols, *xs)).subs(at_point), 40)
                assert abs(found) < sympy.Float(10) ** -30, point


@pytest.mark.parametrize("name", [*UNARY, *SEVERAL])
def test_symbols_never_meet_a_heaviside_or_an_unevaluated_derivative(name):
    xs = bp.inputs(*(f"x{i}" for i in range(OPERATIONS[name].arity or 3)))
    orders = [2] if name in ("polygamma", "sinc_nth") else []
    run = bp.graph(getattr(f, name)(*orders, *xs[len(orders) :]).named("y")).backprop()
    for gradient in run.gradients.values():
        assert not any(word in sympy.srepr(gradient) for word in ("Heaviside", "DiracDelta", "Derivative", "Subs"))


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.meaning and row.elementwise and name not in SPELLINGS])
def test_what_a_function_means_over_simpler_ones_is_its_value(name):
    row, m = OPERATIONS[name], digits(40)
    for xs in POINTS[name]:
        tape, given = Tape(), list(map(m.number, xs))
        meaning = row.meaning(*inputs(*(f"x{i}" for i in range(len(xs))), tape=tape))
        expected = row.at(m, *given)
        assert abs(forward(tape, dict(enumerate(given)), m)[meaning.node] - expected) <= abs(expected) * mp.mpf(10) ** -36


# -- differentiated twice


def curvature(function, xs, slot, other):
    """A second difference, at 120 digits and a step of 10⁻³⁰."""
    with mp.workdps(120):
        h = mp.mpf(10) ** -30

        def moved(a, b):
            point = [mp.mpf(x) for x in xs]
            point[slot] += a * h
            point[other] += b * h
            return function(*point)

        return (moved(1, 1) - moved(1, -1) - moved(-1, 1) + moved(-1, -1)) / (4 * h * h)


@pytest.mark.parametrize(("name", "slot"), SLOTS)
def test_every_row_can_be_differentiated_twice(name, slot):
    row = OPERATIONS[name]
    for xs in POINTS[name]:
        variables = bp.inputs(*(f"x{i}" for i in range(len(xs))))
        rule = row.computed[slot] if isinstance(row.computed, tuple) else partial(row.computed, slot)
        slope = rule(getattr(f, name)(*variables), *variables)
        slope = slope if isinstance(slope, Variable) else variables[0] * 0 + slope
        run = bp.graph(slope.named("slope")).backprop({f"x{i}": float(x) for i, x in enumerate(xs)})
        for other in (i for i in range(len(xs)) if row.flows(i)):
            expected = curvature(definition(name), xs, slot, other)
            if expected == expected:
                assert abs(run.gradients[f"x{other}"] - expected) <= TOLERANCE * max(1, abs(expected)), (xs, slot, other)


# -- kinks, exact numbers, parameters, spellings

AT_KINKS = [
    ("abs(x)", 0, 0, 0, "abs'(0) = 0"), ("sign(x)", 0, 0, 0, "sign(0) = 0"), ("step(x)", 0, 0, 0, "step(0) = 0"),
    ("floor(x)", 2, 2, 0, "floor"), ("ceil(x)", -3, -3, 0, "ceil"), ("relu(x)", 0, 0, 0, "relu'(0) = 0"), ("relu(x)", -0.0, 0, 0, "relu'(0) = 0"),
    ("leaky_relu(x)", 0, 0, Fraction(1, 100), "leaky_relu'(0) = a"), ("leaky_relu(x, 2)", 0, 0, 2, "leaky_relu'(0) = a"), ("leaky_relu(x, 1)", 0, 0, 1, None),
    ("elu(x)", 0, 0, 1, None), ("elu(x, 3)", 0, 0, 3, "elu'(0) = α"), ("celu(x, 3)", 0, 0, 1, None), ("selu(x)", 0, 0, 1.7580993408473766, "selu'(0)"),
    ("relu6(x)", 0, 0, 0, "relu6'(0)"), ("relu6(x)", 6, 6, 0, "relu6'(6)"), ("hardtanh(x)", 1, 1, 0, "hardtanh'(±1)"), ("hardtanh(x)", -1, -1, 0, "hardtanh'(±1)"),
    ("hardsigmoid(x)", 3, 1, 0, "hardsigmoid'(±3)"), ("hardsigmoid(x)", -3, 0, 0, "hardsigmoid'(±3)"),
    ("hardswish(x)", 3, 3, 1, "hardswish'(3) = 1"), ("hardswish(x)", -3, 0, 0, "hardswish'(−3) = 0"),
    ("clip(x, -1, 2)", 2, 2, 1, "clip"), ("clip(x, -1, 2)", -1, -1, 1, "clip"), ("clip(x, -1, 2)", 3, 2, 0, None), ("clip(x, 2, -1)", 0, -1, 0, None),
    ("max(x, 1)", 1, 1, Fraction(1, 2), "tied"), ("min(x, 1, 1)", 1, 1, Fraction(1, 3), "tied"), ("max(x, 1)", 2, 2, 1, None),
    ("hypot(x, 0)", 0, 0, 0, "slope 0 at the origin"), ("atan2(x, -1)", 0, math.pi, -1, "atan2"), ("softsign(x)", 0, 0, 1, None), ("softplus(x)", 0, math.log(2), 0.5, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "x", "value", "slope", "said"), AT_KINKS)
def test_at_a_kink_a_stated_convention_holds_and_the_run_says_so(text, x, value, slope, said):
    run = bp.parse(f"z = {text}").backprop({"x": x})
    assert run.values["z"] == value
    assert run.gradients["x"] == pytest.approx(slope, rel=1e-15) if isinstance(slope, float) else run.gradients["x"] == slope
    kinks = [note for note in run.notes if "kink" in note]
    assert (said in kinks[0]) if said else not kinks


EXACT = [
    ("floor(x)", "2.5", 2), ("ceil(x)", "-2.5", -2), ("abs(x)", "-1/3", Fraction(1, 3)), ("sign(x)", "-1/3", -1), ("clip(x, 0, 1/2)", "2/3", Fraction(1, 2)),
    ("relu(x)", "1/3", Fraction(1, 3)), ("leaky_relu(x)", "-2", Fraction(-1, 50)), ("leaky_relu(x, 1/3)", "-2", Fraction(-2, 3)), ("relu6(x)", "7", 6),
    ("hardtanh(x)", "1/2", Fraction(1, 2)), ("hardsigmoid(x)", "1", Fraction(2, 3)), ("hardswish(x)", "1", Fraction(2, 3)), ("softsign(x)", "-2", Fraction(-2, 3)),
    ("cbrt(x)", "-8/27", Fraction(-2, 3)), ("hypot(x, 4)", "3", 5), ("sqrt(x)", "9/4", Fraction(3, 2)), ("max(x, 1)", "1/3", 1), ("step(x)", "2", 1), ("sigmoid(x)", "0", Fraction(1, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "x", "value"), EXACT)
def test_what_is_rational_stays_exact(text, x, value):
    run = bp.parse(f"x = {x}; z = {text}").backprop()
    assert run.exact
    assert run.values["z"] == value


@pytest.mark.parametrize(("name", "x", "value"), [("exp2", Fraction(-2), Fraction(1, 4)), ("log2", Fraction(1, 8), -3), ("log10", 1000, 3), ("gamma", 2, 1), ("sinc", 0, 1)])
def test_known_points_have_exact_values(name, x, value):
    assert OPERATIONS[name].at(exact, x) == value


@pytest.mark.parametrize(("name", "other"), [("leaky_relu", Decimal("0.01")), ("elu", 1), ("celu", 1)])
def test_a_parameter_has_a_default_a_name_and_a_gradient_of_its_own(name, other):
    apply, keyword = getattr(bp, name), OPERATIONS[name].optional[0][0]

    def graph(build):
        return bp.graph(build(*bp.inputs("x", "a")).named("y"))

    assert graph(lambda x, a: apply(x)) == graph(lambda x, a: apply(x, other))
    assert graph(lambda x, a: apply(x, a)) == graph(lambda x, a: apply(x, **{keyword: a}))
    assert apply(-2.0) == apply(-2.0, float(other))
    (x,) = bp.inputs("x")
    with pytest.raises(bp.InputError, match="takes no beta"):
        apply(x, beta=1)
    with pytest.raises(bp.InputError, match="takes 2 arguments, not 3"):
        apply(x, 1, 2)


@pytest.mark.parametrize(("other", "name"), SPELLINGS.items())
def test_another_spelling_is_the_same_function(other, name):
    ours, theirs = OPERATIONS[other], OPERATIONS[name]
    assert (ours.value, ours.shown, ours.computed) == (theirs.value, theirs.shown, theirs.computed)


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_are_one_or_zero_and_flat(name):
    for a, b in product([-1.0, 0.0, 2.0], repeat=2):
        run = at(name, a, b)
        assert run.values["y"] == COMPARISONS[name](a, b)
        assert (run.gradients["x0"], run.gradients["x1"]) == (0, 0)


@pytest.mark.parametrize("name", [*UNARY, *SEVERAL, *SPELLINGS])
def test_every_row_and_its_partials_can_be_typeset(name):
    row = OPERATIONS[name]
    xs = bp.inputs(*"xab"[: row.arity or 3])
    g = bp.graph(getattr(f, name)(*xs[: len(xs) - len(row.optional)]).named("y"))
    for written in [formula(g, g.box("y")), *(local_partial(g, "y", x) for x in g.inputs)]:
        if written is not None:
            assert typeset(written.tex, 12).width > 0
            assert "times_pi" not in written.plain


@pytest.mark.parametrize("name", ["max", "min", "logsumexp"])
def test_one_array_alone_is_gathered_along_its_axes(name):
    (x,) = bp.inputs("x", x=(2, 3))
    assert getattr(bp, name)(x).shape == ()
    assert getattr(bp, name)(x, axis=0).shape == (3,)
    assert bp.parse(f"y = {name}(x, axis=1); x: (2, 3)")["y"].shape == (2,)


# -- arrays: entry by entry


@pytest.mark.parametrize("name", UNARY)
def test_an_array_holds_what_its_entries_give(name):
    entries = [x for x in UNARY[name][1] if x == x]
    run = at(name, np.array(entries))
    for x, found in zip(entries, run.gradients["x0"], strict=True):
        expected = at(name, x)
        assert error(found, mp.mpf(expected.gradients["x0"])) <= TOLERANCE or abs(found - expected.gradients["x0"]) < 1e-305, x
    with np.errstate(all="ignore"):
        values = OPERATIONS[name].at(doubles, np.array(entries))
    for x, found in zip(entries, np.asarray(values), strict=True):
        assert error(found, mp.mpf(at(name, x).values["y"])) <= TOLERANCE, x


@pytest.mark.parametrize("m", [digits(40), symbols, exact], ids=lambda m: m.name)
@pytest.mark.parametrize("name", UNARY)
def test_an_array_of_objects_holds_what_its_entries_give(name, m):
    given = [Fraction(3, 10), Fraction(-7, 10)] if m is not symbols else list(sympy.symbols("u v", real=True))
    array = np.empty(2, dtype=object)
    array[:] = [m.number(x) for x in given]
    row = OPERATIONS[name]
    try:
        entries = [row.at(m, x) for x in array]
    except NotExact:
        with pytest.raises(NotExact):
            row.at(m, array)
        return
    for found, entry in zip(row.at(m, array), entries, strict=True):
        assert found == entry or found != found


@pytest.mark.parametrize("shapes", [((), (3,)), ((2, 3), (3,)), ((2, 1), (3,))])
@pytest.mark.parametrize("name", [name for name in SEVERAL if OPERATIONS[name].arity in (2, None) and name not in ("polygamma", "sinc_nth")])
def test_arguments_broadcast_and_their_gradients_are_summed_back(name, shapes):
    generator = np.random.default_rng(7)
    a, b = (generator.uniform(0.2, 2.0, shape) for shape in shapes)
    run = at(name, a if a.shape else float(a), b)
    sums = {"x0": np.zeros(shapes[0]), "x1": np.zeros(shapes[1])}
    total = 0.0
    for index in np.ndindex(*np.broadcast_shapes(*shapes)):
        own = [tuple(0 if n == 1 else i for i, n in zip(index[len(index) - len(shape) :], shape, strict=True)) for shape in shapes]
        one = at(name, float(a[own[0]]), float(b[own[1]]))
        total += one.values["y"]
        for x, place in zip(sums, own, strict=True):
            sums[x][place] += one.gradients[x]
    assert run.values["y"] == pytest.approx(total, rel=1e-12)
    for x, expected in sums.items():
        assert np.allclose(np.asarray(run.gradients[x], dtype=float), expected, rtol=1e-12, atol=0)


# -- the page of all rows


def test_the_page_shows_every_row_with_its_formula_its_derivative_and_its_plot():
    text = page()
    listed = re.findall(r'<article id="(\w+)"', text)
    assert sorted(listed) == sorted(set(OPERATIONS) - set(SPELLINGS) | {"ln"})
    for article in re.findall(r"<article.*?</article>", text, re.DOTALL):
        name, pictures = re.search('id="([a-z0-9_A-Z]+)"', article)[1], re.findall(r"<svg.*?</svg>", article, re.DOTALL)
        assert len(pictures) == (1 if name in ARRAYS else 2)
        for picture in pictures:
            ElementTree.fromstring(picture)
    assert all(name in text for name in SPELLINGS)
    assert not re.search(r"<script|href=\"http|src=", text)
    assert text == page()


@pytest.mark.parametrize("x", [-1.0, -1e10, -1e300])
def test_a_pole_far_out_is_found_at_once(x):
    run = bp.parse("y = polygamma(n, x)").backprop({"n": 1, "x": x})
    assert run.notes[0] == "polygamma in y gives an undefined value (nan)"
