"""Pages as PDF, one sheet for each, drawn by reportlab; the same pages give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from graphviz_bp.figure.page import Command, Glyph, Group, Item, Outline, Page, Path, Rect
from graphviz_bp.progress import counted

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas


def pdf(pages: Sequence[Page], *, title: str = "", subject: str = "", outline: Sequence[str] = ()) -> bytes:
    """One or more pages as PDF bytes, each sheet as large as its picture; `outline` names them."""
    if not pages:
        raise ValueError("a PDF needs at least one page")
    from reportlab.pdfgen.canvas import Canvas

    file = BytesIO()
    canvas = Canvas(file, pageCompression=1, invariant=1)
    canvas.setTitle(_plain(title or pages[0].title))
    canvas.setSubject(_plain(subject or pages[0].description))
    canvas.setAuthor("")
    canvas.setCreator("graphviz_bp")
    forms: dict[Outline, str] = {}
    for place, page in enumerate(counted(pages, "drawing pages")):
        _define(canvas, page.items, forms)
        if place < len(outline):
            canvas.bookmarkPage(f"p{place}")
            canvas.addOutlineEntry(_plain(outline[place]), f"p{place}")
        _sheet(canvas, page, forms)
    canvas.save()
    return file.getvalue()


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def _sheet(canvas: Canvas, page: Page, forms: dict[Outline, str]) -> None:
    canvas.setPageSize((page.width, page.height))
    canvas.transform(1, 0, 0, -1, 0, page.height)  # the page's y runs downwards, as ours does
    canvas.setLineJoin(1)
    if page.background is not None:
        _item(canvas, Rect(0, 0, page.width, page.height, fill=page.background), forms)
    for item in page.items:
        _item(canvas, item, forms)
    canvas.showPage()


def _define(canvas: Canvas, items: Iterable[Item], forms: dict[Outline, str]) -> None:
    """Every outline not met before as a form, which the pages then use as often as they like."""
    for item in items:
        if isinstance(item, Group):
            _define(canvas, item.items, forms)
        elif isinstance(item, Glyph) and item.outline not in forms:
            forms[item.outline] = name = f"g{len(forms)}"
            left, top, right, bottom = _reach(item.outline.commands)
            canvas.beginForm(name, left, top, right, bottom)
            canvas.drawPath(_path(canvas, item.outline.commands, places=0), stroke=0, fill=1, fillMode=1)
            canvas.endForm()


def _reach(commands: Iterable[Command]) -> tuple[float, float, float, float]:
    numbers = [[float(v) for v in values] for _, *values in commands]
    xs, ys = ([v for some in numbers for v in some[i::2]] or [0.0] for i in (0, 1))
    return min(xs) - 10, min(ys) - 10, max(xs) + 10, max(ys) + 10  # a viewer may cut at the very edge


def _item(canvas: Canvas, item: Item, forms: dict[Outline, str]) -> None:
    match item:
        case Group(items=items):
            for inner in items:
                _item(canvas, inner, forms)
        case Glyph():
            canvas.saveState()
            canvas.setFillColor(_colour(item.fill))
            canvas.transform(item.scale, 0, 0, item.scale, item.x, item.y)
            canvas.doForm(forms[item.outline])
            canvas.restoreState()
        case Rect():
            _ink(canvas, item)
            shape = (item.x, item.y, item.width, item.height)
            painted = {"stroke": int(item.stroke is not None), "fill": int(item.fill is not None)}
            if item.radius:
                canvas.roundRect(*shape, min(item.radius, item.width / 2, item.height / 2), **painted)
            else:
                canvas.rect(*shape, **painted)
        case Path():
            _ink(canvas, item)
            canvas.setLineCap(0 if item.dash else 1)
            canvas.setDash(list(item.dash))
            outline = _path(canvas, item.commands)
            canvas.drawPath(outline, stroke=int(item.stroke is not None), fill=int(item.fill is not None))
            canvas.setDash([])


def _ink(canvas: Canvas, shape: Rect | Path) -> None:
    if shape.fill is not None:
        canvas.setFillColor(_colour(shape.fill))
    if shape.stroke is not None:
        canvas.setStrokeColor(_colour(shape.stroke))
        canvas.setLineWidth(shape.stroke_width)


def _colour(text: str) -> Any:
    from reportlab.lib.colors import toColor

    if text.startswith("#") and len(text) == 4:
        text = "#" + "".join(2 * digit for digit in text[1:])
    return toColor(text)


def _path(canvas: Canvas, commands: Iterable[Command], places: int = 2) -> Any:
    """A reportlab path; PDF knows only cubic curves, so quadratic ones are raised."""
    path = canvas.beginPath()
    at = (0.0, 0.0)
    for letter, *values in commands:
        numbers = [float(v) for v in values]
        curve = _raised(at, numbers) if letter == "Q" else numbers
        rounded = [round(v, places) for v in curve]
        if letter == "M":
            path.moveTo(*rounded)
        elif letter == "L":
            path.lineTo(*rounded)
        elif letter in ("Q", "C"):
            path.curveTo(*rounded)
        else:
            path.close()
        at = (numbers[-2], numbers[-1]) if numbers else at
    return path


def _raised(at: tuple[float, float], numbers: list[float]) -> list[float]:
    """The cubic curve that runs where the quadratic one does."""
    (x0, y0), (x1, y1, x, y) = at, numbers
    return [x0 + 2 * (x1 - x0) / 3, y0 + 2 * (y1 - y0) / 3, x + 2 * (x1 - x) / 3, y + 2 * (y1 - y) / 3, x, y]
