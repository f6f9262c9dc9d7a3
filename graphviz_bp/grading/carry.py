"""Errors carried forward: is a wrong answer right, taken from the student's own wrong answers about other gradients?

Backpropagation is linear in what flows back. If a student has X where ∂z/∂v belongs, everything above v changes by
(X − ∂z/∂v) times the derivative of v; if a local partial ∂v/∂u is wrong, by the same with ∂z/∂v in front. So the
gradient that follows from some wrong answers is the right one and one correction for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, pairwise

from ..equality import Comparison
from ..graph import Graph
from ..graph.tape import Tape
from ..graph.variables import Variable
from ..reading.quantities import Claim, Quantity, Side

MOST_WRONG, MOST_TOGETHER = 5, 3
Wrong = Mapping[Quantity, Side]


class Carrying:
    """Compares answers with what follows from other answers."""

    def __init__(self, graph: Graph, comparison: Comparison, of: str) -> None:
        self.graph, self.comparison, self.of = graph, comparison, of

    def carried(self, claim: Claim, wrong: Wrong) -> tuple[Quantity, ...]:
        """The fewest wrong answers from which this one follows; none if it does not follow from any."""
        quantity, sides = claim.quantity, claim.sides
        if quantity is None or quantity.of != self.of:
            return ()
        if not all(self.comparison.compare(a, b).verdict.right for a, b in pairwise(sides[1:])):
            return ()
        near = [q for q in wrong if self._matters(q, quantity)][:MOST_WRONG]
        for size in range(1, min(len(near), MOST_TOGETHER) + 1):
            for some in combinations(near, size):
                follows = _Following(self.graph, self.of, {q: wrong[q] for q in some}).side(quantity)
                if self.comparison.compare(follows, sides[1]).verdict.right:
                    return some
        return ()

    def _matters(self, wrong: Quantity, about: Quantity) -> bool:
        """Whether a gradient is used on the way back to another."""
        if wrong == about:
            return False
        return is_below(self.graph, about.node, wrong.node) or (wrong.of != self.of and wrong.node == about.node)


class _Following:
    """The gradients that follow from some wrong answers, written on a tape."""

    def __init__(self, graph: Graph, of: str, wrong: Wrong) -> None:
        self.graph, self.of, self.wrong, self.tape = graph, of, wrong, Tape()
        self.quantities: dict[int, Quantity] = {}
        self._variables: dict[Quantity, Variable] = {}

    def side(self, about: Quantity) -> Side:
        """The gradient that follows, as a side of a claim."""
        root = self.gradient(about, self.wrong)
        return Side(str(about), self.tape, root.node, self.quantities)

    def gradient(self, about: Quantity, wrong: Iterable[Quantity]) -> Variable:
        """The right gradient and a correction for each wrong answer on the way back to it."""
        total = self.known(about)
        for other in wrong:
            here = other.node == about.node
            if here or is_below(self.graph, about.node, other.node):
                step = self.correction(other)
                total = total + (step if here else step * self.known(Quantity(about.node, other.node)))
        return total

    def correction(self, other: Quantity) -> Variable:
        """By how much more flows back at a node than what follows from the wrong answers after it."""
        after = [q for q in self.wrong if q != other and is_below(self.graph, other.node, q.node)]
        if other.of == self.of:
            after += [q for q in self.wrong if q.of != self.of and q.node == other.node]
            return self.copied(self.wrong[other]) - self.gradient(other, after)
        up = Quantity(other.of, self.of)
        return (self.copied(self.wrong[other]) - self.known(other)) * self.gradient(up, after)

    def known(self, quantity: Quantity) -> Variable:
        """The input that stands for something the graph knows."""
        if quantity not in self._variables:
            made = Variable(self.tape, self.tape.input(f"q{len(self._variables)}"))
            self._variables[quantity] = made
            self.quantities[made.node] = quantity
        return self._variables[quantity]

    def copied(self, side: Side) -> Variable:
        """A side of a claim put on this tape."""
        new = list[int]()
        for node in range(len(side.tape)):
            operation = side.tape.operation(node)
            if node in side.quantities:
                new.append(self.known(side.quantities[node]).node)
            elif operation is None:
                new.append(self.tape.constant(side.tape.constants[node]))
            else:
                operands = tuple(new[i] for i in side.tape.operands_of(node))
                new.append(self.tape.operate(operation, operands, dict(side.tape.statics.get(node, ()))))
        return Variable(self.tape, new[side.root])


def is_below(graph: Graph, node: str, other: str) -> bool:
    """Whether `other` is computed from `node`."""
    tape = graph.tape
    return node != other and bool(tape.below(iter([tape.by_name[other]]))[tape.by_name[node]])
