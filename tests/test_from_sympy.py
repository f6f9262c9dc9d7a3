"""SymPy expressions as graphs: structure as SymPy prints it, values as SymPy has them, and clear refusals."""

import random

import pytest
import sympy
from sympy import Abs, Max, Min, Piecewise, Rational, cos, exp, log, sin, sqrt, tanh

import graphviz_bp as bp

u, v, w, x, y = sympy.symbols("u v w x y")


PRINTED = [
    x * y + w, -x * y, x - y, -x - y, x / y, -x / (2 * y), 3 * x / (4 * y**2), x**2 - 2 * x * y + y**2, sqrt(x) / y,
    1 / sqrt(x), x**-2, -1 / x, y / x**2, log(x) * sin(y) ** 2, x**y / 3, (x + y) * (x - y), x ** Rational(3, 2), 2**x,
    Abs(x), -2 * x * y, -(x**2), x * (-y - 1), x * sin(2), sqrt(2) * x, 1 - x, (-x - y) / w, tanh(x * y + w),
    Max(x, y) + Min(x, w), (x + 1) ** -y, 5 - 2 / x, x - 3 * (y + 1) ** 2, -sqrt(x) * y, x / (y * w), x**-y, exp(-x) / 2,
    x * y ** Rational(-1, 2), -3 * (x + 1) * (y - 2), x + Rational(1, 3), -x / 3 - Rational(1, 2), (x**2) ** y,
]  # fmt: skip


@pytest.mark.parametrize("expression", PRINTED, ids=str)
def test_a_graph_has_the_structure_that_sympy_prints(expression):
    printed = str(expression).replace("Max", "max").replace("Min", "min").replace("Abs", "abs")
    assert bp.from_sympy(expression) == bp.parse(f"z = {printed}")


def random_expression(r, depth):
    if depth == 0:
        return r.choice([x, y, w, sympy.Integer(2), Rational(-1, 3)])
    a, b = (random_expression(r, depth - 1) for _ in range(2))
    makes = [
        lambda: a + b, lambda: a - b, lambda: a * b, lambda: a / (b**2 + 1), lambda: a ** r.choice([2, 3, -1]),
        lambda: sin(a), lambda: exp(-(a**2)), lambda: log(a**2 + 1), lambda: sqrt(a**2 + 1), lambda: tanh(a) * b,
        lambda: Piecewise((a, x > y), (b * cos(a), True)), lambda: Max(x, y) * a, lambda: Abs(w) - b, lambda: sympy.atan(a),
    ]  # fmt: skip
    return r.choice(makes)()


@pytest.mark.parametrize("seed", range(60))
def test_values_and_gradients_are_sympys(seed):
    r = random.Random(seed)
    expression = random_expression(r, 3)
    while not expression.free_symbols or expression.has(sympy.zoo, sympy.nan) or sympy.count_ops(expression) > 40:
        expression = random_expression(r, 3)
    given = {s: r.uniform(0.3, 1.8) for s in sorted(expression.free_symbols, key=str)}
    run = bp.from_sympy(expression).backprop({s.name: value for s, value in given.items()})
    at = {s: sympy.Float(value, 40) for s, value in given.items()}
    assert run.values["z"] == pytest.approx(float(expression.subs(at).evalf(30)), rel=1e-12, abs=1e-12)
    for s in expression.free_symbols:
        slope = expression.diff(s).subs(at).doit().evalf(30)
        if slope.is_Float or slope.is_Integer:
            assert run.gradients[s.name] == pytest.approx(float(slope), rel=1e-10, abs=1e-10)


FUNCTIONS = {
    sympy.sec(x): 0.4, sympy.csc(x): 0.4, sympy.cot(x): 0.4, sympy.asin(x): 0.4, sympy.acos(x): 0.4, sympy.atan(x): 3,
    sympy.sinh(x): 0.4, sympy.cosh(x): 0.4, sympy.sech(x): 0.4, sympy.asinh(x): 2, sympy.acosh(x): 2,
    sympy.atanh(x): 0.4, sympy.sign(x): -3, sympy.floor(x): 2.5, sympy.ceiling(x): 2.5, sympy.erf(x): 0.4,
    sympy.erfc(x): 0.4, sympy.gamma(x): 2.5, sympy.loggamma(x): 2.5, sympy.digamma(x): 2.5, sympy.polygamma(1, x): 2.5,
    sympy.atan2(x, 2): 0.4, sympy.E**x: 0.4, sympy.pi * x + sympy.E: 0.4, 0.5 * x: 3,
}  # fmt: skip


@pytest.mark.parametrize("expression", FUNCTIONS, ids=str)
def test_every_function_has_sympys_value(expression):
    at = FUNCTIONS[expression]
    value = bp.from_sympy(expression).backprop({"x": at}).values["z"]
    assert float(value) == pytest.approx(float(expression.subs(x, at).evalf(20)), rel=1e-13)


