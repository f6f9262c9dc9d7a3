"""Points for what was found: a claim at a time, with errors carried forward and what a person has decided."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..equality import Verdict
from ..errors import InputError
from .desk import Answer, Examined, digest
from .expected import Expected

CARRY = {"full": Fraction(1), "half": Fraction(1, 2), "none": Fraction(0)}
RIGHT, CARRIED, WRONG, LOOK, DECIDED, MISSING = "right", "carried", "wrong", "look", "decided", "missing"


@dataclass(frozen=True, slots=True)
class Credit:
    """The points for one claim.

    `state` is right, carried, wrong, missing, decided (by a person) or look (a person still has to). `answer` is the
    student's, `said` why, `cluster` the name of the mistake.
    """

    claim: str
    worth: Fraction
    points: Fraction
    state: str
    said: str = ""
    answer: str = ""
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """What one student handed in: `points` of `worth`, a credit for each claim, and what a person should look at."""

    student: str
    credits: tuple[Credit, ...]
    found: Examined
    problems: tuple[str, ...] = ()
    handed_in: bool = True

    @property
    def points(self) -> Fraction:
        """The points earned."""
        return sum((credit.points for credit in self.credits), Fraction(0))

    @property
    def worth(self) -> Fraction:
        """The points that could be earned."""
        return sum((credit.worth for credit in self.credits), Fraction(0))

    @property
    def look(self) -> tuple[str, ...]:
        """Why a person should look at it; empty if nobody needs to."""
        seen = {credit.answer for credit in self.credits}
        open_ = [f"{c.claim}: {c.said} ({c.answer})" for c in self.credits if c.state == LOOK]
        unread = [a for a in self.found.answers if a.verdict == Verdict.UNREADABLE and a.claim not in seen]
        lost = dict.fromkeys(f"unreadable: {a.claim} ({first_line(a.reason)})" for a in unread)
        return (*self.problems, *open_, *lost)

    @property
    def state(self) -> str:
        """missing, unreadable, look or graded."""
        if not self.handed_in:
            return "missing"
        if self.problems and not self.found.answers:
            return "unreadable"
        return "look" if self.look else "graded"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Answers that are wrong in the same way: the mistake, one example, who made it, what a person gave for it."""

    name: str
    claim: str
    mistake: str
    example: str
    students: tuple[str, ...]
    worth: Fraction
    points: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The points that a person gave to a cluster."""

    points: Fraction
    comment: str = ""


def marked(student: str, found: Examined, expected: Iterable[Expected], carry: str,
           decisions: Mapping[str, Decision], of: str) -> Submission:  # fmt: skip
    """The points of one submission."""
    if carry not in CARRY:
        raise InputError(f"there is no way to carry called {carry!r}", remedy=f"the ways are {', '.join(CARRY)}")
    worked = _worked(found.answers, f"∂{of}/∂{of}")
    given = tuple(_credit(e, found.answers, worked, CARRY[carry], decisions) for e in expected)
    return Submission(student, given, found, found.problems)


def _worked(answers: Sequence[Answer], known: str) -> set[int]:
    """The answers that are worked out: what they mention is known, or is worked out by another answer."""
    settled, worked = {known}, set[int]()
    while True:
        open_ = [(i, a) for i, a in enumerate(answers) if i not in worked and a.about not in a.rests_on]
        fresh = [i for i, a in open_ if settled.issuperset(a.rests_on)]
        if not fresh:
            return worked
        worked.update(fresh)
        settled.update(answers[i].about for i in fresh)


def _credit(expected: Expected, answers: Sequence[Answer], worked: set[int], share: Fraction,
            decisions: Mapping[str, Decision]) -> Credit:  # fmt: skip
    about = [(answer, i in worked) for i, answer in enumerate(answers) if answer.about == expected.claim]
    about = [pair for pair in about if pair[1]] or about
    each = [_single(expected, answer, done, share, decisions) for answer, done in about]
    if not each:
        return Credit(expected.claim, expected.worth, Fraction(0), MISSING, "no answer was found")
    states = {credit.state for credit in each}
    for state in (LOOK, DECIDED):
        if state in states:
            return next(credit for credit in each if credit.state == state)
    if RIGHT in states and len(states) > 1:
        said = "answered more than once, right and wrong"
        other = next(credit for credit in each if credit.state != RIGHT)
        return Credit(expected.claim, expected.worth, Fraction(0), LOOK, said, other.answer, other.cluster)
    return min(each, key=lambda credit: credit.points)


def _single(expected: Expected, answer: Answer, done: bool, share: Fraction,
            decisions: Mapping[str, Decision]) -> Credit:  # fmt: skip
    """The credit for one answer."""
    claim, worth, name = expected.claim, expected.worth, cluster_of(answer)

    def credit(state: str, points: Fraction | int, said: str) -> Credit:
        return Credit(claim, worth, Fraction(points), state, said, answer.claim, name)

    if name in decisions and not (done and Verdict(answer.verdict).right):
        if not 0 <= decisions[name].points <= worth:
            raise InputError(f"{claim} is worth {shown(worth)}, so {name} can not get {shown(decisions[name].points)}")
        return credit(DECIDED, decisions[name].points, decisions[name].comment or answer.mistake or answer.reason)
    if Verdict(answer.verdict).right:
        if done:
            return credit(RIGHT, worth, answer.reason)
        rests = [name for name in answer.rests_on if name != claim]
        return credit(LOOK, 0, f"not worked out: it is left in terms of {', '.join(rests) or claim}")
    if answer.verdict == Verdict.DIFFERENT:
        if answer.carried:
            follows = f"wrong, but it follows from the answer given for {' and '.join(answer.carried)}"
            return credit(CARRIED, worth * share, follows)
        return credit(WRONG, 0, answer.mistake or answer.reason)
    return credit(LOOK, 0, f"{answer.verdict}: {first_line(answer.reason)}")


def cluster_of(answer: Answer) -> str:
    """The name of the mistake in an answer; empty for a right one. Not a number to any spreadsheet."""
    return f"m-{digest(answer.alike)}" if answer.alike else ""


def clusters(submissions: Iterable[Submission], decisions: Mapping[str, Decision]) -> list[Cluster]:
    """The mistakes, those that most students made first; what follows from an own mistake is none."""
    found: dict[str, list[tuple[Submission, Answer]]] = {}
    for submission in submissions:
        looked_at = {credit.answer for credit in submission.credits if credit.state in (LOOK, DECIDED)}
        for answer in submission.found.answers:
            right = Verdict(answer.verdict).right
            if answer.alike and not answer.carried and (not right or answer.claim in looked_at):
                found.setdefault(cluster_of(answer), []).append((submission, answer))
    out = list[Cluster]()
    for name, pairs in found.items():
        submission, answer = pairs[0]
        worth = next((c.worth for c in submission.credits if c.claim == answer.about), Fraction(0))
        said = answer.mistake or f"{answer.verdict}: {first_line(answer.reason)}"
        said = "right, but not worked out" if Verdict(answer.verdict).right else said
        students = tuple(dict.fromkeys(s.student for s, _ in pairs))
        decided = decisions[name].points if name in decisions else None
        out.append(Cluster(name, answer.about, said, answer.claim, students, worth, decided))
    return sorted(out, key=lambda c: (-len(c.students), c.claim, c.name))


def decisions_in(path: Path | None) -> dict[str, Decision]:
    """What a person decided: a CSV file with the columns cluster and points, and comment if wanted."""
    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} can not be read: {error}") from None
    if rows and not {"cluster", "points"} <= rows[0].keys():
        raise InputError(f"{path} has no columns cluster and points", remedy="start from the clusters.csv of a run")
    out = dict[str, Decision]()
    for row in rows:
        if (row["points"] or "").strip():
            try:
                points = Fraction(row["points"].strip().replace(",", "."))
            except (ValueError, ZeroDivisionError):
                raise InputError(f"{row['points']!r} is no number of points, for cluster {row['cluster']}") from None
            out[(row["cluster"] or "").strip()] = Decision(points, (row.get("comment") or "").strip())
    return out


def first_line(text: str) -> str:
    """A reason without the line of text and the caret below it."""
    return text.split("\n", 1)[0]


def shown(points: Fraction) -> str:
    """Points as people write them: 2, 1.5, 0.33."""
    return str(points.numerator) if points.denominator == 1 else f"{float(points):.2f}".rstrip("0")
