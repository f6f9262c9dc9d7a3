"""Mistakes in the derivative of one function: the function itself, another one's, half of it, the wrong argument."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..numbers import doubles, numpy
from ..operations import OPERATIONS, Operation
from .replay import Array, Change, Link, Replay, Words, shown_partial

LIKE = {  # functions whose derivatives get mixed up
    "sigmoid": ("tanh", "relu", "softplus"), "tanh": ("sigmoid", "relu"), "relu": ("sigmoid", "tanh", "softplus"),
    "softplus": ("tanh", "relu"), "log": ("sqrt",), "ln": ("sqrt",), "sqrt": ("log",), "exp": ("log",), "abs": ("relu",),
    "log2": ("log",), "log10": ("log",), "sin": ("tan",), "cos": ("tan",), "silu": ("relu", "sigmoid"),
}  # fmt: skip
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


def itself(replay: Replay) -> Iterator[Change]:
    """σ(a) for σ′(a)."""
    for link, _, y, _ in _functions(replay):
        yield _change(replay, link, y)


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
    for link, operation, _, _ in _functions(replay):
        if operation.name == "relu":
            yield _change(replay, link, 1 - replay.weights[link])
