"""Boxes and wires to place, in ranks: each wire passes the ranks between its ends on lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphviz_bp.figure.layout.wires import (
    Size,
)

APART, BOX_APART, LANE = 10.0, 30.0, 10.0  # between neighbours in a rank, between two boxes; height of a bare wire
Chain = Sequence[str]  # what a wire passes, half rank by half rank: n0 d3_1 d3_2 d3_3 n4
Rows = Mapping[str, float]  # of every box (n4) and of every lane or slot (d3_2: wire 3, half rank 2)


@dataclass(frozen=True, slots=True)
class Box:
    """A box to place; `rank` may ask for the first ("source") or the last ("sink") rank."""

    width: float
    height: float
    radius: float = 9.0
    rank: str | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire between two boxes, and the sizes of its labels: beside the forward and beside the backward curve."""

    source: int
    target: int
    backward: bool = True
    outer: Size | None = None
    inner: Size | None = None


@dataclass(frozen=True, slots=True)
class Net:
    boxes: Sequence[Box]
    wires: Sequence[Wire]
    ranks: Sequence[int]
    out: Mapping[int, int]  # how many wires leave a box
    into: Mapping[int, int]
    chains: Sequence[Chain]
    slots: Sequence[int]  # the gap in which the labels of each wire stand

    def half(self, name: str) -> int:
        """The half rank of a box, lane or slot."""
        return 2 * self.ranks[int(name[1:])] if name[0] == "n" else int(name.partition("_")[2])
