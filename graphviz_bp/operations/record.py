"""What an operation is: one row with its value, its derivative and its words; the tables are built from these.

A row never computes with its own derivative: pulls and partials are written over operations by name (`f.sech(x)`)
and are only ever read on graph variables. Read there, they *are* the rule, and one reading serves the printed
derivation, the numbers and the gradient graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..errors import InputError

Shape = tuple[int, ...]
OPERATIONS: dict[str, Operation] = {}  # name -> row, in the order of the tables
CODES: list[Operation] = []  # the same rows by their code on a tape


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation: `value(m, *operands, **static)` in a domain `m`, and what flows back to each operand.

    An elementwise row states partials `partial(y, *operands)` twice: `shown` as the blackboard has it, `computed`
    as it stays right at extremes. Any other row states `pulls`, one `pull(g, y, *operands, **static)` per operand.
    Where the blackboard shortens a pull (p − y), that stands in `shown` too.
    An n-ary row states one function with the operand's slot in front. `None` in place of a rule: nothing flows.
    Trailing operands that may be left out, or given by name, stand in `optional` with their defaults.
    """

    name: str
    rule: str  # the rule's name: "power rule"
    words: str  # the rule in words
    value: Callable[..., Any]
    shape: Callable[..., Shape]
    arity: int | None  # None: any number of operands, at least one
    shown: Any = None
    computed: Any = None
    pulls: Any = None
    statics: tuple[str, ...] = ()
    defaults: tuple[tuple[str, Any], ...] = ()
    optional: tuple[tuple[str, Any], ...] = ()  # (("alpha", 1),)
    tex: str = ""  # the function's name as a formula has it
    plain: str = ""
    symbol: Callable[..., Any] | None = None  # the value as SymPy should read it, where `value` is written for numbers
    meaning: Callable[..., Any] | None = None  # the function written out over simpler ones: x·σ(x)
    kink: Callable[..., Any] | None = None  # kink(m, *operands): where no derivative exists and a convention holds
    convention: str = ""
    along: str = ""  # the row meant where one array stands alone: max(x) is the largest entry of x
    code: int = -1

    @property
    def elementwise(self) -> bool:
        """Whether the operation acts entry by entry (and broadcasts)."""
        return self.pulls is None

    def pull(self, slot: int, g: Any, y: Any, *operands: Any, shown: bool = False, **static: Any) -> Any:
        """The gradient handed back to the operand in `slot`, from the output's gradient `g`; None if nothing flows."""
        if not self.elementwise:
            rule = of_slot(self.shown if shown and self.shown else self.pulls, slot)
            return rule and rule(g, y, *operands, **static)
        rule = of_slot(self.shown if shown else self.computed, slot)
        return rule and f.sum_to(g * rule(y, *operands), shape=operands[slot].shape)

    def at(self, m: Any, *operands: Any, **static: Any) -> Any:
        """The value in a domain, for operands that are written as the domain writes them."""
        how = self.symbol if self.symbol is not None and m.name == "symbols" else self.value
        return how(m, *(operands if self.elementwise else map(_array, operands)), **static)

    def meant(self, operands: Sequence[Any], static: Mapping[str, Any]) -> Operation:
        """This row, or the one that goes along an axis where one array stands alone."""
        alone = self.along and len(operands) == 1 and (static or _shape_of(operands[0]) != ())
        return OPERATIONS[self.along] if alone else self

    def completed(self, operands: tuple[Any, ...], static: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The operands with those that were given by name or left out; facts may stand behind them, as in NumPy."""
        behind = operands[self.arity :] if self.arity is not None else ()
        if 0 < len(behind) <= len(self.statics) and not any(hasattr(x, "applied") for x in behind):
            static = {**dict(zip(self.statics, behind, strict=False)), **static}
            operands = operands[: self.arity]
        missing = min(self.arity - len(operands), len(self.optional)) if self.arity else 0
        tail = self.optional[len(self.optional) - missing :] if missing > 0 else ()
        rest = {name: value for name, value in static.items() if name not in dict(tail)}
        return (*operands, *(static.get(name, default) for name, default in tail)), rest

    @property
    def flat(self) -> bool:
        """Whether this is a function whose slope is 0 wherever it does not jump: step, sign, floor, ceil."""
        return self.words.startswith("flat") and self.flows(0)

    def flows(self, slot: int) -> bool:
        """Whether any gradient can flow back to the operand in `slot`."""
        return of_slot(self.computed if self.elementwise else self.pulls, slot) is not None


def _shape_of(x: Any) -> Any:
    return (len(x),) if isinstance(x, (list, tuple)) else getattr(x, "shape", ())


def _array(value: Any) -> Any:
    """A number as an array without axes, so that a row about arrays need not ask."""
    from ..numbers import numpy

    if hasattr(value, "ndim"):
        return value
    return numpy().asarray(value) if isinstance(value, float) else numpy().asarray(value, dtype=object)


def of_slot(rules: Any, slot: int) -> Any:
    """The rule of one slot: from a tuple with one each, or from one function for operands in any number."""
    return rules[slot] if isinstance(rules, tuple) else rules and partial(rules, slot)


def enter(row: Operation) -> None:
    """Put a row into the table."""
    if row.name in OPERATIONS:
        raise ValueError(f"there are two rows named {row.name}")
    row = replace(row, code=len(CODES))
    OPERATIONS[row.name] = row
    CODES.append(row)


def call(operation: Operation, *operands: Any, **static: Any) -> Any:
    """Apply an operation: graph variables make a node, numbers make a number."""
    if operation.along:
        operation = operation.meant(operands, static)
    if operation.optional or operation.statics:
        operands, static = operation.completed(operands, static)
    for x in operands:
        if hasattr(x, "applied"):
            return x.applied(operation, operands, static)
    from ..numbers import domain_of, plain

    m = domain_of(operands)
    return plain(operation.at(m, *map(m.number, operands), **{**dict(operation.defaults), **static}))


class _ByName:
    """The operations as functions: `f.tanh(x)`."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        try:
            return partial(call, OPERATIONS[name])
        except KeyError:
            raise AttributeError(name) from None


f = _ByName()


def broadcast(*shapes: Shape, name: str = "") -> Shape:
    """The common shape of operands that act entry by entry (NumPy's rule).

    >>> broadcast((2, 1), (3,))
    (2, 3)
    """
    first = shapes[0]
    if all(s == first for s in shapes):
        return first
    out: list[int] = []
    for axis in range(1, max(map(len, shapes)) + 1):
        sizes = {s[-axis] for s in shapes if len(s) >= axis} - {1}
        if len(sizes) > 1:
            both = " and ".join(str(s) for s in shapes if s)
            raise InputError(
                f"shapes {both} do not fit together in {name or 'this operation'}",
                remedy="NumPy's rule: sizes must be equal or 1, counted from the last axis",
            )
        out.append(sizes.pop() if sizes else 1)
    return tuple(reversed(out))
