"""Arrays compared entry by entry: every entry of a claim becomes a claim about the graph of all entries.

That graph has numbers only, so each entry gets the same verdict, by the same algorithm, as a claim about numbers. The
entries that look most different are compared first, so that a wrong answer is found at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import product
from math import isfinite, prod
from random import Random
from typing import Any

from ..errors import InputError
from ..graph import Graph
from ..graph.tape import Tape
from ..graph.variables import Variable
from ..levels.expansion import Nodes, as_array
from ..numbers import doubles, is_array, numpy, plain
from ..operations import CODES, Shape
from ..reading.quantities import Quantity, Side
from .compare import LARGEST, Comparison
from .expanded import class_numbers, entries_of, entry_names, expanded, targets_of, together
from .layers import LayerProver
from .verdicts import Counterexample, Outcome, Verdict, distinct, placed

COMPARED = 256  # entries, at most
Entry = tuple[int, ...]


class EntriesComparison:
    """Compares sides of claims about a graph with arrays; `at` are the values of its inputs, where they are given."""

    def __init__(self, source: Graph, at: Mapping[str, Any] | None = None, *, accept_transpose: bool = False) -> None:
        self.graph, self.accept_transpose = source, accept_transpose
        defaults = {name: facts.default for name, facts in source.tape.inputs.items() if facts.default is not None}
        self.at = {**defaults, **(at or {})}

    @cached_property
    def _free(self) -> Comparison:
        """Numbers that may be anything."""
        return _compared_in(self.graph, self.at, self._fixed)

    @cached_property
    def _distributed(self) -> Comparison:
        """Targets whose probabilities sum to 1."""
        return _compared_in(self.graph, self.at, self._fixed, self.targets)

    @property
    def _fixed(self) -> dict[str, Any]:
        return {name: self.at[name] for name in self.classes}

    @cached_property
    def targets(self) -> frozenset[str]:
        """The inputs that stand beside the logarithm of a softmax, and so sum to 1 along the last axis."""
        return frozenset(targets_of(self.graph)) - self.classes

    @cached_property
    def classes(self) -> frozenset[str]:
        """The inputs that hold numbers of classes; they are taken as given, for nothing can be said between them."""
        return class_numbers(self.graph)

    def compare(self, left: Side, right: Side) -> Outcome:
        """The verdict on `left = right`, with its evidence."""
        left_shape, right_shape = shape_of(left), shape_of(right)
        if not fits(left_shape, right_shape) and not _spreads(right):
            turned = left_shape in (right_shape[::-1], (*right_shape[:1], 1)[::-1]) or right_shape == (1, *left_shape)
            if not (turned and self.accept_transpose):
                return Outcome(Verdict.DIFFERENT, f"this has shape {right_shape}, and it should have shape {left_shape}")
            outcome = self._compared(left, right, turned=True)
            return replace(outcome, notes=(*outcome.notes, "the transpose, which is accepted")) if outcome.verdict.right else outcome
        outcome = self._compared(left, right)
        square = len(left_shape) == 2 and left_shape[0] == left_shape[1]
        if outcome.verdict is Verdict.DIFFERENT and self.accept_transpose and square and left_shape == right_shape:
            turned_outcome = self._compared(left, right, turned=True)
            if turned_outcome.verdict.right:
                return replace(turned_outcome, notes=(*turned_outcome.notes, "the transpose, which is accepted"))
        return outcome

    def _compared(self, left: Side, right: Side, turned: bool = False) -> Outcome:
        count = prod(shape_of(left))
        if count > COMPARED:
            return Outcome(Verdict.UNDECIDED, f"this array has {count} entries; claims are checked up to {COMPARED}")
        if not self.classes <= set(self.at):
            return Outcome(Verdict.UNDECIDED, "the targets are numbers of classes; give their values, or one-hot targets")
        try:
            free = self._free
        except InputError as error:
            return Outcome(Verdict.UNDECIDED, error.sentence)
        if len(free.graph.tape) > LARGEST:
            reason = f"entry by entry the graph has {len(free.graph.tape)} operations; claims are checked up to {LARGEST}"
            return Outcome(Verdict.UNDECIDED, reason)
        outcome = self._in(free, left, right, turned)
        if outcome.verdict.right or not self._may_sum_to_one(left):
            return outcome
        other = self._in(self._distributed, left, right, turned)
        if other.verdict.right:
            told = " and ".join(f"the entries of {name} sum to 1" for name in self.targets)
            return replace(other, notes=(*other.notes, f"where {told}"))
        return other if other.verdict is Verdict.DIFFERENT else outcome

    def _may_sum_to_one(self, left: Side) -> bool:
        asked = {q.node for q in left.quantities.values() if q.of}
        given = [as_array(self.at[name]).astype(float).sum(axis=-1) for name in self.targets if name in self.at]
        return bool(self.targets) and not asked & self.targets and all((abs(total - 1) < 1e-6).all() for total in given)

    def _in(self, inner: Comparison, left: Side, right: Side, turned: bool) -> Outcome:
        pairs = list(self._pairs(left, right, turned))
        inner.prover.tired = False  # type: ignore[attr-defined]
        order = sorted(range(len(pairs)), key=lambda i: -_apart(inner, pairs[i][1], pairs[i][2]))
        found = list[tuple[Entry, Outcome]]()
        for place in order:
            entry, a, b = pairs[place]
            outcome = inner.compare(a, b)
            if outcome.verdict is Verdict.DIFFERENT:
                return self._told_of(entry, outcome)
            found.append((entry, outcome))
        return self._together(found)

    def _pairs(self, left: Side, right: Side, turned: bool) -> Iterator[tuple[Entry, Side, Side]]:
        np = numpy()
        a, b = entries(self.graph, left), entries(self.graph, right)
        if turned:
            b = b.T if b.ndim == 2 and b.shape != (1, *a.shape) else b.reshape(a.shape)
        b = b.reshape(a.shape) if b.size == a.size else np.broadcast_to(b, a.shape)
        for entry in np.ndindex(*a.shape):
            yield tuple(i + 1 for i in entry), a[entry], b[entry]

    def _told_of(self, entry: Entry, outcome: Outcome) -> Outcome:
        """A difference in one entry, with the point as arrays."""
        found = outcome.counterexample
        where = f"entry {', '.join(map(str, entry))}: " if entry else ""
        if found is None:
            return replace(outcome, reason=f"{where}{outcome.reason}")
        arrays = ArrayCounterexample(together(self.graph, found.at), found.claimed, found.true, entry)
        return replace(outcome, reason=str(arrays), counterexample=arrays, points=tuple(together(self.graph, p) for p in outcome.points[:1]))

    def _together(self, found: Sequence[tuple[Entry, Outcome]]) -> Outcome:
        """The verdict on all entries is the least certain of theirs."""
        notes = tuple(dict.fromkeys(note for _, outcome in found for note in outcome.notes))
        for verdict in (Verdict.UNDECIDED, Verdict.NUMERIC, Verdict.PROVED):
            of_kind = [(entry, outcome) for entry, outcome in found if outcome.verdict is verdict]
            if of_kind:
                entry, outcome = of_kind[0]
                if len(found) == 1:
                    return replace(outcome, notes=notes)
                if verdict is Verdict.PROVED:
                    return Outcome(verdict, f"proved for each of the {len(found)} entries", notes=notes)
                where = f"entry {', '.join(map(str, entry))}"
                return Outcome(verdict, f"{where}: {outcome.reason}", notes=notes)
        raise AssertionError("no entries")


class ArrayCounterexample(Counterexample):
    """A point where an entry differs: the inputs there as arrays."""

    __slots__ = ("entry",)
    entry: Entry

    def __init__(self, at: Mapping[str, Any], claimed: Any, true: Any, entry: Entry) -> None:
        super().__init__(at, claimed, true)
        object.__setattr__(self, "entry", entry)

    @property
    def where(self) -> str:
        """The point in words."""
        return ", ".join(f"{name} {listed(value)}" for name, value in self.at.items())

    def __str__(self) -> str:
        at = f"at {self.where} " if self.at else ""
        what = f"entry {', '.join(map(str, self.entry))}" if self.entry else "it"
        if self.claimed is None:
            return f"{at}{what} is undefined, and the gradient is {distinct(self.true, None)[0]}"
        claimed, true = distinct(self.claimed, self.true)
        return f"{at}{what} is {claimed}, not {true}" if self.entry else f"{at}it gives {claimed}, not {true}"


def listed(value: Any) -> str:
    """A value with its sign of equality: `= [[1, 2], [0, 1]]`; large arrays by their shape."""
    if not is_array(value):
        return placed(value)
    if value.size > 12:
        return f"of shape {value.shape}"
    cells = [placed(x) for x in value.flat]
    sign = "=" if all(cell.startswith("=") for cell in cells) else "≈"
    texts = numpy().array([cell[2:] for cell in cells], dtype=object).reshape(value.shape)
    rows = [f"[{', '.join(row)}]" for row in (texts if value.ndim > 1 else [texts]) if value.ndim < 3]
    if not rows:
        return f"of shape {value.shape}"
    return f"{sign} {rows[0] if value.ndim == 1 else '[' + ', '.join(rows) + ']'}"


# -- entries


def shape_of(side: Side) -> Shape:
    """The shape of a side."""
    return side.tape.shape(side.root) or ()


def fits(expected: Shape, given: Shape) -> bool:
    """Whether an array may stand for one of another shape: a column for a vector, a number for one entry."""
    if expected == given:
        return True
    return prod(expected) == prod(given) and (given == (*expected, 1) or expected == (*given, 1) or prod(given) == 1)


_ONES = re.compile(r"\\(?:math(?:bf|bb|ds)|bm|boldsymbol)\s*\{?\s*1\s*\}?|ones")


def _spreads(side: Side) -> bool:
    """Whether a side is a number that stands for an array of any shape: 0, and a bold 1."""
    number = side.tape.constants.get(side.root)
    return not side.shape and (number == 0 or (number == 1 and _ONES.fullmatch(side.text.strip()) is not None))


def entries(source: Graph, side: Side) -> Any:
    """The entries of a side, an array of sides about the graph of all entries."""
    tape, found, quantities = Tape(), dict[int, Any](), dict[int, Quantity]()
    m = Nodes(tape)
    needed = side.tape.below(iter([side.root]))
    for node, code in enumerate(side.tape.codes):
        if not needed[node]:
            continue
        if node in side.quantities:
            found[node] = _inputs(source, tape, side.quantities[node], quantities)
        elif node in side.tape.constants:
            found[node] = side.tape.constants[node]
        else:
            operands = [found[i] for i in side.tape.operands_of(node)]
            found[node] = m.applied(CODES[code], operands, side.tape.static(node))
    root = as_array(found[side.root])
    out = numpy().empty(root.size, dtype=object)
    for place, x in enumerate(root.flat):
        node = x.node if isinstance(x, Variable) else tape.constant(plain(x))
        small, new = tape.replayed(keep=tape.below(iter([node])))
        mine = {new[i]: quantity for i, quantity in quantities.items() if i in new}
        out[place] = Side(side.text, small, new[node], mine)
    return out.reshape(root.shape)


def _inputs(source: Graph, tape: Tape, quantity: Quantity, quantities: dict[int, Quantity]) -> Any:
    """The entries of a quantity as inputs; the partial of an array by another has the axes of both."""
    names = [entry_names(source, name) for name in (quantity.of, quantity.node) if name]
    shape = tuple(n for part in names for n in part.shape)
    out = numpy().empty(prod(shape), dtype=object)
    for place, pair in enumerate(product(*(part.flat for part in names))):
        node = tape.input(f"q{len(quantities)}_{place}_{len(tape)}")
        quantities[node] = Quantity(pair[-1], pair[0] if quantity.of else "")
        out[place] = Variable(tape, node)
    return out.reshape(shape) if shape else out[0]


# -- the graph of all entries


def _compared_in(source: Graph, at: Mapping[str, Any], fixed: Mapping[str, Any],
                 targets: frozenset[str] = frozenset()) -> Comparison:  # fmt: skip
    comparison = Comparison(expanded(source, fixed, targets), entries_of(at))
    comparison.prover = LayerProver(comparison.graph, source, fixed, targets)
    return comparison


# -- which entry first


def _apart(inner: Comparison, left: Side, right: Side) -> float:
    """How far two entries are apart in doubles at one point; far where that can not be said."""
    random = Random("graphviz_bp")
    point = {name: random.uniform(0.2, 0.9) for name in inner.graph.inputs}
    try:
        ground = inner.refuter.ground(point, doubles)
        gap = abs(float(ground.side(left)) - float(ground.side(right)))
    except (ArithmeticError, ValueError, InputError):
        return 1e9
    return gap if isfinite(gap) else 1e9
