"""Runs made again with more nodes: a name for every operation, or a node for every entry of an array."""

from __future__ import annotations

from graphviz_bp.backprop import Run, backprop
from graphviz_bp.errors import InputError
from graphviz_bp.graph import Graph
from graphviz_bp.graph.boxes import Box

HIDDEN = "#"  # no name of a user's begins like this
MOST_EXPANDED = 60  # gates of a graph of arrays that is drawn entry by entry


def entrywise(run: Run) -> Run:
    """The run of an array graph, entry by entry, if that is a small one."""
    wide = 'level="operations" draws one gate for each operation on numbers, and this graph has arrays'
    try:
        graph = run.graph.scalars(limit=4 * MOST_EXPANDED)
    except InputError as error:
        raise InputError(wide, remedy='draw level="matrix", or a part of graph.scalars()') from error
    if (count := len(wired(graph))) > MOST_EXPANDED or run.of not in graph:
        raise InputError(f"{wide}, in all {count} entries to compute",
                         remedy='draw level="matrix", or a part of graph.scalars()')  # fmt: skip
    return _again(run, graph)


def exploded(run: Run, merged: bool = False) -> Run:
    """The same run with a name for every operation on a wire, but those in statements that are drawn as one gate."""
    tape = run.graph.tape.copy()
    kept = {i for box in run.graph.boxes if merged and reads_one(run.graph, box) for i in box.members}
    for node in wired(run.graph):
        if node not in tape.names and node not in kept:
            tape.name(node, f"{HIDDEN}{node}")
    graph = Graph(tape, tape.by_name[run.graph.output], run.graph.labels)
    return _again(run, graph)


def _again(run: Run, graph: Graph) -> Run:
    """The run made again on another graph of the same names."""
    if run.symbolic:
        return backprop(graph, None, of=run.of, symbolic=True).written(run.style)
    return backprop(graph, run.given, of=run.of, seed=run.step(run.of).total).written(run.style)


def reads_one(graph: Graph, box: Box) -> bool:
    """Whether a statement hands a gradient back to one node only."""
    return len([p for p in box.distinct_parents if graph.role(p) != "data"]) == 1


def wired(graph: Graph) -> list[int]:
    """The operations that depend on an input; the others are parts of a gate's sign."""
    tape, live = graph.tape, list[bool]()
    for node in range(len(tape)):
        live.append(node in tape.names or any(live[i] for i in tape.operands_of(node)))
    return [node for node in range(len(tape)) if live[node] and tape.operation(node) is not None]
