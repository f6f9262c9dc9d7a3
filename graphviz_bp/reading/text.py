"""The language of lectures, read into a graph: `parse("v = u**2; w = 6*u; z = v*w")`.

Text becomes words (limits.py), words become a tree (grammar.lark), and the tree is walked once onto a tape. The
walk is a loop over the tree in postorder, so depth and length cost no stack. Nothing is evaluated but numbers:
a text can name variables and the rows of the operation table, and has no way to say anything else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import isfinite, prod
from operator import add, mul, sub, truediv
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import InputError
from ..graph import Graph, graph
from ..numbers import NotExact, doubles, exact, is_array
from ..operations import OPERATIONS, Operation, Shape, call
from ..tape import Tape
from ..variables import Variable, constant
from .limits import ENDS_FACTOR, STANDARD, Limits, Word, scan

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

    Phrase = Tree[Token]


def parse(text: str, *, limits: Limits = STANDARD) -> Graph:
    """The graph that a text describes; its last computed statement is the output unless it says `output z`.

    Statements `name = expression` end with a line or a semicolon; NumPy's operators, precedence and array semantics
    hold, `^` is a power too, and `#` starts a comment. A name never assigned is an input, a constant expression an
    input with that default. `data x, y`, `param w`, `W: (2, 3)`, `x > 0` and `name W1 "W^{[1]}"` declare.
    Whatever cannot be read raises InputError with line, column and remedy.

    >>> parse("a = W@x + b; W: (2, 3); x: (3,); b: (2,)")["a"].shape
    (2,)
    """
    if not isinstance(text, str):
        raise TypeError(f"parse reads text, not {type(text).__name__}")
    words = scan(text, limits)
    return _Builder(_Source(text, limits), _statements(text, words)).graph()


# -- words to phrases


def _statements(text: str, words: list[Word]) -> list[Phrase]:
    """The statements of a text as trees."""
    from lark import UnexpectedToken

    try:
        return _parts(_grammar().parse(words))
    except UnexpectedToken as error:
        at = (error.token.type, error.token.start_pos)
        index = next(i for i, word in enumerate(words) if (word.kind, word.position) == at)
    sentence, remedy, position = _misreading(words, index)
    raise InputError(sentence, remedy=remedy, source=text, position=position)


@cache
def _grammar() -> Lark:
    """The LALR parser, made once; its words are given, so it needs no lexer of its own."""
    from lark import Lark, Token
    from lark.lexer import Lexer

    class Given(Lexer):
        __future_interface__ = 2  # lark's name for the signature of `lex` below

        def __init__(self, _: Any) -> None:
            pass

        def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
            return (Token(word.kind, word.text, word.position) for word in lexer_state.text)

    return Lark(Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8"), parser="lalr", lexer=Given)


_OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "AT", "POWER", "COMPARE"}
_KEYWORDS = {"DATA", "PARAM", "OUTPUT", "NAMED"}
_HERE = {  # where a word stands wrong whatever stands before it
    "COMMA": ("a comma separates arguments, entries or declared names", "write one name = expression per statement"),
    "COLON": ("a colon declares a shape or slices an index", "write W: (2, 3), or x[1:3]"),
    "STRING": ("a quoted text is not expected here", 'quotes belong to: name W1 "W^{[1]}"'),
    "TRANSPOSE": (".T follows nothing", "write the array before .T"),
    "RSQB": ("there is nothing in this index or list", "write an index such as x[0]"),
    "LSQB": ("an index follows nothing", "write the array before it"),
}


def _misreading(words: list[Word], index: int) -> tuple[str, str, int]:
    """What is wrong where the grammar could not go on, what to do about it, and the position of the offence."""
    start = max((i + 1 for i in range(index) if words[i].kind == "END"), default=0)
    at, statement = words[index], words[start:index]
    before = statement[-1] if statement else Word("END", "", at.position)
    if statement and statement[0].kind in _KEYWORDS:
        return _misdeclared(statement, at)
    if before.kind in ENDS_FACTOR and at.kind in ("NAME", "NUMBER", "LPAR"):
        return "two factors stand side by side", "write * between factors", at.position
    if at.kind == "EQUALS":
        return _misassigned(statement, at)
    if before.kind == "EQUALS" and at.kind == "END":
        return "nothing follows =", "write an expression after it", before.position
    if before.kind in _OPERATORS and at.kind in _OPERATORS:
        return f"nothing stands between {before.text} and {at.text}", "write an operand, or delete one", at.position
    if before.kind in _OPERATORS:
        return f"nothing follows {before.text}", "write its operand, on the same line or in brackets", before.position
    if at.kind in _OPERATORS and before.kind not in ENDS_FACTOR:
        return f"nothing stands before {at.text}", "write its left operand", at.position
    if at.kind == "COMPARE":
        return "only one comparison fits here", "multiply conditions: (0 < x) * (x < 1)", at.position
    if at.kind in ("COMMA", "RPAR", "RSQB") and before.kind in ("COMMA", "EQUALS"):
        return f"nothing stands between {before.text} and {at.text}", "write an expression", at.position
    if at.kind == "END":
        return "this statement stops too early", "write name = expression", before.position
    return (*_HERE.get(at.kind, (f"{at.text} is not expected here", "write name = expression")), at.position)


def _misassigned(statement: list[Word], at: Word) -> tuple[str, str, int]:
    """An = in the wrong place."""
    if any(word.kind == "EQUALS" for word in statement):
        return "this statement has two =", "write == to compare, or end the first statement", at.position
    if any(word.kind == "COMMA" for word in statement):
        return "a statement assigns one name", "write a statement for each name", at.position
    if statement and statement[-1].kind in (*_OPERATORS, "COLON"):
        sentence = f"{statement[-1].text}= is not an operator"
        return sentence, "write = to assign, and ==, <= or >= to compare", statement[-1].position
    if not statement:
        return "= has no name before it", "write name = expression", at.position
    return "only a name can be assigned", "write name = expression", statement[0].position


def _misdeclared(statement: list[Word], at: Word) -> tuple[str, str, int]:
    """A declaration that does not go on as it must."""
    first = statement[0]
    if first.kind == "OUTPUT":
        return "output names one node", "write output z on a line of its own", at.position
    if first.kind == "NAMED":
        return f"{first.text} says how one name is typeset", 'write name W1 "W^{[1]}"', at.position
    if at.kind == "NAME" and statement[-1].kind == "NAME":
        return "a comma is missing between two names", f"write {first.text} x, y", at.position
    return f"{first.text} declares names only", f"write {first.text} x, y; values have their own lines", at.position


# -- trees


def _parts(phrase: Phrase) -> list[Phrase]:
    """The phrases in a phrase (a word is a string, a phrase is not)."""
    return [child for child in phrase.children if not isinstance(child, str)]


def _tokens(phrase: Phrase) -> list[Token]:
    """The words of a phrase itself."""
    return [child for child in phrase.children if isinstance(child, str)]


def _below(phrase: Phrase) -> list[Phrase]:
    """The parts whose values a phrase is made of; facts (axis=0) are no values."""
    return [part for part in _parts(phrase) if part.data != "fact"]


def _postorder(root: Phrase) -> list[Phrase]:
    """Every phrase after its parts, left before right; a loop, because `a + a + ...` is as deep as it is long."""
    stack, out = [root], []
    while stack:
        phrase = stack.pop()
        out.append(phrase)
        stack.extend(_below(phrase))
    out.reverse()
    return out


def _bare(phrase: Phrase) -> Phrase:
    """A phrase without the parentheses around it."""
    while phrase.data == "group":
        phrase = _parts(phrase)[0]
    return phrase


def _at(phrase: Phrase) -> int:
    """Where a phrase starts."""
    while not isinstance(phrase.children[0], str):
        phrase = phrase.children[0]
    return phrase.children[0].start_pos or 0


def _names(phrase: Phrase) -> list[Token]:
    """The variables a phrase mentions, in order."""
    parts = (part for part in _postorder(phrase) if part.data in ("name", "names"))
    return [token for part in parts for token in _tokens(part) if token.type == "NAME"]


# -- what is declared of names, before or after they are used


class _Source:
    """The text, its limits, and how something in it is refused."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text, self.limits = text, limits

    def refuse(self, sentence: str, remedy: str, position: int | None) -> NoReturn:
        raise InputError(sentence, remedy=remedy, source=self.text, position=position) from None

    def line(self, position: int | None) -> int:
        return self.text.count("\n", 0, position) + 1


