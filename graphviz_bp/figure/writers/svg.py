"""A page as SVG: plain attributes, every letter defined once, nothing that runs and nothing fetched.

>>> from graphviz_bp.figure.page import Page, Rect
>>> print(svg(Page(40, 20, None, (Rect(5, 5, 30, 10, fill="#1b2733"),), "a box", ""), prefix="a"))
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40pt" height="20pt" \
viewBox="0 0 40 20" role="img" aria-labelledby="a-t"><title id="a-t">a box</title>\
<rect x="5" y="5" width="30" height="10" fill="#1b2733"/></svg>
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from math import isfinite

from graphviz_bp.figure.film import Film
from graphviz_bp.figure.page import Command, Glyph, Group, Item, Number, Outline, Page, Path, Rect, Row

HOLD = "\ue000"  # stands for the prefix until the content that it is made from is known


def svg(page: Page, prefix: str = "") -> str:
    """The page as an SVG text; ids begin with `prefix`, or with a hash of the content so that many fit one notebook."""
    if prefix and not re.fullmatch(r"[A-Za-z][\w-]*", prefix, re.ASCII):
        raise ValueError(f"the prefix {prefix!r} has to be a letter and then letters, digits, _ or -")
    return named(drawing(page, points(page)), prefix)


def named(text: str, prefix: str = "") -> str:
    """The SVG with its prefix filled in."""
    return text.replace(HOLD, prefix or "g" + hashlib.sha256(text.encode()).hexdigest()[:6])


def points(page: Page | Film) -> str:
    """The size in points, as attributes."""
    return f'width="{number(page.width)}pt" height="{number(page.height)}pt"'


def drawing(page: Page, size: str) -> str:
    """The SVG with these attributes for its size, and a private character in place of the prefix."""
    names = numbered(page.items)
    return envelope(page, size, definitions(names) + ground(page) + "".join(drawn(page.items, names)))


def numbered(items: Iterable[Item]) -> dict[Outline, str]:
    """The id of every outline."""
    return {outline: f"{HOLD}{place}" for place, outline in enumerate(outlines(items))}


def envelope(page: Page | Film, size: str, content: str) -> str:
    """What is drawn, with its size around it and its words before it."""
    described = f'<desc id="{HOLD}-d">{escape(page.description)}</desc>' if page.description else ""
    labels = f"{HOLD}-t {HOLD}-d" if described else f"{HOLD}-t"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {size}'
        f' viewBox="0 0 {number(page.width)} {number(page.height)}" role="img" aria-labelledby="{labels}">'
        f'<title id="{HOLD}-t">{escape(page.title)}</title>{described}{content}</svg>'
    )


def number(value: float, places: int = 2) -> str:
    """A coordinate in as few characters as it needs.

    >>> number(0.5), number(-0.001), number(12.0)
    ('.5', '0', '12')
    """
    if not isfinite(value):
        raise ValueError(f"a coordinate is {value}")
    text = f"{value:.{places}f}"
    if places:
        text = text.rstrip("0").rstrip(".")
    if text.startswith(("0.", "-0.")):
        text = text.replace("0.", ".", 1)
    return "0" if text == "-0" else text


def escape(text: str) -> str:
    """Text for an element or an attribute; characters that XML cannot hold become U+FFFD."""
    kept = "".join(c if _allowed(c) else "\ufffd" for c in text)
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _allowed(c: str) -> bool:
    if c in "\t\n" or " " <= c < "\x7f" or "\xa0" <= c < "\ud800":
        return True
    return c > "\udfff" and c not in f"\ufffe\uffff{HOLD}"


def outlines(items: Iterable[Item]) -> dict[Outline, None]:
    """Every outline in the order of its first use."""
    found: dict[Outline, None] = {}
    for item in items:
        if isinstance(item, Glyph):
            found[item.outline] = None
        elif isinstance(item, Row):
            for piece in item.pieces:
                if not isinstance(piece, Number):
                    found.update(outlines(piece[0] if isinstance(piece, tuple) else [piece]))
        elif isinstance(item, Group):
            found.update(outlines(item.items))
    return found


def definitions(names: dict[Outline, str]) -> str:
    """Every outline once, under its name."""
    shapes = (f'<path id="{name}" d="{_letter(outline)}"/>' for outline, name in names.items())
    return f"<defs>{''.join(shapes)}</defs>" if names else ""


def ground(page: Page | Film) -> str:
    """The background, if there is one."""
    if page.background is None:
        return ""
    return f'<rect width="{number(page.width)}" height="{number(page.height)}" fill="{escape(page.background)}"/>'


def drawn(items: tuple[Item, ...], names: dict[Outline, str]) -> Iterator[str]:
    """Letters on one line, of one size and colour, share a group, which halves the file."""
    for line, run in groupby(_spread(items), key=_line):
        if line is not None:
            yield _run([item for item in run if isinstance(item, Glyph)], names)
            continue
        for item in run:
            if isinstance(item, Rect):
                yield _rect(item)
            elif isinstance(item, Path):
                yield _path(item)
            elif isinstance(item, Row):
                yield _row(item, names)
            elif isinstance(item, Group):
                yield f"<g><title>{escape(item.title or '')}</title>{''.join(drawn(item.items, names))}</g>"


def _spread(items: Iterable[Item]) -> Iterator[Item]:
    """The items, those of groups that say nothing among them."""
    for item in items:
        if isinstance(item, Group) and not item.title and not isinstance(item, Row):
            yield from _spread(item.items)
        else:
            yield item


def _row(row: Row, names: dict[Outline, str]) -> str:
    """Pieces for a script to set; the first number waits at the left."""
    where = f'data-x="{number(row.x)}" data-y="{number(row.y)}" data-room="{number(row.room)}"'
    pieces = []
    for piece in row.pieces:
        if isinstance(piece, Row):
            pieces.append(_row(piece, names))
        elif isinstance(piece, Number):
            scale, fill = number(piece.scale, 5), escape(piece.fill)
            pieces.append(f'<g data-of="{escape(piece.source)}" data-scale="{scale}" fill="{fill}"/>')
        else:
            pieces.append(_fixed(*piece, names))
    return f'<g class="row" {where} data-gap="{number(row.gap)}">{"".join(pieces)}</g>'


SIGNS = {"{=}": "=", r"{\approx}": "≈", r"{\cdot}": "·", "{+}": "+", "{-}": "−"}


def _fixed(items: tuple[Item, ...], width: float, names: dict[Outline, str]) -> str:
    """A piece that does not change, or a sign = or ≈, of which the script decides which it is."""
    only = items[0] if len(items) == 1 and isinstance(items[0], Group) else None
    says = SIGNS.get(only.texts[0].text, "") if only and len(only.texts) == 1 else ""
    said = f'data-width="{number(width)}"' + f' data-says="{says}"' * bool(says)
    if only and says in ("=", "≈") and isinstance(glyph := only.items[0], Glyph):
        place = f'data-scale="{number(glyph.scale, 5)}" data-place="{number(glyph.x)} {number(glyph.y)}"'
        return f'<g {said} {place} fill="{escape(glyph.fill)}"></g>'
    return f"<g {said}>{''.join(drawn(items, names))}</g>"


def _line(item: Item) -> tuple[float, float, str] | None:
    return (item.y, item.scale, item.fill) if isinstance(item, Glyph) else None


def _run(glyphs: list[Glyph], names: dict[Outline, str]) -> str:
    first = glyphs[0]
    uses = []
    for glyph in glyphs:
        x = number((glyph.x - first.x) / first.scale, 0)
        uses.append(f'<use xlink:href="#{names[glyph.outline]}"{_unless_zero("x", x)}/>')
    place = f"translate({number(first.x)} {number(first.y)})scale({number(first.scale, 5)})"
    return f'<g fill="{escape(first.fill)}" transform="{place}">{"".join(uses)}</g>'


def _unless_zero(name: str, text: str) -> str:
    return "" if text == "0" else f' {name}="{text}"'


def _rect(rect: Rect) -> str:
    corner = f' rx="{number(rect.radius)}"' if rect.radius else ""
    return (
        f'<rect x="{number(rect.x)}" y="{number(rect.y)}" width="{number(rect.width)}" height="{number(rect.height)}"'
        f"{corner}{_paint(rect.fill, rect.stroke, rect.stroke_width)}/>"
    )


def _path(path: Path) -> str:
    dashes = f' stroke-dasharray="{" ".join(map(number, path.dash))}"' if path.dash else ' stroke-linecap="round"'
    ends = f' stroke-linejoin="round"{dashes}' if path.stroke else ""
    return f'<path d="{_way(path.commands)}"{_paint(path.fill, path.stroke, path.stroke_width)}{ends}/>'


def _paint(fill: str | None, stroke: str | None, width: float) -> str:
    outline = f' stroke="{escape(stroke)}" stroke-width="{number(width)}"' if stroke else ""
    return f' fill="{escape(fill) if fill else "none"}"{outline}'


def _way(commands: Iterable[Command]) -> str:
    return "".join(letter + _joined(map(number, values)) for letter, *values in commands)


@lru_cache(4096)
def _letter(outline: Outline) -> str:
    """A glyph's path in relative steps; a curve that goes on as the last one did needs no control point."""
    parts, at, control, start, last = [], (0.0, 0.0), None, (0.0, 0.0), ""
    for letter, *values in outline.commands:
        points = [(float(x), float(y)) for x, y in zip(values[::2], values[1::2], strict=True)]
        step = letter.lower()
        if letter == "Q":
            if control == (2 * at[0] - points[0][0], 2 * at[1] - points[0][1]):
                step = "t"
            control = points[0]
        else:
            control = None
        shown = points[-1:] if step == "t" else points
        text = _joined(number(v, 1) for x, y in shown for v in (x - at[0], y - at[1]))
        if letter == "L" and 0.0 in (dx := points[0][0] - at[0], dy := points[0][1] - at[1]):
            step, text = ("v", number(dy, 1)) if dx == 0 else ("h", number(dx, 1))
        parts.append(text if step == last and text.startswith("-") else f" {text}" if step == last else step + text)
        last = "" if step in "mz" else step  # a second pair after a move would be a line
        start = points[0] if letter == "M" else start
        at = points[-1] if points else start
    return "".join(parts)


def _joined(values: Iterable[str]) -> str:
    """Numbers side by side; a minus sign separates as well as a blank."""
    text = ""
    for value in values:
        text += value if not text or value.startswith("-") else f" {value}"
    return text
