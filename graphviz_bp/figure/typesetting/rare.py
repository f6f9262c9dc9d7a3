"""The rest of LaTeX (braces over and under, binomials, wide accents): set by ziamath, with its faults mended.

ziamath takes a tenth of a second to import, so it comes in only when a formula needs it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any
from xml.etree import ElementTree

from graphviz_bp.figure.typesetting import typeface
from graphviz_bp.figure.typesetting.ink import Bar, Ink, Mark
from graphviz_bp.figure.typesetting.latex import LabelError
from graphviz_bp.figure.typesetting.setting import kinds
from graphviz_bp.figure.typesetting.signs import ACCENTS, FONTS, FUNCTIONS, GREEK, KNOWN, PLAIN, SPACES, Sign

SIZE = 100.0  # ziamath is asked for one size; at small ones it would enlarge the scripts
MOST = 4000  # leaves that ziamath may visit: it visits a leaf twice for every row around it
EM = 1.333  # ziamath's em against ours
# fmt: off
MACROS = (
    "overline underline overbrace underbrace overset underset stackrel widehat widetilde overrightarrow overleftarrow"
    " xrightarrow xleftarrow binom dbinom tbinom cfrac dfrac tfrac frac sqrt left middle right begin end big Big bigg"
    " Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr limits nolimits substack acute grave breve mathring text textrm"
    " textbf textit textsf texttt mbox operatorname displaystyle textstyle lim liminf limsup argmax argmin Pr not"
    " mathop mathbin mathrel mathopen mathclose mathord")
WELCOME = frozenset(MACROS.split())
PLACES = "matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix cases aligned align align* split array gathered"
ENVIRONMENTS = frozenset(PLACES.split())
# fmt: on


def set_rare(latex: str) -> Ink:
    """The formula as ink of 1 point; LabelError for a macro that is not known or a formula ziamath cannot set."""
    tex2mml, unescape, math = _ziamath()
    _refuse_unknown(latex)
    try:
        tree = ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", unescape(tex2mml(latex)), count=1))
        _flatten(tree)
        _mend(tree)
        if _work(tree) > MOST:
            raise LabelError(latex, "it is nested too deeply")
        node = math(tree, size=SIZE).node
        marks = list(_marks(node, 0.0, 0.0))
    except LabelError:
        raise
    except Exception:  # latex2mathml and ziamath raise whatever they stumble over
        raise LabelError(latex, "something in it is missing or misplaced") from None
    return Ink(
        node.bbox.xmax,
        max(node.bbox.ymax, 0.0),
        max(-node.bbox.ymin, 0.0),
        tuple(mark for mark in marks if isinstance(mark, Mark)),
        tuple(mark for mark in marks if isinstance(mark, Bar)),
    ).scaled(1 / SIZE)


@cache
def _ziamath() -> tuple[Any, Any, Any]:
    """From LaTeX to MathML, from MathML to characters, and from those to nodes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # about how it opens its own files
        from ziamath.escapes import unescape
        from ziamath.tex import tex2mml
        from ziamath.zmath import Math
    return tex2mml, unescape, Math


def _refuse_unknown(latex: str) -> None:
    from latex2mathml.symbols_parser import SYMBOLS

    for name in re.findall(r"\\([a-zA-Z]+|.)", latex, re.DOTALL):
        known = (KNOWN, GREEK, FONTS, FUNCTIONS, SPACES, ACCENTS, WELCOME, {"\\"})
        if not any(name in table for table in known) and f"\\{name}" not in SYMBOLS:
            raise LabelError(latex, f"the macro \\{name} is not known")
    for name in re.findall(r"\\begin\s*\{([^}]*)\}", latex):
        if name.strip() not in ENVIRONMENTS:
            raise LabelError(latex, f"the environment {name} is not known")


# ---- mending


def _flatten(element: ElementTree.Element) -> None:
    """Rows of one child replaced by the child; ziamath's time doubles with every row."""
    for place, child in enumerate(list(element)):
        _flatten(child)
        if child.tag == "mrow" and len(child) == 1 and not child.attrib:
            element[place] = child[0]


def _mend(element: ElementTree.Element) -> None:
    """∂ as a letter, small accents over single letters, and TeX's own gaps."""
    for child in element:
        _mend(child)
        if child.tag in ("mo", "mi") and (child.text or "").strip() == "∂":
            child.tag, child.text = "mi", "\U0001d715"
        elif child.tag == "mover" and child.get("accent") and child[0].tag == "mi":
            child[1].tag = "mi"  # an operator would be stretched to the width of the letter
    if element.tag in ("math", "mrow", "mtd", "mstyle") and len(element) > 1:
        _space(element)


def _space(line: ElementTree.Element) -> None:
    """The gaps around + and =, written out so that they are the same as in every other formula."""
    signs = [PLAIN.get((child.text or "").strip(), Sign("")) for child in line]
    for child, sign, kind in zip(line, signs, kinds(tuple(signs)), strict=True):
        if child.tag != "mo" or sign.kind not in ("bin", "rel", "punct"):
            continue
        gap = {"bin": 4 / 18, "rel": 5 / 18, "punct": 3 / 18}.get(kind, 0.0) / EM
        child.set("lspace", f"{0.0 if kind == 'punct' else gap:.4f}em")
        child.set("rspace", f"{gap:.4f}em")
    for place in reversed([i for i, child in enumerate(line) if child.tag == "mfrac"]):
        # ziamath leaves a thin space after a fraction, whatever follows
        line.insert(place + 1, ElementTree.Element("mspace", width=f"{-2 / 18 / EM:.4f}em"))


def _work(element: ElementTree.Element) -> int:
    """How many times ziamath will visit a leaf."""
    below = sum(map(_work, element)) or 1
    return 2 * below if element.tag in ("math", "mrow", "mtd", "mtr", "mstyle") else below


# ---- from ziamath's nodes to ink


def _marks(node: Any, x: float, y: float) -> Iterator[Mark | Bar]:
    """Every letter and bar below a node, in place."""
    kind = type(node).__name__
    if getattr(node, "phantom", False) and not node.nodes:
        return
    if kind == "Glyph":
        yield from _letters(node.glyph, x, y, node.size / 1000)
    elif kind == "HLine":
        yield Bar(x, y, node.length, node.lw)
    elif kind == "VLine":
        yield Bar(x - node.lw / 2, y, node.lw, node.height)
    elif not hasattr(node, "nodexy"):
        raise ValueError(f"no way to draw a {kind}")
    else:
        for (dx, dy), child in zip(node.nodexy, node.nodes, strict=True):
            yield from _marks(child, x + dx, y + dy)


def _letters(glyph: Any, x: float, y: float, scale: float) -> Iterator[Mark]:
    """A glyph, or the parts of a fence that is put together."""
    if glyph.index >= 0:
        yield Mark(typeface.glyph(glyph.index).outline, x, y, scale)
        return
    for part, offset in zip(glyph.glyphs, glyph.offsets, strict=True):
        dx, dy = (0.0, -offset) if glyph.vert else (offset, 0.0)
        yield from _letters(part, x + dx * scale, y + dy * scale, scale)
