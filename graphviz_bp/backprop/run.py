"""Backpropagation: values forward, gradients back, and every contribution of the chain rule on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import islice
from math import prod
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..graph import Graph, listed
from ..graph.boxes import Box
from ..notation.style import Style
from ..numbers import Digits, Domain, NotExact, doubles, exact, is_array, numpy, symbols
from ..operations import CODES, Operation, Shape
from .given import checked, checked_seed, defaults, fitted, is_exact, symbolic_inputs
from .sweep import Flow, apply, forward, pull_through, whose

if TYPE_CHECKING:
    from pathlib import Path

    from ..agreement import Agreement
    from ..derivation import Derivation
    from ..figure import Figure

EXACT_LIMIT = 2_000  # nodes, and entries of arrays; beyond, fractions only grow and nobody reads them
LARGE = 300  # nodes from which numbers that are not exact are worked out by the engine


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


_MEANT = {"pi": "3.141592653589793"}  # a text has no constants of its own; who writes pi most likely means this one


class Named(dict[Any, Any]):
    """Numbers by name; what is not there is a KeyError that says what is."""

    def __init__(self, what: str, numbers: Mapping[Any, Any]) -> None:
        super().__init__(numbers)
        self.what = what

    def __missing__(self, name: Any) -> Any:
        there = tuple(str(key) for key in self if not isinstance(key, tuple) or len(key) == 2)  # not use by use
        raise KeyError(f"{name!r} is not among the {self.what}: {listed(there)}")


class Run:
    """One backpropagation: `values`, `gradients` and `partials` by name, `steps` in pull order, `notes` in words.

    Exact numbers are int or Fraction, others float, arrays NumPy arrays. Gradients have the shape of the node they
    belong to; inputs with the role "data" have none.
    """

    live = False  # whether the numbers are worked out again where the figure is looked at

    def __init__(
        self, graph: Graph, of: Box, m: Domain | None, given: Mapping[str, Any], seed: Any, notes: list[str]
    ) -> None:
        self.graph, self.of, self.domain = graph, of.name, m
        self.given: Mapping[str, Any] = dict(given)
        self._seed, self._notes = seed, notes
        self.style = Style()
        if m is not None and m is not symbols:
            _ = self._sweep  # errors and notes belong to the call that asked for the numbers

    @property
    def symbolic(self) -> bool:
        """Whether this run has no numbers."""
        return self.domain is None

    @property
    def exact(self) -> bool:
        """Whether every number of this run is exact."""
        return self.domain is exact

    def written(self, style: Style) -> Run:
        """The same run written in another style."""
        run = copy(self)
        run.style, run.graph = style, style.relabelled(self.graph)
        return run

    @property
    def shown_how(self) -> dict[str, Any]:
        """How the computed numbers of this run are shown, as `shown` wants it told."""
        large = any(TOO_LARGE in note for note in self._notes)
        return {"decimals": self.decimals, "digits": self.style.digits, "overflown": large}

    @cached_property
    def decimals(self) -> bool:
        """Whether a number was typed as a decimal, so that terminating results are shown as decimals."""
        return any(isinstance(x, Decimal) for value in [*self.given.values(), *self.graph.tape.constants.values()]
                   for x in (value.flat if is_array(value) and value.dtype == object else (value,)))  # fmt: skip

    @cached_property
    def _sweep(self) -> _Sweep:
        of = self.graph.box(self.of)
        if self.domain is None:
            try:
                return _Sweep(self.graph, of, symbols, symbolic_inputs(self.graph), self._seed, self._notes)
            except (TypeError, ValueError) as error:  # SymPy cannot compare or order some of its own expressions
                if isinstance(error, InputError):
                    raise
                raise InputError(f"SymPy has no closed form here ({error})", remedy="give values") from None
        with numpy_quiet():
            return _Sweep(self.graph, of, self.domain, self.given, self._seed, self._notes)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The value of every named node."""
        return Named("values", {box.name: public(self._sweep.values[box.root]) for box in self.graph.boxes})

    @cached_property
    def gradients(self) -> Mapping[str, Any]:
        """∂output/∂node for every named node but data; zero where the output does not depend on the node."""
        return Named("gradients", {step.node: public(step.total) for step in reversed(self.steps)})

    @cached_property
    def partials(self) -> Mapping[Any, Any]:
        """Local partials: by (child, parent), uses summed, and by (child, parent, slot) for one use."""
        out: dict[Any, Any] = {}
        for step in self.steps:
            for term in step.terms:
                key = (term.child, step.node)
                local = public(term.local)
                out[(*key, term.slot)] = local
                together = isinstance(local, Partial) and key in out
                out[key] = out[key] & local if together else out[key] + local if key in out else local
        return Named("partials", out)

    def is_tied(self, name: str) -> bool:
        """Whether a node is at a kink in this run, so that a convention stands in for its derivative."""
        return not self.symbolic and name in self._sweep.tied

    @property
    def steps(self) -> tuple[Step, ...]:
        """The chain rule at every node, the output first (pull order: each step gathers one node's gradient)."""
        return self._sweep.steps

    @property
    def pushes(self) -> tuple[tuple[str, Term], ...]:
        """The same terms in push order: each node in turn hands back to its parents, as (parent, term)."""
        order = {name: i for i, name in enumerate(self.graph.names)}
        pairs = [(step.node, term) for step in self.steps for term in step.terms]
        return tuple(sorted(pairs, key=lambda pair: (-order[pair[1].child], pair[1].slot)))

    @property
    def notes(self) -> tuple[str, ...]:
        """Conventions used at kinks, infinities where they arise, and why numbers are not exact."""
        if self.domain is not None:
            _ = self._sweep
        return tuple(dict.fromkeys(self._notes))

    def raw(self, name: str) -> Any:
        """A node's value as the domain has it (an exact number typed in text stays exact)."""
        return self._sweep.values[self.graph.box(name).root]

    def step(self, name: str) -> Step:
        """The chain rule at one node."""
        found = self._step_of.get(name)
        if found is None:
            self.graph.box(name)
            raise InputError(
                f"{name} is data, and no gradient of it is asked", remedy=f"declare it as a parameter: param {name}"
            )
        return found

    @cached_property
    def _step_of(self) -> dict[str, Step]:
        return {step.node: step for step in self.steps}

    def derive(self, wrt: str | None = None, **options: Any) -> Derivation:
        """The chain rule worked out: for one node, or for all of them (derivation.py)."""
        from ..derivation import derive

        return derive(self, wrt, **options)

    def compare(self, gradients: Mapping[str, Any] | str | Path, **options: Any) -> Agreement:
        """Whether gradients from elsewhere (a mapping, an .npz file) agree, and where they start to differ."""
        from ..agreement import compare

        return compare(self, gradients, **options)

    def draw(self, **options: Any) -> Figure:
        """The figure with values and gradients on its nodes (figure/)."""
        from ..figure import draw

        return draw(self, **options)

    def _repr_svg_(self) -> str:
        return self.draw()._repr_svg_()

    def __repr__(self) -> str:
        first = islice(self.given.items(), 12)
        at = "symbols" if self.symbolic else ", ".join(f"{name} = {value}" for name, value in first)
        return f"<run of {self.of} at {at[:80]}>"


