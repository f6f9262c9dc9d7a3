"""A page as PNG: the SVG, drawn by resvg."""

from __future__ import annotations

from graphviz_bp.figure.page import Page
from graphviz_bp.figure.writers.svg import svg


def png(page: Page, scale: float = 2.0) -> bytes:
    """The page as PNG bytes, `scale` pixels to the point."""
    from resvg_py import svg_to_bytes

    # at 72 dots to the inch a point is a pixel, and the zoom is the scale
    return bytes(svg_to_bytes(svg_string=svg(page), dpi=72, zoom=scale, skip_system_fonts=True))
