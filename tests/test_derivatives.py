"""Gradient graphs, tangents, Jacobians, Hessians and gradcheck, against each other and against independent engines."""

import math
import random
import warnings
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import graphviz_bp as bp
from graphviz_bp.backprop import sweep
from graphviz_bp.derivatives import GradcheckError
from graphviz_bp.graph.tape import CONSTANT
from graphviz_bp.numbers import doubles
from graphviz_bp.operations import CODES, OPERATIONS, f

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import autograd
    import autograd.numpy as anp

TUTORIAL = "v = u**2; w = 6*u; z = v*w"

SCALARS = [
    (TUTORIAL, {"u": 5}),
    ("b1 = 2*a; b2 = 3*a + b1; c = 4*b1 + 5*b2", {"a": 1}),
    ("z = log(x**2)", {"x": -3}),
    ("h = sigmoid(w*x + b); L = -(y*log(h) + (1 - y)*log(1 - h)); data x, y", {"w": 2.0, "x": -1.0, "b": 0.3, "y": 1}),
    ("z = x*x - x", {"x": 4}),
    ("z = a/b - b**a + a**3", {"a": 1.5, "b": 2.5}),
    ("h = relu(w*x + b); k = relu(v*h); L = (k - 1)**2", {"w": 1.0, "x": 2.0, "b": -0.5, "v": 3.0}),
    ("z = max(a, b, c) + min(a, b)*abs(c)", {"a": 1, "b": 1, "c": -2}),
    ("s = a + b; z = tanh(s)*cos(s)/s - (a - b)", {"a": 0.3, "b": 0.9}),
    ("z = gelu(x)*softplus(y) + atan2(x, y) + log1p(x**2) + hypot(x, y)", {"x": 0.7, "y": -1.2}),
    ("z = where(x > 0, sqrt(x), 0)", {"x": -1}),
    ("z = where(x > 0, sqrt(x)*y, y) + sqrt(relu(x))", {"x": -1.0, "y": 2.0}),
    ("z = where(x > 0, where(y > 0, log(x*y), x/y), exp(x))", {"x": 2.0, "y": -3.0}),
    ("a = 1/where(x > 0, x, 1); z = log(a)*relu(x)", {"x": -2.0}),
    ("z = where(x < 10, x**200, 0)", {"x": 100.0}),
]

ARRAYS = [
    "a = W@x + b; h = tanh(a); L = sum((h - y)**2); W: (2, 3); x: (3,); b: (2,); y: (2,)",
    "a = X@W; p = softmax(a, axis=1); L = -mean(sum(Y*log(p), axis=1)); X: (4, 3); W: (3, 2); Y: (4, 2)",
    "a = X@W; L = -sum(Y*log_softmax(a)); X: (4, 3); W: (3, 2); Y: (4, 2)",
    "a = relu(X@W + b); c = a@V; L = mean((c - Y)**2); X: (4, 3); W: (3, 5); b: (5,); V: (5, 2); Y: (4, 2)",
    "c = concat(x, y*s); L = sum(c[1:4]*c[0:3]) + c[0]; x: (3,); y: (2,); s: ()",
    "L = sum(x[[0, 0, 2]]**2*y[:, 0]); x: (3,); y: (3, 2)",
    "r = reshape(x, (3, 2)); L = sum(r.T@r*exp(s*r.T@r)); x: (6,); s: ()",
    "L = sum(where(x > 0, sqrt(x)*s, 0)); x: (3,); s: ()",
    "L = mean(max(x, y, 0)*x) + x@y; x: (3,); y: (3,)",
    "m = mean(X, axis=0); v = mean((X - m)**2, axis=0); L = sum((X - m)/sqrt(v + 1)*G); X: (3, 2); G: (3, 2)",
    "q = x@A@x; L = sqrt(q**2 + 1); x: (3,); A: (3, 3)",
    "L = sum(sqrt(relu(x))); x: (3,)",
]


def some_values(graph, seed=0):
    rng = np.random.default_rng(seed)
    return {n: rng.normal(size=graph[n].shape) if graph[n].shape else float(rng.normal()) for n in graph.inputs}


ALL = [(text, values) for text, values in SCALARS] + [(text, None) for text in ARRAYS]
IDS = [text[:40] for text, _ in ALL]


# -- the gradient graph


