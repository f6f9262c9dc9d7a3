"""The models: each is in the table, runs at its numbers, and says what its row of the table promises."""

from __future__ import annotations

import inspect
from importlib import import_module
from math import prod

import numpy as np
import pytest
from typer.testing import CliRunner

import graphviz_bp as bp
from graphviz_bp.cli import app
from graphviz_bp.models import MODELS, model
from graphviz_bp.models.options import in_words, options_of, read

GATES = [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_every_model_is_in_the_table_and_every_row_is_a_function_of_bp_models():
    rooms = [import_module(f"graphviz_bp.models.{room}") for room in {row.make.__module__.rpartition(".")[2] for row in MODELS.values()}]
    written = {name for room in rooms for name, value in vars(room).items() if inspect.isfunction(value) and value.__module__ == room.__name__}
    assert {name for name in written if not name.startswith("_")} == set(MODELS)
    assert all(getattr(bp.models, name) is row.make and row.shows and row.make.__doc__ for name, row in MODELS.items())


@pytest.mark.parametrize("name", sorted(MODELS.keys() - {"alexnet"}))
def test_a_model_has_numbers_for_every_input_and_a_number_as_output(name):
    g = model(name)
    run = g.backprop()
    assert np.isfinite(float(run.values[g.output]))
    assert np.ndim(run.values[g.output]) == 0
    assert set(run.gradients) >= {n for n in g.inputs if g.role(n) == "param"}


@pytest.mark.parametrize(
    ("name", "options"),
    [("mlp", ["sizes=2,3,2,1", "activation=relu"]), ("mlp_matrix", ["sizes=3,4,4,2", "activation=gelu"]),
     ("rnn", ["steps=5"]), ("lstm", ["steps=3", "size=vectors"]), ("gru", ["steps=3"]), ("attention", ["causal=yes"]),
     ("multi_head", ["heads=3", "causal=yes"]), ("perceptron", ["gate=or"]), ("softmax_classifier", ["loss=one"]),
     ("logistic_regression", ["bias=absorbed"]), ("half_planes", ["polygons=2"]), ("xor_mlp", ["start=untrained"])],
)  # fmt: skip
def test_options_in_words_give_graphs_whose_gradients_hold(name, options):
    g = model(name, options)
    assert g.gradcheck({}) if name not in ("perceptron", "half_planes") else g.backprop().notes


@pytest.mark.parametrize(
    ("words", "remedy"),
    [("sizes=2", "no layer"), ("sizes=two", "write sizes=2,3,1"), ("sizes=0,1", "from 1 to"), ("size=3", "has no option"),
     ("activation=swish", "is one of sigmoid"), ("sizes", "its options are"), ("sizes=9999999,1", "write sizes=")],
)  # fmt: skip
def test_an_option_that_makes_no_sense_is_refused_with_what_would(words, remedy):
    with pytest.raises(bp.InputError, match=remedy):
        model("mlp", [words])


def test_an_unknown_model_is_refused_with_near_names():
    with pytest.raises(bp.InputError, match="did you mean"):
        model("soft_max_classifier")


@pytest.mark.parametrize("name", MODELS)
def test_options_read_back_as_they_are_told(name):
    make = MODELS[name].make
    assert read(make, in_words(make)) == options_of(make)


@pytest.mark.parametrize(("gate", "truth"), [("and", min), ("or", max)])
def test_the_perceptron_computes_its_gate_and_nothing_flows_back(gate, truth):
    for x in GATES:
        run = bp.models.perceptron(gate).backprop({"x1": x[0], "x2": x[1]})
        assert run.values["yhat"] == truth(x)
        assert run.gradients["w1"] == run.gradients["b"] == 0
        assert "nothing flows back through step" in run.notes[0]


def test_why_no_perceptron_computes_xor_is_said_and_true():
    with pytest.raises(bp.InputError, match="no perceptron computes XOR"):
        bp.models.perceptron("xor")
    for make in (bp.models.xor_features, bp.models.xor_mlp):
        assert [round(make().backprop({"x1": a, "x2": b}).values["yhat"]) for a, b in GATES] == [0, 1, 1, 0]


def test_the_absorbed_bias_is_the_last_weight():
    node, absorbed = (bp.models.logistic_regression(bias).backprop() for bias in ("node", "absorbed"))
    assert np.allclose(absorbed.gradients["w"], [node.gradients[name] for name in ("w1", "w2", "b")], rtol=1e-14)


def test_the_matrix_network_has_the_numbers_of_the_neurons():
    neurons, matrix = bp.models.mlp((2, 3, 2, 1)).backprop(), bp.models.mlp_matrix((2, 3, 2, 1)).backprop()
    for layer, shape in ((1, (3, 2)), (2, (2, 3)), (3, (1, 2))):
        for j in range(shape[0]):
            weights = [neurons.gradients[f"w{layer}_{j + 1}_{i + 1}"] for i in range(shape[1])]
            assert np.allclose(matrix.gradients[f"W{layer}"][j], weights, rtol=1e-12)


def test_alexnet_has_the_shapes_and_parameters_of_its_table():
    g = bp.models.alexnet()
    assert [g[name].shape for name in ("C1", "P2", "C3", "P5", "h6", "o")] == [
        (96, 55, 55), (256, 13, 13), (384, 13, 13), (256, 6, 6), (4096,), (1000,)]  # fmt: skip
    assert sum(prod(g[name].shape) for name in g.inputs if g.role(name) == "param") == 62_378_344
    assert g.derive("W8").text


def test_no_position_looks_ahead_behind_the_causal_mask():
    run = bp.models.attention(causal=True).backprop()
    assert (np.triu(run.values["P"], 1) == 0).all()
    assert (run.gradients["K"][2] == run.gradients["V"][2] * 0).all() or run.values["P"][2, 2] > 0


def test_the_gradient_of_a_shared_parameter_is_the_sum_over_time():
    run = bp.models.rnn(4).backprop()
    step = run.step("V")
    assert [term.child for term in step.terms] == ["o4", "o3", "o2", "o1"] or len(step.terms) == 4
    assert np.allclose(sum(term.contribution for term in step.terms), run.gradients["V"])


def test_along_the_cell_line_the_gradient_is_multiplied_by_the_forget_gate_only():
    run = bp.models.lstm(3).backprop()
    for t in (1, 2, 3):
        assert run.partials[f"c{t}", f"c{t - 1}"] == run.values[f"f{t}"]


def test_models_are_drawn_at_the_levels_of_the_lecture():
    for name, level in (("mlp", "network"), ("half_planes", "network"), ("rnn", "unrolled"), ("xor_mlp", "network")):
        assert len(model(name).backprop().draw(level=level).svg) > 5000
    assert model("half_planes", ["polygons=2"]).backprop().draw(level="network").svg


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["draw", "model:mlp:sizes=2,2,1", "-o", "-"], 0, "<svg"),
        (["derive", "model:logistic_regression", "--wrt", "a"], 0, "ŷ − y"),
        (["draw", "model:rnn:steps=2", "--level", "unrolled", "-o", "-"], 0, "<svg"),
        (["check", "model:logistic_regression", "--claim", "dl/da = yhat - y"], 0, "1 of 1 right"),
        (["check", "model:chain_rule_example", "--claim", "dz/du = 6*v"], 1, "you left out the path"),
        (["models"], 0, "model:attention"),
    ],
)
def test_models_stand_where_a_file_can(command, code, said):
    done = CliRunner().invoke(app, command)
    assert done.exit_code == code
    assert said in done.output
