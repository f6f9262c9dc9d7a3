"""The fast engine agrees with the reference sweep, on random graphs, on every row, and where numbers are not finite."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

import graphviz_bp as bp
from graphviz_bp.backprop import LARGE, Run, numpy_quiet
from graphviz_bp.engine import backward, engine_of, forward
from graphviz_bp.engine import run as engine
from graphviz_bp.engine.compiled import covers, installed, kernel_of
from graphviz_bp.engine.flat import Flat
from graphviz_bp.graph.blocks import added, each, inputs_in
from graphviz_bp.graph.register import Block, Input
from graphviz_bp.graph.tape import Tape
from graphviz_bp.graph.variables import Variable
from graphviz_bp.numbers import doubles
from graphviz_bp.operations import CODES, OPERATIONS, call

ROWS = [row.name for row in CODES if row.elementwise]
SMOOTH = ["add", "sub", "mul", "neg", "identity", "tanh", "sigmoid", "softplus", "sin", "cos", "silu"]
CHOOSING = ["relu", "abs", "max", "min", "where", "greater", "less_equal", "step", "sign", "clip", "floor", "leaky_relu"]
WILD = ["log", "sqrt", "div", "pow", "exp", "acosh", "atanh", "cbrt", "hypot", "log1p", "expm1"]
POINTS = {"acosh": (1.1, 3.0), "arccosh": (1.1, 3.0), "polygamma": (1.0, 1.0), "sinc_nth": (1.0, 1.0)}  # else 0.1 to 0.9
WAYS = {"arrays": 1, "both": 48, "lists": 10**9}  # from how many nodes NumPy is taken


def reference(graph, values):
    with numpy_quiet():
        return Run(graph, graph.box(graph.output), doubles, values, None, [])


def fast(graph, values):
    inputs, of = [float(values[name]) for name in graph.inputs], graph.tape.by_name[graph.output]
    return engine.SweptRun(graph, graph.output, engine_of(graph).sweep(np.array(inputs), of), None)


def assert_agree(graph, values, rel=1e-12):
    """Values and gradients to `rel` of the largest term they are sums of; what is not finite in the same places."""
    slow, quick = reference(graph, values), fast(graph, values)
    terms = {step.node: sum(abs(term.contribution) for term in step.terms) for step in slow.steps}
    for kind in ("values", "gradients"):
        expected, found = getattr(slow, kind), getattr(quick, kind)
        assert list(expected) == list(found)
        for name, number in expected.items():
            size = max(abs(number), terms.get(name, 0) if kind == "gradients" else 0)
            same = number == found[name] or (number != number and found[name] != found[name])
            assert same or abs(number - found[name]) <= rel * size, (kind, name, number, found[name])
    return slow, quick


def random_graph(seed, rows, size=120, numbers=(-2, -1, 0, 0.5, 1, 2)):
    """Operations on operations before them, on inputs and on numbers; a third of them named, many used twice."""
    choose = random.Random(seed)
    nodes = list(bp.inputs(*(f"x{i}" for i in range(8))))

    def operand():
        return choose.choice(nodes[-30:]) if choose.random() < 0.85 else choose.choice(numbers)

    for k in range(size):
        row = OPERATIONS[choose.choice(rows)]
        operands = [operand() for _ in range(row.arity or choose.choice((1, 2, 3, 5)))]
        made = call(row, *operands) if any(isinstance(x, Variable) for x in operands) else call(row, nodes[-1], *operands[1:])
        nodes.append(made.named(f"n{k}") if choose.random() < 0.3 else made)
    total = nodes[-1]
    for node in nodes[-25:-1]:
        total = total + node
    values = {f"x{i}": choose.choice((choose.uniform(-2, 2), float(choose.choice(numbers)))) for i in range(8)}
    return bp.graph(total.named("z")), values


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    for room in (forward, backward):
        monkeypatch.setattr(room, "FEW", WAYS[request.param])
    monkeypatch.setattr(engine, "COMPILED", 10**9)


@pytest.fixture
def compiled(monkeypatch):
    if not installed():
        pytest.skip("numba is not installed")
    monkeypatch.setattr(engine, "COMPILED", 0)


@pytest.mark.parametrize("seed", range(25))
def test_random_graphs_agree_with_the_reference_sweep(seed, way):
    assert_agree(*random_graph(seed, SMOOTH + CHOOSING))


@pytest.mark.parametrize("seed", range(25))
def test_what_is_not_finite_is_so_in_the_same_places(seed, way):
    """Branches not taken contribute exactly zero, and 0 · ∞ elsewhere is never passed off as zero."""
    graph, values = random_graph(seed, SMOOTH[:6] + CHOOSING + WILD, size=60)
    slow, quick = reference(graph, values), fast(graph, values)
    for kind in ("values", "gradients"):
        for name, number in getattr(slow, kind).items():
            found = getattr(quick, kind)[name]
            assert (math.isfinite(number), number != number) == (math.isfinite(found), found != found), (kind, name)
    assert quick.notes == slow.notes


def row_graph(name, count=60):
    """One row at many points, and the sum over them."""
    row = OPERATIONS[name]
    low, high = POINTS.get(name, (0.1, 0.9))
    arity = row.arity or 3
    xs = bp.inputs(*(f"x{i}" for i in range(count + arity)))
    total = 0
    for i in range(count):
        total = total + i * call(row, *xs[i : i + arity])
    points = np.random.default_rng(1).uniform(low, high, count + arity)
    return bp.graph(total.named("z")), {f"x{i}": float(x) for i, x in enumerate(points)}


@pytest.mark.parametrize("name", ROWS)
def test_every_row_agrees_with_the_reference_sweep(name, way):
    slow, quick = assert_agree(*row_graph(name))
    assert quick.notes == slow.notes


@pytest.mark.parametrize("name", [row.name for row in CODES if row.elementwise and kernel_of(row) != 255])
def test_every_compiled_row_agrees_with_the_reference_sweep(name, compiled):
    graph, values = row_graph(name)
    assert covers(Flat(graph.tape))
    assert_agree(graph, values)


@pytest.mark.parametrize("seed", range(15))
def test_random_graphs_agree_when_compiled(seed, compiled):
    graph, values = random_graph(seed, [*SMOOTH[:-1], "relu", "abs", "div", "sqrt", "log", "exp", "pow"], size=50)
    slow, quick = reference(graph, values), fast(graph, values)
    if all(map(math.isfinite, [*slow.values.values(), *slow.gradients.values()])):
        assert_agree(graph, values, rel=1e-10)
    for name, number in slow.gradients.items():
        assert math.isfinite(number) == math.isfinite(quick.gradients[name]), name
    assert quick.notes == slow.notes


def test_sums_are_added_in_the_order_of_the_tape():
    """To the last bit, every intermediate sum among them."""
    xs = bp.inputs(*(f"x{i}" for i in range(400)))
    total = xs[0]
    for i, x in enumerate(xs[1:]):
        total = (total + x) if i % 3 else (x + total)
        total = total.named(f"s{i}") if i % 50 == 0 else total
    graph = bp.graph(total.named("z"))
    values = {f"x{i}": random.Random(i).uniform(-1, 1) for i in range(400)}
    slow, quick = reference(graph, values), fast(graph, values)
    assert dict(quick.values) == dict(slow.values)
    assert set(quick.gradients.values()) == {1.0}


def test_a_chain_of_a_hundred_thousand_agrees_with_its_closed_form():
    y, a, b = bp.inputs("y", "a", "b")
    z = y
    for _ in range(50_000):
        z = a * z + b
    run = bp.graph(z.named("z")).backprop({"y": 2.0, "a": 0.999, "b": 0.5})
    power = 0.999**50_000
    assert run.values["z"] == pytest.approx(2.0 * power + 0.5 * (1 - power) / 0.001, rel=1e-9)
    assert run.gradients["y"] == pytest.approx(power, rel=1e-9)
    assert run.gradients["b"] == pytest.approx((1 - power) / 0.001, rel=1e-9)


def network(h):
    tape = Tape()
    x, W, b, w = (inputs_in(tape, *block) for block in (("x", (3,)), ("W", (h, 3)), ("b", (h,)), ("w", (1, h))))
    hidden = each(tape, "tanh", added(tape, each(tape, "mul", W, x), b))
    return bp.graph(Variable(tape, int(added(tape, each(tape, "mul", w, hidden))[0])).named("z"))


@pytest.mark.parametrize("h", [5, 60, 300])
def test_a_wide_layer_agrees_with_the_matrix_formulas(h):
    draw = np.random.default_rng(h).normal
    v = {"x": draw(size=3), "W": draw(size=(h, 3)), "b": draw(size=h), "w": draw(size=(1, h))}
    run = network(h).backprop(v)
    hidden = np.tanh(v["W"] @ v["x"] + v["b"])
    delta = v["w"][0] * (1 - hidden**2)
    expected = {"w": hidden[None], "b": delta, "W": np.outer(delta, v["x"]), "x": v["W"].T @ delta}
    assert run.values["z"] == pytest.approx((v["w"] @ hidden)[0], rel=1e-12)
    for name, gradient in expected.items():
        found = [run.gradients[f"{name}_{'_'.join(str(i + 1) for i in at)}"] for at in np.ndindex(gradient.shape)]
        np.testing.assert_allclose(found, gradient.ravel(), rtol=1e-9, atol=1e-12)


def test_exact_runs_are_left_alone():
    xs = bp.inputs(*(f"x{i}" for i in range(500)))
    total = xs[0]
    for x in xs[1:]:
        total = total + x * x
    run = bp.graph(total.named("z")).backprop({f"x{i}": i for i in range(500)})
    assert run.exact
    assert run.values["z"] == sum(i * i for i in range(500))
    assert type(run.gradients["x7"]) is int


def large(size=LARGE):
    y, a = bp.inputs("y", "a")
    z = y
    for i in range(size):
        z = (a * z).named(f"z{i}") if i % 7 == 0 else a * z + y
    return bp.graph(z.named("z"))


def test_a_large_run_is_lazy_and_has_everything_a_small_one_has():
    graph = large()
    run = graph.backprop({"y": 0.3, "a": 0.9})
    assert isinstance(run, engine.SweptRun)
    assert "boxes" not in vars(graph)
    assert len(run.values) == len(list(run.values)) == len(graph.tape.names)
    assert dict(run.given) == {"y": 0.3, "a": 0.9}
    assert "_sweep" not in vars(run)
    assert repr(run) == "<run of z at y = 0.3, a = 0.9>"
    step = run.step("z7")
    assert sum(term.contribution for term in step.terms) == pytest.approx(run.gradients["z7"], rel=1e-12)
    assert run.raw("z7") == run.values["z7"]
    assert run.partials["z7", "a"] == pytest.approx(reference(graph, run.given).partials["z7", "a"], rel=1e-12)
    assert "nope" not in run.values
    with pytest.raises(bp.InputError, match="nope"):
        run.raw("nope")


def test_the_same_values_give_the_same_bits():
    graph = large()
    first, second = (dict(graph.backprop({"y": 0.3, "a": 0.9}).gradients) for _ in range(2))
    assert first == second == dict(large().backprop({"a": 0.9, "y": 0.3}).gradients)


def test_gradients_of_an_inner_node_with_a_seed():
    run = large().backprop({"y": 0.3, "a": 0.9}, of="z0", seed=10)
    assert run.gradients["a"] == 3.0
    assert run.gradients["y"] == 9.0
    assert run.gradients["z"] == run.gradients["z7"] == 0.0


def test_data_has_no_gradient_in_a_large_run():
    y, a = bp.inputs("y", "a")
    z = a * y
    for _ in range(LARGE):
        z = z + y * a
    run = bp.graph(z.named("z"), data=["y"]).backprop({"y": 2.0, "a": 3.0})
    assert "y" not in run.gradients
    assert list(run.gradients) == ["a", "z"]
    assert run.gradients["a"] == 2.0 * (LARGE + 1)


def test_kinks_and_infinities_are_noted_in_a_large_run():
    x, y = bp.inputs("x", "y")
    h, s = bp.relu(x).named("h"), bp.log(y).named("s")
    z = h + s
    for _ in range(LARGE):
        z = z + x * y
    graph = bp.graph(z.named("z"))
    assert graph.backprop({"x": 1.5, "y": 2.5}).notes == ()
    assert any("relu'(0) = 0" in note for note in graph.backprop({"x": 0.0, "y": 2.5}).notes)
    assert any("log" in note for note in graph.backprop({"x": 1.5, "y": 0.0}).notes)


WRONG = [
    ({}, "no value is given for y, a"),
    ({"y": 1.0}, "no value is given for a"),
    ({"y": 1.0, "a": 1.0, "q": 2.0}, "q is not an input"),
    ({"y": 1.0, "z7": 2.0}, "z7 is computed"),
    ({"y": 1.0, "a": "five"}, "must be a number"),
    ([5], "mapping"),
]


@pytest.mark.parametrize(("values", "message"), WRONG)
def test_wrong_values_are_named_as_in_a_small_graph(values, message):
    with pytest.raises(bp.InputError, match=message):
        large().backprop(values)


def test_an_unknown_node_is_named():
    with pytest.raises(bp.InputError, match="there is no node 'q'"):
        large().backprop({"y": 1.0, "a": 1.0}, of="q")


def test_defaults_and_domains_hold_in_a_large_graph():
    text = "x = 2.5\ny > 0\n" + "\n".join(f"h{k} = sin({'x*y' if k == 0 else f'h{k - 1}'})" for k in range(LARGE))
    graph = bp.parse(text)
    assert isinstance(graph.backprop({"y": 0.5}), engine.SweptRun)
    assert graph.backprop({"y": 0.5}).given["x"] == 2.5
    with pytest.raises(bp.InputError, match="y is declared > 0"):
        graph.backprop({"y": -0.5})


def test_a_box_of_twenty_thousand_operations_has_its_steps():
    """No part of the reference sweep is quadratic in the size of a box."""
    x, y = bp.inputs("x", "y")
    z = y
    for _ in range(10_000):
        z = z + x * y
    run = bp.graph(z.named("z")).backprop({"x": 0.5, "y": 2.0})
    assert len(run.step("x").terms) == 10_000
    assert run.step("x").total == pytest.approx(run.gradients["x"], rel=1e-12)


def test_an_array_graph_is_left_to_the_reference_sweep():
    text = "h0 = x\n" + "\n".join(f"h{k} = tanh(h{k - 1})" for k in range(1, LARGE + 1)) + f"\nz = sum(h{LARGE})"
    run = bp.parse("x: (3,)\n" + text).backprop({"x": [0.1, 0.2, 0.3]})
    assert type(run) is Run
    run = bp.parse(text.replace("sum", "2*")).backprop({"x": [0.1, 0.2, 0.3]}, seed=[1.0, 1.0, 1.0])
    assert run.gradients["x"].shape == (3,)


# -- blocks


def test_the_entries_of_a_block_are_inputs_like_others():
    graph = network(2)
    assert graph.inputs == ("x_1", "x_2", "x_3", "W_1_1", "W_1_2", "W_1_3", "W_2_1", "W_2_2", "W_2_3", "b_1", "b_2", "w_1_1", "w_1_2")  # fmt: skip
    assert graph["W_2_1"].children == ("z",)
    assert graph.role("W_2_1") == "param"
    values = {name: i / 8 for i, name in enumerate(graph.inputs)}
    arrays = {"x": [0, 1 / 8, 2 / 8], "W": np.arange(3, 9).reshape(2, 3) / 8, "b": [9 / 8, 10 / 8], "w": [[11 / 8, 12 / 8]]}
    by_name, by_block = graph.backprop(values), graph.backprop(arrays)
    assert dict(by_name.gradients) == dict(by_block.gradients)
    by_hand = bp.parse("z = w_1_1*tanh(W_1_1*x_1 + W_1_2*x_2 + W_1_3*x_3 + b_1) + w_1_2*tanh(W_2_1*x_1 + W_2_2*x_2 + W_2_3*x_3 + b_2)")
    for name, gradient in by_hand.backprop(values).gradients.items():
        assert gradient == by_name.gradients[name]


def test_a_block_reads_back_as_an_array():
    v = {"x": np.ones(3), "W": np.full((100, 3), 0.1), "b": np.zeros(100), "w": np.full((1, 100), 0.5)}
    run = network(100).backprop(v)
    assert run.values["W"].tolist() == v["W"].tolist()
    assert run.gradients["W"][4, 1] == run.gradients["W_5_2"]
    mixed = {**{name: value for name, value in v.items() if name != "b"}, **{f"b_{i + 1}": 0.0 for i in range(100)}}
    assert dict(network(100).backprop(mixed).gradients) == dict(run.gradients)
    with pytest.raises(bp.InputError, match=r"W has shape \(100, 3\), its value has shape \(3,\)"):
        network(100).backprop({**v, "W": np.ones(3)})


def test_the_names_of_a_block_are_taken():
    tape = Tape()
    tape.block("W", (2, 3))
    with pytest.raises(bp.InputError, match="W_2_3 is already taken"):
        tape.input("W_2_3")
    with pytest.raises(bp.InputError, match="W is already taken"):
        tape.input("W")
    with pytest.raises(bp.InputError, match="already taken"):
        tape.block("W_1", (3,))
    tape.block("W_4", (2,))
    assert tape.by_name["W_4_2"] == 7
    assert [tape.names[node] for node in range(8)] == list(tape.inputs)
    for name in ("W_0_1", "W_3_1", "W_01_1", "W_1", "V_1_1", 5):
        assert name not in tape.by_name


def test_blocks_survive_a_copy_and_the_loss_of_idle_nodes():
    tape = Tape()
    x = inputs_in(tape, "x", (40,))
    each(tape, "exp", x)  # feeds nothing
    total = added(tape, each(tape, "mul", x, x[::-1]))
    tape.inputs["x_3"] = Input(int(x[2]), default=7.0)
    graph = bp.graph(Variable(tape, int(total)).named("z"))
    assert len(graph.tape) == 40 + 40 + 39
    assert graph.tape.blocks.by_name["x"] == Block("x", 0, (40,))
    assert graph.tape.inputs["x_3"].default == 7.0
    values = {f"x_{i}": 1.0 for i in range(1, 41) if i != 3}
    assert graph.backprop(values).values["z"] == 38 + 2 * 7.0
    with pytest.raises(bp.InputError, match="no value is given for x_1, x_2, x_4"):
        graph.backprop({})


def test_each_refuses_what_is_no_operation_on_numbers():
    tape = Tape()
    x = inputs_in(tape, "x", (3,))
    for name, operands in (("matmul", (x, x)), ("mul", (x,))):
        with pytest.raises(ValueError, match=name):
            each(tape, name, *operands)
