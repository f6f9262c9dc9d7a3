r"""Sums and products over an index, written out: `\sum_{i=1}^{2} e_i x_i` is `e_1 x_1 + e_2 x_2`.

Without an end that is a number, `\sum_i`, an index runs over the numbers for which the graph has every name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..errors import InputError
from .macros import SIGNS
from .plain_tex import Piece

if TYPE_CHECKING:
    from .latex import Writer
    from .limits import Word

LONGEST, LARGEST = 50, 20_000  # terms of a sum; pieces that all sums of a claim may be written out to
JOINED = {"sum": ("PLUS", "+"), "prod": ("STAR", "*")}
_ENDS = ("PLUS", "MINUS", "EQUALS", "COMMA", "COMPARE")


class Index(NamedTuple):
    """An index from its first number to its last, None where the graph's names decide; what follows is at `after`."""

    letter: str
    first: int | None
    last: int | None
    after: int


class Sums:
    """Writes sums out term by term, by way of a copy of the pieces with a number in place of the index."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.all, self.pair = writer, writer.all, writer.pair

    def write(self, i: int, end: int) -> int:
        """The sum or product that starts at a piece; what follows it."""
        index = self._index(i, end)
        stop = self._reach(index.after, end)
        if self.all[i].text == "prod" and any(self._kind(j) in ("STAR", "SLASH") for j in range(index.after, stop)):
            self.writer.refuse("it is not clear how far this product reaches", "put brackets around what is multiplied", i)
        terms = self._terms(i, index, stop)
        self.writer.given(i, ("LPAR", "("))
        for number, term in enumerate(terms):
            if number:
                self.writer.given(i, JOINED[self.all[i].text])
            self.writer.words += term
        self.writer.given(i, ("RPAR", ")"))
        return stop

    def _terms(self, i: int, index: Index, stop: int) -> list[list[Word]]:
        """The terms, each in brackets."""
        places = [j for j in range(index.after, stop) if self._is_index(j, index.letter)]
        if index.first is not None and index.last is not None:
            if not 0 <= index.last - index.first < LONGEST:
                self.writer.refuse(f"a sum has 1 to {LONGEST} terms here", "write the sum term by term", i)
            return [self._term(i, index.after, stop, places, k) for k in range(index.first, index.last + 1)]
        if not places:
            self.writer.refuse(f"what is summed does not depend on {index.letter}", "write the sum term by term", i)
        found = list[list["Word"]]()
        for k in range(LONGEST) if index.first is None else range(index.first, index.first + LONGEST):
            try:
                found.append(self._term(i, index.after, stop, places, k))
            except InputError:
                if found or k > 0:
                    break
        if not found:
            self._term(i, index.after, stop, places, 1)  # says which name there is not
        last = k - 1 if k < LONGEST else k
        self.writer.vocabulary.guessed[f"{index.letter} in the sum"] = f"{last - len(found) + 1} to {last}"
        return found

    def _term(self, i: int, first: int, stop: int, places: list[int], k: int) -> list[Word]:
        """The words for one number in place of the index."""
        start = len(self.all)
        if start + stop - first > LARGEST:
            self.writer.refuse("this sum is too long", "write the sum term by term", i)
        self.all.extend(self.all[first:stop])
        self.all.append(Piece("end", "", self.all[i].position, False))
        self.pair.update({a - first + start: b - first + start for a, b in list(self.pair.items()) if first <= a < stop})
        for j in places:
            self.all[j - first + start] = self.all[j]._replace(kind="number", text=str(k))
        return self.writer.captured(start, start + stop - first, i)

    def _index(self, i: int, end: int) -> Index:
        """What a sum runs over."""
        scripts, j = dict[str, tuple[int, int]](), i + 1
        while j < end and self.all[j].kind == "script" and self.all[j].text not in scripts:
            first, last, after = self.writer.argument(j + 1, end, "what the sum runs over")
            scripts[self.all[j].text], j = (first, last), after
        below = self.all[slice(*scripts.get("_", (0, 0)))]
        above = self.all[slice(*scripts.get("^", (0, 0)))]
        lasting = above[0].text if len(above) == 1 else ""
        starting = below[2].text if len(below) == 3 and below[1].text == "=" else ""
        plain = bool(below) and below[0].kind == "letter" and (len(below) == 1 or starting.isdigit())
        if not plain or (above and (len(above) != 1 or above[0].kind not in ("number", "letter"))) or max(len(starting), len(lasting)) > 9:
            self.writer.refuse("it is not clear what this runs over", "write \\sum_{i=1}^{3}, or the sum term by term", i)
        return Index(below[0].text, int(starting) if starting else None, int(lasting) if lasting.isdigit() else None, j)

    def _reach(self, i: int, end: int) -> int:
        """Where what is summed ends: a product, up to the next + or − outside brackets."""
        j = i + 1 if i < end and self._kind(i) in ("PLUS", "MINUS") else i
        while j < end and self.all[j].kind not in ("end", "column") and self._kind(j) not in _ENDS:
            j = self.pair[j] + 1 if self.all[j].kind == "open" else j + 1
        return j

    def _kind(self, i: int) -> str:
        return SIGNS[self.all[i].text][0] if self.all[i].kind == "sign" else ""

    def _is_index(self, i: int, letter: str) -> bool:
        """Whether a letter is the index: in a script, or alone."""
        if (self.all[i].kind, self.all[i].text) != ("letter", letter):
            return False
        if self.all[i - 1].kind == "script" or any(self._scripted(a, i) for a in range(i - 1, max(i - 8, 0), -1)):
            return True
        joined = self.all[i - 1].kind == "letter" and not self.all[i].spaced
        follows = i + 1 < len(self.all) and self.all[i + 1].kind == "letter" and not self.all[i + 1].spaced
        return not joined and not follows

    def _scripted(self, opening: int, i: int) -> bool:
        """Whether a bracket is a script's, and encloses a piece."""
        return self.all[opening].kind == "open" and self.pair[opening] > i and self.all[opening - 1].kind == "script"
