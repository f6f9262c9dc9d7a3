"""The LSTM cells of a graph.

    f = σ(a_f); i = σ(a_i); g = tanh(a_g); o = σ(a_o)      four gates over the same sources
    c = f*c_before + i*g;  h = o*tanh(c)                   the cell's state, and what it hands on
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...graph import Graph
from ...graph.tape import Tape
from .parts import Gate, Opening, applies, is_gate, products, summands


@dataclass(frozen=True, slots=True)
class LSTM:
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
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """All that is computed in the cell, in order; what a lecturer says in one breath together."""
        sums = [(gate.sum, gate.name) for gate in self.gates]
        return (*sums, (self.kept, self.added), (self.state,), (self.bent, self.hidden))

    @property
    def outside(self) -> tuple[str, ...]:
        """What comes into the cell."""
        return self.before, *self.sources


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


def lstms(graph: Graph) -> tuple[Graph, tuple[LSTM, ...]]:
    """The graph with a name for everything inside its LSTM cells, and the cells."""
    opening = Opening(graph)
    made = [_named(opening, nodes) for nodes in _found(graph.tape)]
    opened = opening.graph
    return opened, tuple(_with_sources(opened, cell) for cell in made)


def _found(tape: Tape) -> Iterator[_Nodes]:
    for hidden in sorted(tape.names):
        for output, bent in products(tape, hidden):
            if is_gate(tape, output, "sigmoid") and applies(tape, bent, "tanh"):
                state = tape.operands_of(bent)[0]
                if inside := _state(tape, state):
                    yield _Nodes(*inside[:4], output, *inside[4:], state, bent, hidden)
                    break


def _state(tape: Tape, state: int) -> tuple[int, int, int, int, int, int] | None:
    """Of c = f*before + i*g the nodes before, f, i, g, and both products."""
    for kept, added in summands(tape, state):
        for entry, candidate in products(tape, added):
            for forget, before in products(tape, kept):
                gates = is_gate(tape, entry, "sigmoid") and is_gate(tape, candidate, "tanh")
                if gates and is_gate(tape, forget, "sigmoid") and before in tape.names:
                    return before, forget, entry, candidate, kept, added
    return None


def _named(opening: Opening, nodes: _Nodes) -> LSTM:
    """The cell with names for what has none: the sums in its gates, the products, the bent state."""
    tex, part, names = opening.tex, opening.part, opening.tape.names
    state = names[nodes.state]
    forget, entry, candidate, output = map(opening.gate, (nodes.forget, nodes.input, nodes.candidate, nodes.output))
    kept = part(nodes.kept, f"{state}kept", f"({tex(nodes.forget)}{tex(nodes.before)})")
    added = part(nodes.added, f"{state}added", f"({tex(nodes.input)}{tex(nodes.candidate)})")
    bent = part(nodes.bent, f"{state}bent", f"\\mathrm{{tanh}}({tex(nodes.state)})")
    before, hidden = names[nodes.before], names[nodes.hidden]
    return LSTM(before, forget, entry, candidate, output, kept, added, state, bent, hidden, ())


def _with_sources(graph: Graph, cell: LSTM) -> LSTM:
    """The cell with what feeds all its gates: the hidden state before, then the input."""
    feeds = [set(graph.box(gate.sum).parents) for gate in cell.gates]
    common = [p for p in graph.box(cell.forget.sum).distinct_parents if all(p in some for some in feeds)]
    common.sort(key=lambda name: (graph.role(name) == "data", name.startswith("x")))
    return replace(cell, sources=tuple(common))
