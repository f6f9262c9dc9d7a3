"""The rules of differentiation that lead from a box to its parents, in words."""

from __future__ import annotations

from ..graph import Graph
from ..graph.boxes import Box
from ..operations import CODES


def rules_in_words(graph: Graph, box: Box) -> dict[tuple[int, int], str]:
    """For each use of a parent, the rules on the way down to it from the box's root, outermost first.

    Sums, which only hand the gradient on, are left out unless there is nothing else to say.
    """
    tape, out = graph.tape, dict[tuple[int, int], str]()
    told: dict[int, tuple[int, tuple[str, ...]]] = {box.root: (0, ())}  # how many rules so far, and which
    for node in reversed(box.members):
        for slot, operand in enumerate(tape.operands_of(node)):
            count, telling = told[node]
            rule, words = _rule_at(graph, node, slot)
            if rule != "sum rule":
                count, telling = count + 1, telling if words in telling else (*telling, words)
            if operand in tape.names:
                out[node, slot] = ("chain rule: " if count > 1 else "") + ", then ".join(telling or (words,))
            else:
                told[operand] = count, telling
    return out


def rule_in_words(graph: Graph, box: Box, use: tuple[int, int]) -> str:
    """The rules on the way from a box's root down to one use of a parent."""
    return rules_in_words(graph, box)[use]


def _rule_at(graph: Graph, node: int, slot: int) -> tuple[str, str]:
    """The rule of one operation, by name and in words."""
    tape = graph.tape
    operation = CODES[tape.codes[node]]
    others = [i for s, i in enumerate(tape.operands_of(node)) if s != slot]
    factor = operation.name == "mul" or (operation.name == "div" and slot == 0)
    if factor and all(i in tape.constants for i in others):
        return "constant factor", "constant factor (it stays)"
    if operation.name == "pow" and slot == 1:
        return "exponential rule", "exponential rule (the power itself times the log of its base)"
    if operation.rule in ("known derivative", "choice"):
        return operation.rule, operation.words
    return operation.rule, f"{operation.rule} ({operation.words})"
