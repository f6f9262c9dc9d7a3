"""Networks: found however they are written; beads touch nothing foreign, wires end on outlines, numbers are the run's."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from math import hypot

import pytest
from drawn import Drawn, crosses, overlap
from hypothesis import given, settings
from hypothesis import strategies as st

import graphviz_bp as bp
from graphviz_bp.figure.themes import THEMES
from graphviz_bp.levels.network import network, with_sums

ONE_HIDDEN = """
    a1 = w11*x1 + w12*x2 + b1; h1 = sigmoid(a1)
    a2 = w21*x1 + w22*x2 + b2; h2 = sigmoid(a2)
    a3 = w31*x1 + w32*x2 + b3; h3 = sigmoid(a3)
    a = v1*h1 + v2*h2 + v3*h3 + b; yhat = sigmoid(a)
    data y
    L = 1/2*(yhat - y)^2
"""
AT = {"x1": 0.5, "x2": -1, "w11": 0.8, "w12": -0.4, "b1": 0.1, "w21": -0.6, "w22": 0.9, "b2": -0.2, "w31": 0.3,
      "w32": 0.5, "b3": 0.4, "v1": 1.2, "v2": -0.7, "v3": 0.5, "b": -0.1, "y": 1}  # fmt: skip
LAYERS = "data y; W: (3, 2); b: (3,); V: (1, 3); x: (2,); h = sigmoid(W@x + b); yhat = V@h; L = sum((yhat - y)^2)"
LAYERS_AT = {"W": [[0.8, -0.4], [-0.6, 0.9], [0.3, 0.5]], "b": [0.1, -0.2, 0.4], "V": [[1.2, -0.7, 0.5]],
             "x": [0.5, -1], "y": [1]}  # fmt: skip

# -- what is found

SPELLINGS = [
    "data x1, x2; a = w1*x1 + w2*x2 + b; h = tanh(a)",
    "data x1, x2; h = tanh(b + (w1*x1 + w2*x2))",
    "data x1, x2; h = tanh((x1*w1 + b) + x2*w2)",
    "a = w1*x1 + w2*x2 + b; h = tanh(a)",
    "data x1, x2; t = tanh(x1*w1 + x2*w2 + b); h = 1*t; output t",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_neuron_is_found_however_its_sum_is_written(text):
    found = network(with_sums(bp.parse(text)))
    unit = next(unit for unit in found.units.values() if unit.terms)
    neuron = found.neuron((unit.name, ()))
    assert {(wire.weight[0], wire.source[0]) for wire in neuron.wires} == {("w1", "x1"), ("w2", "x2")}
    assert neuron.biases == (("b", ()),)
    assert unit.activation == "tanh"


@pytest.mark.parametrize(("text", "weight_of", "source_of"), [
    ("W: (3, 2); x: (2,); a = W@x", lambda i, j: (i, j), lambda j: (j,)),
    ("W: (2, 3); x: (2,); a = x@W", lambda i, j: (j, i), lambda j: (j,)),
    ("W: (2, 3); x: (2,); a = W.T@x", lambda i, j: (j, i), lambda j: (j,)),
    ("data X; W: (3, 2); X: (5, 2); a = X@W.T", lambda i, j: (i, j), lambda j: (0, j)),
    ("data X; W: (2, 3); X: (5, 2); a = X@W", lambda i, j: (j, i), lambda j: (0, j)),
    ("data X; W: (3, 2); X: (2, 5); a = W@X", lambda i, j: (i, j), lambda j: (j, 0)),
    ("data X; W: (2, 3); X: (5, 2); a = W.T@X.T", lambda i, j: (j, i), lambda j: (0, j)),
])  # fmt: skip
def test_a_layer_of_arrays_has_the_entries_that_numpy_multiplies(text, weight_of, source_of):
    found = network(bp.parse(text))
    neurons = found.neurons("a")
    assert len(neurons) == 3
    for i, neuron in enumerate(neurons):
        assert [wire.weight[1] for wire in neuron.wires] == [weight_of(i, j) for j in range(2)]
        assert [wire.source[1] for wire in neuron.wires] == [source_of(j) for j in range(2)]
    (sources,) = {wire.source[0] for neuron in neurons for wire in neuron.wires}
    assert {entry for _, entry in found.entries(sources)} == {source_of(j) for j in range(2)}


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_every_neuron_is_the_sum_of_its_wires(n, m, examples, form):
    import numpy as np

    rng = np.random.default_rng(n + 5 * m + 31 * examples + form)
    text, shapes = [
        ("a = X@W + b", {"X": (examples, n), "W": (n, m), "b": (m,)}),
        ("a = W@X + b", {"X": (n, examples), "W": (m, n), "b": (m, 1)}),
        ("a = x@W + b", {"x": (n,), "W": (n, m), "b": (m,)}),
        ("a = W.T@x + b", {"x": (n,), "W": (n, m), "b": (m,)}),
    ][form]
    at = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    declared = "; ".join(f"{name}: {shape}" for name, shape in shapes.items())
    graph = bp.parse(f"data {'X' if form < 2 else 'x'}; {declared}; {text}; L = sum(a)")
    run = graph.backprop(at)
    for neuron in network(run.graph).neurons("a"):
        wires = [at[w.weight[0]][w.weight[1]] * at[w.source[0]][w.source[1]] for w in neuron.wires]
        total = sum(wires) + sum(at[name][index] for name, index in neuron.biases)
        assert run.values["a"][neuron.name[1]] == pytest.approx(total)


def test_a_product_of_two_inputs_is_a_feature_and_no_weight():
    found = network(bp.parse("x12 = x1*x2; a = w1*x1 + w2*x2 + w3*x12 + b"))
    assert not found.units["x12"].terms
    assert found.columns == (("x1", "x2"), ("x12",), ("a",))


def test_what_is_neither_a_sum_nor_made_entry_by_entry_is_where_the_network_begins():
    graph = bp.models.cnn()
    found = network(with_sums(graph))
    assert found.columns == (("f",), ("o",))
    figure = graph.backprop().draw(level="network")
    assert figure.page.title.startswith("Network 12-3 ")
    assert any(page.title.partition(": ")[2].startswith("step 2") for page in figure.frames())


@pytest.mark.parametrize("text", ["v = u^2; w = 6*u; z = v*w", "y = sin(x)", "L = (w*x + b - y)^2"])
def test_a_graph_without_weighted_sums_is_refused_with_that_reason(text):
    with pytest.raises(bp.InputError, match="no weighted sum in this graph") as refused:
        bp.parse(text).draw(level="network")
    assert "w1*x1 + w2*x2 + b" in str(refused.value)


def test_a_sum_inside_an_activation_is_named_and_changes_no_number():
    inside = bp.parse(ONE_HIDDEN.replace("a1 = w11*x1 + w12*x2 + b1; h1 = sigmoid(a1)",
                                         "h1 = sigmoid(w11*x1 + w12*x2 + b1)"))  # fmt: skip
    named = with_sums(inside)
    assert set(named.names) - set(inside.names) == {"a1"}
    one, two = inside.backprop(AT), named.backprop(AT)
    assert all(two.gradients[name] == one.gradients[name] for name in one.gradients)


# -- what is drawn


def check_structure(figure):
    page = figure.page
    drawn = Drawn(page)
    outside = [half for half in drawn.halves if not drawn.in_circle(half)]
    for _, ground, letters in drawn.halves:  # text fits its ground, everything fits the page
        assert ground[0] >= 0
        assert ground[1] >= 0
        assert ground[2] <= page.width
        assert ground[3] <= page.height
        assert all(ground[0] < glyph.x < ground[2] for glyph in letters)
        assert all(ground[1] < glyph.y < ground[3] + 1 for glyph in letters)
    for one, two in combinations(outside, 2):
        assert not overlap(one[1], two[1], -0.01), (one[0], two[0])
    for title, ground, _ in outside:
        for other, (x, y, r) in drawn.circles:
            assert not overlap(ground, (x - 0.7 * r, y - r, x + 0.7 * r, y + r)), (title, other)
    for title, paths in drawn.wires:
        weight = title.rpartition(", times ")[2] if ", times " in title else None
        for half, ground, _ in outside:
            own = weight is not None and re.match(rf"([∂d]\S+/[∂d])?{re.escape(weight)} ", half + " ")
            shared = half.startswith("shared")
            if not own and not shared:
                assert not crosses(paths[0], ground), (title, half)
    for title, paths in drawn.wires:  # tips touch an outline or the edge of a port
        if len(paths) == 2:
            _, x, y = paths[1].commands[0]
            near = [abs(hypot(x - a, y - b) - r) for _, (a, b, r) in drawn.circles]
            near += [abs(x - box[0]) for _, box in drawn.boxes if box[1] <= y <= box[3]]
            near += [abs(y - box[3]) for _, box in drawn.boxes if box[0] <= x <= box[2]]
            near += [abs(x - ground[0]) for _, ground, _ in outside if ground[1] <= y <= ground[3]]
            assert min(near) < 1.5, title
    return drawn


def layered(sizes, scale=1.0, batch=0, seed=0):
    """A network of layers of these sizes with random numbers."""
    import numpy as np

    rng, lines, at = np.random.default_rng(seed), [], {}
    lines.append(f"x: ({f'{batch}, ' if batch else ''}{sizes[0]},); data x, y")
    at["x"] = np.round(rng.normal(size=(batch, sizes[0]) if batch else sizes[0]), 2)
    last = "x"
    for k, (n, m) in enumerate(pairwise(sizes), 1):
        lines.append(f"W{k}: ({m}, {n}); b{k}: ({m},)")
        lines.append(f"h{k} = tanh({f'{last}@W{k}.T' if batch else f'W{k}@{last}'} + b{k})")
        at[f"W{k}"], at[f"b{k}"] = scale * rng.normal(size=(m, n)), np.round(rng.normal(size=m), 2)
        last = f"h{k}"
    lines.append(f"L = sum(({last} - y)^2)")
    return bp.parse("\n".join(lines)).backprop({**at, "y": np.ones((batch, sizes[-1]) if batch else sizes[-1])})


FIGURES = {
    "2-3-1": (ONE_HIDDEN, AT),
    "as arrays": (LAYERS, LAYERS_AT),
    "shared": ("data x1, x2; h1 = tanh(w*x1 + b); h2 = tanh(w*x2 + b); a = v1*h1 + v2*h2; L = a^2",
               {"x1": 1, "x2": 2, "w": 0.5, "b": 0.1, "v1": 1, "v2": 2}),
    "feature": ("x12 = x1*x2; a = w1*x1 + w2*x2 + w3*x12 + b; y = step(a)",
                {"x1": 1, "x2": 1, "w1": 1, "w2": 1, "w3": -2, "b": -0.5}),
    "constant bias": ("h = step(w1*x1 + w2*x2 - 1.5)", {"x1": 1, "x2": 1, "w1": 1, "w2": 1}),
    "tiny and huge": (ONE_HIDDEN, {**AT, "w11": 4.2e-5, "x1": 123456.789, "v2": -4.2e-5, "b2": 1.5e9}),
    "fractions": ("a = w1*x1 + w2*x2; y = relu(a)", {"w1": bp.parse("z = 1*x").backprop({"x": 1}).values["z"],
                                                       "w2": 3, "x1": 2, "x2": 5}),
    "skip": ("data y; h = tanh(w1*x1 + w2*x2); a = v1*h + x1; L = (a - y)^2 + x2^2",
             {"x1": 1, "x2": 2, "w1": 0.5, "w2": 0.25, "v1": 1, "y": 1}),
    "long names": ("data speed, slope; hidden_unit = relu(weight_speed*speed + weight_slope*slope + bias_hidden)",
                   {"speed": 1, "slope": 2, "weight_speed": 3, "weight_slope": -1, "bias_hidden": 0.5}),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("symbols", [False, True], ids=["numbers", "symbols"])
def test_beads_touch_nothing_foreign_and_wires_end_on_outlines(name, symbols):
    text, at = FIGURES[name]
    graph = bp.parse(text)
    check_structure((graph if symbols else graph.backprop(at)).draw(level="network"))


@pytest.mark.parametrize("name", ["gru", "lstm", "residual", "xor_features", "softmax_classifier", "transformer_block"])
def test_models_keep_the_same_structure(name):
    check_structure(bp.models.model(name).backprop().draw(level="network"))


@given(st.lists(st.integers(1, 6), min_size=2, max_size=4), st.sampled_from([1e-5, 0.3, 1.0, 3e4]), st.sampled_from([0, 3]))
@settings(max_examples=8, deadline=None)
def test_networks_of_any_size_keep_their_structure(sizes, scale, batch):
    run = layered(sizes, scale, batch)
    drawn = check_structure(run.draw(level="network"))
    assert len(drawn.circles) == sum(size if size <= 4 else 3 for size in sizes)


def test_the_numbers_on_the_page_are_the_runs():
    run = bp.parse(ONE_HIDDEN).backprop(AT)
    titles = {title for title, *_ in Drawn(run.draw(level="network").page).halves}
    for name, symbol in [("w31", "w₃₁"), ("v2", "v₂"), ("x2", "x₂"), ("b1", "b₁"), ("a3", "a₃")]:
        assert f"∂L/∂{symbol} ≈ {run.gradients[name]:.3f}".replace("-", "−") in titles
    assert "h₃ ≈ 0.512" in titles


def test_arrays_and_single_neurons_show_the_same_numbers():
    """The 2-3-1 network entry by entry and as arrays: the same values and gradients in the same places."""
    single = bp.parse(ONE_HIDDEN.replace("yhat = sigmoid(a)", "yhat = 1*a")).backprop(AT | {"b": 0})
    arrays = bp.parse(LAYERS.replace("sum((yhat - y)^2)", "1/2*sum((yhat - y)^2)")).backprop(LAYERS_AT)
    numbers = [
        sorted(title.rpartition(" ")[2] for title, *_ in Drawn(run.draw(level="network").page).halves
               if re.match(r"(∂L/∂)?(h|x|w|W|a)", title))
        for run in (single, arrays)
    ]  # fmt: skip
    assert [n for n in numbers[1] if n not in numbers[0]] == []


def test_dense_layers_have_ports_and_large_ones_are_elided():
    def told(sizes):
        return layered(sizes).draw(level="network")

    dense, large = told([3, 4, 2]), told([2, 8, 8, 1])
    assert sum("times" in title for title, _ in Drawn(dense.page).wires) == 3 * 4 + 4 * 2
    assert len(Drawn(large.page).circles) == 2 + 3 + 3 + 1
    assert not any(title.startswith("W₁_") for title, *_ in Drawn(large.page).halves)


def test_a_recurrent_network_is_refused_and_sent_to_where_it_is_unrolled():
    text = "data x1, x2; h1 = tanh(U*x1 + W*h0); h2 = tanh(U*x2 + W*h1)"
    for run in (bp.models.rnn(steps=2).backprop(), bp.parse(text).backprop()):
        with pytest.raises(bp.InputError, match="one layer in time") as refused:
            run.draw(level="network")
        assert refused.value.remedy == 'draw level="unrolled"'


def test_a_shared_weight_says_how_often_it_is_used():
    text, at = FIGURES["shared"]
    marks = [title for title, *_ in Drawn(bp.parse(text).backprop(at).draw(level="network").page).halves]
    assert marks.count("shared ×2") == 4  # w and b, each in both neurons


def test_a_bias_of_one_number_is_shared_by_its_layer():
    graph = bp.parse("data x; W: (3, 2); b: (); x: (2,); h = tanh(W@x + b); L = sum(h)")
    run = graph.backprop({"W": [[1, 2], [3, 4], [5, 6]], "x": [0.1, -0.1], "b": 0.5})
    assert network(with_sums(run.graph)).shared("b") == 3
    marks = [title for title, *_ in check_structure(run.draw(level="network")).halves]
    assert marks.count("shared ×3") == 3


def test_of_a_batch_one_example_is_drawn_and_said():
    figure = layered([2, 3, 1], batch=5).draw(level="network")
    assert figure.page.title == "Network 2-3-1 of L, example 1 of 5"
    assert len(Drawn(figure.page).circles) == 6


def test_frames_show_nothing_before_it_is_computed():
    run = bp.parse(ONE_HIDDEN).backprop(AT)
    figure = run.draw(level="network")
    pages = figure.frames()
    seen = [{title for title, *_ in Drawn(page).halves} for page in pages]
    assert not any("∂" in title for title in seen[0])
    assert all(before <= after for before, after in pairwise(seen))
    assert seen[-1] == {title for title, *_ in Drawn(figure.page).halves}
    assert pages[1].title.partition("forward: ")[2].startswith("a₁ = w₁₁·x₁ + w₁₂·x₂ + b₁")
    backward = [page.title for page in pages if "backward" in page.title]
    assert "∂L/∂L = 1" in backward[0]
    assert "∂L/∂ŷ" in backward[1]


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_and_format_shows_the_network(theme, tmp_path):
    figure = layered([2, 3, 1]).draw(level="network", theme=theme)
    for ending in ("svg", "png", "pdf", "html") if theme == "slate" else ("svg",):
        assert figure.save(tmp_path / f"x.{ending}").stat().st_size > 5000


def test_the_words_tell_every_neuron():
    page = bp.parse(ONE_HIDDEN).backprop(AT).draw(level="network").page
    assert page.title == "Network 2-3-1 of L"
    assert "neuron h₁ = σ(a₁), a₁ = a weighted sum of 2; h₁ ≈ 0.711; ∂L/∂a₁ ≈ −0.015; w₁₁ = 0.8" in page.description


def test_the_same_run_gives_the_same_bytes():
    one, two = (layered([3, 4, 2]).draw(level="network").svg for _ in range(2))
    assert one == two
