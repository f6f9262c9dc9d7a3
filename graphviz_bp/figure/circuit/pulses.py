"""What happens when in a circuit: one gate after the other going forward, then the gradients coming back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from graphviz_bp.backprop import Term
from graphviz_bp.errors import InputError
from graphviz_bp.figure.circuit.circuit import Circuit
from graphviz_bp.figure.scene.captions import LONGEST_NUMBERS, Caption, Equation, added, given, numbers, put_in
from graphviz_bp.figure.scene.moments import MOST_BOXES, ORDERS
from graphviz_bp.graph.boxes import Box
from graphviz_bp.notation.formula import ATOM
from graphviz_bp.notation.lines import Line, Piece, gradient, number, relation
from graphviz_bp.notation.nodes import derivative

LONGEST_LEFT = 24  # letters of a formula that stands left of =


@dataclass(frozen=True, slots=True)
class Pulse:
    """What one frame adds: nodes whose values appear, wires whose gradients do, wires that carry one back."""

    caption: Caption
    facts: dict[str, str]
    values: tuple[str, ...] = ()
    gradients: tuple[int, ...] = ()
    active: tuple[int, ...] = ()


def pulses(drawn: Circuit, order: str) -> tuple[Pulse, ...]:
    """The frames of a circuit, forward and then backward."""
    if order not in ORDERS:
        raise InputError(f"{order!r} is not an order", remedy='use order="pull" or order="push"')
    if drawn.chain.run.symbolic:
        raise InputError("a figure in symbols has no frames, for nothing is computed in it",
                         remedy="give values: graph.backprop({...}).draw()")  # fmt: skip
    if (count := len(drawn.chain.graph.boxes)) > MOST_BOXES:
        raise InputError(f"{count} operations are too many to show one by one (at most {MOST_BOXES})",
                         remedy="draw a part of the graph")  # fmt: skip
    return (*_forward(drawn), *(_pulls if order == "pull" else _pushes)(drawn))


def _forward(drawn: Circuit) -> Iterator[Pulse]:
    chain = drawn.chain
    inputs = [box for box in chain.graph.boxes if not box.parents]
    if inputs:
        facts = {drawn.symbols[box.name].plain: chain.value(box.name).plain for box in inputs}
        yield Pulse(given(chain, inputs), facts, tuple(box.name for box in inputs))
    for box in chain.graph.boxes:
        if box.parents:
            facts = {drawn.symbols[box.name].plain: chain.value(box.name).plain}
            yield Pulse(_computed(drawn, box), facts, (box.name,))


def _computed(drawn: Circuit, box: Box) -> Caption:
    """w₀x₀ = 2 · (−1) = −2."""
    chain, symbol = drawn.chain, drawn.symbols[box.name]
    operands = {name: chain.value(name) for name in box.distinct_parents}
    true = all(operand.true for operand in operands.values())
    inserted, shown = put_in(chain, box, operands), chain.value(box.name)
    lines = [Line((Piece(symbol),))] if len(symbol.plain) <= LONGEST_LEFT else []
    if len(inserted.plain) <= LONGEST_NUMBERS and inserted.plain != shown.plain:
        lines.append(Line((Piece(inserted, "value"),), relation(true)))
    lines.append(Line((Piece(number(shown), "value"),), relation(true and shown.true)))
    return Caption("forward", (_beginning(lines),))


def _beginning(lines: Sequence[Line]) -> Equation:
    """Lines of which the first is joined to nothing."""
    return (replace(lines[0], relation=""), *lines[1:])


def _back(drawn: Circuit, name: str, lines: Sequence[Line]) -> Caption:
    """∂f/∂w₀ = lines; without a left side where the node is a long formula."""
    chain, symbol = drawn.chain, drawn.symbols[name]
    if name in drawn.named:
        left = [Line((gradient(chain.total(name)),))]
    elif len(symbol.plain) <= LONGEST_LEFT and chain.unit:
        left = [Line((gradient(derivative(chain.of, symbol.within(ATOM), chain.d)),))]
    else:
        left = []
    return Caption("backward", (_beginning([*left, *lines]),))


def _start(drawn: Circuit) -> Pulse:
    """The gradient of the output, from which all others come."""
    chain = drawn.chain
    of = chain.run.of
    shown = chain.shown(chain.run.step(of).total)
    caption = _back(drawn, of, [Line((gradient(shown),), relation(shown.true))])
    wires = tuple(k for k, lead in enumerate(drawn.leads) if drawn.nodes[lead.source].name == of and lead.gradient)
    return Pulse(caption, _fact(drawn, of), (), wires)


def _fact(drawn: Circuit, name: str) -> dict[str, str]:
    total = drawn.chain.shown(drawn.chain.run.step(name).total).plain
    return {f"the gradient at {drawn.symbols[name].plain}": total}


def _pulls(drawn: Circuit) -> Iterator[Pulse]:
    """One node's gradient after the other, each the sum of what comes back along its wires."""
    chain = drawn.chain
    yield _start(drawn)
    for box in reversed(chain.graph.boxes):
        wires = _wires_of(drawn, box.name)
        if box.name == chain.run.of or not any(drawn.leads[k].gradient for k in wires):
            continue
        step = chain.run.step(box.name)
        lines = numbers(chain, [[term] for term in step.terms], step.total)
        yield Pulse(_back(drawn, box.name, lines), _fact(drawn, box.name), (), wires, wires)


def _wires_of(drawn: Circuit, name: str) -> tuple[int, ...]:
    """The wires that carry a node's value, behind its fork too."""
    return tuple(k for k, lead in enumerate(drawn.leads) if drawn.nodes[lead.source].name == name)


def _pushes(drawn: Circuit) -> Iterator[Pulse]:
    """One wire after the other; the sum before a fork once it is complete."""
    chain = drawn.chain
    yield _start(drawn)
    left = [name for name, _ in chain.run.pushes]
    sums: dict[str, list[Term]] = {}
    for name, term in chain.run.pushes:
        left.remove(name)
        before = sums.setdefault(name, [])
        so_far = chain.shown(added(t.contribution for t in before)) if before else None
        before.append(term)
        total = added(t.contribution for t in before)
        lines = numbers(chain, [[term]], total, so_far)
        lines[0] = replace(lines[0], relation="←")
        wires = tuple(k for k in _wires_of(drawn, name) if drawn.carries(k, term))
        whole = () if name in left else tuple(k for k in _wires_of(drawn, name) if drawn.leads[k].whole)
        facts = _fact(drawn, name) if name not in left else {}
        yield Pulse(_back(drawn, name, lines), facts, (), (*wires, *whole), wires)
