"""Words into phrases: the grammar's trees, ways to walk them, and what is said of words the grammar cannot read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import InputError
from ..operations import OPERATIONS
from .limits import ENDS_FACTOR, Limits, Word

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

    Phrase = Tree[Token]


class Source:
    """The text, its limits, and how something in it is refused."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text, self.limits = text, limits
        self.worked = 0.0  # numbers computed so far for constants

    def refuse(self, sentence: str, remedy: str, position: int | None) -> NoReturn:
        raise InputError(sentence, remedy=remedy, source=self.text, position=position) from None

    def line(self, position: int | None) -> int:
        return self.text.count("\n", 0, position) + 1


def statements_of(text: str, words: list[Word]) -> list[Phrase]:
    """The statements of a text as trees."""
    from lark import UnexpectedToken

    try:
        return parts_of(_grammar().parse(words))
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
        return _side_by_side(statement, at)
    if at.kind == "EQUALS":
        return _misassigned(statement, at)
    return _misplaced(before, at)


def _side_by_side(statement: list[Word], at: Word) -> tuple[str, str, int]:
    """Two factors without a sign: perhaps a function without its parentheses, or a line of Python."""
    before = statement[-1]
    if {word.text for word in (statement[0], before, at)} & {"def", "if", "for", "while", "return", "import", "lambda"}:
        choice = "write where(x > 0, x, 0) to choose, and give a Python function to bp.trace"
        return "this is a line of Python, and a text has statements only", choice, at.position
    if before.kind == "NAME" and before.text in OPERATIONS:
        shown = f"write {before.text}({at.text})"
        return f"{before.text} is a function, and its argument stands in parentheses", shown, at.position
    return "two factors stand side by side", "write * between factors", at.position


def _misplaced(before: Word, at: Word) -> tuple[str, str, int]:
    """A word that cannot follow the one before it."""
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


def parts_of(phrase: Phrase) -> list[Phrase]:
    """The phrases in a phrase (a word is a string, a phrase is not)."""
    return [child for child in phrase.children if not isinstance(child, str)]


def tokens_of(phrase: Phrase) -> list[Token]:
    """The words of a phrase itself."""
    return [child for child in phrase.children if isinstance(child, str)]


def values_in(phrase: Phrase) -> list[Phrase]:
    """The parts whose values a phrase is made of; facts (axis=0) are no values."""
    return [part for part in parts_of(phrase) if part.data != "fact"]


def postorder(root: Phrase) -> list[Phrase]:
    """Every phrase after its parts, left before right; a loop, because `a + a + ...` is as deep as it is long."""
    stack, out = [root], []
    while stack:
        phrase = stack.pop()
        out.append(phrase)
        stack.extend(values_in(phrase))
    out.reverse()
    return out


def bare(phrase: Phrase) -> Phrase:
    """A phrase without the parentheses around it."""
    while phrase.data == "group":
        phrase = parts_of(phrase)[0]
    return phrase


def start_of(phrase: Phrase) -> int:
    """Where a phrase starts."""
    while not isinstance(phrase.children[0], str):
        phrase = phrase.children[0]
    return phrase.children[0].start_pos or 0


def names_in(phrase: Phrase) -> list[Token]:
    """The variables a phrase mentions, in order."""
    parts = (part for part in postorder(phrase) if part.data in ("name", "names"))
    return [token for part in parts for token in tokens_of(part) if token.type == "NAME"]