@pytest.mark.parametrize(("text", "values"), ALL, ids=IDS)
def test_the_gradient_graph_has_the_gradients_of_the_run(text, values):
    graph = bp.parse(text)
    values = values or some_values(graph)
    run = graph.backprop(values)
    found = graph.gradient_graph().backprop(values, of=graph.output).values
    for name, gradient in run.gradients.items():
        np.testing.assert_allclose(
            np.asarray(found[f"d_{name}"], float), np.asarray(gradient, float), rtol=1e-12, atol=1e-14
        )


def test_exact_gradients_stay_exact():
    assert bp.parse(TUTORIAL).gradient_graph().backprop({"u": 5}).values["d_u"] == 450
    third = bp.parse("z = x/3 + x**2/7").gradient_graph().backprop({"x": 1}).values["d_x"]
    assert third == Fraction(13, 21)


def test_gradients_are_named_and_read_like_the_blackboard():
    graph = bp.parse(TUTORIAL).gradient_graph("u")
    assert graph.output == "d_u"
    assert {n: graph[n].formula for n in graph.names if n.startswith("d_")} == {
        "d_v": "w",
        "d_w": "v",
        "d_u": "2u·d_v + 6·d_w",
    }
    assert graph.inputs == ("u",)
    assert (graph["v"].formula, graph["z"].formula) == ("u²", "v·w")


def test_numbers_signs_and_zeros_do_not_clutter():
    graph = bp.parse("h = sigmoid(w*x + b); L = -y/h - (1 - h)**2*h; data x, y").gradient_graph()
    assert graph["d_h"].formula == "−t₂/h + 2t₃·h − t₄"
    assert graph["d_b"].formula == "h·σ(−t₁)·d_h"
    assert "d_x" not in graph
    assert "d_y" not in graph
    assert bp.parse("L = sum((h - y)**2); h: (2,); y: (2,); data y").gradient_graph()["d_h"].formula == "2t₁"


def test_relus_add_no_guards_where_nothing_is_infinite():
    graph = bp.parse("h = relu(w*x + b); L = (h - y)**2; data x, y").gradient_graph()
    used = {operation.name for node in range(len(graph.tape)) if (operation := graph.tape.operation(node))}
    assert "where" not in used


def test_what_the_output_does_not_depend_on():
    (x, y) = bp.inputs("x", "y")
    graph = bp.graph((x * 2).named("z"))
    (y * 3).named("q")
    whole = bp.graph((x * 2).named("z2"))
    assert graph.gradient_graph().backprop({"x": 1, "y": 1}).values["d_y"] == 0
    found = whole.gradient_graph(["y", "q"]).backprop({"x": 1, "y": 1}).values
    assert (found["d_y"], found["d_q"]) == (0, 0)
    assert "d_q" not in whole.gradient_graph()


def test_names_that_are_taken_get_a_number():
    graph = bp.parse("d_u = u**2; z = d_u*u").gradient_graph("u")
    assert graph.output == "d_u#2"
    assert graph.backprop({"u": 2}).values["d_u#2"] == 12


def test_labels_are_kept_and_extended():
    graph = bp.parse('z = W1**2; name W1 "W^{[1]}"').gradient_graph()
    assert graph.labels == {"W1": "W^{[1]}", "d_z": r"\frac{\partial z}{\partial z}", "d_W1": r"\frac{\partial z}{\partial W^{[1]}}"}


@pytest.mark.parametrize("notation", ["leibniz", "bar", "delta"])
def test_gradients_are_typeset_as_derivatives_and_keep_their_plain_names(notation):
    graph = bp.parse(TUTORIAL).gradient_graph("u")
    assert graph["d_u"].formula == "2u·d_v + 6·d_w"
    told = graph.backprop({"u": 5}).derive(notation=notation)
    assert r"\frac{\partial z}{\partial v}" in told.latex
    assert told.latex.count("{") == told.latex.count("}")
    assert graph.backprop({"u": 5}).draw(notation=notation).svg  # every name can be set
    twice = graph.gradient_graph("u", of="d_u")
    assert twice.labels["d_u_u"] == r"\frac{\partial}{\partial u}\frac{\partial z}{\partial u}"


SECOND = ["x**3*y**2 - x*y", "sin(x*y)/x", "exp(x)*log(y) + tanh(x*y)", "x**y", "sqrt(x + y**2)", "1/(1 + exp(-x*y))",
          "where(x > y, x**2*y, sin(y))", "max(x, y)*x*y", "atan(x/y)", "abs(x - 2*y)*x**2"]  # fmt: skip


