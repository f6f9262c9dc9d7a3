"""Backpropagation asked for: values checked, and the most exact numbers there are."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from ..errors import InputError, listed
from ..graph import Graph
from ..graph.boxes import Box
from ..numbers import NotExact, doubles, exact
from .given import checked, checked_seed, defaults, fitted, is_exact
from .run import Run
from .steps import numpy_quiet

EXACT_LIMIT = 2_000  # nodes, and entries of arrays; beyond, fractions only grow and nobody reads them
LARGE = 300  # nodes from which numbers that are not exact are worked out by the engine
_MEANT = {"pi": "3.141592653589793"}  # a text has no constants of its own; who writes pi most likely means this one


def backprop(graph: Graph, values: Mapping[str, Any] | None = None, *, of: str | None = None, seed: Any = None,
             symbolic: bool = False) -> Run:  # fmt: skip
    """Run a graph forward at `values` and backward from the output (or the node `of`).

    Values given here come before the inputs' defaults. An output that is an array needs a `seed` of its shape, the
    gradient that is sent back from it. Without values and without defaults the run is symbolic.

    >>> from graphviz_bp import parse
    >>> run = parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
    >>> run.values["z"], run.gradients["u"]
    (750, 450)
    """
    if len(graph.tape) >= LARGE and graph.tape.scalar and not symbolic:
        from ..engine import swept

        run = swept(graph, values, of, seed)
        if run is not None:
            return run
    box = graph.box(of or graph.output)
    values = graph.tape.blocks.spread(values) if graph.tape.blocks and isinstance(values, Mapping) else values
    known = defaults(graph)
    if symbolic or (values is None and len(known) < len(graph.inputs)):
        return Run(graph, box, None, {}, seed, [])
    given = {**known, **checked(graph, values or {})}
    missing = [name for name in graph.inputs if name not in given]
    if missing:
        first = missing[0]
        raise InputError(
            f"no value is given for {listed(tuple(missing))}",
            remedy=f"call backprop({{{first!r}: ...}}) or write {first} = {_MEANT.get(first, '...')} in the text",
        )
    given = {name: given[name] for name in graph.inputs}
    graph = fitted(graph, given)
    box = graph.box(box.name)
    shape = graph.tape.shape(box.root) or ()
    seed = checked_seed(seed, shape, box.name)
    return _most_exact(graph, box, given, seed)


def _most_exact(graph: Graph, box: Box, given: dict[str, Any], seed: Any) -> Run:
    """The run in exact numbers where they exist and stay short, else in doubles with a note that says why."""
    notes: list[str] = []
    floats = [name for name, value in given.items() if not is_exact(value)]
    if not floats and _entries(graph) <= EXACT_LIMIT and is_exact(seed):
        try:
            return Run(graph, box, exact, given, seed, [])
        except NotExact as reason:
            notes.append(f"numbers are doubles, not exact: {reason}")
    with numpy_quiet():
        return Run(graph, box, doubles, given, seed, notes)


def _entries(graph: Graph) -> int:
    """How many numbers a run of the graph works out."""
    tape = graph.tape
    return len(tape) if tape.scalar else sum(prod(tape.shape(node) or ()) for node in range(len(tape)))
