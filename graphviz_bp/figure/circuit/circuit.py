"""A run as a circuit: one gate per operation, one wire per use, a fork where a value is used more than once.

Every operation of the graph is given a name of its own and the run is made again, so that values, gradients and
contributions of the inner wires are those of the package's one backward sweep and nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphviz_bp.backprop import Run, Term
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.errors import InputError
from graphviz_bp.figure.circuit.exploded import HIDDEN, entrywise, exploded, reads_one, wired
from graphviz_bp.figure.circuit.gates import gate_sign, is_spelled, statement_sign
from graphviz_bp.figure.scene.captions import added
from graphviz_bp.figure.typesetting.equations import ink, number_ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.graph.boxes import Box
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import derivative, expression, named
from graphviz_bp.notation.nodes import formula as right_hand_side
from graphviz_bp.notation.shown import DIGITS, Shown, holds, show

NAME, VALUE, GRADIENT, SIGN, MARK = 17.0, 13.5, 13.0, 15.0, 10.5
RADIUS = 17.0
MOST_GATES = 300
LONGEST_SUM, LONGEST_EXIT, LONGEST_TOLD = 110.0, 120.0, 60


@dataclass(frozen=True, slots=True)
class Node:
    """A place where wires end: "source" and "exit" carry a name, a "gate" its sign, a "fork" nothing.

    `name` is the node of the exploded graph; `marks` say beside its wires which operand is which, where the sign does
    not; `told` is the node in words.
    """

    kind: str
    name: str
    ink: Ink | None
    told: str
    role: str = "node"
    marks: tuple[Ink, ...] = ()
    spelled: bool = False  # whether the sign is a formula in the letters of the marks

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        if self.kind == "fork":
            return 6.0, 6.0
        assert self.ink is not None
        if self.kind != "gate":
            return self.ink.width, max(self.ink.height, 2 * RADIUS)
        return max(2 * RADIUS, self.ink.width + 14.0), max(2 * RADIUS, self.ink.height + 14.0)


@dataclass(frozen=True, slots=True)
class Lead:
    """A wire: the value of `source` above it, below it the gradient of that one use, or of all behind a fork.

    `slot` is the operand it becomes, none where a statement drawn as one gate uses it in several places; a lead into a
    fork (`whole`) carries the sum of what comes back.
    """

    source: int
    target: int
    value: Ink | None
    gradient: Ink | None
    slot: int | None = None
    whole: bool = False

    @property
    def room(self) -> tuple[float, float, float]:
        """Width of the label, height above the wire and below it."""
        over, under = ((i.width, i.height) if i else (0.0, 0.0) for i in (self.value, self.gradient))
        return max(over[0], under[0]), over[1], under[1]


@dataclass(frozen=True, slots=True)
class Group:
    """A statement of several operations that reads one node: its gates, its formula and its local derivative."""

    gates: tuple[int, ...]
    over: Ink
    under: Ink | None


@dataclass(frozen=True)
class Circuit:
    """A whole circuit without coordinates."""

    chain: Chain
    nodes: tuple[Node, ...]
    leads: tuple[Lead, ...]
    groups: tuple[Group, ...]
    symbols: Mapping[str, Formula]  # what every node is in the names of the graph
    named: frozenset[str]  # the nodes that have a name there
    elided: tuple[str, ...] = ()  # the statements whose gate is marked with their name only

    @property
    def forks(self) -> bool:
        """Whether a value is used more than once."""
        return any(node.kind == "fork" for node in self.nodes)

    def into(self, i: int) -> list[int]:
        """The wires that end at a node."""
        return [k for k, lead in enumerate(self.leads) if lead.target == i]

    def carries(self, k: int, term: Term) -> bool:
        """Whether a wire is the one along which a contribution comes back."""
        lead = self.leads[k]
        return self.nodes[lead.target].name == term.child and lead.slot in (None, term.slot)


class Coarse(Chain):
    """Numbers as they are shown on the wires of a circuit: to two decimals, to three where that would say little."""

    def value(self, name: str) -> Shown:
        """A node's value as it is displayed: a given number as it was typed."""
        given = self.run.given
        if name not in given:
            return self.shown(self.run.raw(name))
        return show(given[name], entered=True, **self.run.shown_how)

    def shown(self, number: Any) -> Shown:
        """A number of this run as it is displayed."""
        how = self.run.shown_how
        if how["digits"] != DIGITS:  # as was asked
            return show(number, **how)
        small = isinstance(number, (int, float)) and number == number and 0 < abs(number) < 0.05
        return show(number, **{**how, "digits": 3 if small else 2})


