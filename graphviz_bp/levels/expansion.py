"""An array graph at the level of neurons: every entry of every array becomes a node of its own.

Each row of the table states its value over a domain. Here the numbers of the domain are nodes of a new tape, so that
an array operation, run on arrays of them, writes its own expansion: W @ x leaves products and sums behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from math import prod
from typing import Any

from ..errors import InputError
from ..graph import Graph, graph
from ..graph.register import Block
from ..graph.tape import Tape
from ..graph.variables import Variable
from ..numbers import Domain, is_array, numpy, plain
from ..numbers.functions import FUNCTIONS
from ..operations import OPERATIONS, Operation, Shape, work

LIMIT = 1_000_000  # nodes
_RELATIONS = {"lt": "less", "gt": "greater", "le": "less_equal", "ge": "greater_equal"}


def scalars(source: Graph, limit: int = LIMIT) -> Graph:
    """The graph with the entries of every array as nodes, named `W_1_2` in row 1, column 2; see Graph.scalars."""
    if source.tape.scalar:
        return source
    check_size(source, limit)
    tape = Tape()
    found = Expansion(source, tape, limit).run()
    output = found[source.tape.by_name[source.output]]
    out = graph(output.flat[0] if is_array(output) else output)
    out.labels.update(_labels(source))
    return out


def _labels(source: Graph) -> Iterator[tuple[str, str]]:
    """How the entries of arrays are typeset whose author said how the array is: W^{[1]}_{1,2}."""
    for name, label in source.labels.items():
        shape = source.tape.shape(source.tape.by_name[name]) or ()
        if not shape:
            yield name, label
        elif "_" not in label:
            indices = product(*(map(str, range(1, n + 1)) for n in shape))
            for entry, index in zip(Block(name, 0, shape).names(), indices, strict=True):
                yield entry, f"{label}_{{{','.join(index)}}}"


def check_size(source: Graph, limit: int) -> None:
    """Refuse before the work is done what would have too many nodes."""
    tape, size = source.tape, 0.0
    for node in range(len(tape)):
        shape, operation = tape.shape(node), tape.operation(node)
        if shape is None:
            name = next((name for name, i in tape.inputs.items() if tape.shape(i.node) is None), source.output)
            raise InputError(f"the shape of {name} is unknown without values", remedy=f"declare it: {name}: (2, 3)")
        size += prod(shape)
        if operation is not None and not operation.elementwise:
            size += 2 * work(operation, [tape.shape(i) or () for i in tape.operands_of(node)], shape)
    if size > limit:
        raise InputError(
            f"this graph has about {int(size)} nodes when every entry is one, more than {limit}",
            remedy="take smaller arrays or fewer examples, or call scalars(limit=...)",
        )


class Expansion:
    """The nodes of an array graph put on a tape of numbers, one after the other."""

    def __init__(self, source: Graph, tape: Tape, limit: int) -> None:
        self.source, self.tape, self.limit, self.m = source, tape, limit, Nodes(tape)

    def run(self) -> dict[int, Any]:
        """What became of every node: a variable, a number, or an array of them."""
        source, found = self.source.tape, dict[int, Any]()
        for node in range(len(source)):
            operation, name = source.operation(node), source.names.get(node)
            if operation is not None:
                operands = [found[i] for i in source.operands_of(node)]
                found[node] = self.m.applied(operation, operands, source.static(node))
            elif node in source.constants:
                found[node] = source.constants[node]
            else:
                assert name is not None
                found[node] = self.input(name, source.shape(node) or ())
            if name is not None and name not in source.inputs:
                found[node] = self.named(found[node], name)
            if len(self.tape) > self.limit:
                raise InputError(f"this graph has more than {self.limit} nodes when every entry is one")
        return found

    def input(self, name: str, shape: Shape) -> Any:
        """An input's entries; what is known of the array is known of each."""
        facts = self.source.tape.inputs[name]
        if not shape:
            node = self.tape.input(name, default=facts.default, role=facts.role, domain=facts.domain)
            return Variable(self.tape, node)
        block = self.tape.block(name, shape)
        if facts.default is not None or facts.role != "param" or facts.domain:
            defaults = [None] * len(block) if facts.default is None else as_array(facts.default).reshape(-1)
            known = replace(facts, declared=False)
            for entry, node, default in zip(block.names(), block.nodes, defaults, strict=True):
                self.tape.inputs[entry] = replace(known, node=node, default=default)
        return _array([Variable(self.tape, node) for node in block.nodes], shape)

    def named(self, value: Any, name: str) -> Any:
        """A named node's entries under names of their own, as an input's are."""
        if not is_array(value):
            return self._named(value, name)
        names = Block(name, 0, value.shape).names()
        return _array([self._named(x, entry) for x, entry in zip(value.flat, names, strict=True)], value.shape)

    def _named(self, value: Any, name: str) -> Variable:
        variable = value if isinstance(value, Variable) else Variable(self.tape, self.tape.constant(value))
        return variable.called(name)


