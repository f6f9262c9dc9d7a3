"""Setting the tree of a formula: TeX's spacing between kinds, the font's own heights for scripts and fences.

Lengths are in em of the whole formula; `scale` is how large the part at hand is set, and `small` tells that it is
a script, where spacing closes up and sturdier drawings of the letters are used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from graphviz_bp.figure.typesetting import typeface
from graphviz_bp.figure.typesetting.ink import RULE, Bar, Ink, Mark, fraction, grid, matrix, overlay
from graphviz_bp.figure.typesetting.latex import Unfamiliar
from graphviz_bp.figure.typesetting.signs import Sign
from graphviz_bp.figure.typesetting.tree import Accent, Fenced, Fraction, Grid, Lined, Node, Root, Row, Scripts, Space
from graphviz_bp.figure.typesetting.typeface import Letter

UNIT = 1 / 1000
# fmt: off
# gaps in eighteenths of an em: 3 thin, 4 medium, 5 thick; negative ones vanish in scripts
GAPS = {
    #          ord op bin rel open close punct inner
    "ord":   (  0,  3, -4, -5,  0,  0,  0, -3),
    "op":    (  3,  3,  0, -5,  0,  0,  0, -3),
    "bin":   ( -4, -4,  0,  0, -4,  0,  0, -4),
    "rel":   ( -5, -5,  0,  0, -5,  0,  0, -5),
    "open":  (  0,  0,  0,  0,  0,  0,  0,  0),
    "close": (  0,  3, -4, -5,  0,  0,  0, -3),
    "punct": ( -3, -3,  0, -3, -3, -3, -3, -3),
    "inner": ( -3,  3, -4, -5, -3,  0, -3, -3),
}
# fmt: on
COLUMNS = {kind: column for column, kind in enumerate(GAPS)}


@dataclass(frozen=True, slots=True)
class Box:
    """Something set: its ink, and the letters at its ends, which decide how scripts and accents join it."""

    ink: Ink
    first: Letter | None = None
    last: Letter | None = None
    lean: float = 0.0
    single: bool = False


def set_tree(tree: Node) -> Ink:
    """The tree as ink of 1 point."""
    return _set(tree, 1.0, False).ink


def _set(node: Node, scale: float, small: bool) -> Box:
    match node:
        case Sign(text=text):
            return _letter(typeface.letter(text), scale, small)
        case Space(width=width):
            return Box(Ink(width * scale, 0.0, 0.0))
        case Row():
            return _row(node, scale, small)
        case Scripts():
            return _scripts(node, scale, small)
        case Fraction():
            return _fraction(node, scale, small)
        case Accent():
            return _accent(node, scale, small)
        case Fenced():
            return _fenced(node, scale, small)
        case Root():
            return _root(node, scale, small)
        case Lined():
            return _lined(node, scale, small)
        case Grid():
            return _grid(node, scale, small)


def _letter(letter: Letter, scale: float, small: bool) -> Box:
    if small:
        letter = typeface.glyph(typeface.script(letter.index))
    unit = scale * UNIT
    mark = (Mark(letter.outline, 0.0, 0.0, unit),) if letter.outline.commands else ()
    width = (letter.advance + letter.lean) * unit
    ink = Ink(width, max(letter.top, 0) * unit, max(-letter.bottom, 0) * unit, mark)
    return Box(ink, letter, letter, letter.lean * unit, True)


# ---- rows


def _row(row: Row, scale: float, small: bool) -> Box:
    if len(row.items) == 1:
        return _set(row.items[0], scale, small)
    boxes = [_set(item, scale, small) for item in row.items]
    at, placed = 0.0, []
    for box, gap in zip(boxes, _gaps(row.items, small), strict=True):
        at += gap * scale
        placed.append((box.ink, at, 0.0))
        at += box.ink.width
    ink = overlay(max(at, 0.0), placed)
    if not boxes:
        return Box(ink)
    return Box(ink, boxes[0].first, boxes[-1].last, boxes[-1].lean)


def _gaps(items: tuple[Node, ...], small: bool) -> list[float]:
    """The gap before each item."""
    gaps, before = [], ""
    for kind in kinds(items):
        eighteenths = GAPS[before][COLUMNS[kind]] if before and kind != "space" else 0
        gaps.append((abs(eighteenths) if eighteenths > 0 or not small else 0) / 18)
        before = before if kind == "space" else kind
    return gaps


def kinds(items: tuple[Node, ...]) -> list[str]:
    """The kinds of things in a row, with a + or − that has nothing on one side taken as a sign."""
    found = [item.kind for item in items]
    solid = [i for i, kind in enumerate(found) if kind != "space"]
    before = "open"
    for i in solid:
        if found[i] == "bin" and before in ("bin", "op", "rel", "open", "punct"):
            found[i] = "ord"
        before = found[i]
    after = "close"
    for i in reversed(solid):
        if found[i] == "bin" and after in ("rel", "close", "punct"):
            found[i] = "ord"
        after = found[i]
    return found


# ---- scripts


def _scripts(node: Scripts, scale: float, small: bool) -> Box:
    base = _set(node.base, scale, small)
    size = scale * (typeface.SCRIPT_SCRIPT_SCALE / typeface.SCRIPT_SCALE if small else typeface.SCRIPT_SCALE)
    below = _set(node.below, size, True) if node.below else None
    above = _set(node.above, size, True) if node.above else None
    down, up = _drops(base, below, above, scale)
    parts, width = [(base.ink, 0.0, 0.0)], base.ink.width
    if below:
        x = base.ink.width - base.lean + _kern(base, below, 2, down / scale / UNIT, scale, size)
        parts.append((below.ink, x, down))
        width = max(width, x + below.ink.width + typeface.AFTER_SCRIPT * scale * UNIT)
    if above:
        x = base.ink.width + _kern(base, above, 0, up / scale / UNIT, scale, size)
        parts.append((above.ink, x, -up))
        width = max(width, x + above.ink.width + typeface.AFTER_SCRIPT * scale * UNIT)
    return Box(overlay(width, parts), base.first)


def _drops(base: Box, below: Box | None, above: Box | None, scale: float) -> tuple[float, float]:
    """How far the lower script goes down and the upper one up."""
    em, down, up = scale * UNIT, 0.0, 0.0
    if below:
        drop = 0.0 if base.single else base.ink.descent + typeface.SUBSCRIPT_DROP * em
        down = max(typeface.SUBSCRIPT_DOWN * em, below.ink.ascent - typeface.SUBSCRIPT_TOP * em, drop)
    if above:
        rise = 0.0 if base.single else base.ink.ascent - typeface.SUPERSCRIPT_DROP * em
        up = max(typeface.SUPERSCRIPT_UP * em, above.ink.descent + typeface.SUPERSCRIPT_BOTTOM * em, rise)
    if below and above:
        short = typeface.SCRIPT_GAP * em - (up - above.ink.descent + down - below.ink.ascent)
        down, up = (down + short / 2, up + short / 2) if short > 0 else (down, up)
    return down, up


def _kern(base: Box, part: Box, corner: int, shift: float, scale: float, size: float) -> float:
    """How the font fits a script to the shape of its base; shift in units of the base."""
    if base.last is None or part.first is None or not base.single:
        return 0.0
    one, two, ratio = base.last, part.first, size / scale
    if corner == 0:
        heights, opposite, raised = (shift + two.bottom * ratio, float(one.top)), 3, shift
    else:
        heights, opposite, raised = (two.top * ratio - shift, float(one.bottom)), 1, -shift
    kern = typeface.script_kern
    kerns = [kern(one.index, corner, h) + kern(two.index, opposite, (h - raised) / ratio) * ratio for h in heights]
    return max(kerns) * scale * UNIT


# ---- what is built


def _fraction(node: Fraction, scale: float, small: bool) -> Box:
    size = max(scale * node.scale, min(scale, 0.5))
    ink = fraction(_set(node.top, size, small).ink, _set(node.bottom, size, small).ink, scale)
    side = 0.04 * scale
    return Box(overlay(ink.width + 2 * side, [(ink, side, 0.0)]))


def _accent(node: Accent, scale: float, small: bool) -> Box:
    base, mark = _set(node.base, scale, small), typeface.letter(node.mark)
    unit = scale * UNIT
    middle = base.last.accent * unit if base.single and base.last else (base.ink.width - base.lean) / 2
    lift = max(base.ink.ascent - typeface.ACCENT_BASE * unit, 0.0)
    ink = Ink(0.0, mark.top * unit, 0.0, (Mark(mark.outline, 0.0, 0.0, unit),))
    whole = overlay(base.ink.width, [(base.ink, 0.0, 0.0), (ink, middle - mark.accent * unit, -lift)])
    return replace(base, ink=whole)


def _lined(node: Lined, scale: float, small: bool) -> Box:
    body, gap, rule = _set(node.body, scale, small).ink, 0.12 * scale, RULE * scale
    top = -body.ascent - gap - rule if node.over else body.descent + gap
    line = Ink(body.width, max(-top, 0.0), max(top + rule, 0.0), bars=(Bar(0.0, top, body.width, rule),))
    return Box(overlay(body.width, [(body, 0.0, 0.0), (line, 0.0, 0.0)]))


def _grid(node: Grid, scale: float, small: bool) -> Box:
    cells = [[_set(cell, scale, small).ink for cell in line] for line in node.lines]
    if node.left == "[":
        return Box(matrix(cells, scale))
    body, side = grid(cells, scale, node.align), 0.08 * scale
    return _between(node.left, overlay(body.width + side, [(body, side, 0.0)]), node.right, scale, cover=1.05)


def _fenced(node: Fenced, scale: float, small: bool) -> Box:
    return _between(node.left, _set(node.body, scale, small).ink, node.right, scale, cover=0.9)


def _between(before: str, body: Ink, after: str, scale: float, *, cover: float) -> Box:
    """Fences around something, high enough to cover this much of it."""
    axis = typeface.AXIS * scale * UNIT
    reach = max(body.ascent - axis, body.descent + axis)
    left, right = (_fence(text, 2 * reach * cover, scale) for text in (before, after))
    end = left.width + body.width
    return Box(overlay(end + right.width, [(left, 0.0, 0.0), (body, left.width, 0.0), (right, end, 0.0)]))


def _fence(text: str, height: float, scale: float) -> Ink:
    """A fence at least this high, centred on the axis."""
    if not text:
        return Ink(0.12 * scale, 0.0, 0.0)
    if text in "|‖":
        return _strokes("|‖".index(text) + 1, height, scale)
    unit = scale * UNIT
    fence = _grown(typeface.letter(text), height / unit)
    ink = _letter(fence, scale, False).ink
    return overlay(ink.width, [(ink, 0.0, ((fence.top + fence.bottom) / 2 - typeface.AXIS) * unit)])


def _strokes(count: int, height: float, scale: float) -> Ink:
    """One or two upright lines, for | and ‖, which the font does not draw higher."""
    half, step, rule = max(height / 2, 0.47 * scale), 0.22 * scale, RULE * scale
    axis = typeface.AXIS * scale * UNIT
    bars = tuple(Bar(0.12 * scale + i * step, -axis - half, rule, 2 * half) for i in range(count))
    return Ink(0.24 * scale + rule + (count - 1) * step, axis + half, half - axis, bars=bars)


def _grown(letter: Letter, height: float) -> Letter:
    """The smallest drawing of a sign that is at least this high."""
    for index in (letter.index, *typeface.taller(letter.index)):
        if (grown := typeface.glyph(index)).top - grown.bottom >= height:
            return grown
    raise Unfamiliar("a fence that has to be put together")


def _root(node: Root, scale: float, small: bool) -> Box:
    body, unit = _set(node.body, scale, small).ink, scale * UNIT
    gap, rule = 0.12 * scale, RULE * scale
    sign = _grown(typeface.letter("√"), (max(body.ascent, 0.48 * scale) + body.descent + gap + rule) / unit)
    top = max(body.ascent, 0.48 * scale) + gap + rule
    ink, begin = _letter(sign, scale, False).ink, sign.right * unit
    spare = (sign.top - sign.bottom) * unit - (top + body.descent)
    top += spare / 2
    bar = Ink(0.0, top, 0.0, bars=(Bar(begin - 0.02 * scale, -top, body.width + 0.07 * scale, rule),))
    width = begin + body.width + 0.1 * scale
    return Box(overlay(width, [(ink, 0.0, sign.top * unit - top), (bar, 0.0, 0.0), (body, begin, 0.0)]))
