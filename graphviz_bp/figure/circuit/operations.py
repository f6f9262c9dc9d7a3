"""The level of operations: a circuit with one gate per primitive, values above its wires, gradients below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from graphviz_bp.backprop import Run
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.errors import InputError
from graphviz_bp.figure.circuit.board import Board
from graphviz_bp.figure.circuit.circuit import Circuit, circuit
from graphviz_bp.figure.circuit.pulses import Pulse, pulses
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.film import Film
from graphviz_bp.figure.page import Page
from graphviz_bp.figure.scene.parts import Scene
from graphviz_bp.figure.scene.scene import bare
from graphviz_bp.figure.statements.below import Below, lines, whole
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.equations import ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row, stack
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import barred, delta, derivative, formula, named

KEY = 13.0
WIDEST = 1000.0  # in a wider circuit a statement that reads one node is drawn as one gate


def operations(run: Run, options: Options) -> Drawing:
    """The circuit of a run: one gate per operation, a dot where a wire forks and gradients add.

    It runs from left to right. Arrays are drawn entry by entry where that takes at most 60 gates, else refused.
    """
    if options.direction != "LR":
        raise InputError("a circuit runs from left to right", remedy='leave direction out, or draw level="statements"')
    drawn = circuit(run)
    board = Board(drawn, options.engine)
    if board.size[0] > WIDEST and drawn.groups:
        drawn = circuit(run, merged=True)
        board = Board(drawn, options.engine)
    told = bare(Chain(run), False if options.chain is None else options.chain, legend=False)
    notes = [*_spelled(drawn, run), _key(drawn), *([told.notes] if told.notes else [])]
    told = replace(told, notes=stack(notes, 6.0, "center"))

    def page(theme: Theme) -> Page:
        below, width, height = whole(told, board.size, theme)
        parts = board.parts(theme, (width - board.size[0]) / 2, ())
        items = [item for part in parts if part.within(0) for item in part.items]
        return Page(width, height, theme.page, (*items, *below), told.title, told.description)

    @cache
    def happening(order: str) -> tuple[Pulse, ...]:
        return pulses(drawn, order)

    def film(order: str, theme: Theme) -> Film:
        return _film(told, board, happening(order), theme)

    return Drawing(page, film, live=False)


def _film(told: Scene, board: Board, happening: Sequence[Pulse], theme: Theme) -> Film:
    captions = [pulse.caption for pulse in happening]
    below = Below(board.size, captions, told.panel, told.notes)
    facts, known = dict[str, str](), list[str]()
    for pulse in happening:
        facts |= pulse.facts
        known.append(f"Known so far: {', '.join(f'{what} = {number}' for what, number in facts.items())}.")
    parts = (*board.parts(theme, below.shift, happening), *below.parts(theme))
    return Film(below.width, below.height, theme.page, parts, lines(captions), tuple(known),
                told.title, told.description)  # fmt: skip


def _symbols(chain: Chain) -> Iterator[Formula]:
    """How gradients are written in the captions, and what that is short for: x̄ and ∂f/∂x."""
    notation, of = chain.run.style.notation, named(chain.graph, chain.run.of)
    if notation == "leibniz" and chain.unit:
        yield derivative(of, Formula(r"\,\cdot", "·"), chain.d)
        return
    x = Formula("x", "x")
    yield delta(x) if notation == "delta" else barred(x)
    if chain.unit:
        yield derivative(of, x, chain.d)


def _spelled(drawn: Circuit, run: Run) -> Iterator[Ink]:
    """The statements whose gates had no room for them."""
    for name in drawn.elided:
        made = [ink(named(run.graph, name), KEY), sign("=", KEY), ink(formula(run.graph, run.graph.box(name)), KEY)]
        yield row(made, 0.27 * KEY).coloured("ink")


def _key(drawn: Circuit) -> Ink:
    """What stands where: value above the wire, gradient ∂f/∂· below it."""
    chain = drawn.chain
    symbols = [ink(symbol, KEY, "gradient") for symbol in _symbols(chain)]
    said = [words("name" if chain.run.symbolic else "value", KEY).coloured("value"), words(" above the wire, ", KEY),
            words("gradient ", KEY).coloured("gradient")]  # fmt: skip
    joined = [piece for k, made in enumerate(symbols) for piece in [*[sign("=", KEY).coloured("gradient")] * k, made]]
    said.append(row(joined, 0.27 * KEY))
    said += [words(" below it" + "; where a wire forks, gradients add" * drawn.forks, KEY)]
    return row(said).coloured("partial")
