"""Notebooks: what each thing shows there, that many figures keep apart, and an example whose outputs are current."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from notebook import executed

import graphviz_bp as bp

TUTORIAL = Path(__file__).parent.parent / "examples" / "tutorial.ipynb"


def outputs(notebook):
    return [output for cell in notebook["cells"] for output in cell.get("outputs", [])]


def test_the_outputs_of_the_example_are_current():
    stored = json.loads(TUTORIAL.read_text(encoding="utf-8"))
    again = executed(stored)
    assert len(outputs(stored)) >= 8
    for old, new in zip(outputs(stored), outputs(again), strict=True):
        assert told(old) == told(new), "refresh it: python tests/notebook.py examples/tutorial.ipynb"


def told(output):
    """What an output says: its text, and of a figure what a screen reader is told, for layouts may differ."""
    data = dict(output.get("data", {}))
    if figure := "".join(data.pop("image/svg+xml", [])):
        data["alt"] = [element.text for element in ET.fromstring(figure)[:2]]
        data["text/plain"] = re.sub(r"\d+ × \d+", "", "".join(data["text/plain"]))
    return data, output.get("text")


def test_the_example_is_a_notebook():
    nbformat = pytest.importorskip("nbformat", reason="nbformat says whether a notebook is one")
    nbformat.validate(nbformat.read(TUTORIAL, as_version=4))


def test_all_figures_of_a_notebook_keep_their_ids_apart():
    graph = bp.parse("v = u**2; z = 3*v")
    run = graph.backprop({"u": 1.25})
    shown = [thing._repr_svg_() for thing in (graph, run, run.draw(), run.draw(theme="dark"), run, graph, run.draw())]
    ids = [set(re.findall(r'id="([^"]+)"', figure)) for figure in shown]
    assert len(set.union(*ids)) == sum(map(len, ids))
    for figure, own in zip(shown, ids, strict=True):
        root = ET.fromstring(figure)
        used = {element.get("{http://www.w3.org/1999/xlink}href") for element in root.iter()} - {None}
        assert {name[1:] for name in used} <= own
        assert set(root.get("aria-labelledby").split()) <= own


def test_a_derivation_is_markdown_on_the_screen_and_latex_on_paper():
    derivation = bp.parse("v = u**2; z = 3*v").backprop({"u": 5}).derive("u")
    markdown, latex = derivation._repr_markdown_(), derivation._repr_latex_()
    assert re.search(r"\$\$\n\\begin\{aligned\}.*\\end\{aligned\}\n\$\$", markdown, re.S)  # align* is an error in $$
    assert latex.startswith("\\begin{align*}")
    assert "%" not in latex.partition("\\end{align*}")[0]


def test_a_report_is_shown_too():
    report = bp.parse("z = u**2").check({"u": "2*u"})
    assert "∂z/∂u" in report._repr_markdown_() or "partial" in report._repr_markdown_()
