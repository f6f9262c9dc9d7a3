"""The figure: one picture in every format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphviz_bp.backprop import Run
from graphviz_bp.errors import InputError
from graphviz_bp.figure.choice import ALL, SHOWN, Choice, choice, key
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.film import Film, still
from graphviz_bp.figure.levels import drawing
from graphviz_bp.figure.page import Page
from graphviz_bp.figure.paper import DPI, resolution, sized, warn_if_small, width_in_points
from graphviz_bp.figure.scene.trail import trail
from graphviz_bp.figure.themes import Theme, variables
from graphviz_bp.figure.themes import theme as themed
from graphviz_bp.figure.writers import ALBUMS, ANIMATED, MOVING, WRITERS
from graphviz_bp.figure.writers.png import png
from graphviz_bp.figure.writers.svg import svg
from graphviz_bp.notation.shown import DIGITS
from graphviz_bp.notation.style import Style
from graphviz_bp.progress import counted

if TYPE_CHECKING:
    import graphviz

MOST_PIXELS = 16_000  # across; a picture of more is a mistake
ENDINGS = (*WRITERS, *MOVING, "html", "dot")
_SHOWN = Counter[str]()  # how often a notebook was given each figure


class Figure:
    """A drawn figure: `.svg` is its text, `.save(path)` writes the format the path's ending names.

    >>> from graphviz_bp import parse
    >>> figure = parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).draw()
    >>> figure.svg[:4], len(figure.frames())
    ('<svg', 8)
    """

    def __init__(self, run: Run, theme: Theme, draw: Callable[[Run], Drawing], chosen: Choice = ALL,
                 dpi: float = DPI) -> None:  # fmt: skip
        drawing = draw(run)
        self.run, self.theme, self.page = run, theme, drawing.page(theme)
        self._drawing, self._redrawn, self._chosen, self._dpi = drawing, draw, chosen, dpi

    @cached_property
    def svg(self) -> str:
        """The figure as SVG text."""
        return self.write("svg").decode()

    @cached_property
    def key(self) -> str:
        """What belongs into the blanks of a figure drawn with `hide`, a line for each."""
        return key(self.run, self._chosen)

    def frames(self, order: str = "pull") -> tuple[Page, ...]:
        """One page for each step: values forward, then gradients back, gathered ("pull") or handed on ("push").

        Pull order shows one node's whole gradient in a frame, push order one contribution along one wire.
        """
        return self._film(order).pages

    def _film(self, order: str) -> Film:
        if not self._complete:
            raise InputError("a figure that leaves numbers out has no frames",
                             remedy="draw it without show and hide")  # fmt: skip
        return self._drawing.film(order, self.theme)

    @property
    def _complete(self) -> bool:
        """Whether nothing is left out that a step would tell."""
        return not self._chosen.blanks and set(SHOWN[:3]) <= self._chosen.show

    def write(self, ending: str, *, frames: bool = False, animate: bool = False, live: bool = False,
              order: str = "pull", dpi: float | None = None) -> bytes:  # fmt: skip
        """The figure in the format of that ending, as bytes.

        `frames` puts every step into it (pdf, pptx, tex); `animate` lets the steps play by themselves (svg); `live`
        lets the reader change the inputs (html).
        """
        ending = ending.lower().lstrip(".")
        if live:
            return self._live(ending, order)
        if ending == "html":
            return self._html(order)
        if ending in MOVING:
            return MOVING[ending](self._film(order))
        _known(ending)
        for asked, able, what in ((animate, ANIMATED, "play the steps"), (frames, ALBUMS, "hold frames")):
            if asked and ending in able:
                return able[ending](self._film(order))
            if asked:
                others = dict.fromkeys([*able, *MOVING, "html"])
                raise InputError(f"one .{ending} does not {what}", remedy=f"what does is {', '.join(others)}")
        return str(self.to_graphviz().source).encode() if ending == "dot" else self._picture(self.page, ending, dpi)

    def _picture(self, page: Page, ending: str, dpi: float | None) -> bytes:
        if ending != "png":
            return WRITERS[ending](page)
        dpi = self._dpi if dpi is None else dpi
        if not 1 <= dpi * page.width / 72 <= MOST_PIXELS:
            raise InputError(f"a picture of {dpi} dpi cannot be drawn", remedy=f"use at most {MOST_PIXELS} pixels")
        return png(page, dpi / 72)

    def save(self, path: str | Path, *, frames: bool = False, animate: bool = False, live: bool = False,
             order: str = "pull", dpi: float | None = None) -> Path:  # fmt: skip
        """Write the figure to a file; the ending (svg, png, pdf, html, gif, pptx, tex, dot) says the format.

        An HTML page and a GIF show step after step; so does an SVG with `animate`, which plays by itself. With `frames`
        so do a PDF, page by page, a PPTX, slide by slide (extra `graphviz_bp[pptx]`), and a TEX, as a Beamer frame with
        overlays; SVG and PNG become a sequence x-01.png, x-02.png, ..., whose first file is returned. A `live` HTML
        page has fields for the inputs and works out its numbers again as they change. A PNG has `dpi` pixels to the
        inch, 144 unless told.
        """
        path = writable(path)
        if frames and not animate and path.suffix.lower() in (".svg", ".png"):
            return self._sequence(path, order, dpi)
        data = self.write(path.suffix, frames=frames, animate=animate, live=live, order=order, dpi=dpi)
        _written(path, data)
        return path

    def _html(self, order: str) -> bytes:
        """The page that steps; a figure in symbols, where nothing is computed, stands still on it."""
        from graphviz_bp.figure.writers.html import html
        from graphviz_bp.figure.writers.nested import nested

        coloured_later = variables(self.theme)
        symbolic = self.run.symbolic
        drawn = self._drawing
        if drawn.opened is not None:
            return nested(drawn.opened(coloured_later), self.theme)
        stands = symbolic or not self._complete
        shown = still(drawn.page(coloured_later)) if stands else drawn.film(order, coloured_later)
        try:
            derivation = "" if self._chosen.blanks else self.run.derive(order="pull" if symbolic else order).text
        except InputError:  # shapes that are not known before values are given
            derivation = ""
        return html(shown, self.theme, derivation)

    def _live(self, ending: str, order: str) -> bytes:
        """The stepping page with fields for the inputs."""
        from graphviz_bp.figure.live import live_page

        if ending != "html":
            raise InputError(f"a .{ending} can not be live", remedy="save it as .html")
        if not self._drawing.live:
            raise InputError("a live page shows named nodes", remedy='draw level="statements" or level="network"')
        if not self._complete:
            raise InputError("a figure that leaves numbers out can not be live", remedy="draw it without show and hide")
        return live_page(self.run, self._redrawn, self.theme, order)

    def _sequence(self, path: Path, order: str, dpi: float | None) -> Path:
        pages = self.frames(order)
        places = max(2, len(str(len(pages))))
        paths = [path.with_stem(f"{path.stem}-{k:0{places}d}") for k in range(1, len(pages) + 1)]
        for picture, here in counted([*zip(pages, paths, strict=True)], "drawing frames"):
            _written(here, self._picture(picture, path.suffix.lower().lstrip("."), dpi))
        return paths[0]

    def to_graphviz(self) -> graphviz.Digraph:
        """A plain `graphviz.Digraph` with values and gradients in the nodes, for work in DOT."""
        from graphviz_bp.figure.dot import digraph

        return digraph(self.run, self._chosen)

    def _repr_svg_(self) -> str:
        """The SVG for a notebook: a figure shown twice has other ids the second time."""
        found = re.search(r'<title id="(\w+)-t"', self.svg)
        prefix = found[1] if found else "g"
        _SHOWN[prefix] += 1
        return self.svg if _SHOWN[prefix] == 1 else svg(self.page, f"{prefix}-{_SHOWN[prefix]}-")

    def __repr__(self) -> str:
        return f"<figure of {self.run.of}, {self.page.width:.0f} × {self.page.height:.0f} pt>"


def writable(path: str | Path) -> Path:
    """The path, if its ending names a format and its folder is there, which is worth asking before the work."""
    path = Path(path)
    if not path.suffix:
        raise InputError(f"{path} has no ending to say the format", remedy=f"end it in .{' or .'.join(ENDINGS)}")
    _known(path.suffix.lower().lstrip("."))
    if not path.parent.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {path.parent}", remedy="make the folder first")
    return path


def _known(ending: str) -> None:
    if ending not in ENDINGS:
        raise InputError(f"there is no format .{ending}", remedy=f"the formats are {', '.join(ENDINGS)}")


def _written(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}", remedy="choose another place") from None


def draw(run: Run, *, level: str = "statements", direction: str = "LR", chain: str | bool | None = None,
         show: str | Iterable[str] | None = None, hide: str | Iterable[str] | Mapping[str, Any] | None = None,
         highlight: Sequence[str] | None = None, notation: str = "leibniz", digits: int = DIGITS,
         layers: str | None = None, width: str | float | None = None, theme: str | Theme = "slate",
         engine: str | None = None, collapse: bool = True) -> Figure:  # fmt: skip
    """Draw a run: boxes with values and gradients, local partials on the wires, the chain rule of `chain` below.

    `level` is "statements" (a box per named node), "operations" (a circuit with a gate per primitive), "matrix" (arrays
    with their shapes, each pull beside its node), "network" (neurons and their weights), "unrolled" (a recurrent
    network over time) or "cell" (an LSTM or GRU cell); `direction` is "LR" or "TB"; `chain=False` leaves the line
    below away; `engine="dot"` lays out with an installed Graphviz instead of the one in pygraphviz.

    A graph of more than 400 boxes is drawn as blocks, found by the names and the order of its nodes, and says so; on an
    HTML page the blocks open. `collapse=False` draws every box.

    `show` is what to show, any of "values", "gradients", "partials", "formulas", "chain". `hide` leaves numbers blank,
    every blank of one size, and with them what the wires and the line below would tell of them. It is the name of a
    node (its value and its gradient), "values", "gradients" or "partials", several of these, or a mapping to the names
    in the run; `figure.key` is what belongs there.

    `highlight` marks a path, as in ["u", "w", "z"], and states the product of its local partials below.

    `notation` writes gradients as ∂z/∂v ("leibniz"), v̄ ("bar") or δ_v ("delta"), `digits` says how many decimals a
    computed number has, and `layers` whether names say their layer as "[l]" or "(l)".

    `width`, as in "12cm" (also mm, in, pt, px), makes the picture so wide in every format, with a warning where its
    smallest type falls below 9 points.

    >>> from graphviz_bp import parse
    >>> run = parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
    >>> print(run.draw(hide={"gradients": ["v", "u"], "partials": [("v", "u")]}).key)
    ∂v/∂u = 10
    ∂z/∂v = 30
    ∂z/∂u = 450
    """
    if engine not in (None, "dot"):
        raise InputError(f"there is no engine {engine!r}", remedy='use engine="dot", or leave engine out')
    run = run.written(Style(notation, digits, layers))
    chosen = replace(choice(run, show, hide), path=trail(run, highlight))

    def drawn(run: Run) -> Drawing:
        found = drawing(run, level, Options(direction, chain, engine, chosen, collapse))
        return found if width is None else sized(found, width_in_points(width))

    figure = Figure(run, themed(theme), drawn, chosen, resolution(width))
    if width is not None:
        warn_if_small(figure.page, width)
    return figure
