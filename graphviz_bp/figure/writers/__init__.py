"""One writer for each ending a picture can be saved under, and for each that holds many pictures."""

from __future__ import annotations

from collections.abc import Callable

from graphviz_bp.figure.film import Film, still
from graphviz_bp.figure.page import Page


def _svg(page: Page) -> bytes:
    from graphviz_bp.figure.writers.svg import svg

    return svg(page).encode()


def _png(page: Page) -> bytes:
    from graphviz_bp.figure.writers.png import png

    return png(page)


def _pdf(page: Page) -> bytes:
    from graphviz_bp.figure.writers.pdf import pdf

    return pdf([page])


def _pdf_of(film: Film) -> bytes:
    from graphviz_bp.figure.writers.pdf import pdf

    return pdf(film.pages, title=film.title, subject=film.description, outline=film.captions)


def _pptx(page: Page) -> bytes:
    return _pptx_of(still(page))


def _pptx_of(film: Film) -> bytes:
    from graphviz_bp.figure.writers.pptx import pptx

    return pptx(film)


def _tex(page: Page) -> bytes:
    from graphviz_bp.figure.writers.tex import picture

    return picture(page).encode()


def _tex_of(film: Film) -> bytes:
    from graphviz_bp.figure.writers.tex import slides

    return slides(film).encode()


def _gif(film: Film) -> bytes:
    from graphviz_bp.figure.writers.gif import gif

    return gif(film.pages)


def _moving_svg(film: Film) -> bytes:
    from graphviz_bp.figure.writers.animation import animation

    return animation(film).encode()


WRITERS: dict[str, Callable[[Page], bytes]] = {"svg": _svg, "png": _png, "pdf": _pdf, "pptx": _pptx, "tex": _tex}
ALBUMS: dict[str, Callable[[Film], bytes]] = {"pdf": _pdf_of, "pptx": _pptx_of, "tex": _tex_of}
MOVING: dict[str, Callable[[Film], bytes]] = {"gif": _gif}
ANIMATED: dict[str, Callable[[Film], bytes]] = {"svg": _moving_svg}
