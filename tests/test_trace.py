"""Python functions as graphs: names from local variables, and the same graph as from text, by hand, and from SymPy."""

import math
import sys
import threading
from fractions import Fraction

import numpy as np
import pytest
import sympy

import graphviz_bp as bp

u, v, w, x, y = sympy.symbols("u v w x y")


def two_paths(u):
    v = u**2
    w = 6 * u
    z = v * w
    return z


def neuron(w, x, b):
    a = w * x + b
    return bp.sigmoid(a)


def loss_of_neuron(w, x, b=Fraction(1, 2), y=1):
    h = neuron(w, x, b)
    loss = (h - y) ** 2
    return loss


def two_paths_by_hand():
    (u,) = bp.inputs("u")
    v, w = (u**2).named("v"), (6 * u).named("w")
    return bp.graph((v * w).named("z"))


def quotient_by_hand():
    x, y = bp.inputs("x", "y")
    s = (x + y).named("s")
    return bp.graph((x * bp.log(s) / s).named("z"))


def quotient(x, y):
    s = x + y
    z = x * bp.log(s) / s
    return z


def branch(x, y):
    z = bp.where(x > 0, bp.sqrt(x), -y)
    return z


def branch_by_hand():
    x, y = bp.inputs("x", "y")
    return bp.graph(bp.where(x > 0, bp.sqrt(x), -y).named("z"))


def defaults(x=2, y=3):
    z = bp.max(x, y) - 3 * bp.exp(-x)
    return z


def defaults_by_hand():
    return bp.trace(lambda x=2, y=3: (bp.max(x, y) - 3 * bp.exp(-x)).named("z"))


FOUR_WAYS = {
    "two paths": (
        "v = u**2; w = 6*u; z = v*w",
        two_paths_by_hand,
        two_paths,
        lambda: bp.from_sympy({"v": u**2, "w": 6 * u, "z": v * w}),
    ),
    "a quotient": (
        "s = x + y; z = x*log(s)/s",
        quotient_by_hand,
        quotient,
        lambda: bp.from_sympy(x * sympy.log(x + y) / (x + y), names={"s": x + y}),
    ),
    "a branch": (
        "z = where(x > 0, sqrt(x), -y)",
        branch_by_hand,
        branch,
        lambda: bp.from_sympy(sympy.Piecewise((sympy.sqrt(x), x > 0), (-y, True))),
    ),
    "defaults": (
        "x = 2; y = 3; z = max(x, y) - 3*exp(-x)",
        defaults_by_hand,
        defaults,
        lambda: bp.from_sympy({"x": 2, "y": 3, "z": sympy.Max(x, y) - 3 * sympy.exp(-x)}),
    ),
}


@pytest.mark.parametrize("case", FOUR_WAYS)
def test_every_front_end_gives_the_same_graph(case):
    text, by_hand, function, from_sympy = FOUR_WAYS[case]
    parsed = bp.parse(text)
    assert by_hand() == parsed
    assert bp.trace(function) == parsed
    assert from_sympy() == parsed


def test_arrays_come_by_shape_or_by_example():
    def layer(W, x, b):
        a = W @ x + b
        h = bp.tanh(a)
        return h

    text = bp.parse("a = W@x + b; h = tanh(a); W: (2, 3); x: (3,); b: (2,)")
    assert bp.trace(layer, (2, 3), x=(3,), b=(2,)) == text
    example = bp.trace(layer, np.ones((2, 3)), [1, 2, 3], b=[0, 0])
    assert example["h"].shape == (2,)
    assert example.tape.inputs["x"].default == [1, 2, 3]


def test_helpers_name_their_locals_and_not_their_parameters():
    graph = bp.trace(loss_of_neuron, data=["y"])
    assert graph.names == ("w", "x", "b", "y", "a", "h", "loss")
    assert graph["a"].formula == "w·x + b"
    assert graph.tape.inputs["b"].default == Fraction(1, 2)
    assert graph.role("y") == "data"


