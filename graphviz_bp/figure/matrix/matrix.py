"""The level of arrays: boxes with shapes, small arrays printed and large ones summed up, each pull beside its node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from graphviz_bp.backprop import Run
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.errors import InputError
from graphviz_bp.figure.choice import Choice
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.film import Film
from graphviz_bp.figure.layout.layout import Layout
from graphviz_bp.figure.matrix.cells import cells, printable, rows_off
from graphviz_bp.figure.matrix.mainline import MainLine, line_of
from graphviz_bp.figure.matrix.ranks import ranked
from graphviz_bp.figure.scene.links import links_into
from graphviz_bp.figure.scene.parts import Chip, Scene, Statement
from graphviz_bp.figure.scene.scene import bare
from graphviz_bp.figure.scene.telling import in_numbers, in_words
from graphviz_bp.figure.statements.compose import page
from graphviz_bp.figure.statements.frames import Story, film, story
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.equations import ink, number_ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row, stack
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.graph.boxes import Box
from graphviz_bp.levels.parameters import size_mark
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import derivative, named
from graphviz_bp.notation.nodes import formula as right_hand_side
from graphviz_bp.notation.shown import ENTRIES, summary
from graphviz_bp.numbers import is_array

NAME, VALUE, GRADIENT, PULL, SHAPE, KEY = 16.0, 14.0, 14.0, 15.0, 12.0, 13.0
LONG_TITLE, LONG_PULL, LONGEST_PULL, WIDE = 200.0, 180.0, 330.0, 200.0
SLIDE, LEGIBLE = (900.0, 470.0), 0.5  # what a figure has of a slide; a smaller one tells norms instead of entries,
LONG_ASIDE, ASIDE = 120.0, 0.9  # and its longer pulls below, in smaller type


def matrix(run: Run, options: Options) -> Drawing:
    """The figure of a run on arrays: along a main line where the graph has one, else as Graphviz ranks it.

    It runs from left to right. A graph that has no arrays is refused.
    """
    if options.direction != "LR":
        raise InputError("the level of arrays runs from left to right",
                         remedy='leave direction out, or draw level="statements"')  # fmt: skip
    if run.graph.tape.scalar:
        raise InputError("there are no arrays in this graph for level=\"matrix\" to show",
                         remedy='draw level="statements" or level="operations"')  # fmt: skip
    chain, drawn = _sheet(run, options)
    arranged = partial(_arranged, engine=options.engine, heads=_heads(chain))
    placed, entries = arranged(drawn), True
    if not run.symbolic and min(SLIDE[0] / placed.width, SLIDE[1] / placed.height) < LEGIBLE:
        entries, (chain, drawn) = False, _sheet(run, options, entries=False)
        placed = arranged(drawn)

    @cache
    def told(order: str) -> Story:
        return story(chain.run, drawn, order, arranged, partial(_gradient, entries=entries))

    def frames(order: str, theme: Theme) -> Film:
        return film(told(order), theme)

    return Drawing(partial(page, drawn, placed), frames, live=False)


def _sheet(run: Run, options: Options, *, entries: bool = True) -> tuple[Chain, Scene]:
    """What is on the page; gradients are bars where ∂L/∂X would make the formulas long."""
    chain = spoken = Chain(run)  # what is said keeps ∂L/∂X
    boxes = run.graph.boxes
    pulls = [_pull(chain, box) for box in boxes]
    long = any(made is not None and _long(made, chain, box) for made, box in zip(pulls, boxes, strict=True))
    if long and run.style.notation == "leibniz":
        chain = Chain(run.written(replace(run.style, notation="bar")))
        pulls = [_pull(chain, box) for box in boxes]
    aside = [] if entries else [made for made in pulls if made is not None and made.width > LONG_ASIDE]
    pulls = [None if made in aside else made for made in pulls]
    about = bare(spoken, False if options.chain is None else options.chain, options.choice, legend=False)
    statements = tuple(
        _statement(chain, spoken, options.choice, box, made, entries) for box, made in zip(boxes, pulls, strict=True)
    )
    order = {box.name: i for i, box in enumerate(boxes)}
    links = tuple(link for box in boxes for link in links_into(chain, options.choice, box, order, labelled=False))
    lines = [*_in_columns(aside), *_key(chain, entries), *([about.notes] if about.notes else [])]
    notes = stack(lines, 6.0, "center") if lines else None
    return chain, replace(about, statements=statements, links=links, notes=notes)


def _long(made: Ink, chain: Chain, box: Box) -> bool:
    """Whether a pull is wide, or has a fraction within a fraction."""
    nested = any("frac{\\frac" in chain.handed(child, box.name).tex for child in chain.feeds(box.name))
    return nested or made.width > LONG_PULL


# -- boxes


def _statement(chain: Chain, spoken: Chain, choice: Choice, box: Box, pull: Ink | None, entries: bool) -> Statement:
    chips, large = _chips(chain, box, entries), _large(chain, box, entries)
    stacked = len(chips) == 2 and not large and _stacked(chain, box, chips)
    title, role = _title(chain, box, large), chain.graph.role(box.name)
    return Statement(title, chips, stacked, role, in_words(chain, box), in_numbers(spoken, choice, box), pull)


def _large(chain: Chain, box: Box, entries: bool) -> bool:
    """Whether an array is told by its shape and norms: one too large to print, or any of several where few fit."""
    shape = chain.graph.tape.shape(box.root)
    return shape is not None and (len(shape) > 2 or max(shape, default=0) > (ENTRIES if entries else 1))


def _stacked(chain: Chain, box: Box, chips: Sequence[Chip]) -> bool:
    """Side by side unless the array is wider than it is high, or both together are too wide."""
    shape = chain.graph.tape.shape(box.root) or ()
    if not shape:
        return False
    wide = len(shape) == 2 and shape[1] > shape[0]
    return wide or sum(chip.size[0] for chip in chips) > WIDE


def _title(chain: Chain, box: Box, large: bool) -> Ink:
    """a = Wx + b with the shape at its right; below it where the array is too large to print."""
    graph, size = chain.graph, NAME
    line = _equation(graph, box, size)
    if line.width > LONG_TITLE:
        line = _equation(graph, box, max(13.0, size * LONG_TITLE / line.width))
    told = size_mark(graph, box.name)
    if told is None:
        return line.coloured("ink")
    mark = ink(told, SHAPE, "partial")
    return stack([line.coloured("ink"), mark], 4.0, "center") if large else row([line.coloured("ink"), mark], 7.0)


def _equation(graph: Any, box: Box, size: float) -> Ink:
    name = ink(named(graph, box.name), size)
    if not box.members:
        return name
    return row([name, sign("=", size), ink(right_hand_side(graph, box), size)], 0.27 * size)


def _chips(chain: Chain, box: Box, entries: bool) -> tuple[Chip, ...]:
    """The value, and the gradient where one comes back."""
    run = chain.run
    if run.symbolic:
        return ()
    value = _array(run.raw(box.name), VALUE, run, entries, entered=not box.members).coloured("value")
    if chain.graph.role(box.name) == "data" or not (box.name == run.of or chain.feeds(box.name)):
        return (Chip(value, "value"),)
    return Chip(value, "value"), Chip(_gradient(chain, box.name, run.step(box.name).total, entries=entries), "gradient")


def _array(value: Any, size: float, run: Run, entries: bool, *, entered: bool = False) -> Ink:
    if not is_array(value):
        return number_ink(Chain(run).shown(value), size)
    if value.size == 1:
        return number_ink(Chain(run).shown(value.reshape(-1)[0]), size)
    if entries and printable(value):
        return cells(value, size, entered=entered, **run.shown_how)[0]
    shown = summary(value)
    return ink(Formula(shown.tex.partition(r"\approx ")[2], shown.plain), size)


def _gradient(chain: Chain, name: str, total: Any, *, more: bool = False, entries: bool = True) -> Ink:
    """A gradient by itself, of the shape of its node; with three dots where more is to be added."""
    made = _array(total, GRADIENT, chain.run, entries)
    return (row([made, sign("+", GRADIENT), sign("⋯", GRADIENT)], 4.0) if more else made).coloured("gradient")


def _pull(chain: Chain, box: Box) -> Ink | None:
    """∂L/∂W = ∂L/∂a xᵀ: what comes back to a node, in the names of the graph."""
    graph, name = chain.graph, box.name
    if graph.role(name) == "data" or name == chain.run.of:
        return None
    children = chain.feeds(name)
    if not children or any(map(chain.is_open, (name, *children))):
        return None
    terms = [ink(chain.handed(child, name), PULL) for child in children]
    left = [ink(chain.total(name), PULL), sign("=", PULL)]
    signed = [piece for k, term in enumerate(terms) for piece in ([sign("+", PULL)] if k else []) + [term]]
    line = row([*left, *signed], 0.27 * PULL)
    if line.width > LONGEST_PULL and len(terms) > 1:
        indent = Ink(sum(piece.width for piece in left) + 0.27 * PULL, 0.0, 0.0)
        below = [row([indent, sign("+", PULL), term], 0.27 * PULL) for term in terms[1:]]
        line = stack([row([*left, terms[0]], 0.27 * PULL), *below], 5.0)
    return line.coloured("gradient")


# -- below the figure


def _in_columns(pulls: Sequence[Ink]) -> Iterator[Ink]:
    """Pulls too long for their places, in two columns."""
    if pulls:
        half = (len(pulls) + 1) // 2
        columns = [stack([made.scaled(ASIDE) for made in some], 10.0) for some in (pulls[:half], pulls[half:]) if some]
        yield row(columns, 60.0)


def _key(chain: Chain, entries: bool) -> Iterator[Ink]:
    """What the colours, the norms and the bars mean, where they occur."""
    run, graph = chain.run, chain.graph
    symbol = derivative(named(graph, run.of), Formula("X", "X"))
    if run.style.notation == "bar" or not chain.unit:
        equation = [ink(Formula(r"\bar{X}", "X̄"), KEY, "gradient"), sign("=", KEY).coloured("gradient")]
        yield row([*equation, ink(symbol, KEY, "gradient"), words("has the shape of", KEY).coloured("partial"),
                   ink(Formula("X", "X"), KEY, "value")], 5.0)  # fmt: skip
    for name, short in list(chain.deltas.items())[:1] if run.style.notation == "delta" else []:
        yield row([ink(short, KEY, "gradient"), words("is short for", KEY).coloured("partial"),
                   ink(chain.leibniz(name), KEY, "gradient")], 5.0)  # fmt: skip
    if run.symbolic:
        return
    if any(_large(chain, box, entries) for box in graph.boxes):
        why = "are norms, where an array is too large to print" if entries else "are norms, to keep the figure legible"
        norms = [ink(Formula(r"\lVert X \rVert", "‖X‖"), KEY, "value"), words("and", KEY).coloured("partial"),
                 ink(Formula(rf"\left\lVert {symbol.tex} \right\rVert", "‖∂‖"), KEY, "gradient"),
                 words(why, KEY).coloured("partial")]  # fmt: skip
        yield row(norms, 5.0)
    off = [box.name for box in graph.boxes if entries and _softmax(graph, box) and printable(run.raw(box.name))
           and rows_off(run.raw(box.name), run.style.digits)]  # fmt: skip
    for name in off:
        whole = "the entries of" if run.raw(name).ndim == 1 else "the rows of"
        said = [words(whole, KEY), ink(named(graph, name), KEY), words("add to 1 before they are rounded", KEY)]
        yield row(said, 5.0).coloured("partial")


def _softmax(graph: Any, box: Box) -> bool:
    operation = graph.tape.operation(box.root)
    return operation is not None and operation.name == "softmax"


# -- where everything stands


def _heads(chain: Chain) -> list[int]:
    """The inputs that a main line may begin with: data first, then vectors, then what is read first."""
    graph = chain.graph
    inputs = [(i, box) for i, box in enumerate(graph.boxes) if not box.members]
    return [i for i, box in sorted(inputs, key=lambda pair: (
        graph.role(pair[1].name) != "data", len(graph.tape.shape(pair[1].root) or ()) != 1, pair[0]))]  # fmt: skip


def _arranged(drawn: Scene, *, engine: str | None, heads: Sequence[int]) -> Layout:
    stations = line_of(drawn, heads)
    return ranked(drawn, engine) if stations is None else MainLine(drawn, stations).arranged()
