"""Reports on claims: for a terminal, as Markdown, and in rising strength of hints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..backprop import backprop
from ..derivation.chain import Chain, worked
from ..equality import Counterexample, Verdict
from ..errors import InputError
from ..faults import Diagnosis
from ..graph import Graph
from ..notation.formula import Formula
from ..notation.lines import EQUALS, Words
from ..notation.nodes import formula, named
from ..reading.claims import Claim, Quantity

if TYPE_CHECKING:
    from ..figure import Figure

MARKS = {
    Verdict.PROVED: "✓", Verdict.NUMERIC: "✓", Verdict.DIFFERENT: "✗", Verdict.UNDECIDED: "?", Verdict.UNREADABLE: "!",
}  # fmt: skip
SAID = {
    Verdict.PROVED: "right", Verdict.NUMERIC: "right", Verdict.DIFFERENT: "wrong", Verdict.UNDECIDED: "undecided",
    Verdict.UNREADABLE: "unreadable",
}  # fmt: skip
RELATIONS = {"=": EQUALS.formula, "≈": Formula(r"\approx", "≈")}
WIDTH = 40  # what is said of a longer claim stands below it


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said of one claim.

    `key` is what it was given under, `claim` its text, `reason` the evidence in words, `counterexample` a point where
    it fails, `diagnosis` the mistake that explains it, `notes` how it was read and where it holds. `reading` is the
    claim as it was read (None if it could not be), `step` the number of the step that decides in a chain.
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

    `ok` says whether all are right; `text` (also `str(report)`), `markdown` and `html` tell everything, or as much as
    `hint` says; `draw()` shows it on the graph.
    `left_out` are equations of files that are no claims.
    """

    def __init__(self, graph: Graph, findings: tuple[Finding, ...], at: Mapping[str, Any], hint: int | None = None,
                 left_out: tuple[str, ...] = ()) -> None:  # fmt: skip
        self.graph, self.findings, self.at, self.hint, self.left_out = graph, findings, dict(at), hint, left_out

    @property
    def ok(self) -> bool:
        """Whether every claim is right."""
        return all(finding.ok for finding in self.findings)

    @property
    def code(self) -> int:
        """0 if every claim is right, 2 if one can not be read, else 1."""
        if any(finding.verdict is Verdict.UNREADABLE for finding in self.findings):
            return 2
        return 0 if self.ok else 1

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, key: str | int) -> Finding:
        if isinstance(key, int):
            return self.findings[key]
        for of in (_key, _left, _node):
            for finding in self.findings:
                if of(finding) == key:
                    return finding
        raise KeyError(key)

    def __add__(self, other: Report) -> Report:
        return Report(self.graph, self.findings + other.findings, self.at, self.hint, self.left_out + other.left_out)

    def hinted(self, hint: int | None) -> Report:
        """The same findings told more or less openly."""
        return Report(self.graph, self.findings, self.at, hint, self.left_out)

    @property
    def summary(self) -> str:
        """How many are right, in a line."""
        said = [SAID[finding.verdict] for finding in self.findings]
        others = [f"{said.count(word)} {word}" for word in ("wrong", "undecided", "unreadable") if word in said]
        return ", ".join([f"{said.count('right')} of {len(said)} right", *others])

    @property
    def text(self) -> str:
        """Plain text for a terminal."""
        lines = [line for finding in self.findings for line in self._text(finding)]
        return "\n".join([*lines, "", self.summary, *(f"left out: {equation}" for equation in self.left_out)])

    @property
    def markdown(self) -> str:
        """Markdown with LaTeX formulas between dollar signs."""
        lines = [line for finding in self.findings for line in self._markdown(finding)]
        return "\n".join([*lines, "", self.summary, *(f"\nleft out: `{equation}`" for equation in self.left_out), ""])

    def draw(self, about: str | int | None = None, *, direction: str = "LR", theme: Any = "slate") -> Figure:
        """The figure of a finding: what went wrong is marked, and below it stand the claim and what is correct.

        `about` says which one, as in `report["u"]`; the first wrong one unless it is said. The numbers are those at
        which the claim fails.

        >>> from graphviz_bp import parse
        >>> report = parse("v = u**2; w = 6*u; z = v*w").check({"u": "2*u*w"}, at={"u": 5})
        >>> "left out" in report.draw().svg
        True
        """
        wrong = [finding for finding in self.findings if finding.verdict is Verdict.DIFFERENT]
        read = [finding for finding in self.findings if finding.reading is not None]
        if about is None and not (wrong or read):
            raise InputError("there is nothing to draw", remedy="check a claim that can be read")
        finding = self[about] if about is not None else (wrong or read)[0]
        return self.figure_of(finding, direction=direction, theme=theme)

    def figure_of(self, finding: Finding, *, direction: str = "LR", theme: Any = "slate") -> Figure:
        """The figure of one of the findings."""
        from ..figure.verdict import draw_finding

        return draw_finding(self, finding, direction=direction, theme=theme)

    @property
    def html(self) -> str:
        """A page with the findings, and the figures of what went wrong."""
        from .page import page

        return page(self)

    def lines(self, finding: Finding) -> list[str]:
        """What is said of a finding, as plain text."""
        return [_plain(line) for line in _Told(self, finding).lines()]

    def _text(self, finding: Finding) -> Iterator[str]:
        head = f"{MARKS[finding.verdict]} {self.headline(finding)}"
        first, *rest = self.lines(finding)
        opening, *pointer = first.split("\n")
        if len(head) <= WIDTH:
            yield f"{head:<{WIDTH}}  {opening}"
        else:
            yield from (head, f"    {opening}")
        yield from (f"    {line}" for line in [*pointer, *rest])

    def _markdown(self, finding: Finding) -> Iterator[str]:
        first, *rest = _Told(self, finding).lines()
        opening, *pointer = _marked(first).split("\n")
        yield f"- {MARKS[finding.verdict]} `{self.headline(finding)}` — {opening}"
        if pointer:
            yield from ("", "  ```", *(f"  {line}" for line in pointer), "  ```", "")
        yield from (f"  - {_marked(line)}" for line in rest)

    def headline(self, finding: Finding) -> str:
        """The claim as an equation."""
        claim = " ".join(finding.claim.split()).replace("`", "'")
        if finding.reading is None or finding.key == finding.claim:
            return claim[:200]
        about = finding.quantity
        return f"{chain_of(self.graph, about.of).total(about.node).plain if about else finding.key} = {claim}"

    def _repr_markdown_(self) -> str:
        return self.markdown

    def _repr_html_(self) -> str:
        from .page import fragment

        return fragment(self)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<report: {self.summary}>"


def _key(finding: Finding) -> str:
    return finding.key


def _left(finding: Finding) -> str:
    return finding.reading.sides[0].text if finding.reading else ""


def _node(finding: Finding) -> str:
    return finding.quantity.node if finding.quantity else ""


def _plain(words: Words) -> str:
    return "".join(part if isinstance(part, str) else part.plain for part in words)


def _marked(words: Words) -> str:
    return "".join(part if isinstance(part, str) else f"${part.tex}$" for part in words)


def chain_of(graph: Graph, of: str) -> Chain:
    """The symbols of the gradients of one node."""
    return Chain(backprop(graph, None, of=of, symbolic=True))


class _Told:
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
