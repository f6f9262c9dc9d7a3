r"""Statements in LaTeX, as a paper has them: `v = u^2 \\ w = 6u \\ z = vw`, with whatever names they use.

A letter with its scripts is a name; several letters are one in \mathrm{loss}, else they are a product. Names become
names of the language (`\hat{y}` is yhat, `w_1` is w_1), and those it has no way to write keep how they are typeset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..notation.names import typeset_name
from .conditions import WORDS
from .latex import Writer, counted
from .limits import Limits, Word
from .macros import APPLIED
from .pieces import Pieces
from .spelling import Spelling
from .vocabulary import Vocabulary, function_of, gradient_in

_SURROUNDINGS = re.compile(r"\\(?:begin|end)\{(?![dr]?cases|array)[a-z]+\*?\}(?:\{[0-9]{1,2}\})?|\\\[|\\\]|\\\(|\\\)|(?<!\\)%[^\n]*|\\label\{[^}]*\}")


_BETWEEN = re.compile(r"\\(?:text|textrm|mbox)\{\s*(?:and|where|with|so|then)[\s:,]*\}")
_SIGNATURE = re.compile(  # f(x) = ... and L(w, b) = ... define f and L
    r"((?:\A|[\n;,$]|\\\\)[\s&$]{0,50}(?:\\[A-Za-z]{1,20}(?:\{[^{}]{1,20}\})?|[A-Za-z])(?:[_^](?:\{[^{}]{1,20}\}|\w)){0,3})"
    r"(\s{0,9}\([^()=\n]{1,60}\))(?=\s{0,9}&?\s{0,9}:?=)"
)


def statement_words(text: str, limits: Limits) -> list[Word]:
    r"""The statements of a text in LaTeX as words of the language, with a label for every name that needs one.

    >>> " ".join(word.text for word in statement_words(r"z = 2W^{[1]}x", Limits()))
    'z = 2 * W1 * x  name W1 "W^{[1]}" '
    """
    blank = _SURROUNDINGS.sub(lambda match: " " * len(match.group()), text)
    blank = _BETWEEN.sub(lambda match: ";".ljust(len(match.group())), blank)
    blank = _SIGNATURE.sub(lambda match: match.group(1) + " " * len(match.group(2)), blank)
    pieces = Pieces(blank, limits, lines=True)
    pieces.text = text
    names = _Names(pieces)
    found = Writer(pieces, Vocabulary(names.words)).written()
    for word in found:
        if word.kind == "NAME" and gradient_in(word.text):
            pieces.refuse("a derivative can not be part of a graph", "write a name for it", word.position)
    found.append(Word("END", "", len(text)))
    for name, label in names.labels.items():
        found += [Word(kind, part, len(text)) for kind, part in (("NAMED", "name"), ("NAME", name), ("STRING", f'"{label}"'), ("END", ""))]
    return counted(pieces, found)


class _Names:
    """The names that a text uses, by key, and how those are typeset that the language writes otherwise."""

    def __init__(self, pieces: Pieces) -> None:
        self.all, self.pair, self.spelling = pieces.all, pieces.pair, Spelling(pieces)
        self.words: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        for key in self._keys():
            if key not in self.words:
                self._enter(key)

    def _keys(self) -> Iterator[str]:
        i, end = 0, len(self.all)
        while i < end:
            found = self._name(i, end)
            if found is None:
                i += 1
            else:
                key, i = found
                if key:
                    yield key

    def _name(self, i: int, end: int) -> tuple[str, int] | None:
        """The name that starts here; an empty one for what is no name, and None for what is not like one."""
        piece = self.all[i]
        if piece.kind not in ("letter", "greek", "macro"):
            return None
        text, after = self.spelling.unit(i, end)
        if piece.kind == "macro" and text.strip().lower() in WORDS:
            return "", after  # \text{if} among cases
        applied = after < end and self.all[after].kind == "open" and self.all[after].text in "({["
        if applied and (function_of(text) if piece.kind != "greek" else APPLIED.get(text)):
            return "", after
        if piece.kind == "letter" and function_of(text) and len(text) > 2:
            return "", after
        if piece.kind == "letter":
            text, after = piece.text, i + 1
        if not text or (text in ("e", "pi", "1", "I") and not self._assigned(after)):
            return "", after
        return self._scripted(text, after, end)

    def _assigned(self, after: int) -> bool:
        return after < len(self.all) and self.all[after].text == "="

    def _scripted(self, text: str, i: int, end: int) -> tuple[str, int]:
        """A nucleus with those of its scripts that are no power."""
        out = text
        while i < end and self.all[i].kind in ("script", "prime"):
            script, after = ("'", i + 1) if self.all[i].kind == "prime" else self.spelling.script(i + 1, end)
            if not script or (self.all[i].text == "^" and script[0] not in "([" and script.strip("'")):
                break
            out += script if not script.strip("'") else f"{self.all[i].text}{script}"
            i = after
        return out, i

    def _enter(self, key: str) -> None:
        """A key with the name it gets in the language."""
        stem = key.rstrip("'")
        plain, primes = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"\^[(\[]", "", stem)).strip("_"), key[len(stem) :]
        name, number = plain + primes, 1
        while name in self.words.values():
            number += 1
            name = f"{plain}_{number}{primes}"
        self.words[key] = name
        if "^" in key:
            self.labels[name] = _label(key)


def _label(key: str) -> str:
    """How a key with a superscript is typeset."""
    nucleus = re.split(r"[_^']", key, maxsplit=1)[0]
    scripts = re.findall(r"_([^_^']+)|\^([^_^']+)", key)
    below = ",".join(sub for sub, _ in scripts if sub)
    above = "".join(sup for _, sup in scripts if sup)
    return typeset_name(nucleus)[0] + (f"_{{{below}}}" if below else "") + f"^{{{above}}}"
