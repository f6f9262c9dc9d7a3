r"""LaTeX as people write it, brought into the words of the language: `\frac{\partial z}{\partial u} = 6uv^2`.

Text becomes pieces (one linear scan, brackets paired, limits kept), pieces become words (`_Writer`). What mathematicians
leave out is put in: the product sign between factors, the brackets around the argument of `\ln`. After that there is
one grammar for both ways of writing. Juxtaposed letters are products of the longest names that are known.

>>> from .spelling import Names
>>> " ".join(word.text for word in words(r"2u \frac{1}{v^2}", Names({"u": "u", "v": "v"}), STANDARD))
'2 * u * ( ( 1 ) / ( v ** ( 2 ) ) )'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from ..errors import InputError
from .limits import ENDS_FACTOR, STANDARD, Limits, Word, _Scan
from .macros import (
    ACCENTS, APPLIED, BARS, CLOSES, DERIVATIVES, FRACTIONS, FUNCTIONS, LETTERS, OPENS, REFUSED, SIGNS, SILENT, STYLES,
    expanded,
)  # fmt: skip

if TYPE_CHECKING:
    from .spelling import Names


class Piece(NamedTuple):
    """A piece of LaTeX: a letter, number, macro, sign, bracket, script or prime, where it stands, and whether a blank is before it."""

    kind: str
    text: str
    position: int
    spaced: bool


_PIECE = re.compile(
    r"""(?P<SPACE>\s+) | \\(?P<MACRO>[A-Za-z]+) | \\(?P<ESCAPED>.)
    | (?P<NUMBER>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+(?![A-Za-z]))?)
    | (?P<LETTER>[A-Za-z]) | (?P<SCRIPT>[_^]) | (?P<PRIME>') | (?P<OTHER>.)""",
    re.VERBOSE | re.DOTALL,
)
_SILENT_SIGNS = set("$&~")
_SILENT_ESCAPES = set(",;:! /")


