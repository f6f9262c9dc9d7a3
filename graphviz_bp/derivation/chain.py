"""The chain rule at one node, line by line: the rule, the local partials, the numbers, the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..backprop import Run, Step, Term, rule_in_words
from ..errors import InputError
from ..notation.formula import Formula
from ..notation.lines import (
    EQUALS,
    PLUS,
    Line,
    Piece,
    Pieces,
    Words,
    gradient,
    number,
    partial,
    product,
    relation,
    total,
)
from ..notation.nodes import barred, delta, derivative, formula, named
from ..notation.rules import Reading
from ..notation.shown import Shown, holds, show_any, show_array
from ..numbers import is_array
from .blackboard import array_lines, layered_deltas, shapes_met

CLOSED_FORM_LIMIT = 60  # nodes; beyond, a closed form is no help to a reader
SHORT = 24  # letters of an upstream gradient that is written out rather than named
START = "every derivation starts here: the output's gradient"
SEEDED = "the seed: what is sent back from the output"
RESULT = ("the result",)
LOCAL = "the local partial"
ONE, ZERO = Formula("1", "1", number=True), Formula("0", "0", number=True)


@dataclass(frozen=True, slots=True)
class Working:
    """How one local partial comes about: the statement, the partial, and the rules in words."""

    statement: Line
    left: Formula
    lines: tuple[Line, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Worked:
    """The chain rule at one node: `left = lines`, with the workings of its local partials."""

    node: str
    left: Formula
    lines: tuple[Line, ...]
    workings: tuple[Working, ...] = ()
    terms: tuple[Term, ...] = field(default=(), repr=False)


class Chain:
    """How the gradients of one run are written: its symbols, its local partials, its displayed numbers."""

    def __init__(self, run: Run) -> None:
        self.run, self.graph = run, run.graph
        self.of = named(run.graph, run.of)
        self._readings: dict[tuple[str, bool], Reading] = {}

    @cached_property
    def children(self) -> dict[str, tuple[str, ...]]:
        """The children of every node that the output depends on, each once, in creation order."""
        live, out = {self.run.of}, dict[str, list[str]]()
        for box in reversed(self.graph.boxes):
            if box.name in live:
                for parent in box.distinct_parents:
                    live.add(parent)
                    out.setdefault(parent, []).append(box.name)
        return {name: tuple(reversed(found)) for name, found in out.items()}

    @cached_property
    def d(self) -> str:
        """∂, or d where a node feeds the output both directly and through others: total and partial differ there."""
        mixed = any(self.run.of in found and len(found) > 1 for found in self.children.values())
        return "d" if mixed else "∂"

    @cached_property
    def unit(self) -> bool:
        """Whether the gradient sent back from the output is 1, which is then not written as a factor."""
        seed = None if self.run.symbolic else self.run.step(self.run.of).total
        return seed is None or (not is_array(seed) and seed == 1)

    def is_number(self, name: str) -> bool:
        """Whether a node is a single number."""
        return self.graph.tape.shape(self.graph.tape.by_name[name]) == ()

    def is_open(self, name: str) -> bool:
        """Whether a node's shape, or one of its parents', is not known before values are given."""
        box, tape = self.graph.box(name), self.graph.tape
        return any(tape.shape(tape.by_name[other]) is None for other in (name, *box.parents))

    def total(self, name: str) -> Formula:
        """The gradient of a node as a symbol: ∂z/∂u, ū or δ_u; ū for ∂z/∂u where another seed than 1 is sent back."""
        notation = self.run.style.notation
        if notation == "delta":
            return self._delta(name)
        return barred(named(self.graph, name)) if notation == "bar" or not self.unit else self.leibniz(name)

    def _delta(self, name: str) -> Formula:
        """δ_u; among arrays δ^{[2]} for what the activation of layer 2 is applied to, and ∂z/∂W for all else."""
        if self.graph.tape.scalar:
            return delta(named(self.graph, name))
        return self.deltas.get(name) or self.leibniz(name)

    @cached_property
    def deltas(self) -> dict[str, Formula]:
        """The symbols δ of a graph of arrays."""
        return layered_deltas(self.graph)

    def leibniz(self, name: str) -> Formula:
        """The gradient of a node as ∂z/∂u."""
        return derivative(self.of, named(self.graph, name), self.d)

    def partial(self, child: str, parent: str) -> Formula:
        """A local partial as a symbol: ∂v/∂u."""
        return derivative(named(self.graph, child), named(self.graph, parent))

    def local(self, child: str, parent: str, slot: int | None = None) -> Formula:
        """A local partial between numbers in the names of the graph: 2u; the number itself at a kink."""
        if self.run.is_tied(child):
            key = (child, parent) if slot is None else (child, parent, slot)
            if key in self.run.partials:
                return number(self.shown(self.run.partials[key]))
        return self.reading(child, bare=True).formula(parent, slot) or ZERO

    def handed(self, child: str, parent: str, slot: int | None = None) -> Formula:
        """What a child hands back in the names of the graph, as arrays are derived: Wᵀ ∂L/∂a."""
        return self.reading(child, bare=child in self.ones).formula(parent, slot) or ZERO

    @cached_property
    def ones(self) -> frozenset[str]:
        """The numbers whose gradient is 1 whatever the values: the output, and what is only added up to it."""
        found = {self.run.of} if self.unit and self.is_number(self.run.of) else set()
        for box in reversed(self.graph.boxes) if found else ():
            children = self.children.get(box.name, ())
            if len(children) == 1 and children[0] in found and self.is_number(box.name):
                found.update([box.name] * self.passes(children[0], box.name))
        return frozenset(found)

    def passes(self, child: str, parent: str, slot: int | None = None) -> bool:
        """Whether a child hands its gradient on as it is, its local partial being 1 whatever the values."""
        if self.run.is_tied(child) or not (self.is_number(child) and self.is_number(parent)):
            return False
        return self.local(child, parent, slot).plain == ONE.plain

    def handing(self, child: str, parent: str, local: Formula | Shown, upstream: Formula | Shown | None,
                slot: int | None = None) -> Pieces:  # fmt: skip
        """Local partial · upstream gradient, without a factor that is 1 whatever the values."""
        if upstream is None:
            return (partial(local),)
        if self.passes(child, parent, slot):
            return (gradient(upstream),)
        return product(partial(local), gradient(upstream))

    def reading(self, child: str, bare: bool) -> Reading:
        """The rules of a box read once; `bare` without its upstream gradient."""
        if (child, bare) not in self._readings:
            upstream = None if bare else self.total(child)
            self._readings[child, bare] = Reading(self.graph, self.graph.box(child), upstream)
        return self._readings[child, bare]

    def feeds(self, name: str) -> list[str]:
        """The children a gradient comes back from: the output first, the others in creation order."""
        children = self.children.get(name, ())
        found = [c for c in children if self.is_open(c) or self.reading(c, self.is_number(c)).reaches(name)]
        return sorted(found, key=lambda child: child != self.run.of)

    def upstream(self, child: str) -> Formula | None:
        """A child's gradient in the names of the graph where that is short, else as its symbol; None where it is 1."""
        if child in self.ones:
            return None
        if self.unit and self.children.get(child) == (self.run.of,) and self.is_number(child):
            found = self.local(self.run.of, child)
            if len(found.plain) <= SHORT:
                return found
        return self.total(child)

    def simplified(self, child: str, name: str) -> Formula | None:
        """The gradient through the only child, where that one feeds only the output and the two partials cancel."""
        at_kink = self.run.is_tied(child) or self.run.is_tied(self.run.of)
        if at_kink or child in self.ones or not self.unit or self.children.get(child) != (self.run.of,):
            return None
        from .algebra import simplified

        pairs = [(self.reading(child, bare=True), name), (self.reading(self.run.of, bare=True), child)]
        return simplified(self.graph, pairs)

    def shown(self, number: Any) -> Shown:
        """A number of this run as it is displayed."""
        return show_any(number, **self.run.shown_how)

    def value(self, name: str) -> Shown:
        """A node's value as it is displayed: a given number as it was typed."""
        run = self.run
        typed = not self.graph.box(name).members
        number = run.given[name] if name in run.given and not is_array(run.given[name]) else run.raw(name)
        return show_any(number, entered=typed, **run.shown_how)

    def terms(self, step: Step) -> dict[str, list[Term]]:
        """A step's terms by child, in the order of `feeds`: several uses in one child share one local partial."""
        groups: dict[str, list[Term]] = {}
        for term in sorted(step.terms, key=lambda t: t.child != self.run.of):
            groups.setdefault(term.child, []).append(term)
        return groups

    def factors(self, name: str) -> list[tuple[Shown, Shown | None]]:
        """Local partial and upstream gradient of each child as displayed; no upstream where that is always 1."""
        return [
            (self.shown(_sum(t.local for t in terms)), None if child in self.ones else self.shown(terms[0].upstream))
            for child, terms in self.terms(self.run.step(name)).items()
        ]


