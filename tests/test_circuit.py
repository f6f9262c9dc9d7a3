"""The level of operations: what stands where in a circuit, what its numbers say, what its frames show."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import hypot, isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphviz_bp as bp
from graphviz_bp.errors import InputError
from graphviz_bp.figure.circuit.board import Board
from graphviz_bp.figure.circuit.circuit import GRADIENT, VALUE, circuit
from graphviz_bp.figure.circuit.operations import operations
from graphviz_bp.figure.drawing import Options
from graphviz_bp.figure.layout.wires import SHORT
from graphviz_bp.figure.page import Glyph, Group, Item, Path
from graphviz_bp.figure.themes import THEMES

Rect = tuple[float, float, float, float]

NEURON = "a = w0*x0 + w1*x1 + w2; f = 1/(1 + exp(-a))", {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}
# fmt: off
CIRCUITS = {
    "sigmoid neuron": NEURON,
    "tutorial":       ("v = u**2; w = 6*u; z = v*w", {"u": 5}),
    "fan-out":        ("y = x*x", {"x": 3}),
    "cube":           ("y = x*x*x", {"x": 2}),
    "deep chain":     ("y = sin(cos(sin(cos(sin(cos(sin(x)))))))", {"x": 1.5}),
    "two outputs":    ("a = x*y; s = sin(a); z = s - x; q = a**2", {"x": 1.2, "y": 0.4}),
    "several wires":  ("m = max(a, b, c, d, e); z = m**2", {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}),
    "wrong order":    ("h = tanh(x); z = b/h - a**h", {"x": 1, "a": 2, "b": 3}),
    "long names":     ("velocity_of_it = learning_rate*slope_of_it - momentum*before; loss = velocity_of_it**2",
                       {"learning_rate": 0.01, "slope_of_it": 3, "momentum": 0.9, "before": 1.5}),
    "layer":          ("h1 = tanh(a*x + b*y); h2 = tanh(c*x + d*y); z = h1*h2; L = (z - t)**2/2",
                       {"a": 0.1, "b": 0.2, "c": -0.3, "d": 0.4, "x": 1, "y": 2, "t": 1}),
}
# fmt: on


def picture(text: str, values: dict[str, float]) -> Board:
    return Board(circuit(bp.parse(text).backprop(values)))


def meet(a: Rect, b: Rect, slack: float = 0.0) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > slack and min(a[3], b[3]) - max(a[1], b[1]) > slack


def samples(path) -> list[tuple[float, float]]:
    found = []
    for (x0, y0, *_), (x1, y1, *_) in pairwise(path):
        steps = int(hypot(x1 - x0, y1 - y0) / 3) + 1
        found += [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(steps + 1)]
    return found


def check(drawn: Board) -> None:
    """All that is promised of where things stand in a circuit."""
    nodes = [drawn.rect(i) for i in range(len(drawn.drawn.nodes))]
    labels = [rect for rect, lead in zip(drawn.labels, drawn.drawn.leads, strict=True) if lead.value or lead.gradient]
    for a, b in combinations(nodes, 2):
        assert not meet(a, b), "two nodes overlap"
    for a, b in combinations(labels, 2):
        assert not meet(a, b), "two labels overlap"
    assert not any(meet(a, b) for a in labels for b in nodes), "a label lies on a node"
    for lead, path in zip(drawn.drawn.leads, drawn.placed.paths, strict=True):
        points = samples(path)
        for i, (left, top, right, bottom) in enumerate(nodes):
            if i not in (lead.source, lead.target):
                assert not any(left < x < right and top < y < bottom for x, y in points), "a wire runs through a node"
        for other, (left, top, right, bottom) in zip(drawn.drawn.leads, drawn.labels, strict=True):
            if other is not lead and right > left:
                assert not any(left < x < right and top < y < bottom for x, y in points), "a wire runs through a label"
        ends_on_its_outline(drawn, lead.target, path)
    width, height = drawn.size
    assert all(r[0] >= 0 and r[1] >= 0 and r[2] <= width and r[3] <= height for r in [*nodes, *labels])


def ends_on_its_outline(drawn: Board, i: int, path) -> None:
    node, (x, y, tx, _) = drawn.drawn.nodes[i], path[-1]
    left, top, right, bottom = drawn.rect(i)
    if node.kind != "gate":
        return
    radius = min(right - left, bottom - top, 34.0) / 2
    dx = abs(x - (left + right) / 2) - (right - left) / 2 + radius
    dy = abs(y - (top + bottom) / 2) - (bottom - top) / 2 + radius
    off = hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius
    assert isclose(off, SHORT, abs_tol=0.5)
    assert tx > 0, "a wire arrives from the left"


@pytest.mark.parametrize("name", CIRCUITS)
def test_nothing_in_a_circuit_lies_on_anything_else(name):
    check(picture(*CIRCUITS[name]))


@st.composite
def programs(draw) -> str:
    """Statements over three inputs, each of one or two operations on what is there."""
    names, lines = ["x", "y", "w"], []
    for k in range(draw(st.integers(1, 7))):
        a, b, c = (draw(st.sampled_from(names)) for _ in range(3))
        form = draw(st.sampled_from(["{a}*{b} + {c}", "{a} - {b}", "tanh({a})", "({a} + 1)**2", "max({a}, {b}, {c})",
                                     "2*{a}", "{a}*{b}/({c}**2 + 1)", "exp(-{a})*{b}", "{a} + {b}"]))  # fmt: skip
        names.append(f"n{k}")
        lines.append(f"n{k} = {form.format(a=a, b=b, c=c)}")
    return "; ".join(lines)


@settings(max_examples=40, deadline=None)
@given(programs())
def test_nothing_in_a_random_circuit_lies_on_anything_else(text):
    graph = bp.parse(text)
    check(picture(text, dict(zip(graph.inputs, (0.5, -1.25, 2.0), strict=False))))


@settings(max_examples=25, deadline=None)
@given(programs())
def test_the_gradients_of_a_circuit_are_those_of_the_run_and_add_at_forks(text):
    graph = bp.parse(text)
    run = graph.backprop(dict(zip(graph.inputs, (0.5, -1.25, 2.0), strict=False)))
    drawn = circuit(run)
    inner = drawn.chain.run
    for name, value in run.gradients.items():
        assert isclose(inner.gradients[name], value, rel_tol=1e-9, abs_tol=1e-9)
        assert inner.values[name] == run.values[name]
    for box in inner.graph.boxes:
        step = inner.step(box.name)
        if step.terms:
            assert isclose(float(sum(t.contribution for t in step.terms)), float(step.total), abs_tol=1e-9)


def flat(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        if isinstance(item, Group):
            yield from flat(item.items)
        else:
            yield item


def words(figure: bp.figure.Figure) -> str:
    return " ".join(group.title or "" for group in groups(figure.page.items))


def groups(items: tuple[Item, ...]) -> list[Group]:
    return [item for item in items if isinstance(item, Group)]


def test_each_operation_is_a_gate_and_constants_are_part_of_its_sign():
    drawn = circuit(bp.parse(NEURON[0]).backprop(NEURON[1]))
    kinds = [node.kind for node in drawn.nodes]
    assert kinds.count("gate") == 8  # two products, two sums, ×−1, exp, +1, 1/x
    assert kinds.count("source") == 5
    assert kinds.count("exit") == 1
    assert not drawn.forks


def test_one_name_used_twice_forks_and_both_contributions_are_shown():
    drawn = circuit(bp.parse("y = x*x").backprop({"x": 3}))
    assert [node.kind for node in drawn.nodes].count("fork") == 1
    assert len([lead for lead in drawn.leads if drawn.nodes[lead.source].kind == "fork"]) == 2
    assert words(bp.parse("y = x*x").backprop({"x": 3}).draw(level="operations")).startswith("x = 3; gradient 6")


def test_a_statement_of_several_operations_that_reads_one_node_has_a_box():
    drawn = picture(*NEURON)
    assert [len(frame.group.gates) for frame in drawn.frames] == [4]
    assert drawn.frames[0].group.under is not None


def test_a_statement_drawn_as_one_gate_has_one_wire_from_each_node_it_reads_and_is_spelled_out():
    run = bp.models.logistic_regression().backprop()
    drawn = circuit(run, merged=True)
    gate = next(i for i, node in enumerate(drawn.nodes) if node.kind == "gate" and node.name == "l")
    assert sorted(drawn.nodes[drawn.leads[k].source].name for k in drawn.into(gate)) == ["y", "yhat"]
    assert not drawn.nodes[gate].marks
    assert drawn.elided == ("l",)


def test_the_parts_of_a_sum_come_in_their_order_where_no_wire_has_to_cross():
    board = Board(circuit(bp.models.logistic_regression().backprop(), merged=True))
    row = {node.name: board.placed.middles[i][1] for i, node in enumerate(board.drawn.nodes) if node.kind == "source"}
    assert row["w1"] < row["x1"] < row["w2"] < row["x2"] < row["b"]


def test_a_high_gate_takes_its_sign_whole():
    drawn = circuit(bp.models.mlp().backprop(), merged=True)
    gate = next(node for node in drawn.nodes if node.kind == "gate" and node.name == "L")
    assert gate.size[1] >= gate.ink.height + 12
    assert gate.size[0] >= gate.ink.width + 12


def test_inputs_stand_in_the_order_in_which_they_are_read():
    drawn = picture(*NEURON)
    rows = [drawn.placed.middles[i][1] for i, node in enumerate(drawn.drawn.nodes) if node.kind == "source"]
    assert rows == sorted(rows)


def test_an_operand_that_arrives_on_the_wrong_side_is_marked_with_a_letter():
    text, values = "s = x + y; z = x*y - s*t; q = z/s - s/z", {"x": 1, "y": 2, "t": 3}
    drawn = picture(text, values)
    for i, node in enumerate(drawn.drawn.nodes):
        wires = sorted(drawn.drawn.into(i), key=lambda k: drawn.drawn.leads[k].slot or 0)
        rows = [drawn.placed.paths[k][-1][1] for k in wires]
        if len(node.marks) == 2:
            drawn_marks = list(drawn._marks(i, node, THEMES["slate"], 0.0))
            assert bool(drawn_marks) == (rows[0] > rows[1])


def test_numbers_are_twelve_points_on_a_slide():
    width = bp.parse(NEURON[0]).backprop(NEURON[1]).draw(level="operations").page.width
    assert min(VALUE, GRADIENT) * 900 / width >= 12


def test_numbers_are_shown_to_two_decimals_unless_others_are_asked():
    run = bp.parse(NEURON[0]).backprop(NEURON[1])
    assert "0.73;" in words(run.draw(level="operations"))
    assert "0.7311" in words(run.draw(level="operations", digits=4))


def test_data_has_a_value_and_no_gradient():
    drawn = circuit(bp.parse("data t; L = (w - t)**2").backprop({"w": 2, "t": 1}))
    [lead] = [lead for lead in drawn.leads if drawn.nodes[lead.source].name == "t"]
    assert lead.value is not None
    assert lead.gradient is None


def test_a_small_array_graph_is_drawn_entry_by_entry_and_a_large_one_refused():
    text = "W: (2, 2); x: (2,); L = sum(relu(W@x))"
    figure = bp.parse(text).backprop({"W": [[1, 2], [3, -4]], "x": [1, 2]}).draw(level="operations")
    assert "W₁,₁" in words(figure) or "W_1_1" in words(figure)
    with pytest.raises(InputError, match=r"matrix.*scalars\(\)|scalars"):
        bp.parse("W: (20, 20); x: (20,); L = sum(W@x)").draw(level="operations")


def test_a_circuit_that_runs_down_is_refused():
    with pytest.raises(InputError, match="left to right"):
        bp.parse("y = x*x").draw(level="operations", direction="TB")


def test_a_wide_circuit_draws_a_statement_that_reads_one_node_as_one_gate():
    text = "a = 1/(1 + exp(-x)); b = 1/(1 + exp(-a)); c = 1/(1 + exp(-b)); d = 1/(1 + exp(-c))"
    figure = bp.parse(text).backprop({"x": 1}).draw(level="operations")
    assert figure.page.width < 1000


@pytest.mark.parametrize("order", ["pull", "push"])
def test_frames_show_nothing_before_it_is_computed(order):
    run = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
    film = operations(run, Options()).film(order, THEMES["slate"])
    theme = THEMES["slate"]
    backward = next(k for k, caption in enumerate(film.captions, 1) if "backward" in caption)
    for frame, page in enumerate(film.pages, 1):
        colours = {item.fill for item in flat(page.items) if isinstance(item, Glyph) and item.y < film.height - 110}
        assert (theme.gradient in colours) == (frame >= backward)
    assert film.captions[-1].endswith("450")
    assert all(p.width == film.width and p.height == film.height for p in film.pages)


def test_the_active_wire_replaces_its_forward_wire():
    run = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
    film = operations(run, Options()).film("pull", THEMES["slate"])
    wires = [len([i for i in flat(page.items) if isinstance(i, Path) and i.stroke]) for page in film.pages]
    assert len(set(wires)) == 1


def test_a_circuit_in_symbols_names_values_and_gradients():
    figure = bp.parse("v = u**2; w = 6*u; z = v*w").draw(level="operations")
    assert figure.page.title == "Computation graph of z"
    with pytest.raises(InputError, match="symbols"):
        figure.frames()


def test_the_same_run_gives_the_same_bytes():
    run = bp.parse(NEURON[0]).backprop(NEURON[1])
    assert run.draw(level="operations").svg == run.draw(level="operations").svg


@pytest.mark.parametrize("ending", ["svg", "pdf", "html", "gif", "png"])
def test_a_circuit_is_written_in_every_format(ending, tmp_path):
    figure = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).draw(level="operations")
    assert figure.save(tmp_path / f"x.{ending}").stat().st_size > 1000
