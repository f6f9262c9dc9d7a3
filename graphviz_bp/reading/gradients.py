"""Reading one side of a claim: a name is a value, dL/da a gradient, and d(...)/du is differentiated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import InputError
from ..graph import Graph
from ..graph.tape import Tape
from ..graph.variables import Variable, constant
from ..operations import CODES, OPERATIONS, Operation
from ..operations.record import f, of_slot
from .expressions import Walk
from .limits import Word
from .phrases import Source, tokens_of
from .spelling import key_of
from .vocabulary import UnknownName, Vocabulary, function_of, gradient_in, gradient_word, operator_in

if TYPE_CHECKING:
    from lark import Token, Tree

    Phrase = Tree[Token]
from .quantities import Quantity

_QUOTIENT = re.compile(r"d(\w+)\s*/\s*d(\w+)")


class _Derivatives:
    """dz/du and ∂z/∂u among the words of the language: NAME SLASH NAME becomes one NAME."""

    def __init__(self, text: str, words: list[Word], vocabulary: Vocabulary) -> None:
        self.text, self.words, self.vocabulary = text, words, vocabulary

    def joined(self) -> Iterator[Word]:
        i = 0
        while i < len(self.words):
            word, found = self.words[i], self.fraction(i)
            if found is None:
                yield word
                i += 1
                continue
            name, i = found
            if self.words[i].kind == "POWER":
                sentence = "it is not clear what this exponent belongs to"
                raise InputError(sentence, remedy="write (dz/du)^2", source=self.text, position=self.words[i].position)
            yield Word("NAME", name, word.position)

    def fraction(self, i: int) -> tuple[str, int] | None:
        top = self.differential(i)
        if top is None or self.words[top[1]].kind != "SLASH":
            return None
        start = top[1] + 1
        bracketed = self.words[start].kind == "LPAR"  # dz/(du)
        bottom = self.differential(start + bracketed, below=True)
        if bracketed and bottom is not None:
            bottom = (bottom[0], bottom[1] + 1) if self.words[bottom[1]].kind == "RPAR" else None
        return None if bottom is None else (gradient_word(top[0], bottom[0]), bottom[1])

    def differential(self, i: int, below: bool = False) -> tuple[str, int] | None:
        """The node in dz, d z or d(z), and what follows it."""
        word = self.words[i]
        if word.kind != "NAME" or word.text[0] != "d":
            return None
        sure = self.text[word.position] == "∂"
        if len(word.text) > 1 and (sure or self.vocabulary.node(key_of(word.text)) is None):
            return self.node(word.text[1:], i + 1, below)
        if word.text != "d":
            return None
        if self.words[i + 1].kind == "NAME":
            return self.node(self.words[i + 1].text, i + 2, below)
        if [w.kind for w in self.words[i + 1 : i + 4]] == ["LPAR", "NAME", "RPAR"]:
            return self.node(self.words[i + 2].text, i + 4, below)
        return None

    def node(self, name: str, after: int, below: bool) -> tuple[str, int] | None:
        found = self.vocabulary.node(name) or self.vocabulary.node(key_of(name))
        if found is None and below:
            found = self.vocabulary.guess(key_of(name))
        elif found is None and self.words[after].kind == "SLASH":
            found = self.vocabulary.differentiated(key_of(name))
        return None if found is None or gradient_in(found) else (found, after)


class Reading(Walk):
    """A side put on a tape; names become inputs that stand for quantities of the graph."""

    def __init__(self, source: Source, graph: Graph, vocabulary: Vocabulary, of: str) -> None:
        super().__init__(source, Tape(), self.quantity)
        self.graph, self.vocabulary, self.of = graph, vocabulary, of
        self.quantities: dict[int, Quantity] = {}
        self._variables: dict[Quantity, Variable] = {}

    def root(self, phrase: Phrase) -> int:
        value = self.value(phrase)
        found = value if isinstance(value, Variable) else constant(self.tape, value)
        if any(self.tape.shapes):
            self.refuse("this claim makes an array", "claims are about numbers", 0)
        return found.node

    def quantity(self, token: Token) -> Variable:
        """The input that stands for what a word means."""
        key = key_of(str(token))
        if key in self.vocabulary.strangers:
            return constant(self.tape, self.vocabulary.strangers[key])
        word = self.vocabulary.find(str(token)) or self.vocabulary.find(key) or (self.vocabulary.guess(key) if str(token) not in self.graph else None)
        word = word or str(token)
        gradient = gradient_in(word)
        if gradient is not None:
            quantity = Quantity(gradient[1], gradient[0] or self.of)
        elif word in self.graph:
            quantity = Quantity(word)
        else:
            self.unknown(token)
        return self._of(quantity)

    def _of(self, quantity: Quantity) -> Variable:
        """The input that stands for a quantity."""
        if quantity not in self._variables:
            self._variables[quantity] = Variable(self.tape, self.tape.input(f"q{len(self._variables)}"))
            self.quantities[self._variables[quantity].node] = quantity
        return self._variables[quantity]

    def unknown(self, token: Token) -> NoReturn:
        said, at = str(token), token.start_pos or 0
        quotient = _QUOTIENT.match(self.source.text, at)
        if quotient is not None and quotient[1] in self.graph:  # dz/dq, where z is a node and q is not
            said, at = quotient[2], quotient.start(2)
        sentence, remedy = f"there is no node {said}", self.vocabulary.nearest(said)
        raise UnknownName(sentence, remedy=remedy, source=self.source.text, position=at, name=str(token)) from None

    def _folded(self, sign: Token, a: Any, b: Any) -> Any:
        """Decimals stay as they were typed, so that their digits can be counted; only 1.2·10⁻³ is one number."""
        if not isinstance(a, Decimal) and not isinstance(b, Decimal):
            return super()._folded(sign, a, b)
        power = _power_of_ten(b) if sign in ("*", "/") and isinstance(a, Decimal) else None
        return None if power is None else a.scaleb(power if sign == "*" else -power)

    def _operation(self, word: Token) -> Operation:
        name = function_of(str(word))
        return OPERATIONS[name] if name is not None and str(word) not in OPERATIONS else super()._operation(word)

    def _call(self, part: Phrase, operands: list[Any]) -> Variable:
        word = tokens_of(part)[0]
        wrt = operator_in(word)
        if wrt is not None:
            return self._differentiated(operands[0], wrt, word)
        if not word.endswith("'"):
            return super()._call(part, operands)
        name = word.rstrip("'")
        row = OPERATIONS.get(name)
        if len(word) - len(name) > 1 or row is None or row.arity != 1 or not row.elementwise or len(operands) != 1:
            self.refuse(f"there is no function {word}", "write the derivative out", word.start_pos)
        x = self._variable(operands[0], word)
        slope = row.computed[0](self._apply(name, [x], {}, word), x)
        return slope if isinstance(slope, Variable) else constant(self.tape, slope)

    def _differentiated(self, expression: Any, wrt: str, word: Token) -> Variable:
        """The total derivative of an expression by a node: over every quantity in it, along the whole way to the node."""
        root = self._variable(expression, word)
        slopes: dict[int, Any] = {}
        needed = self.tape.below(iter([root.node]))
        for node in range(root.node + 1):
            known = self.quantities.get(node)
            if not needed[node]:
                continue
            if known is not None:
                if known.of:
                    self.refuse("this is a second derivative", "claims are about first derivatives", word.start_pos)
                slopes[node] = 1 if known.node == wrt else self._of(Quantity(wrt, known.node))
            elif node not in self.tape.constants and any(i in slopes for i in self.tape.operands_of(node)):
                slopes[node] = self._slope(node, slopes)
        slope = slopes.get(root.node, 0)
        return slope if isinstance(slope, Variable) else constant(self.tape, slope)

    def _slope(self, node: int, slopes: Mapping[int, Any]) -> Any:
        """The slope of one operation from those of its operands."""
        operation, operands = CODES[self.tape.codes[node]], self.tape.operands_of(node)
        y, *xs = (Variable(self.tape, i) for i in (node, *operands))
        if operation.name == "where":
            return f.where(xs[0], *(slopes.get(i, 0) for i in operands[1:])) if any(i in slopes for i in operands[1:]) else 0
        total: Any = 0
        for slot, operand in enumerate(operands):
            rule = of_slot(operation.computed, slot)
            if operand in slopes and rule is not None:
                total = total + rule(y, *xs) * slopes[operand]
        return total


def _power_of_ten(number: Any) -> int | None:
    """k where a number is 10ᵏ, up to 300."""
    value = Fraction(number)
    for k in (len(str(value.numerator)) - 1, 1 - len(str(value.denominator))):
        if abs(k) <= 300 and value == Fraction(10) ** k:
            return k
    return None
