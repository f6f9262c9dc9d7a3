"""The backward pass at many points at once, so that it can be replayed with a mistake in it.

Every use of a node by an operation is a link with a weight, its partial; the gradient of `of` at `wrt` is the sum over
all ways of the products of the weights. A mistake changes weights, or adds to the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from ..backprop.sweep import forward, read_rule
from ..graph import Graph
from ..graph.boxes import Box
from ..graph.folding import number_at
from ..graph.tape import Tape
from ..graph.variables import Variable, constant
from ..numbers import doubles, numpy
from ..operations import CODES, Operation
from ..reading.quantities import Quantity, Side

if TYPE_CHECKING:
    from ..notation.formula import Formula
    from .words import Wording

Array = Any  # one number per point
Words = Callable[["Wording"], "Mapping[str, Formula]"]


@dataclass(frozen=True, slots=True)
class Link:
    """One use of a node: the operation that uses it, in which slot."""

    node: int
    slot: int
    operand: int


def _wordless(_: Wording) -> Mapping[str, Formula]:
    return {}


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What a mistake does to the backward pass: other weights, something added to the result, or a factor on it.

    `words` fill the sentence of its row; `at` names the node, or the child and the parent, where it was made,
    `path` the way through the graph that it is about.
    """

    weights: Mapping[Link, Array] = field(default_factory=dict)
    added: Array | None = None
    factor: float = 1.0
    at: tuple[str, ...] = ()
    words: Words = _wordless
    path: tuple[str, ...] = ()


