"""Tangents, Jacobians and Hessians by name."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from ..backprop import Run, public
from ..errors import InputError
from ..gradient_graph import extended
from ..graph import Graph
from ..numbers import Domain, is_array, numpy, symbols
from .forward_mode import amount, tangents
from .setting import parameters, public_array, shape_of, units, values_of, worked_out

LIMIT = 1_000_000  # entries of a Jacobian or Hessian


def tangent(
    graph: Graph, direction: str | Mapping[str, Any], values: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Forward mode: how every named node changes along a direction, by name.

    `direction` is the name of a number ("x1": each ∂node/∂x1), or a mapping from names to changes, of the shape of the
    node each: {"x1": 1, "x2": -2} gives the directional derivatives. A change of a computed node adds to what its
    parents hand on. Nodes that do not depend on the direction have tangent 0.

    >>> from graphviz_bp import parse
    >>> tangent(parse("v = u**2; w = 6*u; z = v*w"), "u", {"u": 5})
    {'u': 1, 'v': 10, 'w': 6, 'z': 450}
    """
    changes = {direction: 1} if isinstance(direction, str) else direction
    if not isinstance(changes, Mapping) or not changes:
        raise InputError("a direction is a name, or a mapping from names to changes", remedy='write tangent("x1", ...)')

    def job(graph: Graph, m: Domain, given: Mapping[str, Any]) -> dict[str, Any]:
        tape = graph.tape
        seeds = {graph.box(name).root: _change(graph, name, change, m) for name, change in changes.items()}
        flows = tangents(tape, values_of(graph, m, given), seeds, m)
        return {name: public(amount(tape, node, flows[node], m)) for node, name in sorted(tape.names.items())}

    return worked_out(graph, values, job)


def jacobian(graph: Graph, of: str | None = None, wrt: str | None = None, values: Mapping[str, Any] | None = None,
             *, limit: int = LIMIT) -> Any:  # fmt: skip
    """All partials of one node with respect to another, an array of shape of.shape + wrt.shape.

    For two numbers a number. By default of the output with respect to the first parameter. Worked out forward or
    backward, whichever takes fewer passes; refused beyond `limit` entries.

    >>> from graphviz_bp import parse
    >>> jacobian(parse("y = A@x; A: (2, 3); x: (3,)"), "y", "x", {"A": [[1, 2, 3], [4, 5, 6]], "x": [0, 0, 0]})
    array([[1, 2, 3],
           [4, 5, 6]])
    """
    name = graph.box(wrt or parameters(graph)[0]).name

    def job(graph: Graph, m: Domain, given: Mapping[str, Any]) -> Any:
        box, source = graph.box(of or graph.output), graph.box(name).root
        shape, inner = graph.tape.shape(box.root) or (), graph.tape.shape(source) or ()
        _check_size(prod(shape) * prod(inner), limit)
        out = numpy().empty(shape + inner, dtype=object)
        if prod(shape) < prod(inner) and graph.role(name) != "data":
            for index, unit in units(shape, m):
                run = Run(graph, box, None if m is symbols else m, given, unit, [])
                out[index] = run.step(name).total
        else:
            values = values_of(graph, m, given)
            for index, unit in units(inner, m):
                flow = tangents(graph.tape, values, {source: unit}, m)[box.root]
                out[(..., *index)] = amount(graph.tape, box.root, flow, m)
        return public_array(out, m)

    return worked_out(graph, values, job)


def hessian(
    graph: Graph,
    values: Mapping[str, Any] | None = None,
    *,
    wrt: str | list[str] | tuple[str, ...] | None = None,
    of: str | None = None,
    limit: int = LIMIT,
) -> Any:
    """All second partials of a number, forward mode over the gradient graph.

    With respect to several numbers (by default the parameters, in their order): a square array, row and column i
    belonging to the i-th name. With respect to one name: an array of shape wrt.shape + wrt.shape (a number for a
    number). If some of several names are arrays: a mapping from pairs of names, (a, b) giving shape a.shape + b.shape.

    >>> from graphviz_bp import parse
    >>> hessian(parse("z = x1**2*x2 + x2**3"), {"x1": 1, "x2": 2})
    array([[ 4,  2],
           [ 2, 12]])
    """
    names = [wrt] if isinstance(wrt, str) else list(wrt or parameters(graph))

    def job(graph: Graph, m: Domain, given: Mapping[str, Any]) -> Any:
        whole, gradients = extended(graph, names, of)
        tape, values = whole.tape, values_of(whole, m, given)
        shapes = {name: tape.shape(tape.by_name[name]) or () for name in names}
        _check_size(sum(prod(s) for s in shapes.values()) ** 2, limit)
        blocks = {(a, b): numpy().empty(shapes[a] + shapes[b], dtype=object) for a in names for b in names}
        for b in names:
            for index, unit in units(shapes[b], m):
                flows = tangents(tape, values, {tape.by_name[b]: unit}, m)
                for a in names:
                    node = tape.by_name[gradients[a]]
                    blocks[a, b][(..., *index)] = amount(tape, node, flows[node], m)
        if isinstance(wrt, str):
            return public_array(blocks[wrt, wrt], m)
        if any(shapes.values()):
            return {pair: public_array(block, m) for pair, block in blocks.items()}
        square = numpy().empty((len(names), len(names)), dtype=object)
        for i, a in enumerate(names):
            for j, b in enumerate(names):
                square[i, j] = blocks[a, b][()]
        return public_array(square, m)

    return worked_out(graph, values, job)


def _change(graph: Graph, name: str, change: Any, m: Domain) -> Any:
    """A change a user gave, if it has the shape of its node."""
    change, shape = m.number(change), shape_of(graph, graph.box(name))
    have = change.shape if is_array(change) else ()
    if have != shape:
        sentence = f"{name} has shape {shape}, its change has shape {have}"
        raise InputError(sentence, remedy=f"give an array of that shape, as in {{{name!r}: ...}}")
    return change


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise InputError(f"this would be an array of {size} entries", remedy="ask for less, or raise limit=")
