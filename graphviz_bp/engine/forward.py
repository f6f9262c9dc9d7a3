"""Forward: the value of every node, in steps that are planned once for a graph.

Nodes of one level (no one of them needs another) and one operation are worked out together in NumPy; where a level
has too few of them, a loop over lists is faster. A sum of many terms, which on the tape is a chain of additions, is
one running sum: every intermediate sum is there, added in the same order.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any

from ..numbers import numpy
from ..operations import CODES
from .flat import ADD, Flat, followed, rows
from .functions import in_doubles, on_arrays

FEW = 48  # nodes that a loop works out in the time of one call of NumPy
LONG = 4  # additions that make a running sum


class Forward:
    """Values stand in the order of the plan, inputs and constants first: `place[node]` is where a node's value is."""

    def __init__(self, flat: Flat) -> None:
        np = numpy()
        before, last = _chains(flat)
        level = _levels(flat, before)
        nodes, cuts, big = _ordered(flat, level, last)
        self.place = np.empty(flat.size, dtype=np.int32)
        self.place[flat.leaves] = np.arange(len(flat.leaves), dtype=np.int32)
        self.place[nodes] = np.arange(len(flat.leaves), flat.size, dtype=np.int32)
        self.steps = list(self._steps(flat, before, nodes, cuts, big))

    def _steps(self, flat: Flat, before: Any, nodes: Any, cuts: Any, big: Any) -> Iterator[Step]:
        """The groups in order; what lies between two big ones is one loop."""
        done, first = 0, len(flat.leaves)
        for group in [*numpy().flatnonzero(big).tolist(), len(cuts) - 1]:
            if cuts[group] > done:
                yield Loop(flat, self.place, nodes[done : cuts[group]], done + first)
            if group < len(cuts) - 1:
                done = int(cuts[group + 1])
                members = nodes[cuts[group] : done]
                kind = Sums if before[members[-1]] >= 0 else Together
                yield kind(flat, self.place, before, members, int(cuts[group]) + first)

    def run(self, values: Any) -> None:
        """All values, in place, from those of the inputs and constants."""
        for step in self.steps:
            step.run(values)


def _chains(flat: Flat) -> tuple[Any, Any]:
    """For an addition that only continues another one, that other one (else -1); and the last one of each chain."""
    np = numpy()
    adds = np.flatnonzero(flat.codes == ADD).astype(np.int32)
    continued = flat.once & (flat.codes == ADD)
    before = np.full(flat.size, -1, dtype=np.int32)
    for operands in (flat.second[adds], flat.first[adds]):
        inner = continued[operands]
        before[adds[inner]] = operands[inner]
    while True:
        last = np.arange(flat.size, dtype=np.int32)
        follows = adds[before[adds] >= 0]
        last[before[follows]] = follows
        last = followed(last)
        length = np.bincount(last[adds], minlength=flat.size)
        short = adds[(length < LONG)[last[adds]] & (before[adds] >= 0)]
        if not len(short):
            return before, last
        before[short] = -1  # these are no chain worth having; look again


def _levels(flat: Flat, before: Any) -> Any:
    """The longest way to each node; a chain of additions counts as one operation."""
    np = numpy()
    level = array("i", [0]) * (flat.size + 1)  # the last one stands for an operand that is not there (-1)
    chained, a, b = before[flat.nodes], flat.first[flat.nodes], flat.second[flat.nodes]
    inner = chained >= 0
    b = np.where(inner & (chained == b), a, b)  # the operand beside the chain
    a = np.where(inner, chained, a)
    many = flat.arity[flat.nodes] > 2
    for node, x, y, same, more in rows(flat.nodes, a, b, inner, many):
        x = level[x] if same else level[x] + 1
        y = level[y] + 1
        level[node] = x if x > y else y
        if more:
            start, end = flat.starts(node), flat.starts(node + 1)
            level[node] = max(level[i] for i in flat.operands[start:end].tolist()) + 1
    return np.frombuffer(level, dtype=np.intc)[:-1]


def _ordered(flat: Flat, level: Any, last: Any) -> tuple[Any, Any, Any]:
    """The operations by level and kind, where the groups begin, and which of them are big."""
    np = numpy()
    nodes = flat.nodes[np.argsort(last[flat.nodes], kind="stable")]  # the members of a chain side by side
    level = level[last[nodes]]
    kind = _kinds(flat, nodes, last[nodes])
    key = level * np.int64(int(kind.max(initial=0)) + 1) + kind
    del kind
    order = np.argsort(key, kind="stable").astype(np.int32)
    key = key[order]
    starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))[: len(key)]
    del key
    counts = np.diff(starts, append=len(order))
    big = counts >= FEW
    by = np.lexsort((big, level[order[starts]]))  # the small groups of a level before the big ones
    counts, big = counts[by], big[by]
    cuts = np.concatenate(([0], np.cumsum(counts)))
    if (np.diff(by) != 1).any():
        order = order[np.arange(len(order)) + np.repeat(starts[by] - cuts[:-1], counts)]
    return nodes[order], cuts, big


