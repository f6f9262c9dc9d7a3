"""Whether two sides are equal: refuted first, then proved, else compared at enough points on both sides of every kink.

`different` is never said without a point where the sides are further apart than the errors of computing them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..errors import InputError
from ..graph import Graph
from ..notation.shown import show
from ..numbers import NotExact, exact, to_fraction
from ..reading.quantities import Side
from .careful import careful
from .ground import Ground, inputs_below, mentioned
from .points import Point, Points
from .proof import Finding, Prover
from .refute import DIGITS, ENOUGH, Compared, Refuter
from .rounding import rounded_right, too_short
from .sides import told
from .verdicts import Counterexample, Outcome, Verdict, distinct

LARGEST = 2_000  # operations of a graph
MODERATE = 8


class Comparison:
    """Compares sides of claims about one graph; `at` are the values of its inputs, where they are given.

    >>> from graphviz_bp import parse
    >>> from graphviz_bp.reading.claims import read_claim
    >>> graph = parse("v = u**2; w = 6*u; z = v*w")
    >>> print(Comparison(graph).compare(*read_claim(graph, "dz/du = 2*u*w").sides).reason)
    at u = 1 it gives 12, not 18
    """

    def __init__(self, graph: Graph, at: Mapping[str, Any] | None = None) -> None:
        self.graph, self.prover, self.refuter = graph, Prover(graph), Refuter(graph)
        self.everywhere = True  # whether a claim must have a value wherever the gradient has one
        defaults = {name: facts.default for name, facts in graph.tape.inputs.items() if facts.default is not None}
        self.at = {**defaults, **(at or {})}

    def compare(self, left: Side, right: Side) -> Outcome:
        """The verdict on `left = right`, with its evidence."""
        if any(self.graph.tape.shapes):
            return Outcome(Verdict.UNDECIDED, "this graph has arrays, and claims are checked for graphs of numbers")
        if len(self.graph.tape) > LARGEST:
            reason = f"the graph has {len(self.graph.tape)} operations; claims are checked up to {LARGEST}"
            return Outcome(Verdict.UNDECIDED, reason)
        needed = inputs_below(self.graph, left) | inputs_below(self.graph, right)
        below = [name for name in self.graph.inputs if name in needed]
        given = {name: self.at[name] for name in below if name in self.at}
        if left.numeric or right.numeric:
            if len(given) == len(below):
                return self._at_numbers(left, right, given)
            return self._as_functions(left, right, below, given)
        outcome = self._as_functions(left, right, below, {})
        if outcome.verdict is Verdict.DIFFERENT and given:
            return self._with_given(left, right, below, given, outcome)
        return outcome

    def _with_given(self, left: Side, right: Side, below: list[str], given: Point, outcome: Outcome) -> Outcome:
        """A claim into which given numbers were put: equal if it is where the inputs it does not name are as given."""
        names = mentioned(left) | mentioned(right)
        fixed = {name: value for name, value in given.items() if name not in names}
        note = f"with {_listed(fixed)}, as given" if len(fixed) < 4 else "with the values given"
        if fixed and len(fixed) < len(below):
            other = self._as_functions(left, right, below, fixed)
            if other.verdict.right:
                return replace(other, notes=(*other.notes, note))
        elif fixed and names:
            proof = self.prover.prove(left, right, fixed)
            if proof.finding is Finding.PROVED and names <= set(proof.free):
                return Outcome(Verdict.PROVED, self._proved(names, below), notes=(note,))
        if len(given) == len(below) and self._at_numbers(left, right, given).verdict.right:
            note = f"it holds at the values given, {_listed(given)}, but not as a formula"
            return replace(outcome, notes=(*outcome.notes, note))
        return outcome

    # -- at given numbers

    def _at_numbers(self, left: Side, right: Side, given: Point) -> Outcome:
        """Both sides as numbers: exactly where that is possible, decimals as they were rounded."""
        point = {**dict.fromkeys(self.graph.inputs, 1), **given}
        a = b = None
        with suppress(NotExact, InputError):
            a, b = (to_fraction(Ground(self.graph, exact, point).side(side)) for side in (left, right))
        if a is not None and a == b:
            return Outcome(Verdict.PROVED, "the same number, worked out exactly", points=(point,))
        rounded = rounded_right(self.graph, left, right, point)
        if rounded is not None:
            return replace(rounded, points=(point,))
        found = _different(Counterexample(given, b, a), point) if a is not None else self._at_precise_numbers(left, right, given, point)
        return self._by_convention(left, right, point, found) if found.verdict is Verdict.DIFFERENT else found

    def _by_convention(self, left: Side, right: Side, point: Point, found: Outcome) -> Outcome:
        """A number that differs exactly at a kink is not wrong if it lies between the values on both sides of it."""
        beside, counterexample = self.refuter.beside_kink(left, point), found.counterexample
        if beside is None or counterexample is None or counterexample.claimed is None:
            return found
        (low, high), claimed = beside, careful(DIGITS).number(counterexample.claimed)
        slack = (high - low) / 10**6
        if not slack or not low - slack <= claimed <= high + slack:
            return found
        reason = f"{_at_a_kink(counterexample)}; the values given lie exactly at a kink"
        return Outcome(Verdict.UNDECIDED, reason, points=(point,))

    def _at_precise_numbers(self, left: Side, right: Side, given: Point, point: Point) -> Outcome:
        apart = self.refuter.apart(left, right, point)
        if isinstance(apart, tuple):
            counterexample = Counterexample(given, apart[1], apart[0])
            remark = too_short(self.graph, left, right, point)
            return replace(_different(counterexample, point), reason=str(counterexample) + remark)
        if apart is None:
            return Outcome(Verdict.UNDECIDED, "the numbers are too large, or too close to a kink, to be compared")
        if self.prover.prove(left, right, given).finding is Finding.PROVED:
            return Outcome(Verdict.PROVED, "the same number, proved", points=(point,))
        return Outcome(Verdict.NUMERIC, "the same number to 25 digits", points=(point,))

    # -- as functions

    def _as_functions(self, left: Side, right: Side, below: list[str], fixed: Point) -> Outcome:
        points = Points(self.graph, [name for name in below if name not in fixed], fixed)
        found = self.refuter.compared(left, right, points, self.at)
        if found.different is not None:
            return found.different
        if not found.agreed:
            return _nowhere(found)
        gap = _where_only_the_gradient_is(found) if self.everywhere else None
        if gap is not None:
            reason = f"the two agree where both are defined, but {gap}; declare the domain, as in x > 0, if there is one"
            return Outcome(Verdict.UNDECIDED, reason, points=tuple(found.agreed))
        proof = self.prover.prove(left, right, fixed)
        if proof.finding is Finding.PROVED:
            names = (mentioned(left) | mentioned(right)) & set(proof.free)
            outcome = Outcome(Verdict.PROVED, self._proved(names, points.free))
        elif proof.finding is Finding.APART:
            outcome = self._surely_apart(left, right, found)
        else:
            outcome = self._unproved(left, right, points, found)
        return replace(outcome, notes=_notes(found), points=outcome.points or tuple(found.agreed))

    def _surely_apart(self, left: Side, right: Side, found: Compared) -> Outcome:
        reason = "the two are not the same formula, yet they agree to 20 digits wherever they were compared"
        return self.refuter.apart_at_last(left, right, found.agreed) or Outcome(Verdict.UNDECIDED, reason)

    def _unproved(self, left: Side, right: Side, points: Points, found: Compared) -> Outcome:
        """Agreement at points, if there are enough of them and every side of every kink is among them."""
        everywhere = True
        if any(comparisons for _, comparisons in found.sides.seen) and points.free:
            everywhere = self.refuter.visit_cells(left, right, points, found)
            if found.different is not None:
                return found.different
            missing = found.sides.unseen()
            if missing:
                reason = f"no point was found where {told(missing, self._names())}, so that side was not compared"
                return Outcome(Verdict.UNDECIDED, reason)
        if not everywhere:
            return Outcome(Verdict.UNDECIDED, "there are more kinks than could be looked between; no difference was found")
        if len(found.agreed) < ENOUGH and points.free:
            return Outcome(Verdict.UNDECIDED, f"both sides could be compared at {len(found.agreed)} points only")
        told_ = f"the two agree to 20 digits at {len(found.agreed)} points, which is no proof"
        return Outcome(Verdict.NUMERIC, told_)

    def _proved(self, free: Iterable[str], inputs: Sequence[str]) -> str:
        """What was proved: with the names that could be left free, or for all values of the inputs."""
        names = [name for name in self.graph.names if name in set(free)]
        if names and not set(names) <= set(self.graph.inputs):
            computed = [name for name in names if name not in self.graph.inputs]
            return f"proved, whatever {', '.join(computed)} {'are' if len(computed) > 1 else 'is'}"
        return f"proved for every {', '.join(inputs[:4])}{' ...' if len(inputs) > 4 else ''}" if inputs else "proved"

    def _names(self) -> dict[Any, str]:
        """The choices of the graph by the names of what they choose by."""
        tape, out = self.graph.tape, dict[Any, str]()
        for box in self.graph.boxes:
            for node in box.members:
                operands = [i for i in tape.operands_of(node) if i in tape.names]
                if len(operands) == len(tape.operands_of(node)) == 1:
                    out["graph", node, 0] = tape.names[operands[0]]
        return out


def _different(counterexample: Counterexample, point: Point) -> Outcome:
    return Outcome(Verdict.DIFFERENT, str(counterexample), counterexample, points=(point,))


def _nowhere(found: Compared) -> Outcome:
    """No point where both sides are defined."""
    if found.undefined:
        point, value = found.undefined[0]
        counterexample = Counterexample(point, None, value)
        reason = f"undefined wherever the gradient exists: {counterexample}"
        return Outcome(Verdict.DIFFERENT, reason, counterexample, points=(point,))
    if found.too_large:
        return Outcome(Verdict.UNDECIDED, "the numbers in this claim are too large to compute")
    return Outcome(Verdict.UNDECIDED, "no point was found where the gradient exists")


def _where_only_the_gradient_is(found: Compared) -> Counterexample | None:
    """A point of a whole region where a claim has no value and the gradient has one; a hole at one point is none.

    Scattered points have no small denominators, so no hole is met by chance; far out a value may be lost to rounding.
    """
    region = [
        (point, value) for point, value in found.undefined
        if any(Fraction(x).denominator > 1000 for x in point.values()) and all(abs(x) <= MODERATE for x in point.values())
    ]  # fmt: skip
    if len(region) < 2:
        return None
    point, value = found.undefined[0]
    return Counterexample(point, None, value)


def _notes(found: Compared) -> tuple[str, ...]:
    notes = [f"not defined everywhere: {Counterexample(point, None, value)}" for point, value in found.undefined[:1]]
    return (*notes, *map(_at_a_kink, found.conventions[:1]))


def _at_a_kink(found: Counterexample) -> str:
    """A difference that is a matter of convention."""
    claimed, here = distinct(found.claimed, found.true)
    return f"exactly at the kink{f' {found.where}' if found.at else ''} it gives {claimed} and this package {here}, a matter of convention"


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {show(value, entered=True).plain}" for name, value in values.items())
