"""Grades as files: CSV for a spreadsheet, JSON, Gradescope's results.json, and Markdown for people."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .desk import digest
from .marking import MISSING, RIGHT, Credit, Submission, shown
from .pages import look_page, mistakes_page, report

if TYPE_CHECKING:
    from .grade import Grade

FORMATS = ("csv", "json", "gradescope")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")  # names of devices on Windows


def format_of(path: Path, format: str | None = None) -> str:
    """The format that was asked for, or that the name says: results.json is Gradescope's."""
    found = format or ("gradescope" if path.name == "results.json" else path.suffix.lower().lstrip("."))
    if found not in FORMATS:
        raise InputError(f"there is no format {found or path.name!r}", remedy=f"the formats are {', '.join(FORMATS)}")
    return found


def folder_of(path: Path) -> Path:
    """Where the reports stand: results.csv has them in results/."""
    return path.with_suffix("") if path.suffix else path.with_name(path.name + "-reports")


def save(grade: Grade, path: Path, format: str | None = None) -> Path:
    """Write a table and, in the folder beside it, a report for each student and pages for the teacher."""
    found, folder = format_of(path, format), folder_of(path)
    text = {"csv": _csv, "json": _json, "gradescope": _gradescope}[found](grade)
    try:
        (folder / "students").mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        for submission in grade:
            (folder / "students" / file_name(submission.student)).write_text(report(submission), encoding="utf-8")
        (folder / "look.md").write_text(look_page(grade), encoding="utf-8")
        (folder / "mistakes.md").write_text(mistakes_page(grade), encoding="utf-8")
        (folder / "clusters.csv").write_text(_clusters(grade), encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"cannot write {error.filename or path}: {error.strerror}") from None
    return path


def file_name(student: str) -> str:
    """A file's name for a student that can lead nowhere else, and that no other student has."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", student).strip(".-")[:60]
    safe = plain == student and plain.lower() == plain and not _DEVICES.fullmatch(plain)
    return f"{plain}.md" if safe else f"{plain or 'student'}-{digest(student)}.md"


# -- CSV


def cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = " ".join(str(value).split("\0"))
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _rows(rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def _csv(grade: Grade) -> str:
    claims = [e.claim for e in grade.expected]
    heads = ["student", "points", "of", "state", *claims, *(f"{claim} said" for claim in claims), "look at"]
    rows: list[list[object]] = [list(heads)]
    for s in grade:
        said = ["" if c.state in (RIGHT, MISSING) else f"{c.state}: {_line(c.said)}" for c in s.credits]
        points = [shown(c.points) for c in s.credits]
        rows.append([s.student, shown(s.points), shown(s.worth), s.state, *points, *said, _line("; ".join(s.look))])
    return _rows(rows)


def _clusters(grade: Grade) -> str:
    """The clusters; with points filled in this is an overrides.csv."""
    rows: list[list[object]] = [["cluster", "points", "comment", "worth", "claim", "mistake", "students", "example"]]
    for c in grade.clusters:
        given = "" if c.points is None else shown(c.points)
        rows.append([c.name, given, "", shown(c.worth), c.claim, _line(c.mistake), len(c.students), _line(c.example)])
    return _rows(rows)


def _line(text: str) -> str:
    return " ".join(text.split())[:500]


# -- JSON


def _json(grade: Grade) -> str:
    plain = {
        "claims": [{"claim": e.claim, "points": float(e.worth)} for e in grade.expected],
        "submissions": [_submission(s) for s in grade],
        "clusters": [
            {"cluster": c.name, "claim": c.claim, "mistake": c.mistake, "example": c.example, "students": c.students,
             "points": None if c.points is None else float(c.points)}
            for c in grade.clusters
        ],
    }  # fmt: skip
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def _submission(s: Submission) -> dict[str, Any]:
    credits = [
        {"claim": c.claim, "points": float(c.points), "of": float(c.worth), "state": c.state, "said": c.said,
         "answer": c.answer, "cluster": c.cluster}
        for c in s.credits
    ]  # fmt: skip
    return {"student": s.student, "points": float(s.points), "of": float(s.worth), "state": s.state, "claims": credits,
            "look": s.look}  # fmt: skip


# -- Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/


def _gradescope(grade: Grade) -> str:
    """The results of one submission; of several, an object of them by student."""
    each = {s.student: _results(s) for s in grade}
    plain: Any = next(iter(each.values())) if len(each) == 1 else each
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def _results(s: Submission) -> dict[str, Any]:
    look = "".join(f"\na person will look at this: {line}" for line in s.look)
    return {
        "score": float(s.points),
        "output": f"{shown(s.points)} of {shown(s.worth)} points{look}",
        "output_format": "text",
        "visibility": "visible",
        "tests": [_test(number, credit) for number, credit in enumerate(s.credits, start=1)],
    }


def _test(number: int, credit: Credit) -> dict[str, Any]:
    answer = f"{credit.answer}\n" if credit.answer else ""
    return {
        "name": credit.claim,
        "name_format": "text",
        "number": str(number),
        "score": float(credit.points),
        "max_score": float(credit.worth),
        "status": "passed" if credit.points == credit.worth else "failed",
        "output": f"{answer}{credit.state}: {credit.said}",
        "output_format": "text",
        "visibility": "visible",
    }
