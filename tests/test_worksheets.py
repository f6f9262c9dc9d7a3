"""Worksheets: numbers that work out by hand, a key that is right, files in every format, answers marked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest

import graphviz_bp as bp

TEXTS = {
    "tutorial": "v = u**2; w = 6*u; z = v*w",
    "totals": "b1 = 2*a; b2 = 3*a + b1; c = 4*b1 + 5*b2",
    "neuron": "data x1, x2, y; a = w1*x1 + w2*x2 + b; h = sigmoid(a); L = (h - y)^2",
    "relu": "data x, y; a1 = w1*x + b1; h = relu(a1); yhat = w2*h + b2; L = (yhat - y)^2/2",
    "layer": "W: (2, 3)\nx: (3,)\nb: (2,)\na = W@x + b\nh = relu(a)\nL = sum(h)",
    "ratio": "n = x^2 + 1; d = 3*x - 2; q = n/d",
    "share": "0 < p\np < 1\nz = 1/p + p",
    "loss": "data x; a = w*x + b; p = sigmoid(a); L = -log(p)",
}
GRAPHS = {name: bp.parse(text) for name, text in TEXTS.items()}


def flat(value):
    return list(value.flat) if isinstance(value, np.ndarray) else [value]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", [name for name in TEXTS if name != "loss"])
def test_numbers_work_out_by_hand(name, seed):
    run = bp.worksheet(GRAPHS[name], seed=seed).run
    assert run.exact
    numbers = [Fraction(x) for value in [*run.values.values(), *run.gradients.values()] for x in flat(value)]
    assert all(abs(x) <= 1000 and x.denominator <= 60 for x in numbers)
    assert not any(run.is_tied(node) for node in run.graph.names)
    assert sum(x == 0 for x in numbers) <= len(numbers) / 3


def test_where_numbers_can_not_be_exact_the_sheet_says_so():
    sheet = bp.worksheet(GRAPHS["loss"])
    assert not sheet.run.exact
    assert "Round to three digits." in sheet.task
    assert "≈" in sheet.key


def test_the_same_seed_gives_the_same_sheet_and_seeds_differ():
    given = [bp.worksheet(GRAPHS["relu"], seed=seed).run.given for seed in (1, 1, 2, 3, 4)]
    assert given[0] == given[1]
    assert len({repr(g) for g in given}) == 4


@pytest.mark.parametrize("name", TEXTS)
def test_the_key_is_right_and_answers_as_in_the_key_are_right(name):
    sheet = bp.worksheet(GRAPHS[name], seed=3)
    for answers in ({b.symbol.plain: b.answer for b in sheet.blanks}, sheet.key):
        marking = sheet.check(answers)
        assert marking.ok, marking.text
        assert len(marking) == len(sheet.blanks) > 0


@pytest.mark.parametrize("name", TEXTS)
def test_a_wrong_answer_is_never_right(name):
    sheet = bp.worksheet(GRAPHS[name], seed=3)
    for blank in sheet.blanks:
        (mark,) = [m for m in sheet.check({blank.symbol.plain: blank.answer + 1}) if m.blank is blank]
        assert not mark.ok
    assert sheet.check({b.symbol.plain: -b.answer for b in sheet.blanks}).points == sum(not np.any(b.answer) for b in sheet.blanks)  # fmt: skip


def test_answers_may_be_written_in_many_ways_and_mistakes_are_named():
    sheet = bp.worksheet(GRAPHS["neuron"], at={"x1": -1, "x2": -1, "y": 1, "w1": 1, "w2": 2, "b": 3})
    text = "a = 0; h = 1/2; L = 0.25\ndL/dh ≈ -1.0; ∂L/∂a = (-1)*1/4; dL/db=-0.25; da/dw1 = -1; dh/da = 0.25; dz/dz = 1"
    marking = sheet.check(text)
    assert marking.points == 8
    assert marking.unknown == ("dz/dz",)
    assert "not answered" in marking.text
    tutorial = bp.worksheet(GRAPHS["tutorial"], at={"u": 5}, blanks="gradients")
    assert "path u → w → z" in tutorial.check("dz/du = 300").text


@pytest.mark.parametrize("answer", ["dz/du", "18*u^2", "z", "nonsense(", "", "__import__('os')", None, "[1, 2]"])
def test_only_numbers_are_answers(answer):
    sheet = bp.worksheet(GRAPHS["tutorial"], at={"u": 5}, blanks="gradients")
    assert sheet.check({"dz/du": answer}).points == 0


def test_numbers_as_small_as_the_key_rounds_them_are_right():
    sheet = bp.worksheet(bp.parse("z = 0.00812*u^2; L = 0.5*z"), at={"u": 0.9})
    assert sheet.check(sheet.key).ok
    assert sheet.check({b.symbol.plain: b.answer * 2 for b in sheet.blanks}).points == 0
    matrix = bp.worksheet(bp.parse("x: (2,)\nL = 0.001*sum(x*x*x)"), at={"x": [2.7, 1.3]})
    assert matrix.check(matrix.key).ok


def test_a_graph_of_too_many_numbers_makes_no_sheet():
    with pytest.raises(bp.InputError, match="too many"):
        bp.worksheet(bp.parse("W: (100, 100)\nx: (100,)\nL = sum(W@x)"))


def test_partial_and_total_of_one_name_are_told_apart():
    sheet = bp.worksheet(GRAPHS["totals"], at={"a": 1})
    assert sheet.check({"∂c/∂b₁": 4, "dc/db₁": 9}).points == 2
    assert sheet.check("dc/db1 = 9\n∂c/∂b1 = 4").points == 2
    assert sheet.check({"∂c/∂b₁": 9, "dc/db₁": 4}).points == 0


@pytest.mark.parametrize(
    ("blanks", "kinds"),
    [("values", {"values"}), (["gradients", "partials"], {"gradients", "partials"}), ({"gradients": ["v"]}, {"gradients"}),
     ({"values": "w", "partials": [["v", "u"]]}, {"values", "partials"}), (None, {"values", "gradients", "partials"})],
)  # fmt: skip
def test_the_teacher_says_what_is_left_blank(blanks, kinds):
    assert {b.kind for b in bp.worksheet(GRAPHS["tutorial"], blanks=blanks).blanks} == kinds


@pytest.mark.parametrize(
    ("options", "message"),
    [({"blanks": "letters"}, "left blank"), ({"blanks": {"values": ["u"]}}, "not among"), ({"blanks": {"gradients": ["z"]}}, "not among"),
     ({"blanks": []}, "nothing is left blank"), ({"seed": "one"}, "whole number"), ({"at": {"q": 1}}, "not an input")],
)  # fmt: skip
def test_what_makes_no_worksheet_is_refused(options, message):
    with pytest.raises(bp.InputError, match=message):
        bp.worksheet(GRAPHS["tutorial"], **options)
    with pytest.raises(bp.InputError, match="shape"):
        bp.worksheet(bp.parse("z = sum(W@x); W: (2, 3)")) if message == "not an input" else bp.worksheet(bp.parse("x: (3,)\nz = sum(W@x)"))  # fmt: skip


@pytest.mark.parametrize("ending", ["pdf", "html", "tex", "md"])
def test_every_format_has_the_question_without_answers_and_the_key_with_them(ending, tmp_path):
    sheet = bp.worksheet(GRAPHS["tutorial"], at={"u": 5}, title="Sheet <1> & 2_3 {x}")
    question, key = sheet.save(tmp_path / f"sheet.{ending}")
    assert (question.name, key.name) == (f"sheet.{ending}", f"sheet-key.{ending}")
    if ending != "pdf":
        asked, solved = question.read_text(encoding="utf-8"), key.read_text(encoding="utf-8")
        assert "450" in solved
        assert "450" not in asked
        assert "750" not in asked
        assert "<1>" not in asked or ending == "tex"
        sheet.save(tmp_path / f"again.{ending}")
        again = (tmp_path / f"again.{ending}").read_text(encoding="utf-8")
        assert again.replace("again-figure", "sheet-figure") == asked


def test_the_pdf_has_a_page_for_the_question_and_shows_every_gradient_in_the_key(tmp_path):
    from pypdf import PdfReader

    sheet = bp.worksheet(GRAPHS["relu"])
    for path in sheet.save(tmp_path / "sheet.pdf"):
        pages = PdfReader(BytesIO(path.read_bytes())).pages
        assert all(round(float(page.mediabox.width)) == 842 for page in pages)
        assert len(pages) == 1 if path.stem == "sheet" else len(pages) >= 1


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("name", ["tutorial", "neuron", "layer"])
def test_the_latex_can_be_set(name, tmp_path):
    for path in bp.worksheet(GRAPHS[name], title="50% of #1_a {b} \\c ~d^e").save(tmp_path / "sheet.tex"):
        done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name], cwd=tmp_path, capture_output=True, text=True)  # fmt: skip
        assert done.returncode == 0, done.stdout[-1500:]
        assert "Overfull \\hbox" not in done.stdout


def test_the_command_writes_a_sheet_and_its_key(tmp_path, monkeypatch, capsys):
    from graphviz_bp.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "tutorial.bp").write_text(TEXTS["tutorial"])
    arguments = ["worksheet", "tutorial.bp", "--seed", "3", "--blanks", "gradients", "-o", "sheet.html"]
    monkeypatch.setattr(sys, "argv", ["graphviz-bp", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    assert capsys.readouterr().out.split() == ["sheet.html", "sheet-key.html"]
    assert (tmp_path / "sheet-key.html").exists()