@pytest.mark.parametrize("text", SECOND)
@pytest.mark.parametrize(("first", "second"), [("x", "x"), ("x", "y"), ("y", "x"), ("y", "y")])
def test_second_derivatives_are_sympys(text, first, second):
    graph = bp.parse(f"z = {text} + 0*x*y")
    twice = graph.gradient_graph(first).gradient_graph(second, of=f"d_{first}")
    assert twice.output == f"d_{first}_{second}"
    at = {"x": 1.25, "y": 0.75}
    symbols = {s.name: s for s in graph.to_sympy().free_symbols}
    expected = graph.to_sympy().diff(symbols[first]).diff(symbols[second])
    expected = expected.subs({symbols[n]: sympy.Float(v, 30) for n, v in at.items()}).doit().evalf(30)
    assert float(twice.backprop(at).values[twice.output]) == pytest.approx(float(expected), rel=1e-12, abs=1e-12)


def test_third_derivatives_too():
    graph = bp.parse("z = x**5*y")
    third = graph.gradient_graph("x").gradient_graph("x", of="d_x").gradient_graph("y", of="d_x_x")
    assert third.output == "d_x_x_y"
    assert third.backprop({"x": 2, "y": 1}).values["d_x_x_y"] == 20 * 8


def test_the_gradient_of_an_inner_node():
    graph = bp.parse(TUTORIAL).gradient_graph("u", of="v")
    assert graph.backprop({"u": 5}).values["d_u"] == 10


ELEMENTWISE = [o for o in OPERATIONS.values() if o.elementwise]
POINTS = [(0.3, 1.7, -0.4), (-1.2, 0.6, 2.1), (2.0, -0.7, 0.9), (1.0, 1.0, 1.0), (0.0, 2.0, -1.0)]


@pytest.mark.parametrize("operation", ELEMENTWISE, ids=lambda o: o.name)
def test_every_scalar_function_in_a_gradient_graph(operation):
    count = operation.arity or 3
    xs = bp.inputs(*"xyz"[:count])
    graph = bp.graph((getattr(f, operation.name)(*xs) * xs[0]).named("out"))
    gradients = graph.gradient_graph()
    for point in POINTS:
        values = dict(zip(graph.inputs, point, strict=False))
        run = graph.backprop(values)
        if not math.isfinite(run.values["out"]):
            continue
        found = gradients.backprop(values).values
        for name in graph.inputs:
            assert float(found[f"d_{name}"]) == pytest.approx(float(run.gradients[name]), rel=1e-12, nan_ok=True)
            along = graph.tangent(name, values)["out"]
            assert float(along) == pytest.approx(float(run.gradients[name]), rel=1e-12, nan_ok=True)


INNER = {"exp_bend", "sinc_nth", "polygamma", "defined", "finite", "times_pi"}  # rows that only rules speak of


def random_graph(seed):
    """Ten random operations on three inputs, some of them named."""
    r = random.Random(seed)
    nodes = list(bp.inputs("a", "b", "c"))
    for k in range(r.randint(2, 10)):
        operation = r.choice([o for o in ELEMENTWISE if o.name not in INNER])
        xs = [r.choice(nodes)]
        xs += [r.choice([*nodes, *nodes, 2, -1, 0.5]) for _ in range((operation.arity or 2) - 1)]
        made = getattr(f, operation.name)(*xs)
        nodes.append(made.named(f"n{k}") if r.random() < 0.4 else made)
    return bp.graph((nodes[-1] * nodes[-2] + nodes[-3]).named("z")), [r.uniform(-2, 2) for _ in range(3)]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(0, 10**9))
def test_random_graphs_agree_forward_backward_and_as_graphs(seed):
    graph, point = random_graph(seed)
    values = dict(zip(("a", "b", "c"), point, strict=True))
    nodes = {graph.tape.inputs[name].node: value for name, value in values.items()}
    if not all(map(math.isfinite, sweep.forward(graph.tape, nodes, doubles))):
        return
    run = graph.backprop(values)
    if not all(math.isfinite(float(value)) for value in run.gradients.values()):
        return
    found = graph.gradient_graph().backprop(values).values
    for name in graph.inputs:
        gradient = float(run.gradients[name])
        assert float(found[f"d_{name}"]) == pytest.approx(gradient, rel=1e-9, abs=1e-12)
        assert float(graph.tangent(name, values)["z"]) == pytest.approx(gradient, rel=1e-9, abs=1e-12)


