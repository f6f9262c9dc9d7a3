"""LSTM and GRU cells: recognised however they are written, their inner numbers the run's, labels apart."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from drawn import groups, overlap

import graphviz_bp as bp
from graphviz_bp.figure.page import Group, Path, Rect
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
    assert {name for group in cell.groups for name in group} <= set(opened.names)


@pytest.mark.parametrize("text", SPELLINGS)
def test_naming_what_is_inside_changes_no_gradient(text):
    graph = bp.parse(text)
    opened, _ = cells(graph)
    one, two = graph.backprop(AT), opened.backprop(AT)
    for name, gradient in one.gradients.items():
        assert two.gradients[name] == pytest.approx(gradient)


GRU = "data x; z = sigmoid(p*x + q*h0); r = sigmoid(s*x + t*h0); n = tanh(u*x + v*(r*h0)); h = (1 - z)*h0 + z*n"
GRU_SPELLINGS = [
    (GRU, "kept"),
    (GRU.replace("(1 - z)*h0 + z*n", "n*z + h0*(1 - z)"), "kept"),
    (GRU.replace("(1 - z)*h0 + z*n", "(1 - z)*n + z*h0"), "added"),
    (GRU.replace("n = tanh(u*x + v*(r*h0))", "m = h0*r; a = u*x + v*m; n = tanh(a)"), "kept"),
    (GRU.replace("h = (1 - z)*h0 + z*n", "k = 1 - z; old = k*h0; new = z*n; h = new + old"), "kept"),
]


@pytest.mark.parametrize(("text", "flips"), GRU_SPELLINGS)
def test_a_gru_is_found_however_it_is_written(text, flips):
    graph = bp.parse(text)
    opened, (cell,) = cells(graph)
    assert (cell.before, cell.hidden, cell.source, cell.flips) == ("h0", "h", "x", flips)
    assert [gate.name for gate in cell.gates] == ["z", "r", "n"]
    at = {**dict(zip("pqstuv", (0.6, 0.4, 0.7, -0.5, 0.9, 0.8), strict=True)), "x": 1, "h0": 0.3}
    two = opened.backprop(at)
    for name, gradient in graph.backprop(at).gradients.items():
        assert two.gradients[name] == pytest.approx(gradient)


VECTORS = """
data x; x = [1]; h0 = [0.3, -0.2]
W_z = [[0.6, 0.4, -0.1], [0.2, 0.5, 0.3]]; W_r = [[0.7, -0.5, 0.2], [0.1, 0.4, 0.6]]; W_n = [[0.9, 0.8, -0.4], [0.2, -0.3, 0.7]]
z = sigmoid(W_z@concat(x, h0)); r = sigmoid(W_r@concat(x, h0)); n = tanh(W_n@concat(x, r*h0))
h1 = (1 - z)*h0 + z*n; L = sum((h1 - 1)^2)/2
"""
NO_CELLS = {
    "gates that are inputs": "c = f*c0 + i*g; h = o*tanh(c)",
    "an output gate without a name": f"data x; {GATES}; c = f*c0 + i*g; h = sigmoid(x)*tanh(c)",
    "a simple recurrence": "h = tanh(W*h0 + U*x)",
    "a product": "z = x*y",
    "two gates for z and 1 - z": GRU.replace("(1 - z)*h0", "(1 - r)*h0"),
    "two minus z": GRU.replace("(1 - z)", "(2 - z)"),
    "no reset": GRU.replace("(r*h0)", "r"),
    "a candidate that sees the state past the reset": GRU.replace("v*(r*h0)", "v*(r*h0) + h0"),
}


@pytest.mark.parametrize("text", NO_CELLS.values(), ids=NO_CELLS)
def test_what_is_no_cell_is_refused_in_a_sentence(text):
    with pytest.raises(bp.InputError, match="neither an LSTM cell nor a GRU cell"):
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


def test_both_forks_of_a_gru_tell_all_ways_and_their_sum():
    run = bp.models.gru(2).backprop()
    texts = [text.text for group in groups(run.draw(level="cell").page.items) for text in group.texts]
    opened, (cell, _) = cells(run.graph)
    step = opened.backprop(run.given).step
    for name, alone in (("z1", cell.flipped), ("h0", cell.kept)):
        way = {term.child: term.contribution for term in step(name).terms}
        one, others = way.pop(alone), sum(way.values())
        assert one + others == pytest.approx(run.gradients[name])
        for number in (one, others, run.gradients[name]):
            assert any(f"{abs(number):.3f}" in text for text in texts)


def test_only_what_stands_in_a_sum_has_a_wire_to_it():
    heads = [len([p for p in shapes(bp.parse(text).draw(level="cell").page.items, Path) if not p.stroke])
             for text in (GRU, GRU.replace("q*h0", "q"))]  # fmt: skip
    assert heads[0] > heads[1]


def outlines(page):
    """The edges of boxes and circles, as rectangles: left, top, right, bottom."""
    boxes = [(r.x, r.y, r.x + r.width, r.y + r.height) for r in shapes(page.items, Rect)]
    for path in shapes(page.items, Path):
        if path.fill and path.stroke:
            xs, ys = zip(*(c[-2:] for c in path.commands if len(c) > 2), strict=True)
            boxes.append((min(xs), min(ys), max(xs), max(ys)))
    return boxes


def shapes(items, kind):
    for item in items:
        if isinstance(item, Group):
            yield from shapes(item.items, kind)
        elif isinstance(item, kind):
            yield item


@pytest.mark.parametrize("graph", [bp.models.lstm(), bp.models.gru(), bp.parse(GRU_SPELLINGS[2][0])], ids=["lstm", "gru", "z keeps"])
def test_every_tip_touches_an_outline_or_leaves_the_cell(graph):
    page = graph.draw(level="cell").page
    tips = [path.commands[0][1:] for path in shapes(page.items, Path) if len(path.commands) == 5 and not path.stroke
            and all(command[0] == "L" for command in path.commands[1:4])]  # fmt: skip
    frame = max(shapes(page.items, Rect), key=lambda r: r.width if r.width < 0.95 * page.width else 0)
    inside = [tip for tip in tips if tip[0] < frame.x + frame.width]
    assert len(inside) >= 13
    for x, y in inside:
        near = [max(left - x, x - right, top - y, y - bottom) for left, top, right, bottom in outlines(page)]
        assert min(abs(distance) for distance in near) < 1.5


RUNS = {"numbers": bp.models.lstm(1).backprop(), "two steps": bp.models.lstm(2).backprop(),
        "vectors": bp.models.lstm(1, "vectors").backprop(), "symbols": bp.models.lstm(1).backprop(),
        "gru": bp.models.gru(1).backprop(), "gru, two steps": bp.models.gru(2).backprop(), "gru, symbols": bp.models.gru(1).backprop(),
        "gru, z keeps": bp.parse(GRU_SPELLINGS[2][0]).backprop({**dict(zip("pqstuv", (0.6, 0.4, 0.7, -0.5, 0.9, 0.8), strict=True)), "x": -2, "h0": 0.3}),
        "gru, vectors": bp.parse(VECTORS).backprop()}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_no_label_lies_on_another(name):
    run = RUNS[name]
    page = (run.graph if "symbols" in name else run).draw(level="cell").page
    texts = [text for group in groups(page.items) for text in group.texts]
    assert len(texts) > 12
    size = 0.3 if "vectors" in name else 0.6  # the entries of a matrix stand close
    boxes = [(t.x, t.y - size * t.size, t.x + t.width, t.y + 0.15 * t.size) for t in texts]
    for one, two in combinations(boxes, 2):
        assert not overlap(one, two)
    assert all(box[0] >= 0 and box[2] <= page.width and box[1] >= 0 and box[3] <= page.height for box in boxes)


@pytest.mark.parametrize("name", ["numbers", "two steps", "vectors", "gru", "gru, two steps", "gru, vectors"])
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
    for name in ("numbers", "gru"):
        figure = RUNS[name].draw(level="cell", theme=theme)
        for ending in ("svg", "png", "pdf", "html") if theme == "slate" else ("svg",):
            assert figure.save(tmp_path / f"x.{ending}").stat().st_size > 5000
