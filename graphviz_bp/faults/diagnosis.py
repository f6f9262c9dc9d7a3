"""Which mistake explains a wrong answer: every row of the table is replayed and compared with it at every point.

A mistake is named only if the backward pass with that mistake in it gives the answer at all points; of several such
explanations the simplest is told, and one that gives the answer in its own names before one that does so in numbers.
If no single mistake explains the answer, two are tried together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, zip_longest
from random import Random
from string import Formatter
from typing import Any

from ..equality.points import Point, Points
from ..graph import Graph
from ..notation.formula import Formula
from ..numbers import numpy
from ..reading.quantities import Side
from .pairs import NEAR, agree, pairs_of
from .replay import Array, Change, Replay
from .table import FAULTS, NAME_MISSING, NAME_NEGATED, TAGS, WRONG_NAME, Fault
from .words import Wording

POINTS, FEWEST, DRAWN = 10, 4, 60
SCALES = (Fraction(1), Fraction(2), Fraction(1, 2))
LARGEST = 1e7
MARGIN = 0.25  # how much simpler than its rivals the explanation of a mere number must be
Found = tuple[Fault, Change]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A mistake: its name, a sentence about it, and where it was made, as node or as (child, parent).

    `parts` hold the sentence as prose with formulas in it; two mistakes are joined in one diagnosis. `marks` are the
    ways through the graph that they are about, from the variable on; a single node stands for itself.
    """

    fault: str
    parts: tuple[str | Formula, ...]
    at: tuple[str, ...]
    marks: tuple[tuple[str, ...], ...] = ()

    @property
    def tag(self) -> str:
        """The mistake in a word or two, to stand beside what is marked."""
        return TAGS.get(self.fault, TAGS.get(self.fault.split(" and ")[0], "here"))

    @property
    def sentence(self) -> str:
        """The sentence as plain text."""
        return "".join(part if isinstance(part, str) else part.plain for part in self.parts)

    @property
    def markdown(self) -> str:
        """The sentence with its formulas between dollar signs."""
        return "".join(part if isinstance(part, str) else f"${part.tex}$" for part in self.parts)

    def __str__(self) -> str:
        return self.sentence


