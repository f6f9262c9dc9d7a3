"""Boxes: the title, the chips, and what a reader hears."""

from __future__ import annotations

from typing import Any

from graphviz_bp.derivation.chain import Chain
from graphviz_bp.figure.choice import Choice
from graphviz_bp.figure.scene.parts import Chip, Statement
from graphviz_bp.figure.scene.telling import NOTE, in_numbers, in_words
from graphviz_bp.figure.typesetting.equations import blank, ink, norm, sign, value_ink
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.graph.boxes import Box
from graphviz_bp.levels.parameters import size_mark
from graphviz_bp.notation.nodes import formula as right_hand_side
from graphviz_bp.notation.nodes import named
from graphviz_bp.numbers import is_array

SYMBOL, VALUE, GRADIENT, SHAPE = 17.0, 13.5, 12.5, 11.0
LONG_TITLE = 190.0  # the width beyond which a title shrinks


def statement(chain: Chain, choice: Choice, box: Box) -> Statement:
    """A box with what it says."""
    role = chain.graph.role(box.name)
    chips = _chips(chain, choice, box, role)
    stacked = len(chips) == 2 and any(chip.ink.height > 26 for chip in chips) and sum(c.size[0] for c in chips) > 200
    title = _title_line(chain, box, "formulas" in choice.show)
    return Statement(title, chips, stacked, role, in_words(chain, box), in_numbers(chain, choice, box))


def _title_line(chain: Chain, box: Box, written_out: bool) -> Ink:
    graph = chain.graph
    name = ink(named(graph, box.name), SYMBOL)
    if box.members and written_out:
        right = right_hand_side(graph, box)
        size = SYMBOL
        line = row([name, sign("=", size), ink(right, size)], 0.27 * size)
        if line.width > LONG_TITLE:
            size = max(12.5, SYMBOL * LONG_TITLE / line.width)
            line = row([ink(named(graph, box.name), size), sign("=", size), ink(right, size)], 0.27 * size)
    else:
        line = name
    mark = size_mark(graph, box.name)
    return line.coloured("ink") if mark is None else row([line.coloured("ink"), ink(mark, SHAPE, "partial")], 7.0)


def _chips(chain: Chain, choice: Choice, box: Box, role: str) -> tuple[Chip, ...]:
    run, chips = chain.run, []
    if not run.symbolic and "values" in choice.show:
        made = blank(VALUE, run.raw(box.name)) if box.name in choice.values else _value_ink(chain, box)
        chips.append(Chip(made.coloured("value"), "value"))
    if role != "data" and "gradients" in choice.show and (box.name == run.of or chain.feeds(box.name)):
        if run.symbolic:
            made = ink(chain.total(box.name), GRADIENT)
        elif box.name in choice.gradients:
            to_fill = blank(GRADIENT, run.step(box.name).total)
            made = row([ink(chain.total(box.name), GRADIENT), sign("=", GRADIENT), to_fill], 0.27 * GRADIENT)
        else:
            made = gradient_ink(chain, box.name, run.step(box.name).total)
        chips.append(Chip(made.coloured("gradient"), "gradient"))
    return tuple(chips)


def _value_ink(chain: Chain, box: Box) -> Ink:
    run, given = chain.run, chain.run.given
    value = given[box.name] if box.name in given and not is_array(given[box.name]) else run.raw(box.name)
    return value_ink(value, VALUE, run, entered=not box.members)[0]


def gradient_ink(chain: Chain, name: str, total: Any, *, more: bool = False) -> Ink:
    """∂z/∂u = 450; with three dots where `more` is to be added to it."""
    if size := norm(chain.total(name), total):
        so_far = [words("so far", NOTE)] if more else []
        return row([ink(size, GRADIENT), *so_far], 4.0).coloured("gradient")
    number, relation = value_ink(total, GRADIENT, chain.run)
    dots = [sign("+", GRADIENT), sign("⋯", GRADIENT)] if more else []
    pieces = [ink(chain.total(name), GRADIENT), sign(relation, GRADIENT), number, *dots]
    return row(pieces, 0.27 * GRADIENT).coloured("gradient")
