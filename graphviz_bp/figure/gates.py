"""The sign in a gate: ×, +, exp, ×6, 1/x. Constants are part of the sign; letters stand for the wires."""

from __future__ import annotations

from graphviz_bp.figure.equations import ink
from graphviz_bp.figure.ink import Ink
from graphviz_bp.formula import ATOM, Formula
from graphviz_bp.graph import Graph
from graphviz_bp.levels import Box
from graphviz_bp.notation import expression
from graphviz_bp.operations import CODES

BETWEEN = {  # the sign between two wires, or between a wire and a constant after it
    "add": Formula("{+}", "+"), "sub": Formula("{-}", "−"), "mul": Formula(r"{\times}", "×"),
    "div": Formula(r"{\div}", "÷"), "max": Formula(r"\max", "max"), "min": Formula(r"\min", "min"),
}  # fmt: skip
EITHER_WAY = {"add", "mul", "max", "min", "hypot", "logaddexp", "equal", "not_equal", "logsumexp"}
ALONE = {"neg": Formula(r"{\times}\,{-1}", "×−1"), "sqrt": Formula(r"\sqrt{x}", "√x"), "abs": Formula("|x|", "|x|"),
         "identity": Formula("{=}", "=")}  # fmt: skip
LETTERS = "xyzuvw"
WIDEST, NARROW = 78.0, 26.0  # a wider sign says the operation's name only; a narrower one needs no smaller type


def gate_sign(graph: Graph, box: Box, size: float, small: float) -> tuple[Ink, tuple[Ink, ...]]:
    """The sign of a gate, and letters beside its wires (none where the sign says which is which)."""
    tape, operation = graph.tape, CODES[graph.tape.codes[box.root]]
    wires = [use for use in box.uses if use[0] == box.root]
    operands = tape.operands_of(box.root)
    name = operation.name
    if len(wires) == len(operands) == 1:
        upright = name.replace("_", r"\_")
        called = Formula(operation.tex or rf"\mathrm{{{upright}}}", operation.plain or name)
        return _fitting(ALONE.get(name, called), size), ()
    if len(wires) == len(operands) and name in BETWEEN:
        marks = () if name in EITHER_WAY else tuple(ink(Formula(x, x), small, "partial") for x in LETTERS[:2])
        return _fitting(BETWEEN[name], size), marks
    letters = {operands[slot]: Formula(LETTERS[k], LETTERS[k]) for k, (_, slot) in enumerate(wires[: len(LETTERS)])}
    if len(wires) == 1 and name in ("add", "sub", "mul", "div") and (wires[0][1] == 0 or name in EITHER_WAY):
        other = operands[1 - wires[0][1]]
        constant = expression(tape, other, {}).within(ATOM)
        return _fitting(Formula(BETWEEN[name].tex + constant.tex, BETWEEN[name].plain + constant.plain), size), ()
    found = ink(expression(tape, box.root, letters), size)
    if found.width > WIDEST:
        found = ink(Formula(operation.tex or rf"\mathrm{{{name}}}".replace("_", r"\_"), operation.plain or name), size)
    several = len(set(operands[slot] for _, slot in wires)) > 1 and name not in EITHER_WAY
    marks = tuple(ink(x, small, "partial") for x in letters.values()) if several else ()
    return _shrunk(found), marks


def _fitting(formula: Formula, size: float) -> Ink:
    return _shrunk(ink(formula, size))


def _shrunk(made: Ink) -> Ink:
    """Set a little smaller where that lets the gate stay round."""
    most = max(made.width / NARROW, made.height / 28.0, 1.0)
    return made.scaled(1 / most) if most <= 1.3 else made
