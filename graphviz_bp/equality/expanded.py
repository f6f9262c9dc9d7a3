"""The graph of all entries: every entry a node, some inputs known, some targets probabilities that sum to 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Graph, graph
from ..graph.register import Block
from ..graph.tape import Tape
from ..graph.variables import Variable
from ..levels.expansion import Expansion, as_array, check_size
from ..numbers import is_array, numpy, plain
from ..operations import Shape
from .compare import LARGEST


def entry_names(source: Graph, name: str) -> Any:
    shape = source.tape.shape(source.tape.by_name[name]) or ()
    names = [name] if not shape else list(Block(name, 0, shape).names())
    return numpy().array(names, dtype=object).reshape(shape)


def entries_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of arrays as values of their entries."""
    out = dict[str, Any]()
    for name, value in values.items():
        array = as_array(value)
        if array.ndim:
            out.update(zip(Block(name, 0, array.shape).names(), map(plain, array.flat), strict=True))
        else:
            out[name] = value
    return out


def together(source: Graph, point: Mapping[str, Any]) -> dict[str, Any]:
    """Values of entries as arrays again; entries that are not among them are worked out or 1."""
    out = dict[str, Any]()
    for name in source.inputs:
        names = entry_names(source, name)
        if not any(entry in point for entry in names.flat):
            continue
        axis_sum = [entry for entry in names.flat if entry not in point]
        values = numpy().empty(names.size, dtype=object)
        for place, entry in enumerate(names.flat):
            values[place] = point.get(entry)
        array = values.reshape(names.shape)
        if axis_sum and names.ndim:
            rows = array.reshape(-1, names.shape[-1])
            for row in rows:
                if row[-1] is None:
                    row[-1] = 1 - sum(x for x in row[:-1] if x is not None)
        out[name] = array if names.ndim else array[()]
    return out


def expanded(source: Graph, fixed: Mapping[str, Any], targets: frozenset[str] = frozenset()) -> Graph:
    """The graph with every entry as a node: those `fixed` are numbers, the last one of a target 1 minus the others."""
    check_size(source, 4 * LARGEST)
    tape = Tape()
    found = _Known(source, tape, fixed, targets).run()
    output = found[source.tape.by_name[source.output]]
    return graph(output.flat[0] if is_array(output) else output)


class _Known(Expansion):
    """An expansion in which some inputs are numbers, and some targets are probabilities."""

    def __init__(self, source: Graph, tape: Tape, fixed: Mapping[str, Any], targets: frozenset[str]) -> None:
        super().__init__(source, tape, 10 * LARGEST)
        self.fixed, self.targets = fixed, targets

    def input(self, name: str, shape: Shape) -> Any:
        if name in self.fixed:
            value = as_array(self.fixed[name])
            return self.named(value if shape else value[()], name)
        if name not in self.targets or not shape:
            return super().input(name, shape)
        names = entry_names(self.source, name)
        out = numpy().empty(shape, dtype=object)
        for row in numpy().ndindex(*shape[:-1]):
            for column in range(shape[-1] - 1):
                node = self.tape.input(names[(*row, column)], role="data")
                out[(*row, column)] = Variable(self.tape, node)
            rest: Any = 1
            for column in range(shape[-1] - 1):
                rest = rest - out[(*row, column)]
            made = rest if isinstance(rest, Variable) else Variable(self.tape, self.tape.constant(1))
            out[(*row, shape[-1] - 1)] = made.named(names[(*row, shape[-1] - 1)])
        return out


def targets_of(source: Graph) -> Iterator[str]:
    """y in Σ y log softmax(a), and in cross_entropy(z, y)."""
    tape = source.tape
    for node in range(len(tape)):
        operation, operands = tape.operation(node), tape.operands_of(node)
        if operation is None:
            continue
        if operation.name == "cross_entropy" and tape.names.get(operands[1], "") in tape.inputs and tape.shape(operands[0]) == tape.shape(operands[1]):
            yield tape.names[operands[1]]
        if operation.name == "kl" and tape.names.get(operands[0], "") in tape.inputs and _is_softmax(tape, operands[1]):
            yield tape.names[operands[0]]
        if operation.name in ("mul", "matmul"):
            for y, other in (operands, operands[::-1]):
                if tape.names.get(y, "") in tape.inputs and tape.shape(y) and tape.shape(y) == tape.shape(other) and _is_log_softmax(tape, other):
                    yield tape.names[y]


def _is_log_softmax(tape: Tape, node: int) -> bool:
    operation = tape.operation(node)
    while operation is not None and operation.name in ("neg", "identity"):
        node = tape.operands_of(node)[0]
        operation = tape.operation(node)
    if operation is not None and operation.name == "log_softmax":
        return _last_axis(tape, node)
    if operation is None or operation.name not in ("log", "ln"):
        return False
    inner = tape.operands_of(node)[0]
    return _is_softmax(tape, inner)


def _is_softmax(tape: Tape, node: int) -> bool:
    """Whether a node is softmax along the last axis, or e^a over a sum."""
    operation = tape.operation(node)
    if operation is None or operation.name != "div":
        return operation is not None and operation.name == "softmax" and _last_axis(tape, node)
    above, below = (tape.operation(i) for i in tape.operands_of(node))
    return above is not None and above.name == "exp" and below is not None and below.name == "sum"


def _last_axis(tape: Tape, node: int) -> bool:
    return tape.static(node).get("axis", -1) in (-1, len(tape.shape(node) or ()) - 1)


def class_numbers(source: Graph) -> frozenset[str]:
    """The inputs that hold numbers of classes, or lead to some."""
    tape, roots = source.tape, list[int]()
    for node in range(len(tape)):
        operation, operands = tape.operation(node), tape.operands_of(node)
        if operation is not None and operation.name == "one_hot":
            roots.append(operands[0])
        elif operation is not None and operation.name == "cross_entropy" and tape.shape(operands[0]) != tape.shape(operands[1]):
            roots.append(operands[1])
    needed = tape.below(iter(roots))
    return frozenset(name for name, facts in tape.inputs.items() if needed[facts.node])