class Partial:
    """The local partial of an array node: a linear map, applied rather than written out.

    `pull(g)` hands a gradient of the child back to the parent, `push(t)` carries a change of the parent to the
    child; `jacobian()` is the array of all partials, of shape child.shape + parent.shape.
    """

    def __init__(self, sweep: _Sweep, box: Box, uses: tuple[tuple[int, int], ...]) -> None:
        self._sweep, self._box, self._uses = sweep, box, uses

    def __and__(self, other: Partial) -> Partial:
        return Partial(self._sweep, self._box, self._uses + other._uses)

    @property
    def _shapes(self) -> tuple[Shape, Shape]:
        tape, (node, slot) = self._sweep.graph.tape, self._uses[0]
        return tape.shape(self._box.root) or (), tape.shape(tape.operands_of(node)[slot]) or ()

    def pull(self, g: Any) -> Any:
        """The gradient of the parent from the gradient `g` of the child."""
        m = self._sweep.m
        try:
            g = m.number(g)
        except NotExact:  # a gradient in doubles under exact values: every double is a fraction
            g = m.number(numpy().vectorize(Fraction, otypes=[object])(g))
        if (g.shape if is_array(g) else ()) != self._shapes[0]:
            raise InputError(f"the gradient has shape {getattr(g, 'shape', ())}, the node has shape {self._shapes[0]}")
        flows = self._sweep.pull(self._box, Flow(g))
        return public(sum((flows[use].amount for use in self._uses[1:]), flows[self._uses[0]].amount))

    def push(self, t: Any) -> Any:
        """The change of the child under a change `t` of the parent, worked out forward through the box."""
        from ..derivatives import push_through

        m, values = self._sweep.m, self._sweep.values
        try:
            t = m.number(t)
        except NotExact:  # a change in decimals under exact values
            m, values = doubles, [doubles.number(value) for value in values]
            t = m.number(t)
        if (t.shape if is_array(t) else ()) != self._shapes[1]:
            raise InputError(f"the change has shape {getattr(t, 'shape', ())}, the node has shape {self._shapes[1]}")
        return public(push_through(self._sweep.graph.tape, self._box, values, dict.fromkeys(self._uses, t), m))

    def jacobian(self, limit: int = 1_000_000) -> Any:
        """All partials, of shape child.shape + parent.shape; refused beyond `limit` entries."""
        np = numpy()
        child, parent = self._shapes
        size = int(np.prod(child + parent, dtype=float))
        if size > limit:
            raise InputError(f"this Jacobian has {size} entries", remedy="use .pull(g) or .push(t), or raise the limit")
        rows = []
        for index in np.ndindex(*child):
            unit = np.zeros(child, dtype=int)
            unit[index] = 1
            rows.append(self.pull(unit if child else 1))
        return np.array(rows).reshape(child + parent)

    def __repr__(self) -> str:
        child, parent = self._shapes
        return f"<partial: gradients of shape {child} go back as shape {parent}>"


