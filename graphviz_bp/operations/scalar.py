"""How scalar functions get into the table: stated by hand, or as an expression over other rows.

Both act entry by entry. A partial is stated twice, `shown` as the blackboard has it and `computed` as it stays right
at extremes; a test has SymPy, or 40 digits, prove both equal to the derivative. An expression (`silu = x·σ(x)`) states
everything at once: its value in every domain, and by the chain rule, from the rows it is made of, both partials.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from .record import OPERATIONS, Operation, Shape, broadcast, enter, f, of_slot

SUM, PRODUCT, QUOTIENT, POWER, KNOWN, CHOICE = (
    "sum rule", "product rule", "quotient rule", "power rule", "known derivative", "choice",
)  # fmt: skip


def scalar(name: str, rule: str, words: str, value: Callable[..., Any], shown: Any, computed: Any = None,
           *, arity: int | None = 1, shape: Callable[..., Shape] | None = None, **row: Any) -> None:  # fmt: skip
    """Enter a scalar function; `computed` is `shown` unless stated."""
    shape = shape or partial(broadcast, name=name)
    enter(Operation(name, rule, words, value, shape, arity, shown, shown if computed is None else computed, **row))


def composed(name: str, rule: str, words: str, expression: Callable[..., Any], shown: Any = None, computed: Any = None,
             **row: Any) -> None:  # fmt: skip
    """Enter a function of one argument as an expression, from which the partials follow unless stated."""
    reading = Composition(expression)
    shown, computed = shown or (reading.partial(shown=True),), computed or (reading.partial(shown=False),)
    scalar(name, rule, words, reading.value, shown, computed, **{"meaning": expression, **row})


def spelled(name: str, other: str, **changes: Any) -> None:
    """Enter another spelling of a row: arcsin for asin."""
    enter(replace(OPERATIONS[other], name=name, **changes))


def applied(name: str, beside: Any, *operands: Any) -> Any:
    """An operation on numbers kept as a node, as in the ln 2 of 2ˣ ln 2, on the tape of the variable `beside`."""
    return beside.applied(OPERATIONS[name], operands, {})


class Composition:
    """An expression in one argument, read when it is first needed."""

    def __init__(self, expression: Callable[[Any], Any]) -> None:
        self.expression = expression

    @cached_property
    def _program(self) -> Program:
        return Program.read(self.expression)

    def value(self, m: Any, x: Any) -> Any:
        """The value in a domain."""
        return self._program.run(x, m.number, lambda operation, *operands: operation.at(m, *operands))

    def partial(self, shown: bool) -> Callable[[Any, Any], Any]:
        """The partial as a rule: a function of the output and the argument, to be read on variables."""
        found: list[Program] = []

        def rule(y: Any, x: Any) -> Any:
            if not found:
                found.append(Program.read(lambda t: self._program.slope(t, shown)))
            return found[0].run(x, lambda number: number, lambda operation, *xs: x.applied(operation, xs, {}))

        return rule


class Program:
    """A formula of one argument on a tape of its own, ready to be run on numbers and on other tapes' variables."""

    def __init__(self, tape: Any, root: int) -> None:
        self.root, needed = root, tape.below(iter([root]))
        self.steps = [(node, tape.operation(node), tape.operands_of(node), tape.constants.get(node))
                      for node in range(1, len(tape)) if needed[node]]  # fmt: skip

    @classmethod
    def read(cls, expression: Callable[[Any], Any]) -> Program:
        """The formula that an expression makes of a variable."""
        from ..graph.tape import Tape
        from ..graph.variables import constant, inputs

        tape = Tape(folding=True)
        found = expression(*inputs("x", tape=tape))
        return cls(tape, (found if hasattr(found, "node") else constant(tape, found)).node)

    def run(self, x: Any, number: Callable[[Any], Any], apply: Callable[..., Any]) -> Any:
        """The formula at x: numbers and operations become what the two functions make of them."""
        at = {0: x}
        for node, operation, operands, value in self.steps:
            at[node] = number(value) if operation is None else apply(operation, *(at[i] for i in operands))
        return at[self.root]

    def slope(self, x: Any, shown: bool) -> Any:
        """The derivative at a variable x, by the chain rule: every node in turn gets its value and its slope."""
        from ..graph.variables import constant

        at, slopes = {0: x}, {0: 1}
        for node, operation, operands, value in self.steps:
            if operation is None:
                at[node] = constant(x.tape, value)
                continue
            xs = [at[i] for i in operands]
            at[node] = x.applied(operation, tuple(xs), {})
            slope = _slope(operation, at[node], xs, [slopes.get(i) for i in operands], shown)
            if slope is not None:
                slopes[node] = slope
        return slopes.get(self.root, 0)


def _slope(operation: Operation, y: Any, xs: list[Any], slopes: list[Any], shown: bool) -> Any:
    """The slope of one operation from those of its operands; None where nothing depends on the argument."""
    if operation.name == "where":  # the slope of the branch taken; a sum over both could be 0·∞
        chosen, otherwise = slopes[1:]
        if chosen is None and otherwise is None:
            return None
        return f.where(xs[0], 0 if chosen is None else chosen, 0 if otherwise is None else otherwise)
    total = None
    for slot, slope in enumerate(slopes):
        rule = of_slot(operation.shown if shown else operation.computed, slot)
        if slope is not None and rule is not None:
            term = rule(y, *xs) * slope
            total = term if total is None else total + term
    return total
