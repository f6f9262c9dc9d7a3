"""Reading array formulas as a blackboard has them: vectors are columns, 1 and I take the shape that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..graph import Graph
from ..graph.variables import Variable, constant
from ..operations import OPERATIONS, Shape
from ..operations.array import swap
from .expressions import NUMBER
from .gradients import Reading
from .matrices import CDOT, JUXTAPOSED, OUTER, SUM
from .phrases import Source, tokens_of
from .quantities import Quantity
from .spelling import key_of

if TYPE_CHECKING:
    from lark import Token, Tree

    Phrase = Tree[Token]
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .arrays import ArrayReader


COLUMNS, ENTRIES, NUMPY = "columns", "entry by entry", "NumPy"
EXAMPLES = ("N", "n", "m", "B")  # what people call the number of examples
PRODUCTS = ("@", JUXTAPOSED, CDOT)
MOST, SIGNS, REPAIRED = 64, 40, 150  # terms of a sum over an index


class Misshapen(InputError):
    """Shapes that do not fit where a claim puts them together."""


@dataclass(frozen=True, slots=True)
class Row:
    """A vector lying on its side."""

    x: Variable


@dataclass(frozen=True, slots=True)
class Ones:
    """A vector of ones, `times` a number, as long as it needs to be; beside + and ⊙ it is that number."""

    row: bool = False
    times: Any = 1


@dataclass(frozen=True, slots=True)
class Eye:
    """The identity matrix, as large as it needs to be."""


@dataclass(frozen=True, slots=True)
class Each:
    """What stands in a sum, for one index after the other."""

    terms: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """One sign of a claim read otherwise than it is written: what is done at the sign at that position."""

    position: int
    what: str


def examples_of(graph: Graph) -> int | None:
    """How many examples there are, where that is plain: rows of data that come first in a product, columns of others."""
    tape, counts = graph.tape, set[int]()
    data = {facts.node: tape.shape(facts.node) or () for facts in tape.inputs.values() if facts.role == "data"}
    for node in range(len(tape)):
        operation = tape.operation(node)
        for slot, operand in enumerate(tape.operands_of(node) if operation and operation.name == "matmul" else ()):
            turned = tape.operation(operand)
            flipped = turned is not None and turned.name == "transpose"
            shape = data.get(tape.operands_of(operand)[0] if flipped else operand, ())
            if len(shape) == 2:
                counts.add(shape[slot ^ flipped])
    if not counts and all(len(shape) == 1 for shape in data.values()):
        counts = {shape[0] for shape in data.values()}
    return counts.pop() if len(counts) == 1 else None


def is_batched(graph: Graph) -> bool:
    """Whether a vector is added to every row of a matrix, so that rows are examples."""
    tape = graph.tape
    for node in range(len(tape)):
        operation = tape.operation(node)
        if operation is not None and operation.name in ("add", "sub", "mul"):
            shapes = sorted(len(tape.shape(i) or ()) for i in tape.operands_of(node))
            if shapes == [1, 2]:
                return True
    return False


class ArrayReading(Reading):
    """A side whose names stand for arrays."""

    def __init__(self, source: Source, reader: ArrayReader) -> None:
        super().__init__(source, reader.graph, reader.vocabulary, reader.of)
        self.way, self.examples, self.repair, self.signs = reader.way, reader.examples, reader.repair, reader.signs
        self.batched = is_batched(reader.graph)

    def root(self, phrase: Phrase) -> int:
        value = self.value(phrase)
        if isinstance(value, Each | Eye):
            self.refuse("this claim is not complete", "say what is summed, and what the identity is multiplied by", 0)
        if isinstance(value, Row) and self.batched:
            value = value.x  # rows are examples, and vectors beside them are rows
        if isinstance(value, Row):
            value = value.x.applied(OPERATIONS["reshape"], (value.x,), {"shape": (1, *(value.x.shape or ()))})
        value = self._plain(value)
        return (value if isinstance(value, Variable) else constant(self.tape, value)).node

    # -- names

    def quantity(self, token: Token) -> Any:
        word = self.vocabulary.find(str(token)) or self.vocabulary.find(key_of(str(token)))
        if str(token) == "Ones":
            return Ones()
        if str(token).endswith(SUM):
            whole = super().quantity(type(token)(token.type, str(token).removesuffix(SUM), start_pos=token.start_pos))
            length = (whole.shape or (0,))[0]
            if not 0 < length <= MOST:
                self.refuse("this has no entries to sum over", "leave the index out", token.start_pos or 0)
            return Each(tuple(whole[i] for i in range(length)))
        if word is None and str(token) in EXAMPLES and self.examples and str(token) not in self.graph:
            return constant(self.tape, self.examples)
        if word is None and str(token) in ("I", "ones") and str(token) not in self.graph:
            return Eye() if token == "I" else Ones()
        return super().quantity(token)

    def _of(self, quantity: Quantity) -> Variable:
        if quantity not in self._variables:
            tape = self.graph.tape
            parts = [tape.shape(tape.by_name[name]) for name in (quantity.of, quantity.node) if name]
            if any(part is None for part in parts):
                raise InputError(f"the shape of {quantity.node} is not known", remedy="declare the shapes of the inputs, or give values")
            shape = tuple(n for part in parts for n in part or ())
            self._variables[quantity] = Variable(self.tape, self.tape.input(f"q{len(self._variables)}", shape))
            self.quantities[self._variables[quantity].node] = quantity
        return self._variables[quantity]

    # -- operations

    def _each(self, make: Any, operands: Sequence[Any]) -> Any:
        """An operation done for every index of a sum, if there is one in its operands."""
        counts = {len(x.terms) for x in operands if isinstance(x, Each)}
        if not counts:
            return make(list(operands))
        if len(counts) > 1:
            raise Misshapen(f"the index of this sum goes up to {' and to '.join(map(str, sorted(counts)))}")
        return Each(tuple(make([x.terms[i] if isinstance(x, Each) else x for x in operands]) for i in range(*counts)))

    def _unary(self, part: Phrase, operands: list[Any]) -> Any:
        return self._each(lambda xs: self._signed(part, xs), operands)

    def _signed(self, part: Phrase, xs: list[Any]) -> Any:
        if isinstance(xs[0], Row):
            return Row(self._signed(part, [xs[0].x]))
        return super()._unary(part, [self._plain(xs[0])])

    def _transpose(self, part: Phrase, operands: list[Any]) -> Any:
        place = tokens_of(part)[0]
        self.signs[place.start_pos or 0] = str(place)
        if self.repair == Repair(place.start_pos or 0, "no transpose"):
            return operands[0]
        return self._each(lambda xs: self._turned(xs[0], tokens_of(part)[0]), operands)

    def _turned(self, x: Any, place: Token) -> Any:
        if isinstance(x, Row):
            return x.x
        if isinstance(x, Ones):
            return Ones(not x.row)
        if isinstance(x, Eye):
            return x
        x = self._variable(x, place)
        shape = x.shape or ()
        if len(shape) < 2:
            return Row(x) if shape and self.way != NUMPY else x
        return x.T if len(shape) == 2 or self.way == NUMPY else swap(x)

    def _binary(self, part: Phrase, operands: list[Any]) -> Any:
        sign = tokens_of(part)[0]
        self.signs[sign.start_pos or 0] = str(sign)
        if self.repair.position == sign.start_pos:
            return self._repaired(part, operands, sign)
        if str(sign) in PRODUCTS:
            return self._each(lambda xs: self._product(xs[0], xs[1], sign), operands)
        if str(sign) == OUTER:
            return self._each(lambda xs: self._apply("outer", [self._variable(x, sign) for x in xs], {}, sign), operands)
        return self._each(lambda xs: self._entrywise(part, xs), operands)

    def _repaired(self, part: Phrase, operands: list[Any], sign: Token) -> Any:
        """What stands at a sign that is read otherwise."""
        a, b = operands
        what = self.repair.what
        if what in ("plus", "minus", "entry by entry"):
            kinds = {"plus": ("PLUS", "+"), "minus": ("MINUS", "-"), "entry by entry": ("STAR", "*")}
            other = type(sign)(*kinds[what], start_pos=sign.start_pos)
            return super()._binary(type(part)(part.data, [part.children[0], other, part.children[2]]), [self._plain(x) for x in operands])
        if "left" in what:
            a = self._turned(a, sign)
        if "right" in what:
            b = self._turned(b, sign)
        if "swapped" in what:
            a, b = b, a
        return self._product(a, b, sign)

    def _entrywise(self, part: Phrase, xs: list[Any]) -> Any:
        """+ − ⊙ / and powers, entry by entry; numbers and columns spread as they must."""
        a, b = xs
        sign = tokens_of(part)[0]
        if isinstance(a, Eye) or isinstance(b, Eye):
            a, b = (self._eye(x, other, sign) for x, other in ((a, b), (b, a)))
        a, b = self._plain(a), self._plain(b)
        if isinstance(a, Row) and isinstance(b, Row):
            return Row(super()._binary(part, [a.x, b.x]))
        if isinstance(a, Row) or isinstance(b, Row):
            other = b if isinstance(a, Row) else a
            axes = len(shape_meant(other))
            bare = [x.x if isinstance(x, Row) else _upright(x) if axes == 1 else x for x in (a, b)]
            found = super()._binary(part, bare)
            return found if axes else Row(found)
        shapes = [shape_meant(x) for x in (a, b)]
        if self.way != NUMPY and sorted(map(len, shapes)) == [1, 2]:
            column = next(s for s in shapes if len(s) == 2)
            if column[1] == 1 and column[0] in (s[0] for s in shapes if len(s) == 1):
                a, b = (_flat(x) if len(shape_meant(x)) == 2 else x for x in (a, b))
        return super()._binary(part, [a, b])

    def _product(self, a: Any, b: Any, sign: Token) -> Any:
        """The product of numbers, rows, columns and matrices."""
        if isinstance(a, Eye) or isinstance(b, Eye):
            return b if isinstance(a, Eye) else a
        if isinstance(a, Ones) or isinstance(b, Ones):
            return self._with_ones(a, b, sign)
        shapes = shape_meant(a), shape_meant(b)
        if not all(shapes):
            row = isinstance(a, Row) or isinstance(b, Row)
            bare = [x.x if isinstance(x, Row) else x for x in (a, b)]
            known = all(isinstance(x, NUMBER) for x in bare)
            folded = self._folded(type(sign)("STAR", "*"), *bare) if known else None
            found = self._apply("mul", bare, {}, sign) if folded is None else folded
            return Row(found) if row else found
        if self.way == NUMPY or any(len(shape) > 2 for shape in shapes):
            return self._apply("matmul", [a, b], {}, sign)
        vectors = not isinstance(a, Row) and not isinstance(b, Row) and len(shapes[0]) == len(shapes[1]) == 1
        if vectors and shapes[0] == shapes[1]:
            entries = str(sign) == JUXTAPOSED or (str(sign) == CDOT and self.way == ENTRIES)
            return self._apply("mul" if entries else "matmul", [a, b], {}, sign)
        if str(sign) == CDOT and self.way == ENTRIES and shapes[0] == shapes[1]:
            return self._apply("mul", [self._variable(x, sign) for x in (a, b)], {}, sign)
        return self._multiplied(a, b, sign)

    def _multiplied(self, a: Any, b: Any, sign: Token) -> Any:
        inner = _as_matrix(a)[1]
        if inner != _as_matrix(b)[0]:
            told = f"a factor of shape {_told(a)} and one of shape {_told(b)} do not fit in a product"
            raise Misshapen(told, remedy="the columns of the first are as many as the rows of the second", source=self.source.text, position=sign.start_pos)
        x, y = (self._variable(v, sign) for v in (a, b))
        if inner == 1 and not isinstance(a, Row) and not (len(shape_meant(b)) == 1 and not isinstance(b, Row)):
            return self._apply("outer", [_flat(x), _flat(y)], {}, sign)
        found = self._apply("matmul", [x, y], {}, sign)
        return Row(found) if isinstance(a, Row) and len(shape_meant(found)) == 1 else found

    def _with_ones(self, a: Any, b: Any, sign: Token) -> Any:
        """1ᵀX sums over rows, X1 over columns, and 1bᵀ repeats b as often as it must."""
        ones, other, first = (a, b, True) if isinstance(a, Ones) else (b, a, False)
        shape = shape_meant(other)
        if isinstance(other, Ones):
            self.refuse("it is not said how many ones these are", "write the number", sign.start_pos or 0)
        if not shape:
            return Ones(ones.row, self._scaled(ones.times, other, sign))
        lying = isinstance(other, Row)
        sums = ones.row and not lying if first else not ones.row and (lying or len(shape) == 2)
        if not sums:
            column = len(shape) == 1 and not isinstance(other, Row) and ones.row and not first
            spread = _upright(self._variable(other, sign)) if column else other
            return self._scaled(ones.times, spread, sign)
        x = self._variable(other, sign)
        if len(shape) == 1:
            return self._scaled(ones.times, self._apply("sum", [x], {}, sign), sign)
        found = self._apply("sum", [x], {"axis": 0 if first else 1}, sign)
        return self._scaled(ones.times, Row(found) if first and self.way != NUMPY else found, sign)

    def _scaled(self, number: Any, x: Any, sign: Token) -> Any:
        return x if isinstance(number, int) and number == 1 else self._product(number, x, sign)

    def _call(self, part: Phrase, operands: list[Any]) -> Any:
        word = tokens_of(part)[0]
        if str(word) == SUM:
            return self._summed(operands[0], word)
        return self._each(lambda xs: self._called(part, xs), operands)

    def _called(self, part: Phrase, xs: list[Any]) -> Any:
        bare = [x.x if isinstance(x, Row) else self._plain(x) for x in xs]
        return super()._call(part, bare)

    def _summed(self, x: Any, word: Token) -> Any:
        """A sum over an index; without one in it, over the examples."""
        if isinstance(x, Each):
            total = x.terms[0]
            for term in x.terms[1:]:
                total = Row(total.x + term.x) if isinstance(total, Row) and isinstance(term, Row) else total + self._variable(term, word)
            return total
        x = self._variable(x, word)
        return self._apply("sum", [x], {"axis": 0} if len(x.shape or ()) > 1 else {}, word)

    def _index(self, part: Phrase, operands: list[Any]) -> Any:
        return super()._index(part, [self._variable(operands[0], tokens_of(part)[0]), operands[1]])

    # -- shapes

    def _plain(self, x: Any) -> Any:
        return x.times if isinstance(x, Ones) else x

    def _eye(self, x: Any, other: Any, place: Token) -> Any:
        """The identity beside a square matrix."""
        shape = shape_meant(other)
        if not isinstance(x, Eye):
            return x
        if len(shape) != 2 or shape[0] != shape[1]:
            raise Misshapen(f"the identity stands beside an array of shape {shape}", source=self.source.text, position=place.start_pos)
        return constant(self.tape, [[int(i == j) for j in range(shape[0])] for i in range(shape[0])])

    def _variable(self, value: Any, place: Token) -> Variable:
        if isinstance(value, Row):
            return value.x
        if isinstance(value, Eye | Each):
            self.refuse("this can not stand here", "write the product first", place.start_pos or 0)
        return super()._variable(self._plain(value), place)

    def _apply(self, name: str, operands: list[Any], facts: Mapping[str, Any], place: Token) -> Variable:
        operation = OPERATIONS[name]
        operands = [self._plain(x) for x in operands]
        if any(isinstance(x, tuple) for x in operands) or len(operands) != (operation.arity or len(operands)):
            return super()._apply(name, operands, dict(facts), place)
        made = [self._variable(x, place) for x in operands]
        try:
            return super()._apply(name, list(made), dict(facts), place)
        except Misshapen:
            raise
        except InputError as error:
            if len(made) < 2:
                raise
            raise Misshapen(error.sentence, remedy=error.remedy, source=self.source.text, position=place.start_pos) from None


def shape_meant(x: Any) -> Shape:
    if isinstance(x, Row):
        return x.x.shape or ()
    if isinstance(x, list):
        shape = []
        while isinstance(x, list):
            shape.append(len(x))
            x = x[0]
        return tuple(shape)
    return (x.shape or ()) if isinstance(x, Variable) else ()


def _as_matrix(x: Any) -> Shape:
    shape = shape_meant(x)
    if len(shape) == 2:
        return shape
    return (1, prod(shape)) if isinstance(x, Row) else (prod(shape), 1)


def _told(x: Any) -> Shape:
    return _as_matrix(x) if isinstance(x, Row) else shape_meant(x)


def _flat(x: Any) -> Any:
    return x if len(shape_meant(x)) < 2 else x.applied(OPERATIONS["reshape"], (x,), {"shape": (prod(shape_meant(x)),)})


def _upright(x: Any) -> Any:
    """A vector as a matrix of one column."""
    if not isinstance(x, Variable):
        return [[entry] for entry in x]
    return x.applied(OPERATIONS["reshape"], (x,), {"shape": (prod(shape_meant(x)), 1)})
