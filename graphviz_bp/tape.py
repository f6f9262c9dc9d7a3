"""The tape: every node of a graph in creation order, which is a topological order, as flat integer arrays.

A node is an integer. Inputs and constants are nodes too. Nothing here recurses, and nothing depends on addresses
or on the order of sets, so the same input gives the same tape.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .errors import InputError
from .operations import CODES, Operation, Shape

INPUT, CONSTANT = 0xFFFF, 0xFFFE  # codes that are not operations


@dataclass(frozen=True, slots=True)
class Input:
    """What is known of one input: its default value, its role, and what was declared of it."""

    node: int
    default: Any = None
    role: str = "param"  # or "data": a label or observation, of which no gradient is asked
    domain: tuple[tuple[str, Any], ...] = ()  # (">", 0): what the input is promised to satisfy
    declared: bool = False  # whether its shape was declared; else the values may still say it


class Tape:
    """Nodes, their operations and operands; shapes by index (0 is the scalar); names and facts in side tables."""

    __slots__ = ("by_name", "codes", "constants", "ends", "folding", "inputs", "names", "operands", "shape_index",
                 "shape_table", "shapes", "statics")  # fmt: skip

    def __init__(self, *, folding: bool = False) -> None:
        self.codes = array("H")
        self.operands = array("i")
        self.ends = array("q", [0])  # the operands of node i are operands[ends[i]:ends[i + 1]]
        self.shapes = array("H")
        self.shape_table: list[Shape | None] = [(), None]  # None: unknown until values are given
        self.shape_index: dict[Shape | None, int] = {(): 0, None: 1}
        self.statics: dict[int, tuple[tuple[str, Any], ...]] = {}
        self.constants: dict[int, Any] = {}
        self.names: dict[int, str] = {}
        self.by_name: dict[str, int] = {}
        self.inputs: dict[str, Input] = {}
        self.folding = folding  # a tape of formulas, where 1·x is x

    def __len__(self) -> int:
        return len(self.codes)

    def append(self, code: int, operands: tuple[int, ...], shape: int) -> int:
        """A new node; the shape is an index into the table."""
        self.codes.append(code)
        self.operands.extend(operands)
        self.ends.append(len(self.operands))
        self.shapes.append(shape)
        return len(self.codes) - 1

    def input(self, name: str, shape: Shape | None = (), **facts: Any) -> int:
        """A new input node of that name."""
        node = self.append(INPUT, (), self.index_of(shape))
        self.name(node, name)
        self.inputs[name] = Input(node, **facts)
        return node

    def constant(self, value: Any, shape: Shape = ()) -> int:
        """A new constant node."""
        node = self.append(CONSTANT, (), self.index_of(shape))
        self.constants[node] = value
        return node

    def operate(self, operation: Operation, operands: tuple[int, ...], static: dict[str, Any]) -> int:
        """A new node that applies an operation; shapes are checked here, so every tape is well shaped."""
        count = operation.arity
        if len(operands) != count if count is not None else not operands:
            raise InputError(
                f"{operation.name} takes {count or 'at least 1'} argument{'s' * (count != 1)}, not {len(operands)}"
            )
        shapes = self.shapes
        if operation.elementwise and not any(shapes[i] for i in operands):
            shape = 0
        else:
            known = [self.shape_table[shapes[i]] for i in operands]
            shape = 1 if None in known else self.index_of(operation.shape(*known, **static))
        node = self.append(operation.code, operands, shape)
        if static:
            self.statics[node] = tuple(static.items())
        return node

    def name(self, node: int, name: str) -> None:
        """Name a node; a name stands for one node only."""
        if name in self.by_name:
            raise InputError(f"the name {name} is already taken", remedy="give every node a name of its own")
        self.names[node] = name
        self.by_name[name] = node

    def index_of(self, shape: Shape | None) -> int:
        """The index of a shape in the table."""
        if shape not in self.shape_index:
            self.shape_index[shape] = len(self.shape_table)
            self.shape_table.append(shape)
        return self.shape_index[shape]

    def shape(self, node: int) -> Shape | None:
        """The shape of a node; None where it is not known before values are given."""
        return self.shape_table[self.shapes[node]]

    def operation(self, node: int) -> Operation | None:
        """The operation a node applies; None for inputs and constants."""
        code = self.codes[node]
        return CODES[code] if code < CONSTANT else None

    def operands_of(self, node: int) -> tuple[int, ...]:
        """The nodes an operation acts on, in the order of its slots."""
        return tuple(self.operands[self.ends[node] : self.ends[node + 1]])

    def static(self, node: int) -> dict[str, Any]:
        """The facts an operation was given by keyword (axis, shape, ...)."""
        return dict(self.statics.get(node, ()))

    def copy(self) -> Tape:
        """The same nodes on a tape of their own."""
        twin = Tape(folding=self.folding)
        for slot in Tape.__slots__:
            if slot != "folding":
                value = getattr(self, slot)
                setattr(twin, slot, value[:] if isinstance(value, (array, list)) else dict(value))
        return twin

    def replayed(
        self, keep: list[bool] | None = None, shapes: dict[str, Shape] | None = None
    ) -> tuple[Tape, dict[int, int]]:
        """The tape made anew: only the nodes to `keep`, and inputs with other `shapes`; and where each node went."""
        twin, new = Tape(), dict[int, int]()
        for node in range(len(self)):
            if keep is not None and not keep[node]:
                continue
            name, operation = self.names.get(node), self.operation(node)
            if operation is not None:
                new[node] = twin.operate(operation, tuple(new[i] for i in self.operands_of(node)), self.static(node))
            elif node in self.constants:
                new[node] = twin.constant(self.constants[node], self.shape(node) or ())
            else:
                assert name is not None
                facts = self.inputs[name]
                new[node] = twin.input(name, (shapes or {}).get(name, self.shape(node)), default=facts.default,
                                       role=facts.role, domain=facts.domain, declared=facts.declared)  # fmt: skip
                continue
            if name is not None:
                twin.name(new[node], name)
        return twin, new

    def below(self, roots: Iterator[int]) -> list[bool]:
        """For every node, whether one of the roots depends on it (or is it)."""
        needed = [False] * len(self)
        for root in roots:
            needed[root] = True
        for node in range(len(self) - 1, -1, -1):
            if needed[node]:
                for i in self.operands_of(node):
                    needed[i] = True
        return needed
