"""The grades of many submissions, and the files they are told in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..backprop.given import checked
from ..errors import InputError
from ..graph import Graph
from .desk import Examined
from .expected import Expected, expected_claims
from .handed_in import hand_ins, roster_of
from .marking import CARRY, Cluster, Submission, clusters, decisions_in, marked, shown
from .workers import Journal, Limits, examined


@dataclass(frozen=True, slots=True)
class Grade:
    """The submissions in the order of their names, `grade["anna"]` one of them; `clusters` are the mistakes."""

    expected: tuple[Expected, ...]
    submissions: tuple[Submission, ...]
    clusters: tuple[Cluster, ...]

    def __iter__(self) -> Iterator[Submission]:
        return iter(self.submissions)

    def __len__(self) -> int:
        return len(self.submissions)

    def __getitem__(self, student: str) -> Submission:
        for submission in self.submissions:
            if submission.student == student:
                return submission
        raise KeyError(student)

    @property
    def look(self) -> tuple[Submission, ...]:
        """The submissions that a person should look at."""
        return tuple(s for s in self.submissions if s.state in ("look", "unreadable"))

    @property
    def summary(self) -> str:
        """All of it in a line."""
        handed_in = [s for s in self.submissions if s.handed_in]
        mean = sum((float(s.points) for s in handed_in), 0.0) / max(1, len(handed_in))
        worth = shown(sum((e.worth for e in self.expected), start=self.expected[0].worth * 0))
        parts = [f"{len(handed_in)} submission{'s' * (len(handed_in) != 1)}, {mean:.2f} of {worth} points on average"]
        parts += [f"{missing} missing"] if (missing := len(self) - len(handed_in)) else []
        parts += [f"{len(self.look)} to look at"] if self.look else []
        return ", ".join(parts)

    def save(self, path: str | Path, format: str | None = None) -> Path:
        """Write the table, as csv, json or gradescope by its name, and beside it a folder with a report for each."""
        from .tables import save

        return save(self, Path(path), format)

    @property
    def markdown(self) -> str:
        """A table of all students."""
        from .pages import grades_page

        return grades_page(self)

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __str__(self) -> str:
        lines = [f"{s.student}: {shown(s.points)} of {shown(s.worth)} ({s.state})" for s in self]
        return "\n".join([*lines, "", self.summary])

    def __repr__(self) -> str:
        return f"<grades: {self.summary}>"


def grade(graph: Graph, folder: str | Path, *, claims: str | Mapping[str, object] | None = None,
          at: Mapping[str, Any] | None = None, of: str | None = None, carry: str = "full", id: str | None = None,
          roster: str | Path | None = None, overrides: str | Path | None = None, journal: str | Path | None = None,
          accept_transpose: bool = False, limits: Limits = Limits(), apart: tuple[Path, ...] = (), single: bool = False,  # noqa: B008
          progress: Callable[[int, int], object] | None = None) -> Grade:  # fmt: skip
    """Grade the files and folders in a folder, one student each.

    `claims` are the gradients asked for with their points, "u: 2, dz/dv", every parameter unless given; `carry` is
    what a wrong answer earns that follows from the student's own earlier one (full, half or none); `id` is a
    pattern that finds the student in a name; `roster` a CSV file of all students; `overrides` one of decisions
    about clusters; `accept_transpose` takes the transpose of the gradient of an array for right; `journal` is a
    file in which an interrupted run goes on. Scripts call this below `if __name__ == "__main__":`, for it starts
    processes.
    """
    if carry not in CARRY:
        raise InputError(f"there is no way to carry called {carry!r}", remedy=f"the ways are {', '.join(CARRY)}")
    output, given = graph.box(of or graph.output).name, checked(graph, at or {})
    expected = expected_claims(graph, claims, of)
    decisions = decisions_in(Path(overrides) if overrides else None)
    listed = roster_of(Path(roster)) if roster else []
    teachers = tuple(Path(path) for path in (roster, overrides, journal) if path)
    handed_in = hand_ins(Path(folder), id, apart=(*apart, *teachers), single=single)
    if not handed_in and not listed:
        raise InputError(f"there is nothing in {folder}", remedy="put one file or folder per student into it")
    done = iter(range(1, len(handed_in) + 1))
    found = examined(
        graph, handed_in, at=given, of=output, limits=limits, journal=Journal(Path(journal) if journal else None),
        accept_transpose=accept_transpose,
        progress=lambda: progress and progress(next(done), len(handed_in)),
    )  # fmt: skip
    graded = [marked(h.student, found[h.student], expected, carry, decisions, output) for h in handed_in]
    if listed:
        graded = [s if s.student in listed else _unlisted(s) for s in graded]
        here = {s.student for s in graded}
        nothing = Examined()
        absent = [marked(name, nothing, expected, carry, decisions, output) for name in listed if name not in here]
        graded += [Submission(s.student, s.credits, nothing, handed_in=False) for s in absent]
    graded.sort(key=lambda s: s.student)
    return Grade(tuple(expected), tuple(graded), tuple(clusters(graded, decisions)))


def _unlisted(submission: Submission) -> Submission:
    problems = (*submission.problems, "this student is not on the roster")
    return Submission(submission.student, submission.credits, submission.found, problems)
