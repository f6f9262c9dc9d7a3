"""One writer for each ending a picture can be saved under."""

from __future__ import annotations

from collections.abc import Callable

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


WRITERS: dict[str, Callable[[Page], bytes]] = {"svg": _svg, "png": _png, "pdf": _pdf}
