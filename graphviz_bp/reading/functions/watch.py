"""Local variables watched while a function runs, and nodes named after them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from types import FrameType
from typing import Any

from ...errors import InputError
from ...graph.tape import Tape
from ...graph.variables import Variable, checked_name
from ...operations import OPERATIONS

PACKAGE = __name__.split(".")[0]
ENTRIES, LONGEST = 100_000, 64  # of a list and of the name of a list in it, beyond which nothing in them is named


class Watch:
    """Sees, while it is entered, which local names are bound to nodes of a tape; then gives the names.

    Whatever watched the program before (a debugger, a coverage measurement) is put back on leaving.
    """

    def __init__(self, tape: Tape, home: str | None) -> None:
        self.tape, self.home = tape, home
        self.depth = -1  # of the running function: 0 is the one that is traced
        self.seen: list[tuple[int, int, str, int]] = []  # depth, time, name, node

    def __enter__(self) -> None:
        self.before = sys.gettrace()
        sys.settrace(self._enter)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.before)

    def _enter(self, frame: FrameType, event: str, _: Any) -> Any:
        module = frame.f_globals.get("__name__", "")
        ours = module.startswith(f"{PACKAGE}.") and not module.startswith(f"{PACKAGE}.models.")
        inside = self.depth >= 0 and frame.f_back is not None and frame.f_back.f_trace is None
        if inside or (ours and module != self.home):
            return None  # operators and functions of the package, and whatever they call
        self.depth += 1
        depth, known = self.depth, dict(frame.f_locals)  # what a function is given has its names already
        sizes: dict[str, int] = {}  # of the lists bound here, which are read again when they grow and when they go

        def local(frame: FrameType, event: str, _: Any) -> Any:
            if event in ("line", "return"):
                for name, value in frame.f_locals.items():
                    before = known.get(name, local)
                    if before is not value:
                        if name in sizes:
                            self._bind(name, before, depth)
                            del sizes[name]
                        known[name] = value
                    elif name not in sizes or (len(value) == sizes[name] and event == "line"):
                        continue
                    if self._bind(name, value, depth, sizes.get(name, 0) if event == "line" else 0):
                        sizes[name] = len(value)
            if event == "return":
                self.depth -= 1
            return local

        return local

    def _bind(self, name: str, value: Any, depth: int, start: int = 0) -> bool:
        """Put on record what a name is bound to; whether that is a list (or the like), of which `start` are known."""
        if type(value) is Variable:
            if value.tape is self.tape:
                self.seen.append((depth, len(self.seen), name, value.node))
            return False
        if not _holds_others(value):
            return False
        for entry, inner in _entries(name, value, start):
            if inner.tape is self.tape:
                self.seen.append((depth, len(self.seen), entry, inner.node))
        return True

    def give_names(self, same: Mapping[int, int]) -> None:
        """Name the nodes, the outer functions' names first; `same` are nodes that stand for others."""
        last: dict[str, int] = {}
        for _, _, name, node in sorted(self.seen):
            node, legal = same.get(node, node), legal_name(name)
            if legal and node not in self.tape.names and node not in self.tape.constants:
                self.tape.name(node, free_name(self.tape, legal, last))


_PLAIN = (list.__iter__, tuple.__iter__, dict.__iter__)  # what goes through its entries in no way of its own


def _holds_others(value: Any) -> bool:
    """Whether this is a list, tuple, dictionary or object array; asked of its type, for a local may be anything."""
    kind = type(value)
    if getattr(kind, "__iter__", None) in _PLAIN:
        return True
    return kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.dtype == object and value.ndim > 0


def _entries(name: str, value: Any, start: int) -> Iterator[tuple[str, Variable]]:
    """The variables in a list, tuple, dictionary or array, lists in lists too, each with its name."""
    stack, left = [(name, value)], ENTRIES
    while stack and left:
        name, value = stack.pop()
        left -= 1
        if type(value) is Variable:
            yield name, value
        elif _holds_others(value) and len(name) < LONGEST:  # a list may hold itself
            inner = islice(value.items() if isinstance(value, dict) else enumerate(value), start, None)
            start = 0  # of the lists in it nothing is known
            stack.extend(reversed([(f"{name}_{key}", entry) for key, entry in inner if isinstance(key, (str, int))]))


def without_zeros(tape: Tape) -> dict[int, int]:
    """Where Python's sum() starts with 0: `0 + x` is x from here on; which node stands for which."""
    same: dict[int, int] = {}
    add = OPERATIONS["add"].code
    zeros = {node for node, value in tape.constants.items() if type(value) is int and value == 0}
    for node, code in enumerate(tape.codes if zeros else ()):
        first, last = tape.ends[node], tape.ends[node + 1]
        for place in range(first, last):
            tape.operands[place] = same.get(tape.operands[place], tape.operands[place])
        if code == add and tape.operands[first] in zeros:
            same[node] = tape.operands[first + 1]
    return same


def legal_name(name: str) -> str | None:
    """A Python name as a node's: without underscores around it or doubled in it; None where nothing is left."""
    name = "_".join(part for part in name.split("_") if part)[:32].rstrip("_")
    try:
        return checked_name(name)
    except InputError:
        return None


def free_name(tape: Tape, name: str, last: dict[str, int] | None = None) -> str:
    """The name, with the first number that is free if it is taken: `x`, `x#2`, `x#3`; `last` recalls numbers given."""
    last = {} if last is None else last
    if name not in tape.by_name:
        return name
    number = last.get(name, 1) + 1
    while f"{name}#{number}" in tape.by_name:
        number += 1
    last[name] = number
    return f"{name}#{number}"