def _sum(numbers: Iterator[Any]) -> Any:
    total_ = next(numbers)
    for other in numbers:
        total_ = total_ + other
    return total_


def worked(chain: Chain, name: str, closed_form: bool | None = False) -> Worked:
    """The chain rule at one node, from the rule down to the number."""
    run, left, children = chain.run, chain.total(name), chain.feeds(name)
    if name == run.of:
        seed = gradient(ONE if run.symbolic else chain.shown(run.step(name).total))
        return Worked(name, left, (Line((seed,), remark=_start(chain)),))
    if not children:
        return Worked(name, left, (Line((gradient(ZERO),), remark=_why_zero(chain, name)),))
    numbers = all(map(chain.is_number, (name, *children, run.of)))
    direct = numbers and children == [run.of]
    lines = (_direct_lines if direct else _number_lines if numbers else _array_lines)(chain, name, children)
    if numbers and closed_form is not False:
        lines = _with_closed_form(chain, name, lines, closed_form)
    workings = () if direct else tuple(_working(chain, name, child) for child in children)
    return Worked(name, left, tuple(_without_echo(lines)), workings, () if run.symbolic else run.step(name).terms)


def _start(chain: Chain) -> Words:
    """What the first line of a derivation says."""
    if not chain.unit:
        return (SEEDED,)
    symbol, long = chain.total(chain.run.of), chain.leibniz(chain.run.of)
    return (START,) if symbol.plain == long.plain else (START, "; ", symbol, " is short for ", long)


