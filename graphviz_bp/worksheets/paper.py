"""Worksheets on paper: A4 sheets with the task, the figure as large as it goes, and under it the answers or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..derivation.chain import Chain
from ..derivation.worked import chain_line
from ..figure.page import Glyph, Group, Item, Page, Path, Rect
from ..figure.paper import scaled
from ..figure.typesetting.equations import ink, number_ink, pieces_ink, sign
from ..figure.typesetting.ink import Ink, paint, row
from ..figure.typesetting.typeset import words
from ..figure.writers.pdf import pdf as written

if TYPE_CHECKING:
    from ..figure import Figure
    from .sheet import Worksheet

WIDE, NARROW, MARGIN = 841.89, 595.28, 48.0  # A4, in points
TITLE, TEXT, LINE, BETWEEN = 20.0, 12.0, 13.0, 34.0
LARGEST = 1.25  # no figure is made larger than this
INK = "#1b2733"


@dataclass(slots=True)
class _Sheet:
    """A sheet that is being filled from the top."""

    width: float
    height: float
    items: list[Item]
    y: float = MARGIN

    @property
    def room(self) -> float:
        return self.height - MARGIN - self.y

    def put(self, line: Ink, gap: float, x: float = MARGIN) -> None:
        """A line of ink below what is there."""
        self.y += line.ascent
        self.items += paint(line, x, self.y, {}, INK)
        self.y += line.descent + gap


def pdf(sheet: Worksheet, figure: Figure, title: str, solved: bool) -> bytes:
    """The question on one sheet; the key with the chain rule of every gradient, on as many as it takes."""
    picture = figure.page
    upright = picture.height > picture.width
    width, height = (NARROW, WIDE) if upright else (WIDE, NARROW)
    sheets = [_first(sheet, figure, title, width, height, solved)]
    room = width - 2 * MARGIN
    for line in [*_rows(_numbers(sheet), room), *(_fitted(line, room) for line in _chains(sheet))] if solved else []:
        if sheets[-1].room < line.height:
            sheets.append(_Sheet(width, height, []))
        sheets[-1].put(line, 12.0)
    pages = [Page(s.width, s.height, "#ffffff", tuple(s.items), title, picture.description) for s in sheets]
    return written(pages, title=title, subject=picture.description)


def _first(sheet: Worksheet, figure: Figure, title: str, width: float, height: float, solved: bool) -> _Sheet:
    """The title, the task, and the figure as large as the sheet lets it be."""
    made, room = _Sheet(width, height, []), width - 2 * MARGIN
    made.put(_fitted(words(title, TITLE), room), 10.0)
    if not solved:
        name = words("Name", TEXT)
        made.items += paint(name, width - MARGIN - 220, MARGIN + TITLE * 0.7, {}, INK)
        start, base = width - MARGIN - 220 + name.width + 6, MARGIN + TITLE * 0.7 + 2
        made.items.append(Path((("M", start, base), ("L", width - MARGIN, base)), stroke=INK, stroke_width=0.7))
    for line in _lines(sheet.task, room):
        made.put(line, 3.0)
    made.y += 14.0
    page = figure.page
    by = min(room / page.width, made.room / page.height, LARGEST)
    moved = tuple(scaled(item, by) for item in page.items)
    made.items += [shifted(item, (width - by * page.width) / 2, made.y) for item in moved]
    made.y += by * page.height + 18.0
    return made


def shifted(item: Item, dx: float, dy: float) -> Item:
    """An item moved right and down."""
    match item:
        case Group(items=items):
            return replace(item, items=tuple(shifted(inner, dx, dy) for inner in items))
        case Path(commands=commands):
            placed = ((verb, *(n + (dx, dy)[i % 2] for i, n in enumerate(numbers))) for verb, *numbers in commands)
            return replace(item, commands=tuple(placed))
        case Glyph(x=x, y=y) | Rect(x=x, y=y):
            return replace(item, x=x + dx, y=y + dy)


def _lines(sentences: Sequence[str], room: float) -> Iterator[Ink]:
    """Sentences set one after the other, broken between them."""
    line = ""
    for sentence in sentences:
        longer = f"{line} {sentence}".strip()
        if line and words(longer, TEXT).width > room:
            yield words(line, TEXT)
            longer = sentence
        line = longer
    yield words(line, TEXT)


def _numbers(sheet: Worksheet) -> Iterator[Ink]:
    """The values and local partials that are asked for."""
    for blank in sheet.blanks:
        if blank.kind != "gradients":
            relation = sign("=" if blank.number.true else "≈", LINE)
            yield row([ink(blank.symbol, LINE), relation, number_ink(blank.number, LINE)], 0.27 * LINE)


def _chains(sheet: Worksheet) -> Iterator[Ink]:
    """The chain rule of every gradient that is asked for."""
    chain = Chain(sheet.run)
    for blank in sheet.blanks:
        if blank.kind == "gradients":
            left, parts = chain_line(chain, blank.of[0])
            pieces = [pieces_ink((left,), LINE)]
            for relation, right in parts:
                pieces += [sign(relation, LINE), pieces_ink(right, LINE)]
            yield row(pieces, 0.27 * LINE)


def _rows(pieces: Iterator[Ink], room: float) -> Iterator[Ink]:
    """Pieces side by side, as many as a line holds."""
    line = list[Ink]()
    for piece in pieces:
        if line and row([*line, piece], BETWEEN).width > room:
            yield row(line, BETWEEN)
            line = []
        line.append(piece)
    if line:
        yield row(line, BETWEEN)


def _fitted(line: Ink, room: float) -> Ink:
    return line.scaled(room / line.width) if line.width > room else line
