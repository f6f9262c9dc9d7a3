"""One run in several notations: the same numbers, other symbols; digits and layers as asked."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

import graphviz_bp as bp
from graphviz_bp.cli import app
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.figure.scene.scene import scene
from graphviz_bp.figure.typesetting.typeset import formula
from graphviz_bp.notation.style import NOTATIONS, Style

SYMBOLS = {  # a name's label, and its gradient in each notation
    "u": (r"\bar{u}", "ū", r"\delta_{u}", "δ_u"),
    "x_{1}": (r"\bar{x}_{1}", "x̄₁", r"\delta_{x_{1}}", "δ_x₁"),
    "W^{[1]}": (r"\bar{W}^{[1]}", "W̄^[1]", r"\delta_{W^{[1]}}", "δ_W^[1]"),
    r"\theta_2": (r"\bar{\theta}_2", "θ̄₂", r"\delta_{\theta_2}", "δ_θ₂"),
    r"\hat{y}": (r"\bar{\hat{y}}", "ŷ̄", r"\delta_{\hat{y}}", "δ_ŷ"),
    r"\mathrm{loss}": (r"\overline{\mathrm{loss}}", "bar(loss)", r"\delta_{\mathrm{loss}}", "δ_loss"),
}


@pytest.mark.parametrize("label", SYMBOLS)
def test_gradients_are_written_in_the_notation_asked(label):
    (x,) = bp.inputs("x")
    run = bp.graph((x**2).named("z"), labels={"x": label}).backprop({"x": 3})
    bar, bar_plain, delta, delta_plain = SYMBOLS[label]
    for notation, tex, plain in (("bar", bar, bar_plain), ("delta", delta, delta_plain)):
        total = Chain(run.written(Style(notation))).total("x")
        assert (total.tex, re.sub("u\u0304", "ū", total.plain)) == (tex, plain)
        assert formula(total.tex, 12).width > 0


@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_numbers_do_not_depend_on_the_notation(notation):
    run = bp.parse("a = w*x + b; h = sigmoid(a); L = (h - 1)^2").backprop({"w": 0.5, "x": 2, "b": -1})
    numbers = [re.findall(r"−?\d+\.\d+", run.derive(notation=n).text) for n in ("leibniz", notation)]
    assert numbers[0] == numbers[1]
    drawn = run.draw(notation=notation)
    assert ("∂L/∂w" in drawn.page.description) == (notation == "leibniz")
    assert len(drawn.frames()) == len(run.draw().frames())


@pytest.mark.parametrize(("notation", "said"), [("bar", "z̄ is short for ∂z/∂z"), ("delta", "δ_z is short for ∂z/∂z")])
def test_what_a_symbol_stands_for_is_said_once(notation, said):
    run = bp.parse("v = u**2; z = 3*v").backprop({"u": 5})
    assert run.derive(notation=notation).text.count("is short for") == 1
    assert said in run.derive(notation=notation).text
    assert scene(run.written(Style(notation))).notes is not None
    assert scene(run).notes is None


@pytest.mark.parametrize(
    ("digits", "shown"), [(1, "0.7"), (2, "0.69"), (3, "0.690"), (6, "0.689974"), (12, "0.689974481128")]
)
def test_computed_numbers_have_the_digits_asked(digits, shown):
    run = bp.parse("z = sigmoid(x)").backprop({"x": 0.8})
    assert f"value {shown};" in run.draw(digits=digits).page.description
    assert "value 0.8;" in run.draw(digits=digits).page.description


@pytest.mark.parametrize(("layers", "label"), [(None, "W^{[1]}"), ("[l]", "W^{[1]}"), ("(l)", "W^{(1)}")])
def test_layers_are_written_in_the_brackets_asked(layers, label):
    graph = bp.parse('z = 2*W1; name W1 "W^{[1]}"')
    assert label in graph.derive("W1", layers=layers).latex
    assert graph.labels["W1"] == "W^{[1]}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"notation": "newton"}, "leibniz, bar, delta"),
        ({"digits": 0}, "from 1 to 12"),
        ({"digits": 2.5}, "from 1 to 12"),
        ({"layers": "{l}"}, r"\[l\]"),
    ],
)
@pytest.mark.parametrize("verb", ["draw", "derive"])
def test_other_styles_are_refused_with_what_there_is(verb, options, message):
    run = bp.parse("z = 2*x").backprop({"x": 1})
    with pytest.raises(bp.InputError, match=message):
        getattr(run, verb)(**options)


def test_columns_line_up_under_bars():
    lines = bp.parse("v = u**2; z = 3*v").backprop({"u": 5}).derive("u", notation="bar").text.splitlines()[:4]
    assert {re.sub("\u0304", "", line).index("=") for line in lines} == {2}


def test_the_command_line_takes_a_style():
    command = ["derive", "-e", "z = sin(u)", "--at", "u=1", "--notation", "delta", "--digits", "5"]
    done = CliRunner().invoke(app, command)
    assert "δ_u" in done.stdout
    assert "0.54030" in done.stdout
