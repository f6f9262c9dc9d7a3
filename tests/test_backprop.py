"""Values, gradients, partials, steps and notes: against numbers worked out by hand and by independent ways."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

import graphviz_bp as bp
from graphviz_bp.figure.themes import THEMES

TUTORIAL = "v = u**2; w = 6*u; z = v*w"

# published worked examples: text, values, and numbers that others computed
KNOWN = [
    (TUTORIAL, {"u": 5}, {"z": 750}, {"u": 450, "v": 30, "w": 25, "z": 1}),
    ("b1 = 2*a; b2 = 3*a + b1; c = 4*b1 + 5*b2", {"a": 1}, {"c": 33}, {"b1": 9, "b2": 5, "a": 33}),
    ("q = x + y; f = q*z", {"x": -2, "y": 5, "z": -4}, {"f": -12}, {"x": -4, "y": -4, "z": 3, "q": -4}),
    ("f = x*y + y*z", {"x": 1, "y": 2, "z": 3}, {"f": 8}, {"x": 2, "y": 4, "z": 2}),
    (
        "d = a*b; e = d + c; L = e*f",
        {"a": 2, "b": -3, "c": 10, "f": -2},
        {"L": -8},
        {"a": 6, "b": -4, "c": -2, "f": 4, "e": -2, "d": -2},
    ),
    ("s = x*x; t = s*s + s", {"x": 1}, {"t": 2}, {"s": 3, "x": 6}),
    ("y = x/3", {"x": 1}, {"y": Fraction(1, 3)}, {"x": Fraction(1, 3)}),
]


@pytest.mark.parametrize(("text", "at", "values", "gradients"), KNOWN)
def test_worked_examples_come_out_exactly(text, at, values, gradients):
    run = bp.parse(text).backprop(at)
    assert run.exact
    for expected, found in ((values, run.values), (gradients, run.gradients)):
        for name, number in expected.items():
            assert found[name] == number
            assert type(found[name]) is type(number)


def test_the_sigmoid_neuron_of_cs231n():
    run = bp.parse("a = w0*x0 + w1*x1 + w2; f = sigmoid(a)").backprop({"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3})
    assert run.values["f"] == pytest.approx(0.7310585786300049, rel=1e-15)
    assert [round(run.gradients[n], 4) for n in ("w0", "x0", "w1", "x1", "w2")] == [
        -0.1966,
        0.3932,
        -0.3932,
        -0.5898,
        0.1966,
    ]


def test_partial_and_total_are_kept_apart():
    run = bp.parse("b1 = 2*a; b2 = 3*a + b1; c = 4*b1 + 5*b2").backprop({"a": 1})
    assert run.partials["c", "b1"] == 4
    assert run.gradients["b1"] == 9
    assert run.partials["b2", "a"] == 3


def test_every_step_adds_up_its_terms():
    run = bp.parse(TUTORIAL).backprop({"u": 5})
    for step in run.steps[1:]:
        assert sum(term.contribution for term in step.terms) == step.total
        assert all(term.local * term.upstream == term.contribution for term in step.terms)
    assert [step.node for step in run.steps] == ["z", "w", "v", "u"]


def test_push_order_holds_the_same_terms_as_pull_order():
    run = bp.parse("a = 2*u; b = u^2 + a; z = a*b + u").backprop({"u": 3})
    pulled = [(step.node, term) for step in run.steps for term in step.terms]
    assert sorted(map(repr, pulled)) == sorted(map(repr, run.pushes))


def test_a_node_used_twice_has_one_term_for_each_use():
    run = bp.parse("z = x*x").backprop({"x": 3})
    (step,) = [s for s in run.steps if s.node == "x"]
    assert [(t.slot, t.local, t.contribution) for t in step.terms] == [(0, 3, 3), (1, 3, 3)]
    assert run.partials["z", "x"] == 6
    assert run.partials["z", "x", 0] == 3


def test_another_name_for_the_same_thing_is_a_node_with_partial_one():
    run = bp.parse("y = x; z = y*y").backprop({"x": 4})
    assert run.partials["y", "x"] == 1
    assert run.gradients["x"] == 8


def test_decimals_typed_in_text_are_exact():
    run = bp.parse("y = 0.1*x + 0.2*x").backprop({"x": Decimal("0.3")})
    assert run.values["y"] == Fraction(9, 100)
    assert run.decimals


def test_an_irrational_value_sends_the_whole_run_to_doubles_with_a_note():
    run = bp.parse("y = exp(x); z = 2*y").backprop({"x": 1})
    assert not run.exact
    assert isinstance(run.values["x"], float)
    assert "doubles" in run.notes[0]
    assert "y" in run.notes[0]


def test_exact_numbers_that_grow_too_long_become_doubles():
    text = "l1 = 4*l0*(1 - l0)\n" + "\n".join(f"l{k + 1} = 4*l{k}*(1 - l{k})" for k in range(1, 20))
    run = bp.parse(text).backprop({"l0": Fraction(1, 3)})
    assert not run.exact
    assert "256 bits" in run.notes[0]


def test_an_input_the_output_does_not_depend_on_has_gradient_zero():
    run = bp.parse("y = 2*x; s = 3*t; z = y + 1; output z").backprop({"x": 1, "t": 2})
    assert run.gradients["t"] == 0
    assert run.gradients["s"] == 0


def test_gradients_of_an_inner_node_are_asked_with_of():
    run = bp.parse(TUTORIAL).backprop({"u": 5}, of="v")
    assert run.gradients["u"] == 10
    assert run.gradients["z"] == 0


def test_data_has_no_gradient():
    run = bp.parse("data y; L = (h - y)^2").backprop({"h": 3, "y": 1})
    assert "y" not in run.gradients
    assert run.gradients["h"] == 4


WRONG = [
    ({}, "no value is given for u"),
    ({"u": 1, "q": 2}, "q is not an input"),
    ({"u": 1, "v": 2}, "v is computed"),
    ({"u": "five"}, "must be a number"),
    ({"u": None}, "must be a number"),
    ([5], "mapping"),
]


@pytest.mark.parametrize(("values", "message"), WRONG)
def test_wrong_values_are_named(values, message):
    with pytest.raises(bp.InputError, match=message):
        bp.parse(TUTORIAL).backprop(values)


def test_without_values_a_run_is_symbolic():
    run = bp.parse(TUTORIAL).backprop()
    u = sympy.Symbol("u", real=True)
    assert run.symbolic
    assert sympy.expand(run.gradients["u"] - sympy.diff(6 * u**3, u)) == 0


def test_defaults_are_values_unless_others_are_given():
    graph = bp.parse("u = 5; v = u**2")
    assert graph.backprop().values["v"] == 25
    assert graph.backprop({"u": 2}).values["v"] == 4


def test_defaults_may_be_arrays():
    graph = bp.parse("data x, y; x = [1, 2]; y = [1, 0]; W = [[1, 2], [3, -4]]; L = sum((W@x - y)^2)")
    given = {"x": [1, 2], "y": [1, 0], "W": [[1, 2], [3, -4]]}
    assert (graph.backprop().gradients["W"] == graph.backprop(given).gradients["W"]).all()
    assert graph.tangent({"W": [[1, 0], [0, 0]]})["L"] == graph.backprop().gradients["W"][0, 0]


KINKS = [
    ("h = relu(x)", 0, 0, "relu'(0) = 0"),
    ("h = abs(x)", 0, 0, "abs'(0) = 0"),
    ("y = 1*x; h = max(x, y)", 2, 1, "share"),
    ("h = step(x)", 0, 0, "step"),
]


@pytest.mark.parametrize(("text", "at", "gradient", "note"), KINKS)
def test_a_kink_is_noted_with_its_convention(text, at, gradient, note):
    run = bp.parse(text).backprop({"x": at})
    assert run.gradients["x"] == gradient
    assert any(note in line for line in run.notes)


def test_a_branch_not_taken_contributes_exactly_zero():
    for text in (
        "y = where(x > 0, sqrt(x), 0)",
        "s = sqrt(x); y = where(x > 0, s, 0)",
        "y = where(x > 0, log(x), x^2 + 1)",
    ):
        run = bp.parse(text).backprop({"x": -1})
        assert run.gradients["x"] == (-2 if "log" in text else 0)
    array = bp.parse("x: (3,); y = sum(where(x > 0, sqrt(x), 2*x))").backprop({"x": [-1.0, 4.0, -2.0]})
    assert array.gradients["x"].tolist() == [2.0, 0.25, 2.0]


def test_a_zero_gradient_times_an_infinite_partial_is_never_passed_off_as_zero():
    """(√x)² has derivative 1 at 0; the chain rule meets 0 · ∞ there and must say so."""
    run = bp.parse("s = sqrt(x); y = s*s").backprop({"x": 0.0})
    assert np.isnan(run.gradients["x"])
    assert any("infinity" in note for note in run.notes)


def test_infinities_are_named_where_they_arise():
    run = bp.parse("a = x - 1; y = log(a)").backprop({"x": 1})
    assert run.values["y"] == -np.inf
    assert any("log" in note and "y" in note for note in run.notes)


def test_an_array_output_needs_a_seed():
    graph = bp.parse("x: (2,); y = x**2")
    with pytest.raises(bp.InputError, match="seed"):
        graph.backprop({"x": [1, 2]})
    assert graph.backprop({"x": [1, 2]}, seed=[1, 10]).gradients["x"].tolist() == [2, 40]


LAYER = "W: (2, 3); a = W@x + b; h = sigmoid(a); L = sum((h - y)**2)"


def layer_values(seed=0):
    random = np.random.default_rng(seed)
    return {
        "W": random.normal(size=(2, 3)),
        "x": random.normal(size=3),
        "b": random.normal(size=2),
        "y": np.array([1.0, 0.0]),
    }


def test_a_layer_agrees_with_the_textbook_formulas():
    v = layer_values()
    run = bp.parse(LAYER).backprop(v)
    h = 1 / (1 + np.exp(-(v["W"] @ v["x"] + v["b"])))
    delta = 2 * (h - v["y"]) * h * (1 - h)
    for name, expected in {
        "W": np.outer(delta, v["x"]),
        "b": delta,
        "x": v["W"].T @ delta,
        "h": 2 * (h - v["y"]),
    }.items():
        np.testing.assert_allclose(run.gradients[name], expected, rtol=1e-13)


def test_shapes_left_open_are_taken_from_the_values():
    graph = bp.parse("a = W@x + b; L = sum(a)")
    run = graph.backprop({"W": [[1, 2, 3], [4, 5, 6]], "x": [1, 0, -1], "b": [10, 20]})
    assert run.values["a"].tolist() == [8, 18]
    assert run.gradients["W"].tolist() == [[1, 0, -1], [1, 0, -1]]


def test_a_value_of_the_wrong_shape_names_both_shapes():
    with pytest.raises(bp.InputError, match=r"\(2, 3\).*\(3, 2\)"):
        bp.parse(LAYER).backprop({**layer_values(), "W": np.ones((3, 2))})


def test_array_partials_pull_push_and_make_their_jacobian():
    run = bp.parse(LAYER).backprop(layer_values())
    partial, g = run.partials["a", "W"], np.array([1.0, -2.0])
    jacobian = partial.jacobian()
    assert jacobian.shape == (2, 2, 3)
    np.testing.assert_allclose(partial.pull(g), np.tensordot(g, jacobian, 1))
    change = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(partial.push(change), np.tensordot(jacobian, change, 2))
    with pytest.raises(bp.InputError, match="entries"):
        partial.jacobian(limit=5)


def test_partials_of_an_exact_run_take_gradients_in_doubles():
    run = bp.parse("W: (2, 3); x: (3,); a = W@x; L = sum(a^2)").backprop({"W": [[1, 2, 3], [4, 5, 6]], "x": [1, 0, -1]})
    partial = run.partials["a", "x"]
    assert partial.jacobian().tolist() == [[1, 2, 3], [4, 5, 6]]
    assert partial.pull([0.5, 0.25]).tolist() == [1.5, 2.25, 3.0]


def test_functions_at_infinity_give_numbers_not_errors():
    for function in ("digamma", "gamma", "lgamma", "erf", "erfc", "gelu", "celu", "sinc", "cbrt", "asin", "acosh"):
        for x in (float("inf"), float("-inf")):
            assert isinstance(bp.parse(f"y = {function}(x)").backprop({"x": x}).values["y"], float)


def test_a_nan_that_is_given_comes_through_every_function():
    for text in ("y = celu(x)", "y = digamma(x)", "y = gelu(x)", "y = mish(x)", "y = max(x, 1)"):
        assert np.isnan(bp.parse(text).backprop({"x": float("nan")}).values["y"])


EXTREMES = [  # text, the same function written in mpmath, arguments
    ("y = sigmoid(x)", lambda x: 1 / (1 + mpmath.exp(-x)), [-40, 40, -30, 0, 700, -700]),
    ("y = tanh(x)", mpmath.tanh, [20, -20, 0, 1e-8]),
    ("y = softplus(x)", lambda x: mpmath.log(1 + mpmath.exp(x)), [1000, -40, 0, 40]),
    ("y = x**2", lambda x: x**2, [0, -3, 1e-160]),
    ("y = x**3", lambda x: x**3, [0, -2]),
    ("y = x**0", lambda x: x**0, [0, -3, 5]),
    ("y = exp(x)", mpmath.exp, [-700, 0, 700]),
    ("y = 1/x", lambda x: 1 / x, [1e-150, -3, 1e150]),
    ("y = sqrt(x)", mpmath.sqrt, [1e-300, 1e300, 4]),
]


@pytest.mark.parametrize(("text", "function", "points"), EXTREMES)
def test_gradients_stay_right_at_extreme_arguments(text, function, points):
    """Held against a 700-digit central difference."""
    graph = bp.parse(text)
    with mpmath.workdps(700):
        for point in points:
            h = mpmath.mpf(10) ** -340 * (abs(mpmath.mpf(point)) or 1)
            reference = (function(mpmath.mpf(point) + h) - function(mpmath.mpf(point) - h)) / (2 * h)
            found = graph.backprop({"x": float(point)}).gradients["x"]
            assert abs(found - reference) <= 1e-10 * abs(reference) + mpmath.mpf(10) ** -330, point


def test_sigmoid_at_eight_hundred_underflows_to_zero_without_a_warning():
    for x in (800.0, -800.0):
        run = bp.parse("y = sigmoid(x)").backprop({"x": x})
        assert run.gradients["x"] == 0
        assert run.values["y"] == (1 if x > 0 else 0)


def test_a_chain_of_a_hundred_thousand_operations_runs_without_recursion():
    (x,) = bp.inputs("x")
    y = x
    for _ in range(100_000):
        y = y + 1
    run = bp.graph(y.named("y")).backprop({"x": 1.0})
    assert run.values["y"] == 100_001
    assert run.gradients["x"] == 1


@pytest.mark.parametrize(("what", "name", "there"), [("values", "q", "u, v, z"), ("gradients", "q", "u, v, z"),
                                                      ("partials", ("u", "v"), "'v', 'u'")])  # fmt: skip
def test_a_name_that_is_not_there_is_a_key_error_with_those_that_are(what, name, there):
    run = bp.parse("v = u**2; z = 3*v").backprop({"u": 5})
    with pytest.raises(KeyError, match=f"is not among the {what}: .*{there}"):
        getattr(run, what)[name]
    assert getattr(run, what).get(name) is None


@pytest.mark.parametrize(
    ("text", "at", "sign"),
    [
        ("z = exp(u)", 1000.0, "≈"),
        ("z = u*u", 1e300, "≈"),
        ("z = sinh(u)/2", 1e5, "≈"),
        ("z = u^2.5", 1e300, "≈"),
        ("z = log(u)", 0.0, "="),
        ("z = 1/u", 0.0, "="),
        ("z = atanh(u)", 1.0, "="),
    ],
)
def test_an_infinity_that_is_only_a_doubles_is_no_equation(text, at, sign):
    run = bp.parse(text).backprop({"u": at})
    assert run.values["z"] in (float("inf"), -float("inf"))
    assert any("too large for a double" in note for note in run.notes) == (sign == "≈")
    captions = run.draw()._drawing.film("pull", THEMES["slate"]).captions
    assert re.search(r" (.) −?∞$", captions[1])[1] == sign
