"""The level of arrays: what stands where along a main line and in ranks, how arrays are printed, what frames show."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from math import hypot

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphviz_bp as bp
from graphviz_bp.errors import InputError
from graphviz_bp.figure.drawing import Options
from graphviz_bp.figure.layout.layout import Layout
from graphviz_bp.figure.matrix import matrix as level
from graphviz_bp.figure.matrix.cells import cells, rows_off
from graphviz_bp.figure.matrix.mainline import line_of
from graphviz_bp.figure.page import Glyph, Group
from graphviz_bp.figure.scene.parts import Scene
from graphviz_bp.figure.themes import THEMES
from graphviz_bp.notation.shown import matrix_text

Rect = tuple[float, float, float, float]


def random(*shape: int) -> np.ndarray:
    return np.round(np.random.default_rng(sum(shape)).normal(size=shape), 1)


def network(sizes: list[int], batch: int = 0) -> tuple[str, dict[str, np.ndarray]]:
    """A network of tanh layers with these widths."""
    lines, values = list[str](), {"h0": random(sizes[0], batch) if batch else random(sizes[0])}
    for k, (n, m) in enumerate(pairwise(sizes), 1):
        lines += [f"a{k} = W{k}@h{k - 1} + b{k}", f"h{k} = tanh(a{k})"]
        values |= {f"W{k}": random(m, n), f"b{k}": random(m, 1) if batch else random(m)}
    return "; ".join([*lines, f"L = sum((h{len(sizes) - 1} - y)**2)", "data h0, y"]), {
        **values, "y": random(sizes[-1], batch) if batch else random(sizes[-1])}  # fmt: skip


# fmt: off
GRAPHS = {
    "network 2-3-1":  network([2, 3, 1]),
    "large network":  network([784, 128, 64, 10]),
    "batch":          network([2, 3, 2], batch=3),
    "five layers":    network([2, 2, 2, 2, 2, 2]),
    "softmax":        ("s = W@x + b; p = softmax(s); L = -log(p[1]); data x", {"W": random(3, 2), "x": random(2), "b": random(3)}),
    "attention":      ("S = Q@transpose(K)/sqrt(2); P = softmax(S); O = P@V; L = sum((O - Y)**2)/2; data Y",
                       {"Q": random(3, 2), "K": random(3, 2) + 1, "V": random(3, 2) - 1, "Y": random(3, 2)}),
    "residual":       ("h = tanh(W@x + b); r = V@h + x; L = sum(r**2)",
                       {"W": random(3, 3), "x": random(3), "b": random(3), "V": random(3, 3)}),
    "shared weights": ("h1 = tanh(W@x1 + U@h0); h2 = tanh(W@x2 + U@h1); L = sum(h2**2); data x1, x2, h0",
                       {"W": random(2, 2), "U": random(2, 2), "x1": random(2), "x2": random(2), "h0": random(2)}),
    "long names":     ("hidden_layer = tanh(first_weights@observations + first_bias); prediction = second_weights@hidden_layer;"
                       "loss = sum((prediction - target_values)**2); data observations, target_values",
                       {"first_weights": random(3, 3), "observations": random(3), "first_bias": random(3),
                        "second_weights": random(2, 3), "target_values": random(2)}),
    "two outputs":    ("a = W@x; s = sum(a); L = sum(a**2)", {"W": random(2, 2), "x": random(2)}),
}
# fmt: on


def placed(text: str, values: dict[str, np.ndarray]) -> tuple[Scene, Layout]:
    chain, drawn = level._sheet(bp.parse(text).backprop(values), Options())
    return drawn, level._arranged(drawn, engine=None, heads=level._heads(chain))


def rect(at: tuple[float, float], size: tuple[float, float]) -> Rect:
    return at[0], at[1], at[0] + size[0], at[1] + size[1]


def meet(a: Rect, b: Rect) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.1 and min(a[3], b[3]) - max(a[1], b[1]) > 0.1


def off_outline(point: tuple[float, float], box: Rect, radius: float = 9.0) -> float:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    dx = abs(point[0] - x) - (box[2] - box[0]) / 2 + radius
    dy = abs(point[1] - y) - (box[3] - box[1]) / 2 + radius
    return abs(hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius)


def check(drawn: Scene, page: Layout) -> None:
    """All that is promised of where things stand."""
    boxes = [rect(at, size) for at, size in zip(page.boxes, page.sizes, strict=True)]
    lines = [
        (at[0], at[1] - s.remark.height, at[0] + s.remark.width, at[1])
        for s, at in zip(drawn.statements, page.remarks, strict=True) if s.remark and at
    ]  # fmt: skip
    for a, b in combinations([*boxes, *lines], 2):
        assert not meet(a, b), "two boxes or formulas overlap"
    for statement, size in zip(drawn.statements, page.sizes, strict=True):
        assert size[0] >= statement.size[0] - 0.01
        assert size[1] >= statement.size[1] - 0.01
    for link, wire in zip(drawn.links, page.wires, strict=True):
        for curve, target in ((wire.forward, link.child), (wire.backward, link.parent)):
            if curve is None:
                continue
            points = [
                (x0 + (x1 - x0) * n / 20, y0 + (y1 - y0) * n / 20)
                for (x0, y0), (x1, y1) in pairwise(curve.points) for n in range(21)
            ]  # fmt: skip
            for i, box in enumerate(boxes):
                inside = [p for p in points if box[0] + 0.1 < p[0] < box[2] - 0.1 and box[1] + 0.1 < p[1] < box[3] - 0.1]
                assert i in (link.parent, link.child) or not inside, "a wire runs through a box"
            for line in lines:
                assert not any(line[0] < x < line[2] and line[1] < y < line[3] for x, y in points), "through a formula"
            assert off_outline(curve.points[-1], boxes[target]) < 2.0
            assert off_outline(curve.points[0], boxes[link.parent + link.child - target]) < 2.0
    assert all(r[0] >= 0 and r[1] >= 0 and r[2] <= page.width and r[3] <= page.height for r in [*boxes, *lines])


@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_lies_on_anything_else(name):
    check(*placed(*GRAPHS[name]))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=6), st.integers(0, 3))
def test_nothing_lies_on_anything_else_in_a_network_of_any_shape(sizes, batch):
    check(*placed(*network(sizes, batch)))


@st.composite
def programs(draw) -> str:
    """Statements on 2 × 2 arrays, each reading some of what is there."""
    names, lines = ["A", "B", "x"], []
    for k in range(draw(st.integers(1, 5))):
        a, b = (draw(st.sampled_from(names)) for _ in range(2))
        form = draw(st.sampled_from(["{a}@{b}", "tanh({a}) + {b}", "{a}*{b}", "softmax({a})", "relu({a}) - {b}"]))
        names.append(f"N{k}")
        lines.append(f"N{k} = {form.format(a=a, b=b)}")
    last = f"L = sum(({' + '.join(n for n in names if n[0] == 'N')})**2)"
    used = [n for n in names[:3] if any(re.search(rf"\b{n}\b", line) for line in lines)]
    return "; ".join([*(f"{n}: (2, 2)" for n in used), *lines, last])


@settings(max_examples=30, deadline=None)
@given(programs())
def test_nothing_lies_on_anything_else_in_a_random_graph(text):
    graph = bp.parse(text)
    check(*placed(text, dict(zip(graph.inputs, (random(2, 2), random(2, 2) + 1, random(2, 2) - 1), strict=False))))


@pytest.mark.parametrize(("name", "stations"), [("network 2-3-1", 6), ("attention", 5), ("softmax", 4)])
def test_a_chain_of_arrays_stands_on_one_line(name, stations):
    _, page = placed(*GRAPHS[name])
    middles = [round(y + h / 2, 3) for (_, y), (_, h) in zip(page.boxes, page.sizes, strict=True)]
    assert max(middles.count(m) for m in middles) == stations


@pytest.mark.parametrize("name", ["residual", "shared weights", "two outputs"])
def test_a_graph_that_branches_has_no_main_line(name):
    chain, drawn = level._sheet(bp.parse(GRAPHS[name][0]).backprop(GRAPHS[name][1]), Options())
    assert line_of(drawn, level._heads(chain)) is None


def test_parameters_stand_above_the_node_that_reads_them_and_the_target_below_the_loss():
    text, values = GRAPHS["network 2-3-1"]
    _, page = placed(text, values)
    top = dict(zip([box.name for box in bp.parse(text).boxes], [y for _, y in page.boxes], strict=True))
    assert top["W1"] < top["a1"]
    assert top["b1"] < top["a1"]
    assert top["y"] > top["L"]


def test_a_long_line_goes_on_in_a_second_row():
    _, page = placed(*GRAPHS["five layers"])
    turning = [wire for wire in page.wires if len(wire.forward.points) > 10]
    assert len(turning) == 1
    assert page.width < 1400


@pytest.mark.parametrize("name", ["network 2-3-1", "attention", "softmax"])
def test_numbers_are_twelve_points_on_a_slide(name):
    run = bp.parse(GRAPHS[name][0]).backprop(GRAPHS[name][1])
    assert min(level.VALUE, level.GRADIENT) * 900 / run.draw(level="matrix").page.width >= 12


def test_each_pull_stands_beside_its_node():
    drawn, page = placed(*GRAPHS["network 2-3-1"])
    for statement, at in zip(drawn.statements, page.remarks, strict=True):
        fed = any(chip.role == "gradient" for chip in statement.chips) and statement.role != "output"
        assert (statement.remark is not None) == (at is not None) == fed


def letters(made) -> int:
    return len(made.glyphs)


def test_a_figure_too_large_for_a_slide_tells_norms_and_its_long_pulls_below():
    run = bp.models.encoder_decoder().backprop()
    chain, whole = level._sheet(run, Options(), entries=True)
    _, short = level._sheet(run, Options(), entries=False)
    moved = [full for full, kept in zip(whole.statements, short.statements, strict=True) if full.remark and not kept.remark]
    assert moved
    assert short.notes.height > sum(s.remark.height for s in moved) / 2 * level.ASIDE
    heads = level._heads(chain)
    sizes = [level._arranged(scene, engine=None, heads=heads) for scene in (whole, short)]
    assert sizes[1].width < 0.75 * sizes[0].width
    assert abs(run.draw(level="matrix").page.width - sizes[1].width) < 60


def test_a_matrix_with_one_small_entry_keeps_its_columns_and_an_exact_zero_stays_zero():
    assert matrix_text(np.array([[-0.0898, -0.0039], [0.0, -0.044]])).plain == "[[−0.090, −0.004], [0, −0.044]]"
    assert matrix_text(np.array([0.25, 3e-7])).plain == "[0.25, 3·10⁻⁷]"


def test_all_cells_of_a_matrix_have_the_same_number_of_decimals():
    made, true = cells(np.array([[0.1234, 2.0], [1 / 3, -0.5]]), 10.0)
    assert not true
    assert letters(made) == len("0.1232.0000.333-0.500")


def test_one_tiny_entry_does_not_break_the_columns():
    plain, _ = cells(np.array([[0.1234567, 0.25], [1 / 3, -0.5]]), 10.0)
    tiny, _ = cells(np.array([[0.1234567, 0.00044], [1 / 3, -0.5]]), 10.0)
    assert tiny.width < 1.3 * plain.width


def test_small_entries_have_a_common_factor_and_noise_of_rounding_is_nothing():
    small, _ = cells(np.array([1.23e-5, 4.56e-5]), 10.0)
    assert letters(small) == len("10-5·") + len("1.234.56")
    noise, _ = cells(np.array([0.1 + 0.2, 2.7e-17, 1 / 3]), 10.0)
    assert letters(noise) == 3 * len("0.000")


def test_an_exact_zero_among_rounded_numbers_is_written_zero():
    made, _ = cells(np.array([1 / 3, 0.0, -0.0]), 10.0)
    assert letters(made) == len("0.33300")


def test_what_vanishes_beside_a_huge_entry_is_no_exact_zero():
    made, _ = cells(np.array([1e300 / 3, 1e-300]), 10.0)
    assert letters(made) == len("10299·") + len("3.330.00")


def test_rows_that_no_longer_add_to_one_are_told():
    assert rows_off(np.array([1 / 3, 1 / 3, 1 / 3]))
    assert not rows_off(np.array([[0.25, 0.75], [0.5, 0.5]]))


def test_large_arrays_are_shape_and_norm():
    drawn, _ = placed(*GRAPHS["large network"])
    assert all(chip.ink.height < 20 for s in drawn.statements for chip in s.chips)
    assert drawn.notes is not None


def test_a_graph_of_numbers_is_refused():
    with pytest.raises(InputError, match="no arrays"):
        bp.parse("y = x*x").backprop({"x": 3}).draw(level="matrix")


def test_a_picture_that_runs_down_is_refused():
    with pytest.raises(InputError, match="left to right"):
        bp.parse(GRAPHS["softmax"][0]).draw(level="matrix", direction="TB")


@pytest.mark.parametrize("order", ["pull", "push"])
def test_frames_show_no_gradient_before_it_has_come_back(order):
    run = bp.parse(GRAPHS["network 2-3-1"][0]).backprop(GRAPHS["network 2-3-1"][1])
    theme = THEMES["slate"]
    film = level.matrix(run, Options()).film(order, theme)
    backward = next(k for k, caption in enumerate(film.captions, 1) if "backward" in caption)
    for frame, page in enumerate(film.pages, 1):
        glyphs = [g for item in page.items for g in (item.items if isinstance(item, Group) else (item,))]
        colours = {g.fill for g in glyphs if isinstance(g, Glyph) and g.y < film.height - 120}
        assert (theme.gradient in colours) == (frame >= backward)


def test_shapes_that_are_not_known_yet_leave_the_pulls_out():
    figure = bp.parse("a = W@x; L = sum(a**2)").draw(level="matrix")
    assert figure.page.title == "Computation graph of L"


def test_the_same_run_gives_the_same_bytes():
    run = bp.parse(GRAPHS["attention"][0]).backprop(GRAPHS["attention"][1])
    assert run.draw(level="matrix").svg == run.draw(level="matrix").svg


@pytest.mark.parametrize("ending", ["svg", "pdf", "html", "gif"])
def test_arrays_are_drawn_in_every_format(ending, tmp_path):
    figure = bp.parse(GRAPHS["softmax"][0]).backprop(GRAPHS["softmax"][1]).draw(level="matrix")
    assert figure.save(tmp_path / f"x.{ending}").stat().st_size > 1000
