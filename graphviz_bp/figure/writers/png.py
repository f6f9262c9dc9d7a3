"""A page as PNG: the SVG, drawn by resvg."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import ceil
from struct import pack
from zlib import crc32

from graphviz_bp.figure.page import Page
from graphviz_bp.figure.writers.svg import drawing

HEAD = 33  # bytes of the signature and the header, after which the resolution stands


@lru_cache(64)  # the frames of a GIF are those of a sequence
def png(page: Page, scale: float = 2.0) -> bytes:
    """The page as PNG bytes, `scale` pixels to the point; the last pixels of a broken size are filled up.

    The file says how many pixels go to the metre, so that a document sets the picture in its own size, and what is on
    it in words.
    """
    from resvg_py import svg_to_bytes

    width, height = ceil(page.width * scale), ceil(page.height * scale)
    whole = replace(page, width=width / scale, height=height / scale)
    text = drawing(whole, f'width="{width}" height="{height}"')
    drawn = bytes(svg_to_bytes(svg_string=text, dpi=96, skip_system_fonts=True))
    to_the_metre = round(scale * 72 / 0.0254)
    chunks = [b"pHYs" + pack(">IIB", to_the_metre, to_the_metre, 1), _text("Title", page.title),
              _text("Description", page.description)]  # fmt: skip
    return drawn[:HEAD] + b"".join(map(_chunk, chunks)) + drawn[HEAD:]


def _text(keyword: str, text: str) -> bytes:
    return b"iTXt" + keyword.encode() + bytes(5) + text.replace("\0", " ").encode(errors="replace")


def _chunk(body: bytes) -> bytes:
    return pack(">I", len(body) - 4) + body + pack(">I", crc32(body))
