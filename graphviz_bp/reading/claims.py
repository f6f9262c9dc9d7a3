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
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

from ..errors import InputError
from ..graph import Graph
from ..graph.tape import Tape
from .latex import words as latex_words
from .limits import Limits, Word, scan
from .phrases import Source, statements_of
from .spelling import key_of
from .surroundings import bared
from .vocabulary import UnknownName, function_of, gradient_in, vocabulary_of

if TYPE_CHECKING:
    from lark import Token, Tree

    Phrase = Tree[Token]
from .gradients import Reading, _Derivatives
from .quantities import Claim, Quantity, Side

LIMITS = Limits(characters=2_000, statements=40)


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
