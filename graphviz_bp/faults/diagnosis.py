"""Which mistake explains a wrong answer: every row of the table is replayed and compared with it at every point.

A mistake is named only if the backward pass with that mistake in it gives the answer at all points; of several such
explanations the simplest is told. If no single mistake explains the answer, two are tried together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..equality.points import Point, Points
from ..graph import Graph
from ..notation import Formula
from ..numbers import numpy
from ..reading.claims import Side
from .replay import Array, Change, Replay
from .table import FAULTS, Fault
from .words import Wording

POINTS, DRAWN = 10, 60
LARGEST, NEAR = 1e7, 1e-9
FARTHEST = 2.9  # what two mistakes together may cost
MOST = 400  # changes that are tried in pairs
Found = tuple[Fault, Change]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A mistake: its name, a sentence about it, and where it was made, as node or as (child, parent).

    `parts` hold the sentence as prose with formulas in it; two mistakes are joined in one diagnosis.
    """

    fault: str
    parts: tuple[str | Formula, ...]
    at: tuple[str, ...]

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
    """Explains wrong answers for the gradient of `of` at `wrt`."""

    def __init__(self, graph: Graph, of: str, wrt: str, at: Mapping[str, Any] | None = None) -> None:
        self.graph, self.of, self.wrt, self.at = graph, of, wrt, dict(at or {})
        self._replays: dict[tuple[str, ...], Replay] = {}

    def explain(self, side: Side, below: Sequence[str]) -> Diagnosis | None:
        """The mistake behind a wrong side, or None."""
        with numpy().errstate(all="ignore"):
            found = None if side.numeric and below else self._as_function(side, below)
            if found is None and all(name in self.at for name in below):
                found = self._at_values(side, below)
        return None if found is None else self._told(found)

    def _as_function(self, side: Side, below: Sequence[str]) -> Sequence[Found] | None:
        replay, claimed = self._usable(side, below)
        if replay is None or replay.count < 4 or _same(claimed, replay.total):
            return None
        singles = list(changes(replay))
        right = [found for found in singles if _same(replay.changed(found[1]), claimed)]
        if right:
            return [min(right, key=lambda found: found[0].cost)]
        pairs = list(islice(_pairs(replay, singles, claimed), 20))
        return min(pairs, key=lambda pair: sum(fault.cost for fault, _ in pair)) if pairs else None

    def _usable(self, side: Side, below: Sequence[str]) -> tuple[Replay | None, Array]:
        """The replay at points where everything is finite and of moderate size."""
        points = list(islice(_drawn(self.graph, below), DRAWN))
        replay = Replay(self.graph, self.of, self.wrt, points)
        claimed = replay.side(side)
        good = numpy().isfinite(claimed) & numpy().isfinite(replay.total) & (abs(claimed) < LARGEST) & (abs(replay.total) < LARGEST)
        kept = [point for point, fine in zip(points, good, strict=True) if fine][:POINTS]
        if len(kept) < 4:
            return None, claimed
        replay = Replay(self.graph, self.of, self.wrt, kept)
        return replay, replay.side(side)

    def _at_values(self, side: Side, below: Sequence[str]) -> Sequence[Found] | None:
        """A number, explained by mistakes that give this number at the values given; they must be one formula."""
        point: Point = {**dict.fromkeys(self.graph.inputs, 1), **self.at}
        general = list(islice(_drawn(self.graph, below), 6))
        here = Replay(self.graph, self.of, self.wrt, [point])
        everywhere = Replay(self.graph, self.of, self.wrt, [point, *general])
        claimed = here.side(side)
        if not numpy().isfinite(claimed).all() or abs(claimed[0]) in (0.0, 1.0):
            return None
        tolerance = _tolerance(side, claimed)
        right = [found for found in changes(everywhere) if abs(everywhere.changed(found[1])[0] - claimed[0]) <= tolerance]
        right = [found for found in right if abs(everywhere.changed(found[1])[0] - here.total[0]) > tolerance]
        if not right:
            return None
        best = min(right, key=lambda found: found[0].cost)
        formula = everywhere.changed(best[1])
        rivals = [f for f in right if f[0].cost <= best[0].cost + 0.25 and not _same(everywhere.changed(f[1]), formula)]
        return None if rivals else [best]

    def _told(self, found: Sequence[Found]) -> Diagnosis:
        wording = Wording(self.graph, self.of, self.wrt, self.at)
        parts: list[str | Formula] = []
        for fault, change in found:
            if parts:
                parts.append("; and ")
            parts += _filled(fault.sentence, change.words(wording))
        if len(found) > 1:
            parts.insert(0, "two mistakes: ")
        name = " and ".join(dict.fromkeys(fault.name for fault, _ in found))
        return Diagnosis(name, tuple(parts), found[0][1].at)


