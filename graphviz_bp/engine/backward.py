"""Backward: the gradient of every node, in steps that are planned once for a graph and an output.

All partials come first, many at once, since they need values only. What is left is a sum over the uses of each node,
level by level from the output. An operand that is only added has its sum's gradient, so a sum of many terms is no
way at all.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from ..numbers import numpy
from .flat import ADD, IDENTITY, Flat, followed, rows
from .forward import FEW
from .functions import Partial, partial_of

NOTHING, TOP = 0, 1  # the cells of nodes to which nothing flows, and of the output


class Backward:
    """Gradients stand in cells: `cell[node]` is where a node's gradient is, shared by those that have the same one."""

    def __init__(self, flat: Flat, place: Any, of: int) -> None:
        np = numpy()
        heads = heads_of(flat, of)
        child, target, slot, level = _uses(flat, heads, of)
        self._fresh = np.concatenate(([True], target[1:] != target[:-1]))[: len(target)]  # where another node begins
        self.cells = TOP + 1 + int(self._fresh.sum())
        cell = np.zeros(flat.size, dtype=np.int32)
        cell[of] = TOP
        cell[target[self._fresh]] = np.arange(TOP + 1, self.cells)
        self.cell = cell[heads]
        del heads, cell, target
        self.child = self.cell[child]
        self._partials = list(_partials(flat, place, child, slot))
        del child, slot
        self.steps = list(self._steps(level))

    @property
    def target(self) -> Any:
        """The cell that each use adds to."""
        return (TOP + numpy().cumsum(self._fresh)).astype(numpy().int32)

    def _steps(self, level: Any) -> Any:
        """The levels in order; what lies between two wide ones is one loop."""
        np = numpy()
        target = self.target
        cuts = [0, *(np.flatnonzero(level[1:] != level[:-1]) + 1).tolist(), len(level)]
        done = 0
        for first, last in pairwise(cuts):
            if last - first >= FEW:
                if first > done:
                    yield Pulls(self.child, target, done, first)
                yield WidePulls(self.child, target, self._fresh, first, last)
                done = last
        if done < len(level):
            yield Pulls(self.child, target, done, len(level))

    def partials(self, values: Any) -> Any:
        """The partial of every use, at these values."""
        out = numpy().empty(len(self.child))
        for partial, where, needs in self._partials:
            number = partial.number
            out[where] = partial.at({i: values[at] for i, at in needs.items()}) if number is None else number
        return out

    def run(self, values: Any, seed: float) -> tuple[Any, bool]:
        """All gradients, and whether they took care: a branch that was not taken hands back nothing, not 0 · ∞."""
        np = numpy()
        partials = self.partials(values)
        gradients = np.zeros(self.cells)
        gradients[TOP] = seed
        for step in self.steps:
            step.run(gradients, partials)
        if np.isfinite(gradients).all():
            return gradients, False
        return self._carefully(partials, seed), True

    def _carefully(self, partials: Any, seed: float) -> Any:
        """The same sums over those uses only that a gradient reaches."""
        gradients, reached = [0.0] * self.cells, [False] * self.cells
        gradients[TOP], reached[TOP] = seed, True
        choices = numpy().zeros(len(partials), dtype=bool)
        for rule, where, _ in self._partials:
            choices[where] = rule.choice
        for target, child, partial, choice in rows(self.target, self.child, partials, choices):
            if reached[child] and (partial or not choice):
                gradients[target] += gradients[child] * partial
                reached[target] = True
        return numpy().array(gradients)


def heads_of(flat: Flat, of: int) -> Any:
    """The node whose gradient a node shares: the sum that it is only a term of."""
    np = numpy()
    heads = np.arange(flat.size, dtype=np.int32)
    sums = np.flatnonzero((flat.codes == ADD) | (flat.codes == IDENTITY)).astype(np.int32)
    for operands in (flat.first[sums], flat.second[sums]):
        only = flat.once[operands] & (operands >= 0)
        heads[operands[only]] = sums[only]
    heads[of] = of
    return followed(heads)


