"""What a figure is made of before anything has coordinates: boxes with their chips, wires with their labels."""

from __future__ import annotations

from dataclasses import dataclass

from graphviz_bp.figure.typesetting.ink import Ink

CHIP_PAD, CHIP_GAP, BOX_PAD = (6.5, 3.0), 8.0, (12.0, 9.0)


@dataclass(frozen=True, slots=True)
class Chip:
    """A number on tinted ground, in the role of a value or a gradient; `room` keeps a width for wider numbers."""

    ink: Ink
    role: str
    room: float = 0.0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, padding included."""
        return max(self.ink.width, self.room) + 2 * CHIP_PAD[0], max(self.ink.height, 13.0) + 2 * CHIP_PAD[1]


@dataclass(frozen=True, slots=True)
class Statement:
    """A box: its title line, its chips side by side or one below the other, its role, and what a reader hears.

    `told` is the statement in words, `spoken` the statement with its numbers, `remark` a line that stands beside it.
    """

    title: Ink
    chips: tuple[Chip, ...]
    stacked: bool
    role: str
    told: str
    spoken: str
    remark: Ink | None = None

    @property
    def chips_size(self) -> tuple[float, float]:
        """Width and height of the chips together."""
        sizes = [chip.size for chip in self.chips]
        if not sizes:
            return 0.0, 0.0
        if self.stacked:
            return max(w for w, _ in sizes), sum(h for _, h in sizes) + 4.0 * (len(sizes) - 1)
        return sum(w for w, _ in sizes) + CHIP_GAP * (len(sizes) - 1), max(h for _, h in sizes)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the box."""
        width, height = self.chips_size
        return max(self.title.width, width, 34.0) + 2 * BOX_PAD[0], self.title.height + (
            height + 6.0 if height else 0.0
        ) + 2 * BOX_PAD[1]


@dataclass(frozen=True, slots=True)
class Link:
    """A wire from a parent to a child; `outer` is the local partial, `inner` what is sent back.

    `slot` names one use of the parent where each has a wire of its own.
    """

    parent: int
    child: int
    backward: bool
    outer: Ink | None
    inner: Ink | None
    spoken: str
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole figure without coordinates."""

    statements: tuple[Statement, ...]
    links: tuple[Link, ...]
    panel: Ink | None
    notes: Ink | None
    title: str
    description: str
    path: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def ends(self) -> list[tuple[int, int]]:
        """The boxes every wire runs from and to."""
        return [(link.parent, link.child) for link in self.links]