def changes(replay: Replay) -> Iterator[Found]:
    """Every single mistake that can be made here."""
    for fault in FAULTS:
        for change in fault.changes(replay):
            yield fault, change


def _drawn(graph: Graph, below: Sequence[str]) -> Iterator[Point]:
    from fractions import Fraction

    points = Points(graph, below, {})
    yield from points.scattered((Fraction(2), Fraction(1, 2), Fraction(4), Fraction(1)))


def _same(a: Array, b: Array) -> bool:
    """Whether two rows of numbers agree at every point."""
    np = numpy()
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return False
    return bool((abs(a - b) <= NEAR * np.maximum(abs(a), abs(b)) + 1e-300).all())


def _pairs(replay: Replay, singles: Sequence[Found], claimed: Array) -> Iterator[Sequence[Found]]:
    """Two mistakes that together give the answer."""
    plain = [found for found in singles if found[0].cost <= 1.5][:MOST]
    overall = [found for found in singles if found[1].factor != 1.0]
    for first in plain:
        for second in overall:
            if first[1].factor == 1.0 and _same(replay.changed(first[1]) * second[1].factor, claimed):
                yield first, second
    yield from _two_added([found for found in plain if found[1].added is not None], replay, claimed)
    yield from _two_weights([found for found in plain if len(found[1].weights) == 1], replay, claimed)
    yield from _weight_and_path(plain, replay, claimed)


def _two_added(found: Sequence[Found], replay: Replay, claimed: Array) -> Iterator[Sequence[Found]]:
    only = [f for f in found if f[0].name in ("path missing", "path counted twice", "constant treated as variable")]
    for i, first in enumerate(only):
        for second in only[:i]:
            if _same(replay.total + first[1].added + second[1].added, claimed):
                yield first, second


def _two_weights(found: Sequence[Found], replay: Replay, claimed: Array) -> Iterator[Sequence[Found]]:
    np = numpy()
    links = [next(iter(change.weights)) for _, change in found]
    if not found:
        return
    new = np.array([change.weights[link] for (_, change), link in zip(found, links, strict=True)])
    old = np.array([replay.weights[link] for link in links])
    bent: dict[Any, Replay] = {}
    for i, (fault, change) in enumerate(found):
        bent_ = replay.bent(change.weights)
        flows = np.array([bent_.flows[link.node] for link in links[:i]])
        tangents = np.array([bent_.tangents[link.operand] for link in links[:i]])
        if not i:
            continue
        totals = bent_.total + flows * (new[:i] - old[:i]) * tangents
        gaps = abs(totals - claimed) <= NEAR * np.maximum(abs(totals), abs(claimed)) + 1e-300
        for j in np.flatnonzero(gaps.all(axis=1)):
            if links[j] != links[i] and fault.cost + found[j][0].cost <= FARTHEST:
                yield (fault, change), found[j]
    bent.clear()


def _weight_and_path(found: Sequence[Found], replay: Replay, claimed: Array) -> Iterator[Sequence[Found]]:
    """A wrong partial, and a path left out on top of it."""
    from . import paths

    rows = {"missing": FAULTS[1], "missing_child": FAULTS[2]}
    weights = [f for f in found if len(f[1].weights) == 1 and f[0].cost <= 1.4]
    for fault, change in weights[:80]:
        bent = replay.bent(change.weights)
        for name, row in rows.items():
            for path in getattr(paths, name)(bent):
                if _same(bent.changed(path), claimed) and fault.cost + row.cost <= FARTHEST:
                    yield (row, path), (fault, change)


def _tolerance(side: Side, claimed: Array) -> float:
    """How far a number may be from what it is taken to be: half a unit of its last digit."""
    decimal = side.decimal
    if decimal is not None:
        return float(10 ** int(decimal.as_tuple().exponent)) * 0.51
    return float(abs(claimed[0])) * NEAR


def _filled(sentence: str, words: Mapping[str, Formula]) -> Iterator[str | Formula]:
    """A sentence with its fields replaced by formulas."""
    from string import Formatter

    for text, name, _, _ in Formatter().parse(sentence):
        if text:
            yield text
        if name:
            yield words[name]