def _uses(flat: Flat, heads: Any, of: int) -> tuple[Any, Any, Any, Any]:
    """Every use through which a gradient of its own flows: the node that uses, the one used, the slot, and the level.

    They come level by level from the output, those of the inputs last.
    """
    np = numpy()
    flows = ~flat.constants[flat.operands] & (heads == np.arange(flat.size, dtype=np.int32))[flat.operands]
    for operation, arity, nodes in flat.kinds(flat.nodes):
        for slot in range(arity):
            if not operation.flows(slot):
                flows[flat.starts(nodes) + slot] = False
    use = np.flatnonzero(flows)[::-1].astype(np.int32)  # from the last node to the first
    child = np.repeat(np.arange(flat.size, dtype=np.int32), flat.arity)[use]
    del flows
    distance = _distances(flat, heads, child, flat.operands[use], of)
    there = distance[heads[child]] >= 0
    use, child = use[there], child[there]
    target = flat.operands[use]
    level = np.where(flat.arity[target] > 0, distance[target], distance.max() + 1)
    del distance, there
    order = np.lexsort((target, level)).astype(np.int32)
    del target
    use, child = use[order], child[order]
    return child, flat.operands[use], (use - flat.starts(child)).astype(np.int32), level[order]


def _distances(flat: Flat, heads: Any, child: Any, target: Any, of: int) -> Any:
    """The longest way from the output back to each operation; -1 where there is none."""
    np = numpy()
    distance = array("i", [-1]) * flat.size
    distance[of] = 0
    inner = flat.arity[target] > 0
    for above, below in rows(heads[child[inner]], target[inner]):
        if distance[above] >= 0 and distance[above] >= distance[below]:
            distance[below] = distance[above] + 1
    return np.frombuffer(distance, dtype=np.intc)


def _partials(flat: Flat, place: Any, child: Any, slot: Any) -> Iterator[tuple[Partial, Any, dict[int, Any]]]:
    """The partials by operation and slot: their rule, whose uses they are, and where the numbers they need are."""
    np = numpy()
    for k in np.flatnonzero(np.bincount(slot)).tolist():
        uses = np.flatnonzero(slot == k).astype(np.int32)
        which = np.empty(flat.size, dtype=np.int32)
        which[child[uses]] = uses
        for operation, arity, nodes in flat.kinds(child[uses]):
            partial = partial_of(operation, k, arity)
            assert partial is not None
            users = {i: nodes if i == 0 else flat.operand(nodes, i - 1) for i, _ in partial.needs}
            yield partial, which[nodes], {i: place[some] for i, some in users.items()}


class WidePulls:
    """A level of many uses: what flows through each, summed for each node that is used."""

    def __init__(self, child: Any, target: Any, fresh: Any, first: int, last: int) -> None:
        self._uses, self._children = slice(first, last), child[first:last]
        starts = numpy().flatnonzero(fresh[first:last])
        self._starts = None if len(starts) == last - first else starts
        self._out = slice(int(target[first]), int(target[last - 1]) + 1)

    def run(self, gradients: Any, partials: Any) -> None:
        flows = gradients[self._children]
        flows *= partials[self._uses]
        gradients[self._out] = flows if self._starts is None else numpy().add.reduceat(flows, self._starts)


class Pulls:
    """Uses one after the other, on Python's own numbers."""

    def __init__(self, child: Any, target: Any, first: int, last: int) -> None:
        np = numpy()
        self._uses = slice(first, last)
        start, end = int(target[first]), int(target[last - 1]) + 1
        self._out, self._count = slice(start, end), end - start
        child = child[first:last]
        self._sources = np.unique(child[child < start])
        inside = child - start + len(self._sources)
        self._children = np.where(child < start, np.searchsorted(self._sources, child), inside).astype(np.int32)
        self._targets = target[first:last] - start + len(self._sources)

    def run(self, gradients: Any, partials: Any) -> None:
        flows = gradients[self._sources].tolist()
        known = len(flows)
        flows += [0.0] * self._count
        for target, child, partial in rows(self._targets, self._children, partials[self._uses]):
            flows[target] += flows[child] * partial
        gradients[self._out] = flows[known:]
