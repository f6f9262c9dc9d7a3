r"""LaTeX as people write it, brought into the words of the language: `\frac{\partial z}{\partial u} = 6uv^2`.

Text becomes pieces (pieces.py), pieces become words (`_Writer`). What mathematicians leave out is put in: the product
sign between factors, the brackets around the argument of `\ln`. After that there is one grammar for both ways of
writing. Juxtaposed letters are products of the longest names that are known.

>>> from .vocabulary import Vocabulary
>>> " ".join(word.text for word in words(r"2u \frac{1}{v^2}", Vocabulary({"u": "u", "v": "v"}), STANDARD))
'2 * u * ( ( 1 ) / ( v ** ( 2 ) ) ) '
"""

from __future__ import annotations

import re
from typing import NoReturn

from .conditions import Conditions
from .differentials import Differentials
from .limits import ENDS_FACTOR, STANDARD, Limits, Word, _Scan
from .macros import ACCENTS, APPLIED, FRACTIONS, FUNCTIONS, SIGNS, STYLES
from .pieces import CASES, Pieces
from .spelling import Spelling
from .sums import JOINED, Sums
from .vocabulary import Vocabulary, function_of, gradient_word, operator_word

_GLUED = re.compile(r"(sinh|cosh|tanh|sin|cos|tan|exp|ln|log)([A-Za-z]+)$")
_BARE = FRACTIONS | ACCENTS.keys() | STYLES | {"sqrt"}  # macros that an argument without brackets may start with


def words(text: str, vocabulary: Vocabulary, limits: Limits = STANDARD) -> list[Word]:
    """A text in LaTeX as words of the language, every statement closed by an END."""
    pieces = Pieces(text, limits)
    return counted(pieces, Writer(pieces, vocabulary).written())


def counted(pieces: Pieces, found: list[Word]) -> list[Word]:
    """The words once more through the scan that counts operations, depth and digits."""
    scan = _Scan(pieces.text, pieces.limits)
    for word in found:
        if word.kind == "NUMBER":
            scan.number(word.text, word.position)
        elif word.kind == "END":
            scan.end("", word.position)
        else:
            scan.add(*word)
    scan.end("", len(pieces.text))
    return scan.words


