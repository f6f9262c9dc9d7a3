"""What is said of one finding, in lines of prose and formulas, as openly as the hint says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..backprop import backprop
from ..derivation.chain import Chain
from ..derivation.worked import worked
from ..equality import Verdict
from ..errors import InputError
from ..faults import Diagnosis
from ..graph import Graph
from ..notation.formula import Formula
from ..notation.lines import EQUALS, Words
from ..notation.nodes import formula, named
from ..reading.quantities import Quantity

if TYPE_CHECKING:
    from .report import Finding, Report

SAID = {
    Verdict.PROVED: "right", Verdict.NUMERIC: "right", Verdict.DIFFERENT: "wrong", Verdict.UNDECIDED: "undecided",
    Verdict.UNREADABLE: "unreadable",
}  # fmt: skip
RELATIONS = {"=": EQUALS.formula, "≈": Formula(r"\approx", "≈")}


def chain_of(graph: Graph, of: str) -> Chain:
    """The symbols of the gradients of one node."""
    return Chain(backprop(graph, None, of=of, symbolic=True))


class Told:
    """One finding in lines of prose and formulas, as openly as the hint says."""

    def __init__(self, report: Report, finding: Finding) -> None:
        self.graph, self.at, self.hint, self.finding = report.graph, report.at, report.hint, finding

    def lines(self) -> Iterator[Words]:
        """The verdict first, then what is known of the mistake."""
        finding, wrong = self.finding, self.finding.verdict is Verdict.DIFFERENT
        discreet = wrong and self.hint in (1, 2)
        yield (f"wrong{self._where_it_fails()}",) if discreet else (f"{SAID[finding.verdict]}: {finding.reason}",)
        if not discreet:
            yield from ((f"note: {note}",) for note in finding.notes)
        if wrong and finding.diagnosis is not None:
            yield from self._mistake(finding.diagnosis)
        if wrong and self.hint == 3 and finding.quantity is not None:
            yield from self._answer(finding.quantity)

    def _where_it_fails(self) -> str:
        """A counterexample without the true value."""
        finding = self.finding
        if finding.step and finding.reading is not None:
            sides = finding.reading.sides
            return f": look at the step from {sides[finding.step].text} to {sides[finding.step + 1].text}"
        where = finding.counterexample.where if finding.counterexample else ""
        return f": try it at {where}" if where else ""

    def _mistake(self, diagnosis: Diagnosis) -> Iterator[Words]:
        if self.hint == 1:
            yield ("look at ", *self._place(diagnosis))
            return
        yield diagnosis.parts
        if self.hint is None:
            yield ("the step: ", *self._step(diagnosis))

    def _place(self, diagnosis: Diagnosis) -> Words:
        """Where a mistake was made, without what it is."""
        assert self.finding.quantity is not None
        chain, node = chain_of(self.graph, self.finding.quantity.of), diagnosis.at[0]
        if self._is_link(diagnosis):
            return chain.partial(*diagnosis.at), ", in ", *self._statement(node)
        if self.graph.box(node).members and node != self.finding.quantity.node:
            return self._statement(node)
        feeds = chain.feeds(node)
        if len(feeds) < 2:
            return (chain.total(node),)
        names = [part for name in feeds for part in (", ", named(self.graph, name))][1:]
        return "the sum over what ", named(self.graph, node), " feeds: ", *names

    def _is_link(self, diagnosis: Diagnosis) -> bool:
        """Whether a mistake lies in one local partial."""
        return len(diagnosis.at) == 2 and diagnosis.at[1] in self.graph.box(diagnosis.at[0]).parents

    def _statement(self, name: str) -> Words:
        return (_joined([named(self.graph, name), EQUALS.formula, formula(self.graph, self.graph.box(name))]),)

    def _step(self, diagnosis: Diagnosis) -> Words:
        """The line of the derivation where the mistake belongs."""
        assert self.finding.quantity is not None
        chain = chain_of(self.graph, self.finding.quantity.of)
        if self._is_link(diagnosis):
            child, parent = diagnosis.at
            rule = _joined([chain.partial(child, parent), EQUALS.formula, chain.local(child, parent)])
            return rule, ", from ", *self._statement(child)
        node = diagnosis.at[0] if diagnosis.at[0] in chain.children else self.finding.quantity.node
        work = worked(chain, node)
        return (_joined([work.left, EQUALS.formula, *(piece.formula for piece in work.lines[0].pieces)]),)

    def _answer(self, about: Quantity) -> Iterator[Words]:
        """The chain rule as it should be, line by line."""
        try:
            run = backprop(self.graph, self.at or None, of=about.of)
        except InputError:
            run = backprop(self.graph, None, of=about.of, symbolic=True)
        work = worked(Chain(run), about.node)
        for number, line in enumerate(work.lines):
            left = work.left if not number else Formula("", " " * len(work.left.plain))
            sign = RELATIONS[line.relation]
            yield (_joined([left, sign, *(piece.formula for piece in line.pieces)]),)


def _joined(parts: Iterable[Formula]) -> Formula:
    """Formulas and signs in a row."""
    parts = list(parts)
    return Formula(" ".join(part.tex for part in parts), " ".join(part.plain for part in parts))
