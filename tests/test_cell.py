"""LSTM cells: recognised however they are written, their inner numbers the run's, labels apart."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from drawn import groups, overlap

import graphviz_bp as bp
from graphviz_bp.figure.themes import THEMES
from graphviz_bp.levels.cells import cells

GATES = "f = sigmoid(p*x + q*h0); i = sigmoid(r*x + s*h0); g = tanh(t*x + u*h0); o = sigmoid(v*x + w*h0)"
SPELLINGS = [
    f"data x; {GATES}; c = f*c0 + i*g; h = o*tanh(c)",
    f"data x; {GATES}; c = g*i + c0*f; h = tanh(c)*o",
    f"data x; {GATES}; k = f*c0; m = i*g; c = m + k; b = tanh(c); h = o*b",
    f"data x; {GATES.replace('sigmoid(p*x + q*h0)', 'sigmoid(af)').replace('f =', 'af = p*x + q*h0; f =', 1)}; c = f*c0 + i*g; h = o*tanh(c)",
]
AT = {**dict(zip("pqrstuvw", (0.6, 0.4, 0.7, 0.5, 0.9, 0.8, 0.5, 0.3), strict=True)), "x": 1, "h0": 0.3, "c0": 0.8}


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_cell_is_found_however_it_is_written(text):
    opened, (cell,) = cells(bp.parse(text))
    assert (cell.before, cell.state, cell.hidden) == ("c0", "c", "h")
    assert [gate.name for gate in cell.gates] == ["f", "i", "g", "o"]
    assert cell.sources == ("h0", "x")
    assert set(cell.names) <= set(opened.names)


@pytest.mark.parametrize("text", SPELLINGS)
def test_naming_what_is_inside_changes_no_gradient(text):
    graph = bp.parse(text)
    opened, _ = cells(graph)
    one, two = graph.backprop(AT), opened.backprop(AT)
    for name, gradient in one.gradients.items():
        assert two.gradients[name] == pytest.approx(gradient)


@pytest.mark.parametrize("text", ["c = f*c0 + i*g; h = o*tanh(c)", "h = tanh(W*h0 + U*x)", "z = x*y"])
def test_what_is_no_cell_is_refused_in_a_sentence(text):
    with pytest.raises(bp.InputError, match="no LSTM cell"):
        bp.parse(text).draw(level="cell")


def test_the_gradients_at_the_fork_are_those_of_the_two_ways():
    run = bp.models.lstm(2).backprop()
    page = run.draw(level="cell").page
    texts = {text.text for group in groups(page.items) for text in group.texts}
    opened, (cell, _) = cells(run.graph)
    terms = {term.child: term.contribution for term in opened.backprop(run.given).step(cell.state).terms}
    by_h = terms.pop(cell.bent)
    assert sum(terms.values()) + by_h == pytest.approx(run.gradients["c1"])
    for number in (by_h, *terms.values(), run.gradients["c1"]):
        assert f"{number:.3f}" in texts


RUNS = {"numbers": bp.models.lstm(1).backprop(), "two steps": bp.models.lstm(2).backprop(),
        "vectors": bp.models.lstm(1, "vectors").backprop(), "symbols": bp.models.lstm(1).backprop()}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_no_label_lies_on_another(name):
    run = RUNS[name]
    page = (run.graph if name == "symbols" else run).draw(level="cell").page
    texts = [text for group in groups(page.items) for text in group.texts]
    assert len(texts) > 12
    size = 0.3 if name == "vectors" else 0.6  # the entries of a matrix stand close
    boxes = [(t.x, t.y - size * t.size, t.x + t.width, t.y + 0.15 * t.size) for t in texts]
    for one, two in combinations(boxes, 2):
        assert not overlap(one, two)
    assert all(box[0] >= 0 and box[2] <= page.width and box[1] >= 0 and box[3] <= page.height for box in boxes)


@pytest.mark.parametrize("name", ["numbers", "two steps", "vectors"])
def test_frames_only_add_until_the_cell_is_whole(name):
    pages = RUNS[name].draw(level="cell").frames()
    counts = [sum(len(group.texts) for group in groups(page.items)) for page in pages]
    captions = [page.title for page in pages]
    assert "forward" in captions[0]
    assert "∂" not in captions[0]
    assert "∂L/∂h₁" in next(caption for caption in captions if "backward" in caption)
    assert counts[-1] > counts[0]
    assert len({page.width for page in pages}) == 1
    ways = ["forward" in caption for caption in captions]
    assert all(before or not after for before, after in pairwise(ways))


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_and_format_shows_the_cell(theme, tmp_path):
    figure = RUNS["numbers"].draw(level="cell", theme=theme)
    for ending in ("svg", "png", "pdf", "html") if theme == "slate" else ("svg",):
        assert figure.save(tmp_path / f"x.{ending}").stat().st_size > 5000
