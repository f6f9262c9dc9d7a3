"""Beads: a value and its gradient in one small capsule, that sits on a wire, under a neuron or beside a parameter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from graphviz_bp.figure.network.elements import Element, Shows
from graphviz_bp.figure.page import Command, Item, Path
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.ink import Ink, paint

NUMBER = 11.5  # the size of a bead's numbers
HEIGHT, PAD, HALO, CORNER = 17.0, 6.0, 1.6, 9.0
ROUND = 0.5523  # how far the handles of a quarter circle reach, as a share of its radius
MARK = 1.6


@dataclass(frozen=True, slots=True)
class Half:
    """One part of a bead: its ink, the role that gives it its ground, and what it tells (None: always there)."""

    ink: Ink
    role: str
    shows: Shows | None = None
    room: float = 0.0
    spoken: str | None = None

    @property
    def width(self) -> float:
        """The width with padding, and with the room that others of its column need."""
        return max(self.ink.width, self.room) + 2 * PAD


@dataclass(frozen=True, slots=True)
class Bead:
    """Halves side by side in one capsule."""

    halves: tuple[Half, ...]

    @property
    def width(self) -> float:
        """From end to end."""
        return sum(half.width for half in self.halves)

    @property
    def height(self) -> float:
        """17 for a line of type, more where a matrix stands in it."""
        tallest = max(half.ink.height for half in self.halves)
        return HEIGHT if tallest <= HEIGHT - 3.0 else tallest + 6.0

    def elements(self, x: float, y: float, halo: bool = True) -> Iterator[Element]:
        """The bead with its middle at (x, y), one element for each half."""
        left = x - self.width / 2
        for place, half in enumerate(self.halves):
            yield self._half(left, y, place, half, halo)
            left += half.width

    def _half(self, left: float, y: float, place: int, half: Half, halo: bool) -> Element:
        first, last = place == 0, place == len(self.halves) - 1
        height = self.height
        radius = min(height / 2, CORNER)
        wide, high = half.width, height / 2
        outline = _capsule(left, y - high, wide, height, radius * first, radius * last)
        around = _capsule(
            left - HALO * first, y - high - HALO, wide + HALO * (first + last), height + 2 * HALO,
            (radius + HALO) * first, (radius + HALO) * last,
        )  # fmt: skip
        text = half.ink
        baseline = y - text.height / 2 + text.ascent

        def items(theme: Theme) -> tuple[Item, ...]:
            ground = {"value": theme.value_chip, "gradient": theme.gradient_chip}.get(half.role, theme.panel)
            ring = [Path(around, fill=theme.page)] if halo else []
            start = left + (wide - text.width) / 2
            lettering = paint(text.coloured(half.role), start, baseline, theme.colours, theme.ink)
            edge = 0.7 if theme.chip_outline else 1.0
            return (*ring, Path(outline, ground, theme.chip_outline, edge), *lettering)

        def mark(theme: Theme) -> tuple[Item, ...]:
            stroke = theme.value if half.role == "value" else theme.gradient
            return (Path(outline, None, stroke, MARK),)

        return Element(items, half.shows, mark, half.spoken)


def aligned(beads: Iterable[Bead]) -> list[Bead]:
    """Beads that stand in one column: their halves share their widths, so that the colour changes on one line."""
    beads = list(beads)
    columns = zip_longest(*(bead.halves for bead in beads))
    rooms = [max(half.ink.width for half in column if half) for column in columns]
    return [Bead(tuple(replace(half, room=room) for half, room in zip(b.halves, rooms, strict=False))) for b in beads]


def bands(x: float, y: float, radius: float, halves: Iterable[tuple[Half, float, float]]) -> Iterator[Element]:
    """Halves as bands across a circle, each from one height to another (measured from the middle of the circle)."""
    for half, top, bottom in halves:
        yield _band(x, y, radius - 0.6, half, top, bottom)


def _band(x: float, y: float, radius: float, half: Half, top: float, bottom: float) -> Element:
    outline = _chord(x, y, radius, top, bottom)
    text = half.ink
    shift = -1.2 if bottom > radius / 2 else 0.0  # where the circle closes in, the number keeps away from its edge

    def items(theme: Theme) -> tuple[Item, ...]:
        ground = theme.value_chip if half.role == "value" else theme.gradient_chip
        middle = y + (top + bottom) / 2 + shift
        lettering = paint(text.coloured(half.role), x - text.width / 2, middle - text.height / 2 + text.ascent,
                          theme.colours, theme.ink)  # fmt: skip
        return (Path(outline, ground, theme.chip_outline, 0.7 if theme.chip_outline else 1.0), *lettering)

    def mark(theme: Theme) -> tuple[Item, ...]:
        return (Path(outline, None, theme.value if half.role == "value" else theme.gradient, MARK),)

    return Element(items, half.shows, mark, half.spoken)


def _chord(x: float, y: float, radius: float, top: float, bottom: float) -> tuple[Command, ...]:
    """The part of a disc between two heights."""
    from math import asin, cos, sin, tan

    low, high = asin(max(-1.0, top / radius)), asin(min(1.0, bottom / radius))
    handle = 4 / 3 * tan((high - low) / 4) * radius
    right = [(x + radius * cos(a), y + radius * sin(a)) for a in (low, high)]
    left = [(x - radius * cos(a), y + radius * sin(a)) for a in (high, low)]
    (x0, y0), (x1, y1) = right
    (x2, y2), (x3, y3) = left
    return (
        ("M", x0, y0),
        ("C", x0 - handle * sin(low), y0 + handle * cos(low), x1 + handle * sin(high), y1 - handle * cos(high), x1, y1),
        ("L", x2, y2),
        ("C", x2 - handle * sin(high), y2 - handle * cos(high), x3 + handle * sin(low), y3 + handle * cos(low), x3, y3),
        ("Z",),
    )


def _capsule(x: float, y: float, width: float, height: float, left: float, right: float) -> tuple[Command, ...]:
    """A rectangle whose left and right corners are rounded, each side by its own radius."""
    near, far = left * (1 - ROUND), right * (1 - ROUND)
    x1, y1 = x + width, y + height
    commands: list[Command] = [("M", x + left, y), ("L", x1 - right, y)]
    if right:
        commands += [("C", x1 - far, y, x1, y + far, x1, y + right), ("L", x1, y1 - right),
                     ("C", x1, y1 - far, x1 - far, y1, x1 - right, y1)]  # fmt: skip
    else:
        commands.append(("L", x1, y1))
    commands.append(("L", x + left, y1))
    if left:
        commands += [("C", x + near, y1, x, y1 - near, x, y1 - left), ("L", x, y + left),
                     ("C", x, y + near, x + near, y, x + left, y)]  # fmt: skip
    else:
        commands.append(("L", x, y))
    return (*commands, ("Z",))


