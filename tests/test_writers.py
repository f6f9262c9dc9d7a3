"""Writers: the same page in every format, the same bytes each time, and nothing in it that runs."""

import io
import re
import shutil
import subprocess
from pathlib import Path as FilePath
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader

from graphviz_bp.figure.page import Glyph, Group, Item, Outline, Page, Path, Rect
from graphviz_bp.figure.typesetting.typeset import formula, matrix, paint, row, words
from graphviz_bp.figure.writers import WRITERS
from graphviz_bp.figure.writers.pdf import pdf
from graphviz_bp.figure.writers.png import png
from graphviz_bp.figure.writers.svg import svg

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"
HOSTILE = "</title><script>alert(1)</script>\x00\ud800 ]]> & \" ' \ue000 \ufffe"


def page(title: str = "z = v·w", width: float = 240, items: tuple[Item, ...] = ()) -> Page:
    cells = [[formula(text, 12) for text in line] for line in (("0.8", "-1.25"), ("3", "-0.731"))]
    label = row([formula(r"\frac{\partial z}{\partial v}", 12.5), formula("= 30", 12.5)], gap=3).coloured("gradient")
    drawn = (
        Group((Rect(20, 20, 90, 50, radius=10, fill="#ffffff", stroke="#33475b", stroke_width=1.3),), title),
        *paint(label, 30, 50, {"gradient": "#b34700"}, "#1b2733"),
        Path((("M", 120, 40), ("C", 150, 40, 150, 80, 180, 80)), stroke="#d55e00", stroke_width=1.3, dash=(4.5, 2.8)),
        Path((("M", 190, 80), ("L", 181, 77), ("Q", 183, 80, 181, 83), ("Z",)), fill="#d55e00"),
        *paint(matrix(cells, 12), 140, 40, {}, "#00568a"),
        *paint(words("the chain rule", 12), 20, 100, {}, "#52606d"),
    )
    return Page(width, 120.5, "#ffffff", drawn + items, title, "a small computation graph")


def many_labels() -> Page:
    texts = [rf"w_{{{i}}} = {i}.731" for i in range(20)] + [
        rf"\frac{{\partial z}}{{\partial w_{{{i}}}}}" for i in range(20)
    ]
    items = [
        item for i, text in enumerate(texts) for item in paint(formula(text, 12.5), 10, 10 + 20 * i, {}, "#1b2733")
    ]
    return Page(200, 820, None, tuple(items), "labels", "")


# ---- SVG


def test_svg_parses_and_has_its_size_in_points() -> None:
    root = ElementTree.fromstring(svg(page()))
    assert root.tag == f"{SVG}svg"
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("240pt", "120.5pt", "0 0 240 120.5")


def test_svg_says_in_words_what_it_shows() -> None:
    root = ElementTree.fromstring(svg(page()))
    spoken = {element.get("id"): element.text for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")}
    assert root.get("role") == "img"
    assert [spoken[name] for name in root.get("aria-labelledby", "").split()] == [
        "z = v·w",
        "a small computation graph",
    ]


def test_svg_uses_only_plain_drawing_elements_and_its_own_outlines() -> None:
    root = ElementTree.fromstring(svg(page()))
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {"svg", "title", "desc", "defs", "path", "rect", "g", "use"}
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    uses = [element.get(XLINK, "") for element in root.iter(f"{SVG}use")]
    assert uses
    assert all(target.startswith("#") and target[1:] in ids for target in uses)
    assert not any(name.startswith("on") or name in ("style", "class") for e in root.iter() for name in e.attrib)


def test_svg_defines_every_outline_once() -> None:
    root = ElementTree.fromstring(svg(many_labels()))
    shapes = [element.get("d") for element in root.iter(f"{SVG}path")]
    assert len(shapes) == len(set(shapes)) < 40


@pytest.mark.parametrize("write", [svg, png, lambda p: pdf([p])], ids=["svg", "png", "pdf"])
def test_the_same_page_gives_the_same_bytes(write) -> None:
    assert write(page()) == write(page())


def test_two_figures_in_one_notebook_have_different_ids() -> None:
    one, two = (set(re.findall(r'id="([^"]+)"', svg(page(title)))) for title in ("a", "b"))
    assert not one & two


def test_a_prefix_that_is_asked_for_is_used() -> None:
    assert all(name.startswith("left") for name in re.findall(r'id="([^"]+)"', svg(page(), prefix="left")))


def test_a_prefix_cannot_break_out_of_its_attribute() -> None:
    with pytest.raises(ValueError, match="prefix"):
        svg(page(), prefix='"><script>')


def test_hostile_titles_come_out_as_text() -> None:
    group = Group((Rect(0, 0, 1, 1),), HOSTILE)
    root = ElementTree.fromstring(svg(page(HOSTILE, items=(group,))))
    shown = "</title><script>alert(1)</script>\ufffd\ufffd ]]> & \" ' \ufffd \ufffd"
    assert [e.text for e in root.iter(f"{SVG}title")] == [shown] * 3
    assert not list(root.iter(f"{SVG}script"))


def test_a_hostile_colour_stays_inside_its_attribute() -> None:
    root = ElementTree.fromstring(svg(page(items=(Rect(0, 0, 1, 1, fill='red"/><script>'),))))
    assert not list(root.iter(f"{SVG}script"))


def test_groups_carry_their_titles() -> None:
    root = ElementTree.fromstring(svg(page("one step")))
    (group,) = (g for g in root.iter(f"{SVG}g") if g.find(f"{SVG}title") is not None)
    assert group.findtext(f"{SVG}title") == "one step"


def test_forty_labels_fit_in_forty_kilobytes() -> None:
    assert len(svg(many_labels()).encode()) < 40_000


def test_a_coordinate_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="nan"):
        svg(page(items=(Rect(float("nan"), 0, 1, 1, fill="#000000"),)))


