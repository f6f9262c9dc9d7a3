"""A figure whose blocks open, as one HTML file: pages inside a page, by links and a style sheet, without a script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphviz_bp.figure.film import Film, Part
from graphviz_bp.figure.page import Outline
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.writers.html import asset, colours, document
from graphviz_bp.figure.writers.svg import definitions, drawn, escape, number, outlines

STYLE = """
figure svg{width:auto;max-width:100%;max-height:none}
a[href]>g:hover>rect:first-of-type,a[href]:focus-visible>g>rect:first-of-type{stroke-width:2.4}
.block{display:none;margin:1.2rem 0;padding-top:.6rem;border-top:1px solid var(--wire);scroll-margin-top:1rem}
.block:target{display:block}
h2{margin:.2rem 0;font-size:1.05rem;font-weight:400;text-align:center;color:var(--partial);overflow-wrap:anywhere}
.block p{text-align:center}
.block p a{color:var(--value)}
"""


def nested(films: Sequence[Film], theme: Theme) -> bytes:
    """The first film, with the others below it as they are opened; parts say which one they open."""
    names = {o: f"g{k}" for k, o in enumerate(outlines(i for film in films for part in film.parts for i in part.items))}
    whole, *inside = films
    above = {part.opens: number for number, film in enumerate(films) for part in film.parts if part.opens}
    note = "This figure stands still. A block opens where it is clicked." if above else "This figure stands still."
    heard = f'<p id="said" class="heard">{escape(whole.description)}</p>\n<p class="note">{note}</p>\n'
    figure = f'<figure id="figure">{_svg(whole, names, definitions(names))}</figure>\n'
    sections = "".join(_section(k, film, names, above[k]) for k, film in enumerate(inside, 1))
    return document(whole.title, colours(theme) + asset("page.css") + STYLE, figure + heard + sections)


def _section(place: int, film: Film, names: dict[Outline, str], above: int) -> str:
    back = f"#block-{above}" if above else "#title"
    return (
        f'<section class="block" id="block-{place}"><h2>{escape(film.title)}</h2>\n'
        f'<figure>{_svg(film, names)}</figure>\n<p><a href="{back}">close this block</a></p></section>\n'
    )


def _svg(film: Film, names: dict[Outline, str], defined: str = "") -> str:
    """A drawing no larger than it was made for; its letters are defined once, in the first of them."""
    width, height = number(film.width), number(film.height)
    ground = f'<rect width="{width}" height="{height}" fill="{film.background}"/>' if film.background else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(film.width * 4 / 3)}" viewBox="0 0 {width} {height}" '
        f'role="group" aria-label="{escape(film.title)}">{defined}{ground}{"".join(_parts(film.parts, names))}</svg>'
    )


def _parts(parts: Sequence[Part], names: dict[Outline, str]) -> Iterator[str]:
    for part in parts:
        items = "".join(drawn(part.items, names))
        yield items if part.opens is None else f'<a href="#block-{part.opens}">{items}</a>'
