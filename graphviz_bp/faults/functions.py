"""Mistakes in the derivative of one function: the function itself, another one's, half of it, the wrong argument."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..numbers import doubles, numpy
from ..operations import OPERATIONS, Operation
from .replay import Array, Change, Link, Replay, Words, shown_partial

LIKE = {  # functions whose derivatives get mixed up
    "sigmoid": ("tanh", "relu", "softplus"), "tanh": ("sigmoid", "relu"), "relu": ("sigmoid", "tanh", "softplus"),
    "softplus": ("tanh", "relu", "sigmoid"), "log": ("sqrt",), "ln": ("sqrt",), "sqrt": ("log",), "exp": ("log",), "abs": ("relu",),
    "log2": ("log",), "log10": ("log",), "sin": ("tan",), "cos": ("tan",), "silu": ("relu", "sigmoid"),
}  # fmt: skip
FARTHEST = 12  # parts of an argument
PARTS: dict[str, tuple[Any, ...]] = {  # what is left of a derivative when a part of it gets lost: of output and argument
    "sigmoid": (lambda y, x: 1 - y, lambda y, x: y * (1 + y)),
    "tanh": (lambda y, x: 1 - y, lambda y, x: 1 + y * y, lambda y, x: y * y, lambda y, x: (1 - y) ** 2),
    "tan": (lambda y, x: y * y,), "sqrt": (lambda y, x: 1 / y, lambda y, x: y / 2), "silu": (lambda y, x: y / x,),
}  # fmt: skip


def _functions(replay: Replay) -> Iterator[tuple[Link, Operation, Array, Array]]:
    """Every function of one argument on the way: its link, its row, its value and its argument."""
    for link in replay.links:
        operation = replay.operation(link.node)
        if len(replay.tape.operands_of(link.node)) == 1 and operation.rule != "sum rule":
            yield link, operation, replay.values[link.node], replay.values[link.operand]


def _words(replay: Replay, link: Link, other: str = "") -> Words:
    child, parent = replay.place(link)
    return lambda w: {"partial": w.partial(child, parent), "function": w.inner(link.node), "other": w.function(other)}


def _change(replay: Replay, link: Link, weight: Any, other: str = "") -> Change:
    return Change({link: replay.column(weight)}, at=replay.place(link), words=_words(replay, link, other))


def _value(operation: Operation, x: Array) -> Array:
    with numpy().errstate(all="ignore"):
        return operation.value(doubles, x)


def _choosers(replay: Replay) -> Iterator[Link]:
    """Every use by what chooses between a varying operand and numbers: max(0, a), clip(x, −1, 1)."""
    for link in replay.links:
        operands = replay.tape.operands_of(link.node)
        numbers = [i for i in operands if i in replay.tape.constants]
        if replay.operation(link.node).rule == "choice" and replay.operation(link.node).name != "where" and len(operands) - len(numbers) == 1:
            yield link


def itself(replay: Replay) -> Iterator[Change]:
    """σ(a) for σ′(a)."""
    for link, _, y, _ in _functions(replay):
        yield _change(replay, link, y)
    for link in _choosers(replay):
        if len(replay.tape.operands_of(link.node)) > 1:
            yield _change(replay, link, replay.values[link.node])


def kink_ignored(replay: Replay) -> Iterator[Change]:
    """1 for the derivative of max(0, a), of clip(x, −1, 1)."""
    for link in _choosers(replay):
        if replay.operation(link.node).name != "abs":
            yield _change(replay, link, 1.0)


def one_branch(replay: Replay) -> Iterator[Change]:
    """One branch of a choice differentiated everywhere."""
    for node in replay.nodes:
        links = {link.slot: link for link in replay.links_of(node)} if replay.operation_is(node, "where") else {}
        for kept in (1, 2) if links else ():
            weights = {link: replay.column(float(slot == kept)) for slot, link in links.items()}
            place = replay.place(next(iter(links.values())))
            yield Change(weights, at=place, words=_branch(node, replay.tape.operands_of(node)[kept]))


def _branch(node: int, kept: int) -> Words:
    return lambda w: {**w.statement(node), "part": w.inner(kept)}


def wrong_argument(replay: Replay) -> Iterator[Change]:
    """cos(u) for cos(3u): the derivative of the outer function taken at a part of its argument."""
    for link, operation, _, _ in _functions(replay):
        below = replay.tape.below(iter([link.operand]))
        for node in [n for n in replay.nodes if below[n] and n != link.operand][:FARTHEST]:
            x = replay.values[node]
            yield _mixed_up(replay, link, shown_partial(operation, 0, _value(operation, x), [x]), node, link.operand)


def at_inner_derivative(replay: Replay) -> Iterator[Change]:
    """exp(cos v) for exp(sin v)·cos v: the outer function at the derivative of the inner one."""
    inner = {link.node: link for link, *_ in _functions(replay)}
    for link, operation, _, _ in _functions(replay):
        if link.operand in inner:
            x = replay.weights[inner[link.operand]]
            slope = shown_partial(operation, 0, _value(operation, x), [x])
            weights = {link: replay.column(slope), inner[link.operand]: replay.column(1.0)}
            yield Change(weights, at=replay.place(link), words=_words(replay, link))


def before_for_after(replay: Replay) -> Iterator[Change]:
    """a(1 − a) for h(1 − h); a factor that is an activation taken before it was applied, or the other way round."""
    for link, operation, y, x in _functions(replay):
        yield _mixed_up(replay, link, shown_partial(operation, 0, x, [x]), link.operand, link.node)
        yield _mixed_up(replay, link, shown_partial(operation, 0, _value(operation, y), [y]), link.node, link.operand)
    for link in replay.links:
        if replay.operation(link.node).name == "mul":
            right = replay.tape.operands_of(link.node)[1 - link.slot]
            for wrong in replay.neighbours(right):
                yield _mixed_up(replay, link, replay.values[wrong], wrong, right)


def _mixed_up(replay: Replay, link: Link, weight: Any, wrong: int, right: int) -> Change:
    child, parent = replay.place(link)
    words: Words = lambda w: {"partial": w.partial(child, parent), "wrong": w.inner(wrong), "right": w.inner(right)}  # noqa: E731
    return Change({link: replay.column(weight)}, at=(child, parent), words=words)


def another(replay: Replay) -> Iterator[Change]:
    """1 − h² for a sigmoid."""
    for link, operation, y, x in _functions(replay):
        for name in LIKE.get(operation.name, ()):
            other = OPERATIONS[name]
            for value in (y, _value(other, x)):
                yield _change(replay, link, shown_partial(other, 0, value, [x]), name)


def part(replay: Replay) -> Iterator[Change]:
    """1 − h for h(1 − h)."""
    for link, operation, y, x in _functions(replay):
        for left in PARTS.get(operation.name, ()):
            yield _change(replay, link, left(y, x))


def upside_down(replay: Replay) -> Iterator[Change]:
    """x for 1/x."""
    for link, operation, _, _ in _functions(replay):
        if operation.name in ("log", "ln", "sqrt"):
            yield _change(replay, link, 1 / replay.weights[link])


def other_side(replay: Replay) -> Iterator[Change]:
    """The gradient of a relu where it is off."""
    for link in _choosers(replay):
        if replay.operation(link.node).name in ("relu", "max", "min"):
            yield _change(replay, link, 1 - replay.weights[link])
