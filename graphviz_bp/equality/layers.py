"""Proofs about arrays, layer by layer: what arrays stand for is put in one after the other, gradients being nodes too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..errors import InputError
from ..gradient_graph.verb import extended
from ..graph import Graph
from ..reading.quantities import Quantity, Side
from .expanded import entry_names, expanded
from .proof import Finding, Proof, Prover

# -- proofs


class LayerProver(Prover):
    """A prover to which gradients are nodes too: it puts in what arrays stand for one after the other.

    The graph extended by its gradients says them as formulas of arrays: ∂L/∂W = Xᵀ ∂L/∂A, and softmax by its output.
    """

    def __init__(self, scalars: Graph, source: Graph, known: Mapping[str, Any], targets: frozenset[str]) -> None:
        super().__init__(scalars)
        self.source, self.known, self.targets = source, known, targets
        self.tired = False  # a proof of one entry has failed, so the others are not tried
        self._extended = dict[str, _Extended | None]()

    def prove(self, left: Side, right: Side, fixed: Mapping[str, Any]) -> Proof:
        found = Proof(Finding.OPEN) if self.tired else self._tried(left, right, fixed)
        self.tired = self.tired or found.finding is Finding.OPEN
        return found

    def _tried(self, left: Side, right: Side, fixed: Mapping[str, Any]) -> Proof:
        ofs = {q.of for side in (left, right) for q in side.quantities.values() if q.of}
        extended = self._of(next(iter(ofs))) if len(ofs) == 1 else None
        return super().prove(left, right, fixed) if extended is None else extended.prove(left, right, fixed)

    def _of(self, of: str) -> _Extended | None:
        """The prover for the gradients of one number."""
        if of not in self._extended:
            self._extended[of] = None
            with suppress(InputError):
                self._extended[of] = _Extended(self.source, of, self.known, self.targets)
        return self._extended[of]


class _Extended(Prover):
    """Proofs on the graph of all entries extended by gradients."""

    def __init__(self, source: Graph, of: str, known: Mapping[str, Any], targets: frozenset[str]) -> None:
        tape = source.tape.copy()
        for name, facts in source.tape.inputs.items():
            tape.inputs[name] = replace(facts, role="param")  # a claim may be about a gradient at data
        arrays, named = extended(Graph(tape, tape.by_name[source.output], source.labels), None, of)
        super().__init__(expanded(arrays, known, targets))
        self.node = dict[str, str]()
        for name, gradient in named.items():
            self.node.update(zip(entry_names(arrays, name).flat, entry_names(arrays, gradient).flat, strict=True))
        layers = [frozenset(entry_names(arrays, box.name).flat) for box in arrays.boxes if box.members]
        gradients = frozenset(self.node.values())
        self.last = [layer for layer in reversed(layers) if not layer & gradients]
        self.gradients = gradients
        self.worked = self.at_work = frozenset[str]()
        inputs = frozenset(self.graph.tape.inputs)
        self.free = inputs | frozenset(name for layer in layers for name in layer)

    def prove(self, left: Side, right: Side, fixed: Mapping[str, Any]) -> Proof:
        if any(q.of and q.node not in self.node for side in (left, right) for q in side.quantities.values()):
            return Proof(Finding.OPEN)
        found = super().prove(self._put(left), self._put(right), fixed)
        if found.finding is Finding.PROVED:
            self.worked = self.at_work
        return found

    def _put(self, side: Side) -> Side:
        """A side in which gradients are values of nodes."""
        quantities = {i: Quantity(self.node[q.node]) if q.of else q for i, q in side.quantities.items()}
        return Side(side.text, side.tape, side.root, quantities)

    def _stages(self, left: Side, right: Side) -> Iterator[frozenset[str]]:
        """First what is asked, then all gradients, then the last array, the last two, ... are put in."""
        asked = {q.node for side in (left, right) for q in side.quantities.values()} & self.gradients
        first = {name for name in asked if left.quantity is not None and name == left.quantity.node}
        stages = [self.free - first, self.free - asked, self.free - self.gradients]
        for layer in self.last:
            stages.append(stages[-1] - layer)
        stages.sort(key=lambda stage: stage != self.worked)  # what proved one entry proves the next
        for self.at_work in dict.fromkeys(stages):
            yield self.at_work
