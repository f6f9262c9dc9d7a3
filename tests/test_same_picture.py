"""One figure in many formats: the same picture, and the same words for those who cannot see it."""

from __future__ import annotations

import io
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader

import graphviz_bp as bp

SAME = 40  # the half pixel that a broken size is rounded by, on a line of one pixel
FIGURES = {
    "two paths": lambda: bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).draw(highlight=["u", "w", "z"]),
    "a dark layer": lambda: bp.parse("W: (2, 3); x: (3,); a = W@x; h = sigmoid(a); L = sum(h^2)").backprop(
        {"W": [[1, -2, 0.5], [3, 1, -1]], "x": [1, 2, -1]}).draw(theme="dark"),
    "a worksheet on paper": lambda: bp.parse("a = w*x + b; h = sigmoid(a)").backprop(
        {"w": 0.5, "x": 2, "b": -1}).draw(theme="print", hide="gradients", width="25cm"),
    "symbols downwards": lambda: bp.parse("v = u**2; w = 6*u; z = v*w").draw(direction="TB", notation="bar"),
}  # fmt: skip


@pytest.fixture(params=FIGURES, scope="module")
def figure(request):
    return FIGURES[request.param]()


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def difference(one: Image.Image, two: Image.Image) -> int:
    """The largest difference of a patch of 8 × 8 pixels, of 255: renderers smooth and round edges in their own ways."""
    assert all(abs(a - b) <= 2 for a, b in zip(one.size, two.size, strict=True))
    size = min(one.width, two.width) // 8, min(one.height, two.height) // 8
    first, second = (p.crop((0, 0, 8 * size[0], 8 * size[1])).resize(size, Image.Resampling.BOX) for p in (one, two))
    return max(high for _, high in ImageChops.difference(first, second).getextrema())


def test_the_measure_sees_a_missing_box(figure):
    whole = picture(figure.write("png"))
    gone = whole.copy()
    gone.paste(gone.getpixel((1, 1)), (0, 0, whole.width // 2, whole.height // 2))
    assert difference(whole, whole) == 0
    assert difference(whole, gone) > 2 * SAME


def test_svg_and_png_are_the_same_picture(figure):
    from resvg_py import svg_to_bytes

    drawn = picture(bytes(svg_to_bytes(svg_string=figure.svg, dpi=144, skip_system_fonts=True)))
    assert difference(picture(figure.write("png", dpi=144)), drawn) < SAME


def test_pdf_and_png_are_the_same_picture(figure, tmp_path):
    if shutil.which("pdftoppm"):
        (tmp_path / "x.pdf").write_bytes(figure.write("pdf"))
        subprocess.run(["pdftoppm", "-r", "144", "-png", "x.pdf", "x"], cwd=tmp_path, check=True)
        drawn = picture(next(tmp_path.glob("x*.png")).read_bytes())
    else:
        pdfium = pytest.importorskip("pypdfium2", reason="pdftoppm or pypdfium2 turns PDF into pixels")
        drawn = pdfium.PdfDocument(figure.write("pdf"))[0].render(scale=2).to_pil().convert("RGB")
    assert difference(picture(figure.write("png", dpi=144)), drawn) < SAME


@pytest.mark.browser
def test_a_step_in_the_browser_and_its_png_are_the_same_picture(chromium, tmp_path):
    figure = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).draw()
    (tmp_path / "page.html").write_bytes(figure.write("html"))
    last = figure.frames()[-1]
    context = chromium.new_context(viewport={"width": round(last.width) + 60, "height": 900}, device_scale_factor=2,
                                   reduced_motion="reduce")  # fmt: skip
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri() + "#step=8")
    shot = picture(page.locator("#figure svg").screenshot())
    context.close()
    figure.save(tmp_path / "x.png", frames=True, dpi=72 * shot.width / last.width)
    drawn = picture((tmp_path / "x-08.png").read_bytes())
    assert abs(shot.height - drawn.height) <= 4  # the browser puts boxes on whole pixels of its own
    assert difference(drawn, shot.resize(drawn.size)) < 2 * SAME


def test_every_format_with_a_place_for_words_tells_the_figure(figure):
    title, told = figure.page.title, figure.page.description
    assert title
    assert told.endswith(".")
    assert [element.text for element in ET.fromstring(figure.svg)[:2]] == [title, told]
    information = PdfReader(io.BytesIO(figure.write("pdf"))).metadata
    assert (information.title, information.subject) == (title, told)
    with Image.open(io.BytesIO(figure.write("png"))) as image:
        image.load()
        assert (image.info["Title"], image.info["Description"]) == (title, told)
    assert all(f"value {n}" not in told for n in figure.key.split() if "∂" not in n and n.isdigit())


def test_a_moving_picture_tells_where_it_ends():
    figure = bp.parse("v = u**2; z = 3*v").backprop({"u": 5}).draw()
    with Image.open(io.BytesIO(figure.write("gif"))) as image:
        assert "∂z/∂u = 30" in image.info["comment"].decode()
