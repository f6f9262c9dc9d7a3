"""Times and ratios against other packages. Run with `pytest tests/benchmarks`; nothing here fails for being slow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from board import plot, say, seconds
from graphs import WIDTHS, built, chain, layer_numbers, logistic, mlp, mlp_by_layers, mlp_names, mlp_numbers
from peers import Casadi, Micrograd, autograd_gradient, deep, sympy_gradient

import graphviz_bp.engine.run as engine

pytestmark = pytest.mark.benchmark
HERE, LARGE, LARGEST = Path(__file__).parent, 100_000, 1_000_000
BUILD, RUN, PEAK = "building, ns a node", "forward and backward, ns a node", "peak memory, bytes a node"
NARROW = {chain: (["y", "a", "b"], [0.3, 0.9, 0.1]), logistic: (["y", "a", "one"], [0.3, 3.2, 1.0])}
sizes = pytest.mark.parametrize("size", WIDTHS)


@pytest.fixture
def numpy_alone(monkeypatch):
    monkeypatch.setattr(engine, "COMPILED", sys.maxsize)


@pytest.fixture
def compiled(monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr(engine, "COMPILED", 0)


def peer(kind):
    pytest.importorskip(kind.__name__.lower())
    return kind()


def ns(time, nodes):
    return f"{1e9 * time / nodes:.3g} ns a node"


def rounds(size):
    return 9 if size < LARGEST else 1  # micrograd takes ten seconds for one


def target(words, met, *, at):
    """A target that is set for one size, where `at` says whether this is the one."""
    return {"target": words, "met": met} if at else {}


def rebuilt(micrograd, make, numbers, n):
    """What micrograd does at every point: build the graph, go back; its value."""
    root = micrograd.build(make, numbers, n)
    root.backward()
    micrograd.forget(root)
    return root.data


@sizes
def test_building_by_operators(size):
    micrograd, h = peer(Micrograd), WIDTHS[size]
    numbers, n = mlp_numbers(h), len(built(mlp_names(h), mlp, h).tape)
    ours, theirs = seconds(
        lambda: built(mlp_names(h), mlp, h), lambda: micrograd.build(mlp, numbers, h), rounds=rounds(size)
    )
    plot(BUILD, "graphviz_bp, operators", n, 1e9 * ours / n)
    plot(BUILD, "micrograd", n, 1e9 * theirs / n)
    goal = target("≤ 600 ns a node", ours / n <= 600e-9, at=size == LARGE)
    say(f"building by operators, {n} nodes, names and graph() included", ns(ours, n), **goal)
    goal = target("≥ 5", theirs >= 5 * ours, at=size == LARGE)
    say(f"  micrograd / graphviz_bp ({ns(theirs, n)})", f"{theirs / ours:.1f} times", **goal)


@sizes
def test_forward_and_backward_of_a_network_in_numpy(size, numpy_alone):
    micrograd, h = peer(Micrograd), WIDTHS[size]
    numbers, names = mlp_numbers(h), mlp_names(h)
    graph, values = built(names, mlp, h), dict(zip(names, numbers, strict=True))
    n = len(graph.tape)
    (first,) = seconds(lambda: graph.backprop(values), rounds=1)
    ours, theirs = seconds(
        lambda: graph.backprop(values), lambda: deep(lambda: rebuilt(micrograd, mlp, numbers, h)), rounds=rounds(size)
    )
    assert deep(lambda: rebuilt(micrograd, mlp, numbers, h)) == pytest.approx(
        graph.backprop(values).values["z"], rel=1e-10
    )
    plot(RUN, "graphviz_bp, NumPy, from a dictionary", n, 1e9 * ours / n)
    plot(RUN, "micrograd", n, 1e9 * theirs / n)
    say(f"network of {n} nodes, NumPy, backprop({{name: number}})", f"{ns(ours, n)}; with the plan {ns(first, n)}")
    goal = target("≥ 40", theirs >= 40 * ours, at=size == LARGE)
    say(f"  micrograd, rebuild and backward / graphviz_bp ({ns(theirs, n)})", f"{theirs / ours:.0f} times", **goal)


@pytest.mark.parametrize("size", [size for size in WIDTHS if size < LARGEST])  # casadi would take ten seconds to build
def test_forward_and_backward_of_a_network_compiled(size, compiled):
    from graphviz_bp.engine.compiled import loops

    casadi, h = peer(Casadi), WIDTHS[size]
    if not loops.cache_info().hits:
        say(
            "numba: compiling the two loops, or loading them from its cache, once",
            f"{seconds(loops, rounds=1)[0]:.2f} s",
        )
        loops()
    numbers, names = mlp_numbers(h), mlp_names(h)
    function = casadi.function(*casadi.build(mlp, names, h))
    by_name, by_layers = built(names, mlp, h), mlp_by_layers(h)
    values, arrays, n = dict(zip(names, numbers, strict=True)), layer_numbers(h), len(by_name.tape)
    sweep, inputs, of = engine.engine_of(by_name).sweep, np.array(numbers), by_name.tape.by_name["z"]
    evaluate, kept = casadi.buffered(function, numbers)
    bare, buffered, layers, called, named = seconds(
        lambda: sweep(inputs, of),
        evaluate,
        lambda: by_layers.backprop(arrays),
        lambda: function(inputs),
        lambda: by_name.backprop(values),
        rounds=20,
    )
    assert kept[1][0] == pytest.approx(by_name.backprop(values).values["z"], rel=1e-10)
    plot(RUN, "graphviz_bp, numba, arrays", n, 1e9 * bare / n)
    plot(RUN, "casadi, buffers", n, 1e9 * buffered / n)
    what = f"network of {n} nodes, numba, arrays in and out, all gradients"
    say(what, f"{ns(bare, n)}; casadi on buffers, the leaves' gradients {ns(buffered, n)}")
    goal = target("no slower", layers <= called, at=size == LARGE)
    say("  backprop({block: array}); casadi called on an array", f"{ns(layers, n)}; casadi {ns(called, n)}", **goal)
    say("  backprop({name: number})", ns(named, n))


@pytest.mark.parametrize("how", ["NumPy", "numba"])
@pytest.mark.parametrize(("make", "size"), [(chain, 100_000), (logistic, 10_000)], ids=["chain", "logistic"])
def test_narrow_graphs(make, size, how, monkeypatch):
    if how == "numba":
        pytest.importorskip("numba")
    monkeypatch.setattr(engine, "COMPILED", 0 if how == "numba" else sys.maxsize)
    micrograd, (names, numbers) = peer(Micrograd), NARROW[make]
    graph, values = built(names, make, size), dict(zip(names, numbers, strict=True))
    n, found = len(graph.tape), graph.backprop(values).values["z"]
    ours, theirs = seconds(
        lambda: graph.backprop(values), lambda: deep(lambda: rebuilt(micrograd, make, numbers, size))
    )
    assert deep(lambda: rebuilt(micrograd, make, numbers, size)) == pytest.approx(found, rel=1e-6)
    say(f"{make.__name__} of {size}, {how}, {n} nodes", ns(ours, n))
    goal = target("≥ 5", theirs >= 5 * ours, at=make is chain)
    say(f"  micrograd / graphviz_bp ({ns(theirs, n)})", f"{theirs / ours:.0f} times", **goal)


@pytest.mark.parametrize("make", NARROW, ids=lambda make: make.__name__)
def test_narrow_graphs_in_casadi(make):
    casadi, (names, numbers), size = peer(Casadi), NARROW[make], 10_000
    evaluate, _ = casadi.buffered(casadi.function(*casadi.build(make, names, size)), numbers)
    n = len(built(names, make, size).tape)
    say(f"{make.__name__} of {size}, casadi on buffers, {n} nodes", ns(seconds(evaluate)[0], n))


def test_autograd_for_scale(numpy_alone):
    pytest.importorskip("autograd")
    h = WIDTHS[10_000]
    names, numbers = mlp_names(h), np.array(mlp_numbers(h))
    gradient, graph = autograd_gradient(mlp, h), built(names, mlp, h)
    values, n = dict(zip(names, numbers.tolist(), strict=True)), len(graph.tape)
    ours, theirs = seconds(lambda: graph.backprop(values), lambda: gradient(numbers), rounds=3)
    run = graph.backprop(values)
    assert np.allclose([run.gradients[name] for name in names], gradient(numbers), rtol=1e-10)
    say(f"network of {n} nodes: autograd / graphviz_bp ({ns(theirs, n)})", f"{theirs / ours:.0f} times")


def test_sympy_for_scale():
    h = 4
    names, numbers = mlp_names(h), mlp_numbers(h)
    values, n = dict(zip(names, numbers, strict=True)), len(built(names, mlp, h).tape)
    (theirs,) = seconds(lambda: sympy_gradient(mlp, names, h), rounds=1)
    (ours,) = seconds(lambda: built(names, mlp, h).backprop(values))
    what = f"network of {n} nodes: SymPy until a gradient can be called; graphviz_bp with the run"
    say(what, f"{theirs:.2f} s; {ours:.4f} s")


@sizes
def test_building_by_layers(size, numpy_alone):
    h = WIDTHS[size]
    graph, numbers = mlp_by_layers(h), layer_numbers(h)
    n = len(graph.tape)
    (build,) = seconds(lambda: mlp_by_layers(h))
    (first,) = seconds(lambda: graph.backprop(numbers), rounds=1)
    (again,) = seconds(lambda: graph.backprop(numbers))
    plot(BUILD, "graphviz_bp, layers", n, 1e9 * build / n)
    plot(RUN, "graphviz_bp, NumPy, from arrays", n, 1e9 * again / n)
    say(f"building by layers, {n} nodes", f"{build:.3g} s", **target("< 1 s", build < 1, at=size == LARGEST))
    say("  forward and backward, NumPy, backprop({block: array})", f"{ns(again, n)}; with the plan {ns(first, n)}")


@pytest.mark.parametrize("how", ["numpy", "numba"])
@pytest.mark.parametrize("h", [100, WIDTHS[LARGE], 360, WIDTHS[LARGEST]])
def test_memory(h, how):
    if how == "numba":
        pytest.importorskip("numba")
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is read from /proc")
    command = [sys.executable, str(HERE / "memory.py"), str(h), how]
    n, size = map(float, subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE).stdout.split())
    plot(PEAK, f"graphviz_bp, {how}", int(n), size)
    goal = target("≤ 100", size <= 100, at=h == WIDTHS[LARGEST])
    say(f"memory at the peak, {how}, {int(n)} nodes with values and gradients", f"{size:.0f} bytes a node", **goal)


def test_a_chain_of_a_million_needs_no_recursion():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    try:
        run = built(["y", "a", "b"], chain, 1_000_000).backprop({"y": 0.3, "a": 0.9, "b": 0.1})
        assert np.isfinite(run.gradients["a"])
    finally:
        sys.setrecursionlimit(limit)
    say("a chain of 1 000 000 operations, recursion limit 300", "builds and runs", "no recursion", True)


def test_the_gradient_graph():
    h = WIDTHS[LARGE]
    graph = built(mlp_names(h), mlp, h)
    if not hasattr(graph, "gradient_graph"):
        pytest.skip("there is no gradient_graph")
    n, more = len(graph.tape), len(graph.gradient_graph().tape) - len(graph.tape)
    (time,) = seconds(graph.gradient_graph)
    operations = n - len(graph.tape.inputs) - len(graph.tape.constants)
    say(f"gradient graph of {n} nodes", f"{time:.2f} s", "< 0.3 s", time < 0.3)
    say("  added for each forward operation", f"{more / operations:.2f}", "≤ 4", more <= 4 * operations)


def test_a_thousand_answers_are_graded(tmp_path):
    """The right and wrong answers of the corpus about a neuron, three in each of 333 submissions."""
    from random import Random

    import graphviz_bp as bp

    corpus, random = HERE.parent / "corpus", Random(1)
    lines = [line for kind in ("right", "wrong") for line in (corpus / f"{kind}.txt").read_text("utf-8").splitlines()]
    rows = [[part.strip() for part in line.split(" | ")] for line in lines]
    answers = [f"{row[1]} = {row[2]}" for row in rows if row[0] == "neuron" and len(row) > 2]
    for number in range(333):
        (tmp_path / f"s{number}.txt").write_text("\n".join(random.choices(answers, k=3)), encoding="utf-8")
    text = "data x1, x2, y; a = w1*x1 + w2*x2 + b; yhat = sigmoid(a); L = -(y*log(yhat) + (1 - y)*log(1 - yhat))"
    (time,) = seconds(lambda: bp.grade(bp.parse(text), tmp_path), rounds=1)
    say("1 000 ordinary answers graded, workers started", f"{time:.1f} s", "< 30 s", time < 30)


MNIST = """
    data X, Y
    A1 = X@W1.T + b1
    Z1 = sigmoid(A1)
    A2 = Z1@W2.T + b2
    L = cross_entropy(A2, Y)
    X: (64, 784); W1: (100, 784); b1: (100,); W2: (10, 100); b2: (10,); Y: (64, 10)
