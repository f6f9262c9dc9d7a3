"""What a graph knows at one point: the values of its nodes, and gradients when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backprop.sweep import Flow, forward, pull_through
from ..graph import Graph
from ..numbers import Domain
from ..reading.quantities import Quantity, Side


class Ground:
    """A graph at one point in one domain, the reference that claims are held against.

    >>> from graphviz_bp import parse
    >>> from graphviz_bp.numbers import exact
    >>> Ground(parse("v = u**2; w = 6*u; z = v*w"), exact, {"u": 5}).quantity(Quantity("u", "z"))
    450
    """

    def __init__(self, graph: Graph, m: Domain, given: Mapping[str, Any]) -> None:
        self.graph, self.m = graph, m
        inputs = {facts.node: m.number(given[name]) for name, facts in graph.tape.inputs.items()}
        self.values = forward(graph.tape, inputs, m)
        self._gradients: dict[str, dict[str, Any]] = {}

    def value(self, name: str) -> Any:
        """The value of a node."""
        return self.values[self.graph.tape.by_name[name]]

    def gradient(self, of: str, wrt: str) -> Any:
        """The gradient of one node at another; zero where it does not depend on it."""
        if of not in self._gradients:
            self._gradients[of] = self._back(of)
        return self._gradients[of].get(wrt, self.m.number(0))

    def quantity(self, quantity: Quantity) -> Any:
        """A value or a gradient."""
        return self.gradient(quantity.of, quantity.node) if quantity.of else self.value(quantity.node)

    def side(self, side: Side) -> Any:
        """The value of one side of a claim."""
        if side.quantity is not None:
            return self.quantity(side.quantity)
        given = {node: self.quantity(quantity) for node, quantity in side.quantities.items()}
        return forward(side.tape, given, self.m)[side.root]

    def _back(self, of: str) -> dict[str, Any]:
        """The gradient of `of` at every node it depends on, data among them."""
        tape, flows = self.graph.tape, {of: Flow(self.m.number(1))}
        for box in reversed(self.graph.boxes):
            flow = flows.get(box.name)
            if flow is None:
                continue
            for (node, slot), back in pull_through(tape, box, self.values, flow, self.m).items():
                parent = tape.names[tape.operands_of(node)[slot]]
                before = flows.get(parent)
                if before is not None:
                    back = Flow(before.amount + back.amount, before.reach or back.reach)
                flows[parent] = back
        return {name: flow.amount for name, flow in flows.items()}


def inputs_below(graph: Graph, side: Side) -> frozenset[str]:
    """The inputs that a side depends on."""
    roots = [graph.tape.by_name[name] for q in side.quantities.values() for name in (q.of or q.node,)]
    needed = graph.tape.below(iter(roots))
    return frozenset(name for name, facts in graph.tape.inputs.items() if needed[facts.node])


def mentioned(side: Side) -> frozenset[str]:
    """The nodes whose values a side names."""
    return frozenset(q.node for q in side.quantities.values() if not q.of)
