"""Gradient descent: the steps are w ← w − α∇L exactly, the loss is the mean over the data, and trouble is said."""

from __future__ import annotations

import numpy as np
import pytest

import graphviz_bp as bp
from graphviz_bp.models import data

BOWL = "w = 0; L = (w - 3)^2"
GATES = {"and": data.logical_and(), "or": data.logical_or()}


def test_on_a_parabola_the_steps_are_those_of_the_formula():
    path = bp.parse(BOWL).descend(rate=0.1, steps=20)
    assert [p["w"] for p in path.parameters] == pytest.approx([3 - 3 * 0.8**k for k in range(21)], rel=1e-14)
    assert list(path.losses) == pytest.approx([9 * 0.64**k for k in range(21)], rel=1e-13)
    assert len(path) == len(path.gradients) == 20


@pytest.mark.parametrize("gate", GATES)
def test_logistic_regression_learns_a_gate_as_written_by_hand_in_numpy(gate):
    found = bp.models.logistic_regression().descend(GATES[gate], rate=1, steps=60, start={"w1": 0.1, "w2": -0.2, "b": 0})
    x, y = np.column_stack([GATES[gate]["x1"], GATES[gate]["x2"], np.ones(4)]), np.array(GATES[gate]["y"])
    w = np.array([0.1, -0.2, 0])
    for _ in range(60):
        w = w - x.T @ (1 / (1 + np.exp(-x @ w)) - y) / 4
    assert [found.parameters[-1][name] for name in ("w1", "w2", "b")] == pytest.approx(list(w), rel=1e-12)
    assert found.losses[-1] < found.losses[0]


@pytest.mark.parametrize("batch", [None, 1, 3])
def test_every_step_is_the_mean_gradient_of_its_examples(batch):
    graph, points = bp.models.mlp_matrix((2, 3, 1), "tanh"), {"x": [[0, 0], [0, 1], [1, 0], [1, 1]], "y": [[0], [1], [1], [0]]}
    path = graph.descend(points, rate=0.5, steps=4, batch=batch)
    for step in range(4):
        among = range(4) if batch is None else {1: [step], 3: [[0, 1, 2], [3]][step % 2]}[batch]
        runs = [graph.backprop({**path.parameters[step], **{name: np.array(rows[k], float) for name, rows in points.items()}}) for k in among]
        for name, value in path.parameters[step].items():
            mean = sum(np.asarray(run.gradients[name]) for run in runs) / len(runs)
            assert np.allclose(path.parameters[step + 1][name], value - 0.5 * mean, rtol=1e-12, atol=1e-14)


def test_examples_may_be_a_list_a_table_or_one():
    graph, table = bp.models.logistic_regression(), data.xor()
    rows = [{name: column[k] for name, column in table.items()} for k in range(4)]
    assert graph.descend(rows, steps=3).losses == graph.descend(table, steps=3).losses
    alone = graph.descend(rows[1], steps=3)
    assert alone.losses == graph.descend({name: [value] for name, value in rows[1].items()}, steps=3).losses


def test_an_entry_by_entry_graph_runs_all_examples_at_once_with_the_same_numbers():
    """A sum would add up the examples too, so the second graph takes them one by one."""
    table = {"x": [0.5, -1.0, 2.0, 0.1], "y": [1.0, 0.0, 1.0, 1.0]}
    one, other = (bp.parse(f"data x, y; w = 0.3; b = 0.1; h = {relu}; L = (h - y)^2").descend(table, steps=5)
                  for relu in ("relu(w*x + b)", "sum(relu(w*x + b))"))  # fmt: skip
    assert len(one.mean_loss._sweeps) == 1 < len(other.mean_loss._sweeps)
    assert one.losses == pytest.approx(other.losses, rel=1e-13)


def test_xor_is_learned_by_two_hidden_neurons_and_by_no_single_one():
    solved = bp.models.xor_mlp("untrained").descend(data.xor(), rate=4, steps=300)
    assert solved.losses[-1] < 0.05
    predicted = [solved.graph.backprop({**solved.parameters[-1], "x1": a, "x2": b}).values["yhat"] for a in (0, 1) for b in (0, 1)]
    assert [round(p) for p in predicted] == [0, 1, 1, 0]
    assert bp.models.logistic_regression().descend(data.xor(), rate=1, steps=100).losses[-1] > 0.69


