"""Figures of a width on paper: the same in every format, with a warning where type gets too small to read."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import warnings

import pytest
from PIL import Image
from pypdf import PdfReader

import graphviz_bp as bp
from graphviz_bp.figure.paper import READABLE, smallest_type, width_in_points

TEXT = "v = u**2; w = 6*u; z = v*w"


@pytest.fixture(scope="module")
def run():
    return bp.parse(TEXT).backprop({"u": 5})


@pytest.mark.parametrize(
    ("width", "points"),
    [("72pt", 72), (72, 72), ("1in", 72), ("2.54cm", 72), ("25.4 mm", 72), ("96px", 72), (".5in", 36)],
)
def test_widths_are_lengths(width, points):
    assert width_in_points(width) == pytest.approx(points)


@pytest.mark.parametrize("width", ["wide", "12 parsec", "-3cm", "0cm", "nan", "1e9in", "300in", "", "12cm;x", True])
def test_other_widths_are_refused(run, width):
    with pytest.raises(bp.InputError, match="width"):
        run.draw(width=width)


@pytest.mark.parametrize("frames", [False, True])
def test_every_format_is_as_wide_as_asked(frames, tmp_path):
    figure = bp.parse("z = 3*u").backprop({"u": 5}).draw(width="25cm")
    points = 25 / 2.54 * 72
    svg = figure.save(tmp_path / "x.svg", frames=frames).read_text()
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) == pytest.approx(points, abs=0.01)
    page = PdfReader(io.BytesIO(figure.write("pdf", frames=frames))).pages[0]
    assert float(page.mediabox.width) == pytest.approx(points, abs=0.01)
    with Image.open(figure.save(tmp_path / "x.png", frames=frames, dpi=100)) as picture:
        assert picture.width == pytest.approx(25 / 2.54 * 100, abs=1)
        assert picture.info["dpi"] == pytest.approx((100, 100), abs=0.1)


def test_a_width_in_pixels_is_that_of_a_picture_on_a_screen(run):
    with Image.open(io.BytesIO(run.draw(width="1600px").write("png"))) as picture:
        assert picture.width == 1600


def test_a_page_keeps_its_proportions(run):
    small, whole = run.draw(width="30cm").page, run.draw().page
    assert small.width / small.height == pytest.approx(whole.width / whole.height)
    assert smallest_type(small) == pytest.approx(smallest_type(whole) * small.width / whole.width, abs=0.01)


@pytest.mark.parametrize("width", ["8cm", "80mm", "3in", "230pt", "300px"])
def test_too_small_a_width_is_drawn_with_a_warning_that_names_one_that_is_not(run, width):
    with pytest.warns(UserWarning, match=f"at a width of {width}") as told:
        figure = run.draw(width=width)
    assert smallest_type(figure.page) < READABLE
    enough = re.search(r"make it (\S+) wide", str(told[0].message))[1]
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.draw(width=enough)


def test_scripts_are_smaller_than_the_type_they_belong_to():
    page = bp.parse("z = x_1^2").draw(show=["formulas"]).page
    assert smallest_type(page) == 17


@pytest.mark.parametrize("dpi", [0, -1, float("nan"), 1e9])
def test_pictures_without_end_are_refused(run, dpi):
    with pytest.raises(bp.InputError, match="dpi"):
        run.draw().write("png", dpi=dpi)


def test_a_figure_that_can_not_be_written_says_why(run, tmp_path):
    with pytest.raises(bp.InputError, match="make the folder"):
        run.draw().save(tmp_path / "nowhere" / "x.svg")
    (tmp_path / "x.svg").mkdir()
    with pytest.raises(bp.InputError, match="choose another place"):
        run.draw().save(tmp_path / "x.svg")


def test_the_command_line_warns_beside_the_picture():
    command = [sys.executable, "-m", "graphviz_bp", "draw", "-e", TEXT, "--at", "u=5", "--width", "8cm"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("<svg")
    assert re.fullmatch(r"graphviz-bp: the smallest type of this figure is [\d.]+ pt at a width of 8cm; .*\n", done.stderr)