def _operands(box: Box) -> list[tuple[str, int | None]]:
    """A wire for every use; a single one for all uses in a statement of several operations, drawn as one gate."""
    if box.one_operation:
        return [(parent, slot) for slot, parent in enumerate(box.parents)]
    return [(parent, None) for parent in box.distinct_parents]


def circuit(run: Run, *, merged: bool = False) -> Circuit:
    """The circuit of a run; `merged` draws a statement that reads one node as one gate.

    Arrays are expanded into their entries where few gates come out, else they are refused, as are circuits that
    nobody could read.
    """
    if not run.graph.tape.scalar:
        run = entrywise(run)
    gates = len(wired(run.graph))
    if gates > MOST_GATES:
        raise InputError(f"{gates} operations are too many for a circuit (at most {MOST_GATES})",
                         remedy='draw level="statements", or a part of the graph')  # fmt: skip
    return _Builder(run, merged).built()


class _Builder:
    """The circuit of one run put together."""

    def __init__(self, run: Run, merged: bool) -> None:
        self.run, self.graph = run, run.graph
        self.chain = Coarse(exploded(run, merged))
        self.inner = self.chain.run
        self.nodes: list[Node] = []
        self.leads: list[Lead] = []
        self.at: dict[str, int] = {}
        self.elided: list[str] = []
        self.ends: set[str] = set()  # the nodes whose names stand at the right
        self.leaves = {self.graph.tape.by_name[name]: named(self.graph, name) for name in self.graph.names}

    def built(self) -> Circuit:
        boxes = self.inner.graph.boxes
        for box in boxes:
            self.at[box.name] = len(self.nodes)
            self.nodes.append(self._node(box))
        uses: dict[str, list[tuple[str, int | None]]] = {box.name: [] for box in boxes}
        for box in boxes:
            for parent, slot in _operands(box):
                uses[parent].append((box.name, slot))
        self.ends = {name for name, mine in uses.items() if name == self.inner.of or not mine}
        for box in boxes:
            self._wire(box, uses[box.name])
        symbols = {box.name: self.symbol(box.name) for box in boxes}
        return Circuit(self.chain, tuple(self.nodes), tuple(self.leads), tuple(self._groups()), symbols,
                       frozenset(self.graph.names), tuple(self.elided))  # fmt: skip

    # -- nodes

    def _node(self, box: Box) -> Node:
        if not box.parents:
            role = self.inner.graph.role(box.name)
            return Node("source", box.name, ink(named(self.graph, box.name), NAME), self._told(box.name), role)
        if box.one_operation:
            made, marks = gate_sign(self.inner.graph, box, SIGN, MARK)
        else:
            found, marks = statement_sign(self.graph, self.graph.box(box.name), SIGN), ()
            self.elided += [] if found else [box.name]
            made = found or ink(named(self.graph, box.name), SIGN)
        return Node("gate", box.name, made, self._told(box.name), "node", marks, is_spelled(self.inner.graph, box))

    def symbol(self, name: str) -> Formula:
        """A node's name, or what it is in the names of the graph."""
        if not name.startswith(HIDDEN):
            return named(self.graph, name)
        return expression(self.graph.tape, self.inner.graph.tape.by_name[name], self.leaves)

    def _told(self, name: str) -> str:
        found = self.symbol(name).plain
        told = found if len(found) <= LONGEST_TOLD else found[: LONGEST_TOLD - 1] + "…"
        if self.run.symbolic:
            return told
        told += f" = {self.chain.value(name).plain}"
        if self._live(name):
            told += f"; gradient {self.chain.shown(self.inner.step(name).total).plain}"
        return told

    # -- wires

    def _live(self, name: str) -> bool:
        """Whether a gradient of this node is asked and comes back."""
        data = self.inner.graph.role(name) == "data"
        return not data and (name == self.inner.of or bool(self.chain.feeds(name)))

    def _wire(self, box: Box, uses: list[tuple[str, int | None]]) -> None:
        """The leads that leave one node: a single one, or one into a fork and one from it for each use."""
        name = box.name
        ends: list[tuple[int, int | None, str | None]] = [(self.at[child], slot, child) for child, slot in uses]
        if name in self.ends and (uses or box.parents):
            ends.append((self._exit(name), None, None))
        if not ends:
            return
        whole, source = len(ends) > 1, self.at[name]
        if whole:
            fork = len(self.nodes)
            self.nodes.append(Node("fork", name, None, ""))
            value, back = self._value(name, titled=True), self._sum(name, told=True)
            self.leads.append(Lead(source, fork, value, back, None, True))
            source = fork
        for target, slot, child in ends:
            back = self._one(name, child, slot) if whole else self._sum(name)
            self.leads.append(Lead(source, target, self._value(name, titled=not whole), back, slot))

    def _exit(self, name: str) -> int:
        of = named(self.graph, name)
        made = ink(of, NAME)
        statement = self.graph.box(name)
        if sum(1 for box in self.graph.boxes if box.members) == 1:
            whole = row([made, sign("=", NAME), ink(right_hand_side(self.graph, statement), NAME)], 0.27 * NAME)
            made = whole if whole.width <= LONGEST_EXIT else made
        self.nodes.append(Node("exit", name, made, self._told(name), "output"))
        return len(self.nodes) - 1

    def _value(self, name: str, *, titled: bool) -> Ink | None:
        """25; with its name before it where that stands at no open end: v = 25."""
        inner = name.startswith(HIDDEN)
        titled = titled and not inner and self.nodes[self.at[name]].kind == "gate" and name not in self.ends
        symbol = [] if not titled else [ink(named(self.graph, name), VALUE, "ink")]
        if self.run.symbolic:
            return row(symbol).coloured("ink") if symbol else None
        shown = self.chain.value(name)
        number = number_ink(shown, VALUE, "value")
        relation = [sign("=" if shown.true else "≈", VALUE).coloured("ink")] if titled else []
        return row([*symbol, *relation, number], 0.27 * VALUE)

    def _sum(self, name: str, *, told: bool = False) -> Ink | None:
        """What comes back to a node in all; `told` with both parts where there are two, 3 + 3 = 6."""
        if not self._live(name):
            return None
        if self.run.symbolic:
            return None if name.startswith(HIDDEN) else self._derivative(name)
        step = self.inner.step(name)
        result = self.chain.shown(step.total)
        number = number_ink(result, GRADIENT)
        if told and len(step.terms) == 2 and name != self.inner.of:
            parts = [self.chain.shown(term.contribution) for term in step.terms]
            made = self._added(parts, result, number)
            return made if made.width <= LONGEST_SUM else number.coloured("gradient")
        return number.coloured("gradient")

    def _added(self, parts: Sequence[Shown], result: Shown, number: Ink) -> Ink:
        first, second = parts
        joint = sign("−" if second.negative else "+", GRADIENT)
        plain = Formula(second.tex.removeprefix("-"), second.plain.removeprefix("−"))
        relation = sign("=" if holds([[p] for p in parts], result) else "≈", GRADIENT)
        pieces = [number_ink(first, GRADIENT), joint, ink(plain, GRADIENT), relation, number]
        return row(pieces, 0.27 * GRADIENT).coloured("gradient")

    def _derivative(self, name: str) -> Ink:
        if name == self.run.of:
            return ink(Formula("1", "1"), GRADIENT, "gradient")
        return ink(derivative(named(self.graph, self.run.of), named(self.graph, name)), GRADIENT, "gradient")

    def _one(self, name: str, child: str | None, slot: int | None) -> Ink | None:
        """What comes back along one use."""
        if self.run.symbolic or not self._live(name):
            return None
        if child is None:
            return self._sum(name)
        terms = [t for t in self.inner.step(name).terms if t.child == child and slot in (None, t.slot)]
        if not terms:
            return None
        return number_ink(self.chain.shown(added(t.contribution for t in terms)), GRADIENT, "gradient")

    # -- statements

    def _groups(self) -> Iterator[Group]:
        """The statements of several operations that hand a gradient back to one node."""
        chain = Coarse(self.run)
        for box in self.graph.boxes:
            gates = [self.at[n] for i in box.members if (n := self.inner.graph.tape.names.get(i)) in self.at]
            if len(gates) < 2 or not reads_one(self.graph, box) or len(self.graph.boxes) < 3:
                continue
            parents = [p for p in box.distinct_parents if self.graph.role(p) != "data"]
            over = row([ink(named(self.graph, box.name), SIGN), sign("=", SIGN),
                        ink(right_hand_side(self.graph, box), SIGN)], 0.27 * SIGN).coloured("ink")  # fmt: skip
            yield Group(tuple(gates), over, self._local(chain, box, parents[0]))

    def _local(self, chain: Chain, box: Box, parent: str) -> Ink | None:
        """∂σ/∂a = σ(1 − σ) ≈ 0.20."""
        if parent not in chain.children or box.name not in chain.feeds(parent):
            return None
        found, symbol = chain.local(box.name, parent), chain.partial(box.name, parent)
        pieces = [ink(symbol, VALUE), sign("=", VALUE), ink(found, VALUE)]
        if not self.run.symbolic and not found.number:
            shown = chain.shown(self.run.partials[box.name, parent])
            pieces += [sign("=" if shown.true else "≈", VALUE), number_ink(shown, VALUE)]
        return row(pieces, 0.27 * VALUE).coloured("partial")
