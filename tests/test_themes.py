"""Themes: text that can be read, two roles that stay two for every eye, and themes of one's own."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest

import graphviz_bp as bp
from graphviz_bp.figure.page import Rect
from graphviz_bp.figure.scene.scene import scene
from graphviz_bp.figure.statements.marks import _terms
from graphviz_bp.figure.themes import THEMES, contrast


@pytest.fixture(scope="module")
def run():
    return bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})


def luminance(colour):
    linear = [((c + 0.055) / 1.055) ** 2.4 if c > 0.03928 else c / 12.92 for c in rgb(colour)]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def rgb(colour):
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_every_text_stands_out_from_its_ground(theme):
    assert theme.faint == []
    pairs = [(theme.ink, theme.page), (theme.value, theme.value_chip), (theme.gradient, theme.gradient_chip),
             (theme.gradient, theme.page), (theme.partial, theme.panel)]  # fmt: skip
    for one, other in pairs:
        high, low = sorted((luminance(one), luminance(other)), reverse=True)
        assert contrast(one, other) == pytest.approx((high + 0.05) / (low + 0.05))
        assert contrast(one, other) >= 4.5


# what is left of red, green and blue for eyes without one kind of cone (Machado, Oliveira, Fernandes 2009)
EYES = {
    "deuteranopia": [(0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)],
    "protanopia": [(0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)],
}


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", ["slate", "dark"])
def test_values_and_gradients_differ_in_hue_for_colour_blind_eyes(name, eye):
    theme = THEMES[name]

    def blueness(colour):
        red, green, blue = (sum(m * c for m, c in zip(line, rgb(colour), strict=True)) for line in EYES[eye])
        return blue - (red + green) / 2

    assert blueness(theme.value) - blueness(theme.gradient) > 0.35
    assert blueness(theme.wire) - blueness(theme.back_wire) > 0.25


def test_in_print_the_gradients_of_a_formula_stand_on_grey(run):
    assert len(_terms(scene(run).panel)) == 8  # three symbols, two factors, two products, their sum
    grey, white = (sum(isinstance(i, Rect) and i.fill == THEMES["print"].gradient_chip
                       for i in run.draw(theme=t).page.items) for t in ("print", "slate"))  # fmt: skip
    assert (grey, white) == (8, 0)


def test_a_theme_of_ones_own_is_a_changed_one(run):
    mine = replace(THEMES["slate"], name="mine", gradient="#8e1b6b", gradient_chip="#f7e6f1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = run.draw(theme=mine)
    assert "#8e1b6b" in figure.svg
    assert "#b34700" not in figure.svg.replace(mine.output_outline, "")
    assert b"#8e1b6b" in figure.write("html")


def test_a_theme_that_can_hardly_be_read_is_warned_about(run):
    pale = replace(THEMES["slate"], name="pale", value="#9fc5e8", back_wire="#f5d0b0")
    with pytest.warns(UserWarning, match="the theme pale is hard to read: value on value chip, back wire on page"):
        run.draw(theme=pale)


@pytest.mark.parametrize("colour", ["red", "#12", 'url(x)"onload="', "#gggggg"])
def test_a_colour_is_six_digits(run, colour):
    with pytest.raises(bp.InputError, match="not a colour"):
        run.draw(theme=replace(THEMES["slate"], ink=colour))
