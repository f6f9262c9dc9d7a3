"""Boxes with a line below them, in the ranks that Graphviz finds: for graphs of arrays that have no main line."""

from __future__ import annotations

from dataclasses import replace

from graphviz_bp.figure.layout.layout import Layout, PlacedWire
from graphviz_bp.figure.layout.net import Box, Wire
from graphviz_bp.figure.layout.wires import Point
from graphviz_bp.figure.layout.wrap import wrapped
from graphviz_bp.figure.matrix.mainline import UNDER, extended
from graphviz_bp.figure.scene.parts import Scene, Statement

PITCH, SIDE = 24.0, 14.0  # between two wires on one side of a box; what its side is longer than they need


def ranked(scene: Scene, engine: str | None) -> Layout:
    """The scene laid out in cells, each with room for its line below the box and as much above it."""
    ends = [[link.parent for link in scene.links], [link.child for link in scene.links]]
    sizes = []
    for i, statement in enumerate(scene.statements):
        most = max(side.count(i) for side in ends)
        width, height = statement.size
        sizes.append((width, max(height, (most - 1) * PITCH + 2 * SIDE)))
    cells = [_cell(statement, size) for statement, size in zip(scene.statements, sizes, strict=True)]
    wires = [Wire(link.parent, link.child, link.backward) for link in scene.links]
    whole = wrapped([Box(*cell) for cell in cells], wires, engine=engine)
    corners: list[Point] = []
    remarks: list[Point | None] = []
    for (x, y), (w, h), size, statement in zip(whole.boxes, whole.sizes, sizes, scene.statements, strict=True):
        middle = x + w / 2, y + h / 2
        corners.append((middle[0] - size[0] / 2, middle[1] - size[1] / 2))
        made = statement.remark
        under = middle[1] + size[1] / 2 + UNDER
        remarks.append((middle[0] - made.width / 2, under + made.height) if made else None)
    spare = [(w - size[0]) / 2 for (w, _), size in zip(whole.sizes, sizes, strict=True)]
    placed = tuple(
        _reaching(wire, spare[link.parent], spare[link.child])
        for link, wire in zip(scene.links, whole.wires, strict=True)
    )
    return replace(whole, boxes=tuple(corners), sizes=tuple(sizes), wires=placed, remarks=tuple(remarks))


def _cell(statement: Statement, size: tuple[float, float]) -> tuple[float, float]:
    made = statement.remark
    if made is None:
        return size
    return max(size[0], made.width), size[1] + 2 * (UNDER + made.height)


def _reaching(wire: PlacedWire, source: float, target: float) -> PlacedWire:
    """The wire made longer from the cells' sides to those of the boxes in them."""
    back = wire.backward and extended(wire.backward, target, source)
    return replace(wire, forward=extended(wire.forward, source, target), backward=back)
