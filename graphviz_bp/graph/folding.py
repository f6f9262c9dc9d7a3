"""The few rules that keep formulas as a person writes them: 0, 1, signs and numbers.

They apply on tapes of formulas only (partials, pulls, gradients read on variables); a user's graph keeps the
structure the user wrote. Nothing is expanded, reordered or collected: 2(ŷ − y) stays 2(ŷ − y).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..numbers import Share
from ..operations import OPERATIONS, Operation
from .tape import Tape

Fold = Callable[[Tape, tuple[int, ...]], int | None]
NEG, MUL = OPERATIONS["neg"], OPERATIONS["mul"]


def folded(tape: Tape, operation: Operation, operands: tuple[int, ...], static: dict[str, Any]) -> int | None:
    """The node that `operation` would be equal to by one of the rules; None if it must be made."""
    if operation.name in ("sum_to", "broadcast_to", "reshape"):
        if tape.shape(operands[0]) == static["shape"]:
            return operands[0]
        number = _spread_number(tape, operands[0])  # however often a number is spread out, the last shape counts
        return None if number is None or operation.name == "sum_to" else _spread(tape, number, static["shape"])
    if operation.name in TURNED:
        return TURNED[operation.name](tape, operands, static)
    rule = RULES.get(operation.name)
    if rule is None or any(tape.shapes[i] for i in operands if i in tape.constants):
        return None
    return rule(tape, operands)


def _spread_number(tape: Tape, node: int) -> int | None:
    """The number that a node spreads out, or None."""
    (source, *_) = tape.operands_of(node) or (-1,)
    return source if _is(tape, node, "broadcast_to") and tape.shapes[source] == 0 else None


def _spread(tape: Tape, number: int, shape: Any) -> int:
    return tape.operate(OPERATIONS["broadcast_to"], (number,), {"shape": shape})


def number_at(tape: Tape, node: int) -> Fraction | None:
    """The exact number a node is, or None."""
    value = tape.constants.get(node)
    if isinstance(value, Share):
        return value
    if isinstance(value, (int, Fraction, Decimal)):
        return Fraction(value)
    return None


def _number(tape: Tape, value: Fraction | int) -> int:
    if isinstance(value, Share):
        return tape.constant(value)
    return tape.constant(int(value) if Fraction(value).denominator == 1 else value)


def _negated(tape: Tape, node: int) -> int:
    return _neg(tape, (node,)) or tape.operate(NEG, (node,), {})


def _is(tape: Tape, node: int, name: str) -> bool:
    operation = tape.operation(node)
    return operation is not None and operation.name == name


def _same_shape(tape: Tape, kept: int, dropped: int) -> bool:
    """Whether dropping an operand leaves the shape as it was (a number broadcast up would be lost)."""
    return tape.shapes[kept] == tape.shapes[dropped] or tape.shapes[dropped] == 0


def _add(tape: Tape, xs: tuple[int, ...]) -> int | None:
    a, b = (number_at(tape, x) for x in xs)
    if a is not None and b is not None:
        return _number(tape, a + b)
    if a == 0 and _same_shape(tape, xs[1], xs[0]):
        return xs[1]
    return xs[0] if b == 0 and _same_shape(tape, xs[0], xs[1]) else None


def _sub(tape: Tape, xs: tuple[int, ...]) -> int | None:
    a, b = (number_at(tape, x) for x in xs)
    if a is not None and b is not None:
        return _number(tape, a - b)
    if b == 0:
        return xs[0]
    return _negated(tape, xs[1]) if a == 0 else None


def _mul(tape: Tape, xs: tuple[int, ...]) -> int | None:
    for this, other in (xs, xs[::-1]):
        value = number_at(tape, this)
        if value is None:
            continue
        second = number_at(tape, other)
        if second is not None:
            return _number(tape, times(value, second))
        if value == 0 and tape.shapes[other] == 0:
            return _number(tape, 0)
        if value == 1 and not isinstance(value, Share):
            return other
        if value == -1:
            return _negated(tape, other)
        if _is(tape, other, "neg"):
            return _negated(tape, _product(tape, this, tape.operands_of(other)[0]))
        spread = _spread_number(tape, other)
        if spread is not None:
            return _spread(tape, _product(tape, this, spread), tape.shape(other))
        if _is(tape, other, "mul"):  # numbers come together in front: 2·(3·x) is 6·x
            first, rest = tape.operands_of(other)
            inner = number_at(tape, first)
            if inner is not None:
                return _product(tape, _number(tape, times(value, inner)), rest)
            if _begins_with_a_number(tape, first):  # and so 2·((1/2·λ)·w) is λw
                return _product(tape, _product(tape, this, first), rest)
        if this == xs[1]:
            return tape.operate(MUL, (this, other), {})  # u·2 is written 2u
        return None
    for this, other in (xs, xs[::-1]):  # a number spread over an array and multiplied by one is that number times it
        number = _spread_number(tape, this)
        if number is not None and tape.shapes[this] == tape.shapes[other]:
            return _product(tape, number, other)
    if _is(tape, xs[1], "mul"):  # a number comes to the front: δ · 2x is 2δx
        front, rest = tape.operands_of(xs[1])
        if number_at(tape, front) is not None:
            return _product(tape, front, _product(tape, xs[0], rest))
    if _is(tape, xs[0], "mul"):  # a number times ones, multiplied, is that number times the other factor
        front, rest = tape.operands_of(xs[0])
        if number_at(tape, front) is not None and _is(tape, rest, "broadcast_to"):
            return _product(tape, front, _product(tape, rest, xs[1]))
    if _is(tape, xs[0], "neg"):
        return _negated(tape, _product(tape, tape.operands_of(xs[0])[0], xs[1]))
    if _is(tape, xs[1], "neg"):
        return _negated(tape, _product(tape, xs[0], tape.operands_of(xs[1])[0]))
    return _over(tape, *xs) if _is(tape, xs[1], "div") else None


def _begins_with_a_number(tape: Tape, node: int) -> bool:
    """Whether the first of all factors is a number, as in (3·x)·y."""
    while _is(tape, node, "mul"):
        node = tape.operands_of(node)[0]
    return number_at(tape, node) is not None


def times(a: Fraction, b: Fraction) -> Fraction:
    """A product of numbers; a share of a count stays one."""
    for share, factor in ((a, b), (b, a)):
        if isinstance(share, Share) and factor.denominator == 1 and not isinstance(factor, Share):
            return Share(share.top * factor.numerator, share.count)
    return a * b


def _over(tape: Tape, a: int, quotient: int) -> int | None:
    """a · (1/b) is a/b."""
    top, bottom = tape.operands_of(quotient)
    if number_at(tape, top) != 1 or tape.shapes[top]:
        return None
    return _quotient(tape, a, bottom)


def _product(tape: Tape, a: int, b: int) -> int:
    found = _mul(tape, (a, b))
    return tape.operate(MUL, (a, b), {}) if found is None else found


def _div(tape: Tape, xs: tuple[int, ...]) -> int | None:
    a, b = (number_at(tape, x) for x in xs)
    if b == 1:
        return xs[0]
    if a is not None and b is not None and b != 0:
        return _number(tape, a / b)
    if a == 0 and tape.shapes[xs[1]] == 0:
        return xs[0]
    if a is not None and a < 0:
        return _negated(tape, tape.operate(OPERATIONS["div"], (_number(tape, -a), xs[1]), {}))
    if _is(tape, xs[0], "neg"):
        return _negated(tape, tape.operate(OPERATIONS["div"], (tape.operands_of(xs[0])[0], xs[1]), {}))
    top, bottom = (_spread_number(tape, x) for x in xs)
    if tape.shapes[xs[0]] == tape.shapes[xs[1]] and (top is not None or bottom is not None):  # a number spread out
        return _quotient(tape, xs[0] if top is None else top, xs[1] if bottom is None or top is not None else bottom)
    if b is not None and top is not None and number_at(tape, top) is not None:  # divided, then spread out
        return _spread(tape, _quotient(tape, top, xs[1]), tape.shape(xs[0]))
    if _is(tape, xs[0], "mul"):  # a share of a count stays in front
        front, rest = tape.operands_of(xs[0])
        if isinstance(number_at(tape, front), Share):
            return _product(tape, front, _quotient(tape, rest, xs[1]))
    return None


def _quotient(tape: Tape, a: int, b: int) -> int:
    found = _div(tape, (a, b))
    return tape.operate(OPERATIONS["div"], (a, b), {}) if found is None else found


def _pow(tape: Tape, xs: tuple[int, ...]) -> int | None:
    exponent = number_at(tape, xs[1])
    if exponent == 1:
        return xs[0]
    return _number(tape, 1) if exponent == 0 and tape.shapes[xs[0]] == 0 else None


def _transposed(tape: Tape, xs: tuple[int, ...], static: dict[str, Any]) -> int | None:
    """Twice transposed is as it was; a product turns round, (AB)ᵀ = BᵀAᵀ."""
    x, axes = xs[0], static["axes"]
    if axes is not None or len(tape.shape(x) or ()) != 2:
        return None
    operands = tape.operands_of(x)
    if _is(tape, x, "transpose"):
        return operands[0]
    if _is(tape, x, "outer"):
        return tape.operate(OPERATIONS["outer"], operands[::-1], {})
    if _is(tape, x, "matmul") and all(len(tape.shape(i) or ()) == 2 for i in operands):
        return _matrix_product(tape, *(_turned(tape, i) for i in operands[::-1]))
    if _is(tape, x, "mul") and tape.shapes[operands[0]] == 0:
        return _product(tape, operands[0], _turned(tape, operands[1]))
    by_number = _is(tape, x, "div") and tape.shapes[operands[1]] == 0
    return _quotient(tape, _turned(tape, operands[0]), operands[1]) if by_number else None


def _turned(tape: Tape, node: int) -> int:
    found = _transposed(tape, (node,), {"axes": None})
    return tape.operate(OPERATIONS["transpose"], (node,), {"axes": None}) if found is None else found


def _matmul(tape: Tape, xs: tuple[int, ...], static: dict[str, Any]) -> int | None:
    """A number that divides a factor comes to the front: (A/s) B = 1/s · A B."""
    for slot, x in enumerate(xs):
        if _is(tape, x, "div"):
            top, bottom = tape.operands_of(x)
            if tape.shapes[bottom] == 0:
                product = _matrix_product(tape, *(top if i == slot else other for i, other in enumerate(xs)))
                return _product(tape, _quotient(tape, tape.constant(1), bottom), product)
    return None


def _matrix_product(tape: Tape, a: int, b: int) -> int:
    found = _matmul(tape, (a, b), {})
    return tape.operate(OPERATIONS["matmul"], (a, b), {}) if found is None else found


def _neg(tape: Tape, xs: tuple[int, ...]) -> int | None:
    value = number_at(tape, xs[0])
    if value is not None:
        return _number(tape, times(value, Fraction(-1)))
    if _is(tape, xs[0], "neg"):
        return tape.operands_of(xs[0])[0]
    number = _spread_number(tape, xs[0])
    if number is not None:
        return _spread(tape, _negated(tape, number), tape.shape(xs[0]))
    if _is(tape, xs[0], "mul"):
        first, rest = tape.operands_of(xs[0])
        factor = number_at(tape, first)
        if factor is not None:
            return tape.operate(MUL, (_number(tape, times(factor, Fraction(-1))), rest), {})
    return None


def _equal(tape: Tape, xs: tuple[int, ...]) -> int | None:
    a, b = (number_at(tape, x) for x in xs)
    if xs[0] == xs[1] and tape.shapes[xs[0]] == 0:
        return _number(tape, 1)
    return _number(tape, int(a == b)) if a is not None and b is not None else None


def _where(tape: Tape, xs: tuple[int, ...]) -> int | None:
    condition = number_at(tape, xs[0])
    return None if condition is None else xs[1] if condition else xs[2]


TURNED = {"transpose": _transposed, "matmul": _matmul}
RULES: dict[str, Fold] = {
    "add": _add, "sub": _sub, "mul": _mul, "div": _div, "pow": _pow, "neg": _neg, "equal": _equal, "where": _where,
}  # fmt: skip
