"""Worksheets as files: PDF, HTML, LaTeX, Markdown; the question, and beside it the key."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from ..figure import Figure
    from .sheet import Blank, Worksheet


def save(sheet: Worksheet, path: Path) -> tuple[Path, Path]:
    """Write the question to `path` and the key beside it."""
    ending = path.suffix.lower().lstrip(".")
    if ending not in WRITERS:
        raise InputError(f"there is no worksheet {path.name!r}", remedy=f"end it in .{', .'.join(WRITERS)}")
    key = path.with_stem(f"{path.stem}-key")
    try:
        for here, solved in ((path, False), (key, True)):
            WRITERS[ending](sheet, here, solved)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
    return path, key


def title_of(sheet: Worksheet, solved: bool) -> str:
    """The heading of a sheet or of its key."""
    return f"{sheet.title}: key" if solved else sheet.title


def _figure(sheet: Worksheet, solved: bool) -> Figure:
    return sheet.solution if solved else sheet.figure


def _pdf(sheet: Worksheet, path: Path, solved: bool) -> None:
    from .paper import pdf

    path.write_bytes(pdf(sheet, _figure(sheet, solved), title_of(sheet, solved), solved))


def _markdown(sheet: Worksheet, path: Path, solved: bool) -> None:
    picture = path.with_name(f"{path.stem}-figure.svg")
    picture.write_text(_figure(sheet, solved).svg, encoding="utf-8")
    title = "".join(f"\\{c}" if c in "\\`*_[]#<>" else c for c in title_of(sheet, solved))
    lines = [f"# {title}", "", " ".join(sheet.task), "", f"![the computation graph](<{picture.name}>)", ""]
    rows = [f"| ${_left(b)}$ | {_answer(b) if solved else ''} |" for b in sheet.blanks]
    lines += ["| | |", "| --- | --- |", *rows, ""]
    lines += ["## How", "", sheet.run.derive().markdown] if solved else []
    path.write_text("\n".join(lines), encoding="utf-8")


def _html(sheet: Worksheet, path: Path, solved: bool) -> None:
    cells = [(b.symbol.plain, b.solved.removeprefix(b.symbol.plain) if solved else " = ") for b in sheet.blanks]
    parts = {
        "title": escape(title_of(sheet, solved)),
        "task": escape(" ".join(sheet.task)),
        "figure": _figure(sheet, solved).svg,
        "rows": "\n".join(f"<li>{escape(left)}{escape(right)}<span></span></li>" for left, right in cells),
        "how": f"<h2>How</h2>\n<pre>{escape(sheet.run.derive().text)}</pre>" if solved else "",
    }
    path.write_text(PAGE.format(**parts), encoding="utf-8")


def _latex(sheet: Worksheet, path: Path, solved: bool) -> None:
    picture = path.with_name(f"{path.stem}-figure.pdf")
    picture.write_bytes(_figure(sheet, solved).write("pdf"))
    rows = [rf"$\displaystyle {_left(b)}$ {_answer(b) if solved else LINE}\par\medskip" for b in sheet.blanks]
    parts = {
        "title": _tex(title_of(sheet, solved)),
        "task": _tex(" ".join(sheet.task)),
        "figure": picture.name,
        "rows": "\n".join(rows),
        "how": sheet.run.derive().latex if solved else "",
    }
    text = DOCUMENT
    for name, part in parts.items():
        text = text.replace(f"<{name}>", part)
    path.write_text(text, encoding="utf-8")


WRITERS: dict[str, Callable[[Worksheet, Path, bool], None]] = {
    "pdf": _pdf, "html": _html, "tex": _latex, "md": _markdown,
}  # fmt: skip


def _left(blank: Blank) -> str:
    """The symbol and its sign of equality, as LaTeX."""
    return blank.symbol.tex + (" =" if blank.number.true else r" \approx")


def _answer(blank: Blank) -> str:
    return f"${blank.number.tex}$"


_SPECIAL = {c: f"\\{c}" for c in "#$%&_{}"} | {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"}


def _tex(text: str) -> str:
    """Text that LaTeX sets as it is."""
    return "".join(_SPECIAL.get(c, c) for c in text)


LINE = r"\rule[-2pt]{3cm}{0.4pt}"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ max-width: 62rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 Georgia, serif; color: #1b2733 }}
svg {{ max-width: 100%; height: auto }}
ul {{ list-style: none; padding: 0; columns: 3 }}
li {{ break-inside: avoid; line-height: 2.2 }}
li span:empty {{ display: inline-block; min-width: 5rem; border-bottom: 1px solid }}
pre {{ background: #f6f8fa; padding: .7rem 1rem; overflow-x: auto; font-size: .85rem }}
@media print {{ body {{ margin: 0 }} @page {{ size: landscape }} }}
</style>
<h1>{title}</h1>
<p>{task}</p>
{figure}
<ul>
{rows}
</ul>
{how}
</html>
"""
DOCUMENT = r"""\documentclass[11pt]{article}
\usepackage[landscape,margin=2cm]{geometry}
\usepackage{amsmath,amssymb,graphicx,multicol}
\setlength{\parindent}{0pt}
\pagestyle{empty}
\begin{document}
\section*{<title>}
<task>

\begin{center}
\includegraphics[width=\linewidth,height=0.5\textheight,keepaspectratio]{<figure>}
\end{center}
\begin{multicols}{3}
<rows>
\end{multicols}
<how>
\end{document}
"""
