"""A tape as NumPy arrays: what is computed from what, and which partials are plain numbers."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import Any

from ..numbers import doubles, numpy, plain
from ..operations import CODES, OPERATIONS, Operation
from ..sweep import _rule, forward
from ..tape import Tape

ADD, IDENTITY = OPERATIONS["add"].code, OPERATIONS["identity"].code
CHUNK = 1 << 13  # nodes whose indices are written out as Python integers at a time


class Flat:
    """The operands of every node; `first` and `second` are -1 where there are none. It is there while a plan is made."""

    def __init__(self, tape: Tape) -> None:
        np = numpy()
        self.size = len(tape)
        self.codes, self.operands = np.asarray(tape.codes), np.asarray(tape.operands)
        self._ends = np.asarray(tape.ends)
        arity = np.diff(self._ends)
        self.arity = arity.astype(np.uint8 if arity.max(initial=0) < 256 else np.int32)
        self.first, self.second = self._slot(0), self._slot(1)
        self.nodes = np.flatnonzero(self.arity).astype(np.int32)  # the operations, in the order of the tape
        self.leaves = np.flatnonzero(self.arity == 0).astype(np.int32)
        self.constants = np.zeros(self.size, dtype=bool)
        self.constants[list(tape.constants)] = True
        self.once = np.bincount(self.operands, minlength=self.size) == 1  # which nodes are used once

    def _slot(self, slot: int) -> Any:
        np = numpy()
        out = np.full(self.size, -1, dtype=np.int32)
        there = np.flatnonzero(self.arity > slot)
        out[there] = self.operands[self._ends[there] + slot]
        return out

    def starts(self, nodes: Any) -> Any:
        """Where the operands of these nodes begin."""
        return self._ends[nodes]

    def operand(self, nodes: Any, slot: int) -> Any:
        """The operand in a slot of each of these nodes."""
        if slot < 2:
            return (self.first, self.second)[slot][nodes]
        return self.operands[self.starts(nodes) + slot]

    def kinds(self, nodes: Any) -> list[tuple[Operation, int, Any]]:
        """The nodes by their operation and its number of operands."""
        np = numpy()
        found, codes = [], self.codes[nodes]
        for code in np.flatnonzero(np.bincount(codes)).tolist():
            mine = nodes[codes == code]
            arity = self.arity[mine]
            for count in np.unique(arity).tolist():
                found.append((CODES[code], count, mine[arity == count]))
        return found


def rows(*arrays: Any) -> Any:
    """Arrays side by side as Python numbers, a chunk at a time: a million integers at once would need their room."""
    return chain.from_iterable(
        zip(*(a[at : at + CHUNK].tolist() for a in arrays), strict=True) for at in range(0, len(arrays[0]), CHUNK)
    )


def followed(pointers: Any) -> Any:
    """Where each chain of pointers ends; an end points to itself."""
    while True:
        further = pointers[pointers]
        if (further == pointers).all():
            return pointers
        pointers = further


def on_arrays(operation: Operation, *xs: Any) -> Any:
    """An operation's value for many nodes at once."""
    try:
        return operation.at(doubles, *xs)
    except ImportError:  # SciPy is not installed: one by one
        each = numpy().frompyfunc(lambda *x: plain(operation.at(doubles, *x)), len(xs), 1)
        return each(*xs).astype(float)


class Partial:
    """The partial of an operation in one slot, for many nodes at once; `number` if it is the same everywhere."""

    def __init__(self, operation: Operation, slot: int, arity: int) -> None:
        program, result = _rule(operation, slot, (), ((),) * arity, ())
        tape, new = program.replayed(keep=program.below(iter([result])))
        self._tape, self._result = tape, new[result]
        self.choice = operation.rule == "choice"
        self.needs = [(i, new[i]) for i in range(arity + 1) if i in new]  # 0: the output, i: the operand i - 1
        self.number = None if self.needs else float(self.at({}))

    def at(self, numbers: dict[int, Any]) -> Any:
        """The partial where the output and the operands have these values."""
        given = {place: numbers[i] for i, place in self.needs}
        try:
            return forward(self._tape, given, doubles)[self._result]
        except ImportError:
            keys = [place for _, place in self.needs]
            one = lambda *xs: forward(self._tape, dict(zip(keys, xs, strict=True)), doubles)[self._result]  # noqa: E731
            return numpy().frompyfunc(one, len(keys), 1)(*(given[k] for k in keys)).astype(float)


@lru_cache(maxsize=1024)
def partial_of(operation: Operation, slot: int, arity: int) -> Partial | None:
    """The partial in a slot; None if no gradient flows there."""
    return Partial(operation, slot, arity) if operation.flows(slot) else None
