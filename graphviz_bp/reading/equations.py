"""Equations picked out of what people hand in: text, Markdown, LaTeX, notebooks.

What is found is text; whether it is a claim about a graph, and whether it can be read, is decided elsewhere.

>>> [equation.text for equation in equations_in("So $v = u^2$ and $$dz/du = 6v$$.", "md")]
['v = u^2', 'dz/du = 6v']
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError

ENDINGS = ("txt", "md", "tex", "ipynb")
LARGEST, MOST = 1_000_000, 2_000  # characters of a file, equations in it

_DISPLAYS = r"equation|align|gather|multline|eqnarray|displaymath|math|flalign|alignat"
_DELIMITER = re.compile(rf"(?<!\\)\$\$?|\\[\[\]()]|\\(?:begin|end)\{{(?:{_DISPLAYS})\*?\}}")
_CLOSES = {"$": "$", "$$": "$$", r"\[": r"\]", r"\(": r"\)"}
_FENCES = ("```", "~~~")
_ROW = re.compile(r"\\\\(?:\[[^\]\n]{0,20}\])?")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_NOISE = re.compile(r"\\(?:label|tag)\*?\{[^{}]*\}|\\(?:nonumber|notag|displaystyle)\b|\\(?:begin|end)\{[a-z]+\*?\}(?:\{[^{}]*\})?|&")
_CASES = re.compile(r"\\begin\{[dr]?cases\*?\}.{0,1000}?\\end\{[dr]?cases\*?\}", re.DOTALL)  # their rows belong together
_KEPT = re.compile("\0([0-9]+)\0")
_BULLET = re.compile(r"^\s*(?:[-*+•]\s+|\(?[0-9a-hA-H]{1,2}[.)]\s+|>\s*)?")
_WORDS = re.compile(r"^[A-Za-z][A-Za-z ,']*:\s+")
_SIGNS = ("=", "≈", r"\approx")


@dataclass(frozen=True, slots=True)
class Equation:
    """An equation as it was written, and the line of the file (counted from 1; the cell of a notebook) it starts on."""

    text: str
    line: int


def equations_in_file(path: Path) -> list[Equation]:
    """The equations in a file, by its ending."""
    ending = path.suffix.lower().lstrip(".")
    if ending not in ENDINGS:
        raise InputError(f"{path} is no kind of file that answers are read from", remedy=f"use .{', .'.join(ENDINGS)}")
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path} is larger than {LARGEST} characters", remedy="hand in the answers alone")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text", remedy="save it as UTF-8") from None
    return equations_in(text, ending)


def equations_in(text: str, ending: str) -> list[Equation]:
    """The equations in a text of that kind: "txt", "md", "tex" or "ipynb"."""
    found: list[Equation] = []
    for equation in _READERS[ending](text):
        found.append(equation)
        if len(found) > MOST:
            raise InputError(f"there are more than {MOST} equations here", remedy="hand in the answers alone")
    return found


def _in_lines(text: str) -> Iterator[Equation]:
    """One equation a line, without its bullet; lines that start with = go on with the one before."""
    before: Equation | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        body = _WORDS.sub("", _BULLET.sub("", line.split("#", 1)[0] if line.lstrip().startswith("#") else line)).strip()
        if before is not None and body.startswith(("=", "≈")):
            before = Equation(f"{before.text} {body}", before.line)
            continue
        if before is not None:
            yield before
        before = Equation(body, number) if any(sign in body for sign in _SIGNS) else None
    if before is not None:
        yield before


def _in_markdown(text: str) -> Iterator[Equation]:
    """Formulas between dollar signs, lines of fenced blocks, and lines of their own where there is neither."""
    found = [*_in_math(text), *_in_fences(text)]
    yield from sorted(found, key=lambda e: e.line) if found else _in_lines(text)


def _in_fences(text: str) -> Iterator[Equation]:
    block: list[str] = []
    fence, start = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        sign = line.strip()[:3]
        if not fence and sign in _FENCES:
            fence, start, block = sign, number, []
        elif fence and line.strip() == fence:
            yield from (Equation(e.text, e.line + start) for e in _in_lines("\n".join(block)))
            fence = ""
        else:
            block.append(line)


def _in_latex(text: str) -> Iterator[Equation]:
    """Formulas of every kind of mathematics, and lines of their own where there is none; comments are neither."""
    text = _COMMENT.sub(lambda match: " " * len(match.group()), text)
    yield from _in_math(text) if _DELIMITER.search(text) else _in_lines(text)


def _in_math(text: str) -> Iterator[Equation]:
    """What stands between the delimiters of mathematics, in one pass over them."""
    opening: re.Match[str] | None = None
    lines, counted = 1, 0
    for match in _DELIMITER.finditer(text):
        if opening is not None and match.group() == _partner(opening.group()):
            body = text[opening.end() : match.start()]
            if opening.group() != "$" or "\n\n" not in body:
                lines, counted = lines + text.count("\n", counted, opening.start()), opening.start()
                yield from (Equation(row, lines) for row in _rows(body))
                opening = None
                continue
            opening = None
        if opening is None and _partner(match.group()):
            opening = match


def _partner(delimiter: str) -> str:
    """What closes a delimiter; empty for one that opens nothing."""
    if delimiter.startswith(r"\begin"):
        return delimiter.replace("begin", "end", 1)
    return _CLOSES.get(delimiter, "")


def _rows(body: str) -> Iterator[str]:
    """The rows of a formula, those that start with a sign of equality joined to the one before."""
    before, cases = "", list[str]()

    def kept(match: re.Match[str]) -> str:
        cases.append(match.group())
        return f"\0{len(cases) - 1}\0"

    for row in _ROW.split(_CASES.sub(kept, body.replace("\0", " "))):
        row = " ".join(_NOISE.sub(" ", row).split())
        row = _KEPT.sub(lambda match: cases[int(match.group(1))], row)
        if before and row.startswith(_SIGNS):
            before = f"{before} {row}"
            continue
        if before:
            yield before
        before = row if any(sign in row for sign in _SIGNS) else ""
    if before:
        yield before


def _in_notebook(text: str) -> Iterator[Equation]:
    """The Markdown cells of a notebook; its code is not looked at."""
    try:
        cells = json.loads(text)["cells"]
        sources = [c["source"] if isinstance(c["source"], str) else "".join(c["source"]) for c in cells if c.get("cell_type") == "markdown"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError("this is not a notebook", remedy="save it as .ipynb from Jupyter") from None
    for number, source in enumerate(sources, start=1):
        yield from (Equation(e.text, number) for e in _in_markdown(source))


_READERS = {"txt": _in_lines, "md": _in_markdown, "tex": _in_latex, "ipynb": _in_notebook}