class _Sweep:
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
            large = self._overflows(node, operation, operands)
            self.notes.append(f"{what} {TOO_LARGE}" if large else f"{what} gives {_odd(value)}")

    def _overflows(self, node: int, operation: Operation, operands: list[Any]) -> bool:
        """Whether a result has a value that only a double cannot hold."""
        if any(map(is_array, operands)):
            return False
        digits = Digits(15)
        found = apply(operation, digits, [digits.number(x) for x in operands], self.graph.tape.static(node))
        return bool(found - found == 0)

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


def rules_in_words(graph: Graph, box: Box) -> dict[tuple[int, int], str]:
    """For each use of a parent, the rules on the way down to it from the box's root, outermost first.

    Sums, which only hand the gradient on, are left out unless there is nothing else to say.
    """
    tape, out = graph.tape, dict[tuple[int, int], str]()
    told: dict[int, tuple[int, tuple[str, ...]]] = {box.root: (0, ())}  # how many rules so far, and which
    for node in reversed(box.members):
        for slot, operand in enumerate(tape.operands_of(node)):
            count, telling = told[node]
            rule, words = _rule_at(graph, node, slot)
            if rule != "sum rule":
                count, telling = count + 1, telling if words in telling else (*telling, words)
            if operand in tape.names:
                out[node, slot] = ("chain rule: " if count > 1 else "") + ", then ".join(telling or (words,))
            else:
                told[operand] = count, telling
    return out


def rule_in_words(graph: Graph, box: Box, use: tuple[int, int]) -> str:
    """The rules on the way from a box's root down to one use of a parent."""
    return rules_in_words(graph, box)[use]


def _rule_at(graph: Graph, node: int, slot: int) -> tuple[str, str]:
    """The rule of one operation, by name and in words."""
    tape = graph.tape
    operation = CODES[tape.codes[node]]
    others = [i for s, i in enumerate(tape.operands_of(node)) if s != slot]
    factor = operation.name == "mul" or (operation.name == "div" and slot == 0)
    if factor and all(i in tape.constants for i in others):
        return "constant factor", "constant factor (it stays)"
    if operation.name == "pow" and slot == 1:
        return "exponential rule", "exponential rule (the power itself times the log of its base)"
    if operation.rule in ("known derivative", "choice"):
        return operation.rule, operation.words
    return operation.rule, f"{operation.rule} ({operation.words})"


