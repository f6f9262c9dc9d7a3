"""A checked claim on the figure and on a page: what is marked, what is said, in every theme, for every answer."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import islice
from pathlib import Path

import pytest
from test_check import GRAPHS, RIGHT, TUTORIAL, WRONG, judged

import graphviz_bp as bp
from graphviz_bp.faults import arrays
from graphviz_bp.faults.table import FAULTS, TAGS, WRONG_NAME
from graphviz_bp.figure.themes import THEMES

NEURON = bp.parse("data x, y; a = w*x + b; h = sigmoid(a); L = (h - y)^2/2")
AT = {"w": 1, "x": 2, "b": -1, "y": 1}


def spelled(figure):
    """What the letters of a page spell, piece by piece, with their colours."""

    def texts(items):
        for item in items:
            yield from ((text.text, text.fill) for text in getattr(item, "texts", ()))
            yield from texts(getattr(item, "items", ()))

    return list(texts(figure.page.items))


@pytest.mark.parametrize("theme", THEMES)
def test_a_path_left_out_is_marked_with_band_halo_and_tag(theme):
    figure = TUTORIAL.check({"u": "2*u*w"}, at={"u": 5}).draw(theme=theme)
    colours = THEMES[theme]
    ET.fromstring(figure.svg)
    bands = [item for item in figure.page.items if getattr(item, "stroke", None) == colours.fault_band]
    halos = [item for item in figure.page.items if getattr(item, "fill", None) == colours.fault_band]
    assert (len(bands), len(halos)) == (4, 1)  # two wires for each of two links, one box between
    said = spelled(figure)
    assert ("left out", colours.page) in said
    assert ("u \\to w \\to z", colours.fault) in said
    assert (r"6 \cdot 25", colours.fault) in said or ("25", colours.fault) in said


def test_only_the_missing_term_of_the_correct_line_is_coloured():
    said = spelled(TUTORIAL.check({"u": "2*u*w"}, at={"u": 5}).draw())
    correct = [fill for text, fill in said if text == "450"]
    slate = THEMES["slate"]
    assert sorted(correct) == sorted([slate.gradient, slate.fault, slate.ink])  # the chip, the verdict, the correct line
    assert ("6", THEMES["slate"].fault) in said
    assert ("10", THEMES["slate"].ink) in said


def test_in_print_the_missing_term_is_underlined():
    plain, printed = (TUTORIAL.check({"u": "2*u*w"}, at={"u": 5}).draw(theme=name) for name in ("slate", "print"))

    def bars(figure):
        return sum(getattr(item, "height", 9) == pytest.approx(1.2) for item in figure.page.items)

    assert bars(printed) == bars(plain) + 2


CASES = [  # graph, variable, claim, values, tag
    (TUTORIAL, "u", "2*u*w - 6*v", {"u": 5}, "wrong sign"), (TUTORIAL, "u", "-18*u^2", None, "wrong sign"), (TUTORIAL, "u", "4*u*w + 6*v", None, "counted twice"),
    (NEURON, "w", "(h - y)*x", AT, "forgotten"), (NEURON, "w", "(h - y)*h*x", AT, "not differentiated"), (NEURON, "a", "(h - y)*a*(1 - a)", None, "wrong name"),
    (TUTORIAL, "dv/du", "2*v", {"u": 3}, "not lowered"), (NEURON, "b", "2*(h - y)*h*(1 - h)", None, "wrong factor"),
]  # fmt: skip


@pytest.mark.parametrize(("graph", "variable", "claim", "at", "tag"), CASES, ids=[case[2] for case in CASES])
def test_the_tag_says_what_is_wrong(graph, variable, claim, at, tag):
    figure = graph.check({variable: claim}, at=at).draw()
    assert tag in [text for text, _ in spelled(figure)]


def test_a_right_claim_has_a_tick_and_nothing_marked():
    figure = TUTORIAL.check({"u": "18*u^2"}, at={"u": 5}).draw()
    assert not any(getattr(item, "fill", None) == THEMES["slate"].fault_band for item in figure.page.items)
    assert "correct" not in [text for text, _ in spelled(figure)]
    assert any(getattr(item, "stroke", None) == THEMES["slate"].correct for item in figure.page.items)


def test_which_finding_is_drawn():
    report = TUTORIAL.check({"v": "w", "u": "2*u*w", "w": "w", "z": "q"}, at={"u": 5})
    assert report.draw().svg == report.draw("u").svg != report.draw("w").svg
    for about in ("z", "nothing"):
        with pytest.raises((bp.InputError, KeyError)):
            report.draw(about)
    with pytest.raises(bp.InputError):
        TUTORIAL.check({"u": "q"}).draw()
    with pytest.raises(bp.InputError):
        report.draw().frames()


def test_a_gradient_at_data_is_drawn_too():
    graph = bp.parse("data x, y; a = w1*x; c = w2*x; L = a*c - y")
    report = graph.check({"x": "w1*c"}, at={"w1": 2, "w2": 3, "x": 1, "y": 0})
    assert report["x"].diagnosis.fault == "path missing"
    assert "left out" in [text for text, _ in spelled(report.draw())]


def test_every_tag_belongs_to_a_mistake():
    of_arrays = Path(arrays.__file__).read_text(encoding="utf-8")
    known = {fault.name for fault in FAULTS} | {WRONG_NAME[0]}
    assert [tag for tag in TAGS if tag not in known and f'"{tag}"' not in of_arrays] == []


def answers(step):
    return [*islice(RIGHT, 0, None, 2 * step), *(row[:3] for row in islice(WRONG, 0, None, step))]


@pytest.mark.parametrize("step", [90, pytest.param(3, marks=pytest.mark.slow)])
def test_every_answer_can_be_drawn(step):
    for graph, variable, claim in answers(step):
        finding = judged(graph, variable, claim)
        figure = GRAPHS[graph].check({}).figure_of(finding)
        ET.fromstring(figure.svg)
        assert "claim" in [text for text, _ in spelled(figure)]


def test_a_report_is_a_page():
    report = TUTORIAL.check({"u": "2*u*w", "v": "w", "w": '<script>alert("x")</script>'}, at={"u": 5})
    page = report.html
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert len(re.findall("<svg", page)) == 1
    assert "left out the path" in page
    assert report._repr_html_() in page
    assert "<svg" not in TUTORIAL.check({"u": "2*u*w"}, hint=1).html  # a figure would tell more than the hint


def test_the_command_writes_pages_and_figures(tmp_path, monkeypatch, capsys):
    from graphviz_bp.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.bp").write_text("v = u^2\nw = 6*u\nz = v*w\n")
    for output, start in (("x.svg", "<svg"), ("x.html", "<!doctype html>"), ("x.txt", "✗ dz/du")):
        monkeypatch.setattr("sys.argv", ["graphviz-bp", "check", "t.bp", "--claim", "dz/du = 6*v", "-o", output])
        with pytest.raises(SystemExit) as done:
            main()
        assert done.value.code == 1
        assert (tmp_path / output).read_text(encoding="utf-8").startswith(start)
    assert "left out the path" in capsys.readouterr().out
