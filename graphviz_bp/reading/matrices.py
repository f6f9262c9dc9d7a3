r"""What LaTeX has for arrays: the transpose in a superscript, products that bind in their own order, vectors of ones, sums.

A transpose becomes a mark of its own, so that `W^{[2]\top}` is the transpose of the name W^{[2]}; every position stays.

>>> from .vocabulary import Vocabulary
>>> marked(r"W^{[2]\top}\delta", Vocabulary({}))[0]
'W^{[2]}`   \\delta'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .latex import Writer
from .limits import Word
from .vocabulary import Vocabulary

MARK = "`"
JUXTAPOSED, CDOT, OUTER, SUM = "⋅", "·", "⊗", "#Σ"
_SURE = r"\\top|\\intercal|\\mathsf\{T\}|\\mathrm\{T\}|\\text\{T\}|\\mathsf T|\\mathrm T|\\rm T|\\transpose|⊤|ᵀ"
_SUM = re.compile(r"\\sum(?:\\limits)?\s*(?:_\s*(?:\{([A-Za-z])(?:\s*=\s*1)?\}|([A-Za-z])))?(?:\s*\^\s*(?:\{[A-Za-z0-9_]{1,8}\}|[A-Za-z0-9]))?")


def marked(text: str, vocabulary: Vocabulary) -> tuple[str, tuple[str, ...]]:
    """The text with marks for transposes and sums, and the indices that its sums go over."""
    bound: list[str] = []

    def sum_(match: re.Match[str]) -> str:
        bound.extend(x for x in match.group(1, 2) if x)
        return r"\SUM".ljust(len(match.group()))

    letter = "" if vocabulary.find("T") else "|T"
    sign = rf"(?:{_SURE}{letter})"
    text = text.replace("\\mathbb{1}", "\\mathbf{1}").replace("\\mathbb 1", "\\mathbf 1")
    text = re.sub(rf"\^\s*\{{\s*{sign}\s*\}}\s*(_(?:\{{[^{{}}]*\}}|\w))", lambda m: m.group(1) + MARK.ljust(len(m.group()) - len(m.group(1))), text)
    text = re.sub(rf"\^\s*{sign}(?![A-Za-z])\s*(_(?:\{{[^{{}}]*\}}|\w))", lambda m: m.group(1) + MARK.ljust(len(m.group()) - len(m.group(1))), text)
    text = re.sub(rf"\^\s*\{{\s*{sign}\s*\}}", lambda m: MARK.ljust(len(m.group())), text)
    text = re.sub(rf"\^\s*{sign}", lambda m: MARK.ljust(len(m.group())), text)
    text = re.sub(rf"(\^\s*\{{[^{{}}]*?[\])0-9A-Za-z]),?\s*(?:{_SURE}|(?<=[\])])T)\s*\}}", lambda m: m.group(1) + "}" + MARK.ljust(len(m.group()) - len(m.group(1)) - 1), text)
    text = re.sub("ᵀ", MARK, text)
    return _SUM.sub(sum_, text), tuple(bound)


class ArrayWriter(Writer):
    """LaTeX about arrays into words; what stands side by side is a matrix product."""

    def _juxtaposed(self, i: int) -> None:
        before = len(self.words)
        super()._juxtaposed(i)
        if len(self.words) > before:
            self.words[-1] = Word("AT", JUXTAPOSED, self.words[-1].position)

    def _item(self, i: int, end: int) -> int:
        piece = self.all[i]
        if piece.kind == "sign" and piece.text in ("cdot", "times"):
            self._add("AT", CDOT, i)
            return i + 1
        if piece.text == "otimes":
            self._add("AT", OUTER, i)
            return i + 1
        return super()._item(i, end)

    def _raised(self, i: int, end: int) -> int:
        while i < end and self.all[i].kind == "transpose":
            self._add("TRANSPOSE", ".T", i)
            i += 1
        if i + 2 < end and self._is_script(i, "^") and self.all[i + 1].text == "{" and self.all[i + 2].text in ("[", "("):
            self.refuse("there is no node with this script", "use the names of the graph", i)  # a power has no brackets
        return super()._raised(i, end)

    def _atom(self, i: int, end: int) -> int:
        if self.all[i].kind == "macro" and self.all[i].text == "SUM":
            self._add("NAME", SUM, i)
            return i + 1
        return super()._atom(i, end)

    def _condition(self, i: int, j: int, end: int) -> int:
        """A bold one is a vector of ones, unless it indicates something."""
        if self.all[i].kind == "macro" and not (j < end and self._conditional(j)):
            self._add("NAME", "Ones" if self.spelling.unit(i, end)[0] == "1" else "I", i)
            return j
        return super()._condition(i, j, end)

    def _constant(self, i: int, end: int) -> int:
        """The identity and the number of examples, where no node has their name."""
        text = self.all[i].text
        if self.all[i].kind == "letter" and text in "INnmB" and not (text == "I" and i + 1 < end and self._conditional(i + 1)) and self.vocabulary.guess(text) is None:
            self._add("NAME", text, i)
            return i + 1
        return super()._constant(i, end)


_ENDS = {"PLUS", "MINUS", "COMPARE", "EQUALS", "COMMA", "END"}


def summed(words: Sequence[Word]) -> list[Word]:
    """Brackets around what a sum is taken of: everything up to the next + or −."""
    out, open_ = list[Word](), list[int]()
    depth = 0
    skip = False
    for word in words:
        if skip:
            skip = False
            if word.kind == "AT":
                continue
        while open_ and ((word.kind in _ENDS and depth == open_[-1] and out[-1].kind != "LPAR") or (word.kind in ("RPAR", "RSQB") and depth == open_[-1])):
            out.append(Word("RPAR", ")", word.position))
            open_.pop()
        depth += (word.kind in ("LPAR", "LSQB")) - (word.kind in ("RPAR", "RSQB"))
        out.append(word)
        if word.text == SUM:
            out.append(Word("LPAR", "(", word.position))
            open_.append(depth)
            skip = True
    return out + [Word("RPAR", ")", words[-1].position)] * len(open_)


def grouped(words: Sequence[Word]) -> list[Word]:
    """Brackets around products without a sign, which bind closer than ⊙ and ⊗: σ'(a) ⊙ Wδ is σ'(a) ⊙ (Wδ)."""
    return list(_grouped(list(words)))


def _grouped(words: list[Word]) -> Iterator[Word]:
    inside, after = list[Word](), list[Word]()
    i = 0
    run = list[list[Word]]([[]])  # the factors between signs
    signs = list[Word]()

    def flushed() -> Iterator[Word]:
        for number, factors in enumerate(run):
            loose = signs and any(w.kind == "AT" and w.text == JUXTAPOSED for w in _outside(factors))
            yield from [Word("LPAR", "(", factors[0].position), *factors, Word("RPAR", ")", factors[-1].position)] if loose else factors
            if number < len(signs):
                yield signs[number]
        run[:], signs[:] = [[]], []

    while i < len(words):
        word = words[i]
        if word.kind in ("LPAR", "LSQB"):
            close = _partner(words, i)
            inside = list(_grouped(words[i + 1 : close]))
            run[-1] += [word, *inside, *words[close : close + 1]]
            i = close + 1
            continue
        if word.kind in _ENDS:
            yield from flushed()
            yield word
        elif word.kind == "STAR" or (word.kind == "AT" and word.text == OUTER):
            signs.append(word)
            run.append([])
        else:
            run[-1].append(word)
        i += 1
    yield from flushed()
    yield from after


def _partner(words: Sequence[Word], i: int) -> int:
    depth = 0
    for j in range(i, len(words)):
        depth += (words[j].kind in ("LPAR", "LSQB")) - (words[j].kind in ("RPAR", "RSQB"))
        if depth == 0:
            return j
    return len(words)


def _outside(words: Sequence[Word]) -> Iterator[Word]:
    depth = 0
    for word in words:
        depth -= word.kind in ("RPAR", "RSQB")
        if depth == 0:
            yield word
        depth += word.kind in ("LPAR", "LSQB")