class Replay:
    """The values, weights and gradients between two nodes of a graph, one number per point each.

    With `free`, the points give values to all named nodes, whatever they are computed from, and partials are those of
    the blackboard: two formulas in the names of the graph agree only if they are the same in these names.
    """

    def __init__(self, graph: Graph, of: str, wrt: str, points: Sequence[Mapping[str, Any]], *, free: bool = False) -> None:
        np, tape = numpy(), graph.tape
        self.graph, self.tape, self.of, self.wrt, self.points, self.free = graph, tape, of, wrt, points, free
        self.count, self.end, self.start = len(points), tape.by_name[of], tape.by_name[wrt]
        with np.errstate(all="ignore"):
            self.values = self._values()
            self.active = self._depending(self.start)
            needed = tape.below(iter([self.end]))
            self.nodes = [n for n in range(len(tape)) if needed[n] and self.active[n]]
            self._by_node = {node: self._links_of(node) for node in self.nodes if node != self.start}
            self.links = [link for links in self._by_node.values() for link in links]
            self.weights = {link: self.weight(link) for link in self.links}
            self.flows, self.tangents = self._backward(), self._forward()

    # -- set-up

    def column(self, value: Any) -> Array:
        """A number, or one per point, as one per point."""
        return numpy().broadcast_to(numpy().asarray(value, dtype=float), (self.count,))

    def _values(self) -> list[Array]:
        names, np = self.tape.names, numpy()
        columns = {node: np.array([float(p[name]) for p in self.points]) for node, name in names.items() if name in self.points[0]}
        if not self.free:
            return [self.column(value) for value in forward(self.tape, columns, doubles)]
        out: list[Array] = []
        for node in range(len(self.tape)):
            if node in columns:
                out.append(columns[node])
            elif node in self.tape.constants:
                out.append(self.column(float(self.tape.constants[node])))
            else:
                operands = [out[i] for i in self.tape.operands_of(node)]
                out.append(self.column(self.operation(node).value(doubles, *operands, **self.tape.static(node))))
        return out

    def _depending(self, node: int) -> list[bool]:
        out = [False] * len(self.tape)
        out[node] = True
        for n in range(node + 1, len(self.tape)):
            out[n] = any(out[i] for i in self.tape.operands_of(n))
        return out

    def _links_of(self, node: int) -> list[Link]:
        operation = self.operation(node)
        operands = enumerate(self.tape.operands_of(node))
        return [Link(node, slot, i) for slot, i in operands if self.active[i] and operation.flows(slot)]

    def weight(self, link: Link) -> Array:
        """The partial of one use."""
        y, *xs = (self.values[i] for i in (link.node, *self.tape.operands_of(link.node)))
        if self.free:
            return self.column(shown_partial(self.operation(link.node), link.slot, y, xs))
        return self.column(read_rule(doubles, self.tape, link.node, link.slot, [y, *xs]))

    # -- the passes

    def _backward(self) -> dict[int, Array]:
        """The gradient at every node between the two."""
        flows = {node: self.column(0.0) for node in self.nodes}
        flows[self.start] = self.column(0.0)
        flows[self.end] = self.column(1.0)
        for node in reversed(self.nodes):
            for link in self._by_node.get(node, ()):
                flows[link.operand] = flows[link.operand] + flows[node] * self.weights[link]
        return flows

    def _forward(self) -> dict[int, Array]:
        """The derivative of every node between the two by the variable."""
        out = {self.start: self.column(1.0)}
        for node in self.nodes:
            if node != self.start:
                links = self._by_node[node]
                out[node] = sum((self.weights[k] * out[k.operand] for k in links if k.operand in out), self.column(0.0))
        return out

    def bent(self, weights: Mapping[Link, Array]) -> Replay:
        """The same passes with other weights."""
        twin = copy(self)
        twin.__dict__.pop("locals", None)
        twin.weights = {**self.weights, **weights}
        twin.flows, twin.tangents = twin._backward(), twin._forward()
        return twin

    def without(self, child: str, parent: str) -> Replay:
        """The same passes with one local partial taken to be 1."""
        local = self.local(child, parent)
        into = [k for k in self.links if self.tape.names.get(k.operand) == parent and self.box_of(k.node) == child]
        return self.bent({link: self.weights[link] / local for link in into})

    @property
    def total(self) -> Array:
        """The gradient."""
        return self.flows[self.start]

    def changed(self, change: Change) -> Array:
        """The gradient with a mistake in it."""
        out = self.total
        if len(change.weights) == 1:
            ((link, weight),) = change.weights.items()
            out = out + self.flows[link.node] * (weight - self.weights[link]) * self.tangents[link.operand]
        elif change.weights:
            out = self.bent(change.weights).total
        if change.added is not None:
            out = out + change.added
        return out * change.factor if change.factor != 1.0 else out

    # -- what rows ask

    def operation(self, node: int) -> Operation:
        """What a node applies."""
        return CODES[self.tape.codes[node]]

    def operation_is(self, node: int, name: str) -> bool:
        """Whether a node applies the operation of that name."""
        return node not in self.tape.constants and node in self._by_node and self.operation(node).name == name

    def links_of(self, node: int) -> list[Link]:
        """The uses of the variable, or of what depends on it, in one operation."""
        return self._by_node.get(node, [])

    def passive(self, node: int) -> list[Link]:
        """The uses of what does not depend on the variable, in an operation that does."""
        operation = self.operation(node)
        operands = enumerate(self.tape.operands_of(node))
        return [Link(node, slot, i) for slot, i in operands if not self.active[i] and operation.flows(slot)]

    @cached_property
    def locals(self) -> dict[tuple[str, str], Array]:
        """The local partials between named nodes on the way, as (child, parent)."""
        out: dict[tuple[str, str], Array] = {}
        for box in self.graph.boxes:
            if box.root in self.flows and box.root != self.start:
                out |= {(box.name, parent): back for parent, back in self._through(box, self.links_of).items()}
        return out

    def partials_of(self, name: str) -> dict[str, Array]:
        """All local partials of a node, on the way or not."""
        return self._through(self.graph.box(name), lambda node: [*self.links_of(node), *self.passive(node)])

    def _through(self, box: Box, links: Callable[[int], list[Link]]) -> dict[str, Array]:
        """What flows back through a box to its parents, 1 being sent into it."""
        flows: dict[int, Array] = {box.root: self.column(1.0)}
        out: dict[str, Array] = {}
        for node in reversed(box.members):
            for link in links(node) if node in flows and node not in self.tape.constants else ():
                weight = self.weights[link] if link in self.weights else self.weight(link)
                back, name = flows[node] * weight, self.tape.names.get(link.operand)
                if name is None:
                    flows[link.operand] = flows[link.operand] + back if link.operand in flows else back
                else:
                    out[name] = out[name] + back if name in out else back
        return out

    def local(self, child: str, parent: str) -> Array:
        """One local partial; zero where there is none."""
        return self.locals.get((child, parent), self.column(0.0))

    @cached_property
    def _box_of(self) -> dict[int, str]:
        return {node: box.name for box in self.graph.boxes for node in box.members}

    def place(self, link: Link) -> tuple[str, str]:
        """The named nodes that a link lies between: the box it is in, and the first parent it leads to."""
        node = link.operand
        while node not in self.tape.names:
            node = self.links_of(node)[0].operand
        return self._box_of[link.node], self.tape.names[node]

    def box_of(self, node: int) -> str:
        """The named node that an operation belongs to."""
        return self._box_of[node]

    def neighbours(self, node: int) -> list[int]:
        """What a node is an activation of, and what is an activation of it."""
        out: list[int] = []
        if self._is_activation(node):
            out += self.tape.operands_of(node)
        out += [n for n in range(len(self.tape)) if self._is_activation(n) and self.tape.operands_of(n) == (node,)]
        return out

    def _is_activation(self, node: int) -> bool:
        known = node not in self.tape.constants and self.tape.operands_of(node)
        return len(known or ()) == 1 and self.operation(node).rule != "sum rule"

    def constants(self) -> list[Any]:
        """The numbers of the graph that could be forgotten as factors: constants, exponents, defaults of inputs."""
        found = {number_at(self.tape, node) for node in self.tape.constants}
        found |= {Fraction(facts.default) for facts in self.tape.inputs.values() if isinstance(facts.default, int)}
        return sorted({abs(c) for c in found if c is not None and abs(c) not in (0, 1)} | {2})

    def gradient_of(self, node: str) -> Array:
        """The gradient of the output at any node."""
        return Replay(self.graph, self.of, node, self.points, free=self.free).total

    def side(self, side: Side, instead: Mapping[str, int] | None = None) -> Array:
        """The value of one side of a claim; with places on the tape taken `instead` of nodes it names."""
        given = {node: self._quantity(quantity, instead or {}) for node, quantity in side.quantities.items()}
        with numpy().errstate(all="ignore"):
            return self.column(forward(side.tape, given, doubles)[side.root])

    def _quantity(self, quantity: Quantity, instead: Mapping[str, int]) -> Array:
        if not quantity.of:
            return self.values[instead.get(quantity.node, self.tape.by_name[quantity.node])]
        return Replay(self.graph, quantity.of, quantity.node, self.points, free=self.free).total


@lru_cache(maxsize=512)
def _shown(operation: Operation, slot: int, arity: int) -> tuple[Tape, int]:
    """A partial as the blackboard has it, on a tape with inputs y, x0, x1, ..."""
    tape = Tape(folding=True)
    y, *xs = (Variable(tape, tape.input(name)) for name in ["y", *(f"x{i}" for i in range(arity))])
    rules = operation.shown
    found = rules[slot](y, *xs) if isinstance(rules, tuple) else rules(slot, y, *xs)
    return tape, (found if isinstance(found, Variable) else constant(tape, found)).node


def shown_partial(operation: Operation, slot: int, y: Array, xs: Sequence[Array]) -> Array:
    """A partial as the blackboard has it, with these numbers put for the output and the operands."""
    tape, node = _shown(operation, slot, len(xs))
    with numpy().errstate(all="ignore"):
        return forward(tape, dict(enumerate([y, *xs])), doubles)[node]
