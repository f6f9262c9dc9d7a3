"""A page as PNG: the SVG, drawn by resvg."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from graphviz_bp.figure.page import Page
from graphviz_bp.figure.writers.svg import drawing


def png(page: Page, scale: float = 2.0) -> bytes:
    """The page as PNG bytes, `scale` pixels to the point; the last pixels of a broken size are filled up."""
    from resvg_py import svg_to_bytes

    width, height = ceil(page.width * scale), ceil(page.height * scale)
    whole = replace(page, width=width / scale, height=height / scale)
    text = drawing(whole, f'width="{width}" height="{height}"')
    return bytes(svg_to_bytes(svg_string=text, dpi=96, skip_system_fonts=True))
