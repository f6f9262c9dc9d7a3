"""A TrueType font read byte by byte: where its tables are, and the outline of a glyph.

Opening a whole font takes a tenth of a second; a figure needs some fifty letters, so only they are decoded.
"""

from __future__ import annotations

import struct
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from graphviz_bp.figure.page import Command

Point: TypeAlias = tuple[float, float, bool]  # x, y, on the curve
Contour: TypeAlias = list[Point]


@cache
def content() -> bytes:
    """The font file: STIX Two Math, as it comes with ziamath."""
    package = find_spec("ziamath")  # finds the folder without importing it
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("the letters come with ziamath, which is not installed")
    return (Path(package.submodule_search_locations[0]) / "fonts" / "STIXTwoMath-Regular.ttf").read_bytes()


def u16s(at: int, count: int) -> tuple[int, ...]:
    """Unsigned numbers of two bytes."""
    return struct.unpack_from(f">{count}H", content(), at)


def i16s(at: int, count: int) -> tuple[int, ...]:
    """Signed numbers of two bytes."""
    return struct.unpack_from(f">{count}h", content(), at)


def u32s(at: int, count: int) -> tuple[int, ...]:
    """Unsigned numbers of four bytes."""
    return struct.unpack_from(f">{count}I", content(), at)


def u16(at: int) -> int:
    """One unsigned number of two bytes."""
    return u16s(at, 1)[0]


def i16(at: int) -> int:
    """One signed number of two bytes."""
    return i16s(at, 1)[0]


def u32(at: int) -> int:
    """One unsigned number of four bytes."""
    return u32s(at, 1)[0]


@cache
def table(tag: bytes) -> int:
    """Where a table begins."""
    records = range(12, 12 + 16 * u16(4), 16)
    return next(u32(at + 8) for at in records if content()[at : at + 4] == tag)


@cache
def codepoints() -> dict[int, int]:
    """From character codes to glyph numbers."""
    start = table(b"cmap")
    parts = [start + u32(start + 8 + 8 * i) for i in range(u16(start + 2))]
    full = next(part for part in parts if u16(part) == 12)  # the format that holds all of Unicode
    groups = u32s(full + 16, 3 * u32(full + 12))
    return {
        code: first + code - low
        for low, high, first in zip(groups[::3], groups[1::3], groups[2::3], strict=True)
        for code in range(low, high + 1)
    }


def covered(at: int) -> list[int]:
    """The glyph numbers that a coverage table lists, in its order."""
    kind, count = u16s(at, 2)
    if kind == 1:
        return list(u16s(at + 4, count))
    ranges = u16s(at + 4, 3 * count)
    return [i for low, high in zip(ranges[::3], ranges[1::3], strict=True) for i in range(low, high + 1)]


def lookups(tag: bytes, feature: bytes) -> list[int]:
    """Where the lookups of a feature stand in the GSUB or GPOS table, each once."""
    start = table(tag)
    features, listed = start + u16(start + 6), start + u16(start + 8)
    records = [features + 2 + 6 * i for i in range(u16(features))]
    chosen = [features + u16(at + 4) for at in records if content()[at : at + 4] == feature]
    numbers = {number: None for at in chosen for number in u16s(at + 4, u16(at + 2))}
    return [listed + u16(listed + 2 + 2 * number) for number in numbers]


# ---- glyphs


def advance(index: int) -> int:
    """How far a glyph moves the pen."""
    return u16(table(b"hmtx") + 4 * min(index, u16(table(b"hhea") + 34) - 1))


def box(index: int) -> tuple[int, int, int, int]:
    """Left, bottom, right and top of a glyph."""
    begin, end = _place(index)
    if begin == end:
        return (0, 0, 0, 0)
    left, bottom, right, top = i16s(begin + 2, 4)
    return left, bottom, right, top


def outline(index: int) -> tuple[Command, ...]:
    """The contours of a glyph as closed paths, y downwards."""
    return tuple(command for contour in _contours(index) for command in _commands(contour))


def _place(index: int) -> tuple[int, int]:
    """Where a glyph begins and ends in the file."""
    loca, glyf = table(b"loca"), table(b"glyf")
    long = u16(table(b"head") + 50)
    begin, end = u32s(loca + 4 * index, 2) if long else (2 * half for half in u16s(loca + 2 * index, 2))
    return glyf + begin, glyf + end


def _contours(index: int) -> list[Contour]:
    begin, end = _place(index)
    if begin == end:
        return []
    count = i16(begin)
    return _drawn(begin + 10, count) if count >= 0 else _put_together(begin + 10)


def _drawn(at: int, count: int) -> list[Contour]:
    """The contours of a glyph that has its own: flags, then steps in x, then steps in y."""
    font, ends = content(), u16s(at, count)
    at += 2 * count
    at += 2 + u16(at)  # the hinting program is of no use here
    flags: list[int] = []
    while len(flags) <= ends[-1]:
        repeated = bool(font[at] & 8)
        flags += [font[at]] * (font[at + 1] + 1 if repeated else 1)
        at += 2 if repeated else 1
    xs, at = _steps(flags, at, short=2, same=16)
    ys, at = _steps(flags, at, short=4, same=32)
    points = [(float(x), float(y), bool(flag & 1)) for x, y, flag in zip(xs, ys, flags, strict=True)]
    return [points[a + 1 : b + 1] for a, b in pairwise((-1, *ends))]


def _steps(flags: list[int], at: int, *, short: int, same: int) -> tuple[list[int], int]:
    """One coordinate of every point, summed up from steps of one byte, two bytes or none."""
    font, value, values = content(), 0, []
    for flag in flags:
        if flag & short:
            value += font[at] if flag & same else -font[at]
            at += 1
        elif not flag & same:
            value += i16(at)
            at += 2
        values.append(value)
    return values, at


def _put_together(at: int) -> list[Contour]:
    """The contours of a glyph made of other glyphs, each shifted and perhaps scaled."""
    contours: list[Contour] = []
    more = True
    while more:
        flags, part = u16s(at, 2)
        dx, dy = i16s(at + 4, 2) if flags & 1 else struct.unpack_from(">2b", content(), at + 4)
        at += 8 if flags & 1 else 6
        count = 1 if flags & 8 else 2 if flags & 0x40 else 4 if flags & 0x80 else 0
        a, b, c, d = _transform([number / 16384 for number in i16s(at, count)])
        contours += [[(a * x + c * y + dx, b * x + d * y + dy, on) for x, y, on in one] for one in _contours(part)]
        at, more = at + 2 * count, bool(flags & 0x20)
    return contours


def _transform(numbers: list[float]) -> tuple[float, float, float, float]:
    match numbers:
        case [scale]:
            return scale, 0, 0, scale
        case [x, y]:
            return x, 0, 0, y
        case [a, b, c, d]:
            return a, b, c, d
        case _:
            return 1, 0, 0, 1


def _commands(contour: Contour) -> list[Command]:
    """One closed contour; between two control points a point on the curve is understood, half way."""
    full: Contour = []
    for before, point in zip(contour[-1:] + contour[:-1], contour, strict=True):
        if not before[2] and not point[2]:
            full.append(((before[0] + point[0]) / 2, (before[1] + point[1]) / 2, True))
        full.append(point)
    first = next(i for i, point in enumerate(full) if point[2])
    full = [*full[first:], *full[: first + 1]]
    commands: list[Command] = [("M", full[0][0], -full[0][1])]
    for before, (x, y, on) in pairwise(full):
        if on and before[2]:
            commands.append(("L", x, -y))
        elif on:
            commands.append(("Q", before[0], -before[1], x, -y))
    return [*commands, ("Z",)]