class Pieces:
    """The pieces of a text with their brackets paired; `plain` is a text without any LaTeX in it, where x^10 is x¹⁰."""

    def __init__(self, text: str, limits: Limits) -> None:
        if len(text) > limits.characters:
            sentence = f"the text has {len(text)} characters, more than {limits.characters}"
            raise InputError(sentence, remedy="split the text", source=text, position=limits.characters)
        self.text, self.limits = text, limits
        self.plain = not any(sign in text for sign in "\\{}")
        self.all: list[Piece] = []
        self.pair: dict[int, int] = {}
        self._open: list[int] = []
        self._forced = ""  # what \left and \right say of the bracket that comes next
        tex, self._positions = expanded(text)
        spaced = False
        for match in _PIECE.finditer(tex):
            before = len(self.all)
            self._piece(match, spaced)
            spaced = match.lastgroup == "SPACE" or (spaced and len(self.all) == before)
        if self._open:
            self.refuse(f"this {self.all[self._open[-1]].text} is never closed", "close it", self.all[self._open[-1]].position)

    def refuse(self, sentence: str, remedy: str, position: int) -> NoReturn:
        raise InputError(sentence, remedy=remedy, source=self.text, position=position) from None

    def _piece(self, match: re.Match[str], spaced: bool) -> None:
        kind, text, position = match.lastgroup or "", match.group(match.lastgroup or 0), self._positions[match.start()]
        if kind == "MACRO":
            self._macro(text, position, spaced)
        elif kind == "ESCAPED":
            self._escaped(text, position, spaced)
        elif kind == "OTHER":
            self._other(text, position, spaced)
        elif kind != "SPACE":
            self.all.append(Piece(kind.lower(), text, position, spaced))

    def _macro(self, name: str, position: int, spaced: bool) -> None:
        if name in REFUSED:
            self.refuse(f"\\{name} can not be read here", REFUSED[name], position)
        if name in ("left", "right"):
            self._forced = name
        elif name in BARS or name in OPENS or name in CLOSES:
            self._bracket(name, position, spaced)
        elif name in SIGNS:
            self.all.append(Piece("sign", name, position, spaced))
        elif name in LETTERS and name != "ell":
            self.all.append(Piece("greek", LETTERS[name], position, spaced))
        elif name not in SILENT:
            self.all.append(Piece("macro", name, position, spaced))

    def _escaped(self, sign: str, position: int, spaced: bool) -> None:
        if sign in "{}":
            self._bracket("lbrace" if sign == "{" else "rbrace", position, spaced)
        elif sign == "|":
            self._bracket("|", position, spaced)
        elif sign == "\\":
            self.all.append(Piece("end", "\\\\", position, spaced))
        elif sign not in _SILENT_ESCAPES:
            self.refuse(f"\\{sign if sign.isprintable() else '?'} has no meaning here", "delete it", position)

    def _other(self, sign: str, position: int, spaced: bool) -> None:
        if sign in OPENS or sign in CLOSES or sign in BARS:
            self._bracket(sign, position, spaced)
        elif sign in SIGNS:
            self.all.append(Piece("sign", sign, position, spaced))
        elif sign == ";":
            self.all.append(Piece("end", sign, position, spaced))
        elif sign not in _SILENT_SIGNS:
            shown = sign if sign.isprintable() else f"character {ord(sign)}"
            self.refuse(f"{shown} has no meaning here", "write the formula alone", position)

    def _bracket(self, sign: str, position: int, spaced: bool) -> None:
        forced, self._forced = self._forced, ""
        opens = forced != "right" and (sign in OPENS or sign in BARS)
        if sign in BARS and not forced:
            opens = not (self._open and self.all[self._open[-1]].text == "|" and self._ends_factor())
        if opens:
            self._open.append(len(self.all))
            self.all.append(Piece("open", "|" if sign in BARS else OPENS[sign], position, spaced))
            if len(self._open) > self.limits.depth:
                self.refuse(f"this is nested more than {self.limits.depth} deep", "give the inner parts names", position)
            return
        shown = {"rbrace": "}", "lbrace": "{"}.get(sign, sign)
        if not self._open:
            self.refuse(f"this {shown} closes nothing", "delete it, or open a bracket before", position)
        first = self._open.pop()
        if self.all[first].text != ("|" if sign in BARS else CLOSES.get(sign)):
            self.refuse(f"this {shown} does not close the {self.all[first].text} before it", "make the two a pair", position)
        self.pair[first] = len(self.all)
        self.all.append(Piece("close", shown, position, spaced))

    def _ends_factor(self) -> bool:
        return bool(self.all) and self.all[-1].kind in ("letter", "greek", "number", "close", "prime")


def words(text: str, names: Names, limits: Limits) -> list[Word]:
    """A text in LaTeX as words of the language, every statement closed by an END."""
    pieces = Pieces(text, limits)
    return counted(pieces, _Writer(pieces, names).all_words())


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


