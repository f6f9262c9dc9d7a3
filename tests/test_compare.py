"""Gradients from elsewhere: which agree with a run, what the others are instead, and where that starts."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import graphviz_bp as bp

TUTORIAL = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
RANDOM = np.random.default_rng(1)
LAYER = bp.parse("""
    data X, y
    a = X@W.T + b
    h = tanh(a)
    o = h@v
    L = mean((o - y)**2)
""").backprop({"X": RANDOM.normal(size=(4, 3)), "W": RANDOM.normal(size=(3, 3)), "b": RANDOM.normal(size=3),
               "v": RANDOM.normal(size=3), "y": RANDOM.normal(size=4)})  # fmt: skip


class Tensor:
    """What PyTorch and JAX have in common, and what only PyTorch has."""

    def __init__(self, array, dtype=None):
        self.array, self.dtype = array, dtype or array.dtype

    def detach(self):
        return Tensor(self.array, self.dtype)

    def cpu(self):
        return self

    def float(self):
        return Tensor(self.array.astype("float32"))

    def __array__(self, dtype=None, copy=None):
        if str(self.dtype) == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array


def by_torch():
    """The gradients of LAYER by formulas written apart."""
    X, y, W, b, v = (np.asarray(LAYER.given[name]) for name in ("X", "y", "W", "b", "v"))
    h = np.tanh(X @ W.T + b)
    o = 2 * (h @ v - y) / 4
    a = np.outer(o, v) * (1 - h**2)
    return {"o": o, "h": np.outer(o, v), "a": a, "W": a.T @ X, "b": a.sum(axis=0), "v": h.T @ o}


def test_gradients_that_are_right_agree_whatever_they_are_made_of():
    right = by_torch()
    assert LAYER.compare(right).ok
    for dtype in ("float64", "float32", "float16"):
        found = LAYER.compare({name: Tensor(g.astype(dtype)) for name, g in right.items()})
        assert found.ok, found.text
        assert {m.dtype for m in found} == {dtype}
    assert LAYER.compare({"W": Tensor(right["W"], "torch.bfloat16")})["W"].tolerance == 0.1
    assert TUTORIAL.compare({"u": 450}).ok
    assert TUTORIAL.compare({"u": np.float32(450), "v": 30, "w": 25}).ok


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", sorted(by_torch()))
def test_one_wrong_entry_is_found(name, dtype):
    """A difference of ten times what the type of the numbers allows is a difference."""
    wrong = by_torch()[name].copy()
    wrong.flat[0] += {"float64": 1e-8, "float32": 1e-3}[dtype] * abs(wrong).max()
    match = LAYER.compare({name: wrong.astype(dtype)})[name]
    assert match.verdict == "differs"
    assert match.error > match.tolerance


SEEN = [  # node, what is done to its gradient, what is said
    ("W", lambda g: g.T, "the transpose"),
    ("W", lambda g: -g, "the sign is wrong"),
    ("W", lambda g: 2 * g, "the factor 2"),
    ("b", lambda g: g / 2, "the factor 1/2"),
    ("W", lambda g: 4 * g, "the factor 4, a size in this graph"),
    ("v", lambda g: -g / 4, "the factor −1/4, a size"),
    ("v", lambda g: 1.7 * g, "the factor 1.7"),
    ("W", lambda g: 0 * g, "it is zero"),
    ("b", lambda g: g[:, None], "another shape"),
    ("b", lambda g: np.stack([g / 4] * 4), "the sum over the batch is missing"),
    ("W", lambda g: g[:2], "it has shape 2 × 3, the gradient 3 × 3"),
    ("b", lambda g: g * [1, np.nan, 1], "not finite"),
    ("b", lambda g: g * [1, 1.5, 1], "1 of 3 entries, the most at [1]"),
]


@pytest.mark.parametrize(("name", "change", "said"), SEEN, ids=[said for *_, said in SEEN])
def test_what_is_wrong_with_a_gradient_is_said(name, change, said):
    match = LAYER.compare({name: change(by_torch()[name])})[name]
    assert not match.ok
    assert said in "; ".join(match.said)


@pytest.mark.parametrize(
    ("value", "said"),
    [(150, "what comes back from v is missing"), (300, "what comes back from w is missing"),
     (750, "what comes back from v is counted twice"), (-450, "sign"), (900, "factor 2"), (451, "it is 451, not 450")],
)  # fmt: skip
def test_a_contribution_that_was_lost_is_named(value, said):
    assert said in TUTORIAL.compare({"u": value})["u"].said[0]


def test_where_they_start_to_differ_going_backward():
    """A mistake is made at `a`; everything before it in the graph is wrong too, everything after it right."""
    g = by_torch()
    a = np.outer(g["o"], LAYER.given["v"])  # the derivative of tanh is forgotten
    X = np.asarray(LAYER.given["X"])
    found = LAYER.compare({**g, "a": a, "W": a.T @ X, "b": a.sum(axis=0)})
    assert found.start == ("a",)
    assert [m.node for m in found if not m.ok] == ["a", "b", "W"]
    assert "start to differ at a: h agrees" in found.text
    without = LAYER.compare({"W": a.T @ X, "b": g["b"], "o": g["o"]})
    assert without.start == ("W",)
    assert "a not given" in without.text
    assert "not given: v" in without.text


def test_an_agreement_reads_well_everywhere():
    found = TUTORIAL.compare({"u": 300, "v": 30})
    assert (found.ok, found.code, len(found), found.summary) == (False, 1, 2, "1 of 2 agree, within 1e-09 for exact numbers")
    assert found.markdown.count("|") == 16
    assert found._repr_markdown_() == found.markdown
    assert str(found) == found.text
    assert "agreement" in repr(found)


@pytest.mark.parametrize(
    ("gradients", "message"),
    [({"q": 1}, "no node"), ({}, "no gradients"), ({"u": None}, "is None"), ({"u": "450"}, "number or an array"), ({"u": object()}, "number or an array"), ("missing.npz", "cannot read")],
)  # fmt: skip
def test_what_can_not_be_compared_is_refused(gradients, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(bp.InputError, match=message):
        TUTORIAL.compare(gradients)
    with pytest.raises(bp.InputError, match="data"):
        LAYER.compare({"X": 1})
    with pytest.raises(bp.InputError, match="give values"):
        TUTORIAL.graph.backprop(None).compare({"u": 1})


def test_files_of_arrays_are_read_and_nothing_in_them_is_run(tmp_path):
    np.savez(tmp_path / "right.npz", **by_torch())
    assert LAYER.compare(tmp_path / "right.npz").ok
    np.savez(tmp_path / "objects.npz", W=np.array([object()], dtype=object), allow_pickle=True)
    (tmp_path / "text.npz").write_text("dz/du = 3")
    for name in ("objects.npz", "text.npz"):
        with pytest.raises(bp.InputError):
            LAYER.compare(tmp_path / name)


def test_the_command_compares_a_file(tmp_path, monkeypatch, capsys):
    from graphviz_bp.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "tutorial.bp").write_text("v = u^2; w = 6*u; z = v*w")
    np.savez(tmp_path / "gradients.npz", u=450.0, v=25.0)
    np.savez(tmp_path / "values.npz", u=5.0)
    arguments = ["check", "tutorial.bp", "gradients.npz", "--at", "values.npz", "--claim", "dz/dw = v"]
    monkeypatch.setattr(sys, "argv", ["graphviz-bp", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    told = capsys.readouterr().out
    assert all(part in told for part in ("1 of 1 right", "✗ v", "1 of 2 agree"))