def _why_zero(chain: Chain, name: str) -> Words:
    if chain.children.get(name):
        return "nothing flows back: ", chain.of, " depends on it only through comparisons"
    return chain.of, " does not depend on it"


def _without_echo(lines: Sequence[Line]) -> list[Line]:
    """A line that only says the one before again is left out."""
    return [line for i, line in enumerate(lines) if i == 0 or line.plain != lines[i - 1].plain]


def _number_lines(chain: Chain, name: str, children: Sequence[str]) -> list[Line]:
    run = chain.run
    rule = total(
        product(partial(chain.partial(c, name)), None if c == run.of and c in chain.ones else gradient(chain.total(c)))
        for c in children
    )
    names = total(chain.handing(c, name, chain.local(c, name), chain.upstream(c)) for c in children)
    many = len(children) > 1
    feeds: Words = (": a sum over the nodes that ", named(chain.graph, name), " feeds") if many else ()
    lines = [
        Line(rule, remark=("the chain rule", *feeds)),
        Line(names, remark=(f"{LOCAL}{'s' * many}, in the names of the graph",)),
    ]
    short = None if many else chain.simplified(children[0], name)
    lines += [] if short is None else [Line((gradient(short),), remark=("simplified",))]
    return lines if run.symbolic else lines + _numbers(chain, name)


