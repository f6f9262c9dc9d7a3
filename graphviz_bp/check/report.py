"""Reports on claims: for a terminal, as Markdown, and in rising strength of hints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..equality import Counterexample, Verdict
from ..errors import InputError
from ..faults import Diagnosis
from ..graph import Graph
from ..notation.lines import Words
from ..reading.quantities import Claim, Quantity
from .told import SAID, Told, chain_of

if TYPE_CHECKING:
    from ..figure import Figure

MARKS = {
    Verdict.PROVED: "✓", Verdict.NUMERIC: "✓", Verdict.DIFFERENT: "✗", Verdict.UNDECIDED: "?", Verdict.UNREADABLE: "!",
}  # fmt: skip
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
        return [_plain(line) for line in Told(self, finding).lines()]

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
        first, *rest = Told(self, finding).lines()
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
