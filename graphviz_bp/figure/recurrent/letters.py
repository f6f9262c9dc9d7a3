"""The formulas of a recurrent network with t for the number of the step: s_t = tanh(W s_{t−1} + U x_t)."""

from __future__ import annotations

import re
from collections.abc import Collection

from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.typesetting.equations import ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row, stack
from graphviz_bp.levels.network import Network
from graphviz_bp.levels.recurrence import Recurrence
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import expression, named

LINE = 14.0


def formulas(sheet: Sheet, net: Network, found: Recurrence, parameters: Collection[str]) -> Ink:
    """A step in letters, the output, and the gradient of the state's weight as a sum over time."""
    longest = max((step.above for step in found.steps[1:]), key=len)
    lines = [_stated(sheet, net, found, name, parameters) for name in (found.steps[1].state, *longest)]
    if not any(sheet.run.of in (step.state, *step.above) for step in found.steps):
        lines.append(_output(sheet))
    return stack([*lines, _rule(sheet, net, found)], 9.0)


def in_letters(sheet: Sheet, name: str, letter: str) -> Formula:
    """A name with a letter in place of its last number."""
    found = named(sheet.graph, name)
    tex = re.sub(r"\d+(?=\D*$)", letter, found.tex)
    plain = re.sub(r"[\d₀-₉]+(?=[^\d₀-₉]*$)", f"_{letter}", found.plain)
    return Formula(tex, plain, ndim=found.ndim, scripted=found.scripted)


def _stated(sheet: Sheet, net: Network, found: Recurrence, name: str, parameters: Collection[str]) -> Ink:
    """A statement of the second step in letters."""
    graph, unit = sheet.graph, net.units[name]
    leaves = {
        graph.tape.by_name[parent]: named(graph, parent) if parent in parameters else
        in_letters(sheet, parent, "t-1" if parent == found.steps[0].state else "t")
        for parent in graph.box(unit.sum).parents
    }  # fmt: skip
    right = expression(graph.tape, graph.box(name).root, leaves)
    made = [ink(in_letters(sheet, name, "t"), LINE), sign("=", LINE), ink(right, LINE)]
    return row(made, 0.27 * LINE).coloured("ink")


def _output(sheet: Sheet) -> Ink:
    """L = L₁ + L₂ + L₃ ≈ 0.090."""
    graph, run = sheet.graph, sheet.run
    box = graph.box(run.of)
    leaves = {graph.tape.by_name[parent]: named(graph, parent) for parent in box.parents}
    pieces = [ink(named(graph, run.of), LINE), sign("=", LINE), ink(expression(graph.tape, box.root, leaves), LINE)]
    if not run.symbolic:
        shown = sheet.chain.shown(run.raw(run.of))
        pieces += [sign("=" if shown.true else "≈", LINE), ink(Formula(shown.tex, shown.plain), LINE)]
    return row(pieces, 0.27 * LINE).coloured("ink")


def _rule(sheet: Sheet, net: Network, found: Recurrence) -> Ink:
    """∂L/∂W = Σ δ_t s_{t−1}ᵀ with δ_t = ∂L/∂a_t."""
    graph, weight = sheet.graph, found.on_state
    before = in_letters(sheet, found.steps[0].state, "t-1")
    held = before.tex
    if graph.tape.shape(graph.tape.by_name[weight]):
        held = rf"\left({held}\right)^{{\top}}" if "^" in held else rf"{{{held}}}^{{\top}}"
    left, delta = sheet.chain.total(weight), sheet.written(in_letters(sheet, net.units[found.steps[1].state].sum, "t"))
    rule = Formula(rf"{left.tex} = \sum_t \delta_t\,{held}", f"{left.plain} = Σ δ_t {before.plain}")
    meant = Formula(rf"\delta_t = {delta.tex}", f"δ_t = {delta.plain}")
    return row([ink(rule, LINE), ink(meant, LINE)], 18.0).coloured("gradient")