def test_only_what_is_asked_moves():
    path = bp.models.logistic_regression().descend(data.blobs(), wrt=["w1"], steps=2)
    assert set(path.parameters[-1]) == {"w1"}
    assert path.run(1).given["w2"] == -3


@pytest.mark.parametrize(
    ("rate", "steps", "said"),
    [(1.5, 2000, "the descent diverged: after"), (1.05, 10, "the loss grew from 9 to"), (0.1, 10, "")],
)
def test_divergence_is_said(rate, steps, said):
    path = bp.parse(BOWL).descend(rate=rate, steps=steps)
    assert all(np.isfinite(path.losses))
    assert " ".join(path.notes).startswith(said)
    assert bool(path.notes) == bool(said)


def test_a_step_function_learns_nothing_and_says_so():
    assert bp.models.perceptron().descend({"x1": [0, 1], "x2": [1, 1]}, steps=3).notes == ("the gradient is zero, so no step moves anything",)


def test_an_update_is_worked_out_and_its_equals_signs_hold():
    assert bp.parse(BOWL).descend(rate=0.25).update(0) == "w ← w − α ∂L/∂w = 0 − 0.25 · (−6) = 1.5"
    told = bp.models.logistic_regression().descend(steps=1).update(0)
    assert len(told.splitlines()) == 3
    assert "≈" in told


def test_the_figure_of_a_step_shows_its_parameters():
    path = bp.parse(BOWL).descend(rate=0.25, steps=3)
    assert path.run(1).values == {"w": 1.5, "L": 2.25}
    assert path.figure(1).svg != path.figure(2).svg
    with pytest.raises(bp.InputError, match="the steps are 0 to 3"):
        path.figure(4)


@pytest.mark.parametrize(
    ("text", "data", "options", "said"),
    [
        ("data x; L = (w*x)^2", {"x": [1, 2]}, {}, "no value is given for w"),
        ("data x, y; w = 1; L = (w*x - y)^2", {"x": [1, 2], "y": [1, 2, 3]}, {}, "the data hold 2 of x, 3 of y"),
        ("data x; w = 1; L = (w*x)^2", {"x": [[1, 2], [3, 4]]}, {}, "x has shape"),
        ("data x; w = 1; L = (w*x)^2", {"x": 1}, {"wrt": ["v"]}, "v is not a parameter"),
        ("data x; x = 2; L = x^2", None, {}, "there is no parameter to move"),
        ("w: (2,); w = [1, 2]; z = w^2", None, {}, "the loss z is an array"),
        ("w = 1; L = w^2", None, {"steps": 1.5}, "steps and batch are whole numbers"),
    ],
)
def test_what_cannot_be_descended_is_refused(text, data, options, said):
    with pytest.raises(bp.InputError, match=said):
        bp.parse(text).descend(data, **options)


def test_the_data_sets_are_what_they_are_called():
    for table, truth in ((data.logical_and(), min), (data.logical_or(), max), (data.xor(), lambda x: (x[0] + x[1]) % 2)):
        assert [truth(x) for x in zip(table["x1"], table["x2"], strict=True)] == table["y"]
    cloud = data.blobs(200)
    assert cloud == data.blobs(200) != data.blobs(200, seed=2)
    assert np.mean((np.array(cloud["x1"]) + np.array(cloud["x2"]) > 0) == cloud["y"]) > 0.98


def test_a_descent_is_a_film_on_one_layout_with_a_caption_for_every_step(tmp_path):
    path = bp.models.logistic_regression().descend(data.blobs(10), rate=0.5, steps=30)
    told = path.save(tmp_path / "path.html", frames=4).read_text(encoding="utf-8")
    assert [f"step {step} of 30: mean ℓ" in told for step in (0, 10, 20, 30, 15)] == [True, True, True, True, False]
    assert path.save(tmp_path / "again.html", frames=4).read_text(encoding="utf-8") == told
    assert path.save(tmp_path / "path.gif", frames=2).read_bytes()[:3] == b"GIF"
    with pytest.raises(bp.InputError, match="a descent is not saved as"):
        path.save(tmp_path / "path.svg")


def test_boxes_keep_their_places_in_the_film():
    from graphviz_bp.figure.descent import _with_room
    from graphviz_bp.figure.scene.scene import scene

    path = bp.parse("w = 100; L = (w - 3)^2").descend(rate=0.45, steps=6)
    sizes = {tuple(box.size for box in each.statements) for each in _with_room([scene(path.run(k)) for k in range(7)])}
    assert len(sizes) == 1