class Nodes(Domain):
    """Numbers that are nodes of a tape, and plain numbers beside them."""

    name = "nodes"

    def __init__(self, tape: Tape) -> None:
        self.tape = tape

    def applied(self, operation: Operation, operands: list[Any], static: dict[str, Any]) -> Any:
        """An operation on arrays of nodes, written out."""
        if operation.elementwise:
            return self.each(operation, *operands)
        value = plain(operation.value(self, *map(as_array, operands), **static))
        return value[()] if getattr(value, "ndim", None) == 0 else value

    def number(self, value: Any) -> Any:
        return value if value or is_array(value) else Nothing(self.tape, -1)

    def each(self, operation: Operation, *operands: Any) -> Any:
        """An operation applied entry by entry, as the author wrote it."""
        return self._lifted(lambda *xs: self._one(operation, xs), *operands)

    def _lifted(self, function: Callable[..., Any], *operands: Any) -> Any:
        """A function of numbers on arrays, which broadcast."""
        if not any(map(is_array, operands)):
            return function(*(x[()] if hasattr(x, "ndim") else x for x in operands))
        arrays = numpy().broadcast_arrays(*map(as_array, operands))
        return _array([function(*xs) for xs in zip(*(a.flat for a in arrays), strict=True)], arrays[0].shape)

    def _one(self, operation: Operation, xs: Sequence[Any]) -> Variable:
        return Variable(self.tape, self.tape.append(operation.code, tuple(map(self._node, xs)), 0))

    def _node(self, x: Any) -> int:
        return x.node if isinstance(x, Variable) else self.tape.constant(plain(x))

    def test(self, truth: Any) -> Any:
        return truth

    def holds(self, relation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        return self.each(OPERATIONS[_RELATIONS[relation.__name__]], a, b)

    def same(self, a: Any, b: Any) -> Any:
        return self._lifted(self._same, a, b)

    def _same(self, a: Any, b: Any) -> Any:
        if isinstance(a, Variable) or isinstance(b, Variable):
            return self._one(OPERATIONS["equal"], (a, b))
        return self.number(int(a == b))

    def weighted(self, weight: Any, x: Any) -> Any:
        return self._lifted(self._weighted, weight, x)

    def _weighted(self, weight: Any, x: Any) -> Any:
        if isinstance(weight, Variable):
            return weight * x
        return x if weight == 1 else weight * x if weight else self.number(0)

    def div(self, a: Any, b: Any) -> Any:
        return self.each(OPERATIONS["div"], a, b)

    def power(self, a: Any, b: Any) -> Any:
        return self.each(OPERATIONS["pow"], a, b)

    def maximum(self, xs: Sequence[Any]) -> Any:
        return self.each(OPERATIONS["max"], *xs) if len(xs) > 1 else xs[0]

    def minimum(self, xs: Sequence[Any]) -> Any:
        return self.each(OPERATIONS["min"], *xs) if len(xs) > 1 else xs[0]

    def where(self, condition: Any, chosen: Any, otherwise: Any) -> Any:
        return self.each(OPERATIONS["where"], condition, chosen, otherwise)

    def peak(self, x: Any, axis: Any) -> Any:
        return Nothing(self.tape, -1)  # e^z / Σ e^z is written without it

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        return partial(self.each, OPERATIONS[name])


class Nothing(Variable):
    """The zero that padding and placing put into arrays: it adds nothing, and its products are nothing.

    Python asks it first, whichever side it stands on, because it is a subclass. A node of it is made only where
    some other operation needs one.
    """

    __slots__ = ()

    @property
    def node(self) -> int:
        return self.tape.constant(0)

    @node.setter
    def node(self, _: int) -> None:
        pass

    def __add__(self, other: Any) -> Any: return other
    def __radd__(self, other: Any) -> Any: return other
    def __rsub__(self, other: Any) -> Any: return other
    def __sub__(self, other: Any) -> Any: return -other
    def __mul__(self, other: Any) -> Any: return self
    def __rmul__(self, other: Any) -> Any: return self
    def __neg__(self) -> Any: return self


def as_array(value: Any) -> Any:
    """An array of objects, of no axes for a number: NumPy does not look into what it holds."""
    if is_array(value):
        return value
    if isinstance(value, (list, tuple)):
        return numpy().array(value, dtype=object)
    return _array([value], ())


def _array(entries: Sequence[Any], shape: Shape) -> Any:
    out = numpy().empty(len(entries), dtype=object)
    for i, entry in enumerate(entries):
        out[i] = entry
    return out.reshape(shape)