def test_a_second_call_of_a_helper_numbers_its_names():
    def net(x, w, b):
        h = neuron(w, x, b)
        p = neuron(w, h, b)
        return p

    assert bp.trace(net).names == ("x", "w", "b", "a", "h", "a#2", "p")


def test_the_names_of_the_function_itself_come_first():
    def helper(x):
        z = 2 * x
        out = z + 1
        return out

    def f(x):
        y = helper(x)
        z = y * y
        return z

    graph = bp.trace(f)
    assert (graph["y"].formula, graph["z"].formula, graph["z#2"].formula) == ("z(2) + 1", "y·y", "2x")


def test_a_rebound_local_is_numbered():
    def f(x, n):
        for _ in range(n):
            x = bp.sin(x)
        return x

    graph = bp.trace(f, n=3, fixed=["n"])
    assert graph.names == ("x", "x#2", "x#3", "x#4")
    assert graph.output == "x#4"
    assert bp.graph(graph_by_hand_with_versions()).names == ("x", "x#2")


def graph_by_hand_with_versions():
    (x,) = bp.inputs("x")
    return bp.sin(x).named("x#2")


@pytest.mark.parametrize("name", ["x#", "x#1", "x#02", "x#two", "x#2#3", "#2", "x#" + "9" * 60])
def test_only_numbers_from_2_stand_after_the_mark(name):
    with pytest.raises(bp.InputError):
        bp.inputs(name)


def test_lists_dictionaries_and_sums():
    def f(x, a, b):
        hidden = [bp.tanh(k * x) for k in (a, b)]
        doubled = []
        for k in range(2):
            doubled.append(2 * hidden[k])
        parts = {"left": doubled[0] - x, "right": doubled[1]}
        total = sum(parts.values())
        return total

    graph = bp.trace(f)
    assert {n: graph[n].formula for n in graph.names if graph[n].formula} == {
        "hidden_0": "tanh(a·x)",
        "hidden_1": "tanh(b·x)",
        "doubled_0": "2·hidden₀",
        "doubled_1": "2·hidden₁",
        "parts_left": "doubled₀ − x",
        "total": "parts_left + doubled₁",
    }


def test_a_list_that_is_rebound_names_what_each_held():
    def f(x):
        h = [x * 2, x * 3]
        h = [h[0] + h[1], h[0] - h[1]]
        return h[0] * h[1]

    assert bp.trace(f).names == ("x", "h_0", "h_1", "h_0#2", "h_1#2", "f")


def test_methods_callables_lambdas_and_generators():
    class Model:
        def layer(self, W, x):
            a = W @ x
            return bp.relu(a)

        def __call__(self, x, W1, W2):
            h = self.layer(W1, x)
            return self.layer(W2, h)

    model = Model()
    shapes = {"x": (3,), "W1": (2, 3), "W2": (2, 2)}
    assert bp.trace(model, **shapes).names == ("x", "W1", "W2", "a", "h", "a#2", "Model")
    assert bp.trace(model.layer, W=(2, 3), x=(3,)).output == "layer"
    assert bp.trace(lambda a, b: a * b).output == "t_1"

    def f(x):
        def powers():
            p = x
            while True:
                p = p * x
                yield p

        square, cube = (p for p, _ in zip(powers(), range(2), strict=False))
        return square + cube

    assert {"square", "cube"} <= set(bp.trace(f).names)


def test_names_that_python_has_and_graphs_have_not():
    def f(_x, lambda_):
        __tmp = _x * lambda_
        _ = _x + 1
        ŷ = bp.exp(__tmp)
        return ŷ

    assert bp.trace(f).names == ("x", "lambda", "tmp", "ŷ")


def test_an_output_nobody_named_is_named_after_the_function():
    def squared(x):
        return x**2

    def same(x):
        return x

    assert bp.trace(squared).output == "squared"
    assert (bp.trace(same).output, bp.trace(same)["same"].formula) == ("same", "x")