"""


def by_hand(v):
    """Forward and backward of that network as one writes them in NumPy."""
    Z1 = 1 / (1 + np.exp(-(v["X"] @ v["W1"].T + v["b1"])))
    A2 = Z1 @ v["W2"].T + v["b2"]
    e = np.exp(A2 - A2.max(axis=1, keepdims=True))
    P = e / e.sum(axis=1, keepdims=True)
    d2 = (P - v["Y"]) / len(P)
    d1 = d2 @ v["W2"] * Z1 * (1 - Z1)
    return -np.sum(v["Y"] * np.log(P)) / len(P), d1.T @ v["X"], d1.sum(axis=0), d2.T @ Z1, d2.sum(axis=0)


def test_a_network_of_arrays_beside_numpy_by_hand():
    import graphviz_bp as bp

    graph, generator = bp.parse(MNIST), np.random.default_rng(0)
    values = {name: 0.1 * generator.normal(size=graph[name].shape) for name in graph.inputs}
    values["Y"] = np.eye(10)[generator.integers(0, 10, 64)]
    assert np.allclose(graph.backprop(values).gradients["W1"], by_hand(values)[1], rtol=1e-12, atol=1e-18)
    ours, hand = seconds(lambda: graph.backprop(values).gradients["W1"], lambda: by_hand(values), rounds=15)
    say("784-100-10, batch 64, as arrays", f"{1e3 * ours:.2f} ms", target="≤ 2 times NumPy by hand", met=ours <= 2 * hand)
    say(f"  graphviz_bp / NumPy by hand ({1e3 * hand:.2f} ms)", f"{ours / hand:.1f} times")


def test_a_network_of_arrays_expanded_to_neurons():
    import graphviz_bp as bp

    text = "h = tanh(W1@x + b1); k = tanh(W2@h + b2); z = w@k; x: (100,); W1: (300, 100); b1: (300,); W2: (100, 300); b2: (100,); w: (100,)"
    graph = bp.parse(text)
    (time,) = seconds(graph.scalars, rounds=3)
    count = len(graph.scalars().tape)
    say(f"scalars() of 100-300-100-1, {count} nodes", f"{time:.2f} s", target="< 1 s", met=time < 1)


FORMATS = [("html", {}), ("pdf", {"frames": True}), ("png", {"frames": True}), ("gif", {}), ("svg", {"animate": True}),
           ("pptx", {"frames": True}), ("tex", {"frames": True})]  # fmt: skip


def test_the_tutorial_in_every_format(tmp_path):
    import graphviz_bp as bp

    def all_of_them():
        figure = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).draw()
        for ending, how in FORMATS:
            figure.save(tmp_path / f"x.{ending}", **how)
        return figure

    (time,) = seconds(all_of_them, rounds=3)
    size = len(all_of_them().svg)
    say("the tutorial's eight frames in seven formats, warm", f"{time:.2f} s", "< 2 s", time < 2)
    say("  the tutorial as SVG", f"{size / 1000:.0f} KB", "≤ 40 KB", size <= 40_000)


def test_a_large_graph_as_blocks(tmp_path):
    import graphviz_bp as bp

    limits = bp.Limits(characters=10**6, statements=10**5)
    text = "; ".join(f"x{i + 1} = tanh(x{i})" for i in range(10_000))
    run = bp.parse(text, limits=limits).backprop({"x0": 0.5})
    assert run.steps
    drawn, opened = seconds(run.draw, lambda: run.draw().save(tmp_path / "x.html"), rounds=2)
    say("10 000 boxes drawn as blocks", f"{drawn:.2f} s", "seconds", drawn < 5)
    say("  with forty blocks that open, as HTML", f"{opened:.1f} s", "seconds", opened < 10)
