r"""What is chosen by conditions: `\begin{cases} ... \end{cases}`, `a if x > 0 else b`, `0 < x < 6`, `x > 0 and y > 0`.

Each becomes words of the language: `where(x > 0, a, b)`, and conditions that hold together are multiplied.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .macros import SIGNS, STYLES

if TYPE_CHECKING:
    from .latex import Writer

_SAID = {"if", "for", "when", "where", "falls", "wenn", "für", "whenever", "provided"}
_ELSE = {"otherwise", "else", "sonst", "elsewhere", "other", "default"}
_BOTH = {"and", "und"}
WORDS = _SAID | _ELSE | _BOTH
Span = tuple[int, int]


class Conditions:
    """Writes what a condition chooses; places in the pieces are `i`, up to but not including `end`."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.all, self.pair, self.spelling = writer, writer.all, writer.pair, writer.spelling

    # -- conditions

    def several(self, i: int, end: int) -> bool:
        """Whether these pieces are more than one comparison: 0 < x < 6, x > 0 and y > 0."""
        found = [kind for kind, _, _ in self._marks(i, end)]
        return found.count("compare") > 1 or ("and" in found and "compare" in found)

    def write(self, i: int, end: int, at: int) -> None:
        """A condition in brackets of its own, several as a product."""
        for number, (first, last) in enumerate(self._parts(*self._trimmed(i, end), at)):
            if number:
                self.writer.given(at, ("STAR", "*"))
            self.writer.bracketed(first, last, at)

    def _parts(self, i: int, end: int, at: int) -> Iterator[Span]:
        """The single comparisons: 0 < x < 6 is 0 < x and x < 6."""
        start, ends, between = i, list[Span](), i
        for kind, first, after in [*self._marks(i, end), ("and", end, end)]:
            if kind == "compare":
                if ends:
                    yield start, first
                    start = between
                ends.append((first, after))
                between = after
            elif first > start:
                yield start, first
                start, ends = after, []

    def _marks(self, i: int, end: int) -> Iterator[tuple[str, int, int]]:
        """Signs of comparison, and what joins conditions, outside brackets."""
        while i < end:
            piece = self.all[i]
            if piece.kind == "open":
                i = self.pair[i] + 1
                continue
            word, after = self.word(i, end)
            if word in _BOTH or (piece.kind == "macro" and piece.text in ("land", "wedge")) or (piece.kind, piece.text) == ("sign", ","):
                yield "and", i, after if word in _BOTH else i + 1
                i = after if word in _BOTH else i + 1
                continue
            if piece.kind == "sign" and SIGNS[piece.text][0] in ("COMPARE", "EQUALS"):
                yield "compare", i, i + 1
            i += 1

    def word(self, i: int, end: int) -> tuple[str, int]:
        r"""A word of prose, as letters or in \text{...}, and what follows it; empty where there is none."""
        piece = self.all[i]
        if piece.kind == "letter":
            after = self.spelling.letters(i, end)
            return "".join(p.text for p in self.all[i:after]).lower(), after
        if piece.kind == "macro" and piece.text in STYLES and i + 1 < end and self.all[i + 1].text == "{":
            inside = self.all[i + 2 : self.pair[i + 1]]
            return "".join(p.text for p in inside if p.kind == "letter").lower(), self.pair[i + 1] + 1
        return "", i + 1

    def _trimmed(self, i: int, end: int) -> Span:
        """A condition without the words and commas around it."""
        while i < end:
            word, after = self.word(i, end)
            if word in _SAID:
                i = after
            elif self.all[i].kind == "sign" and self.all[i].text == ",":
                i += 1
            else:
                break
        while end > i and (self.all[end - 1].text in (",", ".") or self.all[end - 1].kind == "end"):
            end -= 1
        return i, end

    # -- choices

    def cases(self, i: int) -> int:
        r"""\begin{cases} a & x > 0 \\ b & \text{otherwise} \end{cases}"""
        end = self.pair[i]
        rows = [row for row in self._split(i + 1, end, "end") if row[0] < row[1]]
        if not rows:
            self.writer.refuse("there are no cases here", "write a & x > 0 in every row", i)
        self.writer.given(i, ("LPAR", "("))
        for number, (first, last) in enumerate(rows):
            value, *conditions = self._split(first, last, "column")
            condition = self._trimmed(*conditions[0]) if conditions else (last, last)
            otherwise = condition[0] == condition[1] or self.word(*condition)[0] in _ELSE
            if otherwise and number < len(rows) - 1:
                self.writer.refuse("a case without a condition comes last", "write a & x > 0", first)
            if not otherwise:
                self.writer.given(first, ("NAME", "where"), ("LPAR", "("))
                self.write(*condition, first)
                self.writer.given(first, ("COMMA", ","))
            self.writer.bracketed(*self._trimmed(*value), first)
            if not otherwise:
                self.writer.given(first, ("COMMA", ","))
                if number == len(rows) - 1:
                    self._nothing(first)
        last_row = self._split(*rows[-1], "column")
        conditions = [self._trimmed(*c) for c in last_row[1:]]
        open_ended = not conditions or conditions[0][0] == conditions[0][1] or self.word(*conditions[0])[0] in _ELSE
        for _ in range(len(rows) - open_ended):
            self.writer.given(end, ("RPAR", ")"))
        self.writer.given(end, ("RPAR", ")"))
        return end + 1

    def _nothing(self, at: int) -> None:
        """What has no value, for where no case holds."""
        self.writer.given(at, ("NAME", "log"), ("LPAR", "("), ("MINUS", "-"), ("NUMBER", "1"), ("RPAR", ")"))

    def _split(self, i: int, end: int, kind: str) -> list[Span]:
        """The parts between pieces of a kind outside brackets."""
        parts, start = list[Span](), i
        while i < end:
            if self.all[i].kind == "open":
                i = self.pair[i]
            elif self.all[i].kind == kind:
                parts.append((start, i))
                start = i + 1
            i += 1
        return [*parts, (start, end)]

    def chosen(self, i: int, end: int) -> bool:
        """Write `a if x > 0 else b`, if that is what these pieces say."""
        found, j = {}, i
        while j < end:
            piece = self.all[j]
            if piece.kind == "open":
                j = self.pair[j]
            elif piece.kind in ("letter", "macro"):
                word, after = self.word(j, end)
                if word in ("if", "else", "otherwise") and word not in found:
                    found["else" if word == "otherwise" else word] = (j, after)
                j = max(j, after - 1)
            j += 1
        if found.keys() != {"if", "else"} or not i < found["if"][0] < found["else"][0]:
            return False
        self.writer.given(i, ("NAME", "where"), ("LPAR", "("))
        self.write(found["if"][1], found["else"][0], i)
        for first, last in ((i, found["if"][0]), (found["else"][1], end)):
            self.writer.given(first, ("COMMA", ","))
            self.writer.bracketed(*self._trimmed(first, last), first)
        self.writer.given(end, ("RPAR", ")"))
        return True
