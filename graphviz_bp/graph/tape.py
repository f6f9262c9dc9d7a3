"""The tape: every node of a graph in creation order, which is a topological order, as flat integer arrays.

A node is an integer. Inputs and constants are nodes too. Nothing here recurses, and nothing depends on addresses
or on the order of sets, so the same input gives the same tape.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..errors import InputError
from ..numbers import numpy
from ..operations import CODES, Operation, Shape
from .register import Block, Blocks, Input, Inputs, Names, Nodes

INPUT, CONSTANT = 0xFFFF, 0xFFFE  # codes that are not operations
LARGE = 200_000  # nodes from which counting pays for importing NumPy; where it is there already, a few hundred will do


class Misfit(InputError):
    """Shapes that do not fit, and the node where they meet."""

    def __init__(self, error: InputError, node: int) -> None:
        super().__init__(error.sentence, remedy=error.remedy)
        self.node = node


class Tape:
    """Nodes, their operations and operands; shapes by index (0 is the scalar); names and facts in side tables."""

    __slots__ = ("blocks", "by_name", "codes", "constants", "ends", "folding", "inputs", "names", "operands", "scalar",
                 "shape_index", "shape_table", "shapes", "statics")  # fmt: skip

    def __init__(self, *, folding: bool = False) -> None:
        self.codes = array("H")
        self.operands = array("i")
        self.ends = array("q", [0])  # the operands of node i are operands[ends[i]:ends[i + 1]]
        self.shapes = array("H")
        self.shape_table: list[Shape | None] = [(), None]  # None: unknown until values are given
        self.shape_index: dict[Shape | None, int] = {(): 0, None: 1}
        self.statics: dict[int, tuple[tuple[str, Any], ...]] = {}
        self.constants: dict[int, Any] = {}
        self.blocks = Blocks()  # scalar inputs made many at once; their names are in the registers below
        self.names: dict[int, str] | Names = {}
        self.by_name: dict[str, int] | Nodes = {}
        self.inputs = Inputs(self.blocks)
        self.folding = folding  # a tape of formulas, where 1·x is x
        self.scalar = True  # whether every node so far is a number

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
        node = len(self)
        self.name(node, name)  # if the name is taken, nothing has happened
        self.append(INPUT, (), self.index_of(shape))
        self.inputs[name] = Input(node, **facts)
        return node

    def numbers(self, names: Sequence[str]) -> Sequence[int]:
        """New scalar inputs of these names, all at once."""
        fresh = dict(zip(names, range(len(self), len(self) + len(names)), strict=True))
        if len(fresh) < len(names) or self.blocks or not fresh.keys().isdisjoint(self.by_name):
            return [self.input(name) for name in names]  # one by one, to say which is taken
        nodes = self._open(len(names))
        self.names.update(enumerate(names, nodes.start))
        self.by_name.update(fresh)
        self.inputs.order.update(fresh)
        return nodes

    def block(self, name: str, shape: Shape) -> Block:
        """New scalar inputs, one for each entry of an array of that shape: `W_1_1`, `W_1_2`, ..."""
        block = Block(name, len(self), shape)
        taken = next((old for old in self.names.copy().values() if old == name or block.node_of(old) is not None), None)
        if taken or any(block.meets(other) for other in self.blocks.all):
            raise InputError(f"the name {taken or name} is already taken", remedy="give every node a name of its own")
        if not self.blocks:
            self.names, self.by_name = Names(self.names.copy(), self.blocks), Nodes(self.by_name.copy(), self.blocks)
        self._open(len(block))
        self.blocks.add(block)
        self.inputs.order[name] = block
        return block

    def _open(self, count: int) -> range:
        """That many new inputs."""
        first = len(self)
        self.codes.extend(array("H", [INPUT]) * count)
        self.shapes.extend(array("H", [0]) * count)
        self.ends.extend(array("q", [len(self.operands)]) * count)
        return range(first, first + count)

    def constant(self, value: Any, shape: Shape = ()) -> int:
        """A new constant node."""
        node = self.append(CONSTANT, (), self.index_of(shape) if shape else 0)
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
        if name in self.by_name or name in self.blocks.by_name:
            raise InputError(f"the name {name} is already taken", remedy="give every node a name of its own")
        self.names[node] = name
        self.by_name[name] = node

    def index_of(self, shape: Shape | None) -> int:
        """The index of a shape in the table."""
        if shape not in self.shape_index:
            self.shape_index[shape] = len(self.shape_table)
            self.shape_table.append(shape)
        index = self.shape_index[shape]
        if index:
            self.scalar = False
        return index

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
        for slot in ("codes", "operands", "ends", "shapes", "shape_table"):
            setattr(twin, slot, getattr(self, slot)[:])
        for slot in ("shape_index", "statics", "constants", "names", "by_name"):
            setattr(twin, slot, getattr(self, slot).copy())
        twin.blocks, twin.scalar = Blocks(self.blocks.all), self.scalar
        if twin.blocks:
            twin.names, twin.by_name = Names(twin.names.copy(), twin.blocks), Nodes(twin.by_name.copy(), twin.blocks)
        twin.inputs = self.inputs.copy(twin.blocks)
        return twin

    def replayed(
        self, keep: list[bool] | None = None, shapes: dict[str, Shape] | None = None
    ) -> tuple[Tape, dict[int, int]]:
        """The tape made anew: only the nodes to `keep`, and inputs with other `shapes`; and where each node went."""
        twin, new = Tape(), dict[int, int]()
        for node in range(len(self)):
            if (keep is not None and not keep[node]) or node in new:
                continue
            block = self.blocks.holding(node)
            if block is not None and not shapes:
                new.update(zip(block.nodes, twin.block(block.name, block.shape).nodes, strict=True))
                continue
            name, operation = self.names.get(node), self.operation(node)
            if operation is not None:
                try:
                    made = twin.operate(operation, tuple(new[i] for i in self.operands_of(node)), self.static(node))
                except InputError as error:
                    raise Misfit(error, node) from None
                new[node] = made
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
        if not shapes:
            for name, facts in self.inputs.facts.items():  # those of entries of blocks are not taken along above
                if facts.node in new:
                    twin.inputs[name] = replace(facts, node=new[facts.node])
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

    def idle(self, output: int) -> bool:
        """Whether some node feeds neither the output nor a named node."""
        last = (node for node in self._used(lambda count: count == 0) if node != output)
        return any(node not in self.names for node in last)  # every other node feeds one that nothing uses

    def shared(self) -> list[int]:
        """The operations without a name that are used more than once."""
        often = self._used(lambda count: count > 1)
        return [node for node in often if node not in self.names and node not in self.constants]

    def _used(self, test: Callable[[Any], Any]) -> Iterable[int]:
        """The nodes whose number of uses passes the test."""
        if len(self) > LARGE or (len(self) > LARGE / 400 and "numpy" in sys.modules):
            np = numpy()
            uses = np.bincount(np.asarray(self.operands), minlength=len(self))
            return np.flatnonzero(test(uses)).tolist()  # type: ignore[no-any-return]
        counts = [0] * len(self)
        for i in self.operands:
            counts[i] += 1
        return [node for node, count in enumerate(counts) if test(count)]
