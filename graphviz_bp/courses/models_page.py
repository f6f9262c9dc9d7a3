"""The page of all models: system × level × derivation × reference numbers, with every figure; what is missing shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ..backprop import Run
from ..errors import InputError
from ..figure.levels import LEVELS
from ..models import MODELS, Model, model
from ..numbers import numpy
from .algorithms import ALGORITHMS

COLUMNS = tuple(dict.fromkeys([*LEVELS, *(level for row in MODELS.values() for level in row.levels)]))


@dataclass(frozen=True, slots=True)
class Entry:
    """One system on the page: a figure for each level or why there is none, the derivation, what the reference says."""

    model: Model
    figures: dict[str, str]  # SVG by level
    missing: dict[str, str]  # sentences by level
    derivation: str
    reference: str


def entries(reference: Path | None = None, names: Iterable[str] = tuple(MODELS)) -> Iterator[Entry]:
    """Every model drawn and derived; `reference` is a file of gradients such as tests/reference/models.json."""
    known: dict[str, Any] = json.loads(reference.read_text(encoding="utf-8")) if reference else {}
    for name in names:
        row = MODELS[name]
        run = row.make().backprop()
        figures, missing = dict[str, str](), dict[str, str]()
        for level in row.levels:
            try:
                figures[level] = run.draw(level=level).svg
            except InputError as error:
                missing[level] = str(error)
        cases = {case: found for case, found in known.items() if case.split(":")[0] == name}
        yield Entry(row, figures, missing, run.derive().text, "no numbers" if run.symbolic else _compared(cases))


def _compared(cases: dict[str, Any]) -> str:
    """The largest difference from the reference, relative where numbers are larger than 1; empty without one."""
    worst = [_difference(model(*_named(case)).backprop(), found) for case, found in cases.items()]
    return f"{len(worst)} case{'s' * (len(worst) > 1)}: {max(worst):.0e}" if worst else ""


def _named(case: str) -> tuple[str, list[str]]:
    name, *options = case.split(":")
    return name, options


def _difference(run: Run, found: dict[str, Any]) -> float:
    np = numpy()
    pairs = [(run.values[run.of], found["output"]), *((run.gradients[n], x) for n, x in found["gradients"].items())]
    return float(max(np.max(abs(np.asarray(a, dtype=float) - b) / np.maximum(1, np.abs(b))) for a, b in pairs))


def page(found: list[Entry]) -> str:
    """The entries as one HTML page."""
    head = "".join(f"<th>{column}" for column in (*COLUMNS, "derivation", "PyTorch"))
    rows = "\n".join(_row(entry) for entry in found)
    parts = "\n".join(_part(entry) for entry in found)
    tables = "\n".join(f"<h3>{escape(a.title)}</h3>\n{a.svg()}" for a in ALGORITHMS.values())
    return PAGE.format(head=head, rows=rows, parts=parts, algorithms=tables)


def _row(entry: Entry) -> str:
    name = entry.model.name
    cells = [_cell(entry, level) for level in COLUMNS]
    cells.append(f'<td><a href="#{name}-derivation">✓</a>' if entry.derivation else '<td class="empty">')
    cells.append(f"<td>{escape(entry.reference)}" if entry.reference else '<td class="empty">')
    return f'<tr><th><a href="#{name}">{name}</a>{"".join(cells)}'


def _cell(entry: Entry, level: str) -> str:
    if level in entry.figures:
        return f'<td><a href="#{entry.model.name}-{level}">✓</a>'
    if level in entry.missing:
        return f'<td class="empty" title="{escape(entry.missing[level])}">'
    return "<td>·"


def _part(entry: Entry) -> str:
    name, told = entry.model.name, (entry.model.make.__doc__ or "").split("\n")[0]
    figures = "\n".join(f'<figure id="{name}-{level}"><figcaption>{level}</figcaption>{drawn}</figure>'
                        for level, drawn in entry.figures.items())  # fmt: skip
    return (f'<section id="{name}"><h2>{name}</h2>\n<p>{escape(told)}</p>\n{figures}\n<details id="{name}-derivation">'
            f"<summary>derivation</summary><pre>{escape(entry.derivation)}</pre></details></section>")  # fmt: skip


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>graphviz_bp: models</title>
<style>
body {{ max-width: 72rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 Georgia, serif; color: #1b2733 }}
table {{ border-collapse: collapse }}
th, td {{ padding: .2rem .7rem; border: 1px solid #d5dbe1; text-align: center; font-weight: normal }}
tr > th:first-child {{ text-align: left }}
td.empty {{ background: #efc7e0 }}
a {{ color: #00568a; text-decoration: none }}
figure {{ margin: 1rem 0 }}
figcaption {{ color: #52606d }}
svg {{ max-width: 100%; height: auto }}
pre {{ background: #f6f8fa; padding: .7rem 1rem; border-radius: .5rem; overflow-x: auto; font-size: .85rem }}
</style>
<h1>The systems of the lectures</h1>
<p>A tick leads to the figure or the derivation; a dot is a level that does not suit the system; a coloured cell is
missing. The last column is the largest difference from PyTorch's values and gradients, relative to numbers above 1.</p>
<table>
<tr><th>{head}
{rows}
</table>
<h2>The algorithms of a multi-layer perceptron</h2>
{algorithms}
{parts}
</html>
"""
