"""Reports on claims: for a terminal, as Markdown, and in rising strength of hints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .backprop import backprop
from .chain import Chain, Worked, worked
from .equality import Counterexample, Verdict
from .errors import InputError
from .faults import Diagnosis
from .graph import Graph
from .reading.claims import Claim, Quantity

MARKS = {
    Verdict.PROVED: "✓", Verdict.NUMERIC: "✓", Verdict.DIFFERENT: "✗", Verdict.UNDECIDED: "?", Verdict.UNREADABLE: "!",
}  # fmt: skip
SAID = {
    Verdict.PROVED: "right", Verdict.NUMERIC: "right", Verdict.DIFFERENT: "wrong", Verdict.UNDECIDED: "undecided",
    Verdict.UNREADABLE: "unreadable",
}  # fmt: skip
WIDTH = 40  # claims longer than this stand on a line of their own


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said of one claim.

    `key` is what it was given under, `claim` its text, `reason` the evidence in words, `counterexample` a point where it
    fails, `diagnosis` the mistake that explains it, `notes` how it was read and where it holds. `reading` is the claim
    as it was read (None if it could not be), `step` the number of the step that decides in a chain.
    """

    key: str
    claim: str
    verdict: Verdict
    reason: str
    counterexample: Counterexample | None = None
    diagnosis: Diagnosis | None = None
    notes: tuple[str, ...] = ()
    reading: Claim | None = field(default=None, repr=False)
    step: int = field(default=0, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the claim is right."""
        return self.verdict.right

    @property
    def quantity(self) -> Quantity | None:
        """The gradient that the claim is about."""
        return None if self.reading is None else self.reading.quantity


class Report:
    """The findings on some claims, in their order; also by what they are about: `report["u"]`, `report["dz/du"]`.

    `ok` says whether all are right; `text` (also `str(report)`) and `markdown` tell everything, or as much as `hint` says.
    """

    def __init__(self, graph: Graph, findings: tuple[Finding, ...], at: Mapping[str, Any], hint: int | None = None) -> None:
        self.graph, self.findings, self.at, self.hint = graph, findings, dict(at), hint

    @property
    def ok(self) -> bool:
        """Whether every claim is right."""
        return all(finding.ok for finding in self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, key: str | int) -> Finding:
        if isinstance(key, int):
            return self.findings[key]
        for names in (self._keys, self._texts, self._nodes):
            if key in names:
                return self.findings[names.index(key)]
        raise KeyError(key)

    @cached_property
    def _keys(self) -> list[str]:
        return [finding.key for finding in self.findings]

    @cached_property
    def _texts(self) -> list[str]:
        return [finding.reading.sides[0].text if finding.reading else "" for finding in self.findings]

    @cached_property
    def _nodes(self) -> list[str]:
        return [finding.quantity.node if finding.quantity else "" for finding in self.findings]

    def hinted(self, hint: int | None) -> Report:
        """The same findings told more or less openly."""
        return Report(self.graph, self.findings, self.at, hint)

    # -- words

    @property
    def text(self) -> str:
        """Plain text for a terminal."""
        return "\n".join([*(line for finding in self.findings for line in self._lines(finding)), "", self.summary])

    @property
    def summary(self) -> str:
        """How many are right, in a sentence."""
        counts = {said: sum(SAID[f.verdict] == said for f in self.findings) for said in dict.fromkeys(SAID.values())}
        others = [f"{count} {said}" for said, count in counts.items() if count and said != "right"]
        return ", ".join([f"{counts['right']} of {len(self.findings)} right", *others])

    def _lines(self, finding: Finding) -> Iterator[str]:
        first, *rest = self._said(finding).split("\n")
        told = f"{MARKS[finding.verdict]} {self._headline(finding)}"
        yield f"{told:<{WIDTH}}  {first}" if len(told) <= WIDTH else told
        if len(told) > WIDTH:
            rest.insert(0, first)
        indent = " " * 4
        yield from (indent + line for line in rest)
        yield from (indent + line for line in self._details(finding))

    def _headline(self, finding: Finding) -> str:
        claim = " ".join(finding.claim.split())
        if finding.reading is None or finding.key == finding.claim:
            return claim[:200]
        about = finding.quantity
        left = self._chain(about.of).total(about.node).plain if about is not None else finding.key
        return f"{left} = {claim}"

    def _said(self, finding: Finding) -> str:
        wrong = finding.verdict is Verdict.DIFFERENT
        if wrong and self.hint in (1, 2):
            return f"wrong{self._where_it_fails(finding)}"
        return f"{SAID[finding.verdict]}: {finding.reason}"

    def _where_it_fails(self, finding: Finding) -> str:
        """A counterexample without the true value."""
        if finding.step and finding.reading is not None:
            sides = finding.reading.sides
            return f": look at the step from {sides[finding.step].text} to {sides[finding.step + 1].text}"
        where = finding.counterexample.where if finding.counterexample else ""
        return f": try it at {where}" if where else ""

    def _details(self, finding: Finding) -> Iterator[str]:
        yield from (f"note: {note}" for note in finding.notes if finding.verdict is not Verdict.DIFFERENT or self.hint is None)
        if finding.verdict is not Verdict.DIFFERENT:
            return
        diagnosis, about = finding.diagnosis, finding.quantity
        if diagnosis is not None and self.hint == 1:
            yield f"look at {self._place(finding, diagnosis)}"
        elif diagnosis is not None:
            yield diagnosis.sentence
            if self.hint is None:
                yield f"the step: {self._step(finding, diagnosis)}"
        if self.hint == 3 and about is not None:
            yield from _answer(self._answer(about))

    # -- the graph's words

    def _chain(self, of: str) -> Chain:
        return Chain(backprop(self.graph, None, of=of, symbolic=True))

    def _place(self, finding: Finding, diagnosis: Diagnosis) -> str:
        """Where a mistake was made, without what it is."""
        assert finding.quantity is not None
        chain = self._chain(finding.quantity.of)
        if len(diagnosis.at) == 2 and diagnosis.at[1] in self.graph.box(diagnosis.at[0]).parents:
            return f"{chain.partial(*diagnosis.at).plain}, in {self._statement(diagnosis.at[0])}"
        node = diagnosis.at[0]
        if self.graph.box(node).members and node != finding.quantity.node:
            return self._statement(node)
        return f"the sum over what {node} feeds: {', '.join(chain.feeds(node))}" if len(chain.feeds(node)) > 1 else f"{chain.total(node).plain}"

    def _statement(self, name: str) -> str:
        return f"{name} = {self.graph[name].formula}"

    def _step(self, finding: Finding, diagnosis: Diagnosis) -> str:
        """The line of the derivation where the mistake belongs."""
        assert finding.quantity is not None
        chain = self._chain(finding.quantity.of)
        if len(diagnosis.at) == 2 and diagnosis.at[1] in self.graph.box(diagnosis.at[0]).parents:
            child, parent = diagnosis.at
            rule = f"{chain.partial(child, parent).plain} = {chain.local(child, parent).plain}"
            return f"{rule}, from {self._statement(child)}"
        node = diagnosis.at[0] if diagnosis.at[0] in chain.children else finding.quantity.node
        work = worked(chain, node)
        return f"{work.left.plain} = {work.lines[0].plain}"

    def _answer(self, about: Quantity) -> Worked:
        try:
            run = backprop(self.graph, self.at or None, of=about.of)
        except InputError:
            run = backprop(self.graph, None, of=about.of, symbolic=True)
        return worked(Chain(run), about.node)

    @property
    def markdown(self) -> str:
        """Markdown with LaTeX formulas between dollar signs."""
        return "\n".join([*(line for finding in self.findings for line in self._markdown(finding)), "", self.summary, ""])

    def _markdown(self, finding: Finding) -> Iterator[str]:
        first, *rest = self._said(finding).split("\n")
        yield f"- {MARKS[finding.verdict]} `{self._headline(finding)}` — {first}"
        if rest:
            yield from ("", "  ```", *(f"  {line}" for line in rest), "  ```", "")
        details = list(self._details(finding))
        if finding.diagnosis is not None and self.hint != 1:
            details[details.index(finding.diagnosis.sentence)] = finding.diagnosis.markdown
        yield from (f"  - {line}" for line in details)

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<report: {self.summary}>"


def _answer(work: Worked) -> Iterator[str]:
    """The chain rule as it should be, line by line."""
    for number, line in enumerate(work.lines):
        left = work.left.plain if not number else " " * len(work.left.plain)
        yield f"{left} {line.relation} {line.plain}"