@dataclass(slots=True)
class _Declared:
    """Everything declared of one name, and where that was first done."""

    position: int
    role: str = ""
    shape: Shape | None = None
    domain: list[tuple[str, Any]] = field(default_factory=list)


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class _Declarations:
    """What the statements say of names: roles, shapes, domains, typesetting, the output, and who is assigned where."""

    def __init__(self, source: _Source, statements: list[Phrase]) -> None:
        self.source, self.refuse = source, source.refuse
        self.of: dict[str, _Declared] = {}
        self.assigned: dict[str, Phrase] = {}
        self.labels: dict[str, tuple[Token, Token]] = {}  # the name and its quoted form
        self.output: Token | None = None
        for statement in statements:
            getattr(self, f"_{statement.data}", self._nameless)(statement)
        for name, declared in self.of.items():
            self._check(name, declared)

    def _about(self, token: Token) -> _Declared:
        return self.of.setdefault(str(token), _Declared(token.start_pos or 0))

    def _assignment(self, statement: Phrase) -> None:
        token = _tokens(statement)[0]
        if token in self.assigned:
            sentence = f"{token} is already assigned on line {self.source.line(_at(self.assigned[token]))}"
            self.refuse(sentence, "give the new value a name of its own", token.start_pos)
        self.assigned[str(token)] = statement

    def _role(self, statement: Phrase) -> None:
        role = "data" if _tokens(statement)[0].type == "DATA" else "param"
        for token in _names(_parts(statement)[0]):
            declared = self._about(token)
            if declared.role not in ("", role):
                self.refuse(f"{token} is declared both data and param", "delete one of the two", token.start_pos)
            declared.role = role
        if len(_parts(statement)) > 1:
            self._shape(statement)

    def _shape(self, statement: Phrase) -> None:
        names, sizes = _parts(statement)
        shape = self._sizes(sizes)
        for token in _names(names):
            declared = self._about(token)
            if declared.shape not in (None, shape):
                self.refuse(f"{token} is declared with two shapes", "delete one of the two", token.start_pos)
            declared.shape = shape

    def _sizes(self, phrase: Phrase) -> Shape:
        sizes = None if _names(phrase) else _literal(self.source, phrase)
        shape = (sizes,) if isinstance(sizes, int) else sizes
        if not isinstance(shape, tuple) or not all(isinstance(n, int) and 0 < n < _FARTHEST for n in shape):
            self.refuse("a shape is made of whole numbers", "write W: (2, 3), b: (2,) or x: ()", _at(phrase))
        if prod(shape) > self.source.limits.entries or len(shape) > _AXES:
            self.refuse(f"shape {shape} is too large", "raise Limits(entries=...)", _at(phrase))
        return shape

    def _output(self, statement: Phrase) -> None:
        if self.output is not None:
            first = self.source.line(self.output.start_pos)
            self.refuse(f"the output is already named on line {first}", "delete one of the two", _at(statement))
        self.output = _tokens(statement)[1]

    def _label(self, statement: Phrase) -> None:
        _, token, quoted = _tokens(statement)
        if token in self.labels:
            self.refuse(f"{token} is typeset in two ways", "delete one of the two", token.start_pos)
        self.labels[str(token)] = token, quoted

    def _binary(self, statement: Phrase) -> None:
        left, right = map(_bare, _parts(statement))
        sign = _tokens(statement)[0]
        if sign.type != "COMPARE":
            self._nameless(statement)
        if sign == "==" and left.data == "name":
            self.refuse("a statement assigns with one =", f"write {_tokens(left)[0]} = ...", sign.start_pos)
        if sign in _MIRRORED and left.data == "name":
            self._bound(left, str(sign), right)
        elif sign in _MIRRORED and right.data == "name":
            self._bound(right, _MIRRORED[sign], left)
        else:
            self.refuse("a domain compares one name with a number", "write x > 0", sign.start_pos)

    def _chain(self, statement: Phrase) -> None:
        low, middle, high = map(_bare, _parts(statement))
        first, second = _tokens(statement)
        if first[0] != second[0] or first not in _MIRRORED or middle.data != "name":
            self.refuse("this is neither a domain nor an assignment", "write a domain as in 0 < p < 1", first.start_pos)
        self._bound(middle, _MIRRORED[first], low)
        self._bound(middle, str(second), high)

    def _bound(self, name: Phrase, sign: str, phrase: Phrase) -> None:
        value = None if _names(phrase) else _literal(self.source, phrase)
        if not isinstance(value, (*_NUMBER, float)):
            self.refuse("the bound of a domain is a number", "write x > 0", _at(phrase))
        self._about(_tokens(name)[0]).domain.append((sign, value))

    def _nameless(self, statement: Phrase) -> NoReturn:
        self.refuse("this expression has no name", "write name = expression", _at(statement))

    def _check(self, name: str, declared: _Declared) -> None:
        """Only inputs are declared: what is known of a computed name follows from its definition."""
        statement = self.assigned.get(name)
        if statement is not None and _names(_parts(statement)[0]):
            line = self.source.line(_at(statement))
            self.refuse(f"{name} is computed on line {line}", "declare inputs only, and delete this", declared.position)


