"""What the chain rule needs to know of a run: who feeds whom, local partials, what is handed back, as formulas."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from ..backprop import Run, Step, Term
from ..notation.formula import Formula
from ..notation.lines import (
    Pieces,
    gradient,
    number,
    partial,
    product,
)
from ..notation.nodes import barred, delta, derivative, named
from ..notation.rules import Reading
from ..notation.shown import Shown, show_any
from ..numbers import is_array
from .blackboard import layered_deltas

SHORT = 24  # letters of an upstream gradient that is written out rather than named
ONE, ZERO = Formula("1", "1", number=True), Formula("0", "0", number=True)


class Chain:
    """How the gradients of one run are written: its symbols, its local partials, its displayed numbers."""

    def __init__(self, run: Run) -> None:
        self.run, self.graph = run, run.graph
        self.of = named(run.graph, run.of)
        self._readings: dict[tuple[str, bool], Reading] = {}

    @cached_property
    def children(self) -> dict[str, tuple[str, ...]]:
        """The children of every node that the output depends on, each once, in creation order."""
        live, out = {self.run.of}, dict[str, list[str]]()
        for box in reversed(self.graph.boxes):
            if box.name in live:
                for parent in box.distinct_parents:
                    live.add(parent)
                    out.setdefault(parent, []).append(box.name)
        return {name: tuple(reversed(found)) for name, found in out.items()}

    @cached_property
    def d(self) -> str:
        """∂, or d where a node feeds the output both directly and through others: total and partial differ there."""
        mixed = any(self.run.of in found and len(found) > 1 for found in self.children.values())
        return "d" if mixed else "∂"

    @cached_property
    def unit(self) -> bool:
        """Whether the gradient sent back from the output is 1, which is then not written as a factor."""
        seed = None if self.run.symbolic else self.run.step(self.run.of).total
        return seed is None or (not is_array(seed) and seed == 1)

    def is_number(self, name: str) -> bool:
        """Whether a node is a single number."""
        return self.graph.tape.shape(self.graph.tape.by_name[name]) == ()

    def is_open(self, name: str) -> bool:
        """Whether a node's shape, or one of its parents', is not known before values are given."""
        box, tape = self.graph.box(name), self.graph.tape
        return any(tape.shape(tape.by_name[other]) is None for other in (name, *box.parents))

    def total(self, name: str) -> Formula:
        """The gradient of a node as a symbol: ∂z/∂u, ū or δ_u; ū for ∂z/∂u where another seed than 1 is sent back."""
        notation = self.run.style.notation
        if notation == "delta":
            return self._delta(name)
        return barred(named(self.graph, name)) if notation == "bar" or not self.unit else self.leibniz(name)

    def _delta(self, name: str) -> Formula:
        """δ_u; among arrays δ^{[2]} for what the activation of layer 2 is applied to, and ∂z/∂W for all else."""
        if self.graph.tape.scalar:
            return delta(named(self.graph, name))
        return self.deltas.get(name) or self.leibniz(name)

    @cached_property
    def deltas(self) -> dict[str, Formula]:
        """The symbols δ of a graph of arrays."""
        return layered_deltas(self.graph)

    def leibniz(self, name: str) -> Formula:
        """The gradient of a node as ∂z/∂u."""
        return derivative(self.of, named(self.graph, name), self.d)

    def partial(self, child: str, parent: str) -> Formula:
        """A local partial as a symbol: ∂v/∂u."""
        return derivative(named(self.graph, child), named(self.graph, parent))

    def local(self, child: str, parent: str, slot: int | None = None) -> Formula:
        """A local partial between numbers in the names of the graph: 2u; the number itself at a kink."""
        if self.run.is_tied(child):
            key = (child, parent) if slot is None else (child, parent, slot)
            if key in self.run.partials:
                return number(self.shown(self.run.partials[key]))
        return self.reading(child, bare=True).formula(parent, slot) or ZERO

    def handed(self, child: str, parent: str, slot: int | None = None) -> Formula:
        """What a child hands back in the names of the graph, as arrays are derived: Wᵀ ∂L/∂a."""
        return self.reading(child, bare=child in self.ones).formula(parent, slot) or ZERO

    @cached_property
    def ones(self) -> frozenset[str]:
        """The numbers whose gradient is 1 whatever the values: the output, and what is only added up to it."""
        found = {self.run.of} if self.unit and self.is_number(self.run.of) else set()
        for box in reversed(self.graph.boxes) if found else ():
            children = self.children.get(box.name, ())
            if len(children) == 1 and children[0] in found and self.is_number(box.name):
                found.update([box.name] * self.passes(children[0], box.name))
        return frozenset(found)

    def passes(self, child: str, parent: str, slot: int | None = None) -> bool:
        """Whether a child hands its gradient on as it is, its local partial being 1 whatever the values."""
        if self.run.is_tied(child) or not (self.is_number(child) and self.is_number(parent)):
            return False
        return self.local(child, parent, slot).plain == ONE.plain

    def handing(self, child: str, parent: str, local: Formula | Shown, upstream: Formula | Shown | None,
                slot: int | None = None) -> Pieces:  # fmt: skip
        """Local partial · upstream gradient, without a factor that is 1 whatever the values."""
        if upstream is None:
            return (partial(local),)
        if self.passes(child, parent, slot):
            return (gradient(upstream),)
        return product(partial(local), gradient(upstream))

    def reading(self, child: str, bare: bool) -> Reading:
        """The rules of a box read once; `bare` without its upstream gradient."""
        if (child, bare) not in self._readings:
            upstream = None if bare else self.total(child)
            self._readings[child, bare] = Reading(self.graph, self.graph.box(child), upstream)
        return self._readings[child, bare]

    def feeds(self, name: str) -> list[str]:
        """The children a gradient comes back from: the output first, the others in creation order."""
        children = self.children.get(name, ())
        found = [c for c in children if self.is_open(c) or self.reading(c, self.is_number(c)).reaches(name)]
        return sorted(found, key=lambda child: child != self.run.of)

    def upstream(self, child: str) -> Formula | None:
        """A child's gradient in the names of the graph where that is short, else as its symbol; None where it is 1."""
        if child in self.ones:
            return None
        if self.unit and self.children.get(child) == (self.run.of,) and self.is_number(child):
            found = self.local(self.run.of, child)
            if len(found.plain) <= SHORT:
                return found
        return self.total(child)

    def simplified(self, child: str, name: str) -> Formula | None:
        """The gradient through the only child, where that one feeds only the output and the two partials cancel."""
        at_kink = self.run.is_tied(child) or self.run.is_tied(self.run.of)
        if at_kink or child in self.ones or not self.unit or self.children.get(child) != (self.run.of,):
            return None
        from .algebra import simplified

        pairs = [(self.reading(child, bare=True), name), (self.reading(self.run.of, bare=True), child)]
        return simplified(self.graph, pairs)

    def shown(self, number: Any) -> Shown:
        """A number of this run as it is displayed."""
        return show_any(number, **self.run.shown_how)

    def value(self, name: str) -> Shown:
        """A node's value as it is displayed: a given number as it was typed."""
        run = self.run
        typed = not self.graph.box(name).members
        number = run.given[name] if name in run.given and not is_array(run.given[name]) else run.raw(name)
        return show_any(number, entered=typed, **run.shown_how)

    def terms(self, step: Step) -> dict[str, list[Term]]:
        """A step's terms by child, in the order of `feeds`: several uses in one child share one local partial."""
        groups: dict[str, list[Term]] = {}
        for term in sorted(step.terms, key=lambda t: t.child != self.run.of):
            groups.setdefault(term.child, []).append(term)
        return groups

    def factors(self, name: str) -> list[tuple[Shown, Shown | None]]:
        """Local partial and upstream gradient of each child as displayed; no upstream where that is always 1."""
        return [
            (self.shown(summed(t.local for t in terms)), None if child in self.ones else self.shown(terms[0].upstream))
            for child, terms in self.terms(self.run.step(name)).items()
        ]


def summed(numbers: Iterator[Any]) -> Any:
    total_ = next(numbers)
    for other in numbers:
        total_ = total_ + other
    return total_
