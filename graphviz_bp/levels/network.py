"""The network in a graph: weighted sums with what is done to them, layer by layer; no coordinates.

    a = w1*x1 + w2*x2 + b; h = sigmoid(a)      one neuron: two wires with their weights, a bias, an activation
    A = X @ W.T + b; H = relu(A)               as many neurons as W has rows; X holds examples in its rows
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any

from ..errors import InputError
from ..graph import Graph
from ..graph.boxes import Box
from ..graph.tape import Tape
from ..operations import OPERATIONS, Shape
from .sums import Term, example_axis, weighted_sum

Entry = tuple[str, tuple[int, ...]]  # one number of a run: the name of a node, and which entry of it
WHOLE_LAYER = frozenset({"softmax", "log_softmax"})  # activations that look at all neurons of a layer
ACTIVATIONS = WHOLE_LAYER | {
    name for name, row in OPERATIONS.items()
    if row.elementwise and (row.arity == 1 or row.optional) and row.rule not in ("sum rule", "power rule")
} - {"log", "ln", "log2", "log10", "log1p", "abs", "identity"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wire:
    """What one neuron takes from another node, and the weight on the way (None: as it is)."""

    source: Entry
    weight: Entry | None


@dataclass(frozen=True, slots=True)
class Neuron:
    """One number of a layer: what it hands on, what its weighted sum is called, what comes in."""

    name: Entry
    sum: Entry
    wires: tuple[Wire, ...]
    biases: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A statement of the network, or two of them: a weighted sum and its activation. No terms: something else.

    `constant` is a number added in the sum, `example` the axis along which examples of a batch lie.
    """

    name: str
    sum: str
    shape: Shape
    terms: tuple[Term, ...] = ()
    biases: tuple[str, ...] = ()
    constant: Any = None
    parents: tuple[str, ...] = ()
    activation: str = ""
    example: int | None = None

    @property
    def weights(self) -> tuple[str, ...]:
        """The names of the weights, each once."""
        return tuple(dict.fromkeys(term.weight.name for term in self.terms if term.weight))

    def adds(self, names: Sequence[str]) -> list[str]:
        """Those of the names that are weights or biases here."""
        return [name for name in names if name in self.weights or name in self.biases]


@dataclass(frozen=True)
class Network:
    """Columns of units from left to right; a name that is no unit is a source, which the network is given."""

    graph: Graph
    units: Mapping[str, Unit]
    columns: tuple[tuple[str, ...], ...]
    head: tuple[str, ...]  # what is done with the outputs: the loss, and what leads to it
    _used: Mapping[str, int] = field(repr=False)

    @property
    def examples(self) -> int:
        """How many examples a batch has, of which the first is drawn."""
        return max((u.shape[u.example] for u in self.units.values() if u.example is not None), default=1)

    def shared(self, weight: str) -> int:
        """In how many weighted sums each entry of a weight or bias stands."""
        return self._used.get(weight, 0)

    def count(self, name: str) -> int:
        """How many numbers a node has, in one example of a batch."""
        return prod(self._sizes(name))

    def entry(self, name: str, place: int) -> Entry:
        """The number at that place of a node, counted row by row."""
        index = list[int]()
        for size in reversed(self._sizes(name)):
            place, rest = divmod(place, size)
            index.append(rest)
        return name, tuple(reversed(index))

    def entries(self, name: str) -> list[Entry]:
        """The numbers of a node, those of the first example."""
        return [self.entry(name, place) for place in range(self.count(name))]

    def _sizes(self, name: str) -> list[int]:
        example = self.units[name].example if name in self.units else self._examples.get(name)
        return [1 if axis == example else n for axis, n in enumerate(self._shape(name))]

    @cached_property
    def _examples(self) -> dict[str, int]:
        return _examples(self.units)

    def neurons(self, name: str) -> list[Neuron]:
        """The neurons of a unit, one for each of its numbers."""
        return [self.neuron(entry) for entry in self.entries(name)]

    def neuron(self, entry: Entry) -> Neuron:
        """The neuron that makes this number."""
        unit, index = self.units[entry[0]], entry[1]
        wires = tuple(wire for term in unit.terms for wire in self._wires(term, index, unit))
        biases = tuple((name, self._broadcast(name, index)) for name in unit.biases)
        return Neuron((unit.name, index), (unit.sum, index), wires, biases)

    def _wires(self, term: Term, index: tuple[int, ...], unit: Unit) -> Iterator[Wire]:
        """What one term of a sum adds to one entry of it."""
        source, weight = term.source, term.weight
        if weight is None:
            yield Wire((source.name, self._broadcast(source.name, index)), None)
            return
        shapes = [self._shape(weight.name), self._shape(source.name)]
        if not shapes[0]:
            yield Wire((source.name, ()), (weight.name, ()))
            return
        mine = [i for axis, i in enumerate(index) if axis != unit.example]  # of the neuron in its layer
        example = [i for axis, i in enumerate(index) if axis == unit.example]
        inner = shapes[0][0 if weight.turned == term.first and len(shapes[0]) > 1 else -1]
        for j in range(inner):
            across = (*mine, j) if term.first else (j, *mine)
            along = (j, *example) if term.first else (*example, j)
            yield Wire(source.entry(*along), weight.entry(*across))

    def _broadcast(self, name: str, index: tuple[int, ...]) -> tuple[int, ...]:
        """The entry of an array that NumPy adds to the entry of a larger one."""
        shape = self._shape(name)
        return tuple(i if n > 1 else 0 for i, n in zip(index[len(index) - len(shape) :], shape, strict=True))

    def _shape(self, name: str) -> Shape:
        return self.graph.tape.shape(self.graph.tape.by_name[name]) or ()


