"""The structure of whole figures: random graphs, in which nothing may overlap, leave its box or depend on luck."""

from __future__ import annotations

import io
import random
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from test_layout import check

import graphviz_bp as bp
from graphviz_bp.figure.layout.net import Box, Wire
from graphviz_bp.figure.page import Glyph, Group, Rect
from graphviz_bp.figure.scene.scene import scene
from graphviz_bp.figure.statements.compose import _size, arrange

FORMS = ["{a} + {b}", "{a}*{b}", "tanh({a}) - {b}", "2*{a}", "sigmoid({a})*{b}^2", "exp({a})", "{a} + {b} + {c}",
         "{a}*{b} - {c}", "log(1 + {a}^2)", "max({a}, {b})", "{a}/(1 + {b}^2)", "{a}"]  # fmt: skip
NAMES = ["x", "w_1", "theta", "yhat", "hidden_activation", "W2"]


def text_of(choose, boxes: int) -> tuple[str, dict[str, float]]:
    """A random graph as text, with values for its inputs; its nodes take from near and from far."""
    inputs = [choose(NAMES) for _ in range(choose(range(1, 5)))]
    names, lines = list(dict.fromkeys(inputs)), []
    for i in range(boxes):
        a, b, c = (choose(names[-3:] if choose([True, True, False]) else names) for _ in range(3))
        lines.append(f"n{i} = {choose(FORMS).format(a=a, b=b, c=c)}")
        names.append(f"n{i}")
    text = "; ".join(lines)
    return text, {name: choose([1, 2, -1, 3, 0.5]) for name in inputs if re.search(rf"\b{name}\b", text)}


@st.composite
def graphs(draw):
    return text_of(lambda of: draw(st.sampled_from(list(of))), draw(st.integers(1, 11)))


def checked(text: str, values: dict[str, float], direction: str) -> bp.Run:
    """The run, once its figure has been found sound."""
    run = bp.parse(text).backprop(values)
    drawn = scene(run)
    boxes = [Box(*statement.size) for statement in drawn.statements]
    wires = [Wire(w.parent, w.child, w.backward, _size(w.outer), _size(w.inner)) for w in drawn.links]
    check(boxes, wires, arrange(drawn, direction=direction), direction)
    return run


@settings(max_examples=15, deadline=None, derandomize=True)
@given(graphs(), st.sampled_from(["LR", "TB"]))
def test_nothing_overlaps_in_the_figure_of_a_random_graph(made, direction):
    figure = checked(*made, direction).draw(direction=direction)
    ET.fromstring(figure.svg)
    on_boxes = list(lettering(figure.page.items))
    assert len(on_boxes) > 4
    assert all(inside(letter, ground) for letter, ground in on_boxes)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_nothing_overlaps_in_the_figures_of_many_and_larger_random_graphs(seed):
    luck = random.Random(seed)
    for _ in range(60):
        boxes = luck.choice([5, 10, 15, 20])
        checked(*text_of(lambda of: luck.choice(list(of)), boxes), luck.choice(["LR", "TB"]))


def lettering(items):
    """Letters, each with the ground they stand on: the box or chip drawn last around where they begin."""
    for item in items:
        inner = list(flat([item]))
        grounds = [i for i in inner if isinstance(i, Rect) and i.height > 10]
        for letter in (i for i in inner if grounds and isinstance(i, Glyph)):
            around = [g for g in grounds if g.x <= letter.x <= g.x + g.width and g.y <= letter.y <= g.y + g.height]
            assert around, "letters stand on the box they belong to"
            yield letter, around[-1]


def flat(items):
    for item in items:
        yield from flat(item.items) if isinstance(item, Group) else [item]


def inside(letter: Glyph, ground: Rect) -> bool:
    """Whether the whole shape of a letter lies on its ground."""
    points = [p for _, *numbers in letter.outline.commands for p in zip(numbers[::2], numbers[1::2], strict=True)]
    return all(
        ground.x <= letter.x + letter.scale * x <= ground.x + ground.width
        and ground.y <= letter.y + letter.scale * y <= ground.y + ground.height
        for x, y in points
    )


@settings(max_examples=3, deadline=None, derandomize=True)
@given(graphs())
def test_a_random_graph_has_a_page_for_every_step_and_the_same_bytes_again(made):
    text, values = made
    figure, again = (bp.parse(text).backprop(values).draw() for _ in range(2))
    pages = PdfReader(io.BytesIO(figure.write("pdf", frames=True))).pages
    run = figure.run
    inputs = bool(run.graph.inputs)
    backward = sum(run.graph.role(n) != "data" and (n == run.of or bool(run.step(n).terms)) for n in run.graph.names)
    forward = len(run.graph.names) - len(run.graph.inputs)
    assert inputs + forward <= len(pages) <= inputs + forward + backward
    assert figure.svg == again.svg
    assert figure.page.description


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", 'a" onload="x', "a&b", "]]>", "\x00\x1b", "$x$\\input"])
def test_a_hostile_name_is_refused_or_comes_out_as_text(title):
    (x,) = bp.inputs("x")
    try:
        svg = bp.graph((x * 2).named(title)).backprop({"x": 1}).draw().svg
    except bp.InputError:
        return
    root = ET.fromstring(svg)
    assert "script" not in {element.tag.rpartition("}")[2] for element in root.iter()}


def test_inputs_stand_in_the_order_declared():
    texts = ["z = x2*x1; y = z + x1*x2; u = x2", "param x1, x2, x3; a = x3*x1; b = x2*x3; c = a*b + x1"]
    for text in texts:
        run = bp.parse(text).backprop(dict.fromkeys(bp.parse(text).inputs, 1))
        placed = arrange(scene(run))
        rows = [placed.boxes[i][1] for i, box in enumerate(run.graph.boxes) if not box.members]
        assert rows == sorted(rows)
