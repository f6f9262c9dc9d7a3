"""Recurrent networks over time: recognised from structure, contributions that add up, nothing on top of anything."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import pytest
from drawn import Drawn, overlap

import graphviz_bp as bp
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.recurrent.shares import shares, summed_up
from graphviz_bp.figure.themes import THEMES
from graphviz_bp.levels.network import network, with_sums
from graphviz_bp.levels.recurrence import recurrence

STEP = "h{t} = tanh(U*x{t} + W*h{s}); y{t} = V*h{t}; L{t} = (y{t} - t{t})^2/2; data x{t}, t{t}"
AT = {"U": 0.5, "W": 0.8, "V": 1.5, "h0": 0, "x1": 1, "x2": -0.5, "x3": 2, "t1": 0.5, "t2": 0.5, "t3": 1}


def spelled(step, steps=3, end="L = L1 + L2 + L3"):
    return "\n".join([*(step.format(t=t, s=t - 1) for t in range(1, steps + 1)), end])


FIGURES = {
    "look": (spelled(STEP), AT),
    "other names": (spelled(STEP).replace("h0", "start").replace("h1", "p").replace("h2", "q").replace("h3", "r"),
                    {**{k: v for k, v in AT.items() if k != "h0"}, "start": 0}),
    "sums named": (spelled("a{t} = b + W*h{s} + U*x{t}; h{t} = tanh(a{t}); y{t} = V*h{t} + c; L{t} = (y{t} - t{t})^2; data t{t}"),
                   {**AT, "b": 0.1, "c": -0.2}),
    "many to one": (spelled("h{t} = tanh(U*x{t} + W*h{s})", end="L = (h3 - 1)^2"),
                    {k: v for k, v in AT.items() if k[0] not in "tV"}),
    "no input": (spelled("h{t} = tanh(W*h{s} + b)", end="L = h3^2"), {"W": 0.5, "b": 0.1, "h0": 1}),
    "linear": (spelled("h{t} = W*h{s} + U*x{t}", end="L = h3^2"), {"W": 2, "U": 3, "h0": 1, "x1": 1, "x2": 0, "x3": 1}),
    "eight steps": (spelled("h{t} = tanh(U*x{t} + W*h{s})", 8, "L = h8^2"),
                    {"U": 1, "W": 0.5, "h0": 0, **{f"x{t}": t / 10 for t in range(1, 9)}}),
}  # fmt: skip
RUNS = {name: bp.parse(text).backprop(at) for name, (text, at) in FIGURES.items()} | {"vectors": bp.models.rnn(3).backprop()}


@pytest.mark.parametrize("name", RUNS)
def test_steps_are_found_from_structure(name):
    graph = RUNS[name].graph
    found = recurrence(network(with_sums(graph)))
    assert found.on_state == "W"
    assert len(found.steps) == (8 if name == "eight steps" else 3)
    states = [found.first, *(step.state for step in found.steps)]
    assert len(set(states)) == len(states)


@pytest.mark.parametrize(("text", "said"), [
    ("a = w1*x1 + w2*x2 + b; h = tanh(a)", "nothing to unroll"),
    ("v = u^2; z = 3*v", "no weighted sum"),
    ("h1 = tanh(U*x1); h2 = tanh(U*x2 + W*h1); L = h2^2; data x1, x2", "nothing to unroll"),
    ("data x1, x2; h1 = tanh(U*x1 + W*h0); h2 = tanh(U*x2 + W*h1); y = h2^2; z = h2 + 1; L = y + z", "branches"),
    ("data x1, x2; h1 = tanh(U*x1 + P*x2 + W*h0); h2 = tanh(U*x2 + P*x1 + W*h1); L = h2^2", "one input"),
])  # fmt: skip
def test_what_is_no_simple_recurrence_is_refused_in_a_sentence(text, said):
    with pytest.raises(bp.InputError, match=said):
        bp.parse(text).draw(level="unrolled")


@pytest.mark.parametrize("name", RUNS)
def test_the_contributions_of_the_steps_add_up_to_the_gradient(name):
    import numpy as np

    sheet = Sheet(RUNS[name])
    for parameter in ("W", "U", "V"):
        if parameter in sheet.graph.inputs:
            parts = shares(sheet, parameter)
            assert len(parts) == (8 if name == "eight steps" else 3)
            total = sum(np.asarray(part, dtype=float) for part in parts.values())
            assert np.allclose(total, np.asarray(RUNS[name].gradients[parameter], dtype=float))


def test_a_sum_that_does_not_hold_in_its_digits_is_joined_by_about():
    page = RUNS["look"].draw(level="unrolled").page
    words = page.description
    assert "∂L/∂W is the sum of 0, −0.180, 0.013" in words
    sheet = Sheet(RUNS["look"])
    assert summed_up(sheet, "V").width > 0
    assert summed_up(Sheet(RUNS["vectors"]), "W") is None


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("symbols", [False, True], ids=["numbers", "symbols"])
def test_beads_touch_no_bead_and_no_circle(name, symbols):
    run = RUNS[name]
    figure = (run.graph if symbols else run).draw(level="unrolled")
    drawn = Drawn(figure.page)
    for title, ground, letters in drawn.halves:
        assert ground[0] >= 0, title
        assert ground[2] <= figure.page.width, title
        assert ground[1] >= 0, title
        assert ground[3] <= figure.page.height, title
        assert all(ground[0] <= glyph.x <= ground[2] for glyph in letters), title
    for one, two in combinations(drawn.halves, 2):
        assert not overlap(one[1], two[1], -0.01), (one[0], two[0])
    for title, ground, _ in drawn.halves:
        for other, (x, y, r) in drawn.circles:
            assert not overlap(ground, (x - 0.66 * r, y - 0.66 * r, x + 0.66 * r, y + 0.66 * r)), (title, other)


def test_frames_go_forward_in_time_and_back():
    pages = RUNS["look"].draw(level="unrolled").frames()
    said = [page.title.partition("ward: ")[2] for page in pages]
    assert next(i for i, s in enumerate(said) if s.startswith("a₁ =")) < next(i for i, s in enumerate(said) if s.startswith("a₃ ="))
    back = [re.match(r"∂L/∂h([₁₂₃])", s) for s in said]
    assert [m[1] for m in back if m] == ["₃", "₂", "₁"]
    seen = [{title for title, *_ in Drawn(page).halves} for page in pages]
    assert all(before <= after for before, after in pairwise(seen))


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_and_format_shows_the_recurrence(theme, tmp_path):
    figure = RUNS["look"].draw(level="unrolled", theme=theme)
    for ending in ("svg", "png", "pdf", "html") if theme == "slate" else ("svg",):
        assert figure.save(tmp_path / f"x.{ending}").stat().st_size > 5000
