r"""Reading a LaTeX formula into a small tree; what is not in the tables here is left to ziamath.

>>> read(r"x_1")
Row(items=(Scripts(base=Sign(text='𝑥', kind='ord'), below=Sign(text='1', kind='ord'), above=None),), kind='ord')
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from graphviz_bp.errors import InputError
from graphviz_bp.figure.typesetting.signs import (
    ACCENTS,
    FONTS,
    FUNCTIONS,
    GREEK,
    KNOWN,
    PLAIN,
    SPACES,
    Sign,
    bold,
    styled,
)
from graphviz_bp.figure.typesetting.tree import Accent, Fenced, Fraction, Grid, Lined, Node, Root, Row, Scripts, Space

LONGEST, DEEPEST = 600, 30  # characters and levels; past these a label is not a label any more


class LabelError(InputError):
    """A formula that cannot be set; the message names it."""

    def __init__(self, latex: str, reason: str) -> None:
        shown = "".join(c if c.isprintable() else " " for c in latex[:60]) + ("..." if len(latex) > 60 else "")
        super().__init__(f'the label "{shown}" cannot be set: {reason}')


class Unfamiliar(Exception):
    """The formula uses more of LaTeX than is read here."""


_Form: TypeAlias = Callable[[list[str], str, int], Node]


def read(latex: str) -> Row:
    """The tree of a formula; LabelError if it is broken or too large, Unfamiliar if it is beyond these tables."""
    if len(latex) > LONGEST:
        raise LabelError(latex, f"it is longer than {LONGEST} characters")
    tokens = re.findall(r"\\[a-zA-Z]+|\\.|\s+|.", latex, re.DOTALL)[::-1]
    try:
        return Row(_items(tokens, (), "mathit", 0))
    except _Broken as broken:
        raise LabelError(latex, str(broken)) from None


class _Broken(Exception):
    """What is wrong with the formula; becomes a LabelError where the formula is known."""


def _items(tokens: list[str], ends: tuple[str, ...], font: str, depth: int) -> tuple[Node, ...]:
    """Everything up to one of the ends, which stays for the caller (no ends: up to the end of the formula)."""
    if depth > DEEPEST:
        raise _Broken(f"it is nested deeper than {DEEPEST} levels")
    items: list[Node] = []
    while tokens and tokens[-1] not in ends:
        if tokens[-1].isspace():
            tokens.pop()
        elif tokens[-1] in ("^", "_", "'"):
            items.append(_scripts(tokens, Row(()), font, depth))
        else:
            items.append(_scripts(tokens, _nucleus(tokens, font, depth), font, depth))
    if ends and not tokens:
        raise _Broken(f"{ends[0]} is missing")
    return tuple(items)


def _scripts(tokens: list[str], base: Node, font: str, depth: int) -> Node:
    """The base with the scripts and primes that follow it."""
    below: Node | None = None
    above: Node | None = None
    primes: list[Node] = []
    while _next(tokens) in ("^", "_", "'"):
        match tokens.pop():
            case "'":
                primes.append(Sign("′"))
            case "^" if above is None:
                above = _argument(tokens, font, depth)
            case "_" if below is None:
                below = _argument(tokens, font, depth)
            case script:
                raise _Broken(f"two {script} follow one another; use braces")
    if primes:
        above = Row((*primes, above) if above else tuple(primes)) if above or len(primes) > 1 else primes[0]
    return Scripts(base, below, above) if below or above else base


def _next(tokens: list[str]) -> str:
    """The next token that is not a blank, left in place."""
    while tokens and tokens[-1].isspace():
        tokens.pop()
    return tokens[-1] if tokens else ""


def _argument(tokens: list[str], font: str, depth: int) -> Node:
    """What a macro or script applies to: a group in braces, or the next thing alone."""
    if _next(tokens) == "{":
        tokens.pop()
        items = _items(tokens, ("}",), font, depth + 1)
        tokens.pop()
        return items[0] if len(items) == 1 and not isinstance(items[0], Space) else Row(items)
    if _next(tokens) in ("", "}", "^", "_", "&"):
        raise _Broken("something is missing after a macro or a script")
    if depth > DEEPEST:
        raise _Broken(f"it is nested deeper than {DEEPEST} levels")
    return _nucleus(tokens, font, depth + 1)


def _nucleus(tokens: list[str], font: str, depth: int) -> Node:
    """One thing without its scripts."""
    token = tokens[-1]
    if token == "{":
        inner = _argument(tokens, font, depth)
        return inner if isinstance(inner, Row) else Row((inner,))
    tokens.pop()
    if token.startswith("\\"):
        return _macro(tokens, token[1:], font, depth)
    if token in ("}", "&"):
        raise _Broken(f"a {token} has nothing to belong to")
    if token == "~":
        return Space(0.25)
    if token in ("%", "#", "$", "\\") or not token.isprintable():
        raise _Broken(f"{token!r} cannot stand in a formula")
    if token in PLAIN:
        return PLAIN[token]
    return Sign(styled(token, font))


def _macro(tokens: list[str], name: str, font: str, depth: int) -> Node:
    """What a macro stands for."""
    if name in GREEK:
        return Sign(bold(GREEK[name]) if font == "boldsymbol" else GREEK[name])
    if name in KNOWN:
        return KNOWN[name]
    if name in SPACES:
        return Space(SPACES[name])
    if name in FUNCTIONS:
        return Row(tuple(map(Sign, name)), "op")
    if name in FONTS:
        return _argument(tokens, FONTS[name], depth)
    if name in ACCENTS:
        return Accent(ACCENTS[name], _argument(tokens, font, depth))
    if name in _FORMS:
        return _FORMS[name](tokens, font, depth)
    raise Unfamiliar(name)


def _fraction(scale: float) -> _Form:
    def read_fraction(tokens: list[str], font: str, depth: int) -> Node:
        return Fraction(_argument(tokens, font, depth), _argument(tokens, font, depth), scale)

    return read_fraction


def _root(tokens: list[str], font: str, depth: int) -> Node:
    if _next(tokens) == "[":
        raise Unfamiliar("a root with a degree")
    return Root(_argument(tokens, font, depth))


def _fenced(tokens: list[str], font: str, depth: int) -> Node:
    left = _fence(tokens)
    body = Row(_items(tokens, (r"\right",), font, depth + 1))
    tokens.pop()
    return Fenced(left, body, _fence(tokens))


def _fence(tokens: list[str]) -> str:
    if not _next(tokens):
        raise _Broken("a fence is missing")
    token = tokens.pop()
    sign = KNOWN.get(token[1:]) if token.startswith("\\") else PLAIN.get(token)
    if token != "." and (sign is None or sign.text not in "()[]{}|‖⟨⟩⌊⌋⌈⌉"):
        raise Unfamiliar(token)
    return sign.text if sign else ""


def _word(kind: str) -> _Form:
    def read_word(tokens: list[str], font: str, depth: int) -> Node:
        if _next(tokens) != "{":
            raise Unfamiliar("text without braces")
        tokens.pop()
        signs: list[Node] = []
        while (token := tokens.pop() if tokens else "") != "}":
            if not token or token in ("{", "$") or (len(token) > 1 and token[1] not in "_%&#$ {}" and token[0] == "\\"):
                raise Unfamiliar(token) if token else _Broken("} is missing")
            signs.append(Space(0.25) if token.isspace() else Sign(token[-1]))
        return Row(tuple(signs), kind)

    return read_word


def _line(over: bool) -> _Form:
    def read_line(tokens: list[str], font: str, depth: int) -> Node:
        return Lined(_argument(tokens, font, depth), over)

    return read_line


def _grid(tokens: list[str], font: str, depth: int) -> Node:
    name = _environment(tokens)
    if name not in GRIDS:
        raise Unfamiliar(name)
    lines: list[list[Node]] = [[]]
    while tokens:
        lines[-1].append(Row(_items(tokens, ("&", r"\\", r"\end"), font, depth + 1)))
        if (end := tokens.pop()) == r"\\":
            lines.append([])
        elif end == r"\end":
            break
    if _environment(tokens) != name:
        raise _Broken(rf"\end{{{name}}} is missing")
    return _rectangle([line for line in lines if line != [Row(())]], *GRIDS[name])


def _environment(tokens: list[str]) -> str:
    """The name in braces after begin or end."""
    name = ""
    while tokens and (token := tokens.pop()) != "}":
        name += token
    return name.strip().removeprefix("{").strip()


def _rectangle(lines: list[list[Node]], left: str, right: str, align: str) -> Grid:
    if not lines or any(len(line) != len(lines[0]) for line in lines):
        raise _Broken("the rows of the matrix differ in length")
    return Grid(tuple(map(tuple, lines)), left, right, align)


GRIDS = {
    "matrix": ("", "", "right"),
    "bmatrix": ("[", "]", "right"),
    "pmatrix": ("(", ")", "right"),
    "vmatrix": ("|", "|", "right"),
    "cases": ("{", "", "left"),
}
_FORMS: dict[str, _Form] = {
    "frac": _fraction(0.9),
    "dfrac": _fraction(1.0),
    "tfrac": _fraction(0.7),
    "sqrt": _root,
    "left": _fenced,
    "begin": _grid,
    "overline": _line(True),
    "underline": _line(False),
    "operatorname": _word("op"),
    "text": _word("ord"),
    "textrm": _word("ord"),
    "mbox": _word("ord"),
}
