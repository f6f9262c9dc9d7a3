"""Grades as Markdown: a report for each student, a page of mistakes, a page of what a person should look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .marking import CARRIED, DECIDED, LOOK, MISSING, RIGHT, WRONG, Credit, Submission, shown

if TYPE_CHECKING:
    from .grade import Grade

MARKS = {RIGHT: "✓", CARRIED: "↷", WRONG: "✗", LOOK: "?", DECIDED: "✎", MISSING: "–"}


def report(submission: Submission) -> str:
    """What a student gets back."""
    return "\n".join([*_report(submission), ""])


def _report(s: Submission) -> Iterator[str]:
    yield from (f"# {escaped(s.student)}", "", f"**{shown(s.points)} of {shown(s.worth)} points**", "")
    if not s.handed_in:
        yield "Nothing was handed in."
        return
    yield from ("| claim | points | | |", "| --- | --- | --- | --- |")
    yield from (_row(credit) for credit in s.credits)
    if s.look:
        yield from ("", "A person will look at this:", "", *(f"- {escaped(line)}" for line in s.look))
    if s.found.markdown:
        yield from ("", "## The answers", "", s.found.markdown.rstrip("\n"))
    if s.found.left_out:
        yield from ("", "Left out, for they claim no gradient:", "", *(f"- {code(line)}" for line in s.found.left_out))


def _row(credit: Credit) -> str:
    said = "" if credit.state == RIGHT else escaped(credit.said)
    points = f"{shown(credit.points)} of {shown(credit.worth)}"
    return f"| {credit.claim} | {points} | {MARKS[credit.state]} {credit.state} | {said} |"


def grades_page(grade: Grade) -> str:
    """All students with their points."""
    claims = [e.claim for e in grade.expected]
    lines = [f"| student | points | {' | '.join(claims)} |", f"| --- | --- |{' --- |' * len(claims)}"]
    for s in grade:
        cells = [f"{shown(c.points)} {MARKS[c.state]}" for c in s.credits]
        lines.append(f"| {escaped(s.student)} | {shown(s.points)} of {shown(s.worth)} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"{grade.summary}.", ""])


def mistakes_page(grade: Grade) -> str:
    """The mistakes that students made, the most frequent first."""
    lines = ["# Mistakes", "", f"{grade.summary}.", ""]
    if grade.clusters:
        lines += ["To decide a mistake for everybody who made it, write its name and the points into overrides.csv "
                  "(clusters.csv is a start) and run again with --overrides overrides.csv.", ""]  # fmt: skip
    for cluster in grade.clusters:
        count, names = len(cluster.students), ", ".join(escaped(name) for name in cluster.students[:12])
        given = "" if cluster.points is None else f", decided: {shown(cluster.points)} of {shown(cluster.worth)} points"
        lines += [f"## {cluster.claim or 'unknown'}: {count} student{'s' * (count != 1)}{given}", ""]
        lines += [escaped(cluster.mistake), "", f"- example: {code(cluster.example)}", f"- name: `{cluster.name}`"]
        lines += [f"- {names}{' and more' if count > 12 else ''}", ""]
    return "\n".join(lines)


def look_page(grade: Grade) -> str:
    """What a person should look at, on one page."""
    lines = ["# To look at", "", f"{len(grade.look)} of {len(grade)} submissions.", ""]
    for s in grade.look:
        lines += [f"## {escaped(s.student)}: {shown(s.points)} of {shown(s.worth)} points so far", ""]
        lines += [*(f"- {escaped(line)}" for line in s.look), ""]
    missing = [s for s in grade if not s.handed_in]
    if missing:
        lines += ["## Missing", "", *(f"- {escaped(s.student)}" for s in missing), ""]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    line = " ".join(text.split())[:600]
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\`*_{}[]#|!$~" else c for c in line)


def code(text: str) -> str:
    """Text in the type of code, in one line."""
    return "`" + " ".join(text.split())[:300].replace("`", "'") + "`"
