"""Course packs: the figures of a lecture in its order, one page each, the same in every format."""

from __future__ import annotations

import pytest
from pypdf import PdfReader

import graphviz_bp as bp
from graphviz_bp.courses.algorithms import ALGORITHMS
from graphviz_bp.courses.packs import COURSES, drawn, slides, write
from graphviz_bp.models import MODELS
from graphviz_bp.models.options import read


def checked(course, pages, folder):
    from pptx import Presentation

    page, sheets, deck = write(course, pages, folder)
    titles = [each.title for each in pages]
    assert [entry.title for entry in PdfReader(sheets).outline] == titles
    assert len(PdfReader(sheets).pages) == len(pages)
    assert [slide.shapes.title.text for slide in Presentation(str(deck)).slides] == titles
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == len(pages)
    assert [text.index(f">{title}</h2>") for title in titles] == sorted(text.index(f">{title}</h2>") for title in titles)


def test_every_slide_shows_something_that_there_is():
    for slide in (slide for course in COURSES for slide in slides(course)):
        name, *options = slide.shows.split(":")
        assert options[0] in ALGORITHMS if name == "algorithm" else read(MODELS[name].make, options) is not None
    with pytest.raises(bp.InputError, match="the courses are perceptron-to-backprop"):
        slides("backprop")


def test_a_pack_holds_every_figure_in_every_format(tmp_path):
    pytest.importorskip("pptx")
    chosen = [slide for slide in slides("perceptron-to-backprop") if slide.shows in ("key_idea", "algorithm:backward")]
    checked("course", [slide.page("slate") for slide in chosen], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("course", COURSES)
def test_each_course_is_written_as_a_whole(course, tmp_path):
    pytest.importorskip("pptx")
    pages = list(drawn(course))
    assert len(pages) == len(COURSES[course]) > 15
    checked(course, pages, tmp_path)
