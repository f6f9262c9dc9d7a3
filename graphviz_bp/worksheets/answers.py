"""Answers to a worksheet, marked blank by blank."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..check import Checker
from ..check.told import SAID
from ..errors import InputError
from ..numbers import NotExact, numpy, plain, to_fraction
from ..reading.quantities import Side
from ..reading.values import values as read_values
from .sheet import Blank, Marked, Marking, Worksheet

_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
ALMOST, PLACES = 1e-9, 3  # what doubles may be off; decimals in a key


def marking(sheet: Worksheet, answers: Mapping[str, Any] | str) -> Marking:
    """The marks of a filled-in worksheet."""
    given = dict(_lines(answers)) if isinstance(answers, str) else dict(answers)
    checker = Checker(sheet.graph, at=sheet.run.given, of=sheet.run.of)
    by_name = {key: blank for blank in reversed(sheet.blanks) for key in _names(sheet, blank)}
    found: dict[str, Any] = {}
    unknown = list[str]()
    for name, answer in given.items():
        blank = by_name.get(_squeezed(str(name)))
        if blank is None:
            unknown.append(str(name)[:80])
        elif answer is not None and str(answer).strip():
            found[blank.symbol.plain] = answer
    marks = [_marked(checker, blank, found.get(blank.symbol.plain)) for blank in sheet.blanks]
    return Marking(tuple(marks), tuple(unknown))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"[;\n]", text):
        name, equals, answer = line.replace("≈", "=").partition("=")
        if equals:
            yield name.strip(), answer.strip()


def _names(sheet: Worksheet, blank: Blank) -> Iterator[str]:
    """The names by which a blank is answered: its symbol, dz/du, and v for the value of v."""
    yield _squeezed(blank.symbol.plain)
    if blank.kind == "values":
        yield blank.of[0]
    else:
        of, wrt = (sheet.run.of, blank.of[0]) if blank.kind == "gradients" else blank.of
        yield f"d{of}/d{wrt}"
        if blank.kind == "partials" or sheet.run.of not in sheet.graph.to_networkx().successors(wrt):
            yield f"∂{of}/∂{wrt}"


def _squeezed(name: str) -> str:
    return "".join(name.split())


def _marked(checker: Checker, blank: Blank, answer: Any) -> Marked:
    if answer is None:
        return Marked(blank, "", False, "not answered")
    told = f"{answer:.12g}" if isinstance(answer, float) else " ".join(str(answer).split())[:200]
    if any(checker.graph.tape.shapes):
        right = _close(blank.answer, answer)  # claims are checked for graphs of numbers
        return Marked(blank, told, right, "right" if right else "wrong")
    try:
        (side,) = checker.reader.sides(told)
        if not side.numeric:
            return Marked(blank, told, False, "unreadable: this is no number")
        if side.decimal is not None and _rounded(plain(blank.answer), side.decimal):
            return Marked(blank, told, True, "right")
        if blank.kind == "gradients":
            finding = checker.finding(told, f"d{checker.reader.of}/d{blank.of[0]}")
            verdict, why = finding.verdict, finding.diagnosis.sentence if finding.diagnosis else finding.reason
        else:
            true = checker.reader.value_of(blank.of[0]) if blank.kind == "values" else _side(checker, blank.answer)
            outcome = checker.comparison.compare(true, side)
            verdict, why = outcome.verdict, outcome.reason
    except (InputError, ValueError) as error:
        return Marked(blank, told, False, f"unreadable: {str(error).splitlines()[0]}")
    return Marked(blank, told, verdict.right, "right" if verdict.right else f"{SAID[verdict]}: {why}")


def _side(checker: Checker, number: Any) -> Side:
    """A known number as a side of a claim."""
    try:
        exact = to_fraction(number)
        text = f"({exact.numerator})/{exact.denominator}"
    except NotExact:
        text = f"{number:.15g}"  # without what doubles are off
    (side,) = checker.reader.sides(text)
    return side


def _close(true: Any, answer: Any) -> bool:
    """Whether a number or an array was answered entry by entry, each exactly or rounded to two digits or more."""
    np = numpy()
    try:
        if isinstance(answer, str):  # a key writes 3.4·10⁻³
            answer = re.sub("·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda match: "e" + match[1].translate(_RAISED), answer)
            answer = read_values(f"answer = {answer}")["answer"]
        given = np.asarray(answer)
        pairs = list(zip(np.asarray(true).flat, given.flat, strict=True))
        return given.shape == np.asarray(true).shape and all(_rounded(plain(a), plain(b)) for a, b in pairs)
    except (InputError, ValueError, TypeError, ArithmeticError):
        return False


def _rounded(true: Any, given: Any) -> bool:
    """Whether a number is the true one, or that rounded or cut to two digits at least, or to the places of a key."""
    exact, written = Fraction(true), Decimal(repr(given)) if isinstance(given, float) else given
    off = abs(Fraction(written) - exact)
    if off <= (abs(exact) * ALMOST if isinstance(true, float) else 0):
        return True
    digits = written.as_tuple() if isinstance(written, Decimal) else None
    if digits is None or not written:
        return False
    enough = len(digits.digits) > 1 or int(digits.exponent) <= -PLACES
    return enough and off < Fraction(10) ** int(digits.exponent)
