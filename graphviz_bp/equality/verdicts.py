"""The five verdicts, and the evidence that each one carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

from ..notation.shown import show


class Verdict(StrEnum):
    """What can be said of a claim; each is a text too.

    >>> Verdict.DIFFERENT == "different"
    True
    """

    PROVED = "equal-proved"
    NUMERIC = "equal-numerically"
    DIFFERENT = "different"
    UNDECIDED = "undecided"
    UNREADABLE = "unreadable"

    @property
    def right(self) -> bool:
        """Whether the claim is right."""
        return self in (Verdict.PROVED, Verdict.NUMERIC)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A point where two sides differ: the inputs there, what the claim gives, and what is true (None: undefined)."""

    at: Mapping[str, Any]
    claimed: Any
    true: Any

    @property
    def where(self) -> str:
        """The point in words: `u = 5`; empty where nothing is free."""
        return ", ".join(f"{name} {placed(value)}" for name, value in self.at.items())

    def __str__(self) -> str:
        at = f"at {self.where} " if self.at else ""
        if self.claimed is None:
            return f"{at}it is undefined, and the gradient is {distinct(self.true, None)[0]}"
        claimed, true = distinct(self.claimed, self.true)
        return f"{at}it gives {claimed}, not {true}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with its reason; a counterexample if it is `different`; `notes` on how it was read and where it holds.

    `points` are the inputs where both sides were compared and agreed, or where they first differed.
    """

    verdict: Verdict
    reason: str
    counterexample: Counterexample | None = None
    notes: tuple[str, ...] = ()
    points: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


def placed(value: Any) -> str:
    """A coordinate with its sign of equality: `= 5`, `≈ 0.738`, `≈ 3.0004`."""
    for digits in (3, 5, 8, 12):
        shown = show(value, entered=True, digits=digits)
        near_a_whole_number = shown.value is not None and shown.value.denominator == 1
        if shown.true or not near_a_whole_number:
            break
    return f"{'=' if shown.true else '≈'} {shown.plain}"


def distinct(a: Any, b: Any) -> tuple[str, str]:
    """Two different numbers with so many digits that the difference can be seen."""
    if b is None:
        return _told(a, 4), ""
    for digits in (4, 8, 16, 24, 40):
        told = _told(a, digits), _told(b, digits)
        if told[0] != told[1]:
            return told
    return _told(a, 4), f"{_told(b, 4)} (they differ by {_told(a - b, 3)})"


def _told(number: Any, digits: int) -> str:
    if isinstance(number, (int, Fraction)):
        short = show(Fraction(number))
        if short.true or digits == 4:
            return short.plain
        number = _mpf(number)
    if digits == 4 and abs(number) < 1e300:
        return show(float(number)).plain
    import mpmath

    return mpmath.nstr(_mpf(number), digits).replace("-", "−")  # type: ignore[no-any-return]


def _mpf(number: Any) -> Any:
    import mpmath

    with mpmath.workdps(60):
        return mpmath.mpf(number.numerator) / number.denominator if isinstance(number, (int, Fraction)) else number
