r"""Claims: what somebody says a derivative is, in the package's own language or in LaTeX.

A claim is an expression, an equation, or a chain `a = b = c`; its sides become tapes whose inputs stand for what the
graph knows: the value of a node, or the gradient of one node at another. Nothing in a claim is ever evaluated as code.

>>> from .text import parse
>>> claim = read_claim(parse("v = u**2; w = 6*u; z = v*w"), r"\frac{dz}{du} = 2u \cdot w + 6v = 18u^2")
>>> [side.text for side in claim.sides], claim.quantity
(['\\frac{dz}{du}', '2u \\cdot w + 6v', '18u^2'], Quantity(node='u', of='z'))
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import InputError
from ..graph import Graph
from ..graph.tape import Tape
from ..graph.variables import Variable, constant
from ..operations import CODES, OPERATIONS, Operation, Shape
from ..operations.record import f, of_slot
from .expressions import Walk
from .latex import words as latex_words
from .limits import Limits, Word, scan
from .phrases import Source, statements_of, tokens_of
from .spelling import key_of
from .surroundings import bared
from .vocabulary import UnknownName, Vocabulary, function_of, gradient_in, gradient_word, operator_in, vocabulary_of

if TYPE_CHECKING:
    from lark import Token, Tree

    Phrase = Tree[Token]

LIMITS = Limits(characters=2_000, statements=40)


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something the graph knows: the value of a node, or the gradient of the node `of` at it."""

    node: str
    of: str = ""

    def __str__(self) -> str:
        return gradient_word(self.of, self.node) if self.of else self.node


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a claim: an expression on a tape of its own, whose inputs are quantities of the graph."""

    text: str
    tape: Tape = field(repr=False)
    root: int
    quantities: Mapping[int, Quantity]

    @property
    def quantity(self) -> Quantity | None:
        """What this side is, if it is nothing but one quantity."""
        return self.quantities.get(self.root)

    @property
    def shape(self) -> Shape:
        """The shape of what this side is."""
        return self.tape.shape(self.root) or ()

    @property
    def numeric(self) -> bool:
        """Whether this side is made of numbers alone."""
        return not self.quantities

    @property
    def decimal(self) -> Decimal | None:
        """The decimal this side is, as it was typed."""
        value = self.tape.constants.get(self.root)
        return value if isinstance(value, Decimal) else None


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed: all `sides` are equal. `quantity` is the gradient that is claimed, if the first side is one.

    `notes` say what was read otherwise than it is spelled, `at` gives inputs the values that the claim says: z'(5) = 450.
    """

    text: str
    sides: tuple[Side, ...]
    notes: tuple[str, ...] = ()
    at: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def quantity(self) -> Quantity | None:
        """The gradient that this claim is about."""
        first = self.sides[0].quantity
        return first if first is not None and first.of else None

    def __str__(self) -> str:
        return self.text


def read_claim(graph: Graph, text: str, *, of: str | None = None, about: str | None = None) -> Claim:
    """The claim a text makes about a graph; `about` is the left side where the text gives the right one alone.

    A left side that is a bare node name means the gradient at that node.
    """
    return ClaimReader(graph, of).read(text, about)


