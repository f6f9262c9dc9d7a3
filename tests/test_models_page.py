"""The page of models, and the algorithms on it: every cell is filled, and every line of an algorithm holds."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import graphviz_bp as bp
from graphviz_bp.courses.algorithms import ALGORITHMS
from graphviz_bp.courses.models_page import COLUMNS, entries, page
from graphviz_bp.models import MODELS

REFERENCE = Path(__file__).parent / "reference" / "models.json"


def test_a_system_has_a_cell_for_every_column_and_a_missing_one_is_seen():
    (entry,) = entries(names=["chain_rule_example"])
    told = page([entry])
    (row,) = re.findall(r'<tr><th><a href="#chain_rule_example">.*', told)
    assert row.count("<td") == len(COLUMNS) + 2
    assert row.count('class="empty"') == 1  # no reference was given
    assert told.count("<svg") == 2 + len(ALGORITHMS)
    assert "18u²" in told


def test_with_the_reference_the_page_says_how_near_the_gradients_are():
    (entry,) = entries(REFERENCE, ["logistic_regression"])
    assert re.fullmatch(r"2 cases: \de[-+]\d\d", entry.reference)
    assert float(entry.reference.split()[-1]) < 1e-10


@pytest.mark.slow
def test_no_cell_of_the_page_is_empty():
    assert [(e.model.name, e.missing) for e in entries(REFERENCE) if e.missing or not e.reference or not e.derivation] == []
    assert len(MODELS) > 30


def test_the_lines_of_the_backward_algorithm_give_the_gradients_of_the_network():
    """δ⁽ᴸ⁾ = ∂ℓ/∂z ⊙ σ′(a); then ∂ℓ/∂W = δ z⁽ˡ⁻¹⁾ᵀ, ∂ℓ/∂b = δ, δ⁽ˡ⁻¹⁾ = Wᵀδ ⊙ σ′, layer by layer."""
    run = bp.models.mlp_matrix((2, 4, 3, 2), "sigmoid").backprop()
    value = {name: np.asarray(x, dtype=float) for name, x in run.values.items()}
    slope = {layer: value[f"z{layer}"] * (1 - value[f"z{layer}"]) for layer in (1, 2, 3)}
    delta = (value["z3"] - value["y"]) * slope[3]
    for layer in (3, 2, 1):
        assert np.allclose(run.gradients[f"a{layer}"], delta, rtol=1e-12)
        assert np.allclose(run.gradients[f"W{layer}"], np.outer(delta, value[f"z{layer - 1}" if layer > 1 else "x"]), rtol=1e-12)
        assert np.allclose(run.gradients[f"b{layer}"], delta, rtol=1e-12)
        delta = value[f"W{layer}"].T @ delta * slope.get(layer - 1, 1)


def test_the_derivation_of_the_network_reads_like_the_algorithm():
    derivation = bp.models.mlp_matrix((2, 3, 3, 1)).draw().run.derive
    latex = {name: derivation(name).latex.replace(" ", "") for name in ("W2", "b2")}
    assert r"\left(z^{[1]}\right)^{\top}" in latex["W2"] or r"z^{[1]\top}" in latex["W2"]
    assert r"\partialL}{\partiala^{[2]}" in latex["b2"]


@pytest.mark.parametrize("name", ALGORITHMS)
def test_an_algorithm_is_a_picture_and_a_latex_table_with_the_same_lines(name):
    algorithm = ALGORITHMS[name]
    assert algorithm.latex.count(r" \\") == len(algorithm.lines)
    assert algorithm.latex.count("{") == algorithm.latex.count("}")
    assert algorithm.svg() == algorithm.svg() != algorithm.svg("dark")
    assert "?" not in algorithm.svg("print").partition("<desc")[0]


def test_every_short_line_of_the_backward_pass_ends_the_detailed_one():
    short, long = ALGORITHMS["backward"].lines, ALGORITHMS["detailed"].lines
    for (_, a, _), (_, b, _) in zip(short, long, strict=True):
        assert b.endswith(a.split(" = ")[-1])
