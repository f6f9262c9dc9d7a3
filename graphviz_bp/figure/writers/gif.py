"""Pages as an animated GIF: one palette for all of them, no dither, and a white ground that stays white."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from graphviz_bp.errors import InputError
from graphviz_bp.figure.page import Page
from graphviz_bp.figure.writers.png import png

if TYPE_CHECKING:
    from PIL.Image import Image

SECONDS, LAST = 1.2, 3.0  # how long a frame stands, and how long the last one does before all begins again
SCALE, WIDEST = 2.0, 1600  # pixels to the point, and pixels across
COLOURS = 128


def gif(pages: Sequence[Page], seconds: float = SECONDS) -> bytes:
    """The pages one after the other, again and again."""
    if not pages:
        raise ValueError("a GIF needs at least one page")
    try:
        from PIL import Image
    except ImportError:
        raise InputError("a GIF needs the package pillow", remedy="pip install pillow") from None

    scale = min(SCALE, WIDEST / pages[0].width)
    frames = [Image.open(BytesIO(png(page, scale))).convert("RGB") for page in pages]
    palette = _palette(frames)
    first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    times = [round(1000 * seconds)] * len(others) + [round(1000 * LAST)]
    file = BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others, duration=times, loop=0, optimize=False)
    return file.getvalue()


def _palette(frames: Sequence[Image]) -> Image:
    """The colours of the last frame, in which everything stands, and of the first.

    Every one that fills a surface is taken as it is; the edges of letters share what is left.
    """
    from PIL import Image

    width, height = frames[0].size
    both = Image.new("RGB", (width, 2 * height))
    both.paste(frames[-1], (0, 0))
    both.paste(frames[0], (0, height))
    return both.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
