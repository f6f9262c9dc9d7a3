"""Arrays compared entry by entry: every entry of a claim becomes a claim about the graph of all entries.

That graph has numbers only, so each entry gets the same verdict, by the same algorithm, as a claim about numbers. The
entries that look most different are compared first, so that a wrong answer is found at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import product
from math import isfinite, prod
from random import Random
from typing import Any

from ..errors import InputError
from ..gradient_graph.verb import extended
from ..graph import Graph, graph
from ..graph.register import Block
from ..graph.tape import Tape
from ..graph.variables import Variable
from ..levels.expansion import Expansion, Nodes, as_array, check_size
from ..numbers import doubles, is_array, numpy, plain
from ..operations import CODES, Shape
from ..reading.claims import Quantity, Side
from .compare import LARGEST, Comparison
from .proof import Finding, Proof, Prover
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
        return frozenset(_targets(self.graph)) - self.classes

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
    names = [_entry_names(source, name) for name in (quantity.of, quantity.node) if name]
    shape = tuple(n for part in names for n in part.shape)
    out = numpy().empty(prod(shape), dtype=object)
    for place, pair in enumerate(product(*(part.flat for part in names))):
        node = tape.input(f"q{len(quantities)}_{place}_{len(tape)}")
        quantities[node] = Quantity(pair[-1], pair[0] if quantity.of else "")
        out[place] = Variable(tape, node)
    return out.reshape(shape) if shape else out[0]


def _entry_names(source: Graph, name: str) -> Any:
    shape = source.tape.shape(source.tape.by_name[name]) or ()
    names = [name] if not shape else list(Block(name, 0, shape).names())
    return numpy().array(names, dtype=object).reshape(shape)


def entries_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of arrays as values of their entries."""
    out = dict[str, Any]()
    for name, value in values.items():
        array = as_array(value)
        if array.ndim:
            out.update(zip(Block(name, 0, array.shape).names(), map(plain, array.flat), strict=True))
        else:
            out[name] = value
    return out


def together(source: Graph, point: Mapping[str, Any]) -> dict[str, Any]:
    """Values of entries as arrays again; entries that are not among them are worked out or 1."""
    out = dict[str, Any]()
    for name in source.inputs:
        names = _entry_names(source, name)
        if not any(entry in point for entry in names.flat):
            continue
        axis_sum = [entry for entry in names.flat if entry not in point]
        values = numpy().empty(names.size, dtype=object)
        for place, entry in enumerate(names.flat):
            values[place] = point.get(entry)
        array = values.reshape(names.shape)
        if axis_sum and names.ndim:
            rows = array.reshape(-1, names.shape[-1])
            for row in rows:
                if row[-1] is None:
                    row[-1] = 1 - sum(x for x in row[:-1] if x is not None)
        out[name] = array if names.ndim else array[()]
    return out


# -- the graph of all entries


def _compared_in(source: Graph, at: Mapping[str, Any], fixed: Mapping[str, Any],
                 targets: frozenset[str] = frozenset()) -> Comparison:  # fmt: skip
    comparison = Comparison(expanded(source, fixed, targets), entries_of(at))
    comparison.prover = _LayerProver(comparison.graph, source, fixed, targets)
    return comparison


def expanded(source: Graph, fixed: Mapping[str, Any], targets: frozenset[str] = frozenset()) -> Graph:
    """The graph with every entry as a node: those `fixed` are numbers, the last one of a target 1 minus the others."""
    check_size(source, 4 * LARGEST)
    tape = Tape()
    found = _Known(source, tape, fixed, targets).run()
    output = found[source.tape.by_name[source.output]]
    return graph(output.flat[0] if is_array(output) else output)


class _Known(Expansion):
    """An expansion in which some inputs are numbers, and some targets are probabilities."""

    def __init__(self, source: Graph, tape: Tape, fixed: Mapping[str, Any], targets: frozenset[str]) -> None:
        super().__init__(source, tape, 10 * LARGEST)
        self.fixed, self.targets = fixed, targets

    def input(self, name: str, shape: Shape) -> Any:
        if name in self.fixed:
            value = as_array(self.fixed[name])
            return self.named(value if shape else value[()], name)
        if name not in self.targets or not shape:
            return super().input(name, shape)
        names = _entry_names(self.source, name)
        out = numpy().empty(shape, dtype=object)
        for row in numpy().ndindex(*shape[:-1]):
            for column in range(shape[-1] - 1):
                node = self.tape.input(names[(*row, column)], role="data")
                out[(*row, column)] = Variable(self.tape, node)
            rest: Any = 1
            for column in range(shape[-1] - 1):
                rest = rest - out[(*row, column)]
            made = rest if isinstance(rest, Variable) else Variable(self.tape, self.tape.constant(1))
            out[(*row, shape[-1] - 1)] = made.named(names[(*row, shape[-1] - 1)])
        return out


def _targets(source: Graph) -> Iterator[str]:
    """y in Σ y log softmax(a), and in cross_entropy(z, y)."""
    tape = source.tape
    for node in range(len(tape)):
        operation, operands = tape.operation(node), tape.operands_of(node)
        if operation is None:
            continue
        if operation.name == "cross_entropy" and tape.names.get(operands[1], "") in tape.inputs and tape.shape(operands[0]) == tape.shape(operands[1]):
            yield tape.names[operands[1]]
        if operation.name == "kl" and tape.names.get(operands[0], "") in tape.inputs and _is_softmax(tape, operands[1]):
            yield tape.names[operands[0]]
        if operation.name in ("mul", "matmul"):
            for y, other in (operands, operands[::-1]):
                if tape.names.get(y, "") in tape.inputs and tape.shape(y) and tape.shape(y) == tape.shape(other) and _is_log_softmax(tape, other):
                    yield tape.names[y]


