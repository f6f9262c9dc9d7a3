"""The display list: what stands on a page, in points, y downwards, with nothing left to decide.

Every writer draws the same few things: rectangles, paths, glyph outlines, and groups that carry a title.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

# ("M", x, y) ("L", x, y) ("Q", x1, y1, x, y) ("C", x1, y1, x2, y2, x, y) ("Z",)
Command: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle, its corners rounded by `radius`, filled, stroked or both."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 1.0


@dataclass(frozen=True, slots=True)
class Path:
    """A line or a shape made of commands; joins are round, and so are the ends unless it is dashed."""

    commands: tuple[Command, ...]
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """The shape of a letter in thousandths of an em, baseline at y = 0.

    The name stands for the shape: two outlines are equal when their names are, so a writer can
    define each of them once and use it as often as it occurs.
    """

    name: str
    commands: tuple[Command, ...] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Glyph:
    """An outline set with its origin at (x, y); `scale` is points per unit, so 0.015 for type of 15 points."""

    outline: Outline
    x: float
    y: float
    scale: float
    fill: str


@dataclass(frozen=True, slots=True)
class Text:
    """What glyphs spell: a formula in LaTeX or plain words, baseline beginning at (x, y), of this width and size."""

    text: str
    formula: bool
    x: float
    y: float
    width: float
    size: float
    fill: str


@dataclass(frozen=True, slots=True)
class Group:
    """Items that belong together; the title is what a reader sees on hovering, or hears.

    `texts` say what the items spell, all of them together: a writer that sets type itself may draw those instead.
    """

    items: tuple[Item, ...]
    title: str | None = None
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """A number that the page works out itself: `source` says which; `scale` and `fill` as for its letters."""

    source: str
    scale: float
    fill: str


@dataclass(frozen=True, slots=True)
class Row(Group):
    """A group of no items yet: pieces that the page itself sets side by side from (x, y), `gap` apart.

    A piece is items in their place with their width, or a number, or a row; all stand in the middle of their `room`.
    """

    x: float = 0.0
    y: float = 0.0
    room: float = 0.0
    gap: float = 0.0
    pieces: tuple[tuple[tuple[Item, ...], float] | Number | Row, ...] = ()


Item: TypeAlias = Rect | Path | Glyph | Group


@dataclass(frozen=True, slots=True)
class Page:
    """One picture: its size, its ground (None for transparent), its items from back to front, and its words."""

    width: float
    height: float
    background: str | None
    items: tuple[Item, ...]
    title: str
    description: str
