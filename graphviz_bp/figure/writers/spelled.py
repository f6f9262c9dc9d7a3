r"""Formulas and words spelled for TeX: from the tree a label was read into, never from what a user wrote.

Only what stands in the tables comes out, so nothing in a label can become a command. What has no entry is refused, and
the writer then draws the letters as shapes.

>>> spelled(read(r"\frac{\partial z}{\partial u} = \hat{y}^{2}"))
'\\bpfrac{\\partial z}{\\partial u}=\\hat{y}^{2}'
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from graphviz_bp.figure.typesetting.latex import GRIDS, LabelError, Unfamiliar, read
from graphviz_bp.figure.typesetting.signs import ACCENTS, ALPHABETS, EARLIER, GREEK, SIGNS, Sign
from graphviz_bp.figure.typesetting.tree import Accent, Fenced, Fraction, Grid, Lined, Node, Root, Row, Scripts, Space

ESCAPED = {c: f"\\{c}" for c in "%&#$_{}"}
WORDS = ESCAPED | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": "$<$", ">": "$>$", "|": "$|$", '"': r"\textquotedbl{}", "`": r"\textasciigrave{}",
    "−": "$-$", "·": r"$\cdot$", "×": r"$\times$", "≈": r"$\approx$", "∂": r"$\partial$", "∞": r"$\infty$",
    "…": r"\dots{}", "–": "--", "—": "---", "’": "'", "≤": r"$\le$", "≥": r"$\ge$", "→": r"$\to$", "⊙": r"$\odot$",
    "‖": r"$\|$", "\u00a0": "~", "₋": "$_-$", "⁻": "$^-$", "⊤": r"$\top$", "∑": r"$\sum$", "√": r"$\surd$",
}  # fmt: skip


class Foreign(Exception):
    """A sign that these tables do not know."""


def formula(latex: str) -> str:
    """A label's LaTeX as TeX that is known to be harmless; Foreign where that is not possible."""
    try:
        return spelled(read(latex))
    except (LabelError, Unfamiliar):
        raise Foreign(latex) from None


def spelled(node: Node) -> str:
    """The tree as TeX in math mode."""
    return _row(node) if isinstance(node, Row) and node.kind == "ord" else _node(node)


def _node(node: Node) -> str:
    match node:
        case Sign():
            return _sign(node)
        case Space(width=width):
            return rf"\mskip{18 * width:.3g}mu "
        case Row(kind="op"):
            return rf"\operatorname{{{_upright(node)}}}"
        case Row():
            return f"{{{_row(node)}}}"
        case Scripts():
            below = f"_{{{spelled(node.below)}}}" if node.below else ""
            above = f"^{{{spelled(node.above)}}}" if node.above else ""
            return f"{_node(node.base)}{below}{above}"
        case Fraction():
            macro = r"\bpfrac" if node.scale > 0.8 else r"\tfrac"
            return f"{macro}{{{spelled(node.top)}}}{{{spelled(node.bottom)}}}"
        case Accent():
            return rf"\{_accents()[node.mark]}{{{spelled(node.base)}}}"
        case Fenced():
            return rf"\left{_fence(node.left)}{spelled(node.body)}\right{_fence(node.right)}"
        case Root():
            return rf"\sqrt{{{spelled(node.body)}}}"
        case Lined():
            return rf"\{'over' if node.over else 'under'}line{{{spelled(node.body)}}}"
        case Grid():
            return _grid(node)


def _row(row: Row) -> str:
    return "".join(map(_node, row.items))


def _upright(row: Row) -> str:
    """The letters of a named function."""
    letters = "".join(item.text if isinstance(item, Sign) else " " for item in row.items)
    if not letters.replace(" ", "").isalnum() or not letters.isascii():
        raise Foreign(letters)
    return letters


def _grid(grid: Grid) -> str:
    if (grid.left, grid.right, grid.align) not in GRIDS.values():
        raise Foreign(grid.left)
    lines = r"\\".join("&".join(map(spelled, line)) for line in grid.lines)
    columns = f"@{{}}{grid.align[0] * len(grid.lines[0])}@{{}}"
    body = rf"\begin{{array}}{{{columns}}}{lines}\end{{array}}"
    return rf"\left{_fence(grid.left)}{body}\right{_fence(grid.right)}"


