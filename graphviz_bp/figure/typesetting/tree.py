"""What a formula is made of, after reading and before setting.

`kind` is what TeX's spacing goes by: see `signs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from graphviz_bp.figure.typesetting.signs import Sign


@dataclass(frozen=True, slots=True)
class Space:
    """A gap, in em."""

    width: float
    kind: str = "space"


@dataclass(frozen=True, slots=True)
class Row:
    """Things side by side."""

    items: tuple[Node, ...]
    kind: str = "ord"


@dataclass(frozen=True, slots=True)
class Scripts:
    """A base with something below, above or both on its right."""

    base: Node
    below: Node | None
    above: Node | None

    @property
    def kind(self) -> str:
        """That of the base."""
        return self.base.kind


@dataclass(frozen=True, slots=True)
class Fraction:
    """One over the other, both set `scale` times as large as what is around."""

    top: Node
    bottom: Node
    scale: float
    kind: str = "inner"


@dataclass(frozen=True, slots=True)
class Accent:
    """A hat, bar, tilde, dot or arrow over something."""

    mark: str
    base: Node
    kind: str = "ord"


@dataclass(frozen=True, slots=True)
class Fenced:
    """Something between fences that grow with it; "" for no fence."""

    left: str
    body: Node
    right: str
    kind: str = "inner"


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    body: Node
    kind: str = "ord"


@dataclass(frozen=True, slots=True)
class Lined:
    """Something with a line over it, or under it."""

    body: Node
    over: bool
    kind: str = "ord"


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix, its columns flush "right" or "left"; "[" for the brackets of `ink.matrix`, else fences or none."""

    lines: tuple[tuple[Node, ...], ...]
    left: str
    right: str
    align: str
    kind: str = "inner"


Node: TypeAlias = Sign | Space | Row | Scripts | Fraction | Accent | Fenced | Root | Lined | Grid
