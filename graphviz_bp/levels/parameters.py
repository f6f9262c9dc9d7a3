"""How many parameters a network of convolutions has, and how many dense layers in their place would have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from ..graph import Graph
from ..notation.formula import Formula
from ..notation.shown import ENTRIES

CONVOLUTIONS = {"conv1d": 1, "conv2d": 2}  # with the axes along which a kernel slides
POOLINGS = ("maxpool", "avgpool")


@dataclass(frozen=True, slots=True)
class Dense:
    """The dense layer that would make the same numbers of the same numbers; it has a bias where the convolution has."""

    inputs: int
    outputs: int
    bias: bool

    @property
    def count(self) -> int:
        """Its parameters."""
        return self.inputs * self.outputs + self.outputs * self.bias


def parameters(graph: Graph) -> dict[str, int]:
    """The entries of every parameter of a graph with convolutions; {} of another, or where a shape is not known.

    >>> from graphviz_bp import models
    >>> parameters(models.convolution()), sum(parameters(models.alexnet()).values())
    ({'K': 36, 'b': 2}, 62378344)
    """
    tape = graph.tape
    if tape.scalar:
        return {}
    seen = [node for node in range(len(tape)) if (op := tape.operation(node)) is not None
            and op.name in (*CONVOLUTIONS, *POOLINGS)]  # fmt: skip
    if all(operation(graph, node) in POOLINGS for node in seen):
        return {}
    images = {tape.operands_of(node)[0] for node in seen}
    names = [name for name in graph.inputs if graph.role(name) == "param" and tape.by_name[name] not in images]
    shapes = {name: tape.shape(tape.by_name[name]) for name in names}
    return {} if None in shapes.values() else {name: prod(shape or ()) for name, shape in shapes.items()}


def operation(graph: Graph, node: int) -> str:
    """The name of what makes a node."""
    made = graph.tape.operation(node)
    return made.name if made else ""


def dense(graph: Graph) -> Iterator[Dense]:
    """For each convolution the dense layer in its place; none where a shape is not known.

    >>> from graphviz_bp import models
    >>> [layer.count for layer in dense(models.convolution())]
    [264]
    """
    tape = graph.tape
    for node in range(0 if tape.scalar else len(tape)):
        if (axes := CONVOLUTIONS.get(operation(graph, node))) is not None:
            image, kernel, *bias = tape.operands_of(node)
            before, kernels, after = tape.shape(image), tape.shape(kernel), tape.shape(node)
            if before is None or kernels is None or after is None:
                return
            whole = min(len(kernels), axes + 1)  # channels too, unless there are none; a batch is not counted
            yield Dense(prod(before[-whole:]), prod(after[-whole:]), bool(bias))


def size_mark(graph: Graph, name: str) -> Formula | None:
    """The shape of an array, and of weights among convolutions that are too many to print how many they are.

    >>> from graphviz_bp import models
    >>> size_mark(models.alexnet(), "K1").plain
    '96 × 3 × 11 × 11 = 34 848'
    """
    shape = graph.tape.shape(graph.tape.by_name[name])
    if not shape:
        return None
    made = Formula(r" \times ".join(map(str, shape)), " × ".join(map(str, shape)))
    if len(shape) == 1 or prod(shape) <= ENTRIES**2 or name not in (counts := parameters(graph)):
        return made
    return Formula(f"{made.tex} = {grouped(counts[name], tex=True)}", f"{made.plain} = {grouped(counts[name])}")


def told(graph: Graph) -> str | None:
    """The parameters of a graph with convolutions in one line, beside what dense layers would have.

    >>> from graphviz_bp import models
    >>> told(models.convolution()), told(models.mlp_matrix())
    ('38 parameters; a dense layer instead of the convolution would have 32 · 8 + 8 = 264', None)
    """
    count, layers = sum(parameters(graph).values()), list(dense(graph))
    if not count or not layers:
        return None
    said = f"{grouped(count)} parameters"
    if len(layers) > 1:
        return f"{said}, {grouped(_kernels(graph))} of them in the convolutions; dense layers instead would have " \
               f"{grouped(sum(layer.count for layer in layers))}"  # fmt: skip
    (one,) = layers
    plus = f" + {grouped(one.outputs)}" * one.bias
    product = f"{grouped(one.inputs)} · {grouped(one.outputs)}{plus}"
    return f"{said}; a dense layer instead of the convolution would have {product} = {grouped(one.count)}"


def _kernels(graph: Graph) -> int:
    """The entries of kernels and their biases, each counted once."""
    tape, found = graph.tape, set[int]()
    for node in range(len(tape)):
        if operation(graph, node) in CONVOLUTIONS:
            found.update(tape.operands_of(node)[1:])
    return sum(prod(tape.shape(node) or ()) for node in found)


def grouped(number: int, *, tex: bool = False) -> str:
    """A whole number with a thin space after every three digits: 62 378 344.

    >>> grouped(62378344), grouped(4096)
    ('62 378 344', '4096')
    """
    return str(number) if number < 10_000 else f"{number:,}".replace(",", r"\," if tex else " ")
