"""Text into words, in one linear scan that stops at the first limit passed.

`scan` runs before any grammar: it bounds characters, nesting, statements, operations and numerals, refuses
characters the language does not know, replaces look-alikes (− × ÷ ² α) one for one, and checks that brackets
close. What it returns is short, shallow and plain ASCII, so nothing after it has to defend itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import InputError
from ..notation.names import GREEK


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a text may ask for; pass `limits=Limits(...)` to a reader to change it.

    >>> Limits(operations=1000).depth
    60
    """

    characters: int = 20_000
    statements: int = 2_000
    depth: int = 60  # brackets, and operators that wait for what follows them: signs and powers
    operations: int = 400  # operators, calls and indexings of one statement
    digits: int = 40  # of one numeral
    exponent: int = 300  # of one numeral, in powers of ten
    bits: int = 4_096  # of any number computed while reading
    name: int = 40  # characters of one name
    entries: int = 10_000_000  # of one array
    work: int = 20_000  # numbers computed while reading: sqrt(2) is one, a 3 by 3 matrix times another 27


STANDARD = Limits()


class Word(NamedTuple):
    """A word of the language: its kind (a terminal of the grammar), its plain spelling, and where it stands."""

    kind: str
    text: str
    position: int


# fmt: off
_GREEK = {letter: name for name, letter in GREEK.items() if name != "omicron"}  # which looks like the letter o
_LOOKALIKES = str.maketrans({  # each looks like its partner and like nothing else; positions do not move
    "\N{MINUS SIGN}": "-", "×": "*", "·": "*", "\N{BULLET OPERATOR}": "*", "\N{DOT OPERATOR}": "*", "∗": "*", "÷": "/",
    "′": "'", "’": "'", "\N{MICRO SIGN}": "μ", "\N{OHM SIGN}": "Ω", "\N{INCREMENT}": "Δ",
})
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_COMPARISONS = {"≤": "<=", "≥": ">=", "≠": "!="}
_KINDS = {
    "+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", "@": "AT", "**": "POWER", "^": "POWER", "=": "EQUALS",
    "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", ",": "COMMA", ":": "COLON", ".T": "TRANSPOSE",
}
_REMEDIES = {  # for characters people do type; any other is answered by its Unicode name
    "_": "an underscore stands between letters or digits of one name, as in x_1",
    "'": "a prime stands at the end of a name, as in x'",
    ".": "only .T can follow a dot; functions are written sin(x), not np.sin(x)",
    "!": "write != for unequal; there is no factorial",
    "{": "use parentheses to group", "}": "use parentheses to group", "|": "write abs(x) for |x|",
    "%": "write a/100 for a percentage", "&": "multiply conditions: (x > 0)*(x < 1)",
    "\\": "write alpha for \\alpha and a/b for \\frac{a}{b}; a line may be continued only inside brackets",
    "ŷ": "write yhat, which is typeset ŷ", 
    '"': 'close the quotes on the same line; only name W1 "W^{[1]}" takes a quoted text',
    "–": "write - for minus", "—": "write - for minus", "‐": "write - for minus", "“": 'write "', "”": 'write "',
    "√": "write sqrt(x)", "∑": "write sum(x)", "ϵ": "write epsilon", "ϕ": "write phi", "ϑ": "write theta",
    "\N{NO-BREAK SPACE}": "write an ordinary space", "→": "write = or start a new line", "⊤": "write .T",
}
# fmt: on

_G = f"[{''.join(_GREEK)}]"
_WORD = re.compile(
    rf"""(?P<SPACE>(?:[ \t]|\r(?=\n|\Z))+) | (?P<COMMENT>\#[^\n]*) | (?P<END>[\n;])
    | (?P<NUMBER>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<NAME>(?:[A-Za-z][A-Za-z0-9]*|{_G}[0-9]*)(?:_(?:[A-Za-z0-9]+|{_G}[0-9]*))*'*)
    | (?P<SUPERSCRIPT>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
    | (?P<COMPARE><=|>=|==|!=|[<>≤≥≠]) | (?P<STRING>"[^"\n]*")
    | (?P<SIGN>\.T(?![A-Za-z0-9_'])|\*\*|[-+*/@^=()\[\],:])""",
    re.VERBOSE,
)
_DECLARES = {"data": "DATA", "param": "PARAM", "output": "OUTPUT", "name": "NAMED"}
_CLOSES = {"RPAR": "LPAR", "RSQB": "LSQB"}
_BINARY = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "AT", "COMPARE"})
_SEPARATES = _BINARY | {"COMMA", "COLON", "EQUALS", "END"}
ENDS_FACTOR = frozenset({"NAME", "NUMBER", "RPAR", "RSQB", "TRANSPOSE"})


