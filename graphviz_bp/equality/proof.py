"""Proofs: the difference of two sides in normal form, first with the names of the graph left free, then layer by layer.

A side that is written in intermediate names is often equal to the gradient whatever those names stand for, and that
is proved at once; else the names are replaced by what they stand for, the last ones first. Where something chooses,
every answer to "is this positive?" is a branch, and all of them must agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..graph import Graph
from ..graph.tape import CONSTANT, INPUT, Tape
from ..notation.rules import Reading
from ..operations import CODES
from ..reading.quantities import Quantity, Side
from .form import Form, NotProved, Oracle
from .forms import Forms
from .quotients import TooMuch, Work

WORK, BRANCHES, STAGES = 120_000, 64, 6
NUMBERS = Mapping[str, Any]


class Finding(Enum):
    """What came of a proof."""

    PROVED = "proved"
    APART = "apart"  # certainly not identical
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Proof:
    """A finding, and the names that could be left free."""

    finding: Finding
    free: tuple[str, ...] = ()


class Prover:
    """Proofs about one graph; the rules of its boxes are read once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._readings: dict[str, Reading] = {}

    def reading(self, name: str) -> Reading:
        """The local partials of a box as formulas."""
        if name not in self._readings:
            self._readings[name] = Reading(self.graph, self.graph.box(name))
        return self._readings[name]

    def prove(self, left: Side, right: Side, fixed: NUMBERS) -> Proof:
        """Whether two sides are equal as functions; `fixed` inputs are the numbers they are given."""
        work = Work(WORK)
        last = Proof(Finding.OPEN)
        for free in self._stages(left, right):
            try:
                finding = self._all_branches(left, right, free, fixed, work)
            except (NotProved, TooMuch, ArithmeticError):
                continue
            if finding is Finding.PROVED:
                return Proof(finding, tuple(sorted(free & set(self._computed))))
            last = Proof(finding if not free & set(self._computed) else Finding.OPEN)
        return last

    @property
    def _computed(self) -> tuple[str, ...]:
        return tuple(name for name in self.graph.names if name not in self.graph.tape.inputs)

    def _stages(self, left: Side, right: Side) -> Iterator[frozenset[str]]:
        """The sets of names to leave free: all, those a side mentions, fewer and fewer, the inputs alone."""
        inputs = frozenset(self.graph.inputs)
        mentioned = [q.node for side in (left, right) for q in side.quantities.values() if not q.of]
        kept = [name for name in self._computed if name in mentioned]
        stages = [frozenset(self.graph.names), inputs | frozenset(kept)]
        while kept and len(stages) < STAGES:
            kept.pop()
            stages.append(inputs | frozenset(kept))
        yield from dict.fromkeys([*stages, inputs])

    def _all_branches(self, left: Side, right: Side, free: frozenset[str], fixed: NUMBERS, work: Work) -> Finding:
        pending, done = [tuple[int, ...]()], 0
        finding = Finding.PROVED
        while pending:
            given = pending.pop()
            done += 1
            if done > BRANCHES:
                raise TooMuch
            oracle = Oracle(tuple(given))
            branch = _Branch(self, Forms(work, oracle), free, fixed)
            if not branch.agree(left, right):
                if len(oracle.asked) or not branch.certain:
                    return Finding.OPEN
                finding = Finding.APART
            answers = [oracle.answers[key] for key in oracle.asked]
            for place in range(len(given), len(answers)):
                pending.append((*answers[:place], -answers[place]))
        return finding