# -- size


def operations(graph):
    return sum(code < CONSTANT for code in graph.tape.codes)


def perceptron(width, layers, activation):
    """A network of numbers, one node per multiplication and addition."""
    names = [f"x{i}" for i in range(width)] + [f"w{k}" for k in range(layers * width * width)]
    variables = bp.inputs(*names)
    x, weights = list(variables[:width]), iter(variables[width:])
    for _ in range(layers):
        sums = []
        for _ in range(width):
            total = next(weights) * x[0]
            for value in x[1:]:
                total = total + next(weights) * value
            sums.append(activation(total))
        x = sums
    loss = x[0] * x[0]
    for value in x[1:]:
        loss = loss + value * value
    return bp.graph(loss.named("L"))


@pytest.mark.parametrize("activation", [f.tanh, f.relu, f.sigmoid, f.sin, f.softplus])
def test_a_gradient_adds_few_operations(activation):
    graph = perceptron(8, 6, activation)
    assert operations(graph.gradient_graph()) - operations(graph) <= 2 * operations(graph)


COMMON = ["exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "tanh", "atan", "sigmoid", "relu", "softplus", "abs"]


@pytest.mark.parametrize("name", COMMON)
def test_a_common_function_adds_at_most_four_operations(name):
    (x,) = bp.inputs("x")
    graph = bp.graph(getattr(f, name)(getattr(f, name)(x * x)).named("z"))
    assert operations(graph.gradient_graph("x")) - operations(graph) <= 4 * operations(graph)


def test_a_chain_of_a_hundred_thousand_operations():
    (x,) = bp.inputs("x")
    y = x
    for _ in range(50_000):
        y = f.sin(y) * x
    graph = bp.graph(y.named("z"))
    assert operations(graph.gradient_graph("x")) <= 4 * operations(graph)


def test_a_long_chain_has_the_right_gradient():
    (x,) = bp.inputs("x")
    y = x
    for _ in range(3_000):
        y = f.sin(y) + x
    graph = bp.graph(y.named("z"))
    value, slope = 0.5, 1.0
    for _ in range(3_000):
        value, slope = math.sin(value) + 0.5, math.cos(value) * slope + 1
    assert graph.gradient_graph("x").backprop({"x": 0.5}).values["d_x"] == pytest.approx(slope, rel=1e-12)


def test_the_same_graph_twice():
    graph = bp.parse(ARRAYS[1])
    assert graph.gradient_graph() == graph.gradient_graph()


# -- forward mode


@pytest.mark.parametrize(("text", "values"), ALL, ids=IDS)
def test_tangents_agree_with_gradients(text, values):
    graph = bp.parse(text)
    values = values or some_values(graph)
    names = [name for name in graph.inputs if graph.role(name) != "data"]
    direction = {name: value for name, value in some_values(graph, 1).items() if name in names}
    gradients = graph.backprop(values).gradients
    expected = sum(np.sum(direction[name] * np.asarray(gradients[name], float)) for name in names)
    assert float(graph.tangent(direction, values)[graph.output]) == pytest.approx(expected, rel=1e-11, abs=1e-12)


def test_tangents_by_name():
    graph = bp.parse("v = x1*x2; z = v + x1**2")
    assert graph.tangent("x1", {"x1": 3, "x2": 4}) == {"x1": 1, "x2": 0, "v": 4, "z": 10}
    assert graph.tangent({"x1": 1, "x2": -2}, {"x1": 3, "x2": 4})["z"] == 4
    assert graph.tangent("v", {"x1": 3, "x2": 4}) == {"x1": 0, "x2": 0, "v": 1, "z": 1}
    assert graph.tangent({"x1": Fraction(1, 3)}, {"x1": 3, "x2": 4})["z"] == Fraction(10, 3)
    assert isinstance(graph.tangent({"x1": 0.5}, {"x1": 3, "x2": 4})["z"], float)
    assert str(graph.tangent("x1")["z"]) == "2*x1 + x2"


def test_what_does_not_move_contributes_nothing():
    graph = bp.parse("L = sum(sqrt(x)); x: (2,)")
    assert graph.tangent({"x": [0, 1]}, {"x": [0, 4]})["L"] == 0.25
    assert bp.parse("z = sqrt(x) + y").tangent({"x": 0, "y": 1}, {"x": 0, "y": 2})["z"] == 1


@pytest.mark.parametrize(
    ("direction", "values"),
    [("q", {}), ({}, {}), (3, {}), ({"W": [1, 2]}, {}), ("W", {}), ("x", {"x": [1, 2]})],
)
def test_directions_that_do_not_fit_are_refused(direction, values):
    graph = bp.parse("y = W@x; W: (2, 3); x: (3,)")
    with pytest.raises(bp.InputError):
        graph.tangent(direction, values or {"W": np.ones((2, 3)), "x": [1, 2, 3]})


@pytest.mark.parametrize("text", ARRAYS)
def test_a_partial_pushes_as_its_jacobian_does(text):
    graph = bp.parse(text)
    run = graph.backprop(some_values(graph))
    for key, partial in run.partials.items():
        if len(key) == 2 and hasattr(partial, "push"):
            change = np.random.default_rng(2).normal(size=graph[key[1]].shape)
            expected = np.tensordot(partial.jacobian(), change, axes=change.ndim)
            np.testing.assert_allclose(partial.push(change), expected, rtol=1e-11, atol=1e-13)


def test_a_push_is_exact_where_the_run_is():
    run = bp.parse("a = W@x; L = sum(a*a); W: (2, 3); x: (3,)").backprop({"W": [[1, 2, 3], [4, 5, 6]], "x": [1, 0, 1]})
    partial = run.partials["a", "W"]
    assert partial.push([[1, 0, 2], [0, 0, 0]]).tolist() == [3, 0]
    assert partial.push([[0.5, 0, 0], [0, 0, 0]]).tolist() == [0.5, 0]
    with pytest.raises(bp.InputError):
        partial.push([1, 2, 3])


# -- Jacobians and Hessians


def test_jacobians_have_the_shapes_of_both():
    graph = bp.parse("y = A@x; s = sum(y**2); A: (2, 3); x: (3,)")
    at = {"A": [[1, 2, 3], [4, 5, 6]], "x": [1, 0, 2]}
    assert graph.jacobian("y", "x", at).tolist() == [[1, 2, 3], [4, 5, 6]]
    assert graph.jacobian("y", "A", at).shape == (2, 2, 3)
    assert graph.jacobian("s", "x", at).tolist() == [142, 188, 234]
    assert graph.jacobian("A", "x", at).shape == (2, 3, 3)
    assert graph.jacobian(values=at).shape == (2, 3)
    assert bp.parse(TUTORIAL).jacobian("z", "u", {"u": 5}) == 450
    assert graph.jacobian("y", "x").tolist() == [
        [sympy.Symbol(f"A_{i}_{j}", real=True) for j in (1, 2, 3)] for i in (1, 2)
    ]


def test_jacobians_are_autograds():
    graph = bp.parse("h = tanh(W@x + b); p = softmax(V@h); W: (4, 3); x: (3,); b: (4,); V: (5, 4)")
    at = some_values(graph)

    def model(W, x, b, V):
        z = anp.dot(V, anp.tanh(anp.dot(W, x) + b))
        e = anp.exp(z - anp.max(z))
        return e / anp.sum(e)

    for position, name in enumerate(("W", "x", "b", "V")):
        expected = autograd.jacobian(model, position)(*(at[n] for n in ("W", "x", "b", "V")))
        np.testing.assert_allclose(graph.jacobian("p", name, at), expected, rtol=1e-11, atol=1e-14)


def test_a_jacobian_that_is_too_large_is_refused():
    from graphviz_bp.derivatives import hessian, jacobian

    graph = bp.parse("y = x*s; L = sum(y**2); x: (40,)")
    at = {"x": np.ones(40), "s": 1}
    with pytest.raises(bp.InputError):
        jacobian(graph, "y", "x", at, limit=100)
    with pytest.raises(bp.InputError):
        hessian(graph, at, limit=100)


def test_hessians_of_numbers_are_square_arrays():
    graph = bp.parse("z = x1**2*x2 + x2**3 + c*x1; data c")
    at = {"x1": 1, "x2": 2, "c": 3}
    found = graph.hessian(at)
    assert found.dtype == np.int64
    assert found.tolist() == [[4, 2], [2, 12]]
    assert graph.hessian(at, wrt=["x2", "x1"]).tolist() == [[12, 2], [2, 4]]
    assert graph.hessian(at, wrt="x2") == 12
    x1, x2 = sympy.symbols("x1 x2", real=True)
    assert graph.hessian().tolist() == [[2 * x2, 2 * x1], [2 * x1, 6 * x2]]


def test_hessians_of_arrays_are_mappings_and_autograds():
    graph = bp.parse("h = tanh(W@x); L = sum(h**2)*s + log(1 + x@x); W: (2, 3); x: (3,); s: ()")
    at = some_values(graph)
    found = graph.hessian(at)

    def loss(x):
        return anp.sum(anp.tanh(anp.dot(at["W"], x)) ** 2) * at["s"] + anp.log(1 + anp.dot(x, x))

    expected = autograd.hessian(loss)(at["x"])
    np.testing.assert_allclose(found["x", "x"], expected, rtol=1e-11)
    np.testing.assert_allclose(graph.hessian(at, wrt="x"), expected, rtol=1e-11)
    assert found["W", "s"].shape == (2, 3)
    np.testing.assert_allclose(found["W", "x"], np.moveaxis(found["x", "W"], 0, -1), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(("text", "values"), [(text, values) for text, values in SCALARS if "**200" not in text])
def test_hessians_are_symmetric(text, values):
    found = bp.parse(text).hessian(values).astype(float)
    np.testing.assert_allclose(found, found.T, rtol=1e-9, atol=1e-12)


# -- gradcheck


@pytest.mark.parametrize(("text", "values"), [case for case in ALL if "max(a, b, c)" not in case[0]])
def test_gradcheck_passes(text, values):
    graph = bp.parse(text)
    values = values or some_values(graph)
    assert graph.gradcheck(values) is True
    if "**200" not in text:
        assert graph.gradcheck(values, digits=None) is True


def test_gradcheck_of_an_array_output():
    graph = bp.parse("p = softmax(W@x); W: (3, 2); x: (2,)")
    assert graph.gradcheck(some_values(graph))


def test_gradcheck_says_when_a_kink_is_near():
    graph = bp.parse("h = relu(x); L = h*y")
    with pytest.raises(GradcheckError) as caught:
        graph.gradcheck({"x": 0, "y": 3})
    error = caught.value
    assert (error.name, error.entry, error.gradient, error.difference) == ("x", (), 0, 1.5)
    assert "0 from below and 3 from above: a kink is near" in str(error)
    assert "relu'(0) = 0" in str(error)


@pytest.mark.parametrize("digits", [40, None])
def test_gradcheck_finds_a_wrong_rule(monkeypatch, digits):
    right = OPERATIONS["sin"]
    wrong = replace(right, computed=(lambda y, x: f.cos(x) * Fraction(100_001, 100_000),))
    monkeypatch.setattr(sweep, "CODES", [wrong if operation is right else operation for operation in CODES])
    graph = bp.parse("z = sum(sin(W)*s); W: (2, 2); s: ()")
    values = {"W": [[0.1, 0.2], [0.3, 0.4]], "s": 1}
    if digits is None:
        assert graph.gradcheck(values, digits=None)  # the doubles' tolerance lets a relative error of 1e-5 pass
        return
    with pytest.raises(GradcheckError) as caught:
        graph.gradcheck(values)
    assert (caught.value.name, caught.value.entry) == ("W", (0, 0))
    assert "the gradient of W[0, 0] is" in str(caught.value)


def test_gradcheck_needs_values():
    with pytest.raises(bp.InputError):
        bp.parse(TUTORIAL).gradcheck()


# -- refusals


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        (TUTORIAL, {"wrt": "q"}, "there is no node 'q'"),
        (TUTORIAL, {"of": "q"}, "there is no node 'q'"),
        ("z = x*y; data y", {"wrt": "y"}, "y is data"),
        ("z = x*y; data x, y", {}, "nothing to differentiate"),
        ("y = W@x; W: (2, 3); x: (3,)", {}, "y is an array of shape (2,)"),
        ("y = sum(W@x)", {}, "the shape of W is unknown"),
    ],
)
def test_gradient_graphs_that_can_not_be(text, arguments, words):
    with pytest.raises(bp.InputError) as caught:
        bp.parse(text).gradient_graph(**arguments)
    assert words in str(caught.value)
