"""The LSTM cells of a graph, found from the structure of their statements; no coordinates.

    f = σ(a_f); i = σ(a_i); g = tanh(a_g); o = σ(a_o)      four gates over the same sources
    c = f*c_before + i*g;  h = o*tanh(c)                   the cell's state, and what it hands on
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..errors import InputError
from ..graph import Graph
from ..graph.tape import Tape
from ..notation.names import typeset_name
from .network import fresh


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate, the sum inside it, and its function: "sigmoid" or "tanh"."""

    name: str
    sum: str
    function: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: `kept` is f·c, `added` i·g, `bent` tanh(c); `sources` feed all four gates."""

    before: str
    forget: Gate
    input: Gate
    candidate: Gate
    output: Gate
    kept: str
    added: str
    state: str
    bent: str
    hidden: str
    sources: tuple[str, ...]

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates from left to right."""
        return self.forget, self.input, self.candidate, self.output

    @property
    def names(self) -> tuple[str, ...]:
        """All that is computed in the cell, in order."""
        sums = [name for gate in self.gates for name in (gate.sum, gate.name)]
        return (*sums, self.kept, self.added, self.state, self.bent, self.hidden)


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The nodes of a cell on the tape."""

    before: int
    forget: int
    input: int
    candidate: int
    output: int
    kept: int
    added: int
    state: int
    bent: int
    hidden: int


def cells(graph: Graph) -> tuple[Graph, tuple[Cell, ...]]:
    """The graph with a name for everything inside its LSTM cells, and the cells; refused where there is none.

    >>> from graphviz_bp import models
    >>> _, (cell,) = cells(models.lstm())
    >>> cell.before, cell.state, cell.hidden, cell.sources
    ('c0', 'c1', 'h1', ('h0', 'x1'))
    """
    found = list(_found(graph))
    if not found:
        raise InputError("there is no LSTM cell in this graph",
                         remedy="a cell is written c1 = f1*c0 + i1*g1; h1 = o1*tanh(c1), its gates f1, i1, o1 as "
                                "sigmoid(...) and g1 as tanh(...)")  # fmt: skip
    tape, labels = graph.tape.copy(), dict(graph.labels)
    made = tuple(_named(graph, tape, labels, nodes) for nodes in found)
    opened = Graph(tape, tape.by_name[graph.output], labels)
    return opened, tuple(_with_sources(opened, cell) for cell in made)


def _found(graph: Graph) -> Iterator[_Nodes]:
    tape = graph.tape
    for hidden in sorted(tape.names):
        for output, bent in _products(tape, hidden):
            if _is(tape, output, "sigmoid") and _is(tape, bent, "tanh"):
                state = tape.operands_of(bent)[0]
                if inside := _state(tape, state):
                    yield _Nodes(*inside[:4], output, *inside[4:], state, bent, hidden)
                    break


def _state(tape: Tape, state: int) -> tuple[int, int, int, int, int, int] | None:
    """Of c = f*before + i*g the nodes before, f, i, g, and both products."""
    if not _is(tape, state, "add"):
        return None
    one, two = tape.operands_of(state)
    for kept, added in ((one, two), (two, one)):
        for entry, candidate in _products(tape, added):
            for forget, before in _products(tape, kept):
                gates = _is(tape, entry, "sigmoid") and _is(tape, candidate, "tanh") and _is(tape, forget, "sigmoid")
                if gates and before in tape.names and {entry, candidate, forget} <= tape.names.keys():
                    return before, forget, entry, candidate, kept, added
    return None


def _products(tape: Tape, node: int) -> Iterator[tuple[int, int]]:
    """The factors of a product, in both orders."""
    if _is(tape, node, "mul"):
        one, two = tape.operands_of(node)
        yield one, two
        yield two, one


def _is(tape: Tape, node: int, name: str) -> bool:
    operation = tape.operation(node)
    return operation is not None and operation.name == name


def _named(graph: Graph, tape: Tape, labels: dict[str, str], nodes: _Nodes) -> Cell:
    """The cell with names for what has none: the sums in its gates, the products, the bent state."""

    def tex(node: int) -> str:
        name = tape.names[node]
        return labels.get(name) or typeset_name(name)[0]

    def gate(node: int, function: str) -> Gate:
        inner, name = tape.operands_of(node)[0], tape.names[node]
        if inner not in tape.names:
            tape.name(inner, fresh(tape, name))
            labels.setdefault(tape.names[inner], f"a_{{{tex(node)}}}")
        return Gate(name, tape.names[inner], function)

    def part(node: int, of: str, label: str) -> str:
        if node not in tape.names:
            tape.name(node, f"{of}#")
            labels[f"{of}#"] = label
        return tape.names[node]

    names = tape.names
    state, hidden = names[nodes.state], names[nodes.hidden]
    forget, entry, output = (gate(node, "sigmoid") for node in (nodes.forget, nodes.input, nodes.output))
    candidate = gate(nodes.candidate, "tanh")
    kept = part(nodes.kept, f"{state}kept", f"({tex(nodes.forget)}{tex(nodes.before)})")
    added = part(nodes.added, f"{state}added", f"({tex(nodes.input)}{tex(nodes.candidate)})")
    bent = part(nodes.bent, f"{state}bent", f"\\mathrm{{tanh}}({tex(nodes.state)})")
    return Cell(names[nodes.before], forget, entry, candidate, output, kept, added, state, bent, hidden, ())


def _with_sources(graph: Graph, cell: Cell) -> Cell:
    """The cell with what feeds all its gates: the hidden state before, then the input."""
    feeds = [set(graph.box(gate.sum).parents) for gate in cell.gates]
    common = [p for p in graph.box(cell.forget.sum).distinct_parents if all(p in some for some in feeds)]
    common.sort(key=lambda name: (graph.role(name) == "data", name.startswith("x")))
    return replace(cell, sources=tuple(common))
