r"""How people spell names: `x_1`, `\hat{y}`, `W^{[1]}`, `\mathrm{loss}`, brought to one plain form, the key of a name.

`x1`, `x_1` and `x_{1}` all have the key `x_1`, `\hat{y}` and `yhat` the key `yhat`, `W^{[1]}` has `W^[1]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ..errors import InputError
from .limits import STANDARD
from .macros import ACCENTS, STYLES
from .pieces import Pieces

LONGEST = 40  # letters of a name


def key_of(name: str) -> str:
    """The key of a plain name: digits after letters are a script.

    >>> key_of("x1"), key_of("w_1_2"), key_of("yhat"), key_of("a'")
    ('x_1', 'w_1,2', 'yhat', "a'")
    """
    stem = name.rstrip("'")
    head, *rest = stem.split("_")
    letters = head.rstrip("0123456789")
    scripts = [part for part in (head[len(letters) :], *rest) if part]
    return letters + ("_" + ",".join(scripts) if scripts else "") + name[len(stem) :]


@lru_cache(maxsize=4096)
def key_of_label(label: str) -> str:
    r"""The key of a name as it is typeset; empty if it has none.

    >>> key_of_label(r"W^{[1]}"), key_of_label(r"\hat{y}_{2}"), key_of_label(r"\mathrm{loss}")
    ('W^[1]', 'yhat_2', 'loss')
    """
    try:
        pieces = Pieces(label, STANDARD)
    except InputError:
        return ""
    end = len(pieces.all)
    return next((key for key, after in Spelling(pieces).keys(0, end) if after == end), "") if end else ""


def accented(key: str, accent: str) -> str:
    """The key of a letter with an accent: the accent belongs to the letter, not to its scripts."""
    cut = min((key.find(sign) for sign in "_^'" if sign in key), default=len(key))
    return key[:cut] + accent + key[cut:]


class Spelling:
    """The names that pieces could spell. Places in the pieces are `i`, up to but not including `end`."""

    def __init__(self, pieces: Pieces) -> None:
        self.all, self.pair, self.plain = pieces.all, pieces.pair, pieces.plain

    def keys(self, i: int, end: int) -> Iterator[tuple[str, int]]:
        """The keys of all names that could start here, the longest first, and what follows each."""
        if self.all[i].kind != "letter":
            text, after = self.unit(i, end)
            if text:
                yield from self._scripted(text, after, end)
            return
        if self.plain:  # y_hat, where nothing is in braces
            stop = self.letters(i, min(end, i + LONGEST))
            name = "".join(piece.text for piece in self.all[i:stop])
            if stop + 1 < end and self.all[stop].text == "_" and self.all[stop + 1].kind == "letter":
                last = self.letters(stop + 1, end)
                yield f"{name}_{''.join(piece.text for piece in self.all[stop + 1 : last])}", last
        for stop in range(self.letters(i, min(end, i + LONGEST)), i, -1):
            yield from self._scripted("".join(piece.text for piece in self.all[i:stop]), stop, end)

    def letters(self, i: int, end: int) -> int:
        """Where a run of letters without blanks ends."""
        last = i + 1
        while last < end and self.all[last].kind == "letter" and not self.all[last].spaced:
            last += 1
        return last

    def _scripted(self, nucleus: str, i: int, end: int) -> Iterator[tuple[str, int]]:
        """A nucleus with the digits, scripts and primes after it, all of them first."""
        stem, _, inner = nucleus.partition("_")  # an accent over a letter with its script
        letters = stem.rstrip("0123456789")
        below, above, primes = stem[len(letters) :] or inner, "", ""
        found = [(below, above, primes, i)]
        if i < end and self.all[i].kind == "number" and self.all[i].text.isdigit() and not self.all[i].spaced:
            below, i = below + self.all[i].text, i + 1
            found.append((below, above, primes, i))
        while i < end and self.all[i].kind in ("script", "prime"):
            text, after = ("'", i + 1) if self.all[i].kind == "prime" else self.script(i + 1, end)
            if text is None:
                break
            if text.strip("'") == "":
                primes += text
            elif self.all[i].text == "_":
                below = f"{below},{text}" if below else text
            else:
                above = text
            i = after
            found.append((below, above, primes, i))
        for below, above, primes, after in reversed(found):
            yield letters + (f"_{below}" if below else "") + (f"^{above}" if above else "") + primes, after

    def script(self, i: int, end: int) -> tuple[str | None, int]:
        """A script as plain text, `1`, `[2]`, `i,j`, `w_1`; None where it is no name's."""
        if i >= end:
            return None, i
        piece = self.all[i]
        if piece.kind == "open" and piece.text == "{":
            return self._plain(i + 1, self.pair[i]), self.pair[i] + 1
        if piece.kind in ("letter", "number"):
            return piece.text, i + 1
        if piece.kind == "macro" and piece.text == "prime":
            return "'", i + 1
        text, after = self.unit(i, end)
        return text or None, after

    def _plain(self, i: int, end: int) -> str | None:
        """Pieces as the text of a key; None if they are no name's."""
        out = ""
        while i < end:
            piece = self.all[i]
            if piece.kind == "macro" and piece.text == "prime":
                text, i = "'", i + 1
            elif piece.kind in ("greek", "macro"):
                text, i = self.unit(i, end)
                if not text:
                    return None
            elif piece.kind in ("letter", "number", "script", "prime", "open", "close") or piece.text in (",", "+", "-"):
                text, i = "" if piece.text in "{}" else piece.text, i + 1
            else:
                return None
            out += text
        return out

    def unit(self, i: int, end: int) -> tuple[str, int]:
        """One nucleus, a run of letters, a Greek letter, something in a style or with an accent; and what follows it."""
        piece = self.all[i]
        if piece.kind == "greek":
            return piece.text, i + 1
        if piece.kind == "letter":
            last = self.letters(i, end)
            return "".join(p.text for p in self.all[i:last]), last
        if piece.kind != "macro" or piece.text not in STYLES | ACCENTS.keys() or i + 1 >= end:
            return "", i + 1
        text, after = self._inside(i + 1, end)
        if text and piece.text in ACCENTS:
            return accented(key_of(text), ACCENTS[piece.text]), after
        return text, after

    def _inside(self, i: int, end: int) -> tuple[str, int]:
        """What a style or an accent acts on."""
        inner = self.all[i]
        if inner.kind == "open" and inner.text == "{":
            return self._plain(i + 1, self.pair[i]) or "", self.pair[i] + 1
        if inner.kind in ("letter", "greek", "number"):
            return inner.text, i + 1
        return self.unit(i, end) if inner.kind == "macro" else ("", i)