def test_what_is_no_number_is_passed_on():
    def f(x, act=bp.tanh, twice=True, name="f", scale=2.0):
        y = act(x) * scale
        return y + y if twice else y

    graph = bp.trace(f)
    assert graph.inputs == ("x", "scale")
    assert bp.trace(f, twice=False, act=bp.sin)["y"].formula == "sin(x)·scale"


def test_an_alias_makes_no_node():
    def f(x):
        y = x
        z = y * y
        return z

    assert bp.trace(f).names == ("x", "z")


@pytest.mark.parametrize("raises", [False, True])
def test_whatever_tracer_was_installed_is_put_back(raises):
    def f(x):
        if raises:
            raise ZeroDivisionError
        return x + 1

    def tracer(frame, event, arg):
        return None

    before = sys.gettrace(), threading.gettrace()
    sys.settrace(tracer)
    threading.settrace(tracer)
    try:
        if raises:
            with pytest.raises(ZeroDivisionError):
                bp.trace(f)
        else:
            bp.trace(f)
        assert (sys.gettrace(), threading.gettrace()) == (tracer, tracer)
    finally:
        sys.settrace(before[0])
        threading.settrace(before[1])


def test_a_trace_within_a_trace():
    def outer(x):
        inner = bp.trace(two_paths)
        y = x * len(inner.names)
        return y

    assert bp.trace(outer)["y"].formula == "x·4"


def test_a_thread_can_trace():
    found = []
    thread = threading.Thread(target=lambda: found.append(bp.trace(two_paths)))
    thread.start()
    thread.join()
    assert found[0] == bp.parse("v = u**2; w = 6*u; z = v*w")


def test_a_list_that_holds_itself_does_no_harm():
    def f(x):
        loop = [x * 2]
        loop.append(loop)
        return loop[0] + 1

    assert "loop_0" in bp.trace(f)


def test_a_hundred_thousand_steps():
    def f(x):
        for _ in range(100_000):
            x = x + x
        return x

    assert bp.trace(f).output == "x#100001"


def several(x):
    return x, x


REFUSED = [
    (lambda x: np.exp(x), "NumPy's exp does not know variables; write bp.exp"),
    (lambda x: 1 + np.maximum(x, 0), "NumPy's maximum does not know variables; write bp.max"),
    (lambda x: np.mean(x), "NumPy's mean does not know variables; write bp.mean"),
    (lambda x: np.linalg.eigvals(x), "NumPy's eigvals does not know variables; write it with operators"),
    (lambda x: math.sqrt(x), "write bp.exp(x) for math.exp(x)"),
    (lambda x: x if x > 0 else -x, "use where(condition, a, b)"),
    (lambda x: max(x, 0), "use where(condition, a, b)"),
    (lambda x, n=3: sum(x for _ in range(n)), 'fixed=["n"]'),
    (several, "returns several values"),
    (lambda x: None, "returns nothing"),
    (lambda x: 3.0, "does not depend on its inputs"),
    (lambda: 1, "has no parameters"),
    (3, "is not a function"),
]


@pytest.mark.parametrize(("function", "words"), REFUSED)
def test_refusals_say_what_to_do(function, words):
    with pytest.raises(bp.InputError) as caught:
        bp.trace(function)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "how", [{"examples": (1, 2)}, {"given": {"t": 1}}, {"given": {"fixed": ["q"]}}, {"given": {"data": ["q"]}}]
)
def test_arguments_that_do_not_fit_are_refused(how):
    with pytest.raises(bp.InputError):
        bp.trace(two_paths, *how.get("examples", ()), **how.get("given", {}))


def test_inputs_without_names_are_refused():
    def f(*xs):
        return xs[0]

    with pytest.raises(bp.InputError):
        bp.trace(f, 1, 2)
