"""Times and ratios against other packages. Run with `pytest tests/benchmarks`; nothing here fails for being slow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import graphs
import numpy as np
import pytest
from board import plot, say, seconds
from graphs import WIDTHS, built, chain, layer_numbers, logistic, mlp, mlp_by_layers, mlp_names, mlp_numbers
from peers import Casadi, Micrograd, autograd_gradient, deep, sympy_gradient

import graphviz_bp.engine.run as engine

pytestmark = pytest.mark.benchmark
THREE = {chain: (["y", "a", "b"], [0.3, 0.9, 0.1]), logistic: (["y", "a", "one"], [0.3, 3.2, 1.0])}


@pytest.fixture
def numpy_alone(monkeypatch):
    monkeypatch.setattr(engine, "COMPILED", sys.maxsize)


@pytest.fixture
def compiled(monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr(engine, "COMPILED", 0)


def peer(kind, package):
    pytest.importorskip(package)
    return kind()


def ns(time, nodes):
    return f"{1e9 * time / nodes:.3g} ns a node"


def test_building_by_operators():
    micrograd = peer(Micrograd, "micrograd")
    for size, h in WIDTHS.items():
        numbers = mlp_numbers(h)
        rounds = 5 if size < 10**6 else 1
        graph = built(mlp_names(h), mlp, h)
        n = len(graph.tape)
        ours, theirs = seconds(lambda h=h: built(mlp_names(h), mlp, h), lambda h=h, x=numbers: micrograd.build(mlp, x, h), rounds=rounds)
        plot("building, ns a node", "graphviz_bp", n, 1e9 * ours / n)
        plot("building, ns a node", "micrograd", n, 1e9 * theirs / n)
        target = {} if size != 100_000 else {"target": "≤ 600 ns a node", "met": ours / n <= 600e-9}
        say(f"building by operators, {n} nodes", f"{ns(ours, n)}, names and bp.graph() included", **target)
        target = {} if size != 100_000 else {"target": "≥ 5", "met": theirs >= 5 * ours}
        say(f"  micrograd / graphviz_bp ({ns(theirs, n)})", f"{theirs / ours:.1f} times", **target)


def test_forward_and_backward_of_a_network_in_numpy(numpy_alone):
    micrograd = peer(Micrograd, "micrograd")
    for size, h in WIDTHS.items():
        numbers, names = mlp_numbers(h), mlp_names(h)
        graph, values = built(names, mlp, h), dict(zip(names, numbers, strict=True))
        n = len(graph.tape)
        found = []

        def rebuilt(h=h, numbers=numbers, found=found):
            root = micrograd.build(mlp, numbers, h)
            root.backward()
            found.append(root.data)
            micrograd.forget(root)

        (first,) = seconds(lambda graph=graph, values=values: graph.backprop(values), rounds=1)
        ours, theirs = seconds(lambda graph=graph, values=values: graph.backprop(values), lambda work=rebuilt: deep(work), rounds=5 if size < 10**6 else 1)
        assert found[0] == pytest.approx(graph.backprop(values).values["z"], rel=1e-10)
        plot("forward and backward, ns a node", "graphviz_bp, NumPy", n, 1e9 * ours / n)
        plot("forward and backward, ns a node", "micrograd", n, 1e9 * theirs / n)
        target = {} if size != 100_000 else {"target": "≥ 40", "met": theirs >= 40 * ours}
        say(f"network of {n} nodes, NumPy", f"{ns(ours, n)}; {ns(first, n)} the first time")
        say(f"  micrograd, rebuild and backward / graphviz_bp ({ns(theirs, n)})", f"{theirs / ours:.0f} times", **target)


def test_forward_and_backward_of_a_network_compiled(compiled):
    casadi = peer(Casadi, "casadi")
    from graphviz_bp.engine.compiled import loops

    (jit,) = seconds(loops, rounds=1)
    say("numba: loading or compiling the two loops, once", f"{jit:.2f} s")
    for size, h in WIDTHS.items():
        if size == 10**6:
            continue  # casadi takes ten seconds to build it
        numbers, names = mlp_numbers(h), mlp_names(h)
        function = casadi.function(*casadi.build(mlp, names, h))
        by_name, by_layers = built(names, mlp, h), mlp_by_layers(h)
        values, arrays, n = dict(zip(names, numbers, strict=True)), layer_numbers(h), len(by_name.tape)
        sweep, inputs, of = engine.engine_of(by_name).sweep, np.array(numbers), by_name.tape.by_name["z"]
        evaluate, kept = casadi.buffered(function, numbers)
        works = (
            lambda: sweep(inputs, of), evaluate, lambda: by_layers.backprop(arrays), lambda: function(inputs),
            lambda: by_name.backprop(values),
        )  # fmt: skip
        bare, buffered, layers, called, named = seconds(*works, rounds=20)
        assert kept[1][0] == pytest.approx(by_name.backprop(values).values["z"], rel=1e-10)
        for curve, time in (("graphviz_bp, numba", bare), ("graphviz_bp, numba, from a dictionary", named), ("casadi", buffered)):
            plot("forward and backward, ns a node", curve, n, 1e9 * time / n)
        target = (lambda good: {"target": "no slower", "met": good}) if size == 100_000 else lambda good: {}
        say(f"network of {n} nodes, numba: arrays in, arrays out", f"{ns(bare, n)}; casadi on buffers {ns(buffered, n)}", **target(bare <= buffered))
        say("  backprop({block: array}) and casadi called on an array", f"{ns(layers, n)}; casadi {ns(called, n)}", **target(layers <= called))
        say("  backprop({name: number})", ns(named, n))


@pytest.mark.parametrize("how", ["NumPy", "numba"])
@pytest.mark.parametrize(("make", "size", "count"), [(chain, 100_000, 3), (logistic, 10_000, 3)], ids=["chain", "logistic"])
def test_narrow_graphs(make, size, count, how, monkeypatch):
    micrograd = peer(Micrograd, "micrograd")
    if how == "numba":
        pytest.importorskip("numba")
    monkeypatch.setattr(engine, "COMPILED", 0 if how == "numba" else sys.maxsize)
    names, numbers = THREE[make]
    graph, values = built(names, make, size), dict(zip(names, numbers, strict=True))
    found = []

    def rebuilt():
        root = micrograd.build(make, numbers, size)
        root.backward()
        found.append(root.data)
        micrograd.forget(root)

    graph.backprop(values)
    ours, theirs = seconds(lambda: graph.backprop(values), lambda: deep(rebuilt))
    assert found[0] == pytest.approx(graph.backprop(values).values["z"], rel=1e-6)
    n = len(graph.tape)
    target = {"target": "≥ 5", "met": theirs >= 5 * ours} if make is chain else {}
    say(f"{make.__name__} of {size}, {how}: {n} nodes", ns(ours, n))
    say(f"  micrograd / graphviz_bp ({ns(theirs, n)})", f"{theirs / ours:.0f} times", **target)
    if how == "numba" and "casadi" in sys.modules:
        casadi = Casadi()
        evaluate, _ = casadi.buffered(casadi.function(*casadi.build(make, names, size)), numbers)
        (theirs,) = seconds(evaluate)
        say("  casadi on buffers", ns(theirs, n))


def test_autograd_and_sympy_for_scale(numpy_alone):
    pytest.importorskip("autograd")
    h = WIDTHS[10_000]
    names, numbers = mlp_names(h), np.array(mlp_numbers(h))
    gradient, graph = autograd_gradient(mlp, h), built(names, mlp, h)
    values = dict(zip(names, numbers.tolist(), strict=True))
    ours, theirs = seconds(lambda: graph.backprop(values), lambda: gradient(numbers), rounds=3)
    run, theirs_found = graph.backprop(values), gradient(numbers)
    assert np.allclose([run.gradients[name] for name in names], theirs_found, rtol=1e-10)
    say(f"autograd / graphviz_bp, network of {len(graph.tape)} nodes ({ns(theirs, len(graph.tape))})", f"{theirs / ours:.0f} times")
    h = 4
    (theirs,) = seconds(lambda: sympy_gradient(mlp, mlp_names(h), h), rounds=1)
    (ours,) = seconds(lambda: built(mlp_names(h), mlp, h).backprop(dict(zip(mlp_names(h), mlp_numbers(h), strict=True))), rounds=3)
    say(f"SymPy, expression to a gradient one can call, {len(built(mlp_names(h), mlp, h).tape)} nodes", f"{theirs:.2f} s; graphviz_bp with the run {ours:.4f} s")


def test_a_million_nodes_by_layers(numpy_alone):
    for h in WIDTHS.values():
        (build,) = seconds(lambda h=h: mlp_by_layers(h), rounds=3)
        graph, numbers = mlp_by_layers(h), layer_numbers(h)
        n = len(graph.tape)
        (first,) = seconds(lambda graph=graph, numbers=numbers: graph.backprop(numbers), rounds=1)
        (again,) = seconds(lambda graph=graph, numbers=numbers: graph.backprop(numbers), rounds=5)
        plot("building, ns a node", "graphviz_bp, by layers", n, 1e9 * build / n)
        target = {"target": "< 1 s", "met": build < 1} if h == WIDTHS[1_000_000] else {}
        say(f"building by layers, {n} nodes", f"{build:.3g} s", **target)
        say("  forward and backward, NumPy", f"{ns(again, n)}; {first:.3g} s the first time, with the plan")


@pytest.mark.parametrize("how", ["numpy", "numba"])
def test_memory(how):
    if how == "numba":
        pytest.importorskip("numba")
    if not Path("/proc/self/statm").exists():
        pytest.skip("memory is read from /proc")
    here = Path(__file__).parent
    for h in (WIDTHS[100_000], 360, WIDTHS[1_000_000]):
        done = subprocess.run([sys.executable, here / "memory.py", str(h), how], capture_output=True, text=True, check=True, cwd=here)
        n, size = done.stdout.split()
        plot("peak memory, bytes a node", f"graphviz_bp, {how}", int(n), float(size))
        target = {"target": "≤ 100", "met": float(size) <= 100} if h == WIDTHS[1_000_000] else {}
        say(f"memory at the peak, {how}, {n} nodes with values and gradients", f"{float(size):.0f} bytes a node", **target)


def test_a_chain_of_a_million_needs_no_recursion(monkeypatch):
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    try:
        graph = built(["y", "a", "b"], chain, 1_000_000)
        run = graph.backprop({"y": 0.3, "a": 0.9, "b": 0.1})
        assert np.isfinite(run.gradients["a"])
    finally:
        sys.setrecursionlimit(limit)
    say("a chain of 1 000 000 under a recursion limit of 300", "builds and runs", "no limit", True)


def test_gradient_graph():
    graph = built(mlp_names(WIDTHS[100_000]), mlp, WIDTHS[100_000])
    if not hasattr(graph, "gradient_graph"):
        pytest.skip("there is no gradient_graph yet")
    (time,) = seconds(graph.gradient_graph, rounds=3)
    n, more = len(graph.tape), len(graph.gradient_graph().tape) - len(graph.tape)
    operations = n - len(graph.tape.inputs) - len(graph.tape.constants)
    say(f"gradient graph of {n} nodes", f"{time:.2f} s", "< 0.3 s", time < 0.3)
    say("  added for each forward operation", f"{more / operations:.2f}", "≤ 4", more <= 4 * operations)


def test_the_widths_are_what_they_are_called():
    for size, h in WIDTHS.items():
        assert abs(len(graphs.mlp_by_layers(h).tape) / size - 1) < 0.05 or size < 10_000
