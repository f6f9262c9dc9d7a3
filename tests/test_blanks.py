"""Figures with blanks: nothing tells what belongs there, and the key says it."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

import graphviz_bp as bp
from graphviz_bp.cli import app
from graphviz_bp.figure.choice import choice
from graphviz_bp.figure.scene.scene import scene

TEXT = "v = u**2; w = 6*u; z = v*w"


@pytest.fixture(scope="module")
def run():
    return bp.parse(TEXT).backprop({"u": 5})


@pytest.mark.parametrize(
    ("hide", "key"),
    [
        ("v", ["v = 25", "∂z/∂v = 30"]),
        (["u", "z"], ["u = 5", "z = 750", "∂z/∂z = 1", "∂z/∂u = 450"]),
        ("partials", ["∂v/∂u = 10", "∂w/∂u = 6", "∂z/∂v = 30", "∂z/∂w = 25"]),
        ({"gradients": ["u"], "partials": [("v", "u")]}, ["∂v/∂u = 10", "∂z/∂u = 450"]),
        ({"values": True}, ["u = 5", "v = 25", "w = 30", "z = 750"]),
        ([], []),
        (None, []),
    ],
)
def test_the_key_says_what_belongs_into_the_blanks(run, hide, key):
    assert run.draw(hide=hide).key.splitlines() == key


def test_rounded_numbers_are_rounded_in_the_key():
    run = bp.parse("a = w*x; h = sigmoid(a)").backprop({"w": 0.8, "x": 1})
    assert run.draw(hide=["w", "h"]).key.splitlines() == ["w = 0.8", "h ≈ 0.690", "∂h/∂h = 1", "∂h/∂w ≈ 0.214"]


# two runs that differ in what is hidden only: their figures may not differ
PAIRS = [
    (TEXT, {"u": 5}, {"u": 17}, ["values", "gradients", "partials"]),
    (TEXT, {"u": 5}, {"u": 1 / 3}, ["u", "v", "w", "z"]),
    ("v = 2*u; z = 3*v", {"u": 5}, {"u": 123456}, ["values"]),
    ("v = relu(u); z = v + 1", {"u": 0}, {"u": 4}, ["values", "gradients", "partials"]),
    ("z = log(u)", {"u": 0}, {"u": 4}, ["values", "gradients", "partials"]),
    ("W: (2, 2); x: (2,); a = W@x; L = sum(a)", {"W": [[1, 2], [3, 4]], "x": [1, 1]},
     {"W": [[0.1, 2], [3, 444]], "x": [-1, 1]}, ["values", "gradients"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "one", "other", "hide"), PAIRS)
@pytest.mark.parametrize("ending", ["svg", "pdf", "png", "dot", "html"])
def test_a_blank_figure_does_not_tell_what_is_hidden(text, one, other, hide, ending):
    graph = bp.parse(text)
    assert graph.backprop(one).draw(hide=hide).write(ending) == graph.backprop(other).draw(hide=hide).write(ending)


def test_what_is_not_hidden_stays(run):
    spoken = run.draw(hide={"gradients": ["u"]}).page.description
    assert "gradient ∂z/∂u blank" in spoken
    assert "gradient ∂z/∂v 30" in spoken
    links = scene(run, choice=choice(run, None, {"gradients": ["u"]})).links
    whole = scene(run).links
    assert [a.outer == b.outer for a, b in zip(links, whole, strict=True)] == [True] * 4
    assert [a.inner == b.inner for a, b in zip(links, whole, strict=True)] == [False, False, True, True]


def test_a_figure_with_blanks_has_no_frames_and_its_page_stands_still(run):
    figure = run.draw(hide="u")
    for ending in ("gif", "pdf"):
        with pytest.raises(bp.InputError, match="no frames"):
            figure.write(ending, frames=True)
    page = figure.write("html").decode()
    assert "<script>" not in page
    assert "450" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.S)


@pytest.mark.parametrize(
    ("show", "says", "not_this"),
    [
        (["values"], "value 25", "gradient"),
        (["gradients", "formulas"], "gradient ∂z/∂v 30", "value"),
        ("values", "u; value 5", "∂z/∂u ="),
        (["values", "gradients", "partials", "formulas"], "gradient ∂z/∂v 30", "10 · 30"),
    ],
)
def test_only_what_is_chosen_is_shown(run, show, says, not_this):
    page = run.draw(show=show).page
    assert says in page.description
    assert not_this not in page.description


def test_a_forward_figure_has_no_wires_back(run):
    links = scene(run, choice=choice(run, ["values", "partials"], None)).links
    assert not any(link.backward or link.inner for link in links)
    assert all(link.outer for link in links)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hide": "q"}, "neither a node nor"),
        ({"hide": {"colours": True}}, "can not be hidden"),
        ({"hide": {"gradients": ["q"]}}, "they are u, v, w, z"),
        ({"hide": {"partials": [("u", "v")]}}, "they are v/u, w/u, z/v, z/w"),
        ({"show": ["numbers"]}, "choose from values, gradients"),
    ],
)
def test_what_can_not_be_shown_or_hidden_is_refused_with_what_can(run, options, message):
    with pytest.raises(bp.InputError, match=message):
        run.draw(**options)


def test_the_command_line_prints_the_key(tmp_path):
    command = ["draw", "-e", TEXT, "--at", "u=5", "--hide", "gradients", "--key"]
    done = CliRunner().invoke(app, [*command, "-o", str(tmp_path / "sheet.svg")])
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "∂z/∂u = 450"
    assert (tmp_path / "sheet.svg").exists()
    assert isinstance(CliRunner().invoke(app, command).exception, bp.InputError)
