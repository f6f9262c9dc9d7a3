"""Slides: they open, hold shapes and text that can be edited, say what they show, and come out the same each time."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from test_writers import HOSTILE

import graphviz_bp as bp
from graphviz_bp.errors import InputError
from graphviz_bp.figure.film import still
from graphviz_bp.figure.page import Group, Page
from graphviz_bp.figure.typesetting.typeset import paint, words
from graphviz_bp.figure.writers import ALBUMS, WRITERS

pptx = pytest.importorskip("pptx", reason='python-pptx is not installed: pip install "graphviz_bp[test]"')

TUTORIAL = "v = u**2; w = 6*u; z = v*w"
def tutorial(**options):
    return bp.parse(TUTORIAL).backprop({"u": 5}).draw(**options)


def opened(data):
    return pptx.Presentation(io.BytesIO(data))


def shapes(parent):
    """Every shape, those inside groups too."""
    for shape in parent.shapes:
        yield shape
        if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.GROUP:
            yield from shapes(shape)


@pytest.fixture(scope="module")
def deck():
    return opened(tutorial().write("pptx", frames=True))


def test_there_is_one_slide_for_each_frame_with_its_caption_in_the_notes(deck):
    film = tutorial()._film("pull")
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides]
    assert notes == list(film.captions)
    assert all(slide.shapes.title.text_frame.text == film.title for slide in deck.slides)


def test_a_figure_without_frames_is_one_slide_that_says_what_it_shows():
    figure = tutorial()
    (slide,) = opened(figure.write("pptx")).slides
    (whole,) = [shape for shape in slide.shapes if shape.name == "Figure"]
    assert whole._element.nvGrpSpPr.cNvPr.get("descr") == figure.page.description
    assert slide.notes_slide.notes_text_frame.text == figure.page.description


def test_every_slide_says_in_words_what_is_known_there(deck):
    said = [next(s for s in slide.shapes if s.name == "Figure")._element.nvGrpSpPr.cNvPr.get("descr") for slide in deck.slides]
    film = tutorial()._film("pull")
    assert said == [f"{caption}. {known}" for caption, known in zip(film.captions, film.known, strict=True)]


def test_values_and_words_are_text_and_formulas_are_freeforms(deck):
    last = list(shapes(deck.slides[7]))
    texts = {shape.text_frame.text for shape in last if shape.has_text_frame}
    assert {"5", "25", "30", "750", "step 8 of 8, backward"} <= texts
    freeforms = [s for s in last if s._element.findall(".//{*}custGeom") and s.shape_type is not None]
    assert any(s.name == r"\frac{\partial z}{\partial u} = 450" or "partial z" in s.name for s in freeforms)
    assert not any(s.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE for s in last)


def test_boxes_stand_on_the_slide_and_do_not_move(deck):
    places = []
    for slide in deck.slides:
        inside = [s for s in shapes(slide) if s.name == "box" and s.height > 500_000]
        assert all(s.left >= 0 and s.left + s.width <= deck.slide_width for s in inside)
        assert all(s.top >= 0 and s.top + s.height <= deck.slide_height for s in inside)
        places.append({s.shape_id: (s.left, s.top, s.width, s.height) for s in inside})
    assert all(places[0].items() <= place.items() for place in places)


def test_numbers_of_shapes_are_unique_on_a_slide(deck):
    for slide in deck.slides:
        numbers = slide._element.xpath(".//p:cNvPr/@id")
        assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("how", [{}, {"frames": True}])
def test_the_same_figure_gives_the_same_bytes_without_a_date(how):
    one, two = tutorial().write("pptx", **how), tutorial().write("pptx", **how)
    assert one == two
    with ZipFile(io.BytesIO(one)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2000-01-01" in archive.read("docProps/core.xml")


def test_hostile_words_come_out_as_text():
    words_on_it = Group(paint(words(HOSTILE, 12), 10, 10, {}, "#000"), HOSTILE)
    page = Page(200, 50, "#ffffff", (words_on_it,), HOSTILE, HOSTILE)
    film = replace(still(page), captions=(HOSTILE,), known=(HOSTILE,))
    for data in (WRITERS["pptx"](page), ALBUMS["pptx"](film)):
        (slide,) = opened(data).slides
        assert not slide._element.xpath(".//*[local-name()='script']")
        assert "<script>alert(1)</script>" in slide.shapes.title.text_frame.text
        assert "<script>alert(1)</script>" in slide.notes_slide.notes_text_frame.text


def test_a_dark_slide_has_a_dark_ground_and_a_light_title():
    (slide,) = opened(tutorial(theme="dark").write("pptx")).slides
    assert str(slide.background.fill.fore_color.rgb) == "10151C"
    assert slide.shapes.title._element.xpath(".//a:srgbClr/@val") == ["FFFFFF"]


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(InputError, match=re.escape("graphviz_bp[pptx]")):
        tutorial().write("pptx")


@pytest.mark.slow
def test_libreoffice_opens_every_slide(tmp_path):
    office = shutil.which("soffice") or pytest.skip("there is no LibreOffice here")
    tutorial().save(tmp_path / "steps.pptx", frames=True)
    command = [office, "--headless", f"-env:UserInstallation={(tmp_path / 'office').as_uri()}", "--convert-to", "pdf"]
    subprocess.run([*command, "steps.pptx"], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    pages = PdfReader(tmp_path / "steps.pdf").pages
    assert len(pages) == 8
    for k, page in enumerate(pages, 1):
        assert f"step {k} of 8" in page.extract_text()
