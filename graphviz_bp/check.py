"""Claims about a graph checked one by one: what is right, what is wrong, and which mistake was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .equality import Comparison, Outcome, Verdict
from .equality.ground import inputs_below
from .errors import InputError
from .faults import Diagnoser, Diagnosis
from .given import checked
from .graph import Graph
from .reading.claims import Claim, ClaimReader
from .report import Finding, Report

HINTS = (None, 1, 2, 3)
Claims = Mapping[str, str] | Sequence[str] | str


def check(graph: Graph, claims: Claims, *, at: Mapping[str, Any] | None = None, of: str | None = None,
          hint: int | None = None) -> Report:  # fmt: skip
    """Check what somebody says the gradients of a graph are.

    `claims` are a mapping from nodes (or derivatives such as "dv/du") to what they are said to be, or texts such as
    "dz/du = 6*v", in the language of `parse` or in LaTeX. `at` gives values to inputs, at which numbers are checked;
    `of` is the node whose gradients are meant, the output unless named. `hint` tells less: 1 where a mistake is, 2 what
    it is, 3 what would be right.

    >>> from graphviz_bp import parse
    >>> report = check(parse("v = u**2; w = 6*u; z = v*w"), {"u": "18*u^2", "v": "6*u", "w": "v + 1"})
    >>> [str(finding.verdict) for finding in report], report.ok
    (['equal-proved', 'equal-proved', 'different'], False)
    >>> report["w"].reason
    'at u = 1 it gives 2, not 1'
    """
    if hint not in HINTS:
        raise InputError(f"{hint!r} is not a hint", remedy="hints are 1 (where), 2 (what) and 3 (the answer)")
    checker = Checker(graph, at=at, of=of)
    return Report(graph, tuple(checker.finding(text, about) for about, text in _each(claims)), checker.at, hint)


def _each(claims: Claims) -> Iterator[tuple[str | None, str]]:
    """The claims one by one, with what they are about where that is said apart."""
    if isinstance(claims, Mapping):
        yield from claims.items()
    elif isinstance(claims, str):
        yield from ((None, line) for line in claims.replace(";", "\n").splitlines() if line.strip())
    else:
        yield from ((None, claim) for claim in claims)


class Checker:
    """Checks claims about one graph."""

    def __init__(self, graph: Graph, *, at: Mapping[str, Any] | None = None, of: str | None = None) -> None:
        self.graph, self.at = graph, checked(graph, at or {})
        self.reader = ClaimReader(graph, of)
        self.comparison = Comparison(graph, self.at)

    def finding(self, text: str, about: str | None = None) -> Finding:
        """What is to be said of one claim."""
        key = about if about is not None else text.strip() if isinstance(text, str) else repr(text)
        try:
            claim = self.reader.read(text, about)
        except InputError as error:
            return Finding(key, str(text)[:200], Verdict.UNREADABLE, str(error))
        return self._judged(key, claim, about)

    def _judged(self, key: str, claim: Claim, about: str | None) -> Finding:
        outcomes = [self.comparison.compare(a, b) for a, b in zip(claim.sides, claim.sides[1:], strict=False)]
        number, outcome = _decisive(outcomes)
        notes = dict.fromkeys([*self._reading(claim, about), *(note for o in outcomes for note in o.notes)])
        reason = outcome.reason
        if number and not outcome.verdict.right:
            step = f"{claim.sides[number].text} = {claim.sides[number + 1].text}"
            reason = f"the step {step} does not hold: {_of_step(outcome)}"
        diagnosis = self._diagnosis(claim) if outcome.verdict is Verdict.DIFFERENT and not number else None
        return Finding(
            key, claim.text, outcome.verdict, reason, outcome.counterexample, diagnosis, tuple(notes), claim, number
        )

    def _reading(self, claim: Claim, about: str | None) -> Iterator[str]:
        """How a derivative was read that could mean the local partial as well."""
        quantity, said = claim.quantity, (claim.sides[0].text if about is None else about)
        if quantity is None or "/" not in said and "\\" not in said:
            return
        box = self.graph.box(quantity.of)
        if quantity.node in box.parents and len(self._ways(quantity.node, quantity.of)) > 1:
            yield f"read as the total derivative of {quantity.of}; its local partial on the wire from {quantity.node} is another one"

    def _ways(self, wrt: str, of: str) -> set[str]:
        """The parents of a node that depend on another one, or are it."""
        tape = self.graph.tape
        parents = self.graph.box(of).distinct_parents
        return {p for p in parents if tape.below(iter([tape.by_name[p]]))[tape.by_name[wrt]]}

    def _diagnosis(self, claim: Claim) -> Diagnosis | None:
        """The mistake in the first step of a claim about a gradient."""
        quantity, side = claim.quantity, claim.sides[1]
        if quantity is None:
            return None
        needed = inputs_below(self.graph, claim.sides[0]) | inputs_below(self.graph, side)
        below = [name for name in self.graph.inputs if name in needed]
        values = {name: value for name, value in self.comparison.at.items() if name in below}
        return Diagnoser(self.graph, quantity.of, quantity.node, values).explain(side, below)


def _decisive(outcomes: Sequence[Outcome]) -> tuple[int, Outcome]:
    """The step of a chain that decides: the first wrong one, else one that is open, else the least certain."""
    for verdict in (Verdict.DIFFERENT, Verdict.UNDECIDED, Verdict.NUMERIC):
        for number, outcome in enumerate(outcomes):
            if outcome.verdict is verdict:
                return number, outcome
    return 0, outcomes[0]


def _of_step(outcome: Outcome) -> str:
    """A counterexample to a step between two sides neither of which is known to be true."""
    found = outcome.counterexample
    if found is None or found.claimed is None:
        return outcome.reason
    from .equality.verdicts import distinct

    right, left = distinct(found.claimed, found.true)
    return f"{f'at {found.where} ' if found.at else ''}the left side is {left}, the right side {right}"


__all__ = ["Checker", "Claims", "check"]
