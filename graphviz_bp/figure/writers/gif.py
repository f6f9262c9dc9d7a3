"""Pages as an animated GIF: one palette for all of them, no dither, and every surface in exactly its colour."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from graphviz_bp.errors import InputError
from graphviz_bp.figure.film import LAST, SECONDS
from graphviz_bp.figure.page import Page
from graphviz_bp.figure.writers.png import png
from graphviz_bp.progress import counted

if TYPE_CHECKING:
    from PIL.Image import Image

SCALE, WIDEST = 2.0, 1400  # pixels to the point, and pixels across
COLOURS, SURFACES = 128, 32  # of the palette, and how many of them are taken as they are


def gif(pages: Sequence[Page], seconds: float = SECONDS) -> bytes:
    """The pages one after the other, again and again."""
    if not pages:
        raise ValueError("a GIF needs at least one page")
    try:
        from PIL import Image
    except ImportError:
        raise InputError("a GIF needs the package pillow", remedy="pip install pillow") from None

    scale = min(SCALE, WIDEST / pages[0].width)
    frames = [Image.open(BytesIO(png(page, scale))).convert("RGB") for page in counted(pages, "drawing frames")]
    first, *others = _reduced(frames)
    times = [round(1000 * seconds)] * len(others) + [round(1000 * LAST)]
    file = BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others, duration=times, loop=0, optimize=False,
               comment=pages[-1].description.encode(errors="replace"))  # fmt: skip
    return file.getvalue()


def _reduced(frames: Sequence[Image]) -> list[Image]:
    """The frames in one palette, each pixel in the nearest of its colours: pillow's own search is off by a few."""
    import numpy as np
    from PIL import Image

    pixels = [_packed(frame) for frame in frames]
    palette = _palette(frames[-1], pixels[0], pixels[-1])
    nearest = np.zeros(1 << 24, dtype=np.uint8)
    for one in pixels:
        nearest[one] = 1
    seen = np.flatnonzero(nearest)
    nearest[seen] = [_distances(colour, palette).argmin() for colour in seen]
    made = []
    for frame, one in zip(frames, pixels, strict=True):
        image = Image.frombytes("P", frame.size, nearest[one].tobytes())
        image.putpalette(palette.astype(np.uint8).tobytes())
        made.append(image)
    return made


def _packed(frame: Image) -> Any:
    """The pixels as numbers 0xRRGGBB."""
    import numpy as np

    red, green, blue = (np.asarray(band, dtype=np.uint32) for band in frame.split())
    return red << 16 | green << 8 | blue


def _distances(colour: Any, palette: Any) -> Any:
    red, green, blue = int(colour) >> 16, int(colour) >> 8 & 255, int(colour) & 255
    return ((palette - (red, green, blue)) ** 2).sum(axis=1)


def _palette(frame: Image, first: Any, last: Any) -> Any:
    """The commonest colours of the first and the last frame as they are; the edges of letters share what is left."""
    import numpy as np
    from PIL import Image

    both = np.concatenate([first.ravel(), last.ravel()])
    found, counts = np.unique(both, return_counts=True)
    common = found[np.lexsort((found, -counts))][:SURFACES]
    exact = np.stack([common >> 16, common >> 8 & 255, common & 255], axis=1)
    edges = frame.quantize(COLOURS - SURFACES, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    return np.concatenate([exact, np.array(edges.getpalette()).reshape(-1, 3)]).astype(int)
