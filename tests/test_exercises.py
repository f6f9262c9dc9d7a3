"""Whole claims as they are handed in, about the exercises of a course: right ones are proved, wrong ones told apart."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import graphviz_bp as bp
from graphviz_bp.equality import Verdict

CORPUS = Path(__file__).parent / "corpus"


def rows(name):
    lines = (CORPUS / name).read_text(encoding="utf-8").splitlines()
    return [[part.strip() for part in line.split(" | ", 1)] for line in lines if line and line[0] != "#"]


EXERCISES = {name.strip(): bp.parse(text) for name, text in rows("exercises.txt")}
RIGHT, WRONG = rows("exercises-right.txt"), rows("exercises-wrong.txt")


def spread(cases):
    """An eighth of the cases in every run, the others where there is time."""
    return [pytest.param(*case, id=" | ".join(case), marks=[pytest.mark.slow] if number % 8 else []) for number, case in enumerate(cases)]


@cache
def judged(exercise, claim):
    (finding,) = EXERCISES[exercise].check([claim])
    return finding


def test_there_are_hundreds():
    assert len(RIGHT) >= 400
    assert len(WRONG) >= 250


@pytest.mark.parametrize(("exercise", "claim"), spread(RIGHT))
def test_a_right_claim_is_proved(exercise, claim):
    assert judged(exercise, claim).verdict is Verdict.PROVED, judged(exercise, claim).reason


@pytest.mark.parametrize(("exercise", "claim"), spread(WRONG))
def test_a_wrong_claim_is_different(exercise, claim):
    assert judged(exercise, claim).verdict is Verdict.DIFFERENT


@pytest.mark.slow
def test_most_mistakes_are_named(capsys):
    named = sum(judged(*case).diagnosis is not None for case in WRONG)
    with capsys.disabled():
        print(f"\nnamed: {named} of {len(WRONG)}")
    assert named >= 0.80 * len(WRONG)  # chains and slips of algebra included


AMBIGUOUS = [  # right in one of two readings: neither right nor wrong is said
    ("tut", r"dz/du = 2\frac{1}{2}u^2 + 15\tfrac12 u^2"),
    ("tut", "- dz/du = 18u^2"),
    ("asin", r"z' = \cos^{-1}(z)"),
]


@pytest.mark.parametrize(("exercise", "claim"), AMBIGUOUS)
def test_what_can_mean_two_things_is_not_called_wrong_if_one_of_them_is_right(exercise, claim):
    finding = judged(exercise, claim)
    assert finding.verdict is Verdict.UNREADABLE
    assert "the other way it is right" in finding.reason


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (r"\frac{dz}{du} = \sum_{i=1}^{999999999} u", "terms"),
        (r"\frac{dz}{du} = \sum_{i=1}^{50}\sum_{j=1}^{50}\sum_{k=1}^{50} u", "too long"),
        (r"\frac{dz}{du} = \sum_i u", "does not depend on i"),
        (r"\frac{dz}{du} = \sum^{2} u", "runs over"),
        (r"\frac{dz}{du} = \prod_{i=1}^{2} u \cdot 18", "how far"),
        (r"\frac{dz}{du} = 18u^2 \over 1", "over"),
        (r"dz/du = (6u^2)''", "second derivative"),
    ],
)
def test_a_sum_or_fraction_that_is_unclear_is_refused(claim, word):
    finding = judged("tut", claim)
    assert finding.verdict is Verdict.UNREADABLE
    assert word in finding.reason


@pytest.mark.parametrize("claim", ["18*u^2*log(u)/log(u)", "18*sqrt(u)^4", "18*exp(2*ln(u))", "18*u^2*asin(u)/asin(u)"])
def test_a_claim_without_a_value_in_a_whole_region_is_not_called_equal(claim):
    finding = judged("tut", f"dz/du = {claim}")
    assert finding.verdict is Verdict.UNDECIDED
    assert "declare the domain" in finding.reason
    (declared,) = bp.parse("u > 0; v = u**2; w = 6*u; z = v*w").check([f"dz/du = {claim}"])
    assert declared.verdict is (Verdict.UNDECIDED if "asin" in claim else Verdict.PROVED)


@pytest.mark.parametrize("claim", ["18*u^2*(u - 1)/(u - 1)", "3*z/u", "18*u^2*(1 + tanh(u))/(1 + tanh(u))"])
def test_a_hole_at_one_point_is_a_note(claim):
    assert judged("tut", f"dz/du = {claim}").verdict is Verdict.PROVED
