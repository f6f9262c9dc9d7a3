"""Backward: the gradient of every node, in steps that are planned once for a graph and an output.

All partials come first, many at once, since they need values only. What is left is a sum over the uses of each node,
level by level from the output. An operand that is only added has its sum's gradient, so a sum of many terms is no
way at all.
"""

from __future__ import annotations

from typing import Any

from ..numbers import numpy
from .flat import ADD, IDENTITY, Flat, Partial, followed, partial_of, rows
from .forward import FEW

NOTHING, TOP = 0, 1  # the cells of nodes to which nothing flows, and of the output


class Backward:
    """Gradients stand in cells: `cell[node]` is where a node's gradient is, shared by those that have the same one."""

    def __init__(self, flat: Flat, place: Any, of: int) -> None:
        np = numpy()
        self.heads = _heads(flat, of)
        child, target, slot = _uses(flat, self.heads)
        distance = _distances(flat, self.heads, child, target, of)
        there = distance[self.heads[child]] >= 0
        child, target, slot = child[there], target[there], slot[there]
        leaf = flat.arity[target] == 0
        level = np.where(leaf, distance.max() + 1, distance[target])
        order = np.lexsort((-child, target, level))
        child, target, slot, level = child[order], target[order], slot[order], level[order]
        fresh = np.concatenate(([True], target[1:] != target[:-1]))[: len(target)]
        self.target = (TOP + np.cumsum(fresh)).astype(np.int32)
        self.cell = np.zeros(flat.size, dtype=np.int32)
        self.cell[of] = TOP
        self.cell[target] = self.target
        self.cell = self.cell[self.heads]
        self.child = self.cell[child]
        self.cells = TOP + 1 + int(fresh.sum())
        self._fixed, self._partials, self.choices = _partials(flat, place, child, slot)
        self.steps = list(self._steps(level, np.flatnonzero(fresh)))

    def _steps(self, level: Any, starts: Any) -> Any:
        """The levels in order; what lies between two wide ones is one loop."""
        np = numpy()
        cuts = [*np.flatnonzero(np.concatenate(([True], level[1:] != level[:-1])))[: len(level)].tolist(), len(level)]
        done = 0
        for first, last in zip(cuts, cuts[1:], strict=False):
            if last - first >= FEW:
                if first > done:
                    yield Pulls(self, done, first)
                yield WidePulls(self, first, last, starts)
                done = last
        if done < len(level):
            yield Pulls(self, done, len(level))

    def partials(self, values: Any) -> Any:
        """The partial of every use, at these values."""
        out = self._fixed.copy()
        for partial, where, needs in self._partials:
            out[where] = partial.at({i: values[places] for i, places in needs.items()})
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
        for target, child, partial, choice in rows(self.target, self.child, partials, self.choices):
            if reached[child] and (partial or not choice):
                gradients[target] += gradients[child] * partial
                reached[target] = True
        return numpy().array(gradients)


def _heads(flat: Flat, of: int) -> Any:
    """The node whose gradient a node shares: the sum that it is only a term of."""
    np = numpy()
    heads = np.arange(flat.size, dtype=np.int32)
    for operand in (flat.first, flat.second):
        sums = np.flatnonzero(((flat.codes == ADD) | (flat.codes == IDENTITY)) & (operand >= 0))
        sums = sums[flat.uses[operand[sums]] == 1]
        heads[operand[sums]] = sums
    heads[of] = of
    return followed(heads)


def _uses(flat: Flat, heads: Any) -> tuple[Any, Any, Any]:
    """Every use through which a gradient of its own flows: the node that uses, the one that is used, and the slot."""
    np = numpy()
    child = np.repeat(np.arange(flat.size, dtype=np.int32), flat.arity)
    slot = (np.arange(len(child)) - flat.starts[child]).astype(np.int32)
    target = flat.operands
    flows = ~flat.constants[target] & (heads[target] == target)
    for operation, arity, nodes in flat.kinds(flat.nodes):
        for k in range(arity):
            if not operation.flows(k):
                flows[flat.starts[nodes] + k] = False
    return child[flows], target[flows], slot[flows]


def _distances(flat: Flat, heads: Any, child: Any, target: Any, of: int) -> Any:
    """The longest way from the output back to each operation; -1 where there is none."""
    np = numpy()
    distance = [-1] * flat.size
    distance[of] = 0
    inner = flat.arity[target] > 0
    order = np.argsort(-child[inner], kind="stable")
    for above, below in rows(heads[child[inner][order]], target[inner][order]):
        if distance[above] >= 0 and distance[above] >= distance[below]:
            distance[below] = distance[above] + 1
    return np.array(distance, dtype=np.int32)


def _partials(flat: Flat, place: Any, child: Any, slot: Any) -> tuple[Any, list[tuple[Partial, Any, dict[int, Any]]], Any]:
    """The partials that are numbers, written down; how to work out the others; and which belong to a choice."""
    np = numpy()
    fixed, choices, others = np.zeros(len(child)), np.zeros(len(child), dtype=bool), []
    for k in range(int(slot.max(initial=-1)) + 1):
        uses = np.flatnonzero(slot == k).astype(np.int32)
        by = np.argsort(child[uses], kind="stable")
        sorted_uses = uses[by]
        position = np.empty(flat.size, dtype=np.int32)
        position[child[sorted_uses]] = sorted_uses
        for operation, arity, nodes in flat.kinds(np.sort(child[uses])):
            partial = partial_of(operation, k, arity)
            assert partial is not None
            where = np.sort(position[nodes])
            choices[where] = partial.choice
            if partial.number is not None:
                fixed[where] = partial.number
            else:
                users = child[where]
                needs = {i: place[users if i == 0 else flat.operand(users, i - 1)] for i, _ in partial.needs}
                others.append((partial, where, needs))
    return fixed, others, choices


class WidePulls:
    """A level of many uses: what flows through each, summed for each node that is used."""

    def __init__(self, plan: Backward, first: int, last: int, starts: Any) -> None:
        np = numpy()
        self._uses = slice(first, last)
        self._children = plan.child[first:last]
        mine = starts[np.searchsorted(starts, first) : np.searchsorted(starts, last)] - first
        self._starts = None if len(mine) == last - first else mine
        self._out = slice(int(plan.target[first]), int(plan.target[last - 1]) + 1)

    def run(self, gradients: Any, partials: Any) -> None:
        flows = gradients[self._children] * partials[self._uses]
        gradients[self._out] = flows if self._starts is None else numpy().add.reduceat(flows, self._starts)


class Pulls:
    """Uses one after the other, on Python's own numbers."""

    def __init__(self, plan: Backward, first: int, last: int) -> None:
        np = numpy()
        self._uses = slice(first, last)
        start, end = int(plan.target[first]), int(plan.target[last - 1]) + 1
        self._out, self._count = slice(start, end), end - start
        child = plan.child[first:last]
        self._sources = np.unique(child[child < start])
        inside = child - start + len(self._sources)
        self._children = np.where(child < start, np.searchsorted(self._sources, child), inside).astype(np.int32)
        self._targets = plan.target[first:last] - start + len(self._sources)

    def run(self, gradients: Any, partials: Any) -> None:
        flows = gradients[self._sources].tolist()
        known = len(flows)
        flows += [0.0] * self._count
        for target, child, partial in rows(self._targets, self._children, partials[self._uses]):
            flows[target] += flows[child] * partial
        gradients[self._out] = flows[known:]
