"""A marked path: its product, which is one summand of the chain rule, and the ground under it."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from typer.testing import CliRunner

import graphviz_bp as bp
from graphviz_bp.cli import app
from graphviz_bp.figure.page import Path, Rect
from graphviz_bp.figure.themes import THEMES

GRAPHS = [
    ("v = u**2; w = 6*u; z = v*w", {"u": 5}, "u"),
    ("b1 = 2*a; b2 = 3*a + b1; c = 4*b1 + 5*b2", {"a": 1}, "a"),
    ("z = x*x; y = z*x + z", {"x": 3}, "x"),
]


@pytest.mark.parametrize(("text", "values", "source"), GRAPHS)
def test_the_products_of_all_paths_add_up_to_the_gradient(text, values, source):
    run = bp.parse(text).backprop(values)
    total = Fraction(0)
    for path in set(run.graph.paths(source)):
        marked = run.draw(highlight=path).page.description.partition("Marked: ")[2]
        assert marked.startswith(" → ".join(run.draw(highlight=path)._chosen.path[:1]))
        total += Fraction(re.search(r"= (−?\d+)\.$", marked)[1].replace("−", "-"))
    assert total == run.gradients[source]


def test_a_path_in_symbols_has_its_local_partials():
    graph = bp.parse("v = u**2; w = 6*u; z = v*w")
    assert "Marked: u → w → z: ∂w/∂u · ∂z/∂w = 6 · v." in graph.draw(highlight=["u", "w", "z"]).page.description


def test_rounded_products_are_joined_as_they_hold():
    run = bp.parse("a = sin(x); b = exp(a)").backprop({"x": 1})
    assert "∂a/∂x · ∂b/∂a ≈ 0.540 · 2.320 ≈ 1.253" in run.draw(highlight="x/a/b").page.description


def grounds(items, colour):
    for item in items:
        if isinstance(item, Path) and item.stroke == colour:
            yield item
        if isinstance(item, Rect) and item.fill == colour and item.height > 40:  # less high is a chip
            yield item


@pytest.mark.parametrize("theme", THEMES)
def test_the_ground_lies_under_two_curves_of_each_wire_and_each_box(theme):
    run = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
    found = list(grounds(run.draw(highlight=["u", "w", "z"], theme=theme).page.items, THEMES[theme].path))
    assert [type(item).__name__ for item in found] == ["Path"] * 4 + ["Rect"] * 3
    assert not list(grounds(run.draw(theme=theme).page.items, THEMES[theme].path))


def test_every_frame_keeps_the_marked_path():
    run = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
    for page in run.draw(highlight=["u", "w"]).frames():
        assert len(list(grounds(page.items, THEMES["slate"].path))) == 4


def test_a_worksheet_tells_a_path_but_not_its_product():
    run = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
    assert run.draw(highlight=["u", "w", "z"], hide="gradients").page.description.endswith("∂w/∂u · ∂z/∂w = 6 · v.")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (["u", "z"], "no wire leads from u to z; into z lead v, w"),
        (["v", "u"], "no wire leads from v to u; u is an input"),
        (["u"], "two nodes or more"),
        ([], "two nodes or more"),
        (["u", "q"], "no node"),
    ],
)
def test_what_is_no_path_is_refused(path, message):
    with pytest.raises(bp.InputError, match=message):
        bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).draw(highlight=path)


def test_arrays_on_a_path_have_no_product_of_numbers():
    run = bp.parse("W: (2, 2); a = W@x; L = sum(a)").backprop({"W": [[1, 2], [3, 4]], "x": [1, 1]})
    assert "Marked" not in run.draw(highlight=["x", "a", "L"]).page.description


def test_the_command_line_marks_a_path():
    done = CliRunner().invoke(app, ["draw", "-e", GRAPHS[0][0], "--at", "u=5", "--highlight", "u/w/z"])
    assert "Marked: u → w → z" in done.stdout
