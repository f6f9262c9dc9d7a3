"""What every kind of cell is made of: gates, products, and names for what the statements leave without one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...graph import Graph
from ...graph.tape import Tape
from ...notation.names import typeset_name
from ..network import fresh


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate, the sum inside it, and its function: "sigmoid" or "tanh"."""

    name: str
    sum: str
    function: str


class Opening:
    """A copy of a graph in which the insides of cells get names."""

    def __init__(self, graph: Graph) -> None:
        self.tape, self.labels, self.output = graph.tape.copy(), dict(graph.labels), graph.output

    @property
    def graph(self) -> Graph:
        """The graph with the names given so far."""
        return Graph(self.tape, self.tape.by_name[self.output], self.labels)

    def tex(self, node: int) -> str:
        """How a named node is typeset."""
        name = self.tape.names[node]
        return self.labels.get(name) or typeset_name(name)[0]

    def gate(self, node: int) -> Gate:
        """The gate, its sum named."""
        tape, name = self.tape, self.tape.names[node]
        inner, operation = tape.operands_of(node)[0], tape.operation(node)
        assert operation is not None
        if inner not in tape.names:
            tape.name(inner, fresh(tape, name))
            self.labels.setdefault(tape.names[inner], f"a_{{{self.tex(node)}}}")
        return Gate(name, tape.names[inner], operation.name)

    def part(self, node: int, name: str, label: str) -> str:
        """The name of a node inside a cell, given to it if it has none."""
        if node not in self.tape.names:
            self.tape.name(node, f"{name}#")
            self.labels[f"{name}#"] = label
        return self.tape.names[node]


def products(tape: Tape, node: int) -> Iterator[tuple[int, int]]:
    """The factors of a product, in both orders."""
    if applies(tape, node, "mul"):
        one, two = tape.operands_of(node)
        yield one, two
        yield two, one


def summands(tape: Tape, node: int) -> Iterator[tuple[int, int]]:
    """The two terms of a sum, in both orders."""
    if applies(tape, node, "add"):
        one, two = tape.operands_of(node)
        yield one, two
        yield two, one


def applies(tape: Tape, node: int, name: str) -> bool:
    """Whether a node is made by the operation of that name."""
    operation = tape.operation(node)
    return operation is not None and operation.name == name


def is_gate(tape: Tape, node: int, function: str) -> bool:
    """Whether a node is a named sigmoid(...) or tanh(...)."""
    return node in tape.names and applies(tape, node, function)
