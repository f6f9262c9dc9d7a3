"""The layout of boxes and wires: what must hold for every graph, and what the well-known graphs look like."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations, pairwise
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphviz_bp.errors import InputError
from graphviz_bp.figure import layout as room
from graphviz_bp.figure.layout import Box, Layout, PlacedWire, Wire, layout

Rect = tuple[float, float, float, float]  # left, top, right, bottom

# fmt: off
GRAPHS = {
    "one box":     (1, []),
    "apart":       (3, [(0, 1)]),
    "chain":       (10, [(i, i + 1) for i in range(9)]),
    "diamond":     (4, [(0, 1), (0, 2), (1, 3), (2, 3)]),
    "square":      (2, [(0, 1), (0, 1)]),
    "cube":        (3, [(0, 1), (0, 1), (0, 1), (1, 2)]),
    "fan":         (7, [(0, i) for i in range(1, 6)] + [(i, 6) for i in range(1, 6)]),
    "two outputs": (5, [(0, 2), (1, 2), (2, 3), (2, 4)]),
    "sum of six":  (7, [(i, 6) for i in range(6)]),
    "residual":    (6, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4), (4, 5)]),
    "neuron":      (8, [(0, 2), (1, 2), (2, 4), (3, 4), (4, 5), (5, 7), (6, 7)]),
    "dense":       (6, [(i, j) for i in range(3) for j in range(3, 6)]),
    "skips":       (6, [(i, j) for i in range(6) for j in range(i + 1, 6)]),
}
# fmt: on
INPUT, BOX, OUTER, INNER = (119.0, 58.0), (140.0, 66.0), (75.0, 24.0), (68.0, 14.0)


def graph(name: str) -> tuple[list[Box], list[Wire]]:
    count, ends = GRAPHS[name]
    fed = {b for _, b in ends}
    boxes = [Box(*(BOX if i in fed else INPUT)) for i in range(count)]
    return boxes, [Wire(a, b, outer=OUTER, inner=INNER) for a, b in ends]


def rect(at: tuple[float, float], size: tuple[float, float]) -> Rect:
    return at[0], at[1], at[0] + size[0], at[1] + size[1]


def distance(a: Rect, b: Rect) -> float:
    return hypot(max(a[0] - b[2], b[0] - a[2], 0), max(a[1] - b[3], b[1] - a[3], 0))


def samples(wire: PlacedWire) -> list[tuple[float, float]]:
    """Points at most 3 apart on both curves of a wire."""
    found = []
    for curve in (wire.forward, wire.backward):
        for (x0, y0), (x1, y1) in pairwise(curve.points if curve else ()):
            steps = int(hypot(x1 - x0, y1 - y0) / 3) + 1
            found += [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(steps + 1)]
    return found


def off_outline(point: tuple[float, float], box: Rect, radius: float) -> float:
    """Distance of a point from a rounded outline."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    dx = abs(point[0] - x) - (box[2] - box[0]) / 2 + radius
    dy = abs(point[1] - y) - (box[3] - box[1]) / 2 + radius
    return abs(hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius)


def check(boxes: list[Box], wires: list[Wire], page: Layout, direction: str = "LR") -> None:
    """All that is promised of a layout."""
    rects = [rect(at, size) for at, size in zip(page.boxes, page.sizes, strict=True)]
    labels = []
    for k, (wire, placed) in enumerate(zip(wires, page.wires, strict=True)):
        for size, at in ((wire.outer, placed.outer), (wire.inner, placed.inner)):
            assert (at is None) == (size is None), "every label finds a place"
            if at and size:
                labels.append((k, rect(at, size)))
    for a, b in combinations(rects, 2):
        assert distance(a, b) >= 15
    for (_, a), (_, b) in combinations(labels, 2):
        assert distance(a, b) >= 5
    for _, label in labels:
        assert all(distance(label, box) >= 5 for box in rects)
    for k, (wire, placed) in enumerate(zip(wires, page.wires, strict=True)):
        points = samples(placed)
        for owner, label in labels:
            least = 4.95 if owner == k else 3.95
            assert all(distance(label, (x, y, x, y)) >= least for x, y in points)
        for i, box in enumerate(rects):
            if i not in (wire.source, wire.target):
                assert all(distance(box, (x, y, x, y)) >= 5 for x, y in points)
        ends = (wire.source, wire.target)
        for curve, (a, b) in ((placed.forward, ends), (placed.backward, ends[::-1])):
            if curve:
                assert off_outline(curve.points[0], rects[a], boxes[a].radius) < 0.1
                assert 0.5 < off_outline(curve.points[-1], rects[b], boxes[b].radius) < 1.5
        axis = 0 if direction == "LR" else 1
        assert rects[wire.source][axis + 2] < rects[wire.target][axis]
    for left, top, right, bottom in [*rects, *(label for _, label in labels)]:
        assert left > 10 and top > 10 and right < page.width - 10 and bottom < page.height - 10
    for placed in page.wires:
        assert all(10 < x < page.width - 10 and 10 < y < page.height - 10 for x, y in samples(placed))
    for box, size in zip(boxes, page.sizes, strict=True):
        assert size[0] >= box.width and size[1] >= box.height


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_touches_anything(name: str, direction: str) -> None:
    boxes, wires = graph(name)
    check(boxes, wires, layout(boxes, wires, direction=direction), direction)


sizes = st.tuples(st.floats(8, 160), st.floats(8, 40))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Wire]]:
    count = draw(st.integers(2, 12))
    boxes = draw(
        st.lists(
            st.builds(Box, st.floats(30, 320), st.floats(24, 140), st.floats(0, 12)), min_size=count, max_size=count
        )
    )
    wires = []
    for target in range(1, count):
        for source in draw(st.lists(st.integers(0, target - 1), max_size=4)):
            outer, inner = draw(st.tuples(st.none() | sizes, st.none() | sizes))
            wires.append(Wire(source, target, draw(st.booleans()), outer, inner))
    return boxes, wires


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from(["LR", "TB"]))
def test_nothing_touches_anything_in_random_graphs(given: tuple[list[Box], list[Wire]], direction: str) -> None:
    boxes, wires = given
    check(boxes, wires, layout(boxes, wires, direction=direction), direction)
