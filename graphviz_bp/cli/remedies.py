"""Remedies in the words of the command line, where a keyword argument is an option of the same name.

>>> on_command_line('draw level="matrix", or show=["values", "gradients"]; or name highlight=["u", "w", "z"]')
'draw --level matrix, or --show values --show gradients; or name --highlight u/w/z'
>>> on_command_line("call backprop({'y': ...}) or write y = ... in the text")
'give --at y=... or write y = ... in the text'
"""

from __future__ import annotations

import re

_SAID = (  # what Python's remedies say, and the option that does it
    (re.compile(r"call backprop\(\{'(\w+'*)': \.\.\.\}\)"), r"give --at \1=..."),
    (re.compile(r"(give values: |call it on )(graph\.)?backprop\(\{.*?\}\)(\.draw\(\))?"), "give values with --at"),
    (re.compile(r"\bat=(?=\W|$)"), "--at"),
    (re.compile(r"give seed=, an array of that shape, or "), ""),
    (re.compile(r", or raise Limits\(\w+=\.\.\.\)"), ""),
)
_KEYWORD = re.compile(r'\b(level|order|show|hide|highlight|direction|notation|width|engine)=(\[[^]]*\]|"[^"]*")')


def on_command_line(message: str) -> str:
    """The first line of a message in terms of options; lines below it quote what was written."""
    first, *quoted = message.split("\n")
    for said, option in _SAID:
        first = said.sub(option, first)
    return "\n".join([_KEYWORD.sub(_as_option, first), *quoted])


def _as_option(found: re.Match[str]) -> str:
    """`level="matrix"` as --level matrix; a list of things as one option for each, a path with strokes."""
    name, words = found[1], re.findall(r'"([^"]*)"', found[2])
    if name == "highlight":
        return f"--highlight {'/'.join(words)}"
    return " ".join(f"--{name} {word}" for word in words)
