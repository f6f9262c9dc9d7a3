"""Ink: a label that has been set, knows its size, and can be put together with others.

The baseline is y = 0 and the left edge x = 0; `ascent` reaches up from the baseline, `descent` down. Marks carry
a role ("value", "gradient", "partial", "ink", ...) or none yet; colours come in when the ink is painted on a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from graphviz_bp.figure.page import Glyph, Group, Item, Number, Outline, Rect, Text
from graphviz_bp.figure.page import Row as PageRow

AXIS = 0.26  # of an em above the baseline: where fraction bars, minus signs and arrows lie
RULE = 0.068  # the weight of the minus sign, so that bars match it
BRACKET = 0.08


@dataclass(frozen=True, slots=True)
class Mark:
    """A letter in place."""

    outline: Outline
    x: float
    y: float
    scale: float
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle in place, (x, y) its upper left corner: the bar of a fraction, an edge of a bracket.

    One that is `spelled` belongs to a saying of the same ink.
    """

    x: float
    y: float
    width: float
    height: float
    role: str | None = None
    spelled: bool = False


@dataclass(frozen=True, slots=True)
class Saying:
    """What the marks of a label spell: a formula in LaTeX, or words; for writers that set type themselves."""

    text: str
    formula: bool
    width: float
    x: float = 0.0
    y: float = 0.0
    size: float = 1.0
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """Room for a number that is worked out where the figure is looked at, in type of this size."""

    source: str
    size: float
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Pieces side by side, some of them slots, and so not in their final places; all of them have `room`."""

    x: float
    y: float
    room: float
    gap: float
    pieces: tuple[Ink | Slot | Row, ...]

    def coloured(self, role: str) -> Row:
        """The pieces with this role wherever none was given before."""
        return replace(self, pieces=tuple(
            replace(piece, role=piece.role or role) if isinstance(piece, Slot) else piece.coloured(role)
            for piece in self.pieces
        ))  # fmt: skip

    def scaled(self, by: float) -> Row:
        """The same row `by` times as large."""
        pieces = tuple(replace(p, size=p.size * by) if isinstance(p, Slot) else p.scaled(by) for p in self.pieces)
        return Row(self.x * by, self.y * by, self.room * by, self.gap * by, pieces)


@dataclass(frozen=True, slots=True)
class Ink:
    """A label set and measured, in points; `rows` are what is still to be set, as the numbers in them are live."""

    width: float
    ascent: float
    descent: float
    glyphs: tuple[Mark, ...] = ()
    bars: tuple[Bar, ...] = ()
    sayings: tuple[Saying, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def height(self) -> float:
        """From the highest mark to the lowest."""
        return self.ascent + self.descent

    def coloured(self, role: str) -> Ink:
        """The same ink with this role wherever none was given before."""
        return replace(
            self,
            glyphs=tuple(m if m.role else Mark(m.outline, m.x, m.y, m.scale, role) for m in self.glyphs),
            bars=tuple(b if b.role else replace(b, role=role) for b in self.bars),
            sayings=tuple(s if s.role else replace(s, role=role) for s in self.sayings),
            rows=tuple(row.coloured(role) for row in self.rows),
        )

    def moved(self, dx: float, dy: float) -> Ink:
        """The marks shifted (down is positive); the size stays, so that parts can be overlaid."""
        if not dx and not dy:
            return self
        return Ink(  # written out, for this is done a thousand times a figure
            self.width,
            self.ascent,
            self.descent,
            tuple(Mark(m.outline, m.x + dx, m.y + dy, m.scale, m.role) for m in self.glyphs),
            tuple(Bar(b.x + dx, b.y + dy, b.width, b.height, b.role, b.spelled) for b in self.bars),
            tuple(Saying(s.text, s.formula, s.width, s.x + dx, s.y + dy, s.size, s.role) for s in self.sayings),
            tuple(replace(row, x=row.x + dx, y=row.y + dy) for row in self.rows),
        )

    def scaled(self, by: float) -> Ink:
        """The same ink `by` times as large."""
        return Ink(
            self.width * by,
            self.ascent * by,
            self.descent * by,
            tuple(Mark(m.outline, m.x * by, m.y * by, m.scale * by, m.role) for m in self.glyphs),
            tuple(Bar(b.x * by, b.y * by, b.width * by, b.height * by, b.role, b.spelled) for b in self.bars),
            tuple(replace(s, x=s.x * by, y=s.y * by, width=s.width * by, size=s.size * by) for s in self.sayings),
            tuple(row.scaled(by) for row in self.rows),
        )

    def spelling(self, text: str, *, formula: bool) -> Ink:
        """The same ink, which is all of it this formula or these words."""
        bars = tuple(replace(bar, spelled=True) for bar in self.bars)
        return replace(self, bars=bars, sayings=(Saying(text, formula, self.width),))


def overlay(width: float, parts: Iterable[tuple[Ink, float, float]]) -> Ink:
    """Ink of this width out of parts, each shifted by (dx, dy)."""
    placed = [(part.moved(dx, dy), dy) for part, dx, dy in parts]
    return Ink(
        width,
        max((part.ascent - dy for part, dy in placed), default=0.0),
        max((part.descent + dy for part, dy in placed), default=0.0),
        tuple(mark for part, _ in placed for mark in part.glyphs),
        tuple(bar for part, _ in placed for bar in part.bars),
        tuple(saying for part, _ in placed for saying in part.sayings),
        tuple(row for part, _ in placed for row in part.rows),
    )


def row(pieces: Iterable[Ink], gap: float = 0.0) -> Ink:
    """Pieces side by side on one baseline, `gap` between them."""
    at, placed = 0.0, []
    for piece in pieces:
        placed.append((piece, at, 0.0))
        at += piece.width + gap
    width, inks = max(at - gap, 0.0), [piece for piece, _, _ in placed]
    if not any(ink.rows for ink in inks):
        return overlay(width, placed)
    waiting = Row(0.0, 0.0, width, gap, tuple(map(_piece, inks)))
    return Ink(width, max(ink.ascent for ink in inks), max(ink.descent for ink in inks), rows=(waiting,))


def _piece(ink: Ink) -> Ink | Slot | Row:
    """An ink as a piece of a row: a row in itself, or the one slot that it is."""
    if len(ink.rows) != 1 or ink.glyphs or ink.bars:
        return ink
    (inner,) = ink.rows
    only = inner.pieces[0]
    return only if len(inner.pieces) == 1 and isinstance(only, Slot) else inner


def slot(source: str, like: Ink, size: float) -> Ink:
    """Room for a number of this source, as large as this ink."""
    waiting = Row(0.0, 0.0, like.width, 0.0, (Slot(source, size),))
    return Ink(like.width, like.ascent, like.descent, rows=(waiting,))


def fraction(top: Ink, bottom: Ink, size: float) -> Ink:
    """One over the other in a formula of this size; the bar is wider than both halves and lies on the axis."""
    width = max(top.width, bottom.width) + 0.2 * size
    axis, rule, gap = AXIS * size, RULE * size, 0.17 * size
    bar = Ink(width, axis + rule / 2, 0.0, bars=(Bar(0.0, -axis - rule / 2, width, rule),))
    up, down = axis + rule / 2 + gap + top.descent, bottom.ascent + gap + rule / 2 - axis
    return overlay(
        width,
        [(top, (width - top.width) / 2, -up), (bar, 0.0, 0.0), (bottom, (width - bottom.width) / 2, down)],
    )


def matrix(cells: Sequence[Sequence[Ink]], size: float) -> Ink:
    """Rows of cells between square brackets, right-aligned in their columns, centred on the axis."""
    body = grid(cells, size)
    over, inner = 0.16 * size, (BRACKET + 0.28) * size
    width, low = body.width + 2 * inner, body.descent + over
    left = _bracket(body.height + 2 * over, size)
    right = replace(left, bars=tuple(replace(bar, x=width - bar.x - bar.width) for bar in left.bars))
    return overlay(width, [(left, 0.0, low), (right, 0.0, low), (body, inner, 0.0)])


def grid(cells: Sequence[Sequence[Ink]], size: float, align: str = "right") -> Ink:
    """Rows of cells without brackets, each column flush "right" or "left", centred on the axis."""
    if not cells or not cells[0] or any(len(line) != len(cells[0]) for line in cells):
        raise ValueError("a matrix needs at least one cell and rows of equal length")
    columns = [max(cell.width for cell in column) for column in zip(*cells, strict=True)]
    lines = [_aligned(line, columns, 0.75 * size, align) for line in cells]
    body = stack([replace(line, ascent=max(line.ascent, 0.64 * size)) for line in lines], 0.34 * size)
    return overlay(body.width, [(body, 0.0, (body.ascent - body.descent) / 2 - AXIS * size)])


def _aligned(line: Sequence[Ink], columns: Sequence[float], gap: float, align: str) -> Ink:
    """The cells of one row, each at its side of its column."""
    at, placed = 0.0, []
    for cell, width in zip(line, columns, strict=True):
        placed.append((cell, at + (width - cell.width if align == "right" else 0.0), 0.0))
        at += width + gap
    return overlay(at - gap, placed)


def _bracket(height: float, size: float) -> Ink:
    """A left bracket standing on the baseline, its three edges overlapping at the corners."""
    stroke, foot = BRACKET * size, 0.26 * size
    edges = (
        Bar(0.0, -height, stroke, height),
        Bar(0.0, -height, foot, stroke),
        Bar(0.0, -stroke, foot, stroke),
    )
    return Ink(foot, height, 0.0, bars=edges)


def stack(lines: Sequence[Ink], gap: float, align: str = "left") -> Ink:
    """Lines below one another, `gap` between them, flush "left" or in the "center"; y = 0 is the first baseline."""
    width = max((line.width for line in lines), default=0.0)
    placed, at = [], 0.0
    for above, line in zip([None, *lines], lines, strict=False):
        at += above.descent + gap + line.ascent if above else 0.0
        placed.append((line, (width - line.width) / 2 if align == "center" else 0.0, at))
    return overlay(width, placed)


def paint(ink: Ink, x: float, y: float, colours: Mapping[str, str], default: str) -> tuple[Item, ...]:
    """Page items for ink whose baseline begins at (x, y); marks of no known role take the default colour."""
    free = tuple(_bar(b, x, y, colours.get(b.role or "", default)) for b in ink.bars if not b.spelled)
    marks: tuple[Item, ...] = (
        *(_bar(b, x, y, colours.get(b.role or "", default)) for b in ink.bars if b.spelled),
        *(Glyph(m.outline, x + m.x, y + m.y, m.scale, colours.get(m.role or "", default)) for m in ink.glyphs),
    )
    texts = tuple(
        Text(s.text, s.formula, x + s.x, y + s.y, s.width, s.size, colours.get(s.role or "", default))
        for s in ink.sayings
    )
    rows = (_painted(row, x, y, colours, default) for row in ink.rows)
    return (*free, *([Group(marks, texts=texts)] if texts else marks), *rows)


def _painted(row: Row, x: float, y: float, colours: Mapping[str, str], default: str) -> PageRow:
    pieces: list[tuple[tuple[Item, ...], float] | Number | PageRow] = []
    for piece in row.pieces:
        if isinstance(piece, Slot):
            pieces.append(Number(piece.source, piece.size / 1000, colours.get(piece.role or "", default)))
        elif isinstance(piece, Row):
            pieces.append(_painted(piece, 0.0, 0.0, colours, default))
        else:
            pieces.append((paint(piece, 0.0, 0.0, colours, default), piece.width))
    return PageRow((), x=x + row.x, y=y + row.y, room=row.room, gap=row.gap, pieces=tuple(pieces))


def _bar(bar: Bar, x: float, y: float, fill: str) -> Rect:
    return Rect(x + bar.x, y + bar.y, bar.width, bar.height, fill=fill)