def _gradient(what: Formula | Shown | None) -> Piece | None:
    return None if what is None else gradient(what)


def _direct_lines(chain: Chain, name: str, children: Sequence[str]) -> list[Line]:
    """The gradient of a node that feeds only the output: its local partial."""
    working = _working(chain, name, chain.run.of)
    rule = [Line((partial(working.left),), remark=("it feeds the output only directly",))] if chain.d == "d" else []
    upstream = _gradient(chain.upstream(chain.run.of))
    name_, _, right = (piece.formula for piece in working.statement.pieces)
    remark: Words = (f"{working.rule}, from ", name_, " = ", right)
    lines = [*rule, Line(product(working.lines[0].pieces[0], upstream), remark=remark)]
    return lines if chain.run.symbolic else lines + _numbers(chain, name)


def _numbers(chain: Chain, name: str) -> list[Line]:
    """The numbers put in, and the result; joined by = where the displayed digits hold."""
    factors = chain.factors(name)
    result = chain.shown(chain.run.step(name).total)
    children = chain.terms(chain.run.step(name))
    put_in = total(chain.handing(c, name, *pair) for c, pair in zip(children, factors, strict=True))
    true = all(shown.true for pair in factors for shown in pair if shown is not None)
    agrees = holds([[shown for shown in pair if shown is not None] for pair in factors], result)
    lines = [Line(put_in, relation(true), ("numbers",)), Line((gradient(result),), relation(agrees), RESULT)]
    return lines if len(put_in) > 1 else [Line((gradient(result),), relation(true), RESULT)]


def _array_lines(chain: Chain, name: str, children: Sequence[str]) -> list[Line]:
    """A gradient array: what each child hands back, as the blackboard writes it, then the numbers."""
    shape = chain.graph.tape.shape(chain.graph.tape.by_name[name])
    words = "a sum over the nodes it feeds" if len(children) > 1 else "what comes back through the one node it feeds"
    remark: Words = (words,)
    if shape:
        met = shapes_met(chain, children[0], name) if len(children) == 1 else ""
        sizes = f": {' × '.join(map(str, shape))}{met and f', from {met}'}"
        remark = ("of the shape of ", named(chain.graph, name), sizes)
        remark = (f"{words}, ", *remark) if len(children) > 1 else remark
    lines = array_lines(chain, name, children, remark)
    if not chain.run.symbolic:
        array = chain.run.step(name).total
        result = chain.shown(array)
        if is_array(array) and show_array(array) is None:  # too large to print: an array is not ≈ its norm
            return [*lines[:-1], Line(lines[-1].pieces, remark=(*lines[-1].remark, f"; {result.plain}"))]
        lines.append(Line((gradient(result),), relation(result.true), ("numbers",)))
    return lines


def _with_closed_form(chain: Chain, name: str, lines: list[Line], wanted: bool | None) -> list[Line]:
    from .algebra import closed_form

    if not chain.unit or (not wanted and len(chain.graph.tape) > CLOSED_FORM_LIMIT):
        return lines
    found = closed_form(chain.graph, chain.run.of, name, any_length=bool(wanted))
    if found is None:
        return lines
    if chain.run.symbolic:
        return [*lines, Line((gradient(found),), remark=("in closed form",))]
    last = lines[-1]
    return [*lines[:-1], Line(last.pieces, last.relation, (*last.remark, " (closed form in the inputs: ", found, ")"))]


def _working(chain: Chain, name: str, child: str) -> Working:
    """One local partial: from which statement, by which rules."""
    graph, run, box = chain.graph, chain.run, chain.graph.box(child)
    statement = Line((Piece(named(graph, child)), EQUALS, Piece(formula(graph, box))))
    flows = chain.reading(child, chain.is_number(child)).flows
    uses = [use for use, parent in zip(box.uses, box.parents, strict=True) if parent == name and use in flows]
    rule = "; ".join(dict.fromkeys(rule_in_words(graph, box, use) for use in uses))
    if not (chain.is_number(child) and chain.is_number(name)):
        return Working(statement, chain.total(name), (), rule)
    found = chain.local(child, name)
    lines = [Line((partial(found),))]
    if not run.symbolic and not found.number:
        shown = chain.shown(run.partials[child, name])
        lines.append(Line((partial(shown),), relation(shown.true)))
    return Working(statement, chain.partial(child, name), tuple(lines), rule)


