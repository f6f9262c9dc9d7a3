"""Claims about a graph checked one by one: what is right, what is wrong, and which mistake was made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..backprop.given import checked, fitted
from ..equality import Comparison, Outcome, Verdict
from ..equality.entries import EntriesComparison
from ..equality.ground import inputs_below
from ..equality.verdicts import distinct
from ..errors import InputError
from ..faults import Diagnoser, Diagnosis
from ..faults.arrays import ArrayDiagnoser
from ..graph import Graph
from ..notation.rules import local_partial
from ..reading.arrays import ArrayReader
from ..reading.claims import ClaimReader
from ..reading.columns import Misshapen
from ..reading.equations import Equation, equations_in_file
from ..reading.quantities import Claim, Quantity
from ..reading.vocabulary import UnknownName
from .report import Finding, Report

HINTS = (None, 1, 2, 3)
STRANGERS = 3  # names that a claim may have beside the graph's
DRAWN = ((3, 11, 29), (41, 2, 17), (13, 37, 5), (23, 19, 31))
NUMBERS = [[Fraction(7919 * n + 5, 104729 - 31 * k) for k, n in enumerate(row)] for row in DRAWN]
Claims = Mapping[str, str] | Sequence[str] | str
_DERIVATIVE = re.compile(r"∂|\\partial|\\nabla|\bd\s*\w+\s*/\s*d|frac\s*\{\s*(?:\\mathrm\{d\}|d\b|d\w)|\\p?dv\b")


def check(graph: Graph, claims: Claims, *, at: Mapping[str, Any] | None = None, of: str | None = None,
          hint: int | None = None, accept_transpose: bool = False) -> Report:  # fmt: skip
    """Check what somebody says the gradients of a graph are.

    `claims` are a mapping from nodes (or derivatives such as "dv/du") to what they are said to be, or texts such as
    "dz/du = 6*v", in the language of `parse` or in LaTeX. `at` gives values to inputs, at which numbers are checked;
    `of` is the node whose gradients are meant, the output unless named. `hint` tells less: 1 where a mistake is, 2 what
    it is, 3 what would be right.

    In graphs with arrays vectors are columns, as on a blackboard, or as NumPy has them; a gradient has the shape of its
    variable, and its transpose is wrong unless `accept_transpose` says otherwise.

    >>> from graphviz_bp import parse
    >>> report = check(parse("v = u**2; w = 6*u; z = v*w"), {"u": "18*u^2", "v": "6*u", "w": "v + 1"})
    >>> [str(finding.verdict) for finding in report], report.ok
    (['equal-proved', 'equal-proved', 'different'], False)
    >>> report["w"].reason
    'at u = 1 it gives 2, not 1'
    >>> layer = parse("a = W@x; L = sum(a**2)/2; W: (2, 3); x: (3,)")
    >>> print(layer.check({"W": r"x a^\\top", "x": "W.T @ a"}).text.split("\\n")[0])
    ✗ ∂L/∂W = x a^\\top                        wrong: this has shape (3, 2), and it should have shape (2, 3)
    """
    checker = Checker(graph, at=at, of=of, hint=hint, accept_transpose=accept_transpose)
    return checker.report(checker.finding(text, about) for about, text in _each(claims))


def check_files(graph: Graph, paths: Iterable[Path], *, at: Mapping[str, Any] | None = None, of: str | None = None,
                hint: int | None = None, accept_transpose: bool = False) -> Report:  # fmt: skip
    """Check the equations in files; what restates the graph, gives a value or is about something else is left out."""
    checker = Checker(graph, at=at, of=of, hint=hint, accept_transpose=accept_transpose)
    left_out: list[str] = []
    findings = [f for path in paths for f in checker.in_file(equations_in_file(path), path.suffix == ".txt", left_out)]
    return checker.report(findings, tuple(left_out))


def _each(claims: Claims) -> Iterator[tuple[str | None, str]]:
    """The claims one by one, with what they are about where that is said apart."""
    if isinstance(claims, Mapping):
        yield from claims.items()
    elif isinstance(claims, str):
        yield from ((None, line) for line in re.split(r"[;\n]", claims) if line.strip())
    else:
        yield from ((None, claim) for claim in claims)


class Checker:
    """Checks claims about one graph."""

    def __init__(self, graph: Graph, *, at: Mapping[str, Any] | None = None, of: str | None = None,
                 hint: int | None = None, accept_transpose: bool = False) -> None:  # fmt: skip
        if hint not in HINTS:
            raise InputError(f"{hint!r} is not a hint", remedy="hints are 1 (where), 2 (what) and 3 (the answer)")
        self.hint, self.at = hint, checked(graph, at or {})
        self.graph = fitted(graph, self.at)
        self.accept_transpose, self.arrays = accept_transpose, any(self.graph.tape.shapes)
        self.reader = ArrayReader(self.graph, of) if self.arrays else ClaimReader(self.graph, of)
        self.comparison = self._comparison(self.at)

    def _comparison(self, at: Mapping[str, Any]) -> Comparison | EntriesComparison:
        if self.arrays:
            return EntriesComparison(self.graph, at, accept_transpose=self.accept_transpose)
        return Comparison(self.graph, at)

    def report(self, findings: Iterable[Finding], left_out: tuple[str, ...] = ()) -> Report:
        """The findings together."""
        return Report(self.graph, tuple(findings), self.at, self.hint, left_out)

    def finding(self, text: str, about: str | None = None) -> Finding:
        """What is to be said of one claim."""
        if isinstance(text, str):
            text = text.encode("utf-8", "replace").decode("utf-8")  # half a character can be printed nowhere
        key = about if about is not None else str(text).strip()
        try:
            claims = list(self.reader.readings(text, about, alone=True))
        except Misshapen as error:
            return self._misshapen(key, text, about, error)
        except InputError as error:
            cancelled = self._without_strangers(key, text, about, error) if isinstance(error, UnknownName) else None
            return cancelled or Finding(key, str(text)[:200], Verdict.UNREADABLE, str(error))
        return self._weighed(key, text, claims, about)

    def _weighed(self, key: str, text: str, claims: Iterable[Claim], about: str | None = None) -> Finding:
        """The best finding on a claim; none is given where signs mean two things and only one of them is right."""
        finding, ambiguous = self._best(key, claims, about), self.reader.vocabulary.ambiguous
        if ambiguous is not None and finding.verdict is Verdict.DIFFERENT and self._second_way(text, about):
            reason = f"read with {ambiguous[0]} this is wrong, read the other way it is right; {ambiguous[1]}"
            return Finding(key, finding.claim, Verdict.UNREADABLE, reason)
        return finding

    def _best(self, key: str, claims: Iterable[Claim], about: str | None = None) -> Finding:
        """The finding on a claim that can be meant in several ways: the first that is right, else the first."""
        findings = (self._judged(key, claim, about) for claim in claims)
        first = next(findings)
        return first if first.ok else next((finding for finding in findings if finding.ok), first)

    def _second_way(self, text: str, about: str | None) -> bool:
        """Whether a claim is right if what can mean two things is read in the second way."""
        self.reader.vocabulary.second = True
        try:
            return self._best("", self.reader.readings(text, about, alone=True), about).ok
        except InputError:
            return False
        finally:
            self.reader.vocabulary.second = False

    def _without_strangers(self, key: str, text: str, about: str | None, error: UnknownName) -> Finding | None:
        """The finding on a claim with names the graph lacks, if it is right whatever they stand for."""
        strangers, names = self.reader.vocabulary.strangers, list[str]()
        self._everywhere(False)  # u^N has no value for a negative u and the number that stands for N
        try:
            while len(names) < STRANGERS and error.name and error.name not in names:
                names.append(error.name)
                strangers.update((name, NUMBERS[0][place]) for place, name in enumerate(names))
                try:
                    findings = [self._judged(key, self.reader.read(text, about, alone=True), about)]
                except UnknownName as another:
                    error = another
                    continue
                for numbers in NUMBERS[1:] if findings[0].ok else ():
                    strangers.update(zip(names, numbers, strict=False))
                    findings.append(self._judged(key, self.reader.read(text, about, alone=True), about))
                if not all(finding.ok for finding in findings):
                    return None
                note = f"{' and '.join(names)} {'are no nodes' if len(names) > 1 else 'is no node'}, and cancels out"
                return replace(findings[0], notes=(*findings[0].notes, note))
        except InputError:
            pass
        finally:
            strangers.clear()
            self._everywhere(True)
        return None

    def _everywhere(self, asked: bool) -> None:
        if isinstance(self.comparison, Comparison):
            self.comparison.everywhere = asked

    def _judged(self, key: str, claim: Claim, about: str | None = None) -> Finding:
        comparison = self.comparison if not claim.at else self._comparison({**self.at, **claim.at})
        outcomes = [comparison.compare(a, b) for a, b in zip(claim.sides, claim.sides[1:], strict=False)]
        step, outcome = _decisive(outcomes)
        notes = dict.fromkeys((*claim.notes, *self._as_read(claim, about), *(n for o in outcomes for n in o.notes)))
        reason = outcome.reason
        if step and not outcome.verdict.right:
            reason = f"the step {claim.sides[step].text} = {claim.sides[step + 1].text} {_of_step(outcome)}"
        wrong = outcome.counterexample if outcome.verdict is Verdict.DIFFERENT and not step else None
        diagnosis = self._diagnosis(claim, wrong.at) if wrong is not None and not self.arrays else None
        if self.arrays and outcome.verdict is Verdict.DIFFERENT and not step:
            diagnosis = self._of_array(claim, about)
        return Finding(
            key, claim.text, outcome.verdict, reason, outcome.counterexample, diagnosis, tuple(notes), claim, step
        )

    def _as_read(self, claim: Claim, about: str | None) -> Iterator[str]:
        """How a derivative was read that could mean the local partial as well."""
        quantity, said = claim.quantity, claim.sides[0].text if about is None else about
        if quantity is None or not _DERIVATIVE.search(said):
            return
        tape, parents = self.graph.tape, self.graph.box(quantity.of).distinct_parents
        ways = [p for p in parents if tape.below(iter([tape.by_name[p]]))[tape.by_name[quantity.node]]]
        if quantity.node in parents and len(ways) > 1:
            of, wrt = quantity.of, quantity.node
            local = local_partial(self.graph, of, wrt)
            found = local.plain if local is not None else "0"
            yield f"read as the total derivative of {of} by {wrt}, through every path; the local partial is {found}"

    def _diagnosis(self, claim: Claim, near: Mapping[str, Any]) -> Diagnosis | None:
        """The mistake in the first step of a claim about a gradient."""
        quantity, side = claim.quantity, claim.sides[1]
        if quantity is None:
            return None
        needed = inputs_below(self.graph, claim.sides[0]) | inputs_below(self.graph, side)
        below = [name for name in self.graph.inputs if name in needed]
        values = {name: value for name, value in self.comparison.at.items() if name in below}
        return Diagnoser(self.graph, quantity.of, quantity.node, values, near).explain(side, below)

    def _of_array(self, claim: Claim, about: str | None) -> Diagnosis | None:
        """The mistake in the first step of a claim about the gradient of an array."""
        quantity = claim.quantity
        if quantity is None or self.graph[quantity.of].shape:
            return None
        way = self.reader.way if isinstance(self.reader, ArrayReader) else ""
        numeric, at = claim.sides[1].numeric, self.comparison.at
        diagnoser = ArrayDiagnoser(self.graph, quantity.of, quantity.node, at if numeric else {})
        return diagnoser.explain(claim.sides[1], claim.text, about, way)

    def _misshapen(self, key: str, text: str, about: str | None, error: Misshapen) -> Finding:
        """The finding on a claim that puts together what does not fit."""
        left = self._left_of(text, about)
        diagnosis = self._of_shapes(text, about, left.quantity) if left is not None and left.quantity else None
        return Finding(key, text[:200], Verdict.DIFFERENT, error.sentence, None, diagnosis, (), left)

    def _left_of(self, text: str, about: str | None) -> Claim | None:
        """The left side alone of a claim whose right side can not be put together."""
        try:
            claim = self.reader.read("0", about or text.split("=")[0])
        except InputError:
            return None
        return replace(claim, text=text[:200], sides=claim.sides[:1])

    def _of_shapes(self, text: str, about: str | None, quantity: Quantity) -> Diagnosis | None:
        """The mistake in a claim whose shapes do not fit."""
        if self.graph[quantity.of].shape:
            return None
        return ArrayDiagnoser(self.graph, quantity.of, quantity.node).explain(None, text, about)

    # -- files

    def in_file(self, equations: Iterable[Equation], every_line: bool, left_out: list[str]) -> Iterator[Finding]:
        """The claims among the equations of a file."""
        for equation in equations:
            about_graph = every_line or bool(_DERIVATIVE.search(equation.text))
            try:
                claims = list(self.reader.readings(equation.text))
            except Misshapen as error:
                yield self._misshapen(equation.text, equation.text, None, error)
                continue
            except InputError as error:
                if about_graph:
                    yield Finding(equation.text, equation.text[:200], Verdict.UNREADABLE, str(error))
                else:
                    left_out.append(f"{equation.text[:80]} (not about this graph)")
                continue
            claim = claims[0]
            why = "" if _DERIVATIVE.search(claim.sides[0].text) else self._no_claim(claim)
            if why:
                left_out.append(f"{claim.text[:80]} ({why})")
            else:
                yield self._weighed(claim.text, equation.text, claims)

    def _no_claim(self, claim: Claim) -> str:
        """Why an equation whose left side is a name says nothing about a gradient; empty if it does."""
        quantity = claim.quantity
        if quantity is None:
            return ""
        if quantity.node in self.graph.inputs and claim.sides[1].numeric and quantity.node not in self.at:
            return "gives a value"
        value = self.reader.value_of(quantity.node)
        if self.comparison.compare(value, claim.sides[1]).verdict.right:
            return "restates the graph"
        return ""


def _decisive(outcomes: Sequence[Outcome]) -> tuple[int, Outcome]:
    """The step of a chain that decides: the first wrong one, else one that is open, else the least certain."""
    for verdict in (Verdict.DIFFERENT, Verdict.UNDECIDED, Verdict.NUMERIC):
        for number, outcome in enumerate(outcomes):
            if outcome.verdict is verdict:
                return number, outcome
    return 0, outcomes[0]


def _of_step(outcome: Outcome) -> str:
    """What is wrong with a step between two sides, neither of which is the gradient itself."""
    found = outcome.counterexample
    if found is None or found.claimed is None:
        return f"is {outcome.verdict}: {outcome.reason}"
    right, left = distinct(found.claimed, found.true)
    return f"does not hold: {f'at {found.where} ' if found.at else ''}the left side is {left}, the right side {right}"