def _kinds(flat: Flat, nodes: Any, ends: Any) -> Any:
    """A number for every operation: the same for nodes that can be worked out together."""
    np = numpy()
    kind = flat.codes[nodes].astype(np.int32)
    length = np.bincount(ends, minlength=flat.size).astype(np.int32)[ends]
    any_number = np.array([operation.arity is None for operation in CODES])
    varying = np.flatnonzero((length > 1) | any_number[kind])
    facts = (length[varying] * np.int64(1 << 20) + flat.arity[nodes[varying]]) * len(CODES) + kind[varying]
    del length
    found, size = np.unique(facts), np.int32(len(CODES))
    kind[varying] = size + np.searchsorted(found, facts).astype(np.int32)
    return kind


class Together:
    """Many nodes of one operation."""

    def __init__(self, flat: Flat, place: Any, before: Any, members: Any, start: int) -> None:
        self._out = slice(start, start + len(members))
        self._operation = CODES[flat.codes[members[0]]]
        arity = int(flat.arity[members[0]])
        self._operands = [in_a_row(place[flat.operand(members, slot)]) for slot in range(arity)]

    def run(self, values: Any) -> None:
        values[self._out] = on_arrays(self._operation, *(values[i] for i in self._operands))


def in_a_row(places: Any) -> Any:
    """Places that follow one another as a slice, which costs no copy."""
    np = numpy()
    first, count = int(places[0]) if len(places) else 0, len(places)
    return slice(first, first + count) if (np.diff(places) == 1).all() else places


class Sums:
    """Chains of additions of one length, a row of the table for each: its terms are summed from left to right."""

    def __init__(self, flat: Flat, place: Any, before: Any, members: Any, start: int) -> None:
        np = numpy()
        heads = np.flatnonzero(before[members] < 0)
        length = len(members) // len(heads)
        terms = np.empty((len(heads), length + 1), dtype=np.int32)
        terms[:, 0] = flat.first[members[heads]]
        inner = before[members]
        beside = np.where(flat.first[members] == inner, flat.second[members], flat.first[members])
        beside[heads] = flat.second[members[heads]]
        terms[:, 1:] = beside.reshape(len(heads), length)
        self._terms, self._out = place[terms], slice(start, start + len(members))

    def run(self, values: Any) -> None:
        values[self._out] = numpy().add.accumulate(values[self._terms], axis=1)[:, 1:].ravel()


class Loop:
    """Nodes one after the other, on Python's own numbers."""

    def __init__(self, flat: Flat, place: Any, members: Any, start: int) -> None:
        np = numpy()
        self._out = slice(start, start + len(members))
        slots = [self._operand(flat, place, members, slot) for slot in (0, 1)]
        many = np.flatnonzero(flat.arity[members] > 2)
        lists = [place[[int(flat.operand(i, k)) for k in range(flat.arity[i])]] for i in members[many]]
        needed = np.concatenate([slots[0], slots[1][slots[1] >= 0], *lists])
        self._sources = np.unique(needed[needed < start])
        self._first, self._second = (self._local(p, start) for p in slots)
        self._second[many] = -2
        self._first[many] = np.arange(len(many))
        self._many = [self._local(p, start).tolist() for p in lists]
        self._functions = [in_doubles(CODES[code]) for code in flat.codes[members].tolist()]

    @staticmethod
    def _operand(flat: Flat, place: Any, members: Any, slot: int) -> Any:
        operands = flat.operand(members, slot)
        return numpy().where(operands >= 0, place[operands], -1)

    def _local(self, places: Any, start: int) -> Any:
        """Where a value is on the loop's own list: first what it needs from elsewhere, then what it makes."""
        np = numpy()
        outside = np.searchsorted(self._sources, places)
        inside = places - start + len(self._sources)
        return np.where(places < 0, -1, np.where(places < start, outside, inside)).astype(np.int32)

    def run(self, values: Any) -> None:
        known = values[self._sources].tolist()
        append = known.append
        for function, (i, j) in zip(self._functions, rows(self._first, self._second), strict=True):
            if j >= 0:
                append(function(known[i], known[j]))
            elif j == -1:
                append(function(known[i]))
            else:
                append(function(*[known[k] for k in self._many[i]]))
        values[self._out] = known[len(self._sources) :]


Step = Together | Sums | Loop
