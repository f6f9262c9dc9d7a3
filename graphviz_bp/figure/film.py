"""A film: pictures that share one layout, as parts that come and go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from graphviz_bp.figure.page import Item, Page

SECONDS, LAST = 1.6, 4.0  # how long a frame stands in what plays by itself, and the last one before all begins again


@dataclass(frozen=True, slots=True)
class Part:
    """Items that come and go together: `frames` counts from 1, and 0 is the whole figure; None is all of them.

    What `flows` is a gradient on its way, which a page that can move shows moving; what `opens` shows the page of
    that number where it is clicked.
    """

    items: tuple[Item, ...]
    frames: frozenset[int] | None = None
    flows: bool = False
    opens: int | None = None

    def within(self, frame: int) -> bool:
        """Whether the part stands in a frame."""
        return self.frames is None or frame in self.frames


@dataclass(frozen=True)
class Film:
    """The parts from back to front, a caption for each frame, and what is known there in words."""

    width: float
    height: float
    background: str | None
    parts: tuple[Part, ...]
    captions: tuple[str, ...]
    known: tuple[str, ...]
    title: str
    description: str

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The frames as pages, each with its caption in its title and what is known in its description."""
        return tuple(self._page(frame) for frame in range(1, len(self.captions) + 1))

    def _page(self, frame: int) -> Page:
        items = tuple(item for part in self.parts if part.within(frame) for item in part.items)
        title = f"{self.title}: {self.captions[frame - 1]}"
        return Page(self.width, self.height, self.background, items, title, self.known[frame - 1])


def still(page: Page) -> Film:
    """A film of a figure that has no frames."""
    parts = (Part(page.items),)
    return Film(page.width, page.height, page.background, parts, (), (), page.title, page.description)
