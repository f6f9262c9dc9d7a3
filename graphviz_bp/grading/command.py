"""What `graphviz-bp grade` does: a bar while it runs, and what came of it in a few lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..graph import Graph
from .grade import Grade, grade
from .tables import folder_of, format_of
from .workers import Limits


def run(graph: Graph, folder: Path, output: Path, *, gradescope: bool, seconds: float, megabytes: int,
        workers: int | None, options: Mapping[str, Any]) -> None:  # fmt: skip
    """Grade a folder and write the table and the reports."""
    format, reports = format_of(output, "gradescope" if gradescope else None), folder_of(output)
    if reports.resolve() in (folder.resolve(), *folder.resolve().parents):
        raise InputError(f"the reports would lie among the submissions in {folder}", remedy="name -o otherwise")
    try:
        reports.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {reports}: {error.strerror}") from None
    with _bar() as progress:
        graded = grade(
            graph, folder, **options, journal=reports / "journal.jsonl", limits=Limits(seconds, megabytes, workers),
            apart=(output, reports), single=gradescope, progress=progress,
        )  # fmt: skip
    graded.save(output, format)
    print("\n".join(told(graded, output)))


def told(graded: Grade, output: Path) -> Iterator[str]:
    """What came of it: the mean, the most frequent mistakes, where the rest is."""
    yield graded.summary
    for cluster in graded.clusters[:5]:
        yield f"  {len(cluster.students):4} × {cluster.claim or 'unknown'}: {' '.join(cluster.mistake.split())[:110]}"
    yield f"{output}, and in {folder_of(output)}: students/, look.md, mistakes.md, clusters.csv"


@contextmanager
def _bar() -> Iterator[Callable[[int, int], object] | None]:
    """A progress bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("grading", total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
