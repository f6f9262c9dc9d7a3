"""What is on the page, decided without coordinates: boxes with their chips, wires with their labels, the panel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from graphviz_bp.backprop import Run, Term
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.figure.choice import ALL, Choice
from graphviz_bp.figure.scene.telling import LABEL, NOTE, asked, below, description, in_numbers, in_words, notes, title
from graphviz_bp.figure.typesetting.equations import blank, ink, norm, number_ink, sign, value_ink
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.graph.boxes import Box
from graphviz_bp.levels.parameters import size_mark
from graphviz_bp.notation.formula import PRODUCT, Formula
from graphviz_bp.notation.nodes import derivative, named
from graphviz_bp.notation.nodes import formula as right_hand_side
from graphviz_bp.notation.shown import Shown, holds
from graphviz_bp.numbers import is_array
from graphviz_bp.progress import counted

SYMBOL, VALUE, GRADIENT, SHAPE = 17.0, 13.5, 12.5, 11.0
LONG_TITLE, LONG_LABEL, LONG_BACK = 190.0, 95.0, 170.0  # widths beyond which a title shrinks and a label says less
LONGEST_BACK = 260.0
CHIP_PAD, CHIP_GAP, BOX_PAD = (6.5, 3.0), 8.0, (12.0, 9.0)


@dataclass(frozen=True, slots=True)
class Chip:
    """A number on tinted ground, in the role of a value or a gradient; `room` keeps a width for wider numbers."""

    ink: Ink
    role: str
    room: float = 0.0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, padding included."""
        return max(self.ink.width, self.room) + 2 * CHIP_PAD[0], max(self.ink.height, 13.0) + 2 * CHIP_PAD[1]


@dataclass(frozen=True, slots=True)
class Statement:
    """A box: its title line, its chips side by side or one below the other, its role, and what a reader hears.

    `told` is the statement in words, `spoken` the statement with its numbers, `remark` a line that stands beside it.
    """

    title: Ink
    chips: tuple[Chip, ...]
    stacked: bool
    role: str
    told: str
    spoken: str
    remark: Ink | None = None

    @property
    def chips_size(self) -> tuple[float, float]:
        """Width and height of the chips together."""
        sizes = [chip.size for chip in self.chips]
        if not sizes:
            return 0.0, 0.0
        if self.stacked:
            return max(w for w, _ in sizes), sum(h for _, h in sizes) + 4.0 * (len(sizes) - 1)
        return sum(w for w, _ in sizes) + CHIP_GAP * (len(sizes) - 1), max(h for _, h in sizes)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the box."""
        width, height = self.chips_size
        return max(self.title.width, width, 34.0) + 2 * BOX_PAD[0], self.title.height + (
            height + 6.0 if height else 0.0
        ) + 2 * BOX_PAD[1]


@dataclass(frozen=True, slots=True)
class Link:
    """A wire from a parent to a child; `outer` is the local partial, `inner` what is sent back.

    `slot` names one use of the parent where each has a wire of its own.
    """

    parent: int
    child: int
    backward: bool
    outer: Ink | None
    inner: Ink | None
    spoken: str
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole figure without coordinates."""

    statements: tuple[Statement, ...]
    links: tuple[Link, ...]
    panel: Ink | None
    notes: Ink | None
    title: str
    description: str
    path: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def ends(self) -> list[tuple[int, int]]:
        """The boxes every wire runs from and to."""
        return [(link.parent, link.child) for link in self.links]


def scene(run: Run, chain_of: str | bool | None = None, choice: Choice = ALL) -> Scene:
    """The figure of a run at the level of statements; `chain_of` names the node whose chain rule stands below."""
    chain = Chain(run)
    boxes = run.graph.boxes
    order = {box.name: i for i, box in enumerate(boxes)}
    links = tuple(link for box in boxes for link in links_into(chain, choice, box, order))
    statements = tuple(statement(chain, choice, box) for box in counted(boxes, "setting boxes"))
    return replace(bare(chain, chain_of, choice), statements=statements, links=links)


def bare(
    chain: Chain, chain_of: str | bool | None = None, choice: Choice = ALL, *, legend: bool = True
) -> Scene:
    """A scene without boxes and wires: what stands below, and what is said; `legend` explains the symbols."""
    run = chain.run
    if isinstance(chain_of, str):
        about: str | None = run.graph.box(chain_of).name
    else:
        about = None if chain_of is False else asked(chain)
    if not {"gradients", "chain"} <= choice.show:
        about = None
    return Scene(
        statements=(),
        links=(),
        panel=below(chain, choice, about),
        notes=notes(chain, choice, about or run.of, legend=legend),
        title=title(run, choice),
        description=description(chain, choice, about),
        path=choice.path,
        names=run.graph.names,
    )


# -- boxes


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


# -- wires


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
