"""LaTeX in pieces: one linear scan that replaces Unicode by macros, drops what only moves type, and pairs brackets."""

from __future__ import annotations

import re
from typing import NoReturn

from ..errors import InputError
from .limits import Limits
from .macros import BARS, CLOSES, FRACTIONS, LETTERS, OPENS, REFUSED, SIGNS, SILENT, expanded
from .plain_tex import PLAIN_TEX, Piece, as_latex, pairs_of

_PIECE = re.compile(
    r"""(?P<SPACE>\s+)
    | (?P<CASES>\\begin\{(?:d|r)?cases\*?\} | \\left\s*\\\{\s*\\begin\{array\}(?:\{[lcr|@{}\s]{0,12}\})?)
    | (?P<ENDCASES>\\end\{(?:d|r)?cases\*?\} | \\end\{array\}\s*\\right\s*\.)
    | \\(?P<MACRO>[A-Za-z]+) | \\(?P<ESCAPED>.)
    | (?P<NUMBER>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+(?![A-Za-z]))?)
    | (?P<LETTER>[A-Za-z]) | (?P<SCRIPT>[_^]) | (?P<PRIME>') | (?P<OTHER>.)""",
    re.VERBOSE | re.DOTALL,
)
CASES = "cases"  # the bracket that \\begin{cases} opens
_SILENT_SIGNS, _SILENT_ESCAPES = set("$&~:"), set(",;:!> /")
_FACTORS = ("letter", "greek", "number", "close", "prime", "transpose")


