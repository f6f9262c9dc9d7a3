"""Phrases into values: numbers are computed at once and exactly, variables make nodes.

The walk is a loop over the tree in postorder, so depth and length cost no stack. A text can name variables and the
rows of the operation table, and has no way to say anything else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from decimal import Decimal
from fractions import Fraction
from math import isfinite, prod
from operator import add, mul, sub, truediv
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import InputError
from ..graph.tape import Tape
from ..graph.variables import Variable, constant
from ..numbers import NotExact, doubles, exact, is_array
from ..operations import OPERATIONS, Operation, Shape, call, work
from .phrases import Source, bare, parts_of, postorder, start_of, tokens_of, values_in

if TYPE_CHECKING:
    from lark import Token, Tree

    Phrase = Tree[Token]

_BINARY = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "@": "matmul", "**": "pow",
    "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal", "==": "equal", "!=": "not_equal",
}  # fmt: skip
_FOLDS: dict[str, Callable[[Any, Any], Any]] = {"+": add, "-": sub, "*": mul, "/": truediv, "**": pow}
_ADJOINTS = {  # rows that pulls need; a text writes x[0], and max(x) for max_along(x)
    "index", "place", "broadcast_to", "sum_to", "max_along", "min_along", "cofactors", "logsumexp_along", "argmax_share",
    "argmin_share", "conv1d_image", "conv1d_kernel", "conv2d_image", "conv2d_kernel", "maxpool_image", "maxpool_taken",
    "avgpool_image",
}  # fmt: skip
_FLAGS = {"True": True, "False": False, "None": None}
NUMBER = (int, Decimal, Fraction)
FARTHEST = 10**9  # an index, a size or an axis stays below
AXES = 32  # NumPy's limit


class Walk:
    """Expressions put on one tape; `look_up` gives the variable that a name stands for."""

    def __init__(self, source: Source, tape: Tape, look_up: Callable[[Token], Variable]) -> None:
        self.source, self.refuse, self.limits = source, source.refuse, source.limits
        self.tape, self.look_up = tape, look_up

    def value(self, phrase: Phrase) -> Any:
        """A variable where the phrase depends on one, else a number, or a list or tuple of numbers."""
        stack: list[Any] = []
        for part in postorder(phrase):
            first = len(stack) - len(values_in(part))
            operands = stack[first:]
            del stack[first:]
            stack.append(getattr(self, f"_{part.data}")(part, operands))
        return stack[0]

    def _number(self, part: Phrase, _: list[Any]) -> int | Decimal:
        text = str(tokens_of(part)[0])
        return int(text) if text.isdigit() else Decimal(text)

    def _name(self, part: Phrase, _: list[Any]) -> Variable:
        return self.look_up(tokens_of(part)[0])

    def _group(self, _: Phrase, operands: list[Any]) -> Any:
        return operands[0]

    def _tuple(self, _: Phrase, operands: list[Any]) -> tuple[Any, ...]:
        return tuple(operands)

    def _list(self, part: Phrase, operands: list[Any]) -> list[Any]:
        for entry, phrase in zip(operands, values_in(part), strict=True):
            if not isinstance(entry, (*NUMBER, list)):
                self.refuse("an entry of a list is a number", "use concat to join variables", start_of(phrase))
            if shape_of(entry) != shape_of(operands[0]):
                self.refuse("the rows of this list differ in shape", "give every row the same length", start_of(phrase))
        if len(shape_of(operands)) > AXES:
            self.refuse(f"an array has at most {AXES} axes", "write [[1, 2], [3, 4]] for a matrix", start_of(part))
        return operands

    def _unary(self, part: Phrase, operands: list[Any]) -> Any:
        sign, x = tokens_of(part)[0], operands[0]
        if sign == "+" and not isinstance(x, tuple):
            return x
        if isinstance(x, NUMBER):
            return x.copy_negate() if isinstance(x, Decimal) else -x  # -x would round a decimal
        return self._apply("neg", operands, {}, sign)

    def _binary(self, part: Phrase, operands: list[Any]) -> Any:
        sign = tokens_of(part)[0]
        found = None
        if sign in _FOLDS and all(isinstance(x, NUMBER) for x in operands):
            found = self._folded(sign, *operands)
        return self._apply(_BINARY[sign], operands, {}, sign) if found is None else found

    def _folded(self, sign: Token, a: Any, b: Any) -> int | Decimal | Fraction | None:
        """Arithmetic on numbers, exact and measured before it is done; None for a power that is not rational."""
        x, y = Fraction(a), Fraction(b)
        if sign == "**" and y.denominator != 1:
            return None
        if (sign == "/" and y == 0) or (sign == "**" and x == 0 > y):
            self.refuse("this divides by zero", "change the numbers", sign.start_pos)
        least = (_bits(x) - 1) * abs(y) if sign == "**" else 0
        result = None if least >= self.limits.bits else Fraction(_FOLDS[sign](x, y.numerator if sign == "**" else y))
        if result is None or _bits(result) > self.limits.bits:
            sentence = f"this number would have more than {self.limits.bits} bits"
            self.refuse(sentence, "change the units, or raise Limits(bits=...)", sign.start_pos)
        return _as_typed(result, Decimal in (type(a), type(b)), self.limits.digits)

    def _transpose(self, part: Phrase, operands: list[Any]) -> Variable:
        return self._apply("transpose", operands, {}, tokens_of(part)[0])

    def _index(self, part: Phrase, operands: list[Any]) -> Variable:
        array, key = operands
        place = tokens_of(part)[0]
        variable = self._variable(array, place)
        return self._fitting(lambda: variable[key if len(key) > 1 else key[0]], "this index", place)

    def _items(self, part: Phrase, operands: list[Any]) -> tuple[Any, ...]:
        for item, phrase in zip(operands, values_in(part), strict=True):
            if not isinstance(item, slice) and not _are_whole(item):
                self.refuse("an index is made of whole numbers", "write x[0], x[1:3] or x[[0, 2]]", start_of(phrase))
        return tuple(operands)

    def _slice(self, part: Phrase, operands: list[Any]) -> slice:
        bounds, colons, values = [None, None, None], 0, iter(operands)
        for child in part.children:
            if isinstance(child, str):
                colons += 1
            else:
                bounds[colons] = next(values)
        whole = all(bound is None or (isinstance(bound, int) and _are_whole(bound)) for bound in bounds)
        if not whole or bounds[2] == 0:
            self.refuse("the bounds of a slice are whole numbers", "write x[1:3]", start_of(part))
        return slice(*bounds)

    def _call(self, part: Phrase, operands: list[Any]) -> Variable:
        word = tokens_of(part)[0]
        phrases = [child for child in parts_of(part) if child.data == "fact"]
        operation = self._operation(word).meant(operands, {str(tokens_of(p)[0]): None for p in phrases})
        facts = self._facts(operation, phrases)
        arity = len(operands) if operation.arity is None else operation.arity
        for name, value in zip(operation.statics, operands[arity:], strict=False):  # sum(x, 0), reshape(x, (2, 3))
            if name in facts:
                self.refuse(f"{name} is given twice", "delete one of the two", word.start_pos)
            facts[name] = self._fact(operation, name, value, word)
            operands = operands[:arity] + operands[arity + 1 :]
        return self._apply(operation.name, operands, facts, word)

    def _operation(self, word: Token) -> Operation:
        known = [name for name in OPERATIONS if name not in _ADJOINTS]
        if word in known:
            return OPERATIONS[word]
        from difflib import get_close_matches

        near = get_close_matches(word.lower(), known, n=3, cutoff=0.65)
        remedy = f"did you mean {' or '.join(near)}?" if near else f"write {word}*(...) for a product"
        self.refuse(f"there is no function {word}", remedy, word.start_pos)

    def _facts(self, operation: Operation, phrases: list[Phrase]) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for phrase in phrases:
            word, value = tokens_of(phrase)[0], bare(parts_of(phrase)[0])
            known = (*operation.statics, *dict(operation.optional))
            if word not in known:
                remedy = f"it takes {' and '.join(known)}" if known else "write == to compare"
                self.refuse(f"{operation.name} takes no {word}", remedy, word.start_pos)
            if word in facts:
                self.refuse(f"{word} is given twice", "delete one of the two", word.start_pos)
            if value.data == "name" and tokens_of(value)[0] in _FLAGS:
                facts[str(word)] = _FLAGS[tokens_of(value)[0]]
            else:  # a walk within the walk, so what could nest is left out
                plain = all(inner.data in ("number", "unary", "tuple", "list", "group") for inner in postorder(value))
                facts[str(word)] = self._fact(operation, str(word), self.value(value) if plain else None, word)
        return facts

    def _fact(self, operation: Operation, name: str, value: Any, word: Token) -> Any:
        usual = dict(operation.defaults).get(name, 0)
        if name in dict(operation.optional) or isinstance(usual, Decimal):
            if not isinstance(value, NUMBER):
                self.refuse(f"{name} takes a number here", f"write {operation.name}(x, {name}=0.1)", word.start_pos)
            return value
        flat = isinstance(value, int) or (isinstance(value, list | tuple) and all(isinstance(n, int) for n in value))
        if not flat or (value != () and not _are_whole(value)):
            self.refuse(f"{word} takes whole numbers here", "write them as in sum(x, axis=0)", word.start_pos)
        return tuple(value) if isinstance(value, list) else value

    def _apply(self, name: str, operands: list[Any], facts: dict[str, Any], place: Token) -> Variable:
        """A node; a sentence of the operation's own gets its place in the text."""
        operands = [self._variable(operands[0], place), *operands[1:]] if operands else operands
        if any(isinstance(x, tuple) for x in operands):
            self.refuse("a shape stands where a value is meant", "write an array as in [1, 2]", place.start_pos)
        if not operands:
            self.refuse(f"{place} is given nothing to act on", f"write {place}(x)", place.start_pos)
        return self._fitting(lambda: call(OPERATIONS[name], *operands, **facts), str(place), place)

    def _variable(self, value: Any, place: Token) -> Variable:
        if isinstance(value, tuple):
            self.refuse("a shape stands where a value is meant", "write an array as in [1, 2]", place.start_pos)
        return value if isinstance(value, Variable) else constant(self.tape, value)

    def _fitting(self, make: Callable[[], Variable], what: str, place: Token) -> Variable:
        """The node that `make` makes, or why it does not fit."""
        try:
            made = make()
        except InputError as error:
            remedy = error.remedy or "count its arguments; arrays are declared as in W: (2, 3)"
            self.refuse(error.sentence, remedy, place.start_pos)
        except (ArithmeticError, LookupError, TypeError, ValueError):  # shape rules trust the facts they are given
            self.refuse(f"{what} does not fit its operand", "check the whole numbers it is given", place.start_pos)
        shape = made.shape or ()
        if 0 in shape:
            self.refuse(f"{what} takes nothing from its operand", "indices are counted from 0", place.start_pos)
        if prod(shape) > self.limits.entries or len(shape) > AXES:
            self.refuse(f"shape {shape} is too large", "raise Limits(entries=...)", place.start_pos)
        return made


