"""The GRU cells of a graph.

    z = σ(a_z); r = σ(a_r); n = tanh(w*x + u*(r*h_before) + b)      two gates, and the candidate
    h = (1 - z)*h_before + z*n                                      the state; z and 1 - z may change places
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...graph import Graph
from ...graph.tape import Tape
from .parts import Gate, Opening, applies, is_gate, products, summands


@dataclass(frozen=True, slots=True)
class GRU:
    """One cell: `again` is r·h, `flipped` 1 − z, a factor of `kept` or of `added` as `flips` says.

    `source` is what feeds both gates and the candidate beside the state, if anything does.
    """

    before: str
    update: Gate
    reset: Gate
    candidate: Gate
    again: str
    flipped: str
    flips: str
    kept: str
    added: str
    hidden: str
    source: str | None

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates from left to right."""
        return self.update, self.reset, self.candidate

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """All that is computed in the cell, in order; what a lecturer says in one breath together."""
        z, r, n = ((gate.sum, gate.name) for gate in self.gates)
        return z, r, (self.again,), n, (self.flipped,), (self.kept, self.added), (self.hidden,)

    @property
    def outside(self) -> tuple[str, ...]:
        """What comes into the cell."""
        return (self.before,) if self.source is None else (self.before, self.source)


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The nodes of a cell on the tape."""

    before: int
    update: int
    reset: int
    candidate: int
    again: int
    flipped: int
    flips: str
    kept: int
    added: int
    hidden: int


def grus(graph: Graph) -> tuple[Graph, tuple[GRU, ...]]:
    """The graph with a name for everything inside its GRU cells, and the cells.

    A candidate that sees the state otherwise than through the reset gate is not the cell of the template.
    """
    opening = Opening(graph)
    made = [_named(opening, nodes) for nodes in _found(graph.tape)]
    opened = opening.graph
    return opened, tuple(cell for cell in made if cell.before not in opened.box(cell.candidate.sum).parents)


def _found(tape: Tape) -> Iterator[_Nodes]:
    for hidden in sorted(tape.names):
        if (nodes := next(_state(tape, hidden), None)) is not None:
            yield nodes


def _state(tape: Tape, hidden: int) -> Iterator[_Nodes]:
    """Of h = (1 - z)*before + z*n, or with z and 1 - z the other way round, the nodes."""
    for kept, added in summands(tape, hidden):
        for keeps, before in products(tape, kept):
            for takes, candidate in products(tape, added):
                if before not in tape.names or not is_gate(tape, candidate, "tanh"):
                    continue
                for flips, one, other in (("kept", keeps, takes), ("added", takes, keeps)):
                    if is_gate(tape, other, "sigmoid") and _flips(tape, one, other):
                        for reset, again in _resets(tape, candidate, before):
                            yield _Nodes(before, other, reset, candidate, again, one, flips, kept, added, hidden)


def _flips(tape: Tape, node: int, gate: int) -> bool:
    """Whether a node is 1 - gate."""
    if not applies(tape, node, "sub"):
        return False
    one, other = tape.operands_of(node)
    return other == gate and tape.shape(one) == () and bool(tape.constants.get(one, 0) == 1)


def _resets(tape: Tape, candidate: int, before: int) -> Iterator[tuple[int, int]]:
    """Every r and r*before inside the sum of the candidate."""
    (inner,) = tape.operands_of(candidate)
    stack = [inner]
    while stack:
        node = stack.pop()
        for reset, state in products(tape, node):
            if state == before and is_gate(tape, reset, "sigmoid"):
                yield reset, node
        if node == inner or node not in tape.names:
            stack.extend(tape.operands_of(node))


def _named(opening: Opening, nodes: _Nodes) -> GRU:
    """The cell with names for what has none: the sums in its gates, 1 - z, the products."""
    tex, part, names = opening.tex, opening.part, opening.tape.names
    hidden, state, z = names[nodes.hidden], tex(nodes.before), tex(nodes.update)
    keeps, takes = (f"(1-{z})", z) if nodes.flips == "kept" else (z, f"(1-{z})")
    again = part(nodes.again, f"{hidden}again", f"({tex(nodes.reset)}{state})")
    update, reset, candidate = (opening.gate(node) for node in (nodes.update, nodes.reset, nodes.candidate))
    flipped = part(nodes.flipped, f"{hidden}flipped", f"(1-{z})")
    kept = part(nodes.kept, f"{hidden}kept", f"({keeps}{state})")
    added = part(nodes.added, f"{hidden}added", f"({takes}{tex(nodes.candidate)})")
    cell = (names[nodes.before], update, reset, candidate, again, flipped, nodes.flips, kept, added, hidden)
    return GRU(*cell, _source(opening.graph, (update, reset, candidate), {names[nodes.before], again}))


def _source(graph: Graph, gates: tuple[Gate, ...], known: set[str]) -> str | None:
    """What feeds all three sums beside the state, data before all else."""
    first, *others = (graph.box(gate.sum).distinct_parents for gate in gates)
    common = [p for p in first if p not in known and all(p in some for some in others)]
    return min(common, key=lambda name: graph.role(name) != "data", default=None)
