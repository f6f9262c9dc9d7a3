"""The letters and what the font says about setting them: scripts, accents, fences, kerning.

Lengths are thousandths of an em, heights count upwards from the baseline.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from graphviz_bp.figure.page import Outline
from graphviz_bp.figure.typesetting import fontfile
from graphviz_bp.figure.typesetting.fontfile import covered, i16, i16s, table, u16, u16s

# the font's own constants for mathematics
AXIS = 258
SCRIPT_SCALE, SCRIPT_SCRIPT_SCALE = 0.70, 0.55
SUPERSCRIPT_UP, SUPERSCRIPT_BOTTOM, SUPERSCRIPT_DROP = 360, 120, 230
SUBSCRIPT_DOWN, SUBSCRIPT_TOP, SUBSCRIPT_DROP = 210, 368, 160
SCRIPT_GAP, AFTER_SCRIPT = 150, 40
ACCENT_BASE = 480


@dataclass(frozen=True, slots=True)
class Letter:
    """One glyph of the font with what is needed to set it beside others."""

    index: int
    outline: Outline
    advance: int
    left: int
    bottom: int
    right: int
    top: int
    lean: int  # italic correction: how far the top hangs over to the right
    accent: float  # where the middle of an accent goes


@cache
def letter(character: str) -> Letter:
    """The letter for a character; one that the font lacks is drawn as the font's empty box."""
    return glyph(fontfile.codepoints().get(ord(character), 0))


@cache
def glyph(index: int) -> Letter:
    """The letter with this number in the font."""
    left, bottom, right, top = fontfile.box(index)
    outline = Outline(f"g{index}", fontfile.outline(index))
    lean, accent = _italics().get(index, 0), _accents().get(index, (left + right) / 2)
    return Letter(index, outline, fontfile.advance(index), left, bottom, right, top, lean, accent)


@cache
def script(index: int) -> int:
    """The glyph drawn for small sizes (sturdier strokes), or the same glyph if there is no such drawing."""
    return _script_forms().get(index, index)


@cache
def taller(index: int) -> tuple[int, ...]:
    """Higher drawings of a fence or root sign, from low to high."""
    start = table(b"MATH") + u16(table(b"MATH") + 8)
    growing = covered(start + u16(start + 2))
    if index not in growing:
        return ()
    at = start + u16(start + 10 + 2 * growing.index(index))
    return u16s(at + 4, 2 * u16(at + 2))[::2]


@cache
def _information() -> tuple[int, ...]:
    """Where the font keeps italic corrections, accent positions, extended shapes and script kerns."""
    start = table(b"MATH") + u16(table(b"MATH") + 6)
    return tuple(start + offset for offset in u16s(start, 4))


def _values(at: int) -> dict[int, int]:
    """A table of one number for each glyph it covers."""
    indices = covered(at + u16(at))
    return dict(zip(indices, i16s(at + 4, 2 * len(indices))[::2], strict=True))


@cache
def _italics() -> dict[int, int]:
    return _values(_information()[0])


@cache
def _accents() -> dict[int, int]:
    return _values(_information()[1])


# ---- scripts


@cache
def _script_kerns() -> dict[int, int]:
    """From a glyph to where the kerns of its four corners stand."""
    start = _information()[3]
    return {index: start + 4 + 8 * i for i, index in enumerate(covered(start + u16(start)))}


def script_kern(index: int, corner: int, height: float) -> int:
    """How a script at this height is fitted to a corner: 0 top right, 1 top left, 2 bottom right, 3 bottom left."""
    record = _script_kerns().get(index)
    offset = u16(record + 2 * corner) if record else 0
    if not offset:
        return 0
    at = _information()[3] + offset
    count = u16(at)
    numbers = i16s(at + 2, 2 * (2 * count + 1))[::2]
    return numbers[count + sum(h <= height for h in numbers[:count])]


@cache
def _script_forms() -> dict[int, int]:
    """From a glyph to its drawing for scripts, the font's `ssty` substitutions."""
    forms: dict[int, int] = {}
    for lookup in fontfile.lookups(b"GSUB", b"ssty"):
        for offset in u16s(lookup + 6, u16(lookup + 4)):
            forms.update(_substitutions(u16(lookup), lookup + offset))
    return forms


def _substitutions(kind: int, at: int) -> dict[int, int]:
    """Single substitutions (kind 1, shifted or listed), or the first of several alternates (kind 3)."""
    indices = covered(at + u16(at + 2))
    if kind == 1 and u16(at) == 1:
        return {index: index + i16(at + 4) for index in indices}
    listed = u16s(at + 6, len(indices))
    if kind == 3:
        listed = tuple(u16(at + offset + 2) for offset in listed)
    return dict(zip(indices, listed, strict=True))


# ---- prose


@cache
def kern(left: int, right: int) -> int:
    """How much closer two letters of a word stand, from the font's pair tables."""
    total = 0
    for lookup in _kerning():
        steps = (_pair(lookup + offset, left, right) for offset in u16s(lookup + 6, u16(lookup + 4)))
        total += next((step for step in steps if step is not None), 0)
    return total


@cache
def _kerning() -> list[int]:
    return [lookup for lookup in fontfile.lookups(b"GPOS", b"kern") if u16(lookup) == 2]


@cache
def _firsts(at: int) -> dict[int, int]:
    return {index: i for i, index in enumerate(covered(at + u16(at + 2)))}


def _pair(at: int, left: int, right: int) -> int | None:
    """What one table says: glyph by glyph (kind 1) or class by class (kind 2); None if it does not cover the pair."""
    if left not in _firsts(at) or not u16(at + 4) & 4:
        return None
    ahead = 2 * (u16(at + 4) & 3).bit_count()  # bytes of other numbers that stand before the advance
    record = 2 * (u16(at + 4).bit_count() + u16(at + 6).bit_count())
    if u16(at) == 1:
        pairs = at + u16(at + 10 + 2 * _firsts(at)[left])
        places = (pairs + 2 + (2 + record) * i for i in range(u16(pairs)))
        return next((i16(place + 2 + ahead) for place in places if u16(place) == right), None)
    row, column = _class(at + u16(at + 8), left), _class(at + u16(at + 10), right)
    return i16(at + 16 + record * (row * u16(at + 14) + column) + ahead)


@cache
def _classes(at: int) -> dict[int, int]:
    if u16(at) == 1:
        return {u16(at + 2) + i: kind for i, kind in enumerate(u16s(at + 6, u16(at + 4)))}
    ranges = u16s(at + 4, 3 * u16(at + 2))
    triples = zip(ranges[::3], ranges[1::3], ranges[2::3], strict=True)
    return {index: kind for low, high, kind in triples for index in range(low, high + 1)}


def _class(at: int, index: int) -> int:
    return _classes(at).get(index, 0)