# -- phrases to values: numbers are computed at once, variables make nodes

_BINARY = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "@": "matmul", "**": "pow",
    "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal", "==": "equal", "!=": "not_equal",
}  # fmt: skip
_FOLDS: dict[str, Callable[[Any, Any], Any]] = {"+": add, "-": sub, "*": mul, "/": truediv, "**": pow}
_ADJOINTS = {"index", "place", "broadcast_to", "sum_to"}  # rows that pulls need; a text writes x[0]
_OF_ARRAYS = {"softmax", "log_softmax", "concat"}  # an operand of these cannot be a number
_FLAGS = {"True": True, "False": False, "None": None}
_NUMBER = (int, Decimal, Fraction)
_FARTHEST = 10**9  # an index, a size or an axis stays below
_AXES = 32  # NumPy's limit


class _Walk:
    """Expressions put on one tape; `look_up` gives the variable that a name stands for."""

    def __init__(self, source: _Source, tape: Tape, look_up: Callable[[Token], Variable]) -> None:
        self.source, self.refuse, self.limits = source, source.refuse, source.limits
        self.tape, self.look_up = tape, look_up

    def value(self, phrase: Phrase) -> Any:
        """A variable where the phrase depends on one, else a number, or a list or tuple of numbers."""
        stack: list[Any] = []
        for part in _postorder(phrase):
            first = len(stack) - len(_below(part))
            operands = stack[first:]
            del stack[first:]
            stack.append(getattr(self, f"_{part.data}")(part, operands))
        return stack[0]

    def _number(self, part: Phrase, _: list[Any]) -> int | Decimal:
        text = str(_tokens(part)[0])
        return int(text) if text.isdigit() else Decimal(text)

    def _name(self, part: Phrase, _: list[Any]) -> Variable:
        return self.look_up(_tokens(part)[0])

    def _group(self, _: Phrase, operands: list[Any]) -> Any:
        return operands[0]

    def _tuple(self, _: Phrase, operands: list[Any]) -> tuple[Any, ...]:
        return tuple(operands)

    def _list(self, part: Phrase, operands: list[Any]) -> list[Any]:
        for entry, phrase in zip(operands, _below(part), strict=True):
            if not isinstance(entry, (*_NUMBER, list)):
                self.refuse("an entry of a list is a number", "use concat to join variables", _at(phrase))
            if _shape_of(entry) != _shape_of(operands[0]):
                self.refuse("the rows of this list differ in shape", "give every row the same length", _at(phrase))
        if len(_shape_of(operands)) > _AXES:
            self.refuse(f"an array has at most {_AXES} axes", "write [[1, 2], [3, 4]] for a matrix", _at(part))
        return operands

    def _unary(self, part: Phrase, operands: list[Any]) -> Any:
        sign, x = _tokens(part)[0], operands[0]
        if sign == "+" and not isinstance(x, tuple):
            return x
        if isinstance(x, _NUMBER):
            return x.copy_negate() if isinstance(x, Decimal) else -x  # -x would round a decimal
        return self._apply("neg", operands, {}, sign)

    def _binary(self, part: Phrase, operands: list[Any]) -> Any:
        sign = _tokens(part)[0]
        found = None
        if sign in _FOLDS and all(isinstance(x, _NUMBER) for x in operands):
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
        return self._apply("transpose", operands, {}, _tokens(part)[0])

    def _index(self, part: Phrase, operands: list[Any]) -> Variable:
        array, key = operands
        place = _tokens(part)[0]
        variable = self._variable(array, place)
        return self._fitting(lambda: variable[key if len(key) > 1 else key[0]], "this index", place)

    def _items(self, part: Phrase, operands: list[Any]) -> tuple[Any, ...]:
        for item, phrase in zip(operands, _below(part), strict=True):
            if not isinstance(item, slice) and not _are_whole(item):
                self.refuse("an index is made of whole numbers", "write x[0], x[1:3] or x[[0, 2]]", _at(phrase))
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
            self.refuse("the bounds of a slice are whole numbers", "write x[1:3]", _at(part))
        return slice(*bounds)

    def _call(self, part: Phrase, operands: list[Any]) -> Variable:
        word = _tokens(part)[0]
        operation = self._operation(word)
        facts = self._facts(operation, [child for child in _parts(part) if child.data == "fact"])
        arity = len(operands) if operation.arity is None else operation.arity
        for name, value in zip(operation.statics, operands[arity:], strict=False):  # sum(x, 0), reshape(x, (2, 3))
            facts.setdefault(name, self._fact(value, word))
            operands = operands[:arity] + operands[arity + 1 :]
        return self._apply(operation.name, operands, facts, word)

    def _operation(self, word: Token) -> Operation:
        known = [name for name in OPERATIONS if name not in _ADJOINTS]
        if word in known:
            return OPERATIONS[word]
        from difflib import get_close_matches

        near = get_close_matches(word.lower(), known, n=3)
        remedy = f"did you mean {' or '.join(near)}?" if near else f"write {word}*(...) for a product"
        self.refuse(f"there is no function {word}", remedy, word.start_pos)

    def _facts(self, operation: Operation, phrases: list[Phrase]) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for phrase in phrases:
            word, value = _tokens(phrase)[0], _bare(_parts(phrase)[0])
            if word not in operation.statics:
                remedy = f"it takes {' and '.join(operation.statics)}" if operation.statics else "write == to compare"
                self.refuse(f"{operation.name} takes no {word}", remedy, word.start_pos)
            if word in facts:
                self.refuse(f"{word} is given twice", "delete one of the two", word.start_pos)
            if value.data == "name" and _tokens(value)[0] in _FLAGS:
                facts[str(word)] = _FLAGS[_tokens(value)[0]]
            else:  # a walk within the walk, so what could nest is left out
                plain = all(inner.data in ("number", "unary", "tuple", "list", "group") for inner in _postorder(value))
                facts[str(word)] = self._fact(self.value(value) if plain else None, word)
        return facts

    def _fact(self, value: Any, word: Token) -> Any:
        if not _are_whole(value) or (not isinstance(value, int) and any(isinstance(n, list | tuple) for n in value)):
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
        if prod(shape) > self.limits.entries or len(shape) > _AXES:
            self.refuse(f"shape {shape} is too large", "raise Limits(entries=...)", place.start_pos)
        return made


