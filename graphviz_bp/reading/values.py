"""Values as they are typed on a command line: `u=5, W=[[1, 2], [3, 4]]`, read by the language's rules for constants."""

from __future__ import annotations

from typing import Any

from ..errors import InputError
from .text import parse


def values(text: str) -> dict[str, Any]:
    """The values that a list of assignments gives, by name.

    >>> values("u=5, w=[1, 2]")["u"]
    5
    """
    out: dict[str, Any] = {}
    for part in _split(text):
        name, equals, _ = part.partition("=")
        if not equals:
            raise InputError(f"{part.strip()!r} gives no value", remedy="write --at u=5")
        graph = parse(f"{part}\nfound = {name}")
        (read,) = graph.inputs
        value = graph.tape.inputs[read].default
        if value is None:
            raise InputError(f"{part.strip()!r} is not a number", remedy="write --at u=5")
        if read in out:
            raise InputError(f"{read} is given twice")
        out[read] = value
    return out


def _split(text: str) -> list[str]:
    """The text cut at commas outside brackets."""
    parts, depth, start = [], 0, 0
    for i, character in enumerate(text):
        depth += (character in "[(") - (character in "])")
        if character == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]