def scan(text: str, limits: Limits) -> list[Word]:
    """The words of a text, every statement closed by an END; the first limit passed is an InputError.

    >>> [word.text for word in scan("y = 2×α  # twice", Limits())]
    ['y', '=', '2', '*', 'alpha', '']
    """
    if len(text) > limits.characters:
        remedy = "split the text, or raise Limits(characters=...)"
        sentence = f"the text has {len(text)} characters, more than {limits.characters}"
        raise InputError(sentence, remedy=remedy, source=text, position=limits.characters)
    return _Scan(text, limits).run()


class _Scan:
    """One pass over one text; the counters hold for the statement being read."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text, self.limits = text, limits
        self.words: list[Word] = []
        self.brackets: list[Word] = []  # those still open
        self.waiting = [0]  # per open bracket: signs and powers that wait for their operand
        self.depth = self.operations = self.statements = 0
        self.start = 0  # index of the first word of this statement
        self.raised = False  # the last word is a superscript

    def run(self) -> list[Word]:
        plain = self.text.translate(_LOOKALIKES)
        position = 1 if plain.startswith("\N{BYTE ORDER MARK}") else 0
        while position < len(plain):
            match = _WORD.match(plain, position)
            if match is None or match.lastgroup is None:
                raise self.stranger(position)
            if match.lastgroup != "SPACE":
                _READ[match.lastgroup](self, match.group(), position)
            position = match.end()
        self.end("", len(plain))
        return self.words

    def refusal(self, sentence: str, remedy: str, position: int) -> InputError:
        return InputError(sentence, remedy=remedy, source=self.text, position=position)

    def stranger(self, position: int) -> InputError:
        character = self.text[position]
        remedy = _REMEDIES.get(character, "write it with ASCII letters, digits and operators, or Greek letters")
        return self.refusal(f"{_called(character)} has no meaning here", remedy, position)

    def comment(self, text: str, position: int) -> None:
        """Comments may be in any language, but nothing invisible may hide in them."""
        if text.isascii() and text.isprintable():
            return
        for offset, character in enumerate(text.rstrip("\r").replace("\t", " ")):
            if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
                sentence = f"{_called(character)} cannot be seen in a comment"
                raise self.refusal(sentence, "delete it", position + offset)

    def number(self, text: str, position: int) -> None:
        mantissa, _, exponent = text.lower().partition("e")
        power = exponent.lstrip("+-0")
        if len(mantissa) - mantissa.count(".") > self.limits.digits:
            sentence = f"this number has more than {self.limits.digits} digits"
            raise self.refusal(sentence, "round it, or raise Limits(digits=...)", position)
        if len(power) > 9 or int(power or 0) > self.limits.exponent:
            sentence = f"this number has an exponent beyond {self.limits.exponent}"
            raise self.refusal(sentence, "change the units, or raise Limits(exponent=...)", position)
        if self.words and self.words[-1].kind in ("PLUS", "MINUS") and self.waiting[-1]:
            self.operations -= 1  # the sign of a numeral is part of the numeral
        self.add("NUMBER", text, position)

    def name(self, text: str, position: int) -> None:
        if not text.isascii():
            text = "".join(_GREEK.get(character, character) for character in text)
        if len(text) > self.limits.name:
            sentence = f"this name is longer than {self.limits.name} characters"
            raise self.refusal(sentence, "shorten it, or raise Limits(name=...)", position)
        first = self.words[self.start] if len(self.words) == self.start + 1 else None
        if first is not None and first.kind == "NAME" and first.text in _DECLARES:
            self.words[self.start] = first._replace(kind=_DECLARES[first.text])
        self.add("NAME", text, position)

    def superscript(self, text: str, position: int) -> None:
        self.add("POWER", "**", position)
        self.number(text.translate(_SUPERSCRIPTS), position)
        self.raised = True

    def sign(self, text: str, position: int) -> None:
        self.add(_KINDS[text], "**" if text == "^" else text, position)

    def compare(self, text: str, position: int) -> None:
        self.add("COMPARE", _COMPARISONS.get(text, text), position)

    def string(self, text: str, position: int) -> None:
        for offset, character in enumerate(text):
            if character not in _GREEK and not (character.isascii() and character.isprintable()):
                raise self.stranger(position + offset)
        self.words.append(Word("STRING", text, position))

    def end(self, text: str, position: int) -> None:
        """A newline inside brackets is a space; anywhere else the statement is over."""
        if self.brackets and text == "\n":
            return
        if self.brackets:
            opening = self.brackets[-1]
            closing = ")" if opening.kind == "LPAR" else "]"
            raise self.refusal(f"this {opening.text} is never closed", f"write the {closing}", opening.position)
        if len(self.words) == self.start:
            return
        self.add("END", "", position)
        self.start, self.operations, self.statements = len(self.words), 0, self.statements + 1
        if self.statements > self.limits.statements:
            sentence = f"there are more than {self.limits.statements} statements"
            raise self.refusal(sentence, "split the text, or raise Limits(statements=...)", self.words[-2].position)

    def add(self, kind: str, text: str, position: int) -> None:
        word, before = Word(kind, text, position), self.words[-1].kind if len(self.words) > self.start else ""
        if self.raised and kind in ("POWER", "LSQB", "TRANSPOSE"):
            raise self.refusal("this would act on the exponent", "write the power in parentheses: (x**2)", position)
        self.raised = False
        self.nest(word, before)
        self.count(word, before)
        self.words.append(word)

    def nest(self, word: Word, before: str) -> None:
        if word.kind in _CLOSES:
            self.close(word)
        elif word.kind in ("LPAR", "LSQB"):
            self.brackets.append(word)
            self.waiting.append(0)
            self.depth += 1
        elif word.kind == "POWER" or (word.kind in ("PLUS", "MINUS") and before not in ENDS_FACTOR):
            self.waiting[-1] += 1
            self.depth += 1
        elif word.kind in _SEPARATES:
            self.depth -= self.waiting[-1]
            self.waiting[-1] = 0
        if self.depth > self.limits.depth:
            sentence = f"this is nested more than {self.limits.depth} deep"
            raise self.refusal(sentence, "give the inner parts names of their own", word.position)

    def close(self, word: Word) -> None:
        if not self.brackets:
            raise self.refusal(f"this {word.text} closes nothing", "delete it, or open a bracket before", word.position)
        opening = self.brackets.pop()
        if opening.kind != _CLOSES[word.kind]:
            sentence = f"this {word.text} does not close the {opening.text} before it"
            raise self.refusal(sentence, "make the two brackets a pair", word.position)
        self.depth -= 1 + self.waiting.pop()

    def count(self, word: Word, before: str) -> None:
        acts = word.kind in _BINARY or word.kind in ("POWER", "TRANSPOSE")
        acts = acts or (word.kind == "LPAR" and before == "NAME") or (word.kind == "LSQB" and before in ENDS_FACTOR)
        self.operations += acts
        if self.operations > self.limits.operations:
            sentence = f"this statement has more than {self.limits.operations} operations"
            raise self.refusal(sentence, "give parts of it names, or raise Limits(operations=...)", word.position)


def _called(character: str) -> str:
    """A character as a sentence can name it without containing anything invisible."""
    if character.isascii() and character.isprintable():
        return character
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "a control character" if ord(character) < 160 else "")
    return f"{name} ({code})" if name else code


_READ: dict[str, Callable[[_Scan, str, int], None]] = {
    "COMMENT": _Scan.comment,
    "END": _Scan.end,
    "NUMBER": _Scan.number,
    "NAME": _Scan.name,
    "SUPERSCRIPT": _Scan.superscript,
    "COMPARE": _Scan.compare,
    "STRING": _Scan.string,
    "SIGN": _Scan.sign,
}
