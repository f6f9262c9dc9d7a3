"""One writer for each ending a picture can be saved under, and for each that holds many pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


def _pdf_pages(pages: Sequence[Page]) -> bytes:
    from graphviz_bp.figure.writers.pdf import pdf

    return pdf(pages)


def _gif(pages: Sequence[Page]) -> bytes:
    from graphviz_bp.figure.writers.gif import gif

    return gif(pages)


WRITERS: dict[str, Callable[[Page], bytes]] = {"svg": _svg, "png": _png, "pdf": _pdf}
ALBUMS: dict[str, Callable[[Sequence[Page]], bytes]] = {"pdf": _pdf_pages}
MOVING: dict[str, Callable[[Sequence[Page]], bytes]] = {"gif": _gif}
