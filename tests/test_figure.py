"""Figures: what is on them, that nothing overlaps, that every format is sound, that hostile text stays text."""

from __future__ import annotations

import io
import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphviz_bp as bp
from graphviz_bp.figure.scene.scene import scene
from graphviz_bp.figure.statements.compose import compose
from graphviz_bp.figure.themes import theme

GRAPHS = {
    "two paths": ("v = u**2; w = 6*u; z = v*w", {"u": 5}),
    "log of square": ("y = x^2; z = ln(y)", {"x": 3}),
    "neuron with log loss": ("data x1, x2, y; a = w1*x1 + w2*x2 + b; yhat = sigmoid(a); L = -(y*log(yhat) + (1-y)*log(1-yhat))",
                             {"w1": 2, "w2": -3, "b": -3, "x1": -1, "x2": -2, "y": 1}),
    "partial and total": ("b1 = 2*a; b2 = 3*a + b1; c = 4*b1 + 5*b2", {"a": 1}),
    "square": ("z = x*x", {"x": 3}),
    "fan-out of five": ("a = 2*u; b = u^2; c = u + 1; d = sin(u); f = exp(u); z = a*b + c*d + f", {"u": 1}),
    "chain of ten": ("; ".join(f"x{i + 1} = {'tanh' if i % 2 else 'sin'}(x{i})" for i in range(10)), {"x0": 0.5}),
    "two outputs": ("v = u^2; y1 = 3*v; y2 = v + 1", {"u": 2}),
    "one input": ("z = x", {"x": 3}),
    "layer": ("W: (2, 3); x: (3,); b: (2,); data y; y: (2,); a = W@x + b; h = sigmoid(a); L = sum((h - y)**2)",
              {"W": [[1, -2, 0.5], [3, 1, -1]], "x": [1, 2, -1], "b": [1, -1], "y": [1, 0]}),
    "large arrays": ("W: (30, 40); x: (40,); a = W@x; L = sum(a^2)", {"W": [[0.1] * 40] * 30, "x": [1] * 40}),
    "long names": ("hidden_activation = relu(first_weight*input_value + bias); squared_loss = (hidden_activation - target)^2",
                   {"first_weight": 0.5, "input_value": 2, "bias": 3, "target": 1}),
    "residual": ("h = tanh(w1*x); g = tanh(w2*h); y = x + g; L = y^2", {"x": 0.5, "w1": 1, "w2": -1}),
}  # fmt: skip


@pytest.fixture(params=GRAPHS, scope="module")
def run(request):
    text, values = GRAPHS[request.param]
    return bp.parse(text).backprop(values)


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_every_box_and_number_of_a_run_is_on_the_page(run, direction):
    page = run.draw(direction=direction).page
    titles = [item.title for item in page.items if getattr(item, "title", None)]
    boxes = [title for title in titles if "feeds" not in title]
    assert len(boxes) == len(run.graph.names)
    assert all("value" in title for title in boxes)
    assert page.title.startswith("Backpropagation through")


def test_svg_is_xml_without_anything_live(run):
    svg = run.draw().svg
    root = ET.fromstring(svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "defs", "g", "path", "rect", "use"}
    assert not re.search(r"<script|href=\"(?!#)|\son\w+=|<style|foreignObject|url\(", svg)
    assert root.get("role") == "img"


def test_the_same_run_is_drawn_with_the_same_bytes(run):
    again = run.graph.backprop(run.given)
    for ending in ("svg", "png", "pdf"):
        assert run.draw().write(ending) == again.draw().write(ending)


def test_a_symbolic_figure_has_formulas_and_no_values(run):
    figure = run.graph.draw()
    assert "; value " not in figure.page.description
    assert figure.svg.count("<use") > 5


def test_files_are_written_in_the_format_of_their_ending(tmp_path):
    from PIL import Image
    from pypdf import PdfReader

    figure = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).draw()
    with Image.open(figure.save(tmp_path / "f.png")) as image:
        assert image.format == "PNG"
        assert image.width == pytest.approx(2 * figure.page.width, abs=2)
    reader = PdfReader(io.BytesIO((figure.save(tmp_path / "f.PDF")).read_bytes()))
    assert len(reader.pages) == 1
    assert float(reader.pages[0].mediabox.width) == pytest.approx(figure.page.width, abs=1)
    assert figure.save(tmp_path / "f.svg").read_text() == figure.svg
    assert figure.save(tmp_path / "f.dot").read_text().startswith("digraph")


def test_wrong_options_name_the_right_ones(tmp_path):
    run = bp.parse("z = x*x").backprop({"x": 3})
    for wrong, message in [
        (lambda: run.draw().save(tmp_path / "f.jpeg"), "svg, png, pdf"),
        (lambda: run.draw().save(tmp_path / "f"), "no ending"),
        (lambda: run.draw(level="atoms"), "levels are"),
        (lambda: run.draw(direction="up"), "LR"),
        (lambda: run.draw(theme="neon"), "themes are"),
        (lambda: run.draw(chain="q"), "no node"),
    ]:
        with pytest.raises(bp.InputError, match=message):
            wrong()