def _fence(text: str) -> str:
    return _sign(Sign(text)) if text else "."


def _sign(sign: Sign) -> str:
    found = _signs().get((sign.text, sign.kind)) or _letters().get(sign.text) or _any_kind().get(sign.text)
    if found is None:
        raise Foreign(sign.text)
    return found


@cache
def _accents() -> dict[str, str]:
    return {mark: name for name, mark in ACCENTS.items()}


@cache
def _signs() -> dict[tuple[str, str], str]:
    """The macro, or the character, of every sign of every kind."""
    found: dict[tuple[str, str], str] = {}
    for kind, table in SIGNS.items():
        for name, text in table.items():
            found.setdefault((text, kind), rf"\{name} " if name.isalpha() else rf"\{name}")
    plain = {"rel": "=<>:", "bin": "+", "open": "([", "close": ")]!?", "punct": ",;", "ord": "|./"}
    found |= {(text, kind): text for kind, texts in plain.items() for text in texts}
    return found | {("−", "bin"): "-", ("∗", "bin"): "*", ("′", "ord"): r"\prime "}


@cache
def _any_kind() -> dict[str, str]:
    return {text: macro for (text, _), macro in reversed(_signs().items())}


@cache
def _letters() -> dict[str, str]:
    """Letters, digits and Greek of every alphabet."""
    found: dict[str, str] = {str(k): str(k) for k in range(10)}
    early = {chr(code): text for code, text in EARLIER.items()}
    for font, starts in ALPHABETS.items():
        for start, first, count in zip(starts, "Aa0", (26, 26, 10), strict=False):
            for k in range(count if start else 0):
                plain = chr(ord(first) + k)
                here = chr(start + k)
                found[early.get(here, here)] = plain if font == "mathit" else rf"\{font}{{{plain}}}"
    for name, text in GREEK.items():
        found[text] = "o" if name == "omicron" else rf"\{name} "
        found[chr(ord(text) + 0x3A)] = rf"\boldsymbol{{{found[text].strip()}}}"
    for code in (*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)):
        found[chr(code)] = rf"\mathrm{{{chr(code)}}}"
    return found


def words(text: str, *, strict: bool = True) -> str:
    r"""Plain text with everything live in TeX escaped; a letter TeX may lack is Foreign, or a ? where not strict.

    >>> words("50% of x_1 & \\input{a}")
    '50\\% of x\\_1 \\& \\textbackslash{}input\\{a\\}'
    """
    return "".join(_character(c, strict) for c in _composed(text))


def _composed(text: str) -> list[str]:
    """The characters, each with the combining marks that follow it."""
    found: list[str] = []
    for c in unicodedata.normalize("NFD", text):
        if found and unicodedata.combining(c):
            found[-1] += c
        else:
            found.append(c)
    return found


def _character(c: str, strict: bool) -> str:
    if c in WORDS:
        return WORDS[c]
    if c.isascii() and c.isprintable():
        return c
    if "\u00c0" <= (letter := unicodedata.normalize("NFC", c)) <= "\u00ff" and letter.isalpha():
        return letter
    if len(c) == 2 and c[0].isalpha() and c[0].isascii() and c[1] in _accents():
        return rf"$\{_accents()[c[1]]}{{{c[0]}}}$"
    kind, _, plain = unicodedata.decomposition(c[0]).partition(" ")
    if len(c) == 1 and kind in ("<sub>", "<super>") and re.fullmatch("[0-9a-z+=()-]", digit := chr(int(plain, 16))):
        return f"${'_' if kind == '<sub>' else '^'}{digit}$"
    name = unicodedata.name(c[0], "").removeprefix("GREEK SMALL LETTER ").lower()
    if len(c) == 1 and name in GREEK and name != "omicron":
        return rf"$\{name}$"
    if strict:
        raise Foreign(c)
    return "?"
