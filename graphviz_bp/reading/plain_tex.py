r"""What plain TeX says between its operands, as LaTeX says it before them: `{a \over b}` is `\frac{a}{b}`, `{\rm loss}` `{\mathrm{loss}}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Piece(NamedTuple):
    """A letter, Greek letter, number, macro, sign, bracket, script, prime or end of line; `spaced` after a blank."""

    kind: str
    text: str
    position: int
    spaced: bool


SWITCHES = {"rm": "mathrm", "bf": "mathbf", "it": "mathit", "cal": "mathcal", "sf": "mathsf", "tt": "mathtt"}
PLAIN_TEX = {"over", *SWITCHES}


def as_latex(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with fractions and styles in front of what they act on."""
    out, starts = list[Piece](), list[int]()
    for piece in pieces:
        if piece.kind == "open":
            starts.append(len(out))
        start = starts.pop() if piece.kind == "close" else None
        out.append(piece)
        if start is not None and piece.text == "}":
            out[start:] = _rewritten(out[start:])
    return out


def pairs_of(pieces: Sequence[Piece]) -> dict[int, int]:
    """The partner of every opening bracket."""
    found, opened = dict[int, int](), list[int]()
    for place, piece in enumerate(pieces):
        if piece.kind == "open":
            opened.append(place)
        elif piece.kind == "close":
            found[opened.pop()] = place
    return found


def _rewritten(group: list[Piece]) -> list[Piece]:
    """A group in braces, with a fraction or a style of its own in front; groups inside it are done already."""
    depth, overs = 0, list[int]()
    for place, piece in enumerate(group):
        depth += (piece.kind == "open") - (piece.kind == "close")
        if depth == 1 and (piece.kind, piece.text) == ("macro", "over"):
            overs.append(place)
    opening, closing = group[0], group[-1]
    if len(overs) == 1:
        over = group[overs[0]]
        fraction = [over._replace(text="frac"), opening, *group[1 : overs[0]], closing, opening, *group[overs[0] + 1 :]]
        return [opening, *fraction, closing]
    name = group[2:-1]
    if len(name) > 1 and group[1].text in SWITCHES and group[1].kind == "macro" and all(p.kind == "letter" for p in name):
        return [opening, group[1]._replace(text=SWITCHES[group[1].text]), opening, *name, closing, closing]
    return group