class _Branch:
    """Both sides worked out in one domain of normal forms."""

    def __init__(self, prover: Prover, m: Forms, free: frozenset[str], fixed: NUMBERS) -> None:
        self.prover, self.graph, self.m, self.free = prover, prover.graph, m, free
        self.values: dict[str, Form] = {}
        self.gradients: dict[str, dict[str, Form]] = {}
        for name, facts in self.graph.tape.inputs.items():
            positive = any(sign in (">", ">=") and bound >= 0 for sign, bound in facts.domain)
            negative = any(sign in ("<", "<=") and bound <= 0 for sign, bound in facts.domain)
            given = name in fixed
            self.values[name] = m.number(fixed[name]) if given else m.named(name, positive, -1 if negative else 0)
            if not given:
                self._declare(self.values[name], facts.domain)
        self.certain = True

    def _declare(self, name: Form, domain: tuple[tuple[str, Any], ...]) -> None:
        """What the author says of an input: 0 < p < 1."""
        for sign, bound in domain:
            distance = name - bound if sign in (">", ">=") else self.m.number(bound) - name
            if bound and distance.q is not None:
                self.m.fact(distance.q.top, 1)

    def agree(self, left: Side, right: Side) -> bool:
        """Whether the difference of the sides vanishes; undefined only together with the graph itself."""
        quantities = [self.side(side) for side in (left, right)]
        if quantities[1].q is None and quantities[0].q is not None:
            return True  # where the claim has no value, there is nothing to compare; that it has one elsewhere is known
        if any(form.q is None for form in quantities):
            of = next((q.of for q in (left.quantity, right.quantity) if q is not None and q.of), None)
            if of is not None and self.value(of).q is None:
                return True
            raise NotProved("a side is undefined here")
        difference = quantities[0] - quantities[1]
        self.certain = self._certain(difference)
        return difference.q is not None and self.m.vanishes(difference.q)

    def _certain(self, form: Form) -> bool:
        """Whether a difference that does not vanish here is certainly no zero: variables and exponentials only."""
        assert form.q is not None
        tops = [form.q.top, *(terms for terms, _ in form.q.below.values())]
        used = {index for top in tops for monomial in top for index, _ in monomial}
        return all(self._independent(index) for index in used)

    def _independent(self, index: int) -> bool:
        g = self.m.generators[index]
        if g.kind == "exp" and isinstance(g.of, tuple):
            return all(self.m.generators[i].kind == "name" for i, _ in g.of)
        return g.kind == "name"

    def side(self, side: Side) -> Form:
        given = {node: self.quantity(quantity) for node, quantity in side.quantities.items()}
        return self.m.number(evaluate(side.tape, given, self.m)[side.root])

    def quantity(self, quantity: Quantity) -> Form:
        if not quantity.of:
            return self.value(quantity.node)
        if quantity.of not in self.gradients:
            self.gradients[quantity.of] = self._gradients(quantity.of)
        return self.gradients[quantity.of].get(quantity.node, self.m.number(0))

    def value(self, name: str) -> Form:
        """The value of a node: its own name while it is free, else what it is computed to be."""
        todo = [name]
        while todo:
            box = self.graph.box(todo[-1])
            if box.name in self.values:
                todo.pop()
            elif box.name in self.free:
                self.values[box.name] = self.m.named(box.name)
            else:
                missing = [parent for parent in box.distinct_parents if parent not in self.values]
                todo.extend(missing)
                if not missing:
                    self.values[box.name] = self._computed(box.members, box.root, box.parents)
        return self.values[name]

    def _computed(self, members: tuple[int, ...], root: int, parents: tuple[str, ...]) -> Form:
        tape = self.graph.tape
        values = {tape.by_name[parent]: self.values[parent] for parent in parents}
        for node in members:
            values[node] = applied(tape, node, [values[i] for i in tape.operands_of(node)], self.m)
        return values[root]

    def _gradients(self, of: str) -> dict[str, Form]:
        """The chain rule over local partials in the names that are free."""
        flows = {of: self.m.number(1)}
        self.value(of)  # what the graph itself takes to be positive is known from here on
        for box in reversed(self.graph.boxes):
            if box.name not in flows or not box.members:
                continue
            for parent, local in self._partials(box.name):
                if local.q is not None and not local.q.top:
                    continue  # a branch not taken hands back nothing
                contribution = flows[box.name] * local
                flows[parent] = flows[parent] + contribution if parent in flows else contribution
        return flows

    def _partials(self, name: str) -> Iterator[tuple[str, Form]]:
        reading, box = self.prover.reading(name), self.graph.box(name)
        tape = reading.tape
        given = {tape.inputs[parent].node: self.value(parent) for parent in box.distinct_parents}
        given[tape.inputs[f"{name}#"].node] = self.value(name)
        found = evaluate(tape, given, self.m)
        for use, parent in zip(box.uses, box.parents, strict=True):
            if use in reading.flows:
                yield parent, found[reading.flows[use].node]


def evaluate(tape: Tape, given: Mapping[int, Form], m: Forms) -> list[Any]:
    """The value of every node of a tape."""
    values: list[Any] = []
    for node, code in enumerate(tape.codes):
        if code == INPUT:
            values.append(given.get(node))
        elif code == CONSTANT:
            values.append(m.number(tape.constants[node]))
        else:
            values.append(applied(tape, node, [values[i] for i in tape.operands_of(node)], m))
    return values


def applied(tape: Tape, node: int, operands: list[Form], m: Forms) -> Form:
    """An operation's value, in the form it has on symbols where it has one."""
    if node in tape.constants:
        return m.number(tape.constants[node])
    operation = CODES[tape.codes[node]]
    if any(x is None for x in operands):
        return m.undefined()
    found = (operation.symbol or operation.value)(m, *operands, **tape.static(node))
    return found if isinstance(found, Form) else m.number(found)
