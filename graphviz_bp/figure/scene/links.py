"""Wires: which box feeds which, with the local partial and what is sent back."""

from __future__ import annotations

from typing import Any

from graphviz_bp.backprop import Term
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.figure.choice import Choice
from graphviz_bp.figure.scene.parts import Link
from graphviz_bp.figure.scene.telling import LABEL
from graphviz_bp.figure.typesetting.equations import blank, ink, number_ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.graph.boxes import Box
from graphviz_bp.notation.formula import PRODUCT, Formula
from graphviz_bp.notation.nodes import derivative, named
from graphviz_bp.notation.shown import Shown, holds

LONG_LABEL, LONG_BACK, LONGEST_BACK = 95.0, 170.0, 260.0  # widths beyond which a label says less, or nothing


def links_into(
    chain: Chain, choice: Choice, box: Box, order: dict[str, int], *, labelled: bool = True
) -> list[Link]:
    """The wires into a box from those in `order`: one per parent; one per use where its operation takes it twice."""
    links = []
    for parent in filter(order.__contains__, box.distinct_parents):
        slots = [i for i, name in enumerate(box.parents) if name == parent]
        twice = len(slots) > 1 and all(box.uses[i][0] == box.root for i in slots)
        for slot in slots if twice else [None]:
            links.append(_link(chain, choice, box, parent, slot, order, labelled))
    return links


def _link(chain: Chain, choice: Choice, box: Box, parent: str, slot: int | None, order: dict[str, int],
          labelled: bool) -> Link:  # fmt: skip
    graph, run = chain.graph, chain.run
    ends = order[parent], order[box.name]
    live = box.name == run.of or bool(chain.children.get(box.name))
    if graph.role(parent) == "data" or not live or box.name not in chain.feeds(parent):
        return Link(*ends, False, None, None, f"{parent} feeds {box.name}")
    back = "gradients" in choice.show
    spoken = f"{parent} feeds {box.name}" + ", and its gradient comes back" * back
    if not labelled or chain.is_open(box.name):
        return Link(*ends, back, None, None, spoken, slot)
    numbers = chain.is_number(box.name) and chain.is_number(parent)
    outer, inner = (_number_labels if numbers else _array_labels)(chain, choice, box, parent, slot)
    return Link(*ends, back, outer if "partials" in choice.show else None, inner if back else None, spoken, slot)


def _number_labels(
    chain: Chain, choice: Choice, box: Box, parent: str, slot: int | None
) -> tuple[Ink | None, Ink | None]:
    run, graph = chain.run, chain.graph
    formula = chain.local(box.name, parent, slot)
    symbol = None if slot is not None else ink(derivative(named(graph, box.name), named(graph, parent)), LABEL)
    if run.symbolic:
        return _symbolic_outer(symbol, formula), _symbolic_inner(chain, box.name, formula)
    terms = [t for t in run.step(parent).terms if t.child == box.name and slot in (None, t.slot)]
    local, up = sum((t.local for t in terms[1:]), terms[0].local), terms[0].upstream
    if (box.name, parent) in choice.partials:
        left = [] if symbol is None else [symbol, sign("=", LABEL)]
        outer = row([*left, blank(LABEL)], 0.27 * LABEL).coloured("partial")
    else:
        told = choice.tells_partial(box.name, box.parents) or (formula.number and not run.is_tied(box.name))
        outer = _outer(symbol, formula, chain.shown(local) if told else None)
    told = choice.tells_product(box.name, parent, box.parents)
    return outer, _inner(chain, local, up, terms) if told else blank(LABEL).coloured("gradient")


def _symbolic_outer(symbol: Ink | None, formula: Formula) -> Ink | None:
    """∂v/∂u = 2u; only the left side where the right is long."""
    right = ink(formula, LABEL)
    if right.width > LONG_LABEL:
        return None if symbol is None else symbol.coloured("partial")
    left = [] if symbol is None else [symbol, sign("=", LABEL)]
    return row([*left, right], 0.27 * LABEL).coloured("partial")


def _symbolic_inner(chain: Chain, child: str, formula: Formula) -> Ink | None:
    """2u · ∂z/∂v, without factors that are 1."""
    up = None if child == chain.run.of else ink(chain.total(child), LABEL)
    if up is None or formula.plain == "1":
        made = up or ink(formula, LABEL)
    else:
        made = row([ink(formula.within(PRODUCT), LABEL), sign("·", LABEL), up], 0.27 * LABEL)
    return made.coloured("gradient") if made.width < LONG_BACK else None


def _outer(symbol: Ink | None, formula: Formula, local: Shown | None) -> Ink:
    """∂v/∂u = 2u = 10, without the middle where it is long or says the same; a blank for a number not told."""
    relation = sign("=" if local is None or local.true else "≈", LABEL)
    number = blank(LABEL) if local is None else number_ink(local, LABEL)
    middle = ink(formula, LABEL)
    left = [] if symbol is None else [symbol]
    if formula.number or middle.width > LONG_LABEL:
        parts = [*left, relation, number] if left else [number]
    elif left:
        parts = [*left, sign("=", LABEL), middle, relation, number]
    else:
        parts = [middle, relation, number]
    return row(parts, 0.27 * LABEL).coloured("partial")


def _inner(chain: Chain, local: Any, up: Any, terms: list[Term]) -> Ink | None:
    """10 · 30 = 300: what this wire adds to the parent's gradient."""
    total = sum((t.contribution for t in terms[1:]), terms[0].contribution)
    factors = [chain.shown(local), chain.shown(up)]
    shown = chain.shown(total)
    parts = [ink(_signed(factors[0]), LABEL), sign("·", LABEL), ink(_signed(factors[1], inside=True), LABEL),
             sign("=" if holds([factors], shown) else "≈", LABEL), number_ink(shown, LABEL)]  # fmt: skip
    made = row(parts, 0.27 * LABEL).coloured("gradient")
    return made if made.width < LONG_BACK else None


def _signed(shown: Shown, inside: bool = False) -> Formula:
    """A factor: a negative one that is not the first stands in parentheses."""
    formula = Formula(shown.tex, shown.plain)
    return Formula(f"({shown.tex})", f"({shown.plain})") if inside and shown.negative else formula


def _array_labels(
    chain: Chain, choice: Choice, box: Box, parent: str, slot: int | None
) -> tuple[Ink | None, Ink | None]:
    """Arrays: no Jacobian is written; what is sent back is, as the blackboard has it."""
    if (box.name, parent) in choice.partials:
        return None, blank(LABEL).coloured("gradient")
    made = ink(chain.handed(box.name, parent, slot), LABEL, "gradient")
    return None, made if made.width < LONGEST_BACK else None
