"""A film as slides: shapes that can be edited, one slide for each frame, its caption in the speaker's notes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from graphviz_bp.errors import InputError
from graphviz_bp.figure.film import Film
from graphviz_bp.figure.writers.colour import digits
from graphviz_bp.figure.writers.shapes import EMU, Sheet
from graphviz_bp.figure.writers.svg import escape
from graphviz_bp.progress import counted

WIDTH, HEIGHT = 960, 540  # of a slide, in points
SIDE, TOP, TITLE, FOOT = 30, 76, 56, 16  # margins, where the figure begins, how high the title is
LARGEST = 1.6  # how far a small figure is enlarged
TITLE_ONLY = 5  # among the layouts of the package's own template
LONG = 160  # letters of a title
TEMPLATE_WIDTH = 9144000
NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)


def pptx(*films: Film) -> bytes:
    """The slides as the bytes of a .pptx file; a film without frames, or a still figure, is one slide."""
    presentation = _presentation(films[0])
    for film in films:
        _add(presentation, film)
    return _settled(presentation)


def _add(presentation: Any, film: Film) -> None:
    """The slides of one film, as large as a slide allows."""
    scale = min((WIDTH - 2 * SIDE) / film.width, (HEIGHT - TOP - FOOT) / film.height, LARGEST)
    top = TOP + max(0.0, (HEIGHT - TOP - FOOT - scale * film.height) / 2)
    sheet = Sheet((WIDTH - scale * film.width) / 2, top, scale)
    parts = [sheet.shapes(part.items) for part in film.parts]  # the same shape has the same number on every slide
    for frame in counted(range(1, len(film.captions) + 1) or [0], "drawing slides"):
        shown = "".join(xml for part, xml in zip(film.parts, parts, strict=True) if part.within(frame))
        said = f"{film.captions[frame - 1]}. {film.known[frame - 1]}" if frame else film.description
        slide = presentation.slides.add_slide(presentation.slide_layouts[TITLE_ONLY])
        _title(slide, film)
        slide.shapes._spTree.append(_figure(shown, said))
        slide.notes_slide.notes_text_frame.text = _clean(film.captions[frame - 1] if frame else film.description)


def required() -> Any:
    """What makes presentations in python-pptx, which is worth asking for before long work."""
    try:
        from pptx import Presentation
    except ImportError:
        remedy = 'pip install python-pptx, or the extra "graphviz_bp[pptx]"'
        raise InputError("slides need the package python-pptx", remedy=remedy) from None
    return Presentation


def _presentation(film: Film) -> Any:
    """An empty one, wide, its template widened with it."""
    presentation: Any = required()()
    presentation.slide_width, presentation.slide_height = WIDTH * EMU, HEIGHT * EMU
    for place in (presentation.slide_master, *presentation.slide_layouts):
        for shape in place.shapes:
            if shape.element.xpath(".//a:xfrm"):
                wider = WIDTH * EMU / TEMPLATE_WIDTH
                shape.left, shape.width = round(shape.left * wider), round(shape.width * wider)
                shape.top, shape.height = (round(v * HEIGHT * EMU / 6858000) for v in (shape.top, shape.height))
    about = presentation.core_properties
    about.title, about.subject = _clean(film.title)[:255], _clean(film.description)[:255]
    about.author = about.last_modified_by = ""
    about.created = about.modified = datetime(2000, 1, 1)
    about.revision = 1
    return presentation


def _title(slide: Any, film: Film) -> None:
    """The title in its placeholder, dark on light ground and light on dark."""
    from lxml import etree

    text = _clean(film.title)
    text = text if len(text) <= LONG else text[: LONG - 1] + "…"
    size = 2600 if len(text) < 60 else 2000 if len(text) < 90 else 1600
    ground = digits(film.background or "#ffffff")
    light = sum(int(ground[i : i + 2], 16) for i in (0, 2, 4)) > 3 * 128
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = (v * EMU for v in (SIDE, FOOT, WIDTH - 2 * SIDE, TITLE))
    body = shape.text_frame._txBody
    for paragraph in body.findall(f"{{{_space('a')}}}p"):
        body.remove(paragraph)
    ink = "1B2733" if light else "FFFFFF"
    body.append(
        etree.fromstring(
            f'<a:p {NAMESPACES}><a:pPr algn="ctr"/><a:r><a:rPr lang="en-US" sz="{size}"><a:solidFill>'
            f'<a:srgbClr val="{ink}"/></a:solidFill></a:rPr><a:t>{escape(text)}</a:t></a:r></a:p>'
        )
    )
    if film.background is not None:
        _ground(slide, ground)


def _space(prefix: str) -> str:
    return dict(item.split("=", 1) for item in NAMESPACES.split())[f"xmlns:{prefix}"].strip('"')


def _ground(slide: Any, six: str) -> None:
    from pptx.dml import color

    rgb: Any = color.RGBColor  # which has no types
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = rgb(*bytes.fromhex(six))


def _figure(shapes: str, said: str) -> Any:
    """All shapes of a slide in one group, which is what a screen reader hears."""
    from pptx.oxml import parse_xml

    box = f'<a:off x="0" y="0"/><a:ext cx="{WIDTH * EMU}" cy="{HEIGHT * EMU}"/>'
    child = box.replace("a:off", "a:chOff").replace("a:ext", "a:chExt")
    return parse_xml(
        f'<p:grpSp {NAMESPACES}><p:nvGrpSpPr><p:cNvPr id="9" name="Figure" descr="{escape(said)}"/><p:cNvGrpSpPr/>'
        f"<p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm>{box}{child}</a:xfrm></p:grpSpPr>{shapes}</p:grpSp>"
    )


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def _settled(presentation: Any) -> bytes:
    """The file with every date in it fixed, so that the same slides give the same bytes."""
    loose, fixed = BytesIO(), BytesIO()
    presentation.save(loose)
    with ZipFile(loose) as before, ZipFile(fixed, "w", ZIP_DEFLATED) as after:
        for name, data in _entries(before):
            after.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, ZIP_DEFLATED)
    return fixed.getvalue()


def _entries(archive: ZipFile) -> Iterator[tuple[str, bytes]]:
    return ((entry.filename, archive.read(entry)) for entry in archive.infolist())