def network(graph: Graph) -> Network:
    """Find the network in a graph whose weighted sums are named (`with_sums` names them); refused where there is none.

    >>> from graphviz_bp import parse
    >>> found = network(parse("data x1, x2; a = w1*x1 + w2*x2 + b; h = tanh(a)"))
    >>> found.columns, found.neurons("h")[0].biases
    ((('x1', 'x2'), ('h',)), (('b', ()),))
    """
    units = _drawn(graph, _activated(graph, dict(_units(graph))))
    if not any(unit.terms for unit in units.values()):
        raise InputError(
            "there is no weighted sum in this graph, so it is no network",
            remedy='a neuron is written a = w1*x1 + w2*x2 + b, a layer a = W@x + b; or draw level="statements"',
        )
    columns, head = _columns(graph, units)
    if not columns[0]:
        raise InputError("no input is fed into the weighted sums of this graph, so there is no first layer to draw",
                         remedy='draw level="matrix" or level="statements"')  # fmt: skip
    used: dict[str, int] = {}
    for unit in units.values():
        for name in (term.weight.name for term in unit.terms if term.weight):
            used[name] = used.get(name, 0) + 1
        neurons = prod(size for axis, size in enumerate(unit.shape) if axis != unit.example)
        for name in unit.biases:  # a bias of one number may stand in every neuron of a layer
            entries = prod(graph.tape.shape(graph.tape.by_name[name]) or ())
            used[name] = used.get(name, 0) + max(1, neurons // entries)
    return Network(graph, units, columns, head, used)


def with_sums(graph: Graph) -> Graph:
    """The same graph with a name for every weighted sum inside a statement: h1 = tanh(w*x + b) has one, a1."""
    twin: Tape | None = None
    labels = dict(graph.labels)
    for box in graph.boxes:
        inner = _inside(graph, box)
        if inner is None:
            continue
        twin = twin or graph.tape.copy()
        name = fresh(twin, box.name)
        twin.name(inner, name)
        if box.name in labels:
            labels[name] = _label(labels[box.name])
    return graph if twin is None else Graph(twin, graph.tape.by_name[graph.output], labels)


def fresh(tape: Tape, name: str) -> str:
    """What the sum inside h1 is called: a1, unless that is taken."""
    digits = name.lstrip("".join(c for c in name if not c.isdigit() and c != "_"))
    for candidate in (f"a{digits}" if digits and name[: -len(digits)].isalpha() else f"a_{name}", f"a_{name}"):
        if candidate not in tape.by_name:
            return candidate
    return fresh(tape, f"{name}_")


def _label(label: str) -> str:
    """How the sum inside a node is typeset: a^{[1]} for h^{[1]}."""
    return f"a{label[1:]}" if re.match(r"[A-Za-z]([_^]|$)", label) else f"a_{{{label}}}"


def _inside(graph: Graph, box: Box) -> int | None:
    """The node of a weighted sum to which the rest of a statement is applied as an activation; None if none is."""
    tape, node = graph.tape, box.root
    while box.members and (operation := tape.operation(node)) and operation.name in ACTIVATIONS:
        node = tape.operands_of(node)[0]
        if node in tape.names:
            return None
        if weighted_sum(graph, node) is not None:
            return node
    return None


# -- units


def _units(graph: Graph) -> Iterator[tuple[str, Unit]]:
    """One unit for every statement."""
    tape = graph.tape
    for box in graph.boxes:
        if not box.members:
            continue
        shape = tape.shape(box.root)
        if shape is None:
            raise InputError(f"the shape of {box.name} is not known, so its neurons cannot be counted",
                             remedy="give values, or declare the shapes: W: (2, 3)")  # fmt: skip
        found = weighted_sum(graph, box.root)
        if found is None:
            yield box.name, Unit(box.name, box.name, shape, parents=box.distinct_parents)
            continue
        terms, biases, constant = found
        example = example_axis(tape, terms)
        plain = tuple(t.source.name for t in terms)
        yield box.name, Unit(box.name, box.name, shape, terms, biases, constant, plain, example=example)


def _examples(units: Mapping[str, Unit]) -> dict[str, int]:
    """The axis of every source along which examples lie, as the sums that use it say."""
    return {term.source.name: int(term.first != term.source.turned)
            for unit in units.values() if unit.example is not None for term in unit.terms if term.weight}  # fmt: skip


# -- layers


def _activated(graph: Graph, units: dict[str, Unit]) -> dict[str, Unit]:
    """Weighted sums joined with their activations, where nothing else uses the sum."""
    children: dict[str, list[str]] = {}
    for box in graph.boxes:
        for parent in box.distinct_parents:
            children.setdefault(parent, []).append(box.name)
    out = dict(units)
    for name, unit in units.items():
        after = children.get(name, [])
        if not unit.terms or len(after) != 1:
            continue
        box = graph.box(after[0])
        operation = graph.tape.operation(box.root)
        if operation is None or operation.name not in ACTIVATIONS or box.distinct_parents != (name,):
            continue
        if units[box.name].shape == unit.shape:
            del out[name]
            out[box.name] = Unit(box.name, unit.sum, unit.shape, unit.terms, unit.biases, unit.constant, unit.parents,
                                 operation.name, unit.example)  # fmt: skip
    examples = _examples(out)
    ordered = {box.name: out[box.name] for box in graph.boxes if box.name in out}
    return {name: replace(unit, example=examples[name]) if name in examples else unit for name, unit in ordered.items()}


def _columns(graph: Graph, units: Mapping[str, Unit]) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The layers from left to right, sources as late as they can stand; and the statements after the last layer."""
    leads = _leads_to_sum(units)
    depth: dict[str, int] = {}
    for name in units:
        if leads[name]:
            depth[name] = 1 + max((depth.get(parent, 0) for parent in units[name].parents), default=0)
    sources: dict[str, int] = {}
    for name, column in depth.items():
        for parent in units[name].parents:
            if parent not in units and (units[name].terms or not _is_array_parameter(graph, parent)):
                sources[parent] = min(sources.get(parent, column - 1), column - 1)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name in graph.names:
        if name in sources:
            columns[sources[name]].append(name)
    for name, column in depth.items():
        columns[column].append(name)
    return tuple(map(tuple, columns)), tuple(name for name in units if name not in depth)


def _is_array_parameter(graph: Graph, name: str) -> bool:
    """Whether a name is a parameter with many entries, which is no layer of neurons."""
    return graph.role(name) == "param" and graph.tape.shape(graph.tape.by_name[name]) != ()


def _leads_to_sum(units: Mapping[str, Unit]) -> dict[str, bool]:
    """Whether each unit is a weighted sum or something that one is made of."""
    found = dict.fromkeys(units, False)
    for name in reversed(list(units)):
        found[name] = found[name] or bool(units[name].terms)
        if found[name]:
            found |= {parent: True for parent in units[name].parents if parent in units}
    return found


def _drawn(graph: Graph, units: dict[str, Unit]) -> dict[str, Unit]:
    """The units of the figure: back from the end to what is neither a sum nor made entry by entry.

    What a convolution or a normalization makes is a source: the network begins there.
    """
    leads = _leads_to_sum(units)
    used = {parent for unit in units.values() for parent in unit.parents}
    wanted = {name for name in units if name not in used}
    for name in reversed(list(units)):
        if name in wanted:
            if leads[name] and not units[name].terms and not _is_entrywise(graph, name):
                wanted.remove(name)
            else:
                wanted.update(units[name].parents)
    return {name: unit for name, unit in units.items() if name in wanted}


def _is_entrywise(graph: Graph, name: str) -> bool:
    """Whether a statement acts entry by entry."""
    operations = (graph.tape.operation(node) for node in graph.box(name).members)
    return all(operation is None or operation.elementwise for operation in operations)