def chain_line(chain: Chain, name: str) -> tuple[Piece, list[tuple[str, Pieces]]]:
    """The chain rule of one node on one line: the rule, the numbers, their products, the result."""
    work = worked(chain, name)
    lines = list(work.lines)
    if work.terms and len(lines) > 2 and chain.is_number(name):
        lines = [line for line in lines if not line.remarked.startswith(LOCAL)]  # the wires say it
        lines[-1:] = _products(chain, name, lines[-1])
    return gradient(work.left), [(line.relation, line.pieces) for line in _without_echo(lines)]


def _products(chain: Chain, name: str, last: Line) -> list[Line]:
    """300 + 150 = 450: the contributions before they are added, where there are several, and the last line."""
    step = chain.run.step(name)
    groups = chain.terms(step)
    if len(groups) < 2:
        return [last]
    shown = [chain.shown(_sum(t.contribution for t in terms)) for terms in groups.values()]
    true = all(
        holds([[x for x in pair if x is not None]], result)
        for pair, result in zip(chain.factors(name), shown, strict=True)
    )
    adds_up = holds([[result] for result in shown], chain.shown(step.total))
    return [
        Line(total((gradient(result),) for result in shown), relation(true)),
        Line(last.pieces, relation(adds_up)),
    ]


def pushed_back(chain: Chain, wrt: str | None) -> Iterator[Worked]:
    """Backpropagation as it runs: each node, its own gradient complete, adds to the gradients of its parents."""
    run = chain.run
    if run.symbolic:
        raise InputError("push order shows running sums, so it needs values", remedy="call it on graph.backprop({...})")
    seed = gradient(chain.shown(run.step(run.of).total))
    yield Worked(run.of, chain.total(run.of), (Line((seed,), remark=("start at the output",)),))
    sums: dict[str, Any] = {}
    for parent, term in run.pushes:
        if wrt in (None, parent):
            before = sums.get(parent)
            sums[parent] = term.contribution if before is None else before + term.contribution
            lines = _pushed(chain, parent, term, before, sums[parent])
            yield Worked(parent, chain.total(parent), tuple(lines), terms=(term,))


def _pushed(chain: Chain, parent: str, term: Term, before: Any, after: Any) -> Iterator[Line]:
    """One push: what is handed back, the numbers, and the sum so far."""
    words: Words = (named(chain.graph, term.child), " hands back to ", named(chain.graph, parent))
    so_far = None if before is None else chain.shown(before)
    prefix = () if so_far is None else (gradient(so_far), PLUS)
    result, told = chain.shown(after), ("the first contribution" if so_far is None else "added to what is there",)
    if not (chain.is_number(term.child) and chain.is_number(parent)):
        yield Line((*prefix, gradient(chain.handed(term.child, parent, term.slot))), "←", words)
        yield Line((gradient(result),), relation(result.true), told)
        return
    local, upstream = chain.shown(term.local), chain.shown(term.upstream)
    symbols = chain.handing(term.child, parent, chain.local(term.child, parent, term.slot), chain.total(term.child),
                            term.slot)  # fmt: skip
    put_in = chain.handing(term.child, parent, local, upstream, term.slot)
    yield Line((*prefix, *symbols), "←", words)
    if len(put_in) > 1 or prefix:
        yield Line((*prefix, *put_in), relation(local.true and upstream.true))
    agrees = holds([[local, upstream], *([[so_far]] if so_far else [])], result)
    yield Line((gradient(result),), relation(agrees), told)
