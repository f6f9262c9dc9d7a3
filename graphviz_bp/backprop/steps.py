"""Every contribution of the chain rule on record, in any domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..graph import Graph
from ..graph.boxes import Box
from ..numbers import Domain, doubles, is_array, numpy, symbols
from ..operations import Operation
from .partial import Partial
from .sweep import Flow, forward, pull_through, whose
from .words import rules_in_words


@dataclass(frozen=True, slots=True)
class Term:
    """One contribution of the chain rule: `contribution = local · upstream`, through one use of the node.

    `child` is the node it comes back from and `slot` says which use in it; `local` is the local partial (a number,
    an array, or a `Partial` where the child is an array), `upstream` the child's gradient, `rule` the rule in words.
    """

    child: str
    slot: int
    rule: str
    local: Any
    upstream: Any
    contribution: Any


@dataclass(frozen=True, slots=True)
class Step:
    """The multivariate chain rule at one node: its gradient is the `total` of its `terms`."""

    node: str
    terms: tuple[Term, ...]
    total: Any


class Sweep:
    """Values and steps of one run in one domain."""

    def __init__(self, graph: Graph, of: Box, m: Domain, given: Mapping[str, Any], seed: Any, notes: list[str]) -> None:
        self.graph, self.m, self.notes = graph, m, notes
        self.tied: set[str] = set()  # boxes at a kink, where a convention stands in for the derivative
        self._owner = (-1, "")  # the last box a note was about: its root and its name
        tape = graph.tape
        nodes = {tape.inputs[name].node: m.number(value) for name, value in given.items()}
        self.values = forward(tape, nodes, m, None if m is symbols else self._visit)
        self.steps = tuple(self._back(of, m.number(1) if seed is None else m.number(seed)))

    def _visit(self, node: int, operation: Operation, operands: list[Any], value: Any) -> None:
        if operation.kink is not None and _any(operation.kink(self.m, *operands, **self.graph.tape.static(node))):
            self.tied.add(self._whose(node))
            self.notes.append(
                f"at {self._whose(node)} the graph is at a kink, where by convention {operation.convention}"
            )
        if operation.flat:
            self.notes.append(f"nothing flows back through {operation.name}, which is flat wherever it does not jump")
        odd = self.m is doubles and not _finite(value)
        if odd and (all(map(_finite, operands)) or _newly_undefined(value, operands)):
            what = f"{_SAID.get(operation.name, operation.name)} in {self._whose(node)}"
            large = _overflows(operation.name, operands)
            self.notes.append(f"{what} {TOO_LARGE}" if large else f"{what} gives {_odd(value)}")

    def _whose(self, node: int) -> str:
        """The box a node belongs to; nodes come in the order of the tape, and a box may have a million of them."""
        if node > self._owner[0]:
            name = whose(self.graph.tape, node)
            self._owner = self.graph.tape.by_name.get(name, node), name
        return self._owner[1]

    def pull(self, box: Box, seed: Flow) -> dict[tuple[int, int], Flow]:
        """What flows back through a box to each use of a parent."""
        return pull_through(self.graph.tape, box, self.values, seed, self.m, self._data)

    @cached_property
    def _data(self) -> frozenset[int]:
        return frozenset(facts.node for facts in self.graph.tape.inputs.facts.values() if facts.role == "data")

    def _back(self, of: Box, seed: Any) -> Iterator[Step]:
        graph = self.graph
        flows = {of.name: Flow(seed)}
        terms: dict[str, list[Term]] = {}
        for box in reversed(graph.boxes):
            if graph.role(box.name) == "data":
                continue
            mine = sorted(terms.pop(box.name, []), key=lambda t: graph.tape.by_name[t.child])
            flow = flows.get(box.name) or Flow(self._zero(box.root), False)
            if box.name in flows:
                self._hand_back(box, flow, flows, terms)
            yield Step(box.name, tuple(mine), flow.amount)

    def _hand_back(self, box: Box, flow: Flow, flows: dict[str, Flow], terms: dict[str, list[Term]]) -> None:
        """Add a box's contributions to its parents' gradients and put them on record."""
        tape, m = self.graph.tape, self.m
        number = tape.shape(box.root) == ()
        handed = self.pull(box, Flow(m.number(1)) if number else flow)
        slots, rules = {use: slot for slot, use in enumerate(box.uses)}, rules_in_words(self.graph, box)
        for use, back in handed.items():
            slot = slots[use]
            parent = box.parents[slot]
            if self.graph.role(parent) == "data":
                continue
            local = back.amount if number else Partial(self, box, (use,))
            if number:
                back = self._scaled(back, flow, box.name, parent)
            term = Term(box.name, slot, rules[use], local, flow.amount, back.amount)
            terms.setdefault(parent, []).append(term)
            before = flows.get(parent)
            flows[parent] = (
                back if before is None else Flow(before.amount + back.amount, _either(before.reach, back.reach))
            )

    def _scaled(self, local: Flow, flow: Flow, child: str, parent: str) -> Flow:
        """local · upstream; exactly zero where the branch was not taken, never 0 · ∞."""
        reach = local.reach if flow.reach is True else flow.reach and local.reach
        if self.m is doubles and not _finite(local.amount) and _any(reach):
            self.notes.append(f"the local partial of {child} with respect to {parent} is {_odd(local.amount)}")
        if is_array(reach):
            return Flow(numpy().where(reach, local.amount * flow.amount, self.m.number(0)), reach)
        return Flow(local.amount * flow.amount if reach else 0 * self._zero_like(local.amount), reach)

    def _zero_like(self, value: Any) -> Any:
        zero = self.m.number(0)
        return numpy().full(value.shape, zero, dtype=value.dtype) if is_array(value) else zero

    def _zero(self, node: int) -> Any:
        shape = self.graph.tape.shape(node)
        zero = self.m.number(0)
        return numpy().full(shape, zero, dtype=float if isinstance(zero, float) else object) if shape else zero


def _either(a: Any, b: Any) -> Any:
    if is_array(a) or is_array(b):
        return numpy().logical_or(a, b)
    return bool(a) or bool(b)


def _any(truth: Any) -> bool:
    return bool(truth.any()) if is_array(truth) else bool(truth)


def _finite(value: Any) -> bool:
    if is_array(value):
        return bool(numpy().isfinite(value if value.dtype == float else value.astype(float)).all())
    return not isinstance(value, float) or value - value == 0.0


TOO_LARGE = "is too large for a double, which says infinity"
ENTIRE = {"add", "sub", "mul", "exp", "exp2", "expm1", "sinh", "cosh", "hypot", "times_pi", "rad2deg"}  # without poles
_SAID = {"div": "the division", "pow": "the power", "mul": "the product", "add": "the sum", "sub": "the difference"}


def _overflows(name: str, operands: Sequence[Any]) -> bool:
    """Whether an infinite result has a value that only a double cannot hold: at a pole it has none."""
    if any(map(is_array, operands)) or not all(map(_finite, operands)):
        return False
    return name in ENTIRE or (name == "div" and operands[1] != 0) or (name == "pow" and operands[0] != 0)


def _newly_undefined(value: Any, operands: Sequence[Any]) -> bool:
    """Whether an operation made a nan of operands that have none: ∞ − ∞, 0 · ∞."""
    return _any(value != value) and not any(_any(x != x) for x in operands)


def _odd(value: Any) -> str:
    """How to say a value that is not finite."""
    entries: Sequence[float] = [float(x) for x in value.flat] if is_array(value) else [value]
    bad = next(x for x in entries if x - x != 0.0)
    what = "an undefined value (nan)" if bad != bad else "infinity" if bad > 0 else "minus infinity"
    return f"{what}, in one entry at least" if is_array(value) else what


def numpy_quiet() -> Any:
    """NumPy's warnings off: infinities and NaNs are reported in the run's notes, with the node's name."""
    import sys
    from contextlib import nullcontext

    return sys.modules["numpy"].errstate(all="ignore") if "numpy" in sys.modules else nullcontext()
