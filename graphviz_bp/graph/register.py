"""Who is called what on a tape: names and inputs, one by one or by the block.

A block is the entries of an array as scalar inputs, named by their indices: `W_2_3` stands in row 2, column 3. Its
names are worked out when they are asked for, so a million weights cost no more than one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from itertools import chain, product
from math import prod
from typing import Any, TypeVar

from ..errors import InputError

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Input:
    """What is known of one input: its default value, its role, and what was declared of it."""

    node: int
    default: Any = None
    role: str = "param"  # or "data": a label or observation, of which no gradient is asked
    domain: tuple[tuple[str, Any], ...] = ()  # (">", 0): what the input is promised to satisfy
    declared: bool = False  # whether its shape was declared; else the values may still say it


@dataclass(frozen=True, slots=True)
class Block:
    """Scalar inputs made at once, in row-major order from the node `first`.

    >>> block = Block("W", 10, (2, 3))
    >>> block.name_of(12), block.node_of("W_2_1"), block.node_of("W_3_1")
    ('W_1_3', 13, None)
    """

    name: str
    first: int
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return prod(self.shape)

    @property
    def nodes(self) -> range:
        """The nodes of the block."""
        return range(self.first, self.first + len(self))

    def meets(self, other: Block) -> bool:
        """Whether two blocks have a name in common: a block a_1 stands among the entries of a block a."""
        return (
            self.name == other.name
            or self.node_of(other.name_of(other.first)) is not None
            or other.node_of(self.name_of(self.first)) is not None
        )

    def filled(self, value: Any, kind: type = float) -> Any:
        """An array for the whole block as its entries in a row; nested lists are read as numbers of that kind."""
        shape = getattr(value, "shape", None)
        if shape is None:
            from ..numbers import numpy

            try:
                value = numpy().asarray(value, dtype=kind)
            except (TypeError, ValueError):
                raise InputError(f"the value of {self.name} must be an array of numbers") from None
            shape = value.shape
        if shape != self.shape:
            raise InputError(f"{self.name} has shape {self.shape}, its value has shape {shape}")
        return value.reshape(-1)

    def names(self) -> Iterator[str]:
        """The names of the entries, in order."""
        indices = product(*([f"_{i}" for i in range(1, n + 1)] for n in self.shape))
        return (self.name + "".join(index) for index in indices)

    def name_of(self, node: int) -> str:
        """The name of one of the block's nodes."""
        at, indices = node - self.first, list[str]()
        for n in reversed(self.shape):
            at, index = divmod(at, n)
            indices.append(f"_{index + 1}")
        return self.name + "".join(reversed(indices))

    def node_of(self, name: str) -> int | None:
        """The node of that name, if it is one of the block's."""
        indices = name[len(self.name) :].split("_")[1:] if name.startswith(f"{self.name}_") else []
        if len(indices) != len(self.shape):
            return None
        at = 0
        for index, n in zip(indices, self.shape, strict=True):
            if not (index.isascii() and index.isdigit() and index[0] != "0" and int(index) <= n):
                return None
            at = at * n + int(index) - 1
        return self.first + at


