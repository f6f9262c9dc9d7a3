"""The rows of the table as the engine calls them: on arrays, on floats, and their partials.

Nothing is stated here again. Which of Python's operators or functions a row is, is seen by showing it symbols.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache
from typing import Any

from ..backprop.sweep import _rule, forward
from ..numbers import doubles, numpy, plain
from ..numbers.functions import FUNCTIONS
from ..operations import Operation


def on_arrays(operation: Operation, *xs: Any) -> Any:
    """An operation's value for many nodes at once."""
    try:
        return operation.at(doubles, *xs)
    except ImportError:  # SciPy is not installed: one by one
        each = numpy().frompyfunc(lambda *x: plain(operation.at(doubles, *x)), len(xs), 1)
        return each(*xs).astype(float)


class Partial:
    """The partial of an operation in one slot, for many nodes at once; `number` if it is the same everywhere."""

    def __init__(self, operation: Operation, slot: int, arity: int) -> None:
        program, result = _rule(operation, slot, (), ((),) * arity, ())
        tape, new = program.replayed(keep=program.below(iter([result])))
        self._tape, self._result = tape, new[result]
        self.choice = operation.rule == "choice"
        self.needs = [(i, new[i]) for i in range(arity + 1) if i in new]  # 0: the output, i: the operand i - 1
        self.number = None if self.needs else float(self.at({}))

    def at(self, numbers: dict[int, Any]) -> Any:
        """The partial where the output and the operands have these values."""
        given = {place: numbers[i] for i, place in self.needs}
        try:
            return forward(self._tape, given, doubles)[self._result]
        except ImportError:
            keys = [place for _, place in self.needs]
            one = lambda *xs: forward(self._tape, dict(zip(keys, xs, strict=True)), doubles)[self._result]  # noqa: E731
            return numpy().frompyfunc(one, len(keys), 1)(*(given[k] for k in keys)).astype(float)


@cache
def partial_of(operation: Operation, slot: int, arity: int) -> Partial | None:
    """The partial in a slot; None if no gradient flows there."""
    return Partial(operation, slot, arity) if operation.flows(slot) else None


@cache
def in_doubles(operation: Operation) -> Callable[..., Any]:
    """An operation's value as a function of floats; the function itself where a row is nothing but one."""
    found = read(operation)
    if found is None:
        return lambda *xs: plain(operation.value(doubles, *xs))
    return found if callable(found) else _guarded(found)


def read(operation: Operation) -> Any:
    """Python's operator, or the name of the domain's function, that a row applies to its operands; else None."""
    xs = tuple(_Symbol() for _ in range(operation.arity or 1))
    try:
        found = operation.value(_Symbol(), *xs)
    except TypeError:  # a row that compares, for one
        return None
    if found is xs[0]:
        return operator.pos if operation.arity == 1 else None
    return found.function if type(found) is _Symbol and found.operands == xs else None


def _guarded(name: str) -> Callable[..., Any]:
    quick, careful = FUNCTIONS[name].doubles if name in FUNCTIONS else getattr(doubles, name), getattr(doubles, name)

    def call(*xs: float) -> Any:
        try:
            return float(quick(*xs))
        except (ValueError, OverflowError):
            return careful(*xs)

    return call


class _Symbol:
    """Stands for an operand, and for the domain, to see what a row does with them."""

    def __init__(self, function: Any = None, *operands: Any) -> None:
        self.function, self.operands = function, operands

    def __getattr__(self, name: str) -> Any:
        return lambda *xs: _Symbol(name, *xs)

    def __add__(self, other: Any) -> _Symbol:
        return _Symbol(operator.add, self, other)

    def __sub__(self, other: Any) -> _Symbol:
        return _Symbol(operator.sub, self, other)

    def __mul__(self, other: Any) -> _Symbol:
        return _Symbol(operator.mul, self, other)

    def __neg__(self) -> _Symbol:
        return _Symbol(operator.neg, self)

    def __abs__(self) -> _Symbol:
        return _Symbol(operator.abs, self)
