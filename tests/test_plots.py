"""Plots: what is drawn are the numbers of the descent and of the graph."""

from __future__ import annotations

import numpy as np
import pytest

import graphviz_bp as bp
from graphviz_bp.models import data

pytest.importorskip("matplotlib")
from graphviz_bp import plots


@pytest.fixture(scope="module")
def path():
    return bp.models.logistic_regression().descend(data.blobs(), rate=0.5, steps=5, start={"w1": -1, "w2": 2, "b": 0})


def drawn(page, axes=0):
    return [(np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in page.axes[axes].lines]


def test_the_loss_is_drawn_step_by_step(path):
    ((xs, ys),) = drawn(plots.losses(path))
    assert list(xs) == list(range(6))
    assert tuple(ys) == path.losses


def test_the_tangent_touches_the_curve_with_the_slope_of_the_gradient():
    path = bp.parse("w = 0; L = (w - 3)^2").descend(rate=0.1, steps=4)
    curve, tangent, steps = drawn(plots.slope(path, "w"))
    assert np.allclose(curve[1], (curve[0] - 3) ** 2)
    assert np.ptp(tangent[1]) / np.ptp(tangent[0]) == pytest.approx(6)
    assert list(steps[0]) == [p["w"] for p in path.parameters]


def test_the_path_over_the_contours_is_the_descent(path):
    (xs, ys), start = drawn(plots.contours(path, "w1", "w2"))
    assert list(xs) == [p["w1"] for p in path.parameters]
    assert list(ys) == [p["w2"] for p in path.parameters]
    assert start[0] == xs[0]


def test_on_the_boundary_the_output_is_one_half(path):
    page = plots.boundary(path, data.blobs())
    line = page.axes[0].collections[-1].get_paths()[0].vertices
    end = path.parameters[-1]
    assert np.allclose(line @ [end["w1"], end["w2"]] + end["b"], 0, atol=1e-2)


def test_the_boundary_of_an_array_graph_is_worked_out_place_by_place():
    graph = bp.parse("data x1, x2; W = [[1, 2]]; yhat = sum(sigmoid(W*x1 + x2))/2")
    assert plots.boundary(graph).axes[0].collections


def test_activations_come_with_their_derivatives():
    page = plots.activations(["tanh", "relu"], theme="dark")
    (xs, value), (_, slope) = drawn(page)
    assert np.allclose(value, np.tanh(xs))
    assert np.allclose(slope, 1 - np.tanh(xs) ** 2)
    assert np.isnan(drawn(page, 1)[1][1]).any()


@pytest.mark.parametrize(("wrong", "said"), [(lambda p: plots.slope(p, "x1"), "x1 is not a number that this descent moves"), (lambda _: plots.activations(["matmul"]), "there is no activation")])
def test_what_cannot_be_plotted_is_refused(path, wrong, said):
    with pytest.raises(bp.InputError, match=said):
        wrong(path)