class Blocks:
    """The blocks of a tape, found by the name or the node of an entry."""

    def __init__(self, blocks: Iterable[Block] = ()) -> None:
        self.by_name = dict[str, Block]()
        self.all, self._firsts = list[Block](), list[int]()
        for block in blocks:
            self.add(block)

    def __len__(self) -> int:
        return len(self.all)

    def add(self, block: Block) -> None:
        """One more block, on nodes behind all others."""
        self.by_name[block.name] = block
        self.all.append(block)
        self._firsts.append(block.first)

    def holding(self, node: object) -> Block | None:
        """The block that a node is in."""
        if not self.all or not isinstance(node, int):
            return None
        block = self.all[max(0, bisect_right(self._firsts, node) - 1)]
        return block if node in block.nodes else None

    def spread(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values by name, those of whole blocks written out."""
        out: dict[str, Any] = {}
        for name, value in values.items():
            block = self.by_name.get(name)
            entries = block and zip(block.names(), block.filled(value, object).tolist(), strict=True)
            out.update(entries or {name: value})
        return out

    def node_of(self, name: object) -> int | None:
        """The node of an entry's name: `a_b_2_3` may stand in a block a_b of two dimensions or a_b_2 of one."""
        if not self.all or not isinstance(name, str):
            return None
        end = name.rfind("_")
        while end > 0:
            block = self.by_name.get(name[:end])
            found = block.node_of(name) if block else None
            if found is not None:
                return found
            end = name.rfind("_", 0, end)
        return None


class Register(MutableMapping[Key, Value]):
    """A dictionary in which the entries of blocks stand too, without being written down."""

    __slots__ = ("blocks", "own")

    def __init__(self, own: dict[Key, Value], blocks: Blocks) -> None:
        self.own, self.blocks = own, blocks

    def entry(self, key: Any) -> Value | None:
        """What stands under a key among the entries of blocks."""
        raise NotImplementedError

    def entries(self, block: Block) -> Iterable[Key]:
        """The keys of a block's entries."""
        raise NotImplementedError

    def __getitem__(self, key: Key) -> Value:
        written = self.own.get(key)
        found = self.entry(key) if written is None else written
        if found is None:
            raise KeyError(key)
        return found

    def get(self, key: Any, default: Any = None) -> Any:
        written = self.own.get(key)
        found = self.entry(key) if written is None else written
        return default if found is None else found

    def __contains__(self, key: object) -> bool:
        return key in self.own or self.entry(key) is not None

    def __setitem__(self, key: Key, value: Value) -> None:
        self.own[key] = value

    def __delitem__(self, key: Key) -> None:
        del self.own[key]

    def __iter__(self) -> Iterator[Key]:
        return chain(self.own, *map(self.entries, self.blocks.all))

    def __len__(self) -> int:
        return len(self.own) + sum(map(len, self.blocks.all))

    def copy(self) -> dict[Key, Value]:
        """What is written down, without the blocks."""
        return self.own.copy()


class Names(Register[int, str]):
    """The name of a node."""

    def entry(self, key: Any) -> str | None:
        block = self.blocks.holding(key)
        return block.name_of(key) if block else None

    def entries(self, block: Block) -> Iterable[int]:
        return block.nodes


class Nodes(Register[str, int]):
    """The node of a name."""

    def entry(self, key: Any) -> int | None:
        return self.blocks.node_of(key)

    def entries(self, block: Block) -> Iterable[str]:
        return block.names()


class Inputs(MutableMapping[str, Input]):
    """The inputs by name, in the order of the tape; a record is made when it is asked for, unless more is known."""

    __slots__ = ("blocks", "facts", "order")

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.order: dict[str, int | Block] = {}  # the nodes by name; a block stands under its own name
        self.facts: dict[str, Input] = {}  # of those of which more is known than the node

    def __getitem__(self, name: str) -> Input:
        found = self.facts.get(name)
        if found is not None:
            return found
        node = self._node(name)
        if node is None:
            raise KeyError(name)
        return Input(node)

    def _node(self, name: Any) -> int | None:
        found = self.order.get(name)
        return found if type(found) is int else self.blocks.node_of(name)

    def __setitem__(self, name: str, facts: Input) -> None:
        self.facts[name] = facts
        if self._node(name) is None:
            self.order[name] = facts.node

    def __delitem__(self, name: str) -> None:
        self.facts.pop(name, None)
        del self.order[name]

    def get(self, name: Any, default: Any = None) -> Any:
        found = self.facts.get(name)
        if found is not None:
            return found
        node = self._node(name)
        return default if node is None else Input(node)

    def __contains__(self, name: object) -> bool:
        return self._node(name) is not None

    def __iter__(self) -> Iterator[str]:
        for name, node in self.order.items():
            if type(node) is int:
                yield name
            else:
                yield from self.blocks.by_name[name].names()

    def __len__(self) -> int:
        return len(self.order) - len(self.blocks) + sum(map(len, self.blocks.all))

    def copy(self, blocks: Blocks) -> Inputs:
        """The same inputs, for the tape that these blocks belong to."""
        twin = Inputs(blocks)
        twin.order, twin.facts = self.order.copy(), self.facts.copy()
        return twin
