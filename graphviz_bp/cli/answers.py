"""What people hand in: check, grade, worksheet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InputError
from .asked import At, Of, Source, Text, graph_of, text_of, values_of, write_text

if TYPE_CHECKING:
    from ..agreement import Agreement
    from ..check.report import Report

Transposed = Annotated[
    bool,
    typer.Option("--accept-transpose", help="Take the transpose of the gradient of an array for right as well."),
]


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="The graph's .bp file (unless -e gives the graph), then files with answers: .txt .md .tex .ipynb, or "
            "with the numbers of gradients by name: .npz.",
            show_default=False,
        ),
    ] = None,
    expression: Text = None,
    claim: Annotated[
        list[str] | None, typer.Option("--claim", help='A claim, as in --claim "dz/du = 6*v"; as often as you like.')
    ] = None,
    at: At = None,
    of: Of = None,
    hint: Annotated[
        int | None, typer.Option(help="1: where a mistake is; 2: what it is; 3: what would be right.", min=1, max=3)
    ] = None,
    accept_transpose: Transposed = False,
    format: Annotated[
        str | None, typer.Option(help="text, markdown or html; unless given, .md and .html say it.", show_default=False)
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            help="The file to write; - is standard output. An .svg, .png or .pdf shows the first mistake on the graph.",
        ),
    ] = "-",
) -> None:
    """Check derivatives: exit code 0 if all are right, 1 if something is wrong, 2 if something cannot be read."""
    from ..backprop import backprop
    from ..check import check as check_claims
    from ..check import check_files

    ending = Path(output).suffix.lower()
    format = "html" if ending == ".html" else format or {".md": "markdown"}.get(ending, "text")
    if format not in ("text", "markdown", "html"):
        raise InputError(f"there is no format {format!r}", remedy="the formats are text, markdown and html")
    graphs, answers = (files or [])[: expression is None], (files or [])[expression is None :]
    graph = graph_of(graphs[0] if graphs else None, expression)
    values = values_of(at or [])
    numbers, answers = [p for p in answers if p.suffix == ".npz"], [p for p in answers if p.suffix != ".npz"]
    options: dict[str, Any] = {"at": values, "of": of, "hint": hint, "accept_transpose": accept_transpose}
    report = check_claims(graph, claim or [], **options) + check_files(graph, answers, **options)
    if not len(report) and not numbers:
        empty = f"no claim about this graph was found in {', '.join(map(str, answers))}"
        raise InputError(empty if answers else "there is nothing to check",
                         remedy='give --claim "dz/du = 6*v" or a file with equations')  # fmt: skip
    claims = [report] if len(report) or answers else []
    found: list[Report | Agreement] = [*claims, *(backprop(graph, values, of=of).compare(path) for path in numbers)]
    if numbers and format == "html":
        raise InputError("numbers are not compared on a page", remedy="use --format text or markdown")
    told = "\n\n".join(getattr(one, format).rstrip("\n") for one in found) + "\n"
    if ending in (".svg", ".png", ".pdf"):
        report.draw().save(output)
    if output == "-" or ending in (".svg", ".png", ".pdf"):
        sys.stdout.write(told)
    else:
        write_text(Path(output), told)
    raise typer.Exit(max(one.code for one in found))


def grade(
    source: Annotated[Path, typer.Argument(help="The graph's .bp file.", show_default=False)],
    folder: Annotated[
        Path, typer.Argument(help="The folder with one file or folder for each student.", show_default=False)
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output",
            help="The table: .csv, .json, or results.json for Gradescope. Beside results.csv the folder results/ holds "
            "a report for each student, look.md (what a person should look at), mistakes.md and clusters.csv.",
        ),
    ] = Path("results.csv"),
    claims: Annotated[
        str | None,
        typer.Option(help='The gradients asked for and their points, as "u: 2, dz/dv"; every parameter unless given.'),
    ] = None,
    key: Annotated[Path | None, typer.Option(help="A file with the same, one a line.")] = None,
    at: At = None,
    of: Of = None,
    carry: Annotated[
        str, typer.Option(help="What a wrong answer earns that follows from the student's own: full, half or none.")
    ] = "full",
    accept_transpose: Transposed = False,
    id: Annotated[
        str | None,
        typer.Option(
            "--id",
            help="A pattern that finds the student in the name of a file or folder, by its last group: "
            "'^([a-z]+)_' finds anna in anna_1234_answers.tex. Otherwise it is the name without its ending.",
        ),
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="A CSV file of all students (the column id, or the first).")
    ] = None,
    overrides: Annotated[
        Path | None, typer.Option(help="A CSV file with the columns cluster, points, comment that decides clusters.")
    ] = None,
    gradescope: Annotated[
        bool, typer.Option("--gradescope", help="The folder is one submission; write Gradescope's format.")
    ] = False,
    seconds: Annotated[float, typer.Option(help="The time one submission may take.", min=0.1)] = 10,
    memory: Annotated[int, typer.Option(help="The megabytes of memory one submission may take.", min=256)] = 2048,
    workers: Annotated[int | None, typer.Option(help="Processes; as many as there are cores unless given.")] = None,
) -> None:
    """Grade a folder of submissions; a run that was interrupted goes on where it stopped."""
    from ..grading import command

    if claims is not None and key is not None:
        raise InputError("give either --claims or --key, not both")
    asked = claims if key is None else text_of(key, None)
    command.run(
        graph_of(source, None), folder, output,
        gradescope=gradescope, seconds=seconds, megabytes=memory, workers=workers,
        options={"claims": asked, "at": values_of(at or []), "of": of, "carry": carry, "id": id, "roster": roster,
                 "overrides": overrides, "accept_transpose": accept_transpose},
    )  # fmt: skip


def worksheet(
    source: Source = None,
    expression: Text = None,
    seed: Annotated[int, typer.Option(help="Another seed, other numbers.")] = 1,
    blanks: Annotated[
        list[str] | None,
        typer.Option(help="What to leave blank: values, gradients or partials; all of them unless given."),
    ] = None,
    at: At = None,
    of: Of = None,
    title: Annotated[str, typer.Option(help="The heading.")] = "",
    theme: Annotated[str, typer.Option(help="The colours: slate, dark, print or classic.")] = "slate",
    output: Annotated[
        str, typer.Option("-o", "--output", help="The file to write: pdf, html, tex or md; its key is sheet-key.pdf.")
    ] = "sheet.pdf",
) -> None:
    """Write a figure with blanks at numbers that work out by hand, and its key."""
    from ..worksheets import worksheet as made

    graph = graph_of(source, expression)
    sheet = made(graph, seed=seed, blanks=blanks, at=values_of(at or []), of=of, title=title, theme=theme)
    for path in sheet.save(output):
        print(path)
