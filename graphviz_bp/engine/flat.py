"""A tape as NumPy arrays: what is computed from what."""

from __future__ import annotations

from itertools import chain
from typing import Any

from ..graph.tape import Tape
from ..numbers import numpy
from ..operations import CODES, OPERATIONS, Operation

ADD, IDENTITY = OPERATIONS["add"].code, OPERATIONS["identity"].code
CHUNK = 1 << 13  # nodes whose indices are written out as Python integers at a time


class Flat:
    """The operands of every node; `first` and `second` are -1 where there are none. It lasts while a plan is made."""

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
