"""The models' values and gradients are PyTorch's, to 1e-10; reference/make.py says how its numbers were made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphviz_bp.models import MODELS, model

REFERENCE = json.loads((Path(__file__).parent / "reference" / "models.json").read_text(encoding="utf-8"))
SYMBOLIC = {"alexnet"}  # drawn with shapes only


@pytest.mark.parametrize("case", REFERENCE)
def test_values_and_gradients_are_those_of_pytorch(case):
    name, *options = case.split(":")
    run, reference = model(name, options).backprop(), REFERENCE[case]
    for given, value in reference["inputs"].items():
        assert np.array_equal(np.asarray(run.values[given], dtype=float), value), "the model's numbers have changed: make the reference anew"
    assert float(run.values[run.of]) == pytest.approx(reference["output"], rel=1e-10, abs=1e-12)
    assert set(reference["gradients"]) == {n for n in run.graph.inputs if run.graph.role(n) == "param"}
    for wrt, gradient in reference["gradients"].items():
        mine = np.asarray(run.gradients[wrt], dtype=float)
        assert mine.shape == np.shape(gradient)
        assert np.allclose(mine, gradient, rtol=1e-10, atol=1e-12), wrt


def test_every_model_has_a_reference():
    assert {case.split(":")[0] for case in REFERENCE} == set(MODELS) - SYMBOLIC
