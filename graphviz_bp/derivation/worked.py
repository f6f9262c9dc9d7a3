"""The chain rule worked out, line by line: the rule, the local partials, the numbers, the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..backprop import Term, rule_in_words
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
    partial,
    product,
    relation,
    total,
)
from ..notation.nodes import formula, named
from ..notation.shown import Shown, holds, show_array
from ..numbers import is_array
from .blackboard import array_lines, shapes_met
from .chain import ONE, ZERO, Chain, summed

CLOSED_FORM_LIMIT = 60  # nodes; beyond, a closed form is no help to a reader
START = "every derivation starts here: the output's gradient"
SEEDED = "the seed: what is sent back from the output"
RESULT = ("the result",)
LOCAL = "the local partial"


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
    shown = [chain.shown(summed(t.contribution for t in terms)) for terms in groups.values()]
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
