"""The figure: one picture in every format."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphviz_bp.backprop import Run
from graphviz_bp.errors import InputError
from graphviz_bp.figure.compose import compose
from graphviz_bp.figure.page import Page
from graphviz_bp.figure.scene import scene
from graphviz_bp.figure.themes import Theme, theme
from graphviz_bp.figure.writers import WRITERS

if TYPE_CHECKING:
    import graphviz

LEVELS = ("statements",)


class Figure:
    """A drawn figure: `.svg` is its text, `.save(path)` writes the format the path's ending names.

    >>> from graphviz_bp import parse
    >>> parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).draw().svg[:4]
    '<svg'
    """

    def __init__(self, run: Run, page: Page) -> None:
        self.run, self.page = run, page

    @cached_property
    def svg(self) -> str:
        """The figure as SVG text."""
        return self.write("svg").decode()

    def write(self, ending: str) -> bytes:
        """The figure in the format of that ending, as bytes."""
        ending = ending.lower().lstrip(".")
        if ending in ("dot", "gv"):
            return str(self.to_graphviz().source).encode()
        if ending not in WRITERS:
            raise InputError(f"there is no format .{ending}", remedy=f"the formats are {', '.join([*WRITERS, 'dot'])}")
        return WRITERS[ending](self.page)

    def save(self, path: str | Path) -> Path:
        """Write the figure to a file; the ending (svg, png, pdf, dot) says the format."""
        path = Path(path)
        if not path.suffix:
            raise InputError(
                f"{path} has no ending to say the format", remedy=f"end it in .{' or .'.join([*WRITERS, 'dot'])}"
            )
        data = self.write(path.suffix)
        path.write_bytes(data)
        return path

    def to_graphviz(self) -> graphviz.Digraph:
        """A plain `graphviz.Digraph` with values and gradients in the nodes, for work in DOT."""
        from graphviz_bp.figure.dot import digraph

        return digraph(self.run)

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<figure of {self.run.of}, {self.page.width:.0f} × {self.page.height:.0f} pt>"


def draw(run: Run, *, level: str = "statements", direction: str = "LR", chain: str | bool | None = None,
         theme: str | Theme = "slate", engine: str | None = None) -> Figure:  # fmt: skip
    """Draw a run: boxes with values and gradients, local partials on the wires, the chain rule of `chain` below.

    `direction` is "LR" or "TB"; `chain=False` leaves the line below away; `engine="dot"` lays out with an installed
    Graphviz instead of the one in pygraphviz.
    """
    if level not in LEVELS:
        raise InputError(f"there is no level {level!r}", remedy=f"the levels are {', '.join(LEVELS)}")
    if direction not in ("LR", "TB"):
        raise InputError(f"{direction!r} is not a direction", remedy='use "LR" or "TB"')
    return Figure(run, compose(scene(run, chain), _theme(theme), direction=direction, engine=engine))


def _theme(name: Any) -> Theme:
    return theme(name)
