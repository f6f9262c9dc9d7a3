"""Pictures placed by closed form: elements that know what they tell, made into a page and into a film.

An element may tell one thing, the value or the gradient of a node; in the film it stands from the frame on in which
that is computed, and is marked in that frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from graphviz_bp.figure.drawing import Drawing
from graphviz_bp.figure.film import Film, Part
from graphviz_bp.figure.page import Command, Glyph, Group, Item, Page, Path, Rect, Row
from graphviz_bp.figure.scene.captions import Caption
from graphviz_bp.figure.statements.below import MARGIN, Below, lines
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.ink import Ink, paint

Shows = tuple[str, str]  # ("value", "h1") or ("gradient", "a1")


@dataclass(frozen=True, slots=True)
class Element:
    """Items in the colours of any theme; what they tell; their outline while it is new; what a reader hears."""

    items: Callable[[Theme], tuple[Item, ...]]
    shows: Shows | None = None
    mark: Callable[[Theme], tuple[Item, ...]] | None = None
    spoken: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What one frame adds: what is then told, and what is known in words."""

    caption: Caption
    shows: tuple[Shows, ...]
    facts: dict[str, str]


@dataclass(frozen=True)
class Picture:
    """Elements from back to front between these edges, and the words for the whole."""

    elements: tuple[Element, ...]
    left: float
    top: float
    right: float
    bottom: float
    title: str
    description: str

    @property
    def width(self) -> float:
        """The width of the page, margins included."""
        return self.right - self.left + 2 * MARGIN

    @property
    def height(self) -> float:
        """The height of the page, margins included."""
        return self.bottom - self.top + 2 * MARGIN

    def page(self, theme: Theme) -> Page:
        """The whole picture."""
        dx, dy = MARGIN - self.left, MARGIN - self.top
        items = tuple(item for element in self.elements for item in _placed(element, theme, dx, dy))
        return Page(self.width, self.height, theme.page, items, self.title, self.description)

    def drawing(self, events: Callable[[str], Sequence[Event]]) -> Drawing:
        """The picture as a drawing; `events` tells what happens in which frame, in an order."""
        return Drawing(self.page, lambda order, theme: Filmed(self, tuple(events(order))).film(theme))


@dataclass(frozen=True)
class Filmed:
    """A picture and what happens in which frame."""

    picture: Picture
    events: tuple[Event, ...]

    @cached_property
    def first(self) -> dict[Shows, int]:
        """In which frame a number appears."""
        found: dict[Shows, int] = {}
        for frame, event in enumerate(self.events, 1):
            for shows in event.shows:
                found.setdefault(shows, frame)
        return found

    def film(self, theme: Theme) -> Film:
        """The frames, with a caption below each."""
        picture, captions = self.picture, [event.caption for event in self.events]
        below = Below((picture.width, picture.height), captions, None, None)
        dx, dy = below.shift + MARGIN - picture.left, MARGIN - picture.top
        parts = [part for element in picture.elements for part in self._parts(element, theme, dx, dy)]
        return Film(below.width, below.height, theme.page, (*parts, *below.parts(theme)), lines(captions),
                    tuple(self._known()), picture.title, picture.description)  # fmt: skip

    def _parts(self, element: Element, theme: Theme, dx: float, dy: float) -> Iterator[Part]:
        frame = 1 if element.shows is None else self.first.get(element.shows, len(self.events))
        since = None if element.shows is None else frozenset([0, *range(frame, len(self.events) + 1)])
        yield Part(_placed(element, theme, dx, dy), since)
        if element.mark and element.shows:
            yield Part(tuple(shifted(item, dx, dy) for item in element.mark(theme)), frozenset([frame]))

    def _known(self) -> Iterator[str]:
        facts: dict[str, str] = {}
        for event in self.events:
            facts |= event.facts
            yield f"Known so far: {', '.join(f'{what} = {number}' for what, number in facts.items())}."


def _placed(element: Element, theme: Theme, dx: float, dy: float) -> tuple[Item, ...]:
    items = tuple(shifted(item, dx, dy) for item in element.items(theme))
    return (Group(items, element.spoken),) if element.spoken else items


def shifted(item: Item, dx: float, dy: float) -> Item:
    """An item moved right and down."""
    match item:
        case Path(commands=commands):
            return replace(item, commands=tuple(_moved(command, dx, dy) for command in commands))
        case Row(x=x, y=y):
            return replace(item, x=x + dx, y=y + dy)
        case Group(items=items):
            texts = tuple(replace(text, x=text.x + dx, y=text.y + dy) for text in item.texts)
            return replace(item, items=tuple(shifted(inner, dx, dy) for inner in items), texts=texts)
        case Glyph():
            return Glyph(item.outline, item.x + dx, item.y + dy, item.scale, item.fill)
        case Rect():
            return replace(item, x=item.x + dx, y=item.y + dy)


def _moved(command: Command, dx: float, dy: float) -> Command:
    name, *numbers = command
    return (name, *(number + (dy if place % 2 else dx) for place, number in enumerate(numbers)))


def drawn(*items: Callable[[Theme], Item], spoken: str | None = None) -> Element:
    """An element that is always there."""
    return Element(lambda theme: tuple(item(theme) for item in items), spoken=spoken)


def lettered(ink: Ink, x: float, y: float, role: str = "ink", shows: Shows | None = None) -> Element:
    """Type whose baseline begins at (x, y)."""
    made = ink.coloured(role)
    return Element(lambda theme: paint(made, x, y, theme.colours, theme.ink), shows)


def centred(ink: Ink, x: float, y: float, role: str = "ink", shows: Shows | None = None) -> Element:
    """Type with its middle at (x, y)."""
    return lettered(ink, x - ink.width / 2, y - ink.height / 2 + ink.ascent, role, shows)


def disc(x: float, y: float, radius: float) -> tuple[Command, ...]:
    """The commands of a circle."""
    k = 0.5523 * radius
    return (
        ("M", x + radius, y),
        ("C", x + radius, y + k, x + k, y + radius, x, y + radius),
        ("C", x - k, y + radius, x - radius, y + k, x - radius, y),
        ("C", x - radius, y - k, x - k, y - radius, x, y - radius),
        ("C", x + k, y - radius, x + radius, y - k, x + radius, y),
        ("Z",),
    )