def test_an_outline_keeps_its_shape_in_the_short_spelling() -> None:
    """Relative steps and reflected control points draw the same picture as spelling every curve out."""
    (mark,) = formula("8", 1).glyphs
    spelt = Path(tuple((c[0], *(50 + 0.1 * v for v in c[1:])) for c in mark.outline.commands), fill="#000000")
    short = Glyph(mark.outline, 50, 50, 0.1, "#000000")
    one, two = (Page(120, 100, "#ffffff", (item,), "", "") for item in (spelt, short))
    assert difference(png(one), png(two)) < 0.001


# ---- PNG


@pytest.mark.parametrize(("scale", "size"), [(1, (240, 121)), (2, (480, 241)), (3.5, (840, 422))])
def test_png_has_scale_pixels_to_the_point(scale: float, size: tuple[int, int]) -> None:
    assert Image.open(io.BytesIO(png(page(), scale))).size == size


def test_png_is_filled_to_its_last_pixel() -> None:
    drawn = Image.open(io.BytesIO(png(page(), 3.5)))
    assert drawn.getpixel((drawn.width - 1, drawn.height - 1)) == (255, 255, 255, 255)


def test_a_page_without_ground_is_transparent() -> None:
    assert Image.open(io.BytesIO(png(many_labels()))).getpixel((0, 0)) == (0, 0, 0, 0)


# ---- PDF


def test_pdf_has_one_sheet_for_each_page_in_its_size() -> None:
    reader = PdfReader(io.BytesIO(pdf([page(), page(width=300), many_labels()])))
    sizes = [(float(sheet.mediabox.width), float(sheet.mediabox.height)) for sheet in reader.pages]
    assert sizes == [(240, 120.5), (300, 120.5), (200, 820)]


def test_pdf_carries_title_and_subject() -> None:
    information = PdfReader(io.BytesIO(pdf([page("z = v·w")]))).metadata
    assert information is not None
    assert (information.title, information.subject) == ("z = v·w", "a small computation graph")


def test_pdf_survives_a_hostile_title() -> None:
    assert len(PdfReader(io.BytesIO(pdf([page(HOSTILE)]))).pages) == 1


def test_pages_of_one_pdf_share_their_letters() -> None:
    assert len(pdf([page()] * 8)) < 2 * len(pdf([page()]))


def test_a_pdf_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one page"):
        pdf([])


# ---- all of them


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_every_ending_has_its_writer(ending: str, start: bytes) -> None:
    assert WRITERS[ending](page()).startswith(start)


def test_an_empty_page_can_be_written() -> None:
    for write in WRITERS.values():
        assert write(Page(10, 10, None, (), "", ""))


def test_an_empty_outline_can_be_written() -> None:
    for write in WRITERS.values():
        assert write(Page(10, 10, None, (Glyph(Outline("blank", ()), 1, 1, 0.01, "#000000"),), "", ""))


def test_png_and_pdf_show_the_same_picture(tmp_path: FilePath) -> None:
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm, which turns PDF into pixels, is not installed")
    (tmp_path / "page.pdf").write_bytes(pdf([page()]))
    subprocess.run(["pdftoppm", "-r", "144", "-png", "page.pdf", "page"], cwd=tmp_path, check=True)
    (drawn,) = tmp_path.glob("page*.png")
    assert difference(png(page(), 2), drawn.read_bytes()) < 0.005


def difference(one: bytes, two: bytes) -> float:
    """The share of pixels that clearly differ."""
    first, second = (Image.open(io.BytesIO(data)).convert("L") for data in (one, two))
    histogram = ImageChops.difference(first, second.resize(first.size)).histogram()
    return sum(histogram[96:]) / sum(histogram)
