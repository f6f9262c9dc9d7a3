"""The sign in a gate: ×, +, exp, ×6, 1/x. Constants are part of the sign; letters stand for the wires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphviz_bp.figure.typesetting.equations import ink
from graphviz_bp.figure.typesetting.ink import Ink
from graphviz_bp.graph import Graph
from graphviz_bp.graph.boxes import Box
from graphviz_bp.notation.formula import ATOM, Formula
from graphviz_bp.notation.nodes import expression, formula
from graphviz_bp.operations import CODES

BETWEEN = {  # the sign between two wires, or between a wire and a constant after it
    "add": Formula("{+}", "+"), "sub": Formula("{-}", "−"), "mul": Formula(r"{\times}", "×"),
    "div": Formula(r"{\div}", "÷"), "max": Formula(r"\max", "max"), "min": Formula(r"\min", "min"),
}  # fmt: skip
EITHER_WAY = {"add", "mul", "max", "min", "hypot", "logaddexp", "equal", "not_equal", "logsumexp"}
ALONE = {"neg": Formula(r"{\times}{-1}", "×−1"), "sqrt": Formula(r"\sqrt{\cdot}", "√·"),
         "abs": Formula(r"|\cdot|", "|·|"),
         "identity": Formula("{=}", "=")}  # fmt: skip
LETTERS, MORE = "xyzuvw", "pqrstk"
WIDEST, NARROW = 86.0, 27.0  # a wider sign says a name only; a narrower one needs no smaller type
TALL, FLAT = 28.0, 24.0  # the height of a sign in a round gate, and in a long one


def gate_sign(graph: Graph, box: Box, size: float, small: float) -> tuple[Ink, tuple[Ink, ...]]:
    """The sign of a gate, and a letter for each wire (none where it makes no difference which is which)."""
    tape, operation = graph.tape, CODES[graph.tape.codes[box.root]]
    operands, name = tape.operands_of(box.root), operation.name
    nodes = list(dict.fromkeys(tape.by_name[parent] for parent in box.parents))
    letters = dict(zip(nodes, _letters(graph, len(nodes)), strict=False))
    marks = () if name in EITHER_WAY or len(nodes) < 2 else tuple(_marks(box, tape.by_name, letters, small))
    called = Formula(operation.tex or rf"\mathrm{{{name}}}".replace("_", r"\_"), operation.plain or name)
    if len(box.uses) == len(operands):
        if len(operands) == 1:
            return _shrunk(ink(ALONE.get(name, called), size)), ()
        if name in BETWEEN:
            return _shrunk(ink(BETWEEN[name], size)), marks
    if len(box.uses) == 1 and name in ("add", "sub", "mul", "div") and (box.uses[0][1] == 0 or name in EITHER_WAY):
        constant = expression(tape, operands[1 - box.uses[0][1]], {}).within(ATOM)
        return _shrunk(ink(Formula(BETWEEN[name].tex + constant.tex, BETWEEN[name].plain + constant.plain), size)), ()
    found = ink(expression(tape, box.root, letters), size)
    if found.width > WIDEST:
        found = ink(called, size)
    return _shrunk(found), marks


def is_spelled(graph: Graph, box: Box) -> bool:
    """Whether a gate's sign is a formula in letters, which are then needed beside its wires."""
    return CODES[graph.tape.codes[box.root]].name not in BETWEEN


def _letters(graph: Graph, count: int) -> list[Formula]:
    """A letter for each operand that is no name of the graph; a dot for a single one where x is one."""
    taken = set(graph.names)
    if count == 1 and LETTERS[0] in taken:
        return [Formula(r"\cdot", "·")]
    return [Formula(x, x) for x in (*LETTERS, *MORE) if x not in taken]


def statement_sign(graph: Graph, box: Box, size: float) -> Ink | None:
    """The sign of a whole statement drawn as one gate: its formula in the names of the graph, unless too wide."""
    found = ink(formula(graph, box), size)
    return found if found.width <= WIDEST else None


def _marks(box: Box, nodes: Mapping[str, int], letters: Mapping[int, Formula], size: float) -> Iterator[Ink]:
    for parent in box.parents:
        yield ink(letters.get(nodes[parent], Formula("", "")), size, "partial")


def _shrunk(made: Ink) -> Ink:
    """Set a little smaller where that lets the gate stay round, and never higher than a gate."""
    most = max(made.width / NARROW, made.height / TALL, 1.0)
    return made.scaled(1 / most) if most <= 1.4 else made.scaled(min(1.0, FLAT / made.height))