def test_a_graph_whose_shapes_are_open_is_drawn_without_labels():
    assert bp.parse("a = W@x + b; L = sum(a)").draw().svg.startswith("<svg")


def test_many_figures_on_one_page_do_not_share_ids():
    one, two = (bp.parse(f"z = {k}*x").backprop({"x": 3}).draw().svg for k in (2, 3))
    ids = [set(re.findall(r'id="([^"]+)"', svg)) for svg in (one, two)]
    assert not ids[0] & ids[1]


def test_hostile_labels_come_out_as_text():
    (x,) = bp.inputs("x")
    graph = bp.graph((x * 2).named("z"), labels={"z": r"\mathrm{a}^{[1]}"})
    svg = graph.backprop({"x": 1}).draw().svg
    ET.fromstring(svg)
    for label in ("<script>", r"\write18{ls}", 'x"onload="alert(1)', "a&b", "\x00", "$x$", "%"):
        with pytest.raises(bp.InputError):
            bp.graph((x * 2).named(f"z{len(label)}{hash(label) % 97}"), labels={"z": label})


HOSTILE = [
    "<b>x</b>",
    "<x>",
    r"a\N",
    "tail\\",
    'q"uote',
    "a:b:c",
    "&lt;",
    "&#x1;",
    "nul\x00",
    "\ud800",
    "x" * 5000,
    "{a|b}",
    "<<TABLE>>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_dot_labels_show_exactly_the_text(text):
    from graphviz_bp.figure.dot import label

    made = label(text)
    assert not (made.startswith("<") and made.endswith(">"))
    assert "\x00" not in made
    assert len(made) <= 1300


def test_graphviz_gets_values_and_gradients_in_its_nodes():
    source = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).draw().to_graphviz().source
    assert "∂z/∂u = 450" in source
    assert source.count("->") == 4


def test_a_long_chain_is_wrapped_into_rows_that_fit_a_slide():
    text, values = GRAPHS["chain of ten"]
    page = bp.parse(text).backprop(values).draw().page
    assert min(900 / page.width, 480 / page.height) > 0.75
    lefts = [item.items[0].x for item in page.items if getattr(item, "title", None) and "value" in item.title]
    assert len(lefts) == 11
    assert sum(b < a for a, b in itertools.pairwise(lefts)) >= 2  # it starts anew at the left


def test_a_figure_is_not_wrapped_where_one_row_is_larger_on_a_slide():
    page = bp.models.logistic_regression().backprop().draw().page
    assert page.width > 2 * page.height


def test_slots_of_a_square_are_two_wires():
    run = bp.parse("z = x*x").backprop({"x": 3})
    assert [(link.parent, link.child) for link in scene(run).links] == [(0, 1), (0, 1)]


@st.composite
def graphs(draw):
    """A random graph of up to nine named nodes over up to three inputs."""
    names = [f"x{i}" for i in range(draw(st.integers(1, 3)))]
    values = {name: draw(st.integers(-3, 3)) for name in names}
    lines = []
    for i in range(draw(st.integers(1, 9))):
        a, b = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        form = draw(st.sampled_from(["{a} + {b}", "{a}*{b}", "tanh({a}) - {b}", "2*{a}", "sigmoid({a})*{b}^2", "{a}"]))
        lines.append(f"n{i} = {form.format(a=a, b=b)}")
        names.append(f"n{i}")
    return "; ".join(lines), {
        name: value for name, value in values.items() if re.search(rf"\b{name}\b", "; ".join(lines))
    }


@given(graphs(), st.sampled_from(["LR", "TB"]))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_random_graphs_make_figures_within_their_page(made, direction):
    text, values = made
    run = bp.parse(text).backprop(values)
    page = compose(scene(run), theme("slate"), direction=direction)
    root = ET.fromstring(run.draw(direction=direction).svg)
    assert root.get("viewBox")
    for item in page.items:
        for x, y in corners(item):
            assert -1 <= x <= page.width + 1
            assert -1 <= y <= page.height + 1


def corners(item):
    """The extreme points of an item."""
    if hasattr(item, "items"):
        for inner in item.items:
            yield from corners(inner)
    elif hasattr(item, "commands"):
        for _, *numbers in item.commands:
            yield from zip(numbers[::2], numbers[1::2], strict=True)
    elif hasattr(item, "radius"):
        yield from ((item.x, item.y), (item.x + item.width, item.y + item.height))


def test_a_file_that_cannot_be_written_is_said_before_any_work(tmp_path, monkeypatch):
    from graphviz_bp.figure import figure as room

    drawn = bp.parse("z = x*y").backprop({"x": 1, "y": 2}).draw()
    monkeypatch.setattr(room.Figure, "write", lambda *_, **__: pytest.fail("work was done"))
    for name, message in (("x.tiff", "svg, png, pdf"), ("x", "no ending"), ("no/folder/x.svg", "make the folder first")):
        with pytest.raises(bp.InputError, match=message):
            drawn.save(tmp_path / name)
