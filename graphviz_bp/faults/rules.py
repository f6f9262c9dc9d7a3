"""Mistakes inside a local partial: a factor, a term or a sign lost, a rule used where it does not belong."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ..graph.folding import number_at
from ..numbers import numpy
from .replay import Change, Link, Replay, Words


def _partial(child: str, parent: str) -> Words:
    return lambda w: {"partial": w.partial(child, parent)}


def _statement(node: int) -> Words:
    return lambda w: w.statement(node)


def _part(node: int, part: int) -> Words:
    return lambda w: {**w.statement(node), "part": w.inner(part)}


def _inner(node: int) -> Words:
    return lambda w: {"inner": w.inner(node), "wrt": w.name(w.wrt)}


def link_forgotten(replay: Replay) -> Iterator[Change]:
    """A factor of the chain taken to be 1: the local partial between two named nodes."""
    for (child, parent), local in replay.locals.items():
        if not (local == 1).all():
            flow, tangent = replay.flows[replay.tape.by_name[child]], replay.tangents[replay.tape.by_name[parent]]
            yield Change(added=flow * (1 - local) * tangent, at=(child, parent), words=_factor(child, parent))


def _factor(child: str, parent: str) -> Words:
    return lambda w: {"factor": w.factor(child, parent)}


def link_twice(replay: Replay) -> Iterator[Change]:
    """A local partial put in twice, as σ′ where the loss has it already."""
    for (child, parent), local in replay.locals.items():
        if not (local == 1).all():
            flow, tangent = replay.flows[replay.tape.by_name[child]], replay.tangents[replay.tape.by_name[parent]]
            yield Change(added=flow * local * (local - 1) * tangent, at=(child, parent), words=_factor(child, parent))


def inner_forgotten(replay: Replay) -> Iterator[Change]:
    """Something whose whole derivative by the variable is taken to be 1, or one factor inside a local partial."""
    for node in replay.nodes:
        if node not in (replay.start, replay.end):
            added = replay.flows[node] * (1 - replay.tangents[node])
            yield Change(added=added, at=(replay.box_of(node), replay.wrt), words=_inner(node))
    for link in replay.links:
        if replay.operation(link.node).rule != "sum rule" and not (replay.weights[link] == 1).all():
            yield Change({link: replay.column(1.0)}, at=replay.place(link), words=_inner(link.node))


def _terms(replay: Replay, *names: str) -> Iterator[Change]:
    """One use dropped of an operation in which several operands depend on the variable."""
    for node in replay.nodes:
        links = replay.links_of(node)
        if len(links) > 1 and replay.operation(node).name in names:
            for link in links:
                yield Change({link: replay.column(0.0)}, at=(replay.box_of(node),), words=_part(node, link.operand))


def product_term(replay: Replay) -> Iterator[Change]:
    """One term of the product rule."""
    yield from _terms(replay, "mul", "pow")


def quotient_term(replay: Replay) -> Iterator[Change]:
    """One term of the quotient rule."""
    yield from _terms(replay, "div")


def sum_term(replay: Replay) -> Iterator[Change]:
    """One term of a sum."""
    yield from _terms(replay, "add", "sub", "max", "min", "where")


def sign(replay: Replay) -> Iterator[Change]:
    """One partial with the wrong sign."""
    for link in replay.links:
        place = replay.place(link)
        yield Change({link: -replay.weights[link]}, at=place, words=_partial(*place))


def constant_forgotten(replay: Replay) -> Iterator[Change]:
    """A constant factor, the exponent of the power rule, the ½ of a root."""
    for link in replay.links:
        constant = _constant_factor(replay, link)
        if constant is not None and constant not in (0, 1):
            place, weight = replay.place(link), replay.weights[link] / float(constant)
            yield Change({link: weight}, at=place, words=_constant(constant, *place))


def exponent_forgotten(replay: Replay) -> Iterator[Change]:
    """xʸ⁻¹ and (y − 1)xʸ⁻¹ for yxʸ⁻¹, where the exponent is no number."""
    for link in replay.links:
        exponent = replay.tape.operands_of(link.node)[1] if replay.operation(link.node).name == "pow" else 0
        if link.slot == 0 and replay.operation(link.node).name == "pow" and number_at(replay.tape, exponent) is None:
            place, y = replay.place(link), replay.values[exponent]
            for factor in (1.0, y - 1):
                yield Change({link: replay.weights[link] / y * factor}, at=place, words=_exponent(exponent, *place))


def _exponent(exponent: int, child: str, parent: str) -> Words:
    return lambda w: {"factor": w.inner(exponent), "partial": w.partial(child, parent)}


def _constant_factor(replay: Replay, link: Link) -> Fraction | None:
    """The constant that a partial has as a factor."""
    name, operands = replay.operation(link.node).name, replay.tape.operands_of(link.node)
    if name == "sqrt":
        return Fraction(1, 2)
    if name not in ("mul", "div", "pow") or (name == "pow" and link.slot):
        return None
    other = number_at(replay.tape, operands[1 - link.slot])
    return None if not other else 1 / other if name == "div" and link.slot == 0 else other


def _constant(constant: Fraction, child: str, parent: str) -> Words:
    return lambda w: {"factor": w.number(constant), "partial": w.partial(child, parent)}


def one_less(replay: Replay) -> Iterator[Change]:
    """(n − 1)·xⁿ⁻¹: the exponent lowered before it was brought down."""
    for link in replay.links:
        exponent = _constant_factor(replay, link) if replay.operation(link.node).name == "pow" else None
        if exponent:
            place, weight = replay.place(link), replay.weights[link] * float((exponent - 1) / exponent)
            yield Change({link: weight}, at=place, words=_partial(*place))


def overall(replay: Replay) -> Iterator[Change]:
    """Twice or half of it; a constant of the graph once too often, or not at all."""
    for constant in replay.constants():
        for factor in (Fraction(constant), 1 / Fraction(constant)):
            yield Change(factor=float(factor), at=(replay.wrt,), words=_number(factor))


def _number(factor: Fraction) -> Words:
    return lambda w: {"factor": w.number(factor)}


def variable_too_often(replay: Replay) -> Iterator[Change]:
    """The variable itself as a factor where it has none, as in (p − y)·b for a bias."""
    x, gradient = replay.values[replay.start], replay.flows[replay.start]
    yield Change(added=gradient * (x - 1), at=(replay.wrt,), words=_variable)


def variable_missing(replay: Replay) -> Iterator[Change]:
    """The variable as a factor once less than it is there, as in 18u for 18u²."""
    x, gradient = replay.values[replay.start], replay.flows[replay.start]
    if (x != 0).all():
        yield Change(added=gradient * (1 / x - 1), at=(replay.wrt,), words=_variable)


def _variable(w: Any) -> Any:
    return {"wrt": w.name(w.wrt)}


def not_lowered(replay: Replay) -> Iterator[Change]:
    """n·xⁿ for n·xⁿ⁻¹."""
    for link in replay.links:
        if replay.operation(link.node).name == "pow" and link.slot == 0:
            place, weight = replay.place(link), replay.weights[link] * replay.values[link.operand]
            yield Change({link: weight}, at=place, words=_partial(*place))


def base_lost(replay: Replay) -> Iterator[Change]:
    """(x²)′ = 2."""
    for link in replay.links:
        exponent = _constant_factor(replay, link) if replay.operation(link.node).name == "pow" else None
        if exponent and exponent != 1:
            place = replay.place(link)
            yield Change({link: replay.column(float(exponent))}, at=place, words=_partial(*place))


def power_on_exponential(replay: Replay) -> Iterator[Change]:
    """x·aˣ⁻¹, or aˣ without its log a."""
    for link in replay.links:
        name, x = replay.operation(link.node).name, replay.values[link.operand]
        wrong: list[Any] = []
        with numpy().errstate(all="ignore"):
            if name == "pow" and link.slot == 1:
                base = replay.values[replay.tape.operands_of(link.node)[0]]
                wrong = [x * base ** (x - 1), replay.values[link.node], replay.values[link.node] * numpy().log(x)]
            elif name == "exp":
                wrong = [x * numpy().exp(x - 1)]
        for weight in wrong:
            yield Change({link: weight}, at=replay.place(link), words=_statement(link.node))


def swapped(replay: Replay) -> Iterator[Change]:
    """∂(ab)/∂a = a."""
    for link in replay.links:
        operands = replay.tape.operands_of(link.node)
        if replay.operation(link.node).name == "mul" and operands[0] != operands[1]:
            place = replay.place(link)
            words = _instead(*place, link.operand, operands[1 - link.slot])
            yield Change({link: replay.values[link.operand]}, at=place, words=words)


def own_factors(replay: Replay) -> Iterator[Change]:
    """u′u + v′v for (uv)′ = u′v + v′u."""
    for node in replay.nodes:
        links = replay.links_of(node)
        if len(links) == 2 and replay.operation(node).name == "mul" and links[0].operand != links[1].operand:
            yield Change({k: replay.values[k.operand] for k in links}, at=(replay.box_of(node),), words=_statement(node))


def _instead(child: str, parent: str, wrong: int, right: int) -> Words:
    return lambda w: {"partial": w.partial(child, parent), "wrong": w.inner(wrong), "right": w.inner(right)}


def constant_varied(replay: Replay) -> Iterator[Change]:
    """Something that does not depend on the variable, differentiated as if it were the variable."""
    for node in replay.nodes:
        for link in replay.passive(node) if node != replay.start else ():
            added = replay.flows[node] * replay.weight(link)
            yield Change(added=added, at=(replay.box_of(node),), words=_of_constant(link))


def constant_kept(replay: Replay) -> Iterator[Change]:
    """(x² + 5)′ = 2x + 5."""
    for node in replay.nodes:
        for link in replay.passive(node) if node != replay.start and replay.operation(node).name in ("add", "sub") else ():
            added = replay.flows[node] * replay.weight(link) * replay.values[link.operand]
            yield Change(added=added, at=(replay.box_of(node),), words=_of_constant(link))


def _of_constant(link: Link) -> Words:
    return lambda w: {"constant": w.inner(link.operand), "wrt": w.name(w.wrt)}


def of_derivatives(replay: Replay) -> Iterator[Change]:
    """u′v′ for (uv)′, u′/v′ for (u/v)′."""
    for node in replay.nodes:
        links = replay.links_of(node)
        name = replay.operation(node).name if len(links) > 1 else ""
        if name in ("mul", "div"):
            a, b = (replay.tangents[link.operand] for link in links)
            with numpy().errstate(all="ignore"):
                wrong = a * b if name == "mul" else a / b
            for each in (wrong, wrong * b / replay.values[links[1].operand] ** 2) if name == "div" else (wrong,):
                added = replay.flows[node] * (each - replay.tangents[node])
                yield Change(added=added, at=(replay.box_of(node),), words=_statement(node))


def not_squared(replay: Replay) -> Iterator[Change]:
    """The denominator of the quotient rule once instead of squared, or left away."""
    for link in replay.links:
        if replay.operation(link.node).name == "div" and link.slot == 1:
            below, all_links = replay.values[link.operand], replay.links_of(link.node)
            yield Change({link: replay.weights[link] * below}, at=replay.place(link), words=_statement(link.node))
            for power in (1, 2) if len(all_links) > 1 else ():
                weights = {k: replay.weights[k] * below**power for k in all_links}
                yield Change(weights, at=replay.place(link), words=_statement(link.node))