class _Writer:
    """Pieces into words, bracket by bracket; brackets are at most as deep as the limits allow, so recursion is bounded."""

    def __init__(self, pieces: Pieces, names: Names) -> None:
        self.pieces, self.all, self.pair, self.names = pieces, pieces.all, pieces.pair, names
        self.words: list[Word] = []
        self.depth = 0
        self.divided = -1  # where the denominator of a / started, while nothing but it has followed

    def all_words(self) -> list[Word]:
        self.run(0, len(self.all))
        return self.words

    def refuse(self, sentence: str, remedy: str, at: int) -> NoReturn:
        position = self.all[at].position if at < len(self.all) else len(self.pieces.text)
        self.pieces.refuse(sentence, remedy, position)

    def add(self, kind: str, text: str, at: int) -> None:
        self.words.append(Word(kind, text, self.all[min(at, len(self.all) - 1)].position))

    def run(self, i: int, end: int) -> None:
        """Everything from one piece up to another."""
        while i < end:
            i = self.item(i, end)

    def bracketed(self, i: int, end: int, at: int) -> None:
        """The same in brackets of its own."""
        self.add("LPAR", "(", at)
        self.depth += 1
        if i >= end:
            self.refuse("there is nothing in these brackets", "write an expression", at)
        self.run(i, end)
        self.depth -= 1
        self.add("RPAR", ")", end if end < len(self.all) else end - 1)

    def captured(self, i: int, end: int, at: int) -> list[Word]:
        """The words of a bracket that will be needed further on."""
        before, self.words = self.words, []
        self.bracketed(i, end, at)
        found, self.words = self.words, before
        return found

    def item(self, i: int, end: int) -> int:
        piece = self.all[i]
        if piece.kind == "sign":
            kind, text = SIGNS[piece.text]
            if kind == "EQUALS" and self.depth:
                kind, text = "COMPARE", "=="  # the condition of an indicator
            self.add(kind, text, i)
            return i + 1
        if piece.kind == "end":
            self.add("END", "", i)
            return i + 1
        if piece.kind in ("script", "prime"):
            self.refuse(f"{piece.text} has nothing before it", "write what it belongs to", i)
        return self.factor(i, end)

    # -- factors

    def factor(self, i: int, end: int) -> int:
        self.juxtaposed(i)
        if self.words and self.words[-1].kind == "SLASH":
            self.divided = len(self.words)
        first = len(self.words)
        found = self.raised(self.atom(i, end), end)
        if self.divided != first:
            self.divided = -1
        return found

    def juxtaposed(self, i: int) -> None:
        """The product sign that is left out between two factors."""
        if not self.words or self.words[-1].kind not in ENDS_FACTOR:
            return
        if self.all[i].kind == "number":
            self.refuse("a number stands right after a factor", "write \\cdot or * between them", i)
        if self.divided >= 0 and not self._plainly_a_fraction(i):
            self.refuse("what belongs to the denominator is not clear here", "write \\frac{a}{b}, or a/(b c)", i)
        self.add("STAR", "*", i)

    def _plainly_a_fraction(self, i: int) -> bool:
        """1/2 (y − t)²: two numbers, then a bracket or a blank."""
        before, after = self.words[self.divided - 2], self.words[self.divided]
        numbers = before.kind == after.kind == "NUMBER" and len(self.words) == self.divided + 1
        return numbers and (self.all[i].spaced or self.all[i].kind == "open")

    def raised(self, i: int, end: int) -> int:
        """The powers and stray scripts after a factor."""
        if i < end and self.all[i].kind == "script" and self.all[i].text == "^":
            first, last, after = self.argument(i + 1, end, "the exponent")
            self.add("POWER", "**", i)
            self.bracketed(first, last, i)
            i = after
        if i < end and self.all[i].kind in ("script", "prime"):
            what = "two exponents" if self.all[i].text == "^" else f"a {self.all[i].text} that belongs to no name"
            self.refuse(f"there is {what} here", "use the names of the graph, and brackets for a power of a power", i)
        return i

    def argument(self, i: int, end: int, what: str) -> tuple[int, int, int]:
        """What a script or a macro acts on, as (first, end, next): a group, or one piece."""
        if i >= end:
            self.refuse(f"{what} is missing", "write it in braces", i - 1)
        piece = self.all[i]
        if piece.kind == "open" and piece.text == "{":
            return i + 1, self.pair[i], self.pair[i] + 1
        if piece.kind == "sign" and piece.text == "-" and i + 1 < end:
            return i, i + 2, i + 2
        if piece.kind == "number" and len(piece.text) > 1 and not self.pieces.plain:
            self.refuse(f"{what} of several digits needs braces", f"write {{{piece.text}}}", i)
        if piece.kind in ("macro", "open", "sign", "script", "end", "prime") and not (piece.kind == "open" and self.pieces.plain):
            if piece.kind == "macro" and (piece.text in ACCENTS or piece.text in STYLES):
                return i, self.unit(i, end)[1], self.unit(i, end)[1]
            self.refuse(f"{what} needs braces here", "write it in braces", i)
        if piece.kind == "open":
            return i, self.pair[i] + 1, self.pair[i] + 1
        return i, i + 1, i + 1

    def atom(self, i: int, end: int) -> int:
        piece = self.all[i]
        if piece.kind == "number":
            return self.number(i, end)
        if piece.kind == "open":
            return self.group(i)
        found = self.gradient(i, end)
        if found is not None:
            return found
        if piece.kind == "macro" and piece.text in _BY_MACRO:
            return _BY_MACRO[piece.text](self, i, end)
        return self.word(i, end)

    def number(self, i: int, end: int) -> int:
        text = self.all[i].text
        script = i + 1 < end and self.all[i + 1].text == "_" and self.all[i + 1].kind == "script"
        if script and text == "1":  # 1_{x > 0}
            first, last, after = self.argument(i + 2, end, "the condition")
            self.bracketed(first, last, i)
            return after
        if "e" in text.lower() and self.names.find("e"):
            self.refuse(f"{text} can mean two things here", "write \\cdot between factors", i)
        self.add("NUMBER", text, i)
        return i + 1

    def group(self, i: int) -> int:
        """A bracket; between bars it is an absolute value."""
        if self.all[i].text == "|":
            self.add("NAME", "abs", i)
        self.bracketed(i + 1, self.pair[i], i)
        return self.pair[i] + 1

    def fraction(self, i: int, end: int) -> int:
        top, bottom = self.argument(i + 1, end, "the numerator"), None
        if self.all[i + 1].kind == "number" and not self.pieces.plain and len(self.all[i + 1].text) > 1:
            self.refuse("a numerator of several digits needs braces", "write \\frac{12}{5}", i + 1)
        bottom = self.argument(top[2], end, "the denominator")
        self.add("LPAR", "(", i)
        self.bracketed(top[0], top[1], i)
        self.add("SLASH", "/", i)
        self.bracketed(bottom[0], bottom[1], i)
        self.add("RPAR", ")", i)
        return bottom[2]

    def root(self, i: int, end: int) -> int:
        j, index = i + 1, None
        if j < end and self.all[j].kind == "open" and self.all[j].text == "[":
            index, j = self.captured(j + 1, self.pair[j], j), self.pair[j] + 1
        if j < end and self.all[j].kind == "open" and self.all[j].text == "(":  # √(x + 1)
            first, last, after = j + 1, self.pair[j], self.pair[j] + 1
        elif j < end and self.all[j].kind in ("letter", "greek", "macro") and self.pieces.plain:
            first, last = j, self.name_end(j, end)
            after = last
        else:
            first, last, after = self.argument(j, end, "what is under the root")
        if index is None:
            self.add("NAME", "sqrt", i)
            self.bracketed(first, last, i)
            return after
        self.bracketed(first, last, i)
        self.words += [Word("POWER", "**", self.all[i].position), Word("LPAR", "(", self.all[i].position)]
        self.words += [Word("NUMBER", "1", self.all[i].position), Word("SLASH", "/", self.all[i].position), *index]
        self.add("RPAR", ")", i)
        return after

    # -- functions

    def function(self, i: int, end: int) -> int:
        """A function's macro with what it is applied to."""
        from .spelling import function_of

        name = function_of(self.all[i].text)
        if name is None:
            self.refuse(f"there is no function {self.all[i].text}", "use the functions of the language", i)
        return self.applied(name, i, i + 1, end)

    def applied(self, name: str, i: int, j: int, end: int) -> int:
        """A function from its name: primes, a base, a power, then its argument; `i` is where it stands, `j` what follows."""
        name, j = self.based(name, j, end)
        power: list[Word] = []
        while j < end and (self.all[j].kind == "prime" or self.is_prime(j, end)):
            name, j = name + "'", j + 1 if self.all[j].kind == "prime" else self.argument(j + 1, end, "the prime")[2]
        if j < end and self.all[j].kind == "script" and self.all[j].text == "^":
            first, last, j = self.argument(j + 1, end, "the exponent")
            if self.all[first].text == "-":
                self.refuse("a negative power of a function can mean two things", "write \\arcsin x or 1/\\sin x", i)
            power = self.captured(first, last, i)
            self.add("LPAR", "(", i)
        self.add("NAME", name, i)
        j = self.argument_of(name, i, j, end)
        if power:
            self.add("POWER", "**", i)
            self.words += power
            self.add("RPAR", ")", i)
        return j

    def is_prime(self, j: int, end: int) -> bool:
        if self.all[j].kind != "script" or self.all[j].text != "^" or j + 1 >= end:
            return False
        first, last, _ = self.argument(j + 1, end, "the exponent")
        return last == first + 1 and self.all[first].kind == "macro" and self.all[first].text == "prime"

    def based(self, name: str, j: int, end: int) -> tuple[str, int]:
        """A logarithm to a base."""
        if not (name in ("log", "ln") and j < end and self.all[j].kind == "script" and self.all[j].text == "_"):
            return name, j
        first, last, after = self.argument(j + 1, end, "the base")
        base = "".join(piece.text for piece in self.all[first:last])
        if base not in ("2", "10", "e"):
            self.refuse(f"there is no logarithm to the base {base}", "divide by the logarithm of the base", j)
        return (name if base == "e" else f"log{base}"), after

    def argument_of(self, name: str, i: int, j: int, end: int) -> int:
        """The argument in its brackets, or the product that follows without any: ln 2x is ln(2x), ln x (1 − y) is not."""
        if j < end and self.all[j].kind == "open" and self.all[j].text != "|":
            inside = j + 1
            if self.all[j].text == "{" and self.all[inside].kind == "open" and self.pair[inside] == self.pair[j] - 1:
                self.bracketed(inside + 1, self.pair[inside], i)  # \exp{(x)}
            else:
                self.bracketed(inside, self.pair[j], i)
            return self.pair[j] + 1
        self.add("LPAR", "(", i)
        first, self.divided = j, -1
        while j < end and (self.bare(j, end) or (j == first and self.takes_one(j))):
            j = self.factor(j, end)
            if self.takes_one(first):
                break
        if j == first:
            self.refuse(f"{name} is given nothing to act on", f"write {name}(x)", i)
        self.add("RPAR", ")", j - 1)
        return j

    def takes_one(self, j: int) -> bool:
        """Whether an argument that starts here ends with this piece: ln|x|, ln σ(a)."""
        piece = self.all[j]
        return piece.kind == "open" or (piece.kind == "macro" and piece.text in FUNCTIONS) or self.is_function(j)

    def bare(self, j: int, end: int) -> bool:
        """Whether a factor starts here that an argument without brackets may contain."""
        piece = self.all[j]
        if piece.kind in ("number", "letter", "greek"):
            return not self.is_function(j)
        inner = FRACTIONS | ACCENTS.keys() | STYLES | {"sqrt", "ell"}
        return piece.kind == "macro" and piece.text in inner and not self.is_function(j)

    def is_function(self, j: int) -> bool:
        """Whether a word that is a function's stands here, applied to a bracket."""
        return self.function_word(j, len(self.all)) is not None

    def function_word(self, i: int, end: int) -> tuple[str, int] | None:
        """A function written as a word or a Greek letter, `σ(a)`, `relu(a)`, `\\operatorname{ReLU}(a)`, and what follows it."""
        from .spelling import function_of

        piece = self.all[i]
        if piece.kind == "greek":
            name, j = APPLIED.get(piece.text), i + 1
            if name is None or self.names.find(piece.text):
                return None
        else:
            text, j = self.unit(i, end)
            name = function_of(text) if text else None
            if name is None or self.names.find(text):
                return None
        after = j
        while after < end and self.all[after].kind in ("prime", "script"):
            after = after + 1 if self.all[after].kind == "prime" else self.argument(after + 1, end, "the script")[2]
        applied = after < end and self.all[after].kind == "open"
        return (name, j) if applied or (piece.kind == "macro" and name in FUNCTIONS) else None

    # -- names

    def word(self, i: int, end: int) -> int:
        """A name, the longest that is known; or a function's word; or Euler's e."""
        function = self.function_word(i, end)
        if function is not None:
            return self.applied(function[0], i, function[1], end)
        found = self.known(i, end)
        if found is not None:
            self.add("NAME", found[0], i)
            return found[1]
        return self.constant(i, end)

    def known(self, i: int, end: int) -> tuple[str, int] | None:
        """The longest known name that starts here, and what follows it."""
        for key, after in self.spellings(i, end):
            word = self.names.find(key)
            if word is not None:
                return word, after
        return None

    def name_end(self, i: int, end: int) -> int:
        found = self.known(i, end)
        return found[1] if found else i + 1

    def constant(self, i: int, end: int) -> int:
        """Euler's number with its exponent, π, the sign of an indicator; anything else is not known."""
        text, after = self.unit(i, end)
        piece = self.all[i]
        if text == "e" or (piece.kind == "letter" and piece.text == "e"):
            return self.exponential(i, after if text == "e" else i + 1, end)
        if text == "pi":
            self.words += [Word(kind, t, piece.position) for kind, t in (("NAME", "times_pi"), ("LPAR", "("), ("NUMBER", "1"), ("RPAR", ")"))]
            return after
        if piece.kind == "macro" and text in ("1", "I"):
            return self.indicator(i, after, end)
        self.unknown(i, end)

    def exponential(self, i: int, j: int, end: int) -> int:
        self.add("NAME", "exp", i)
        if j < end and self.all[j].kind == "script" and self.all[j].text == "^":
            first, last, after = self.argument(j + 1, end, "the exponent")
            self.bracketed(first, last, i)
            return after
        self.words += [Word(kind, t, self.all[i].position) for kind, t in (("LPAR", "("), ("NUMBER", "1"), ("RPAR", ")"))]
        return j

    def indicator(self, i: int, j: int, end: int) -> int:
        r"""\mathbb{1}[x > 0] and \mathbb{1}_{x > 0}."""
        if j < end and self.all[j].kind == "script" and self.all[j].text == "_":
            first, last, after = self.argument(j + 1, end, "the condition")
            self.bracketed(first, last, i)
            return after
        if j < end and self.all[j].kind == "open":
            self.bracketed(j + 1, self.pair[j], i)
            return self.pair[j] + 1
        self.add("NUMBER", "1", i)
        return j

    def unknown(self, i: int, end: int) -> NoReturn:
        shown = next((key for key, _ in self.spellings(i, end)), "")
        nodes = list(dict.fromkeys(word for word in self.names.words.values() if "/" not in word))
        listed = ", ".join(nodes[:12])
        if self.all[i].kind == "macro" and not shown:
            self.refuse(f"\\{self.all[i].text} can not be read here", "write it with the signs of the language", i)
        self.refuse(f"there is no node {shown or self.all[i].text}", f"the nodes are {listed}", i)

    def spellings(self, i: int, end: int) -> Iterator[tuple[str, int]]:
        """The keys of all names that could start here, the longest first, and what follows each."""
        if self.all[i].kind == "letter":
            last = i
            while last < end and self.all[last].kind == "letter" and (last == i or not self.all[last].spaced) and last < i + 40:
                last += 1
            for stop in range(last, i, -1):
                yield from self.scripted("".join(piece.text for piece in self.all[i:stop]), stop, end)
        else:
            text, after = self.unit(i, end)
            if text:
                yield from self.scripted(text, after, end)

    def scripted(self, nucleus: str, i: int, end: int) -> Iterator[tuple[str, int]]:
        """A nucleus with the digits, scripts and primes after it, all of them first."""
        below, above, primes, found = "", "", "", [("", i)]
        if i < end and self.all[i].kind == "number" and self.all[i].text.isdigit() and not self.all[i].spaced:
            below, i = self.all[i].text, i + 1
            found.append((f"_{below}", i))
        while i < end and self.all[i].kind in ("script", "prime"):
            if self.all[i].kind == "prime":
                primes, i = primes + "'", i + 1
            elif i + 1 >= end:
                break
            else:
                text, after = self.script(i + 1, end)
                if text is None:
                    break
                if self.all[i].text == "_":
                    below = f"{below},{text}" if below else text
                elif text == "'":
                    primes += text
                else:
                    above = text
                i = after
            found.append(((f"_{below}" if below else "") + (f"^{above}" if above else "") + primes, i))
        for suffix, after in reversed(found):
            yield _joined(nucleus, suffix), after

    def script(self, i: int, end: int) -> tuple[str | None, int]:
        """A script as plain text: `1`, `[2]`, `i,j`, `w_1`; None where it is no name's."""
        piece = self.all[i]
        if piece.kind == "open" and piece.text == "{":
            first, last, after = i + 1, self.pair[i], self.pair[i] + 1
        elif piece.kind in ("letter", "greek", "number", "macro"):
            first, last = i, i + 1
            if piece.kind == "macro" and (piece.text in ACCENTS or piece.text in STYLES):
                last = self.unit(i, end)[1]
            after = last
        else:
            return None, i
        return self.plain(first, last), after

    def plain(self, i: int, end: int) -> str | None:
        """Pieces as the text of a key; None if they are no name's."""
        out = ""
        while i < end:
            piece = self.all[i]
            if piece.kind == "macro" and piece.text == "prime":
                out, i = out + "'", i + 1
            elif piece.kind in ("letter", "greek", "macro"):
                text, i = self.unit(i, end) if piece.kind == "macro" else (piece.text, i + 1)
                if not text:
                    return None
                out += text
            elif piece.kind in ("number", "open", "close", "script", "prime") or piece.text in (",", "+", "-"):
                out, i = out + (piece.text if piece.text not in "{}" else ""), i + 1
            else:
                return None
        return out

    def unit(self, i: int, end: int) -> tuple[str, int]:
        """One nucleus as plain text: a letter run in a style, a Greek letter, an accented letter; and what follows it."""
        piece = self.all[i]
        if piece.kind == "greek" or (piece.kind == "macro" and piece.text == "ell"):
            return piece.text, i + 1
        if piece.kind == "letter":
            last = i + 1
            while last < end and self.all[last].kind == "letter" and not self.all[last].spaced:
                last += 1
            return "".join(p.text for p in self.all[i:last]), last
        if piece.kind != "macro" or piece.text not in STYLES | ACCENTS.keys() or i + 1 >= end:
            return "", i + 1
        inner = self.all[i + 1]
        if inner.kind == "open" and inner.text == "{":
            text, after = self.plain(i + 2, self.pair[i + 1]), self.pair[i + 1] + 1
        elif inner.kind in ("letter", "greek", "number"):
            text, after = inner.text, i + 2
        elif inner.kind == "macro" and inner.text in STYLES | ACCENTS.keys():
            text, after = self.unit(i + 1, end)
        else:
            return "", i + 1
        if text and piece.text in ACCENTS:
            from .spelling import accented, key_of

            return accented(key_of(text), ACCENTS[piece.text]), after
        return text or "", after

    # -- gradients

    def gradient(self, i: int, end: int) -> int | None:
        r"""A derivative that starts here, as one word: \frac{\partial z}{\partial u}, dz/du, \pdv{z}{u}, \nabla_u z."""
        piece = self.all[i]
        if piece.kind == "macro" and piece.text in FRACTIONS:
            return self.fraction_of_differentials(i, end)
        if piece.kind == "macro" and piece.text in DERIVATIVES:
            top = self.argument(i + 1, end, "what is differentiated")
            bottom = self.argument(top[2], end, "what it is differentiated by")
            return self.derivative(self.node(top[0], top[1]), self.node(bottom[0], bottom[1]), i, bottom[2])
        if piece.kind == "macro" and piece.text == "nabla":
            return self.nabla(i, end)
        return self.inline(i, end)

    def derivative(self, of: str, wrt: str, i: int, after: int) -> int:
        from .spelling import gradient_word

        self.add("NAME", gradient_word(of, wrt), i)
        return after

    def node(self, i: int, end: int) -> str:
        """The node that these pieces name; refused if they do not."""
        if i + 2 < end and self.all[i].kind == "open" and self.pair[i] == end - 1:
            i, end = i + 1, end - 1
        found = self.known(i, end) if i < end else None
        if found is None or found[1] != end or "/" in found[0]:
            self.unknown(min(i, len(self.all) - 1), end)
        return found[0]

    def d(self, i: int, end: int) -> tuple[str, int] | None:
        """The sign of a differential that starts here, "∂" or "d", and what follows it."""
        if i >= end:
            return None
        piece = self.all[i]
        if piece.kind == "macro" and piece.text == "partial":
            return "∂", i + 1
        if piece.kind == "letter" and piece.text == "d":
            return "d", i + 1
        if piece.kind == "macro" and piece.text in STYLES:
            text, after = self.unit(i, end)
            return ("d", after) if text == "d" else None
        return None

    def fraction_of_differentials(self, i: int, end: int) -> int | None:
        top = self.argument(i + 1, end, "the numerator")
        bottom = self.argument(top[2], end, "the denominator")
        above, below = self.d(top[0], top[1]), self.d(bottom[0], bottom[1])
        if above is None or below is None:
            return None
        sure = "∂" in (above[0], below[0])
        for sign in (above, below):
            if sign[1] < len(self.all) and self.all[sign[1]].text == "^" and self.all[sign[1]].kind == "script":
                self.refuse("this is a second derivative", "claims are about first derivatives", i)
        if not sure and not (self.names_node(above[1], top[1]) and self.names_node(below[1], bottom[1])):
            return None
        wrt = self.node(below[1], bottom[1])
        if above[1] == top[1]:  # \frac{\partial}{\partial u} z
            return self.operator(wrt, i, bottom[2], end)
        return self.derivative(self.node(above[1], top[1]), wrt, i, bottom[2])

    def names_node(self, i: int, end: int) -> bool:
        found = self.known(i, end) if i < end else None
        return i == end or (found is not None and found[1] == end and "/" not in found[0])

    def operator(self, wrt: str, i: int, j: int, end: int) -> int:
        """What stands after ∂/∂u."""
        if j < end and self.all[j].kind == "open":
            return self.derivative(self.node(j + 1, self.pair[j]), wrt, i, self.pair[j] + 1)
        found = self.known(j, end) if j < end else None
        if found is None or "/" in found[0]:
            self.refuse("it is not said what is differentiated here", "write \\frac{\\partial z}{\\partial u}", i)
        return self.derivative(found[0], wrt, i, found[1])

    def nabla(self, i: int, end: int) -> int:
        """∇_u z; of the output where nothing is named."""
        if i + 1 >= end or self.all[i + 1].text != "_":
            self.refuse("it is not said what ∇ differentiates by", "write \\nabla_u z", i)
        first, last, after = self.argument(i + 2, end, "what it is differentiated by")
        wrt = self.node(first, last)
        found = self.known(after, end) if after < end else None
        return self.derivative("" if found is None else found[0], wrt, i, after if found is None else found[1])

    def inline(self, i: int, end: int) -> int | None:
        """∂z/∂u and dz/du on one line."""
        above = self.d(i, end)
        if above is None:
            return None
        top = self.one_node(above[1], end)
        slash = top[1] if top else above[1]
        below = self.d(slash + 1, end) if slash < end and SIGNS.get(self.all[slash].text, ("",))[0] == "SLASH" else None
        bottom = self.one_node(below[1], end) if below else None
        if above[0] == "d" and (top is None or bottom is None):
            return None  # a node named d, or a product
        if top is None or below is None or bottom is None:
            self.refuse("this derivative can not be read", "write \\frac{\\partial z}{\\partial u} or dz/du", i)
        if bottom[1] < end and self.all[bottom[1]].text == "^" and self.all[bottom[1]].kind == "script":
            self.refuse("it is not clear what this exponent belongs to", "write (dz/du)^2", bottom[1])
        return self.derivative(top[0], bottom[0], i, bottom[1])

    def one_node(self, i: int, end: int) -> tuple[str, int] | None:
        if i < end and self.all[i].kind == "open" and self.all[i].text == "(":
            found = self.known(i + 1, self.pair[i])
            return (found[0], self.pair[i] + 1) if found and found[1] == self.pair[i] and "/" not in found[0] else None
        found = self.known(i, end) if i < end else None
        return found if found and "/" not in found[0] else None


_BY_MACRO = {"sqrt": _Writer.root} | dict.fromkeys(FRACTIONS, _Writer.fraction) | dict.fromkeys(FUNCTIONS, _Writer.function)


def _joined(nucleus: str, suffix: str) -> str:
    """A nucleus and its scripts as one key; digits at its end are a script too."""
    letters = nucleus.rstrip("0123456789")
    digits = nucleus[len(letters) :]
    if not digits:
        return nucleus + suffix
    return f"{letters}_{digits}" + ("," + suffix[1:] if suffix.startswith("_") else suffix)


@lru_cache(maxsize=4096)
def key_of_label(label: str) -> str:
    r"""The key of a name as it is typeset; empty if it has none.

    >>> key_of_label(r"W^{[1]}"), key_of_label(r"\hat{y}_{2}"), key_of_label(r"\mathrm{loss}")
    ('W^[1]', 'yhat_2', 'loss')
    """
    from .spelling import Names

    try:
        pieces = Pieces(label, STANDARD)
    except InputError:
        return ""
    writer = _Writer(pieces, Names({}))
    return next((key for key, after in writer.spellings(0, len(pieces.all)) if after == len(pieces.all)), "") if pieces.all else ""