def _as_typed(number: Fraction, decimal: bool, digits: int) -> int | Decimal | Fraction:
    """A computed number as a person would have typed it: a decimal if one of its parts was and it terminates."""
    rest, places = number.denominator, 0
    while decimal and rest > 1 and places <= digits and 10**places % rest:
        places += 1
    scaled = number * 10**places
    if decimal and scaled.denominator == 1 and abs(scaled) < 10**digits:
        return Decimal((int(scaled < 0), tuple(map(int, str(abs(scaled.numerator)))), -places))
    return number.numerator if rest == 1 else number


def _bits(x: Fraction) -> int:
    return max(x.numerator.bit_length(), x.denominator.bit_length())


def _shape_of(value: Any) -> Shape:
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
    return isinstance(value, int) and abs(value) < _FARTHEST


# -- numbers


def _literal(source: _Source, phrase: Phrase) -> Any:
    """The value of a phrase without variables: exact where it can be, a float where not (sqrt(2)), lists for arrays."""
    tape = Tape()
    found = _Walk(source, tape, _no_variable).value(phrase)
    if not isinstance(found, Variable):
        return found
    work = sum(_work(tape, node) for node in range(len(tape)))
    if work > source.limits.work:
        sentence = "this constant takes too long to compute"
        source.refuse(sentence, "give it as a value, or raise Limits(work=...)", _at(phrase))
    try:
        value = _computed(tape, found.node)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        source.refuse(f"this constant cannot be computed: {error}", "give it as a value", _at(phrase))
    if not all(isfinite(x) for x in (value.flat if is_array(value) else (value,))):
        source.refuse("this constant has no finite real value", "change the numbers", _at(phrase))
    return _shortest(value.tolist() if is_array(value) else value)


