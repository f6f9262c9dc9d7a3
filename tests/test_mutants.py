"""Right rewrites and mutants of random gradients: no verdict on them is wrong, whatever the table of faults knows."""

from __future__ import annotations

import os
import random
from collections import Counter, defaultdict

import mutants
import pytest

import graphviz_bp as bp
from graphviz_bp.equality import Verdict

SEED = os.environ.get("MUTANTS_SEED", "20240917")
FEW, MANY = 45, int(os.environ.get("MUTANTS", "700"))  # graphs, with about four pairs each


def judged(seed, graphs):
    """Every pair with its finding, once it is certain that the verdict is not wrong."""
    for graph, wrt, answer, right in mutants.pairs(seed, graphs):
        parsed = bp.parse(graph.source)
        if wrt not in parsed:
            continue
        finding = parsed.check({wrt: mutants.text(answer)})[wrt]
        case = f"{graph.source!r} {wrt} = {mutants.text(answer)}: {finding.verdict}, {finding.reason}"
        if right and finding.counterexample is not None:  # points drawn at random may have missed where a mutant differs
            right = not mutants.apart(graph.gradient(wrt), answer, graph, finding.counterexample.at)
        assert finding.verdict is not Verdict.UNREADABLE, case
        assert finding.ok is right or finding.verdict is Verdict.UNDECIDED, case
        assert right or (finding.counterexample is not None) is (finding.verdict is Verdict.DIFFERENT), case
        yield finding, right, case


def rates(seed, graphs):
    """How many were right and wrong, and which of them the verdicts leave open."""
    counts, open_, unproved, named = Counter(), [], [], Counter()
    for finding, right, case in judged(seed, graphs):
        counts[right] += 1
        open_ += [case] * (finding.verdict is Verdict.UNDECIDED)
        unproved += [case] * (right and finding.verdict is not Verdict.PROVED)
        named[finding.diagnosis.fault if finding.diagnosis else "no mistake of the table"] += not right
    print(f"MUTANTS_SEED={seed}: {counts[True]} right, {counts[False]} wrong, {len(open_)} undecided, {len(unproved)} right ones not proved")
    print("wrong ones:", dict(named.most_common()))
    return counts, open_, unproved


def test_no_verdict_on_a_mutant_is_wrong():
    counts, open_, _ = rates(SEED, FEW)
    assert min(counts.values()) > FEW
    assert len(open_) <= 2, open_


@pytest.mark.slow
def test_no_verdict_on_two_thousand_mutants_is_wrong():
    counts, open_, unproved = rates(f"slow {SEED}", MANY)
    assert counts.total() >= 2_000 or MANY < 700
    assert len(open_) <= 0.01 * counts.total(), open_
    assert len(unproved) <= 0.05 * counts[True], unproved


@pytest.mark.slow
def test_an_answer_that_comes_from_no_mistake_is_given_none():
    """Random expressions in the names of the graph, which nobody gets by differentiating: a name for one is a coincidence."""
    named = defaultdict(list)
    for number in range(120):
        rng = random.Random(f"strangers {SEED} {number}")
        graph = mutants.RandomGraph(rng)
        parsed, wrt = bp.parse(graph.source), rng.choice(graph.inputs)
        answer = mutants.stranger(rng, [n for n in (*graph.inputs, *graph.nodes) if n in parsed])
        if wrt in parsed:
            finding = parsed.check({wrt: mutants.text(answer)})[wrt]
            assert not finding.ok
            named[finding.diagnosis is not None].append(f"{graph.source!r} {wrt} = {mutants.text(answer)}: {finding.diagnosis}")
    assert len(named[True]) <= 0.02 * len(named[False]), named[True]


def test_the_mutants_own_mathematics_is_right():
    """The independent derivatives agree with differences of the independent values."""
    for number in range(40):
        graph = mutants.RandomGraph(random.Random(number))
        wrt = graph.inputs[0]
        point = {name: mutants.CONTEXT.mpf(i + 3) / 7 for i, name in enumerate(graph.inputs)}
        h = mutants.CONTEXT.mpf(10) ** -20
        moved = [graph.at({**point, wrt: point[wrt] + side * h})["z"] for side in (1, -1)]
        slope = mutants.value(graph.gradient(wrt), graph.at(point))
        assert abs(slope - (moved[0] - moved[1]) / (2 * h)) < 1e-15 * (1 + abs(slope))
