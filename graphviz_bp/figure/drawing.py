"""What a level makes of a run: one page, and a film of it, in the colours of any theme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graphviz_bp.errors import InputError
from graphviz_bp.figure.choice import ALL, Choice
from graphviz_bp.figure.film import Film
from graphviz_bp.figure.page import Page
from graphviz_bp.figure.themes import Theme


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may ask of any level; a level leaves aside what it has no use for.

    `direction` is "LR" or "TB", `chain` names the node whose chain rule stands below, `engine` who lays out,
    `choice` what is shown and what is left blank, `collapse` whether a large graph may be drawn as blocks.
    """

    direction: str = "LR"
    chain: str | bool | None = None
    engine: str | None = None
    choice: Choice = ALL
    collapse: bool = True

    def __post_init__(self) -> None:
        if self.direction not in ("LR", "TB"):
            raise InputError(f"{self.direction!r} is not a direction", remedy='use "LR" or "TB"')


@dataclass(frozen=True, slots=True)
class Drawing:
    """A run laid out once: `page` draws all of it, `film` its frames in an order ("pull" or "push").

    `live` says whether all its numbers are those of named nodes, which a page can work out again.
    Where the run is drawn as blocks, `opened` draws all of it and then the inside of each block that opens.
    """

    page: Callable[[Theme], Page]
    film: Callable[[str, Theme], Film]
    live: bool = True
    opened: Callable[[Theme], tuple[Film, ...]] | None = None
