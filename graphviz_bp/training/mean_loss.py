"""The mean loss of a graph over examples, and its gradient: what a descent goes down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..backprop import numpy_quiet
from ..backprop.given import defaults, fitted
from ..backprop.sweep import forward
from ..errors import InputError
from ..gradient_graph import extended
from ..graph import Graph
from ..graph.tape import CONSTANT, Tape
from ..numbers import doubles, is_array, numpy
from ..operations import CODES, OPERATIONS

Values = dict[str, Any]


class MeanLoss:
    """The mean loss of a graph over examples, and its gradient, as functions of the parameters."""

    def __init__(self, graph: Graph, examples: Sequence[Values], wrt: tuple[str, ...]) -> None:
        self.graph, self.examples, self.wrt = graph, examples, wrt
        together = _together(graph, examples) if len(examples) > 1 else None
        pairs = [together] if together else [(fitted(graph, example), example) for example in examples]
        self._sweeps = [_Sweep(each, example, wrt) for each, example in pairs]

    def at(self, parameters: Mapping[str, Any]) -> float:
        """The mean loss."""
        return float(sum(sweep.loss(parameters) for sweep in self._sweeps) / len(self._sweeps))

    def gradient(self, parameters: Mapping[str, Any]) -> Values:
        """Its gradient at every parameter."""
        each = [sweep.gradient(parameters) for sweep in self._sweeps]
        return {name: sum(found[name] for found in each) / len(each) for name in self.wrt}

    def part(self, examples: slice) -> MeanLoss:
        """The mean loss over some of the examples."""
        return MeanLoss(self.graph, self.examples[examples], self.wrt)


class _Sweep:
    """A loss with its gradients as nodes of one graph, run forward; asked twice at the same place, it runs once."""

    def __init__(self, graph: Graph, example: Values, wrt: tuple[str, ...]) -> None:
        shape = graph[graph.output].shape
        if shape != ():
            raise InputError(f"the loss {graph.output} is an array of shape {shape}, not a number",
                             remedy="end with a number, as in L = sum((z - y)^2)")  # fmt: skip
        self._graph, self._names = extended(graph, wrt, None)
        self._loss, self._example, self._wrt = graph.output, example, wrt
        self._last: tuple[Mapping[str, Any], list[Any]] = {}, []

    def _value(self, name: str, parameters: Mapping[str, Any]) -> Any:
        tape = self._graph.tape
        if self._last[0] is not parameters:
            given = {**self._example, **parameters}
            with numpy_quiet():
                self._last = parameters, forward(tape, _by_node(tape, given), doubles)
        return self._last[1][tape.by_name[name]]

    def loss(self, parameters: Mapping[str, Any]) -> Any:
        return self._value(self._loss, parameters)

    def gradient(self, parameters: Mapping[str, Any]) -> Values:
        return {name: self._value(self._names[name], parameters) for name in self._wrt}


def values_at(graph: Graph, fixed: Mapping[str, Any], columns: Mapping[str, Any], names: Sequence[str]) -> Values:
    """The values of some nodes at many places: `columns` holds a list of numbers for each input that changes."""
    given = {**defaults(graph), **fixed}
    count = len(next(iter(columns.values())))
    found = {name: numpy().empty(count) for name in names}
    wide = _widened(graph, tuple(columns), count)
    places = [columns] if wide else [{name: column[k] for name, column in columns.items()} for k in range(count)]
    for k, place in enumerate(places):
        tape = (wide or graph).tape
        with numpy_quiet():
            values = forward(tape, _by_node(tape, {**given, **place}), doubles)
        for name in names:
            found[name][slice(None) if wide else k] = values[tape.by_name[name]]
    return found


def _together(graph: Graph, examples: Sequence[Values]) -> tuple[Graph, Values] | None:
    """All examples as one: each number in them becomes a list, if the graph acts on such lists entry by entry."""
    if not graph.tape.scalar:
        return None
    differ = [name for name in examples[0] if any(example[name] != examples[0][name] for example in examples)]
    wide = _widened(graph, differ, len(examples))
    if wide is None:
        return None
    columns = {name: numpy().array([float(example[name]) for example in examples]) for name in differ}
    tape = wide.tape.copy()
    mean = tape.operate(OPERATIONS["mean"], (tape.by_name[graph.output],), {"axis": None, "keepdims": False})
    tape.name(mean, "mean_loss")
    return Graph(tape, mean, graph.labels), {**examples[0], **columns}


def _widened(graph: Graph, names: Sequence[str], count: int) -> Graph | None:
    """The graph with lists of so many numbers for these inputs; None if it is not a graph of numbers throughout."""
    tape = graph.tape
    if not tape.scalar or not all(c >= CONSTANT or CODES[c].elementwise for c in set(tape.codes)):
        return None
    try:
        return graph.reshaped(dict.fromkeys(names, (count,)))
    except InputError:  # an operation of numbers only
        return None


def _by_node(tape: Tape, given: Mapping[str, Any]) -> dict[int, Any]:
    return {facts.node: in_doubles(given[name]) for name, facts in tape.inputs.items()}


def in_doubles(value: Any) -> Any:
    """A number or an array as doubles, so that no step is exact and slow."""
    return value.astype(float) if is_array(value) else float(value)
