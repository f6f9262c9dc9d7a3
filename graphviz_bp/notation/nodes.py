"""Nodes, partials and pulls as formulas: LaTeX for figures and papers, plain text for the terminal.

The structure printed is the structure on the tape, in the order the author wrote; SymPy's printers, which reorder
and expand, are not involved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

from ..graph import Graph
from ..graph.boxes import Box
from ..graph.tape import INPUT, Tape
from ..numbers import is_array
from ..operations import CODES, Shape
from .formula import ATOM, PRODUCT, SIGN, Formula
from .names import plain_label, typeset_name
from .shown import show_any
from .written import WRITTEN, called


def named(graph: Graph, name: str) -> Formula:
    """A node's name as it is typeset."""
    label = graph.labels.get(name)
    tex, text = (label, plain_label(label)) if label else typeset_name(name)
    if is_derivative(tex):  # a node of a gradient graph: on one line it keeps its name
        return Formula(tex, typeset_name(name)[1], ndim=dimensions(_shape(graph, name)), scripted=True)
    scripted, word = "^" in tex or "'" in tex, tex.startswith("\\mathrm")
    return Formula(tex, text, ndim=dimensions(_shape(graph, name)), scripted=scripted, word=word)


def _shape(graph: Graph, name: str) -> Shape | None:
    return graph.tape.shape(graph.tape.by_name[name])


def is_derivative(tex: str) -> bool:
    """Whether a name is typeset as a derivative, as gradients are in a gradient graph."""
    return tex.startswith("\\frac{\\partial")


def dimensions(shape: Shape | None) -> int:
    """How many axes a shape has; two where it is not known."""
    return 2 if shape is None else len(shape)


def value(number: Any, decimals: bool = False) -> Formula:
    """A constant as a formula."""
    shown = show_any(number, decimals=decimals, entered=True)
    negative = shown.negative
    level = SIGN if negative else PRODUCT if "/" in shown.plain else ATOM
    ndim = number.ndim if is_array(number) else 0
    out = Formula(shown.tex, shown.plain, level, SIGN if negative else ATOM, number=True, ndim=ndim)
    return replace(out, minus=value(-number, decimals)) if negative and not is_array(number) else out


def derivative(of: Formula, wrt: Formula, d: str = "∂") -> Formula:
    r"""∂z/∂u, or dz/du where total and partial must be kept apart."""
    top = r"\partial " if d == "∂" else r"\mathrm{d}"
    if is_derivative(wrt.tex):
        wrt = replace(wrt, tex=rf"\left({wrt.tex}\right)")
    if is_derivative(of.tex):
        tex = rf"\frac{{{top.strip()}}}{{{top}{wrt.tex}}}{of.tex}"
        return Formula(tex, f"{d}{of.plain}/{d}{wrt.plain}", ndim=wrt.ndim)
    return Formula(f"\\frac{{{top}{of.tex}}}{{{top}{wrt.tex}}}", f"{d}{of.plain}/{d}{wrt.plain}", ndim=wrt.ndim)


def barred(wrt: Formula) -> Formula:
    r"""ū: the adjoint of a node, whatever gradient was sent back from the output; the bar stands over the letter alone.

    >>> barred(Formula("W^{[1]}", "W^[1]")).tex, barred(Formula("x_{1}", "x₁")).plain
    ('\\bar{W}^{[1]}', 'x̄₁')
    """
    letter, scripts = (wrt.tex, "") if is_derivative(wrt.tex) else _split(_LETTER, wrt.tex)
    over = "overline" if letter.startswith(("\\mathrm", "\\frac")) else "bar"
    first, rest = _split(_FIRST, wrt.plain)
    text = f"{first}\u0304{rest}" if len(first) == 1 else f"bar({wrt.plain})"
    return Formula(f"\\{over}{{{letter}}}{scripts}", text, ndim=wrt.ndim, scripted=wrt.scripted)


# a letter, accented or Greek, or a word; and the same in plain text where it is one letter
_LETTER = re.compile(r"\\[a-z]+\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+|[A-Za-z]")
_FIRST = re.compile(r"\w(?=[₀-₉_^'(]|$)")


def _split(letter: re.Pattern[str], text: str) -> tuple[str, str]:
    """What a name begins with, and its scripts; all of it where it begins otherwise."""
    found = letter.match(text)
    return (found[0], text[found.end() :]) if found else (text, "")


def delta(wrt: Formula) -> Formula:
    """δ_u: the gradient of a node as the books on neural networks write it."""
    return Formula(f"\\delta_{{{wrt.tex}}}", f"δ_{wrt.plain}", ndim=wrt.ndim, scripted=True)


def formula(graph: Graph, box: Box) -> Formula:
    """The right-hand side of a statement, in the names of the graph."""
    tape = graph.tape
    leaves = {tape.by_name[parent]: named(graph, parent) for parent in box.parents}
    return expression(tape, box.root, leaves)


def expression(tape: Tape, root: int, leaves: Mapping[int, Formula], decimals: bool = False) -> Formula:
    """The formula of a node, down to `leaves` (other named nodes must be among them)."""
    done: dict[int, Formula] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
        elif node in leaves and (node != root or tape.codes[node] == INPUT):
            done[node] = leaves[node]
        elif node in tape.constants:
            done[node] = value(tape.constants[node], decimals)
        else:
            todo = [i for i in tape.operands_of(node) if i not in done]
            if todo:
                stack.extend(reversed(todo))
            else:
                done[node] = _applied(tape, node, [done[i] for i in tape.operands_of(node)])
    return done[root]


def _applied(tape: Tape, node: int, operands: list[Formula]) -> Formula:
    operation = CODES[tape.codes[node]]
    write = WRITTEN.get(operation.name)
    if write is None:
        upright = operation.name.replace("_", r"\_")
        out = called(operation.tex or f"\\mathrm{{{upright}}}", operation.plain or operation.name, operands)
    else:
        out = write(operands, {**tape.static(node), **_told_by_shapes(tape, node)})
        if operation.name == "exp" and any(name in tape.by_name for name in ("e", "e#")):
            out = called(r"\exp", "exp", operands)  # e is a node of this graph
    return replace(out, ndim=dimensions(tape.shape(node)))


def _told_by_shapes(tape: Tape, node: int) -> dict[str, Any]:
    """What only the shapes say: how many entries a mean has, which axes `sum_to` sums, what a reshape only reshapes."""
    name, shape = CODES[tape.codes[node]].name, tape.shape(node)
    if name == "mean":
        whole = tape.shape(tape.operands_of(node)[0])
        return {} if whole is None else {"count": prod(whole)}
    if name not in ("sum_to", "reshape") or shape is None:
        return {}
    source = tape.shape(tape.operands_of(node)[0]) or ()
    if name == "reshape":
        return {"only ones": [n for n in source if n > 1] == [n for n in shape if n > 1]}
    lead = len(source) - len(shape)
    axes = tuple(i for i, n in enumerate(source) if i < lead or n != shape[i - lead])
    return {"axis": axes if len(axes) < len(source) else None}
