"""Verdicts on answers as students write them: no right answer is called different, no wrong one equal."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import graphviz_bp as bp

CORPUS = Path(__file__).parent / "corpus"


def rows(name):
    lines = (CORPUS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [[part.strip() for part in line.split(" | ")] for line in lines if line.strip() and not line.startswith("#")]


GRAPHS = dict(rows("graphs"))


@cache
def graph(name):
    return bp.parse(GRAPHS[name])


@pytest.mark.parametrize(("name", "variable", "answer"), rows("right"))
def test_a_right_answer_is_never_called_different(name, variable, answer):
    (finding,) = graph(name).check({variable: answer})
    assert finding.verdict.startswith("equal"), f"{finding.verdict}: {finding.reason}"


@pytest.mark.parametrize(("name", "variable", "answer", "mistake"), rows("wrong"))
def test_a_wrong_answer_is_never_called_equal(name, variable, answer, mistake):
    (finding,) = graph(name).check({variable: answer})
    assert finding.verdict == "different", f"{finding.verdict}: {finding.reason}"
    assert finding.counterexample is not None


def test_right_answers_are_proved_and_mistakes_are_named():
    """At least 95 % proved and 80 % named, over the whole corpus; the rates are in the message when they fall."""
    right = [next(iter(graph(name).check({variable: answer}))) for name, variable, answer in rows("right")]
    proved = sum(finding.verdict == "equal-proved" for finding in right) / len(right)
    assert proved >= 0.95, f"{proved:.1%} proved"
    wrong = [(next(iter(graph(n).check({v: a}))), mistake) for n, v, a, mistake in rows("wrong") if mistake != "-"]
    named = sum(finding.diagnosis is not None for finding, _ in wrong) / len(wrong)
    assert named >= 0.80, f"{named:.1%} named"