class Writer:
    """Pieces into words, bracket by bracket; brackets are as deep as the limits allow at most, so recursion is bounded.

    Methods take the place `i` of a piece and the `end` of the bracket it is in, and return what follows.
    """

    def __init__(self, pieces: Pieces, vocabulary: Vocabulary) -> None:
        self.pieces, self.all, self.pair, self.vocabulary = pieces, pieces.all, pieces.pair, vocabulary
        self.spelling = Spelling(pieces)
        self.differentials = Differentials(pieces, self.spelling, vocabulary)
        self.conditions = Conditions(self)
        self.words: list[Word] = []
        self.depth = 0
        self.divided = -1  # where the denominator of a / started, while nothing but it has followed

    def written(self) -> list[Word]:
        """All words."""
        self._run(0, len(self.all))
        return self.words

    def refuse(self, sentence: str, remedy: str, i: int) -> NoReturn:
        position = self.all[i].position if i < len(self.all) else len(self.pieces.text)
        self.pieces.refuse(sentence, remedy, position)

    def _add(self, kind: str, text: str, i: int) -> None:
        self.words.append(Word(kind, text, self.all[min(i, len(self.all) - 1)].position))

    def _run(self, i: int, end: int) -> None:
        """Everything from one piece up to another, one side of an equation after the other."""
        while i < end:
            stop = self._side(i, end)
            if self.depth and self.conditions.several(i, stop):
                self.conditions.write(i, stop, i)
            elif not self.conditions.chosen(i, stop):
                while i < stop:
                    i = self._item(i, stop)
            i = self._item(stop, end) if stop < end else end

    def _side(self, i: int, end: int) -> int:
        """Where a side of an equation, an argument or a statement ends."""
        ends = ("COMMA",) if self.depth else ("EQUALS",)
        while i < end and not (self.all[i].kind == "end" or (self.all[i].kind == "sign" and SIGNS[self.all[i].text][0] in ends)):
            i = self.pair[i] + 1 if self.all[i].kind == "open" else i + 1
        return i

    def bracketed(self, i: int, end: int, at: int) -> None:
        """The same in brackets of its own."""
        if i >= end:
            self.refuse("there is nothing in these brackets", "write an expression", at)
        self._add("LPAR", "(", at)
        self.depth += 1
        self._run(i, end)
        self.depth -= 1
        self._add("RPAR", ")", end)

    def captured(self, i: int, end: int, at: int) -> list[Word]:
        """The words of a bracket that will be needed further on."""
        before, self.words = self.words, []
        depth, divided = self.depth, self.divided
        try:
            self.bracketed(i, end, at)
            return self.words
        finally:
            self.words, self.depth, self.divided = before, depth, divided

    def given(self, at: int, *spelled: tuple[str, str]) -> None:
        """Words that are not written."""
        for kind, text in spelled:
            self._add(kind, text, at)

    def _item(self, i: int, end: int) -> int:
        piece = self.all[i]
        if piece.kind == "sign":
            kind, text = SIGNS[piece.text]
            if text == "*" == piece.text and i + 1 < end and self.all[i + 1].text == "*" and not self.all[i + 1].spaced:
                return self._to_the_power(i, end)
            if kind == "EQUALS" and self.depth:
                kind, text = "COMPARE", "=="  # the condition of an indicator
            self._add(kind, text, i)
            return i + 1
        if piece.kind == "end":
            self._add("END", "", i)
            return i + 1
        if piece.kind in ("script", "prime"):
            self.refuse(f"{piece.text} has nothing before it", "write what it belongs to", i)
        return self._factor(i, end)

    def _to_the_power(self, i: int, end: int) -> int:
        """u**2, as programs have it."""
        self._add("POWER", "**", i)
        j = i + 2
        while j < end and self.all[j].kind == "sign" and SIGNS[self.all[j].text][0] in ("PLUS", "MINUS"):
            j = self._item(j, end)
        if j >= end or self.all[j].kind in ("sign", "end", "script", "prime"):
            self.refuse("the exponent is missing", "write u**2", i)
        return self._raised(self._atom(j, end), end)

    # -- factors

    def _factor(self, i: int, end: int) -> int:
        """An atom with its powers, after the product sign that is left out."""
        self._juxtaposed(i)
        divides = bool(self.words) and self.words[-1].kind == "SLASH"
        first = len(self.words)
        after = self._raised(self._atom(i, end), end)
        self.divided = first if divides else -1
        return after

    def _juxtaposed(self, i: int) -> None:
        if not self.words or self.words[-1].kind not in ENDS_FACTOR:
            return
        if self.all[i].kind == "number" and not (self.all[i].spaced and self.words[-1].kind != "NUMBER"):
            self.refuse("a number stands right after a factor", "write \\cdot or * between them", i)
        if self.divided >= 0 and not self._plainly_a_fraction(i):
            self.refuse("what belongs to the denominator is not clear here", "write \\frac{a}{b}, or a/(b c)", i)
        self._add("STAR", "*", i)

    def _plainly_a_fraction(self, i: int) -> bool:
        """1/2 (y − t)²: two numbers, then a bracket or a blank."""
        before, after = self.words[self.divided - 2], self.words[self.divided]
        numbers = before.kind == after.kind == "NUMBER" and len(self.words) == self.divided + 1
        return numbers and (self.all[i].spaced or self.all[i].kind == "open")

    def _raised(self, i: int, end: int) -> int:
        """The power after a factor, and no other script."""
        if i < end and self._is_script(i, "^"):
            first, last, after = self.argument(i + 1, end, "the exponent")
            self._add("POWER", "**", i)
            self.bracketed(first, last, i)
            i = after
        if i < end and self.all[i].kind in ("script", "prime"):
            what = "a second exponent" if self.all[i].text == "^" else f"a {self.all[i].text} that belongs to no name"
            self.refuse(f"there is {what} here", "use the names of the graph, and brackets for a power of a power", i)
        return i

    def _is_script(self, i: int, sign: str) -> bool:
        return self.all[i].kind == "script" and self.all[i].text == sign

    def argument(self, i: int, end: int, what: str) -> tuple[int, int, int]:
        """What a script or a macro acts on, as (first, end, next): a group, or one piece."""
        if i >= end:
            self.refuse(f"{what} is missing", "write it in braces", i - 1)
        piece = self.all[i]
        if piece.kind == "open" and (piece.text == "{" or self.pieces.plain):
            return i + 1, self.pair[i], self.pair[i] + 1
        if piece.kind == "number" and len(piece.text) > 1 and not self.pieces.plain:
            self.refuse(f"{what} of several digits needs braces", f"write {{{piece.text}}}", i)
        if piece.kind == "sign" and SIGNS[piece.text][0] == "MINUS" and i + 1 < end and self.all[i + 1].kind != "open":
            return i, i + 2, i + 2
        if piece.kind == "macro" and piece.text in ACCENTS.keys() | STYLES:
            after = self.spelling.unit(i, end)[1]
            return i, after, after
        if piece.kind not in ("number", "letter", "greek"):
            self.refuse(f"{what} needs braces here", "write it in braces", i)
        return i, i + 1, i + 1

    def _atom(self, i: int, end: int) -> int:
        piece = self.all[i]
        if piece.kind == "number":
            return self._number(i, end)
        if piece.kind == "open":
            return self._group(i)
        found = self.differentials.at(i, end)
        if found is not None:
            self._add("NAME", gradient_word(found[0], found[1]), i)
            return found[2]
        operator = self.differentials.operator(i, end)
        if operator is not None:
            return self._differentiated(*operator, i)
        if piece.kind == "macro" and piece.text in FRACTIONS:
            return self._fraction(i, end)
        if piece.kind == "macro" and piece.text == "sqrt":
            return self._root(i, end)
        if piece.kind == "macro" and piece.text in ("underbrace", "overbrace"):
            return self._braced(i, end)
        if piece.kind == "macro" and piece.text in JOINED:
            return Sums(self).write(i, end)
        return self._word(i, end)

    def _differentiated(self, wrt: str, first: int, last: int, after: int, i: int) -> int:
        """The derivative of an expression."""
        self._add("NAME", operator_word(wrt), i)
        self.bracketed(first, last, i)
        return after

    def _number(self, i: int, end: int) -> int:
        text = self.all[i].text
        if text == "1" and i + 1 < end and self._is_script(i + 1, "_"):  # 1_{x > 0}
            return self._condition(i, i + 1, end)
        if "e" in text.lower() and self.vocabulary.find("e"):
            self.refuse(f"{text} can mean two things here", "write \\cdot between factors", i)
        self._add("NUMBER", text, i)
        if text.isdigit() and i + 1 < end and self._is_simple(i + 1, end) and self.vocabulary.either(
            f"{text} and the fraction after it as a product", "write \\cdot or + between them"
        ):  # fmt: skip
            self._add("PLUS", "+", i)
            words = self.words[:-2]
            after = self._fraction(i + 1, end)
            self.words = [*words, Word("LPAR", "(", self.all[i].position), *self.words[len(words) :]]
            self._add("RPAR", ")", i)
            return after
        return i + 1

    def _is_simple(self, i: int, end: int) -> bool:
        """Whether a fraction of two whole numbers starts here, less than 1."""
        if self.all[i].kind != "macro" or self.all[i].text not in FRACTIONS:
            return False
        top = self.argument(i + 1, end, "the numerator")
        bottom = self.argument(top[2], end, "the denominator")
        texts = ["".join(piece.text for piece in self.all[first:last]) for first, last, _ in (top, bottom)]
        return all(text.isdigit() and len(text) < 3 for text in texts) and int(texts[0]) < int(texts[1])

    def _group(self, i: int) -> int:
        """A bracket; between bars it is an absolute value."""
        if self.all[i].text == CASES:
            return self.conditions.cases(i)
        after = self.pair[i] + 1
        if self.all[i].text == "|":
            self._add("NAME", "abs", i)
        elif after + 1 < len(self.all) and self._is_script(after, "_") and self._is_plus(after + 1):
            self._add("NAME", "relu", i)  # (a)₊
            after = self.pair[after + 1] + 1 if self.all[after + 1].kind == "open" else after + 2
        elif after < len(self.all) and (self.all[after].kind == "prime" or self._is_prime(after, len(self.all))):
            after = self._differentiated_group(i, after)
        self.bracketed(i + 1, self.pair[i], i)
        return after

    def _differentiated_group(self, i: int, prime: int) -> int:
        """(x³)′ is the derivative by the only variable there is; what follows the prime."""
        wrt = self.vocabulary.variables.get(self.vocabulary.output)
        after = prime + 1 if self.all[prime].kind == "prime" else self.spelling.script(prime + 1, len(self.all))[1]
        if wrt is None:
            self.refuse("it is not said by which variable this is differentiated", "write \\frac{d}{dx}(...)", prime)
        if after < len(self.all) and (self.all[after].kind == "prime" or self._is_prime(after, len(self.all))):
            self.refuse("this is a second derivative", "claims are about first derivatives", prime)
        self._add("NAME", operator_word(wrt), i)
        return after

    def _is_plus(self, i: int) -> bool:
        inside = self.all[i + 1 : self.pair[i]] if self.all[i].kind == "open" else [self.all[i]]
        return [piece.text for piece in inside] == ["+"]

    def _braced(self, i: int, end: int) -> int:
        """What stands over or under a brace, without what is said of it."""
        first, last, after = self.argument(i + 1, end, "what the brace is over")
        self.bracketed(first, last, i)
        return self.argument(after + 1, end, "what is said of it")[2] if after < end and self.all[after].kind == "script" else after

    def _fraction(self, i: int, end: int) -> int:
        top = self.argument(i + 1, end, "the numerator")
        bottom = self.argument(top[2], end, "the denominator")
        self._add("LPAR", "(", i)
        self.bracketed(top[0], top[1], i)
        self._add("SLASH", "/", i)
        self.bracketed(bottom[0], bottom[1], i)
        self._add("RPAR", ")", i)
        return bottom[2]

    def _root(self, i: int, end: int) -> int:
        j = i + 1
        if j < end and self.all[j].kind == "open" and self.all[j].text == "[":
            index = self.captured(j + 1, self.pair[j], j)
            first, last, after = self.argument(self.pair[j] + 1, end, "what is under the root")
            if [word.text for word in index] == ["(", "3", ")"]:
                self._add("NAME", "cbrt", i)
                self.bracketed(first, last, i)
                return after
            self.bracketed(first, last, i)
            self.given(i, ("POWER", "**"), ("LPAR", "("), ("NUMBER", "1"), ("SLASH", "/"))
            self.words += index
            self._add("RPAR", ")", i)
            return after
        first, last, after = self._under(j, end)
        self._add("NAME", "sqrt", i)
        self.bracketed(first, last, i)
        return after

    def _under(self, j: int, end: int) -> tuple[int, int, int]:
        """What is under a root: a group, a bracket as in √(x + 1), a name as in √x₁, or one piece."""
        if j < end and self.all[j].kind == "open" and self.all[j].text == "(":
            return j + 1, self.pair[j], self.pair[j] + 1
        known = self._known(j, end) if j < end and self.pieces.plain and self.all[j].kind != "number" else None
        return (j, known[1], known[1]) if known else self.argument(j, end, "what is under the root")

    # -- functions

    def _applied(self, name: str, i: int, j: int, end: int) -> int:
        """A function: primes, a base, a power, then its argument; `i` is where it stands, `j` what follows its name."""
        name, j = self._based(name, j, end)
        while j < end and (self.all[j].kind == "prime" or self._is_prime(j, end)):
            name, j = name + "'", j + 1 if self.all[j].kind == "prime" else self.spelling.script(j + 1, end)[1]
        power: list[Word] = []
        if j < end and self._is_script(j, "^"):
            first, last, j = self.argument(j + 1, end, "the exponent")
            inverse = "".join(piece.text for piece in self.all[first:last]) == "-1" and function_of(f"arc{name}")
            if inverse and not self.vocabulary.either(f"{name}⁻¹ as arc{name}", "write \\arcsin x or 1/\\sin x"):
                name = inverse
            else:
                power = self.captured(first, last, i)
                self._add("LPAR", "(", i)
        self._add("NAME", name, i)
        j = self._argument_of(name, i, j, end)
        if power:
            self._add("POWER", "**", i)
            self.words += power
            self._add("RPAR", ")", i)
        return j

    def _is_prime(self, j: int, end: int) -> bool:
        return j + 1 < end and self._is_script(j, "^") and self.spelling.script(j + 1, end)[0] == "'"

    def _based(self, name: str, j: int, end: int) -> tuple[str, int]:
        """A logarithm to a base."""
        if name not in ("log", "ln") or j >= end or not self._is_script(j, "_"):
            return name, j
        first, last, after = self.argument(j + 1, end, "the base")
        base = "".join(piece.text for piece in self.all[first:last])
        if base not in ("2", "10", "e"):
            self.refuse(f"there is no logarithm to the base {base}", "divide by the logarithm of the base", j)
        return (name if base == "e" else f"log{base}"), after

    def _argument_of(self, name: str, i: int, j: int, end: int) -> int:
        """The argument in its brackets, or the product that follows: ln 2x is ln(2x), ln x (1 − y) is (ln x)(1 − y)."""
        if j < end and self.all[j].kind == "open" and self.all[j].text != "|":
            inner, last = j + 1, self.pair[j]
            while self.all[inner].kind == "open" and self.pair[inner] == last - 1 and self.all[inner].text != "|":
                inner, last = inner + 1, last - 1  # \exp{(x)}, \exp\left\{(x)\right\}
            self.bracketed(inner, last, i)
            return self.pair[j] + 1
        first, self.divided = j, -1
        self._add("LPAR", "(", i)
        if j < end and (self.all[j].kind == "open" or self._function_word(j, end)):
            j = self._factor(j, end)  # ln|x|, ln σ(a)
        else:
            while j < end and self._bare(j, end):
                j = self._factor(j, end)
        if j == first:
            self.refuse(f"{name} is given nothing to act on", f"write {name}(x)", i)
        self._add("RPAR", ")", j - 1)
        return j

    def _bare(self, j: int, end: int) -> bool:
        """Whether a factor starts here that an argument without brackets may contain."""
        piece = self.all[j]
        plain = piece.kind in ("number", "letter", "greek") or (piece.kind == "macro" and piece.text in _BARE)
        return plain and not self._function_word(j, end)

    def _function_word(self, i: int, end: int) -> tuple[str, int] | None:
        r"""A function, `\tanh`, `σ(a)`, `relu(a)`, `\operatorname{ReLU}(a)`, and what follows its name."""
        piece, name = self.all[i], None
        if piece.kind == "greek":
            name, j = APPLIED.get(piece.text), i + 1
        elif piece.kind == "macro" and piece.text in FUNCTIONS:
            return function_of(piece.text) or piece.text, i + 1
        elif piece.kind in ("letter", "macro"):
            text, j = self.spelling.unit(i, end)
            name = function_of(text) if text and not self.vocabulary.find(text) else None
            glued = _GLUED.match(text) if name is None and piece.kind == "letter" else None
            if glued and not self.vocabulary.find(text) and self.vocabulary.find(glued.group(2)):
                return function_of(glued.group(1)) or glued.group(1), i + len(glued.group(1))  # sinx
            if text == "H" and not self.vocabulary.find(text) and j < end and self.all[j].kind == "open":
                return "step", j  # Heaviside's
        if name is None or (piece.kind == "greek" and self.vocabulary.find(piece.text)):
            return None
        after = j
        while after < end and self.all[after].kind in ("prime", "script"):
            after = after + 1 if self.all[after].kind == "prime" else self.spelling.script(after + 1, end)[1]
        applied = after < end and self.all[after].kind == "open"
        long = piece.kind != "greek" and (len(name) > 2 or name == "ln") and len(self.spelling.unit(i, end)[0]) > 1
        return (name, j) if applied or long else None

    # -- names

    def _word(self, i: int, end: int) -> int:
        """A function, a name, the longest that is known, or a constant."""
        function = self._function_word(i, end)
        if function is not None:
            return self._applied(function[0], i, function[1], end)
        found = self._known(i, end)
        if found is not None:
            self._add("NAME", found[0], i)
            return found[1]
        return self._constant(i, end)

    def _known(self, i: int, end: int) -> tuple[str, int] | None:
        """The longest known name that starts here, and what follows it."""
        keys = list(self.spelling.keys(i, end))
        found = next(((word, after) for key, after in keys if (word := self.vocabulary.find(key)) is not None), None)
        if found is None or not (found[1] < end and self._is_script(found[1], "_")):
            return found
        longer = ((self.vocabulary.guess(key), after) for key, after in keys if after > found[1])  # y_{hat}
        return next(((word, after) for word, after in longer if word), found)

    def _constant(self, i: int, end: int) -> int:
        """Euler's number with its exponent, π, an indicator; anything else is not known."""
        text, after = self.spelling.unit(i, end)
        if text == "e" or (self.all[i].kind == "letter" and self.all[i].text == "e"):
            return self._exponential(i, after if text == "e" else i + 1, end)
        if text == "pi":
            self.given(i, ("NAME", "times_pi"), ("LPAR", "("), ("NUMBER", "1"), ("RPAR", ")"))
            return after
        if self.all[i].kind == "macro" and text in ("1", "I"):
            return self._condition(i, after, end)
        one = i + 1 if text not in ("I", "chi") and self.all[i].kind == "letter" else after
        if (text == "chi" or self.all[i].text == "I") and one < end and self._conditional(one):
            return self._condition(i, one, end)
        if self.all[i].kind == "macro" and self.all[i].text in STYLES and i + 1 < end and self._is_formula(i + 1):
            return self._group(i + 1)
        guessed = next(((word, after) for key, after in self.spelling.keys(i, end) if (word := self.vocabulary.guess(key))), None)
        if guessed is None:
            self.differentials.unknown(i, end)
        self._add("NAME", guessed[0], i)
        return guessed[1]

    def _conditional(self, i: int) -> bool:
        """Whether a condition follows, in brackets or as a script."""
        i = i + 1 if self._is_script(i, "_") else i
        inside = self.all[i : self.pair[i]] if i < len(self.all) and self.all[i].kind == "open" else []
        return any(piece.kind == "sign" and SIGNS[piece.text][0] in ("COMPARE", "EQUALS") for piece in inside)

    def _is_formula(self, i: int) -> bool:
        """Whether a group holds more than a name."""
        inside = self.all[i : self.pair[i]] if self.all[i].text == "{" else []
        return any(piece.kind == "sign" for piece in inside)

    def _exponential(self, i: int, j: int, end: int) -> int:
        self._add("NAME", "exp", i)
        if j < end and self._is_script(j, "^"):
            first, last, after = self.argument(j + 1, end, "the exponent")
            self.bracketed(first, last, i)
            return after
        self.given(i, ("LPAR", "("), ("NUMBER", "1"), ("RPAR", ")"))
        return j

    def _condition(self, i: int, j: int, end: int) -> int:
        r"""What an indicator indicates: \mathbb{1}[x > 0], \mathbb{1}_{x > 0}."""
        if j < end and self._is_script(j, "_"):
            first, last, after = self.argument(j + 1, end, "the condition")
            if self.all[first].kind == "open" and self.pair[first] == last - 1:
                first, last = first + 1, last - 1
            self.bracketed(first, last, i)
            return after
        if j < end and self.all[j].kind == "open":
            self.bracketed(j + 1, self.pair[j], i)
            return self.pair[j] + 1
        self._add("NUMBER", "1", i)
        return j
