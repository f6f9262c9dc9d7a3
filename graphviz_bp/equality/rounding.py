"""Decimals at given values: right if they are the true value rounded or cut to the digits written, two at least."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..graph import Graph
from ..reading.quantities import Side
from .careful import TooLarge, Unclear, balls
from .ground import Ground
from .points import Point
from .verdicts import Outcome, Verdict

FEWEST = 2  # significant digits
WIDEST = Fraction(1, 10)  # an expression of rounded numbers may be this uncertain


def rounded_right(graph: Graph, left: Side, right: Side, point: Point) -> Outcome | None:
    """The verdict on a decimal, or on numbers some of which are decimals, if they are right in the digits written."""
    if right.decimal is not None:
        found = _of_decimal(right.decimal, _precise(graph, left, point))
        if found or not left.numeric:
            return found
    if not any(isinstance(x, Decimal) for side in (left, right) for x in side.tape.constants.values()):
        return None
    return _of_expression(graph, left, right, point)


def _precise(graph: Graph, side: Side, point: Point) -> Any:
    try:
        return Ground(graph, balls(80), point).side(side).middle
    except (Unclear, TooLarge, OverflowError):
        return None


def _of_decimal(decimal: Decimal, true: Any) -> Outcome | None:
    how = agreement(decimal, true)
    if how is None or significant(decimal) < FEWEST:
        return None
    value = f"{float(true):.{significant(decimal) + 3}g}".replace("-", "−")
    told = f"{decimal}".replace("-", "−")
    return Outcome(Verdict.NUMERIC, f"{told} is the true value {value} {how} to the digits written")


def too_short(graph: Graph, left: Side, right: Side, point: Point) -> str:
    """What to say of a decimal that would be right if it had more digits; empty if that is not what is wrong."""
    decimal = right.decimal
    if decimal is None or significant(decimal) >= FEWEST or not agreement(decimal, _precise(graph, left, point)):
        return ""
    return "; rounded numbers are right with two significant digits at least"


def agreement(decimal: Decimal, true: Any) -> str | None:
    """How a decimal comes from the true value: "rounded", "cut", or None if it does not.

    >>> agreement(Decimal("0.39"), 0.3932), agreement(Decimal("0.66"), 0.6667), agreement(Decimal("0.40"), 0.3932)
    ('rounded', 'cut', None)
    """
    if true is None or true - true != 0:
        return None
    unit = Fraction(10) ** int(decimal.as_tuple().exponent)
    scaled, typed = true / _like(unit, true), int(Fraction(decimal) / unit)
    if abs(scaled - typed) * 2 <= 1:
        return "rounded"
    same_side = (scaled > 0) == (typed > 0)
    return "cut" if same_side and 0 <= abs(scaled) - abs(typed) < 1 else None


def _like(unit: Fraction, true: Any) -> Any:
    return unit if isinstance(true, (int, Fraction)) else type(true)(unit.numerator) / unit.denominator


def significant(decimal: Decimal) -> int:
    """How many significant digits were written.

    >>> significant(Decimal("0.050")), significant(Decimal("-12.3"))
    (2, 3)
    """
    return 0 if not decimal else len(decimal.as_tuple().digits)


def _of_expression(graph: Graph, left: Side, right: Side, point: Point) -> Outcome | None:
    """0.73 · 0.27: right if the true value lies within what the digits leave open."""
    loose = balls(40, loose=True)
    written = [x for side in (left, right) for x in side.tape.constants.values() if isinstance(x, Decimal)]
    if any(0 < significant(x) < FEWEST for x in written):
        return None
    try:
        a, b = (Ground(graph, loose if side.numeric else balls(40), point).side(side) for side in (left, right))
    except (Unclear, TooLarge, OverflowError):
        return None
    slack = a.radius + b.radius
    if abs(a.middle - b.middle) > slack or slack > max(abs(a.middle), abs(b.middle)) * WIDEST.numerator / WIDEST.denominator:
        return None
    return Outcome(Verdict.NUMERIC, "the same number within the digits written")
