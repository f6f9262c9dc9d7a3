"""The layout of boxes and wires: what must hold for every graph, and what the well-known graphs look like."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations, pairwise
from math import hypot
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphviz_bp.errors import InputError
from graphviz_bp.figure.layout import positions as room
from graphviz_bp.figure.layout.layout import Layout, PlacedWire, layout
from graphviz_bp.figure.layout.net import Box, Wire
from graphviz_bp.figure.layout.wires import Curve

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
        source, target = rects[wire.source], rects[wire.target]
        below = source[3] < target[1]  # down, or in a row below
        assert below or (direction == "LR" and source[2] < target[0])
    for left, top, right, bottom in [*rects, *(label for _, label in labels)]:
        assert min(left, top, page.width - right, page.height - bottom) > 10
    for placed in page.wires:
        assert all(min(x, y, page.width - x, page.height - y) > 10 for x, y in samples(placed))
    for box, size in zip(boxes, page.sizes, strict=True):
        assert min(size[0] - box.width, size[1] - box.height) >= 0


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


@settings(max_examples=100, deadline=None)
@given(graphs(), st.sampled_from(["LR", "TB"]))
def test_nothing_touches_anything_in_random_graphs(given: tuple[list[Box], list[Wire]], direction: str) -> None:
    boxes, wires = given
    check(boxes, wires, layout(boxes, wires, direction=direction), direction)


def test_the_check_sees_a_label_on_a_wire() -> None:
    boxes, wires = graph("chain")
    page = layout(boxes, wires)
    first = page.wires[0]
    assert first.outer
    moved = replace(first, outer=(first.outer[0], first.outer[1] + 3))
    with pytest.raises(AssertionError):
        check(boxes, wires, replace(page, wires=(moved, *page.wires[1:])))


# ---- the looks of well-known graphs ----


def middle(page: Layout, box: int) -> float:
    return page.boxes[box][1] + page.sizes[box][1] / 2


def heights(curve: Curve) -> list[float]:
    return [y for _, y in curve.points]


def test_the_diamond_is_symmetric_with_forward_wires_outside() -> None:
    """The figure to match: look/chain-rule.png."""
    boxes, wires = graph("diamond")
    page = layout(boxes, wires)
    rows = [middle(page, i) for i in range(4)]
    assert rows[0] == pytest.approx(rows[3], abs=0.5)
    assert rows[0] == pytest.approx((rows[1] + rows[2]) / 2, abs=0.5)
    assert 90 < rows[2] - rows[1] < 150
    assert 640 < page.width < 760
    for upper, lower in ((0, 1), (2, 3)):
        for (_, y), (_, z) in zip(page.wires[upper].forward.points, page.wires[lower].forward.points, strict=True):
            assert y - rows[0] == pytest.approx(rows[0] - z, abs=0.5)
    for k, side in enumerate((-1, 1, -1, 1)):
        forward, backward = page.wires[k].forward, page.wires[k].backward
        assert backward
        assert side * (sum(heights(forward)) - sum(heights(backward))) > 0
        outer, inner = page.wires[k].outer, page.wires[k].inner
        assert outer
        assert inner
        assert side * (outer[1] - inner[1]) > 0


def test_a_chain_runs_straight_with_values_above_and_gradients_below() -> None:
    boxes, wires = graph("chain")
    for placed in layout(boxes, wires).wires:
        assert placed.backward
        assert placed.outer
        assert placed.inner
        above, below = heights(placed.forward), heights(placed.backward)
        assert max(above) - min(above) < 0.01
        assert placed.outer[1] + OUTER[1] < above[0] < below[0] < placed.inner[1]


def test_a_chain_down_the_page_has_values_left_and_gradients_right() -> None:
    boxes, wires = graph("chain")
    for placed in layout(boxes, wires, direction="TB").wires:
        assert placed.backward
        assert placed.outer
        assert placed.inner
        forward, backward = placed.forward.points[0][0], placed.backward.points[0][0]
        assert placed.outer[0] + OUTER[0] < forward < backward < placed.inner[0]


def test_a_square_has_two_separate_symmetric_arcs() -> None:
    boxes, wires = graph("square")
    page = layout(boxes, wires)
    for (x, y), (a, b) in zip(page.wires[0].forward.points, page.wires[1].forward.points, strict=True):
        assert x == pytest.approx(a)
        assert y + b == pytest.approx(2 * middle(page, 0), abs=0.5)
    assert min(heights(page.wires[1].forward)) - max(heights(page.wires[0].forward)) > 20


def test_a_residual_line_is_straight_and_its_skip_bows_out() -> None:
    boxes, wires = graph("residual")
    page = layout(boxes, wires)
    assert max(middle(page, i) for i in range(6)) - min(middle(page, i) for i in range(6)) < 1
    assert max(heights(page.wires[4].forward)) > middle(page, 2) + BOX[1] / 2 + 10


@pytest.mark.parametrize("name", ["sum of six", "fan", "dense", "diamond", "two outputs"])
def test_boxes_of_a_rank_keep_the_order_they_were_given_in(name: str) -> None:
    page = layout(*graph(name))
    columns: dict[float, list[float]] = {}
    for i, (x, _) in enumerate(page.boxes):
        columns.setdefault(x, []).append(middle(page, i))
    assert all(rows == sorted(rows) for rows in columns.values())


def test_wires_arrive_in_the_order_of_their_sources_and_apart() -> None:
    page = layout(*graph("sum of six"))
    ends = [w.forward.points[-1][1] for w in page.wires]
    assert all(b - a > 9 for a, b in pairwise(ends))


def test_similar_boxes_of_a_rank_are_equally_wide() -> None:
    page = layout([Box(100, 60), Box(120, 60), Box(300, 60), Box(80, 60)], [Wire(0, 3), Wire(1, 3), Wire(2, 3)])
    assert [w for w, _ in page.sizes] == [100, 120, 300, 80]
    page = layout([Box(100, 60), Box(120, 60), Box(80, 60)], [Wire(0, 2), Wire(1, 2)])
    assert [w for w, _ in page.sizes] == [120, 120, 80]


def test_rank_hints_are_followed() -> None:
    loose, first, last = Box(60, 40), Box(60, 40, rank="source"), Box(60, 40, rank="sink")
    page = layout([loose, loose, first, last, loose], [Wire(0, 1), Wire(1, 4), Wire(0, 3), Wire(2, 4)])
    assert page.boxes[2][0] == page.boxes[0][0]
    assert page.boxes[3][0] == page.boxes[4][0]
    assert len(layout([first, last, loose], []).boxes) == 3


def test_a_wire_without_a_gradient_is_a_single_line_in_the_middle() -> None:
    page = layout([Box(60, 40), Box(60, 40)], [Wire(0, 1, backward=False)])
    assert page.wires[0].backward is None
    assert page.wires[0].forward.points[0][1] == middle(page, 0)


def test_crossing_wires_have_a_bridge() -> None:
    boxes, wires = graph("dense")
    page = layout(boxes, wires)
    bridges = [(w, b) for w in page.wires for b in w.bridges]
    assert len(bridges) == 9
    for wire, bridge in bridges:
        near = samples(wire)
        assert all(min(hypot(x - a, y - b) for a, b in near) < 5 for x, y in bridge)


def test_heads_are_stealth_and_lines_end_inside_them() -> None:
    placed = layout([Box(60, 40), Box(60, 40)], [Wire(0, 1)]).wires[0]
    tip, last = placed.forward.points[-1], placed.forward.line[-1]
    assert placed.forward.head[0] == ("M", *tip)
    assert tip[0] - last[-2] == pytest.approx(0.72 * 8.5)
    ys = [c[2] for c in placed.forward.head[:-1]]
    assert max(ys) - min(ys) == pytest.approx(6.8)


def test_strokes_pass_through_the_samples() -> None:
    placed = layout(*graph("diamond")).wires[0]
    ends = [command[-2:] for command in placed.forward.line[:-1]]
    assert ends == list(placed.forward.points[: len(ends)])


# ---- Graphviz, in and out of process ----


def test_the_same_input_gives_the_same_output_in_every_process() -> None:
    program = (
        "import sys; sys.path[:0] = ['tests']; import test_layout as t;"
        "print(repr([t.layout(*t.graph(n)) for n in t.GRAPHS]))"
    )
    root = Path(__file__).parent.parent
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "FONTCONFIG_FILE": "/nonexistent"},
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
        for seed in ("1", "2")
    ]
    assert runs[0].stdout == runs[1].stdout == repr([layout(*graph(n)) for n in GRAPHS]) + "\n"
    assert runs[0].stderr == ""


def test_dot_sees_generated_names_and_numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    inside = room._inside
    monkeypatch.setattr(room, "_inside", lambda text: seen.append(text) or inside(text))
    layout(*graph("residual"))
    words = {w for text in seen for w in re.findall(r"[A-Za-z_]\w*", text)}
    words -= {w for w in words if re.fullmatch(r"n\d+|d\d+_\d+", w)}
    names, nodes = {"digraph", "splines", "none", "nodesep", "ranksep", "nslimit", "mclimit"}, {"node", "shape", "box"}
    assert words <= names | nodes | {"label", "fixedsize", "true", "width", "height", "edge", "weight"}


def test_a_child_process_gives_the_same_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    here = layout(*graph("diamond"))
    monkeypatch.setattr(room, "IN_PROCESS", 3)
    monkeypatch.setattr(room, "_inside", None)
    assert layout(*graph("diamond")) == here


def test_a_layout_that_takes_too_long_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "IN_PROCESS", 3)
    monkeypatch.setattr(room, "SECONDS", 0.001)
    with pytest.raises(InputError, match=r"4 boxes took longer than 0\.001 seconds; draw a part"):
        layout(*graph("diamond"))


def test_an_installed_dot_can_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name != "posix":
        pytest.skip("the stand-in for dot is a shell script")
    program = tmp_path / "dot"
    program.write_text(f"#!{sys.executable}\n{room.CHILD}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert layout(*graph("diamond"), engine="dot") == layout(*graph("diamond"))


def test_a_missing_dot_is_an_input_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="the program dot was not found; install Graphviz"):
        layout(*graph("diamond"), engine="dot")


@pytest.mark.parametrize(
    ("wires", "options", "words"),
    [
        ([Wire(1, 0)], {}, "to a later box"),
        ([Wire(0, 2)], {}, "to a later box"),
        ([], {"direction": "RL"}, "unknown direction: 'RL'"),
        ([], {"engine": "neato"}, "unknown engine: 'neato'"),
    ],
)
def test_wrong_arguments_are_value_errors(wires: list[Wire], options: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        layout([Box(60, 40), Box(60, 40)], wires, **options)


def test_nothing_at_all_is_an_empty_page() -> None:
    assert layout([], []).boxes == ()