class ClaimReader:
    """Reads claims about one graph; `of` is the node whose gradients are meant where no other is named."""

    expressions = frozenset({"number", "name", "call", "group", "unary", "binary"})

    def __init__(self, graph: Graph, of: str | None = None) -> None:
        self.graph, self.of = graph, graph.box(of or graph.output).name
        self.vocabulary = vocabulary_of(graph, self.of)

    def read(self, text: str, about: str | None = None, *, alone: bool = False) -> Claim:
        """The claim that a text makes; with `alone` an expression may stand for the only gradient that is asked."""
        if not isinstance(text, str):
            raise InputError(f"a claim is a text, not {type(text).__name__}", remedy='write "dz/du = 6*v"')
        self.vocabulary.guessed.clear()
        self.vocabulary.placed.clear()
        self.vocabulary.ambiguous = None
        _bounded(text)
        text = self._without_bar(text)
        dash = _DASH.match(text)
        if dash is not None and about is None and self.vocabulary.either("the dash in front as a minus sign", "write the equation without it"):
            text = " " * dash.end() + text[dash.end() :]
        if about is None:
            sides, notes = self.sides(text), tuple[str, ...]()
            variable = self.vocabulary.variables.get(self.of) if alone and len(sides) == 1 and "=" not in text else None
            if variable is not None and not (sides[0].quantity and sides[0].quantity.of):
                sides, notes = (self._gradient(variable), *sides), (f"read as d{self.of}/d{variable}",)
            if len(sides) == 1:
                raise InputError("this claims nothing", remedy="write an equation such as dz/du = 6*v", source=text, position=0)
            return Claim(text.strip(), (self._as_gradient(sides[0]), *sides[1:]), (*self._guesses(), *notes), dict(self.vocabulary.placed))
        (left,) = self._left(about)
        sides = self._after(left, self.sides(text))
        return Claim(text.strip(), (left, *sides), self._guesses(), dict(self.vocabulary.placed))

    def readings(self, text: str, about: str | None = None, *, alone: bool = False) -> Iterator[Claim]:
        """The claim in every way it can be meant: about numbers there is one."""
        yield self.read(text, about, alone=alone)

    def _without_bar(self, text: str) -> str:
        """A claim without the bar that says where it is taken, |_{u=5}; the values are put on record."""
        for match in (*_BAR.finditer(text), *_AT.finditer(text)):
            given = [part.partition("=") for part in match.group(1).split(",")]
            nodes = [self.vocabulary.find(key_of(name.strip(" \\"))) for name, _, _ in given]
            if any(node not in self.graph.inputs for node in nodes):
                return text
            for node, (_, _, value) in zip(nodes, given, strict=True):
                self.vocabulary.placed[str(node)] = Fraction(value.strip())
        blank = _AT.sub(_blank, _BAR.sub(_blank, text))
        return _INVISIBLE.sub(_blank, blank) if blank != text else text

    def _guesses(self) -> tuple[str, ...]:
        """What was read otherwise than it is spelled."""
        guessed = {key: word for key, word in self.vocabulary.guessed.items() if key != word and gradient_in(word) is None}
        return tuple(f"{key} was read as {word}" for key, word in guessed.items())

    def value_of(self, name: str) -> Side:
        """A node's value as a side of a claim."""
        return _side_of(name, Quantity(name))

    def _gradient(self, wrt: str) -> Side:
        """The gradient of the output at a node as a side of a claim."""
        return _side_of(f"d{self.of}/d{wrt}", Quantity(wrt, self.of))

    def _left(self, about: str) -> tuple[Side, ...]:
        sides = self.sides(about)
        if len(sides) != 1:
            raise InputError("a claim is about one gradient", remedy="write u or dz/du", source=about, position=0)
        return (self._as_gradient(sides[0]),)

    def _after(self, left: Side, sides: tuple[Side, ...]) -> tuple[Side, ...]:
        """The sides of a claim without the one that only says again what it is about."""
        first = self._as_gradient(sides[0])
        return sides[1:] if len(sides) > 1 and first.quantity == left.quantity else sides

    def _as_gradient(self, side: Side) -> Side:
        """A bare name on the left means the gradient at that node."""
        quantity = side.quantity
        if quantity is None or quantity.of:
            return side
        return Side(side.text, side.tape, side.root, {side.root: Quantity(quantity.node, self.of)})

    def sides(self, text: str) -> tuple[Side, ...]:
        """The sides of an equation, or the one side of an expression."""
        _bounded(text)
        text = _with_points(stripped(bared(text, self._is_known)))
        if any(sign in text for sign in "\\{}$"):
            return self._sides(text, self.latex(text))
        try:
            return self._sides(text, self._infix(text))
        except InputError as error:
            try:
                return self._sides(text, self.latex(text))
            except InputError as other:
                raise self._more_telling(error, other) from None

    def latex(self, text: str) -> list[Word]:
        """The words of a claim in LaTeX."""
        return latex_words(text, self.vocabulary, LIMITS)

    def made(self, source: Source) -> Reading:
        """What puts a side of a claim on a tape."""
        return Reading(source, self.graph, self.vocabulary, self.of)

    def _more_telling(self, plain: InputError, tex: InputError) -> InputError:
        """Of what is said of a text read in the language and as LaTeX: what comes nearer to what was meant."""
        if isinstance(plain, UnknownName) and "did you mean" in plain.remedy:
            return plain
        later = (tex.line or 0, tex.column or 0) >= (plain.line or 0, plain.column or 0)
        return tex if later or "side by side" in plain.sentence else plain

    def _is_known(self, word: str) -> bool:
        """Whether a word means something here, or could be a product of names."""
        if all(self.vocabulary.find(letter) for letter in word):
            return True
        return self.vocabulary.find(key_of(word)) is not None or self.vocabulary.find(word) is not None or function_of(word) is not None

    def _infix(self, text: str) -> list[Word]:
        """The words of a claim in the language, derivatives among them as one word each."""
        plain = text.translate({ord("≈"): "=", ord("∂"): "d"})
        try:
            words = scan(plain, LIMITS)
        except InputError as error:
            raise at_home(error, text) from None
        return list(_Derivatives(text, words, self.vocabulary).joined())

    def _sides(self, text: str, words: list[Word]) -> tuple[Side, ...]:
        return tuple(self._side(text, part) for part in _parts(text, words))

    def _side(self, text: str, words: list[Word]) -> Side:
        phrases = statements_of(text, words)
        first, last = words[0].position, words[-1].position
        source = Source(text, LIMITS)
        if len(phrases) != 1 or phrases[0].data not in self.expressions:
            source.refuse("this is no expression", "write what the gradient is equal to", first)
        reading = self.made(source)
        root = reading.root(phrases[0])
        return Side(text[first:last].strip(" \t\r\n&$"), reading.tape, root, reading.quantities)