def backprop(graph: Graph, values: Mapping[str, Any] | None = None, *, of: str | None = None, seed: Any = None,
             symbolic: bool = False) -> Run:  # fmt: skip
    """Run a graph forward at `values` and backward from the output (or the node `of`).

    Values given here come before the inputs' defaults. An output that is an array needs a `seed` of its shape, the
    gradient that is sent back from it. Without values and without defaults the run is symbolic.

    >>> from graphviz_bp import parse
    >>> run = parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
    >>> run.values["z"], run.gradients["u"]
    (750, 450)
    """
    if len(graph.tape) >= LARGE and graph.tape.scalar and not symbolic:
        from ..engine import swept

        run = swept(graph, values, of, seed)
        if run is not None:
            return run
    box = graph.box(of or graph.output)
    values = graph.tape.blocks.spread(values) if graph.tape.blocks and isinstance(values, Mapping) else values
    known = defaults(graph)
    if symbolic or (values is None and len(known) < len(graph.inputs)):
        return Run(graph, box, None, {}, seed, [])
    given = {**known, **checked(graph, values or {})}
    missing = [name for name in graph.inputs if name not in given]
    if missing:
        first = missing[0]
        raise InputError(
            f"no value is given for {listed(tuple(missing))}",
            remedy=f"call backprop({{{first!r}: ...}}) or write {first} = {_MEANT.get(first, '...')} in the text",
        )
    given = {name: given[name] for name in graph.inputs}
    graph = fitted(graph, given)
    box = graph.box(box.name)
    shape = graph.tape.shape(box.root) or ()
    seed = checked_seed(seed, shape, box.name)
    return _most_exact(graph, box, given, seed)


def _most_exact(graph: Graph, box: Box, given: dict[str, Any], seed: Any) -> Run:
    """The run in exact numbers where they exist and stay short, else in doubles with a note that says why."""
    notes: list[str] = []
    floats = [name for name, value in given.items() if not is_exact(value)]
    if not floats and _entries(graph) <= EXACT_LIMIT and is_exact(seed):
        try:
            return Run(graph, box, exact, given, seed, [])
        except NotExact as reason:
            notes.append(f"numbers are doubles, not exact: {reason}")
    with numpy_quiet():
        return Run(graph, box, doubles, given, seed, notes)


def _entries(graph: Graph) -> int:
    """How many numbers a run of the graph works out."""
    tape = graph.tape
    return len(tape) if tape.scalar else sum(prod(tape.shape(node) or ()) for node in range(len(tape)))


def numpy_quiet() -> Any:
    """NumPy's warnings off: infinities and NaNs are reported in the run's notes, with the node's name."""
    import sys
    from contextlib import nullcontext

    return sys.modules["numpy"].errstate(all="ignore") if "numpy" in sys.modules else nullcontext()


def public(value: Any) -> Any:
    """A number as users get it: int or Fraction where exact, else float; arrays of whole numbers as integers."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else value
    if is_array(value) and value.dtype == object and value.size and not hasattr(value.flat[0], "free_symbols"):
        np = numpy()
        whole = all(Fraction(x).denominator == 1 and abs(x) < 2**63 for x in value.flat if not isinstance(x, float))
        return np.array(value, dtype=np.int64 if whole else np.float64)
    return value


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
_SAID = {"div": "the division", "pow": "the power", "mul": "the product", "add": "the sum", "sub": "the difference"}


def _newly_undefined(value: Any, operands: Sequence[Any]) -> bool:
    """Whether an operation made a nan of operands that have none: ∞ − ∞, 0 · ∞."""
    return _any(value != value) and not any(_any(x != x) for x in operands)


def _odd(value: Any) -> str:
    """How to say a value that is not finite."""
    entries: Sequence[float] = [float(x) for x in value.flat] if is_array(value) else [value]
    bad = next(x for x in entries if x - x != 0.0)
    what = "an undefined value (nan)" if bad != bad else "infinity" if bad > 0 else "minus infinity"
    return f"{what}, in one entry at least" if is_array(value) else what
