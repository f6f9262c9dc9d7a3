"""Weighted sums: a node that adds terms, in any order, of which one at least multiplies a weight with a source.

    w1*x1 + w2*x2 + b,  b + x@W,  X @ W.T + b,  sum(w*x) - 1.5

A weight is an input that is a parameter; of two such factors it is the one named like a weight, else the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..graph import Graph
from ..graph.tape import Tape

WEIGHTS = frozenset("wWuUvVkKθ") | {"theta", "weight", "weights", "kernel"}  # what weights are called


@dataclass(frozen=True, slots=True)
class Factor:
    """A named array as it stands in a product, turned or not."""

    name: str
    turned: bool = False

    def entry(self, *index: int) -> tuple[str, tuple[int, ...]]:
        """The entry that the product reads at this index."""
        return self.name, tuple(reversed(index)) if self.turned else index


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a weighted sum: weight · source; `first` says that the weight stands first. Without a weight, 1."""

    source: Factor
    weight: Factor | None = None
    first: bool = True


def weighted_sum(graph: Graph, root: int) -> tuple[tuple[Term, ...], tuple[str, ...], Any] | None:
    """The terms, the biases and the constant of a node, if it is a weighted sum."""
    tape = graph.tape
    terms, biases, constant = list[Term](), list[str](), None
    parts = list(_added(tape, root))
    for node, sign in parts:
        if node in tape.constants:
            constant = (constant or 0) + sign * tape.constants[node]
            continue
        found = _term(graph, node, root, alone=len(parts) == 1)
        if found is None or sign < 0:
            return None
        if isinstance(found, str):
            biases.append(found)
        else:
            terms.append(found)
    return (tuple(terms), tuple(biases), constant) if any(t.weight for t in terms) else None


def _added(tape: Tape, root: int) -> Iterator[tuple[int, int]]:
    """What is added in a node, in reading order, each with its sign."""
    stack = [(root, 1)]
    while stack:
        node, sign = stack.pop()
        operation = tape.operation(node)
        inner = operation.name if operation and (node == root or node not in tape.names) else ""
        if inner in ("add", "sub"):
            one, two = tape.operands_of(node)
            stack += [(two, sign if inner == "add" else -sign), (one, sign)]
        elif inner == "neg":
            stack.append((tape.operands_of(node)[0], -sign))
        else:
            yield node, sign


def _term(graph: Graph, node: int, root: int, alone: bool) -> Term | str | None:
    """A weighted source, a source as it is, the name of a bias; None for anything else. `alone` nothing is added."""
    tape = graph.tape
    if node in tape.names and node != root:
        name = tape.names[node]
        return name if graph.role(name) == "param" else Term(Factor(name))
    operation = tape.operation(node)
    if operation is not None and operation.name == "sum" and tape.shape(node) == ():
        inner = tape.operands_of(node)[0]
        times = tape.operation(inner)
        if inner in tape.names or times is None or times.name != "mul" or len(tape.shape(inner) or ()) != 1:
            return None
        node, operation = inner, times
    elif operation is None or (operation.name == "mul" and tape.shape(node) != ()):
        return None
    if operation.name not in ("mul", "matmul"):
        return None
    factors = [_factor(tape, i) for i in tape.operands_of(node)]
    one, two = factors
    if one is None or two is None or one.name == two.name:
        return None
    first = _which_is_weight(graph, one.name, two.name, alone)
    return None if first is None else Term(two, one, True) if first else Term(one, two, False)


def _factor(tape: Tape, node: int) -> Factor | None:
    """A named node, or a named matrix turned."""
    if node in tape.names:
        return Factor(tape.names[node])
    operation = tape.operation(node)
    if operation is None or operation.name != "transpose" or dict(tape.statics.get(node, ())).get("axes") is not None:
        return None
    inner = tape.operands_of(node)[0]
    return Factor(tape.names[inner], turned=True) if inner in tape.names else None


def _which_is_weight(graph: Graph, one: str, two: str, alone: bool) -> bool | None:
    """Whether the first of two factors is the weight; None if neither is, as in the feature x1*x2."""
    params = [graph.role(name) == "param" for name in (one, two)]
    if params[0] != params[1]:
        return params[0]
    if not params[0]:
        return None
    called = [name in WEIGHTS or name.split("_")[0].rstrip("0123456789") in WEIGHTS for name in (one, two)]
    return None if alone and not any(called) else called[0] or not called[1]


def example_axis(tape: Tape, terms: Sequence[Term]) -> int | None:
    """The axis of a sum along which the examples of a batch lie: rows of X in X@W, columns of X in W@X."""
    for term in terms:
        if term.weight and len(tape.shape(tape.by_name[term.source.name]) or ()) == 2:
            turned_weight = len(tape.shape(tape.by_name[term.weight.name]) or ())
            return (1 if turned_weight == 2 else 0) if term.first else 0
    return None
