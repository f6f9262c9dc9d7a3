"""The rules read on variables: local partials and pulls as formulas, in the names of the graph.

The same sweep that makes the numbers is run with the graph's names in place of values. What comes out is the rule:
`∂v/∂u = 2u`, `h(1 − h)·x`, `Wᵀ ∂L/∂a`.
"""

from __future__ import annotations

from typing import Any

from ..graph import Graph
from ..graph.boxes import Box
from ..graph.tape import Tape
from ..graph.variables import Variable, constant
from .formula import Formula
from .nodes import expression, named


class Reading:
    """A box set up on a tape of formulas: its parents, its own name as the output, and what flows back to each use."""

    def __init__(self, graph: Graph, box: Box, upstream: Formula | None = None) -> None:
        self.graph, self.box = graph, box
        tape = self.tape = Tape(folding=True)
        self.leaves: dict[int, Formula] = {}
        self._at: dict[int, Variable] = {}
        for parent in box.distinct_parents:
            node = graph.tape.by_name[parent]
            self._at[node] = self._leaf(parent, graph.tape.shape(node), named(graph, parent))
        self._output = self._leaf(box.name + "#", graph.tape.shape(box.root), named(graph, box.name))
        self.seed = constant(tape, 1) if upstream is None else self._leaf("#g", graph.tape.shape(box.root), upstream)
        for node in box.members:
            self._at[node] = self._output if node == box.root else self._copied(node)
        self.flows = self._back()

    def _leaf(self, name: str, shape: Any, formula: Formula) -> Variable:
        node = self.tape.input(name, shape)
        self.leaves[node] = formula
        return Variable(self.tape, node)

    def _copied(self, node: int) -> Variable:
        """An inner operation as the author wrote it, unfolded."""
        source = self.graph.tape
        operation = source.operation(node)
        if operation is None:
            return Variable(self.tape, self.tape.constant(source.constants[node], source.shape(node) or ()))
        return Variable(
            self.tape,
            self.tape.operate(
                operation, tuple(self._at[i].node for i in source.operands_of(node)), source.static(node)
            ),
        )

    def _back(self) -> dict[tuple[int, int], Variable]:
        source, flows, out = self.graph.tape, {self.box.root: self.seed}, {}
        for node in reversed(self.box.members):
            g, operation = flows.pop(node, None), source.operation(node)
            if g is None or operation is None:
                continue
            operands = source.operands_of(node)
            for slot, operand in enumerate(operands):
                if operand in source.constants or not operation.flows(slot):
                    continue
                back = operation.pull(
                    slot, g, self._at[node], *(self._at[i] for i in operands), shown=True, **source.static(node)
                )
                back = back if isinstance(back, Variable) else constant(self.tape, back)
                if operand in source.names:
                    out[node, slot] = back
                else:
                    flows[operand] = back
        return out

    def variable(self, name: str) -> Variable:
        """A parent, or the box's own node."""
        return self._output if name == self.box.name else self._at[self.graph.tape.by_name[name]]

    def found(self, parent: str, slot: int | None = None) -> Variable | None:
        """What flows back to a parent, on the tape of formulas."""
        total: Variable | None = None
        for index, use in enumerate(self.box.uses):
            if self.box.parents[index] == parent and use in self.flows and slot in (None, index):
                total = self.flows[use] if total is None else total + self.flows[use]
        return total

    def reaches(self, parent: str) -> bool:
        """Whether anything can flow back to a parent at all."""
        return any(self.box.parents[i] == parent and use in self.flows for i, use in enumerate(self.box.uses))

    def formula(self, parent: str, slot: int | None = None) -> Formula | None:
        """What flows back to a parent, over all its uses or one; None where nothing can."""
        total = self.found(parent, slot)
        return None if total is None else expression(self.tape, total.node, self.leaves)


def local_partial(graph: Graph, child: str, parent: str, slot: int | None = None) -> Formula | None:
    """∂child/∂parent in the names of the graph, for a child that is a number.

    >>> from graphviz_bp import parse
    >>> local_partial(parse("v = u**2; w = 6*u; z = v*w"), "v", "u").plain
    '2u'
    """
    return Reading(graph, graph.box(child)).formula(parent, slot)
