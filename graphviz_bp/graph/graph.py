"""The graph: names, structure as the author wrote it, shapes. Everything else is a reading of it.

Make one with `parse`, or by hand with `inputs` and `graph`; it never changes afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import InputError, listed
from ..operations import Shape
from .boxes import Box, boxes
from .node import Node
from .tape import Misfit, Tape

if TYPE_CHECKING:
    import networkx

    from ..backprop import Run
    from ..check.report import Report
    from ..derivation import Derivation
    from ..figure import Figure
    from ..training import Trajectory


class Graph:
    """A finished computation graph. `inputs` and `output` are names; `graph["v"]` is a node.

    >>> from graphviz_bp import parse
    >>> g = parse("v = u**2; w = 6*u; z = v*w")
    >>> g.inputs, g.output, g["z"].parents
    (('u',), 'z', ('v', 'w'))
    """

    def __init__(self, tape: Tape, output: int, labels: Mapping[str, str] | None = None) -> None:
        self.tape, self._output = tape, output
        self.labels = dict(labels or {})  # how names are typeset, where the author said so

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs, in the order they first appear."""
        return tuple(self.tape.inputs)

    @property
    def output(self) -> str:
        """The name of the output, whose gradients are asked unless another is named."""
        return self.tape.names[self._output]

    @property
    def names(self) -> tuple[str, ...]:
        """All named nodes in creation order, inputs among them."""
        return tuple(box.name for box in self.boxes)

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """One box per named node, in creation order: the statements of the graph."""
        return boxes(self.tape)

    @cached_property
    def _by_name(self) -> dict[str, Box]:
        return {box.name: box for box in self.boxes}

    def box(self, name: str) -> Box:
        """The box of a named node."""
        try:
            return self._by_name[name]
        except (KeyError, TypeError):
            raise InputError(f"there is no node {name!r}", remedy=f"the nodes are {listed(self.names)}") from None

    def __getitem__(self, name: str) -> Node:
        return Node(self, self.box(name))

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __eq__(self, other: object) -> bool:
        """Whether two graphs say the same: same names, same structure, whichever front end made them."""
        if not isinstance(other, Graph):
            return NotImplemented
        return self._signature == other._signature

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def _signature(self) -> tuple[Any, ...]:
        """The graph as nested facts, free of the numbering of its nodes."""
        tape, keys, table = self.tape, list[int](), dict[Any, int]()
        for node in range(len(tape)):
            operation = tape.operation(node)
            value = tape.constants.get(node)
            what = operation.name if operation else ("constant", str(value)) if node in tape.constants else "input"
            shape = tape.shape(node)
            key = (
                what,
                tuple(keys[i] for i in tape.operands_of(node)),
                str(tape.statics.get(node)),
                shape,
                tape.names.get(node),
            )
            keys.append(table.setdefault(key, len(table)))
        facts = {name: (i.role, i.domain, str(i.default)) for name, i in tape.inputs.items()}
        by_key = {number: key for key, number in table.items()}
        told: dict[int, Any] = {}
        for number in sorted(by_key):  # operands come first, so every part is told before it is used
            what, operands, *rest = by_key[number]
            told[number] = hash((what, tuple(told[i] for i in operands), *rest))
        return self.output, facts, Counter(told[k] for k in keys), self.labels

    def __repr__(self) -> str:
        return f"<graph {listed(self.inputs, 6)} → {self.output}: {len(self.boxes)} nodes>"

    def reshaped(self, shapes: Mapping[str, Shape]) -> Graph:
        """The same graph with other shapes for these inputs; shape errors name both shapes."""
        try:
            tape, new = self.tape.replayed(shapes=dict(shapes))
        except Misfit as misfit:
            node = self[next(box.name for box in self.boxes if misfit.node in box.members)]
            sentence = f"{misfit.sentence}, in {node.name} = {node.formula}"
            raise InputError(sentence, remedy=misfit.remedy) from None
        return Graph(tape, new[self._output], self.labels)

    def to_networkx(self) -> networkx.MultiDiGraph:
        """The graph of named nodes as a MultiDiGraph; one edge per use, keyed by its slot in the child."""
        from networkx import MultiDiGraph

        out = MultiDiGraph(output=self.output)
        for box in self.boxes:
            out.add_node(box.name, shape=self.tape.shape(box.root), role=self.role(box.name))
            for slot, parent in enumerate(box.parents):
                out.add_edge(parent, box.name, key=slot)
        return out

    def role(self, name: str) -> str:
        """ "param" or "data" for an input, "output", or "node"."""
        facts = self.tape.inputs.get(name)
        return facts.role if facts else "output" if name == self.output else "node"

    def paths(self, source: str, target: str | None = None) -> tuple[tuple[str, ...], ...]:
        """All paths from a node to the output (or `target`), each as its nodes; one per parallel edge.

        >>> from graphviz_bp import parse
        >>> parse("v = u**2; w = 6*u; z = v*w").paths("u")
        (('u', 'v', 'z'), ('u', 'w', 'z'))
        """
        from networkx import all_simple_edge_paths

        start, end = self.box(source).name, self.box(target or self.output).name
        if start == end:
            return ((start,),)
        found: list[tuple[str, ...]] = []
        for edges in all_simple_edge_paths(self.to_networkx(), start, end):
            found.append((start, *(child for _, child, _ in edges)))
            if len(found) > 10_000:
                raise InputError(
                    f"there are more than 10 000 paths from {start} to {end}",
                    remedy="that is why backpropagation adds at the nodes",
                )
        order = {name: i for i, name in enumerate(self.names)}
        return tuple(sorted(found, key=lambda path: [order[name] for name in path]))

    # -- verbs: each one's room is imported inside

    def backprop(self, values: Mapping[str, Any] | None = None, *, of: str | None = None, seed: Any = None) -> Run:
        """Values and gradients of every node; without values, and without defaults, in symbols (backprop/)."""
        from ..backprop import backprop

        return backprop(self, values, of=of, seed=seed)

    def derive(self, wrt: str | None = None, **options: Any) -> Derivation:
        """The chain rule worked out in the names of the graph, without numbers (derivation/)."""
        from ..backprop import backprop

        return backprop(self, None, of=options.pop("of", None), symbolic=True).derive(wrt, **options)

    def draw(self, **options: Any) -> Figure:
        """The figure of the graph without numbers (figure/)."""
        from ..backprop import backprop

        return backprop(self, None, of=options.pop("of", None), symbolic=True).draw(**options)

    def scalars(self, **options: Any) -> Graph:
        """The graph with every entry of its arrays as a node of its own: `W_1_2` is in row 1, column 2 (levels/).

        Values may still be given as arrays. If the output is an array, its first entry is the output here and `of=`
        names another. Refused beyond `limit` nodes (a million), and where the shape of an input is not known.

        >>> from graphviz_bp import parse
        >>> parse("h = W@x; z = sum(h); W: (2, 2); x: (2,)").scalars()["h_2"].formula
        'W_2_1·x₁ + W_2_2·x₂'
        """
        from ..levels.expansion import scalars

        return scalars(self, **options)

    def to_sympy(self, name: str | None = None) -> Any:
        """A node (the output, unless named) as a SymPy expression in the inputs (derivation/)."""
        from ..derivation.algebra import to_sympy

        return to_sympy(self, name)

    def tangent(self, direction: str | Mapping[str, Any], values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Forward mode: the change of every node along a direction, by name (derivatives/)."""
        from ..derivatives import tangent

        return tangent(self, direction, values)

    def gradient_graph(self, wrt: str | Iterable[str] | None = None, of: str | None = None) -> Graph:
        """The graph extended by its gradients, in which ∂z/∂u is the node `d_u` (gradient_graph/)."""
        from ..gradient_graph import gradient_graph

        return gradient_graph(self, wrt, of)

    def jacobian(self, of: str | None = None, wrt: str | None = None, values: Mapping[str, Any] | None = None) -> Any:
        """All partials of one node with respect to another, of shape of.shape + wrt.shape (derivatives/)."""
        from ..derivatives import jacobian

        return jacobian(self, of, wrt, values)

    def hessian(self, values: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """All second partials of the output, a square array over numbers; `wrt=`, `of=` (derivatives/)."""
        from ..derivatives import hessian

        return hessian(self, values, **options)

    def gradcheck(self, values: Mapping[str, Any] | None = None, **options: Any) -> bool:
        """Whether every gradient agrees with differences taken at 40 digits; else GradcheckError (derivatives/)."""
        from ..derivatives import gradcheck

        return gradcheck(self, values, **options)

    def descend(self, data: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None, **how: Any) -> Trajectory:
        """Gradient descent on the mean loss over the data: w ← w − α∇L, step by step (training/)."""
        from ..training import descend

        return descend(self, data, **how)

    def check(self, claims: Mapping[str, str] | Sequence[str] | str, **options: Any) -> Report:
        """Whether what somebody says of the gradients is right, and which mistake was made (check/)."""
        from ..check import check

        return check(self, claims, **options)

    def _repr_svg_(self) -> str:
        return self.draw()._repr_svg_()
