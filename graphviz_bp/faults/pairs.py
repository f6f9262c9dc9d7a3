"""Two mistakes together: one on top of the other, where no single one explains an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..numbers import numpy
from . import paths
from .replay import Array, Change, Replay
from .rules import link_forgotten
from .table import FAULTS, Fault

NEAR, SLACK = 1e-9, 1e-12
MOST = 120  # changes of one kind
Found = tuple[Fault, Change]
ADDED = ("path missing", "inner derivative forgotten")


def pairs_of(replay: Replay, singles: Sequence[Found], claimed: Array) -> Iterator[Sequence[Found]]:
    """The pairs of mistakes that give the answer at every point."""
    plain = [found for found in singles if found[0].pairs]
    overall = [found for found in plain if found[1].factor in (-1.0, 2.0, 0.5)]
    others = [found for found in plain if found[1].factor == 1.0][: 2 * MOST]
    yield from _with_overall(others, overall, replay, claimed)
    yield from _two_factors(replay, claimed)
    yield from _two_added([f for f in others if f[1].added is not None and f[0].name in ADDED][:MOST], replay, claimed)
    weights = [f for f in others if len(f[1].weights) == 1][:MOST]
    yield from _two_weights(weights, replay, claimed)
    yield from _weight_and_path(weights, replay, claimed)


def agree(a: Array, b: Array) -> Array:
    """For every row, whether it agrees with another at every point; where both are tiny, differences count less."""
    np = numpy()
    fine = abs(a - b) <= NEAR * np.maximum(abs(a), abs(b)) + SLACK * np.median(abs(b))
    return (fine & np.isfinite(a) & np.isfinite(b)).all(axis=-1)


def _with_overall(others: Sequence[Found], overall: Sequence[Found], replay: Replay, claimed: Array) -> Iterator[Sequence[Found]]:
    """A mistake, and the whole with the wrong sign or factor."""
    if not others:
        return
    totals = numpy().array([replay.changed(change) for _, change in others])
    for second in overall:
        for i in numpy().flatnonzero(agree(totals * second[1].factor, claimed)):
            yield others[i], second


def _two_factors(replay: Replay, claimed: Array) -> Iterator[Sequence[Found]]:
    """Two factors of the chain forgotten."""
    row = next(fault for fault in FAULTS if fault.changes is link_forgotten)
    for first in list(link_forgotten(replay))[:MOST]:
        left = replay.without(*first.at)
        for second in link_forgotten(left):
            if agree(left.changed(second), claimed):
                yield (row, first), (row, second)


def _two_added(found: Sequence[Found], replay: Replay, claimed: Array) -> Iterator[Sequence[Found]]:
    """Two paths left out, two factors forgotten on different paths."""
    if not found:
        return
    amounts = numpy().array([change.added for _, change in found])
    for i, first in enumerate(found):
        for j in numpy().flatnonzero(agree(replay.total + amounts[i] + amounts[:i], claimed)):
            if not set(found[j][1].at) & set(first[1].at) or first[0].name == "path missing":
                yield first, found[j]


def _two_weights(found: Sequence[Found], replay: Replay, claimed: Array) -> Iterator[Sequence[Found]]:
    """Two wrong partials."""
    if not found:
        return
    np = numpy()
    links = [next(iter(change.weights)) for _, change in found]
    new = np.array([change.weights[link] for (_, change), link in zip(found, links, strict=True)])
    old = np.array([replay.weights[link] for link in links])
    for i in range(1, len(found)):
        bent = replay.bent(found[i][1].weights)
        flows = np.array([bent.flows[link.node] for link in links[:i]])
        tangents = np.array([bent.tangents[link.operand] for link in links[:i]])
        for j in np.flatnonzero(agree(bent.total + flows * (new[:i] - old[:i]) * tangents, claimed)):
            if links[j] != links[i]:
                yield found[j], found[i]


def _weight_and_path(found: Sequence[Found], replay: Replay, claimed: Array) -> Iterator[Sequence[Found]]:
    """A path left out, and a wrong partial on those that are left; a factor forgotten on top of one."""
    rows = [(row, row.changes) for row in FAULTS if row.changes in (paths.missing, paths.missing_child, link_forgotten)]
    for fault, change in found[: MOST // 2]:
        bent = replay.bent(change.weights)
        for row, made in rows:
            for second in made(bent):
                if agree(bent.changed(second), claimed):
                    yield (row, second), (fault, change)
