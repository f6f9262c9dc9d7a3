"""The graph extended by its gradients, in which ∂z/∂u is the node `d_u`: what is asked, and what it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import InputError
from ..graph import Graph
from ..graph.finish import name_the_shared
from ..graph.tape import Tape
from ..notation.formula import Formula
from ..notation.names import typeset_name
from ..notation.nodes import derivative
from ..operations import OPERATIONS, Shape
from .sweep import backward

IDENTITY, BROADCAST = OPERATIONS["identity"], OPERATIONS["broadcast_to"]


def gradient_graph(graph: Graph, wrt: str | Iterable[str] | None = None, of: str | None = None) -> Graph:
    """The graph extended by the gradients of its output (or of the node `of`); ∂z/∂u is the node `d_u`.

    `wrt` names the nodes whose gradients are asked, by default every parameter and every named node that the output
    depends on; those met on the way are named too, and data has none. The output of the new graph is the gradient of
    the first of `wrt` (of the first parameter). The gradient of a gradient is named after both: of `d_u` with respect
    to w it is `d_u_w`. A name that is taken gets a number, `d_u#2`. Shapes must be known, and `of` must be a number.
    Gradients are typeset as what they are: ∂z/∂u, ∂/∂w ∂z/∂u.

    >>> from graphviz_bp import parse
    >>> first = gradient_graph(parse("v = u**2; w = 6*u; z = v*w"))
    >>> first["d_u"], first.backprop({"u": 5}).values["d_u"]
    (<node d_u = 2u·d_v + 6·d_w>, 450)
    >>> second = gradient_graph(first, "u", of="d_u")
    >>> second.output, second.backprop({"u": 5}).values["d_u_u"]
    ('d_u_u', 180)
    """
    return extended(graph, wrt, of)[0]


def extended(graph: Graph, wrt: str | Iterable[str] | None, of: str | None) -> tuple[Graph, dict[str, str]]:
    """The graph with its gradients, and the name of each one's gradient."""
    root = _node(graph, of or graph.output)
    data = {name: facts.node for name, facts in graph.tape.inputs.facts.items() if facts.role == "data"}
    asked = _asked(graph, wrt, data)
    tape, observed = _extensible(graph, root), set(data.values())
    targets = asked if wrt is not None else [node for node in tape.names if node not in observed]
    naming = _Naming(graph, tape, root, targets)
    reached = backward(tape, root, tape.constant(1), targets, naming)
    for node in asked:
        if node not in reached:
            naming(node, _zero(tape, tape.shape(node) or ()))
    output = naming.given[asked[0]]
    tape.folding = False
    name_the_shared(tape, output)
    names = {graph.tape.names[node]: tape.names[gradient] for node, gradient in naming.given.items()}
    return Graph(tape, output, {**graph.labels, **naming.labels}), names


def _node(graph: Graph, name: str) -> int:
    node = graph.tape.by_name.get(name)
    return graph.box(name).root if node is None else node


def _asked(graph: Graph, wrt: str | Iterable[str] | None, data: Mapping[str, int]) -> list[int]:
    """The nodes that must have a gradient in the end: those asked for, or every parameter."""
    if wrt is None:
        names = [name for name in graph.inputs if name not in data]
    else:
        names = [wrt] if isinstance(wrt, str) else list(wrt)
    for name in names:
        if name in data:
            remedy = f"declare it as a parameter: param {name}"
            raise InputError(f"{name} is data, and no gradient of it is asked", remedy=remedy)
    if not names:
        raise InputError("there is nothing to differentiate with respect to", remedy="name a node, as in wrt=")
    return [_node(graph, name) for name in names]


def _extensible(graph: Graph, root: int) -> Tape:
    """A copy of the graph's tape to write on, if everything on it has a shape."""
    open_ = (name for name in graph.inputs if graph.tape.shape(graph.tape.by_name[name]) is None)
    name = next(open_, None) if not graph.tape.scalar else None
    if name is not None:
        raise InputError(f"the shape of {name} is unknown without values", remedy=f"declare it, as in {name}: (2, 3)")
    if graph.tape.shape(root) != ():
        sentence = f"{graph.tape.names[root]} is an array of shape {graph.tape.shape(root)}, not a number"
        raise InputError(sentence, remedy="end with a number such as a loss, or ask for jacobian")
    tape = graph.tape.copy()
    tape.folding = True
    return tape


def _zero(tape: Tape, shape: Shape) -> int:
    zero = tape.constant(0)
    return zero if shape == () else tape.operate(BROADCAST, (zero,), {"shape": shape})


class _Naming:
    """Gives gradients their names: `d_u`, and where that is taken `d_u#2`."""

    def __init__(self, graph: Graph, tape: Tape, root: int, asked: Iterable[int]) -> None:
        self.tape, self.root, self.asked = tape, root, frozenset(asked)
        self.old, self.labelled = graph.tape.names, graph.labels
        of = self.old[root]
        self.prefix = f"{of}_" if of.startswith("d_") else "d_"
        self.first = len(tape)  # older nodes belong to the forward graph and keep their names, or have none
        self.labels: dict[str, str] = {}
        self.given: dict[int, int] = {}

    def __call__(self, node: int, gradient: int) -> int:
        tape, old = self.tape, self.old[node]
        if node == self.root and node not in self.asked:
            return gradient
        number = gradient in tape.constants
        if number or gradient < self.first or gradient in tape.names:
            place = tape.operate(IDENTITY, (gradient,), {})
        else:
            place = gradient
        name = self.prefix + old
        tape.name(place, self._free(name) if name in tape.by_name else name)
        self.labels[tape.names[place]] = derivative(self._typeset(self.root), self._typeset(node)).tex
        self.given[node] = place
        return gradient if number else place  # a number stays in sight of the folding rules

    def _typeset(self, node: int) -> Formula:
        name = self.old[node]
        tex, text = typeset_name(name)
        return Formula(self.labelled.get(name, tex), text)

    def _free(self, name: str) -> str:
        number = 2
        while f"{name}#{number}" in self.tape.by_name:
            number += 1
        return f"{name}#{number}"