def _bounded(text: str) -> None:
    if len(text) > LIMITS.characters:
        sentence = f"this claim has {len(text)} characters, more than {LIMITS.characters}"
        raise InputError(sentence, remedy="give the claims one by one", source=text, position=LIMITS.characters)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _side_of(text: str, quantity: Quantity) -> Side:
    tape = Tape()
    node = tape.input("q0")
    return Side(text, tape, node, {node: quantity})


_NUMBER = r"\s*-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:/[0-9]{1,20})?\s*"
_NAMED = rf"\s*\\?[A-Za-z][A-Za-z0-9_]{{0,20}}\s*={_NUMBER}"
_BAR = re.compile(
    rf"(?:\\(?:right|[bB]igg?[lr]?|mathclose)\s*)?(?:\||\\vert|\\mid|\\rvert)\s*_\s*\{{({_NAMED}(?:,{_NAMED}){{0,9}})\}}"
)
_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])(?<![A-Za-z_^][0-9],)")
_DASH = re.compile(r"\s*[-–]\s(?=[^=]*=)")
_AT = re.compile(
    rf"(?:\\(?:text|mbox|textrm)\{{[\s~]?)?(?<![A-Za-z])(?:at|for|when|where|bei)(?![A-Za-z])[\s~]?\}}?\$?({_NAMED})(?=[$.]{{0,2}}\s*\Z|(?:is|=)\s)"
)
_INVISIBLE = re.compile(r"\\left\s*\.")
_QUOTIENT = re.compile(r"d(\w+)\s*/\s*d(\w+)")


def _with_points(text: str) -> str:
    """A claim with a point in its decimals, 0,5, where a comma can separate nothing: outside brackets."""
    depth = list(accumulate((c in "([{") - (c in ")]}") for c in text))
    return _COMMA.sub(lambda match: "," if depth[match.start()] else ".", text)


def stripped(text: str) -> str:
    """A claim without the dollar signs around it and the full stop at its end, at the same positions."""
    cut = text.rstrip()
    while cut[-1:] in (".", ",", ";", ":", "$", "&", "\\") and not cut.endswith("\\right."):
        cut = (cut[:-2] if cut[-2:-1] == "\\" else cut[:-1]).rstrip()
    return cut


def at_home(error: InputError, text: str) -> InputError:
    """An error said of the text as it was typed."""
    start = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")][(error.line or 1) - 1]
    return InputError(error.sentence, remedy=error.remedy, source=text, position=start + (error.column or 1) - 1)


def _parts(text: str, words: list[Word]) -> Iterator[list[Word]]:
    """The words between the equals signs outside brackets, each part closed by an END."""
    depth, part = 0, list[Word]()
    for number, word in enumerate(words):
        depth += (word.kind in ("LPAR", "LSQB")) - (word.kind in ("RPAR", "RSQB"))
        equals = depth == 0 and (word.kind == "EQUALS" or (word.kind == "COMPARE" and word.text == "=="))
        if word.kind == "END" and number < len(words) - 1:
            raise InputError("this is more than one claim", remedy="give them one by one", source=text, position=word.position)
        if equals or word.kind == "END":
            if not part:
                sentence = "there is nothing to check" if len(words) < 2 else "one side of the equation is missing"
                raise InputError(sentence, remedy="write a claim such as dz/du = 6*v", source=text, position=word.position)
            yield [*part, Word("END", "", word.position)]
            part = []
        else:
            part.append(word)
    if not words:
        raise InputError("there is nothing to check", remedy="write a claim such as dz/du = 6*v", source=text, position=0)


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
