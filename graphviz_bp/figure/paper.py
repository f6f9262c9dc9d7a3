"""A figure on paper: made as wide as asked in any format, with a word where its type gets too small to read."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import ceil
from typing import Any

from graphviz_bp.errors import InputError
from graphviz_bp.figure.drawing import Drawing
from graphviz_bp.figure.film import Film
from graphviz_bp.figure.page import Glyph, Group, Item, Number, Page, Path, Rect, Row
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.typeface import SCRIPT_SCALE, SCRIPT_SCRIPT_SCALE

UNITS = {"pt": 1.0, "px": 72 / 96, "mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0}
WIDEST = 14_400.0  # points: what a sheet of PDF can measure
READABLE = 9.0  # points: type smaller than this is not read from paper with ease
DPI, SCREEN = 144.0, 96.0  # pixels to the inch of a PNG; on a screen, where a pixel is a unit of length
SCRIPTS = (SCRIPT_SCALE, SCRIPT_SCRIPT_SCALE)  # what scripts measure beside the letters they belong to


def width_in_points(width: str | float) -> float:
    """A width as in "12cm", "120mm", "5in", "340pt", "800px"; a bare number is points.

    >>> round(width_in_points("12cm"), 2), width_in_points("800px")
    (340.16, 600.0)
    """
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([a-z]*)\s*", str(width))
    if not found or (found[2] or "pt") not in UNITS:
        raise InputError(f"{str(width)[:40]!r} is not a width", remedy=f'write it as "12cm", in {", ".join(UNITS)}')
    points = float(found[1]) * UNITS[found[2] or "pt"]
    if not 1 <= points <= WIDEST:
        raise InputError(f"a width of {width} cannot be drawn", remedy="use one between 1pt and 14400pt")
    return points


def resolution(width: str | float | None) -> float:
    """Pixels to the inch unless they are asked: a width in pixels means the pixels of a screen."""
    return SCREEN if str(width).strip().endswith("px") else DPI


def sized(drawing: Drawing, width: float) -> Drawing:
    """The drawing with its page, and its film, so many points wide."""

    def film(order: str, theme: Theme) -> Film:
        made = drawing.film(order, theme)
        by = width / made.width
        parts = tuple(replace(part, items=tuple(scaled(item, by) for item in part.items)) for part in made.parts)
        return replace(made, width=width, height=made.height * by, parts=parts)

    def page(theme: Theme) -> Page:
        made = drawing.page(theme)
        by = width / made.width
        items = tuple(scaled(item, by) for item in made.items)
        return replace(made, width=width, height=made.height * by, items=items)

    return replace(drawing, page=page, film=film)


def scaled(item: Item, by: float) -> Item:
    """An item with all its lengths `by` times as long."""
    match item:
        case Row(x=x, y=y, room=room, gap=gap, pieces=pieces):
            wider = tuple(_scaled_piece(piece, by) for piece in pieces)
            return replace(item, x=x * by, y=y * by, room=room * by, gap=gap * by, pieces=wider)
        case Group(items=items, texts=texts):
            larger = tuple(replace(t, x=t.x * by, y=t.y * by, width=t.width * by, size=t.size * by) for t in texts)
            return replace(item, items=tuple(scaled(inner, by) for inner in items), texts=larger)
        case Glyph(x=x, y=y, scale=scale):
            return replace(item, x=x * by, y=y * by, scale=scale * by)
        case Rect(x=x, y=y, width=width, height=height, radius=radius, stroke_width=stroke):
            return replace(item, x=x * by, y=y * by, width=width * by, height=height * by, radius=radius * by,
                           stroke_width=stroke * by)  # fmt: skip
        case Path(commands=commands, stroke_width=stroke, dash=dash):
            longer = tuple((verb, *(float(n) * by for n in numbers)) for verb, *numbers in commands)
            return replace(item, commands=longer, stroke_width=stroke * by, dash=tuple(d * by for d in dash))


def _scaled_piece(piece: Any, by: float) -> Any:
    match piece:
        case Number(scale=scale):
            return replace(piece, scale=scale * by)
        case Row():
            return scaled(piece, by)
        case (items, width):
            return tuple(scaled(item, by) for item in items), width * by


def warn_if_small(page: Page, asked: str | float) -> None:
    """Say it where type on the page gets smaller than is read with ease, and at which width it would not."""
    size = smallest_type(page)
    if size is not None and size < READABLE - 0.05:
        unit = (re.findall(r"[a-z]+", str(asked)) or ["pt"])[0]
        places = 1 if unit in ("cm", "in") else 0
        enough = f"{ceil(page.width * READABLE / size / UNITS[unit] * 10**places) / 10**places:g}{unit}"
        warnings.warn(
            f"the smallest type of this figure is {size:.1f} pt at a width of {asked}; "
            f'make it {enough} wide, or show less, as with show=["values", "gradients"]',
            stacklevel=4,
        )


def smallest_type(page: Page) -> float | None:
    """The size in points of the smallest label, whose scripts may be smaller; None where there are no letters."""
    sizes = sorted({round(1000 * scale, 2) for scale in _letters(page.items)})
    return next((s for s in sizes if not any(abs(s - part * t) < 0.01 * s for t in sizes for part in SCRIPTS)), None)


def _letters(items: Iterable[Item]) -> Iterator[float]:
    for item in items:
        if isinstance(item, Glyph):
            yield item.scale
        elif isinstance(item, Group):
            yield from _letters(item.items)