def _is_log_softmax(tape: Tape, node: int) -> bool:
    operation = tape.operation(node)
    while operation is not None and operation.name in ("neg", "identity"):
        node = tape.operands_of(node)[0]
        operation = tape.operation(node)
    if operation is not None and operation.name == "log_softmax":
        return _last_axis(tape, node)
    if operation is None or operation.name not in ("log", "ln"):
        return False
    inner = tape.operands_of(node)[0]
    return _is_softmax(tape, inner)


def _is_softmax(tape: Tape, node: int) -> bool:
    """Whether a node is softmax along the last axis, or e^a over a sum."""
    operation = tape.operation(node)
    if operation is None or operation.name != "div":
        return operation is not None and operation.name == "softmax" and _last_axis(tape, node)
    above, below = (tape.operation(i) for i in tape.operands_of(node))
    return above is not None and above.name == "exp" and below is not None and below.name == "sum"


def _last_axis(tape: Tape, node: int) -> bool:
    return tape.static(node).get("axis", -1) in (-1, len(tape.shape(node) or ()) - 1)


def class_numbers(source: Graph) -> frozenset[str]:
    """The inputs that hold numbers of classes, or lead to some."""
    tape, roots = source.tape, list[int]()
    for node in range(len(tape)):
        operation, operands = tape.operation(node), tape.operands_of(node)
        if operation is not None and operation.name == "one_hot":
            roots.append(operands[0])
        elif operation is not None and operation.name == "cross_entropy" and tape.shape(operands[0]) != tape.shape(operands[1]):
            roots.append(operands[1])
    needed = tape.below(iter(roots))
    return frozenset(name for name, facts in tape.inputs.items() if needed[facts.node])


# -- proofs


class _LayerProver(Prover):
    """A prover to which gradients are nodes too: it puts in what arrays stand for one after the other.

    The graph extended by its gradients says them as formulas of arrays: ∂L/∂W = Xᵀ ∂L/∂A, and softmax by its output.
    """

    def __init__(self, scalars: Graph, source: Graph, known: Mapping[str, Any], targets: frozenset[str]) -> None:
        super().__init__(scalars)
        self.source, self.known, self.targets = source, known, targets
        self.tired = False  # a proof of one entry has failed, so the others are not tried
        self._extended = dict[str, _Extended | None]()

    def prove(self, left: Side, right: Side, fixed: Mapping[str, Any]) -> Proof:
        found = Proof(Finding.OPEN) if self.tired else self._tried(left, right, fixed)
        self.tired = self.tired or found.finding is Finding.OPEN
        return found

    def _tried(self, left: Side, right: Side, fixed: Mapping[str, Any]) -> Proof:
        ofs = {q.of for side in (left, right) for q in side.quantities.values() if q.of}
        extended = self._of(next(iter(ofs))) if len(ofs) == 1 else None
        return super().prove(left, right, fixed) if extended is None else extended.prove(left, right, fixed)

    def _of(self, of: str) -> _Extended | None:
        """The prover for the gradients of one number."""
        if of not in self._extended:
            self._extended[of] = None
            with suppress(InputError):
                self._extended[of] = _Extended(self.source, of, self.known, self.targets)
        return self._extended[of]


class _Extended(Prover):
    """Proofs on the graph of all entries extended by gradients."""

    def __init__(self, source: Graph, of: str, known: Mapping[str, Any], targets: frozenset[str]) -> None:
        tape = source.tape.copy()
        for name, facts in source.tape.inputs.items():
            tape.inputs[name] = replace(facts, role="param")  # a claim may be about a gradient at data
        arrays, named = extended(Graph(tape, tape.by_name[source.output], source.labels), None, of)
        super().__init__(expanded(arrays, known, targets))
        self.node = dict[str, str]()
        for name, gradient in named.items():
            self.node.update(zip(_entry_names(arrays, name).flat, _entry_names(arrays, gradient).flat, strict=True))
        layers = [frozenset(_entry_names(arrays, box.name).flat) for box in arrays.boxes if box.members]
        gradients = frozenset(self.node.values())
        self.last = [layer for layer in reversed(layers) if not layer & gradients]
        self.gradients = gradients
        self.worked = self.at_work = frozenset[str]()
        inputs = frozenset(self.graph.tape.inputs)
        self.free = inputs | frozenset(name for layer in layers for name in layer)

    def prove(self, left: Side, right: Side, fixed: Mapping[str, Any]) -> Proof:
        if any(q.of and q.node not in self.node for side in (left, right) for q in side.quantities.values()):
            return Proof(Finding.OPEN)
        found = super().prove(self._put(left), self._put(right), fixed)
        if found.finding is Finding.PROVED:
            self.worked = self.at_work
        return found

    def _put(self, side: Side) -> Side:
        """A side in which gradients are values of nodes."""
        quantities = {i: Quantity(self.node[q.node]) if q.of else q for i, q in side.quantities.items()}
        return Side(side.text, side.tape, side.root, quantities)

    def _stages(self, left: Side, right: Side) -> Iterator[frozenset[str]]:
        """First what is asked, then all gradients, then the last array, the last two, ... are put in."""
        asked = {q.node for side in (left, right) for q in side.quantities.values()} & self.gradients
        first = {name for name in asked if left.quantity is not None and name == left.quantity.node}
        stages = [self.free - first, self.free - asked, self.free - self.gradients]
        for layer in self.last:
            stages.append(stages[-1] - layer)
        stages.sort(key=lambda stage: stage != self.worked)  # what proved one entry proves the next
        for self.at_work in dict.fromkeys(stages):
            yield self.at_work


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
