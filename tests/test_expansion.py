"""Array graphs at the level of neurons say what the arrays say: same values, same gradients, names by position."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import graphviz_bp as bp

GRAPHS = {  # text, and the shapes of its inputs
    "perceptron": "a = w@x + b; y = sigmoid(a); L = (y - t)^2; w: (3,); x: (3,)",
    "mlp": "a1 = W1@x + b1; h = tanh(a1); z = W2@h + b2; p = softmax(z); L = -sum(y*log(p));"
           "W1: (3, 2); x: (2,); b1: (3,); W2: (2, 3); b2: (2,); y: (2,)",
    "batch": "H = relu(X@W.T + b); Y = H@v; L = mean((Y - t)^2); X: (4, 2); W: (3, 2); b: (3,); v: (3,); t: (4,)",
    "attention": "S = Q@K.T/sqrt(2); P = softmax(S); O = P@V; L = sum(O*O); Q: (3, 2); K: (3, 2); V: (3, 2)",
    "the same entry twice": "y = x[0]; z = sum(y*x.T) + max(x[0, 0], x[1, 1]); x: (2, 2)",
    "log-softmax": "l = log_softmax(x, axis=0); z = -sum(l*y); x: (3, 2); y: (3, 2)",
    "convolution": "Y = relu(conv2d(X, K, b, stride=2, padding=1)); P = maxpool(Y, 2); z = sum(P*P);"
                   "X: (2, 4, 4); K: (2, 2, 3, 3); b: (2,)",
    "normalization": "y = [0, 1, 0]; h = layer_norm(x + W@x, g, b); L = cross_entropy(h, y); x: (3,); W: (3, 3); g: (3,); b: (3,);"
                     "y: (3,)",
    "embedding": "e = E[[2, 0, 2]]; s = concat(e[0], e[1:][0]); L = sum(logsumexp(e, axis=1))*norm(s); E: (3, 2)",
    "broadcast": "s = sum(x, axis=0, keepdims=True); y = x/(1 + s*s); z = mean(y); x: (2, 3)",
}  # fmt: skip


def drawn(graph, seed=0):
    generator = np.random.default_rng(seed)
    return {name: generator.uniform(-1, 1, graph[name].shape) for name in graph.inputs}


@pytest.mark.parametrize("text", GRAPHS.values(), ids=GRAPHS)
def test_values_and_gradients_are_those_of_the_arrays(text):
    graph = bp.parse(text)
    given = {name: value for name, value in drawn(graph).items() if graph.tape.inputs[name].default is None}
    run, small = graph.backprop(given), graph.scalars().backprop(given)
    for name in graph.names:
        for index in np.ndindex(*graph[name].shape):
            entry = "_".join([name, *(str(i + 1) for i in index)])
            assert small.values[entry] == pytest.approx(np.asarray(run.values[name])[index], abs=1e-14)
            assert small.gradients[entry] == pytest.approx(np.asarray(run.gradients[name])[index], abs=1e-13)


def test_a_graph_of_numbers_is_its_own_expansion():
    graph = bp.parse("v = u^2; w = 6*u; z = v*w")
    assert graph.scalars() is graph


def test_the_expansion_is_the_graph_a_person_would_have_written():
    whole = bp.parse("data x; h = W@x + b; z = sum(h*h); W: (2, 2); x: (2,); b: (2,)").scalars()
    entries = "data x_1, x_2; h_1 = W_1_1*x_1 + W_1_2*x_2 + b_1; h_2 = W_2_1*x_1 + W_2_2*x_2 + b_2; z = h_1*h_1 + h_2*h_2"
    assert whole.inputs == ("x_1", "x_2", "W_1_1", "W_1_2", "W_2_1", "W_2_2", "b_1", "b_2")
    assert whole._signature[0] == "z"
    assert [(n, whole[n].formula) for n in ("h_1", "h_2", "z")] == [(n, bp.parse(entries)[n].formula) for n in ("h_1", "h_2", "z")]


def test_defaults_roles_domains_and_labels_go_to_the_entries():
    text = 'data y; y: (2,); x = [1, 1/2]; s > 0; s: (2,); z = sum(x*y*s)*k; k > 0; name s "s^{[1]}"'
    graph = bp.parse(text).scalars()
    assert [graph.role(f"y_{i}") for i in (1, 2)] == ["data", "data"]
    assert [graph.tape.inputs[name].default for name in ("x_1", "x_2")] == [1, Fraction(1, 2)]
    assert graph.labels == {"s_1": "s^{[1]}_{1}", "s_2": "s^{[1]}_{2}"}
    with pytest.raises(bp.InputError, match="s_2 is declared > 0"):
        graph.backprop({"y": [1, 1], "s": [1, -1], "k": 1})
    run = graph.backprop({"y": [2, 4], "s": [1, 3], "k": 1})
    assert run.exact
    assert run.values["z"] == 8


def test_what_cannot_be_expanded_is_refused_with_what_to_do():
    with pytest.raises(bp.InputError, match=r"shape of W is unknown.*declare it: W: \(2, 3\)"):
        bp.parse("z = sum(W@x); x: (2,)").scalars()
    with pytest.raises(bp.InputError, match="about 251250001 nodes"):
        bp.parse("z = sum(W@V); W: (500, 500); V: (500, 500)").scalars()
    with pytest.raises(bp.InputError, match="more than 20"):
        bp.parse("z = sum(W@x); W: (2, 3); x: (3,)").scalars(limit=20)


def test_the_first_entry_stands_for_an_output_that_is_an_array():
    graph = bp.parse("y = softmax(W@x); W: (2, 2); x: (2,)").scalars()
    assert graph.output == "y_1"
    assert graph.backprop({"W": [[1, 2], [3, 4]], "x": [1, 1]}, of="y_2").gradients["y_2"] == 1


def test_names_that_nobody_typed_and_long_ones_have_entries_too():
    def f(W, x):
        h = bp.tanh(W @ x)
        h = h * h
        return bp.sum(h)

    at = {"W": [[1, 2], [3, -1]], "x": [0.5, -0.25]}
    for graph in (bp.trace(f, W=(2, 2), x=(2,)), bp.parse(f"{'h' * 39} = tanh(W@x); L = sum({'h' * 39}**2); W: (2, 2); x: (2,)")):
        arrays, scalars = graph.backprop(at), graph.scalars().backprop(at)
        assert scalars.gradients["W_2_1"] == pytest.approx(arrays.gradients["W"][1, 0], rel=1e-14)
    assert b"<svg" in bp.trace(f, W=(2, 2), x=(2,)).backprop(at).draw().write("html", live=True)
