"""What a mistake is said in: the names of the graph, its partials as formulas, and numbers where they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..backprop import Run, backprop
from ..derivation.chain import Chain
from ..errors import InputError
from ..graph import Graph
from ..notation.formula import PRODUCT, Formula
from ..notation.lines import number
from ..notation.nodes import derivative, expression, formula, named, value
from ..notation.shown import show


class Wording:
    """Formulas for the sentences about mistakes in the gradient of `of` at `wrt`; `at` are the values given, if any."""

    def __init__(self, graph: Graph, of: str, wrt: str, at: Mapping[str, Any] | None = None) -> None:
        self.graph, self.of, self.wrt, self.at = graph, of, wrt, dict(at or {})
        self.chain = Chain(backprop(graph, None, of=of, symbolic=True))

    @cached_property
    def run(self) -> Run | None:
        """The run at the values given, if there are enough of them."""
        try:
            run = self.graph.backprop(self.at, of=self.of)
        except InputError:
            return None
        return None if run.symbolic else run

    def name(self, node: str) -> Formula:
        """A node."""
        return named(self.graph, node)

    def total(self, node: str | None = None) -> Formula:
        """The gradient at a node, as a symbol."""
        return self.chain.total(node or self.wrt)

    def partial(self, child: str, parent: str) -> Formula:
        """A partial as a symbol: ∂h/∂a."""
        return derivative(self.name(child), self.name(parent))

    def factor(self, child: str, parent: str) -> Formula:
        """A local partial with what it is: ∂h/∂a = h(1 − h)."""
        symbol, found = self.partial(child, parent), self.chain.local(child, parent)
        return Formula(f"{symbol.tex} = {found.tex}", f"{symbol.plain} = {found.plain}")

    def path(self, nodes: Sequence[str]) -> Formula:
        """u → w → z."""
        names = [self.name(node) for node in nodes]
        return Formula(r" \to ".join(n.tex for n in names), " → ".join(n.plain for n in names))

    def listed(self, nodes: Sequence[str]) -> Formula:
        """v, w and h."""
        names = [self.name(node) for node in nodes]
        return Formula(", ".join(n.tex for n in names), ", ".join(n.plain for n in names))

    def handed(self, child: str, parent: str) -> Formula:
        """What a child hands back: ∂h/∂u · ∂z/∂h."""
        return multiplied([self.partial(child, parent), self.total(child)])

    def worth(self, nodes: Sequence[str]) -> Formula:
        """The product of the local partials along a path, and its number where values are given: 6 · v = 6 · 25 = 150."""
        pairs = [(child, parent) for child, parent in zip(nodes[1:], nodes, strict=False)]
        symbols = multiplied([self.chain.local(child, parent) for child, parent in pairs])
        if self.run is None or any(pair not in self.run.partials for pair in pairs):  # none at data
            return symbols
        values = [self.run.partials[pair] for pair in pairs]
        product: Any = 1
        for x in values:
            product = product * x
        steps = [symbols, multiplied([number(show(x)) for x in values]), number(show(product))]
        true = all(show(x).true for x in (*values, product))
        kept = [step for i, step in enumerate(steps) if i == 0 or step.plain != steps[i - 1].plain]
        tex, plain = (" = ", " = ") if true else (r" \approx ", " ≈ ")
        return Formula(tex.join(s.tex for s in kept), plain.join(s.plain for s in kept))

    def inner(self, node: int) -> Formula:
        """Any operation of the graph, in its names."""
        tape = self.graph.tape
        if node in tape.names:
            return self.name(tape.names[node])
        leaves = {i: self.name(name) for i, name in tape.names.items()}
        return expression(tape, node, leaves)

    def statement(self, node: int) -> dict[str, Formula]:
        """The statement that an operation belongs to."""
        box = next(box for box in self.graph.boxes if node in box.members)
        return {"name": self.name(box.name), "formula": formula(self.graph, box), "wrt": self.name(self.wrt)}

    def function(self, name: str) -> Formula:
        """A function's name."""
        from ..operations import OPERATIONS

        row = OPERATIONS.get(name)
        return Formula(row.tex or f"\\mathrm{{{name}}}", row.plain or name) if row else Formula(name, name)

    def number(self, constant: Fraction) -> Formula:
        """A number."""
        return value(constant.numerator if constant.denominator == 1 else constant)


def multiplied(factors: Sequence[Formula]) -> Formula:
    """A product with dots between; factors of 1 are left out."""
    kept = [f for f in factors if f.plain != "1"] or [factors[0]]
    if len(kept) == 1:
        return kept[0]
    held = [f.within(PRODUCT) for f in kept]
    return Formula(r" \cdot ".join(f.tex for f in held), " · ".join(f.plain for f in held), PRODUCT, PRODUCT)