class Diagnoser:
    """Explains wrong answers for the gradient of `of` at `wrt`; `at` are the values given, if any.

    `near` is a point where the answer is wrong: some mistakes show on one side of a kink only.
    """

    def __init__(self, graph: Graph, of: str, wrt: str, at: Mapping[str, Any] | None = None,
                 near: Mapping[str, Any] | None = None) -> None:  # fmt: skip
        self.graph, self.of, self.wrt, self.at, self.near = graph, of, wrt, dict(at or {}), dict(near or {})

    def explain(self, side: Side, below: Sequence[str]) -> Diagnosis | None:
        """The mistake behind a wrong side that depends on the inputs `below`, or None."""
        given = all(name in self.at for name in below)
        with numpy().errstate(all="ignore"):
            if not (side.numeric and given):
                found = self._as_formula(side, below)
                if found is not None:
                    return found
            return self._as_number(side, below) if given else None

    # -- formulas

    def _as_formula(self, side: Side, below: Sequence[str]) -> Diagnosis | None:
        replay, claimed = self._usable(side, below)
        if replay is None or same(claimed, replay.total):
            return None
        singles = list(changes(replay))
        right = [found for found in singles if same(replay.changed(found[1]), claimed)]
        if right:
            return self._told([self._simplest(right, side)])
        name = self._wrong_name(side, replay) or self._name_lost(side)
        if name is not None:
            return name
        pairs = list(islice(pairs_of(replay, singles, claimed), 20))
        return self._told(min(pairs, key=lambda pair: sum(fault.cost for fault, _ in pair))) if pairs else None

    def _usable(self, side: Side, below: Sequence[str]) -> tuple[Replay | None, Array]:
        """The replay at points where everything is finite and of moderate size."""
        np = numpy()
        points = list(self._drawn(below))
        replay = Replay(self.graph, self.of, self.wrt, points)
        claimed, total = replay.side(side), replay.total
        good = np.isfinite(claimed) & np.isfinite(total) & (abs(claimed) < LARGEST) & (abs(total) < LARGEST)
        apart = abs(claimed - total) > NEAR * np.maximum(abs(claimed), abs(total))
        kinds: dict[tuple[bool, ...], list[Point]] = {}  # all sides of a kink are to be among the points
        for index in np.flatnonzero(good):
            kinds.setdefault((bool(apart[index]), claimed[index] == 0, total[index] == 0), []).append(points[index])
        kept = [point for row in zip_longest(*kinds.values()) for point in row if point is not None][:POINTS]
        if len(kept) < FEWEST or not (apart & good).any():
            return None, claimed
        replay = Replay(self.graph, self.of, self.wrt, kept)
        return replay, replay.side(side)

    def _drawn(self, below: Sequence[str]) -> Iterator[Point]:
        """Points of moderate size, and around the one where the answer is known to be wrong."""
        points = Points(self.graph, below, {})
        yield from islice(points.scattered(SCALES), DRAWN)
        if below and all(name in self.near for name in below):
            yield from islice(points.near(self.near), DRAWN // 2)

    def _simplest(self, right: Sequence[Found], side: Side) -> Found:
        """The simplest explanation, of those that hold in the free names of the graph if there are any."""
        if len(right) > 1 and any(q.node not in self.graph.tape.inputs for q in side.quantities.values()):
            replay = Replay(self.graph, self.of, self.wrt, self._free_points(), free=True)
            claimed = replay.side(side)
            named = {(f.name, c.at) for f, c in changes(replay) if same(replay.changed(c), claimed)}
            right = [found for found in right if (found[0].name, found[1].at) in named] or right
        return min(right, key=lambda found: found[0].cost)

    def _free_points(self) -> list[Point]:
        """Values for all names; of both signs, if the gradient exists there."""
        random = Random("graphviz_bp")
        points = [{name: random.uniform(0.1, 0.9) for name in self.graph.names} for _ in range(FEWEST)]
        signed = [{name: x * random.choice((1, -1)) for name, x in point.items()} for point in points]
        total = Replay(self.graph, self.of, self.wrt, signed, free=True).total
        return signed if numpy().isfinite(total).all() else points

    def _wrong_name(self, side: Side, replay: Replay) -> Diagnosis | None:
        """A name in the answer that should be another one: a for ŷ, x₂ for x₁."""
        tape = replay.tape
        free = Replay(self.graph, self.of, self.wrt, self._free_points(), free=True)
        for name in dict.fromkeys(q.node for q in side.quantities.values() if not q.of):
            near = [tape.names[i] for i in replay.neighbours(tape.by_name[name]) if i in tape.names]
            for other in dict.fromkeys([*near, *self.graph.names]):
                if other == name:
                    continue
                close = other in near or self._alike(name, other)
                used = replay if close else free  # what is no neighbour must fit in the names of the graph
                if same(used.side(side, {name: tape.by_name[other]}), used.total):
                    fault = "pre-activation for activation" if other in near else WRONG_NAME[0]
                    wording = Wording(self.graph, self.of, self.wrt)
                    words = {"wrong": wording.name(name), "right": wording.name(other)}
                    return Diagnosis(fault, tuple(_filled(WRONG_NAME[1], words)), (self.wrt,), ((self.wrt,),))
            for inner in self.graph.box(name).members:  # o·tanh(c) for tanh(c)
                if inner not in tape.names and inner not in tape.constants and same(replay.side(side, {name: inner}), replay.total):
                    wording = Wording(self.graph, self.of, self.wrt)
                    words = {"wrong": wording.name(name), "right": wording.inner(inner)}
                    return Diagnosis(WRONG_NAME[0], tuple(_filled(WRONG_NAME[1], words)), (self.wrt,), ((self.wrt,),))
        return None

    def _alike(self, name: str, other: str) -> bool:
        """Whether two nodes are the same thing of two neurons: x₁ and x₂, a₁ and a₂."""
        boxes, tape = (self.graph.box(name), self.graph.box(other)), self.graph.tape
        stems = {re.sub(r"[0-9_]+", "", each) for each in (name, other)}
        return len(stems) == 1 and len({tuple(tape.codes[i] for i in box.members) for box in boxes}) == 1

    def _name_lost(self, side: Side) -> Diagnosis | None:
        """An answer that would be right if one name were 0, or had the other sign: ŷ + y for ŷ − y."""
        points, used = self._free_points(), {q.node for q in side.quantities.values()}
        right = Replay(self.graph, self.of, self.wrt, points, free=True)
        claimed = right.side(side)
        for name in self.graph.inputs:
            for fault, factor in ((NAME_MISSING, 0.0), (NAME_NEGATED, -1.0)):
                if name == self.wrt or (name in used) is (factor == 0):
                    continue
                bent = Replay(self.graph, self.of, self.wrt, [{**p, name: p[name] * factor} for p in points], free=True)
                if same(bent.total, claimed) and not same(bent.total, right.total):
                    wording = Wording(self.graph, self.of, self.wrt)
                    return Diagnosis(fault[0], tuple(_filled(fault[1], {"name": wording.name(name)})), (self.wrt,), ((self.wrt,),))
        return None

    # -- numbers

    def _as_number(self, side: Side, below: Sequence[str]) -> Diagnosis | None:
        """A number, explained by mistakes that give it at the values given; the simplest of them must stand out."""
        point: Point = {**dict.fromkeys(self.graph.inputs, 1), **self.at}
        general = list(islice(Points(self.graph, below, {}).scattered(SCALES), 6))
        replay = Replay(self.graph, self.of, self.wrt, [point, *general])
        claimed = float(replay.side(side)[0])
        if claimed - claimed != 0 or abs(claimed) in (0.0, 1.0):
            return None
        tolerance = _tolerance(side, claimed)
        found = [(f, c, replay.changed(c)) for f, c in changes(replay)]
        right = [x for x in found if abs(x[2][0] - claimed) <= tolerance < abs(x[2][0] - replay.total[0])]
        if not right:
            return None
        best = min(right, key=lambda x: x[0].cost)
        rivals = [x for x in right if x[0].cost <= best[0].cost + MARGIN and not same(x[2][1:], best[2][1:])]
        return None if rivals else self._told([best[:2]])

    # -- words

    def _told(self, found: Sequence[Found]) -> Diagnosis:
        wording = Wording(self.graph, self.of, self.wrt, self.at)
        parts: list[str | Formula] = ["two mistakes: "] if len(found) > 1 else []
        for number, (fault, change) in enumerate(found):
            parts += ["; and "] if number else []
            parts += _filled(fault.sentence, change.words(wording))
        name = " and ".join(dict.fromkeys(fault.name for fault, _ in found))
        marks = tuple(change.path or change.at[::-1] for _, change in found)
        return Diagnosis(name, tuple(parts), found[0][1].at, marks)


def changes(replay: Replay) -> Iterator[Found]:
    """Every single mistake that can be made here."""
    for fault in FAULTS:
        for change in fault.changes(replay):
            yield fault, change


def same(a: Array, b: Array) -> bool:
    """Whether two rows of numbers agree at every point."""
    return bool(agree(a, b))


def _tolerance(side: Side, claimed: float) -> float:
    """How far a number may be from what it is taken to be: half a unit of its last digit."""
    decimal = side.decimal
    if decimal is not None:
        return float(10 ** Fraction(int(decimal.as_tuple().exponent))) * 0.51
    return abs(claimed) * NEAR


def _filled(sentence: str, words: Mapping[str, Formula]) -> Iterator[str | Formula]:
    """A sentence with its fields replaced by formulas."""
    for text, name, _, _ in Formatter().parse(sentence):
        if text:
            yield text
        if name:
            yield words[name]