def _as_typed(number: Fraction, decimal: bool, digits: int) -> int | Decimal | Fraction:
    """A computed number as a person would have typed it: a decimal if one of its parts was and it terminates."""
    rest, places = number.denominator, 0
    while decimal and places <= digits and 10**places % rest:
        places += 1
    scaled = number * 10**places
    if decimal and scaled.denominator == 1 and abs(scaled) < 10**digits:
        return Decimal((int(scaled < 0), tuple(map(int, str(abs(scaled.numerator)))), -places))
    return number.numerator if rest == 1 else number


def _bits(x: Fraction) -> int:
    return max(x.numerator.bit_length(), x.denominator.bit_length())


def shape_of(value: Any) -> Shape:
    """The shape of a nested list whose rows agree."""
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0]
    return tuple(shape)


def _are_whole(value: Any) -> bool:
    """Whether this is a whole number, or a list or tuple of them, of a size an index may have."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(map(_are_whole, value))
    return isinstance(value, int) and abs(value) < FARTHEST


# -- constants


def literal(source: Source, phrase: Phrase) -> Any:
    """The value of a phrase without variables: exact where it can be, a float where not (sqrt(2)), lists for arrays."""
    tape = Tape()
    found = Walk(source, tape, _no_variable).value(phrase)
    if not isinstance(found, Variable):
        return found
    source.worked += sum(_work(tape, node) for node in range(len(tape)))
    if source.worked > source.limits.work:
        sentence = "the constants up to here take too long to compute"
        source.refuse(sentence, "give values instead, or raise Limits(work=...)", start_of(phrase))
    try:
        value = _computed(tape, found.node)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        source.refuse("this constant cannot be computed", "give its value instead", start_of(phrase))
    if not all(isfinite(x) for x in (value.flat if is_array(value) else (value,))):
        source.refuse("this constant has no finite real value", "change the numbers", start_of(phrase))
    return _shortest(value.tolist() if is_array(value) else value)


def _shortest(value: Any) -> Any:
    """Fractions that are whole as integers, in lists too."""
    if isinstance(value, list):
        return [_shortest(entry) for entry in value]
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def _work(tape: Tape, node: int) -> float:
    """How many numbers a node computes, the products inside @ among them."""
    operation, shape = tape.operation(node), tape.shape(node) or ()
    return work(operation, [tape.shape(i) or () for i in tape.operands_of(node)], shape) if operation else prod(shape)


def _computed(tape: Tape, node: int) -> Any:
    """The value of a node of constants: exact, or in doubles."""
    from ..backprop.sweep import forward

    try:
        return forward(tape, {}, exact)[node]
    except NotExact:
        with sys.modules["numpy"].errstate(all="ignore") if "numpy" in sys.modules else nullcontext():
            return forward(tape, {}, doubles)[node]


def _no_variable(token: Token) -> NoReturn:
    raise AssertionError(f"{token} is in a phrase without variables")