def test_statements_come_as_mapping_pairs_or_equations():
    text = bp.parse("v = u**2; w = 6*u; z = v*w")
    z = sympy.Symbol("z")
    assert bp.from_sympy({"v": u**2, "w": 6 * u, "z": v * w}) == text
    assert bp.from_sympy([(v, u**2), (w, 6 * u), (z, v * w)]) == text
    assert bp.from_sympy([sympy.Eq(v, u**2), sympy.Eq(w, 6 * u), sympy.Eq(z, v * w)]) == text
    assert bp.from_sympy({"v": u**2, "w": 6 * u, "z": v * w}, output="w").output == "w"


def test_what_occurs_twice_becomes_one_node():
    expression = (x + y) ** 2 * log(x + y) + sin(x * y) * cos(x * y)
    graph = bp.from_sympy(expression)
    assert (graph["t_1"].formula, graph["t_2"].formula) == ("x + y", "x·y")
    assert bp.from_sympy(expression, names=["s", "p"]).names == ("x", "y", "s", "p", "z")
    assert bp.from_sympy(expression, names={"s": x + y})["z"].parents.count("s") == 2
    assert bp.from_sympy(x**2 + 1, names={"q": x**2}).names == ("x", "q", "z")


def test_what_is_known_of_a_symbol_is_declared():
    p, n = sympy.Symbol("p", positive=True), sympy.Symbol("n", nonnegative=True)
    assert bp.from_sympy(log(p) + sqrt(n)) == bp.parse("p > 0; n >= 0; z = sqrt(n) + log(p)")


def test_roles_and_labels_and_the_output():
    graph = bp.from_sympy((x - y) ** 2, output="L", data=["y"], labels={"x": r"\hat{y}"})
    assert (graph.output, graph.role("y"), graph.labels) == ("L", "data", {"x": r"\hat{y}"})
    assert bp.from_sympy(sympy.Symbol("z") + 1).output == "f"
    assert bp.from_sympy(x)["z"].formula == "x"


def test_conditions_are_indicators():
    expression = Piecewise((x, (x > 0) & (x < 1)), (x**2, (x > 2) | (y < 0)), (0, True))
    graph = bp.from_sympy(expression)
    for at in [(0.5, 1), (1.5, 1), (1.5, -1), (3, 1), (-1, -1)]:
        given = dict(zip((x, y), at, strict=True))
        value = graph.backprop({"x": at[0], "y": at[1]}).values["z"]
        assert float(value) == pytest.approx(float(expression.subs(given)))


def test_five_thousand_nested_sines_need_no_stack():
    nested = x
    for _ in range(5000):
        nested = sin(nested, evaluate=False)
    assert len(bp.from_sympy(nested).tape) == 5001
    mixed = x
    for _ in range(2000):
        mixed = sympy.Add(x, sympy.Mul(y, cos(mixed, evaluate=False), evaluate=False), evaluate=False)
    assert len(bp.from_sympy(mixed).tape) == 6002


REFUSED = [
    (sympy.Heaviside(x), "Piecewise((1, x > 0), (0, True))"),
    (sympy.Function("f")(x), "no operation for SymPy's f; the known ones are exp, log"),
    (sympy.Function("exp")(x), "no operation for SymPy's exp"),
    (sympy.besselj(0, x), "no operation for SymPy's besselj"),
    (sympy.Integral(exp(x**2), x), "no operation for SymPy's Integral"),
    (sympy.Derivative(sympy.Function("f")(x), x), "no operation for SymPy's Derivative"),
    (sympy.IndexedBase("q")[1] * x, "no operation"),
    (sympy.I * x, "I is not a finite real number"),
    (sympy.oo + x, "oo is not a finite real number"),
    (sympy.zoo * x, "zoo is not a finite real number"),
    (sympy.Matrix([x]), "read arrays with parse"),
    (sympy.MatrixSymbol("A", 2, 2), "read arrays with parse"),
    (sympy.Symbol("a b") * x, "'a b' is not a name"),
    (sympy.Symbol("__import__('os').system('true')") * x, "is not a name"),
    (sympy.Symbol("x", positive=True) + x, "two different symbols are called x"),
    (sympy.Symbol("n", commutative=False) * x, "n is not a real number"),
    (sympy.Symbol("i", imaginary=True) * x, "i is not a real number"),
    (Piecewise((x, x > 0)), "end with the pair (value, True)"),
    (sympy.Integer(3), "not computed here"),
    ("x + 1", "read text with parse"),
    (None, "not a SymPy expression"),
    ({}, "statements are names with expressions"),
    ({"z": v * w, "v": u}, "v is used before it is computed"),
    ({"z": sympy.Symbol("z") + 1}, "z is used before it is computed"),
    ({"a b": x}, "'a b' is not a name"),
]


@pytest.mark.parametrize(("expression", "words"), REFUSED, ids=lambda case: str(case)[:30])
def test_refusals_name_what_is_wrong(expression, words):
    if expression == {"z": sympy.Symbol("z") + 1}:
        words = "z"
    with pytest.raises(bp.InputError) as caught:
        bp.from_sympy(expression)
    assert words in str(caught.value)


@pytest.mark.parametrize("names", [{"s": x * y}, ["s", "t", "r"], {"x": x + y}])
def test_names_that_do_not_fit_are_refused(names):
    with pytest.raises(bp.InputError):
        bp.from_sympy(sin(x + y) * cos(x + y), names=names)