def _shortest(value: Any) -> Any:
    """Fractions that are whole as integers, in lists too."""
    if isinstance(value, list):
        return [_shortest(entry) for entry in value]
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def _work(tape: Tape, node: int) -> int:
    """How many numbers a node computes, the products inside @ among them."""
    operation, shapes = tape.operation(node), [tape.shape(i) or () for i in tape.operands_of(node)]
    inner = shapes[0][-1] if operation is OPERATIONS["matmul"] else 1
    return inner * prod(tape.shape(node) or ())


def _computed(tape: Tape, node: int) -> Any:
    """The value of a node of constants: exact, or in doubles."""
    from ..sweep import forward

    try:
        return forward(tape, {}, exact)[node]
    except NotExact:
        with sys.modules["numpy"].errstate(all="ignore") if "numpy" in sys.modules else nullcontext():
            return forward(tape, {}, doubles)[node]


def _no_variable(token: Token) -> NoReturn:
    raise AssertionError(f"{token} is in a phrase without variables")


# -- statements to a graph


class _Builder:
    """The assignments in order, each put on the tape under its name; inputs appear where they are first mentioned."""

    def __init__(self, source: _Source, statements: list[Phrase]) -> None:
        self.source, self.refuse, self.statements = source, source.refuse, statements
        self.declared = _Declarations(source, statements)
        self.tape = Tape()
        self.walk = _Walk(source, self.tape, self.look_up)
        self.variables: dict[str, Variable] = {}
        self.used: set[str] = set()
        self.current = ""  # the name whose statement is being read
        self.arrays = {str(name) for statement in statements for name in _used_as_arrays(statement)}

    def graph(self) -> Graph:
        for statement in self.statements:
            if statement.data == "assignment":
                self.assign(statement)
            elif statement.data not in ("output", "label"):
                for token in _names(statement):
                    if token not in self.declared.assigned:
                        self.input(token)
        self.check_use()
        return graph(self.output(), labels=self.labels())

    def assign(self, statement: Phrase) -> None:
        token, phrase = _tokens(statement)[0], _parts(statement)[0]
        self.current = str(token)
        if not _names(phrase):
            self.variables[self.current] = self.given(token, phrase)
            return
        value = self.walk.value(phrase)
        if not isinstance(value, Variable):
            self.refuse("a shape stands where a value is meant", "write an array as in [1, 2]", _at(phrase))
        self.variables[self.current] = value.named(self.current)

    def given(self, token: Token, phrase: Phrase) -> Variable:
        """A constant expression: an input with that default."""
        value = _literal(self.source, phrase)
        if isinstance(value, tuple):
            self.refuse("a shape stands where a value is meant", "write an array as in [1, 2]", _at(phrase))
        declared, shape = self.declared.of.get(token), _shape_of(value)
        if declared and declared.shape not in (None, shape):
            sentence = f"{token} is declared with shape {declared.shape}, and this has shape {shape}"
            self.refuse(sentence, "make the two agree", _at(phrase))
        return self.input(token, shape, value)

    def input(self, token: Token, shape: Shape | None = None, default: Any = None) -> Variable:
        name = str(token)
        if name in self.variables:
            return self.variables[name]
        facts = self.declared.of.get(name) or _Declared(0)
        known = shape is not None or facts.shape is not None
        if not known and name not in self.arrays:
            shape = ()
        node = self.tape.input(
            name, facts.shape if shape is None else shape, default=default, role=facts.role or "param",
            domain=tuple(facts.domain), declared=facts.shape is not None,
        )  # fmt: skip
        self.variables[name] = Variable(self.tape, node)
        return self.variables[name]

    def look_up(self, token: Token) -> Variable:
        self.used.add(str(token))
        if token in self.declared.assigned and token not in self.variables:
            self.too_early(token)
        return self.input(token)

    def too_early(self, token: Token) -> NoReturn:
        """A name that is assigned, but not yet."""
        if token == self.current:
            self.refuse(f"{token} is defined by itself", "give the new value a name of its own", token.start_pos)
        line = self.source.line(_at(self.declared.assigned[token]))
        if self.needs(str(token), self.current):
            sentence = f"{self.current} and {token} (line {line}) need each other"
            self.refuse(sentence, "a graph has no cycles: give one of them another name", token.start_pos)
        self.refuse(f"{token} is used before it is assigned on line {line}", "move that statement up", token.start_pos)

    def needs(self, name: str, other: str) -> bool:
        """Whether a name is computed from another, by any way."""
        seen, stack = {name}, [name]
        while stack:
            statement = self.declared.assigned.get(stack.pop())
            new = {str(n) for n in _names(_parts(statement)[0])} - seen if statement else set()
            seen |= new
            stack.extend(new)
        return other in seen

    def check_use(self) -> None:
        for name, declared in self.declared.of.items():
            if name not in self.used and name not in self.declared.assigned:
                sentence = f"{name} is declared and never used"
                self.refuse(sentence, "use it in an expression, or delete this", declared.position)

    def output(self) -> Variable:
        computed = [name for name in self.declared.assigned if name not in self.tape.inputs]
        if not computed:
            position = _at(self.statements[-1]) if self.statements else len(self.source.text)
            self.refuse("nothing is computed here", "write a statement such as z = u**2", position)
        token = self.declared.output
        if token is None:
            return self.variables[computed[-1]]
        if token not in computed:
            what = "is an input" if token in self.tape.inputs else "is not assigned"
            self.refuse(f"{token} {what}, so it cannot be the output", f"write output {computed[-1]}", token.start_pos)
        return self.variables[token]

    def labels(self) -> dict[str, str]:
        """How names are typeset, where the text says so."""
        from ..names import checked_label

        labels = {}
        for name, (token, quoted) in self.declared.labels.items():
            if name not in self.variables:
                sentence = f"there is no {name} to typeset"
                self.refuse(sentence, "use it in a statement, or delete this", token.start_pos)
            try:
                labels[name] = checked_label(name, quoted[1:-1])
            except InputError as error:
                self.refuse(error.sentence, error.remedy, (quoted.start_pos or 0) + (error.column or 1))
        return labels


def _used_as_arrays(statement: Phrase) -> Iterator[Token]:
    """The names that stand directly beside @, before .T or an index, or in a function of arrays."""
    for part in _postorder(statement):
        tokens, below = _tokens(part), [_bare(inner) for inner in _below(part)]
        if tokens and (tokens[0].type in ("AT", "TRANSPOSE", "LSQB") or tokens[0] in _OF_ARRAYS):
            yield from (_tokens(inner)[0] for inner in below if inner.data == "name")
