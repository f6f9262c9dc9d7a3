"""A report as HTML: every claim with its verdict, what is to be said of it, and the figure of what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..equality import Verdict
from .report import MARKS, Finding, Report

FIGURES, BOXES = 12, 60  # so many are drawn; a graph of more boxes says little at this size
COLOURS = {"✓": "#1f7a43", "✗": "#a3217c", "?": "#8a6100", "!": "#8a6100"}  # 3 : 1 and more on white and on black
STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"


def page(report: Report) -> str:
    """A whole page."""
    head = f'<meta charset="utf-8"><title>{escape(report.summary)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{fragment(report)}\n</body></html>\n'


def fragment(report: Report) -> str:
    """The report without a page around it, as a notebook shows it."""
    drawn = _drawn(report)
    items = "\n".join("".join(_item(report, finding, finding in drawn)) for finding in report)
    left_out = "".join(f"<p><small>left out: <code>{escape(text)}</code></small></p>" for text in report.left_out)
    summary = f"<p><strong>{escape(report.summary)}</strong></p>"
    return f'<div class="graphviz-bp-report">\n{items}\n{summary}{left_out}</div>'


def _drawn(report: Report) -> list[Finding]:
    """The findings that a figure is drawn of: those whose mistake has a place in the graph."""
    if report.hint is not None or len(report.graph.boxes) > BOXES:
        return []
    return [f for f in report if f.verdict is Verdict.DIFFERENT and f.diagnosis is not None][:FIGURES]


def _item(report: Report, finding: Finding, drawn: bool) -> Iterator[str]:
    mark = MARKS[finding.verdict]
    first, *rest = report.lines(finding)
    opening, *pointer = first.split("\n")
    yield f'<div style="margin:.8em 0"><div><b style="color:{COLOURS[mark]}">{mark}</b> '
    yield f"<code>{escape(report.headline(finding))}</code> {escape(opening)}</div>"
    if pointer:
        told = "\n".join(pointer)
        yield f'<pre style="margin:.3em 1.4em">{escape(told)}</pre>'
    if rest:
        yield '<ul style="margin:.2em 0">' + "".join(f"<li>{escape(line)}</li>" for line in rest) + "</ul>"
    if drawn:
        yield f'<div style="max-width:46rem">{_fluid(report.figure_of(finding).svg)}</div>'
    yield "</div>"


def _fluid(svg: str) -> str:
    """A picture that is never wider than the page."""
    return svg.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)