class Pieces:
    """The pieces of a text, the partner of every opening bracket, and refusals with their position.

    `plain` is a text without any LaTeX in it, such as 2x^10, where digits belong together; with `lines` a new line ends
    what stands before it; `transpose` is a sign that stands for transposition.

    >>> [piece.text for piece in Pieces("2α_1", Limits()).all]
    ['2', 'alpha', '_', '1']
    """

    def __init__(self, text: str, limits: Limits, *, lines: bool = False, transpose: str = "") -> None:
        self.text, self.limits, self._lines, self._mark = text, limits, lines, transpose
        if len(text) > limits.characters:
            sentence = f"the text has {len(text)} characters, more than {limits.characters}"
            self.refuse(sentence, "split the text", limits.characters)
        self.plain = not any(sign in text for sign in "\\{}")
        self.all: list[Piece] = []
        self.pair: dict[int, int] = {}
        self._open: list[int] = []
        self._forced = ""  # what \left or \right says of the bracket that comes next
        tex, self._positions = expanded(text)
        self._scan(tex)
        if any(piece.text in PLAIN_TEX for piece in self.all if piece.kind == "macro") and not self._open:
            self.all = as_latex(self.all)
            self.pair = pairs_of(self.all)
            for piece in self.all:
                if piece.text == "over" and piece.kind == "macro":
                    self.refuse("it is not clear what is over what", "write \\frac{a}{b}", piece.position)
        if self._open:
            opening = self.all[self._open[-1]]
            self.refuse(f"this {opening.text} is never closed", "close it", opening.position)

    def refuse(self, sentence: str, remedy: str, position: int) -> NoReturn:
        raise InputError(sentence, remedy=remedy, source=self.text, position=position) from None

    def _scan(self, tex: str) -> None:
        spaced = False
        for match in _PIECE.finditer(tex):
            kind, before = match.lastgroup or "", len(self.all)
            text, position = match.group(kind), self._positions[match.start()]
            if kind == "SPACE":
                self._blank(text, position)
            else:
                getattr(self, f"_{kind.lower()}")(text, position, spaced)
            spaced = len(self.all) == before  # after a blank, or what sets one

    def _blank(self, text: str, position: int) -> None:
        if self._lines and "\n" in text and not self._open:
            self.all.append(Piece("end", "\n", position, True))

    def _number(self, text: str, position: int, spaced: bool) -> None:
        fraction = self.all and self.all[-1].kind == "macro" and self.all[-1].text in FRACTIONS
        for digit in text[:2] if fraction and len(text) > 1 and text.isdigit() else ():  # \frac12
            self.all.append(Piece("number", digit, position, spaced))
            text, spaced = text[1:], False
        if text:
            self.all.append(Piece("number", text, position, spaced))

    def _cases(self, text: str, position: int, spaced: bool) -> None:
        self._opened(CASES, position, spaced)

    def _endcases(self, text: str, position: int, spaced: bool) -> None:
        self._close(text, CASES, position, spaced)

    def _letter(self, text: str, position: int, spaced: bool) -> None:
        self.all.append(Piece("letter", text, position, spaced))

    def _script(self, text: str, position: int, spaced: bool) -> None:
        self.all.append(Piece("script", text, position, spaced))

    def _prime(self, text: str, position: int, spaced: bool) -> None:
        self.all.append(Piece("prime", text, position, spaced))

    def _macro(self, name: str, position: int, spaced: bool) -> None:
        if name in REFUSED:
            self.refuse(f"\\{name} can not be read here", REFUSED[name], position)
        if name in ("left", "right"):
            self._forced = name
        elif name in BARS or name in OPENS or name in CLOSES:
            self._bracket(name, position, spaced)
        elif name in SIGNS:
            self.all.append(Piece("sign", name, position, spaced))
        elif name in LETTERS:
            self.all.append(Piece("greek", LETTERS[name], position, spaced))
        elif name not in SILENT:
            self.all.append(Piece("macro", name, position, spaced))

    def _escaped(self, sign: str, position: int, spaced: bool) -> None:
        if sign in "{}|":
            self._bracket({"{": "lbrace", "}": "rbrace"}.get(sign, sign), position, spaced)
        elif sign == "\\":
            self.all.append(Piece("end", "\\\\", position, spaced))
        elif sign not in _SILENT_ESCAPES:
            self._stranger(f"\\{sign}", position)

    def _other(self, sign: str, position: int, spaced: bool) -> None:
        before = self.all[-1] if self.all and not spaced else None
        if sign == "=" and before is not None and before.kind == "sign" and before.text in "<>":
            self.all[-1] = before._replace(text="le" if before.text == "<" else "ge")  # a >= 0, as programs have it
        elif sign in OPENS or sign in CLOSES or sign in BARS:
            self._bracket(sign, position, spaced)
        elif sign == "," and self._lines and not self._open:
            self.all.append(Piece("end", sign, position, spaced))
        elif sign in SIGNS:
            self.all.append(Piece("sign", sign, position, spaced))
        elif sign == ";":
            self.all.append(Piece("end", sign, position, spaced))
        elif sign == "." and (self._lines or (self._open and self.all[self._open[-1]].text == CASES)):
            pass  # the full stop of a sentence
        elif sign == "&" and self._open and self.all[self._open[-1]].text == CASES:
            self.all.append(Piece("column", sign, position, spaced))
        elif sign == self._mark:
            self.all.append(Piece("transpose", sign, position, spaced))
        elif sign not in _SILENT_SIGNS:
            self._stranger(sign, position)

    def _stranger(self, sign: str, position: int) -> NoReturn:
        shown = sign if sign.isprintable() else f"character {ord(sign[-1])}"
        self.refuse(f"{shown} has no meaning here", "write the formula alone", position)

    def _bracket(self, sign: str, position: int, spaced: bool) -> None:
        forced, self._forced = self._forced, ""
        bar = sign in BARS
        opens = forced != "right" and (sign in OPENS or bar)
        if bar and not forced:  # a bar closes what a bar opened, if a factor is before it
            inside = self._open and self.all[self._open[-1]].text == "|"
            opens = not (inside and self.all[-1].kind in _FACTORS)
        if not opens:
            self._close(sign, "|" if bar else CLOSES.get(sign, ""), position, spaced)
            return
        self._opened("|" if bar else OPENS[sign], position, spaced)

    def _opened(self, sign: str, position: int, spaced: bool) -> None:
        self._open.append(len(self.all))
        self.all.append(Piece("open", sign, position, spaced))
        if len(self._open) > self.limits.depth:
            self.refuse(f"this is nested more than {self.limits.depth} deep", "give the inner parts names", position)

    def _close(self, sign: str, partner: str, position: int, spaced: bool) -> None:
        shown = {"rbrace": "}", "lbrace": "{"}.get(sign, sign)
        if not self._open:
            self.refuse(f"this {shown} closes nothing", "delete it, or open a bracket before", position)
        first = self._open.pop()
        if self.all[first].text != partner:
            opening = self.all[first].text
            self.refuse(f"this {shown} does not close the {opening} before it", "make the two a pair", position)
        self.pair[first] = len(self.all)
        self.all.append(Piece("close", shown, position, spaced))
