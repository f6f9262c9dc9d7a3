"""Graphs by hand, their names, boxes, paths, and the ways out to networkx and SymPy."""

from __future__ import annotations

import pytest
import sympy

import graphviz_bp as bp


def tutorial():
    (u,) = bp.inputs("u")
    v, w = (u**2).named("v"), (6 * u).named("w")
    return bp.graph((v * w).named("z"))


def test_text_and_hand_make_equal_graphs():
    assert tutorial() == bp.parse("v = u**2; w = 6*u; z = v*w")
    assert tutorial() != bp.parse("v = u**2; w = 6*u; z = w*v")
    assert tutorial() != bp.parse("v = u**2; w = 7*u; z = v*w")


def test_inputs_output_and_nodes_are_found_by_name():
    graph = tutorial()
    assert graph.inputs == ("u",)
    assert graph.output == "z"
    assert graph["z"].parents == ("v", "w")
    assert graph["u"].children == ("v", "w")
    assert graph["v"].formula == "u²"
    with pytest.raises(bp.InputError, match="the nodes are u, v, w, z"):
        graph["q"]


def test_an_operation_used_twice_gets_a_name_of_its_own():
    (x,) = bp.inputs("x")
    s = x + 1
    graph = bp.graph((s * s).named("y"))
    assert graph.names == ("x", "t_1", "y")
    assert graph.backprop({"x": 2}).gradients["x"] == 6


def test_a_generated_name_avoids_one_that_is_taken():
    (t_1,) = bp.inputs("t_1")
    graph = bp.graph(t_1 * 2)
    assert graph.output == "t_2"


def test_operations_nobody_needs_are_left_out():
    (x,) = bp.inputs("x")
    _ = x**5
    assert bp.graph((x * 2).named("y")) == bp.parse("y = x*2")


def test_a_finished_graph_never_changes():
    (x,) = bp.inputs("x")
    y = (x * 2).named("y")
    graph = bp.graph(y)
    _ = (y + 1).named("z")
    assert graph.names == ("x", "y")


def test_a_second_name_is_a_node_of_its_own():
    (x,) = bp.inputs("x")
    assert bp.graph(x.named("y")) == bp.parse("y = x")


REFUSED = [
    (lambda: bp.inputs("a")[0] + bp.inputs("b")[0], "two different graphs"),
    (lambda: bp.inputs("a", "a"), "already taken"),
    (lambda: bp.inputs("2x"), "not a name"),
    (lambda: bp.inputs("x")[0].named("x"), "already taken"),
    (lambda: bp.inputs("x")[0] + "1", "neither a number nor a variable"),
    (lambda: bool(bp.inputs("x")[0] > 0), "where"),
    (lambda: float(bp.inputs("x")[0]), "no value yet"),
    (lambda: bp.inputs("W", W=(2, 3))[0] @ bp.inputs("x")[0], "two different graphs"),
    (lambda: bp.sum(*bp.inputs("x", "y")), "takes 1 argument"),
    (lambda: bp.graph(3), "must be a variable"),
    (lambda: bp.inputs("x")[0][0], "too many"),
    (lambda: bp.inputs("x", x=(2, 0)), "not a shape"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED)
def test_what_makes_no_graph_is_refused_with_a_remedy(wrong, message):
    with pytest.raises(bp.InputError, match=message):
        wrong()


def test_shapes_that_do_not_fit_are_both_named():
    W, x = bp.inputs("W", "x", W=(2, 3), x=(2,))
    with pytest.raises(bp.InputError, match=r"\(2, 3\) and \(2,\)"):
        W @ x


def test_networkx_keeps_both_edges_of_a_square():
    graph = bp.parse("z = x*x").to_networkx()
    assert sorted(graph.edges(keys=True)) == [("x", "z", 0), ("x", "z", 1)]


def test_paths_name_every_way_to_the_output():
    graph = bp.parse("b1 = 2*a; b2 = 3*a + b1; c = 4*b1 + 5*b2")
    assert graph.paths("a") == (("a", "b1", "b2", "c"), ("a", "b1", "c"), ("a", "b2", "c"))
    assert bp.parse("z = x*x").paths("x") == (("x", "z"), ("x", "z"))


def test_sympy_says_a_node_in_the_inputs():
    u = sympy.Symbol("u", real=True)
    assert tutorial().to_sympy() == 6 * u**3
    assert tutorial().to_sympy("w") == 6 * u


def test_a_name_may_be_set_as_its_author_wishes():
    (x,) = bp.inputs("x")
    graph = bp.graph((x**2).named("W1"), labels={"W1": "W^{[1]}"})
    assert graph.labels == {"W1": "W^{[1]}"}
    with pytest.raises(bp.InputError, match="can not stand"):
        bp.graph(x * 2, labels={"x": r"\input{secret}"})


def test_the_repr_says_what_a_graph_is():
    assert "u → z" in repr(tutorial())
    assert repr(tutorial()["v"]) == "<node v = u²>"
