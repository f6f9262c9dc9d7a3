"""One submission examined: its claims, their verdicts, and which of them follow from mistakes made before.

This is what runs in a worker; everything it hands back is plain data.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import PurePath
from typing import Any

from ..check import Checker
from ..check.report import Finding
from ..equality import Comparison, Verdict
from ..equality.ground import Ground, inputs_below
from ..equality.points import Points
from ..errors import InputError
from ..graph import Graph
from ..numbers import doubles, numpy
from ..reading.equations import Equation, equations_in
from ..reading.quantities import Quantity, Side
from .carry import Carrying
from .handed_in import File

MOST, KEPT = 200, 2_000  # claims of a submission; findings remembered


@dataclass(frozen=True, slots=True)
class Answer:
    """One claim of a submission and what is to be said of it.

    `about` is the gradient claimed, as `∂z/∂u`, empty if that can not be read; `mistake` a sentence; `alike` is the
    same for answers that are wrong in the same way; `carried` are the student's own wrong answers from which this one
    follows; `rests_on` the gradients that the answer mentions.
    """

    about: str
    claim: str
    verdict: str
    reason: str
    mistake: str = ""
    alike: str = ""
    carried: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in one submission: its answers, and what could not be read; `markdown` tells the answers."""

    answers: tuple[Answer, ...] = ()
    problems: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    markdown: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Examined:
        """From what JSON has."""
        answers = tuple(_answer_of(answer) for answer in plain["answers"])
        return cls(answers, tuple(plain["problems"]), tuple(plain["left_out"]), plain["markdown"])


def _answer_of(plain: Mapping[str, Any]) -> Answer:
    facts: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
    return Answer(**facts)


class Desk:
    """Examines submissions about one graph.

    >>> from graphviz_bp import parse
    >>> desk = Desk(parse("v = u**2; w = 6*u; z = v*w"))
    >>> [(a.about, a.verdict, a.carried) for a in desk.examined([("a.txt", b"dz/dv = 7*u; dz/du = 20*u^2")]).answers]
    [('∂z/∂v', 'different', ()), ('∂z/∂u', 'different', ('∂z/∂v',))]
    """

    def __init__(self, graph: Graph, at: Mapping[str, Any] | None = None, of: str | None = None,
                 accept_transpose: bool = False) -> None:  # fmt: skip
        self.checker = Checker(graph, at=at, of=of, accept_transpose=accept_transpose)
        self.graph, self.of = self.checker.graph, graph.box(of or graph.output).name
        comparison = self.checker.comparison
        self.carrying = Carrying(graph, comparison, self.of) if isinstance(comparison, Comparison) else None
        self._known: dict[tuple[str, bool], tuple[list[Finding], list[str]]] = {}

    def examined(self, files: Iterable[File], problems: Iterable[str] = ()) -> Examined:
        """The answers in some files."""
        findings, left_out, bad = list[Finding](), list[str](), list(problems)
        for name, data in files:
            ending = PurePath(name).suffix.lower().lstrip(".")
            try:
                equations = list(_apart(equations_in(_text(name, data), ending)))
            except InputError as error:
                bad.append(str(error) if str(error).startswith(name) else f"{name}: {error}")
                continue
            for equation in equations:
                if len(findings) >= MOST:
                    bad.append(f"there are more than {MOST} claims; the first {MOST} count")
                    break
                found, left = self._found(equation.text, ending == "txt")
                findings += found
                left_out += left
        if not findings and not bad:
            bad.append("no claim about this graph was found")
        report = self.checker.report(findings)
        told = report.markdown if findings else ""
        return Examined(tuple(self._answers(findings)), tuple(bad), tuple(left_out[:MOST]), told)

    def _found(self, text: str, every_line: bool) -> tuple[list[Finding], list[str]]:
        """What is to be said of one equation; many students write the same ones."""
        if (text, every_line) not in self._known:
            left_out = list[str]()
            findings = list(self.checker.in_file([Equation(text, 1)], every_line, left_out))
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[text, every_line] = findings, left_out
        return self._known[text, every_line]

    def _answers(self, findings: Iterable[Finding]) -> Iterator[Answer]:
        findings = list(findings)
        wrong = {f.quantity: f.reading.sides[-1] for f in findings if f.quantity and f.reading and _is_wrong(f)}
        carried: dict[int, tuple[Quantity, ...]] = {}
        for number, finding in enumerate(findings):  # what follows from another mistake is no mistake of its own
            if self.carrying is not None and _is_wrong(finding) and finding.reading:
                carried[number] = self.carrying.carried(finding.reading, wrong)
        for number, finding in enumerate(findings):
            yield self._answer(finding, tuple(map(str, carried.get(number, ()))))

    def _answer(self, finding: Finding, carried: tuple[str, ...]) -> Answer:
        claim, quantity = finding.reading, finding.quantity
        about = str(quantity) if quantity else self._left(finding.claim) if claim is None else ""
        mentioned = [str(q) for q in claim.sides[-1].quantities.values() if q.of] if claim else []
        return Answer(
            about=about,
            claim=finding.claim[:500],
            verdict=str(finding.verdict),
            reason=finding.reason,
            mistake=finding.diagnosis.sentence if finding.diagnosis else "",
            alike="" if finding.ok and not mentioned else self._alike(finding, about),
            carried=carried,
            rests_on=tuple(dict.fromkeys(mentioned)),
            notes=finding.notes,
        )

    def _left(self, text: str) -> str:
        """What a claim that can not be read is about, by its left side."""
        try:
            return str(self.checker.reader.read("0", re.split("[=≈]", text, maxsplit=1)[0]).quantity or "")
        except InputError:
            return ""

    # -- the same mistake

    def _alike(self, finding: Finding, about: str) -> str:
        """A text that two answers share if they are wrong in the same way."""
        if finding.diagnosis is not None:
            return f"{about}: {finding.diagnosis.sentence}"
        if _is_wrong(finding) and finding.reading is not None:
            value = self._fingerprint(finding.reading.sides[-1])
            if value:
                return f"{about} ~ {value}{' in a later step' if finding.step else ''}"
        return f"{about} {finding.verdict}: {''.join(finding.claim.split())}"

    def _fingerprint(self, side: Side) -> str:
        """The values of a formula at a few points, at given numbers if it is one number."""
        below = [name for name in self.graph.inputs if name in inputs_below(self.graph, side)]
        told = list[str]()
        for point in islice(Points(self.graph, below, {}).scattered(), 3):
            try:
                with numpy().errstate(all="ignore"):
                    told.append(f"{float(Ground(self.graph, doubles, point).side(side)):.9g}")
            except (InputError, ArithmeticError, TypeError, ValueError):
                return ""
        return " ".join(told)


def _is_wrong(finding: Finding) -> bool:
    return finding.verdict is Verdict.DIFFERENT


def digest(text: str) -> str:
    """A short name for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _apart(equations: Iterable[Equation]) -> Iterator[Equation]:
    """Equations that stand in one line with semicolons between them, one by one."""
    for equation in equations:
        parts = [part.strip() for part in equation.text.split(";")] if "\\" not in equation.text else [equation.text]
        yield from (Equation(part, equation.line) for part in parts if part)


def _text(name: str, data: bytes) -> str:
    if data.startswith((b"PK\x03\x04", b"\x1f\x8b", b"%PDF", b"\x89PNG", b"\xd0\xcf\x11\xe0")) or b"\0" in data:
        raise InputError(f"{name} is not text", remedy="hand in .txt, .md, .tex or .ipynb")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{name} is not text", remedy="save it as UTF-8") from None
