"""What a figure says beside its boxes: the chain rule and the notes below, its title, and all of it in words."""

from __future__ import annotations

from graphviz_bp.backprop import Run
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.derivation.worked import chain_line
from graphviz_bp.figure.choice import Choice
from graphviz_bp.figure.scene.trail import product
from graphviz_bp.figure.typesetting.equations import blank, ink, pieces_ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row, stack
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.graph.boxes import Box
from graphviz_bp.levels.parameters import told as told_parameters
from graphviz_bp.notation.nodes import formula as right_hand_side
from graphviz_bp.notation.nodes import named
from graphviz_bp.notation.shown import show_any

LABEL, LINE, NOTE = 12.5, 15.0, 11.5  # the sizes of labels on wires, of the line below, and of small print
LONG_BLANK = 24.0  # the line to write the chain rule on, as a share of its size


def in_words(chain: Chain, box: Box) -> str:
    """A box in words, before any number is known."""
    graph = chain.graph
    name = named(graph, box.name).plain
    if box.members:
        return f"{name} = {right_hand_side(graph, box).plain}"
    return f"{'data' if graph.role(box.name) == 'data' else 'input'} {name}"


def in_numbers(chain: Chain, choice: Choice, box: Box) -> str:
    """A box in words with its numbers, for screen readers and tooltips."""
    run, told = chain.run, in_words(chain, box)
    if run.symbolic:
        return told
    if "values" in choice.show:
        told += f"; value {'blank' if box.name in choice.values else chain.shown(run.raw(box.name)).plain}"
    if chain.graph.role(box.name) != "data" and "gradients" in choice.show:
        total = "blank" if box.name in choice.gradients else chain.shown(run.step(box.name).total).plain
        told += f"; gradient {chain.total(box.name).plain} {total}"
    return told


def asked(chain: Chain) -> str | None:
    """The node whose chain rule is shown unless one is named: the first parameter fed back by the most nodes."""
    graph = chain.graph
    names = [b.name for b in graph.boxes if graph.role(b.name) == "param" and chain.feeds(b.name)]
    return max(names, key=lambda name: len(chain.feeds(name)), default=None)


def below(chain: Chain, choice: Choice, about: str | None) -> Ink | None:
    """The chain rule of a node, and the product along a path."""
    rows = [_panel(chain, choice, about) if about else None]
    if lines := product(chain, choice.path, numbers=not choice.blanks):
        names, *parts = (pieces_ink(line.pieces, LINE) for line in lines)
        signs = [sign(line.relation, LINE).coloured("ink") for line in lines[2:]]
        joined = [parts[0], *(ink for pair in zip(signs, parts[1:], strict=True) for ink in pair)]
        rows.append(row([names, row(joined, 0.27 * LINE)], 1.2 * LINE))
    found = [ink for ink in rows if ink is not None]
    return stack(found, 11.0, "center") if len(found) > 1 else found[0] if found else None


def _panel(chain: Chain, choice: Choice, name: str) -> Ink | None:
    if any(map(chain.is_open, (name, *chain.feeds(name)))):
        return None
    if choice.blanks:
        rule = ink(chain.total(name), LINE, "gradient")
        return row([rule, sign("=", LINE), blank(LINE, length=LONG_BLANK)], 0.27 * LINE).coloured("partial")
    left, parts = chain_line(chain, name)
    rows, line = [], [pieces_ink((left,), LINE)]
    for relation, pieces in parts:
        made = [sign(relation, LINE).coloured("ink"), pieces_ink(pieces, LINE)]
        if sum(i.width for i in [*line, *made]) > 700 and len(line) > 1:
            rows.append(row(line, 0.27 * LINE))
            line = []
        line += made
    rows.append(row(line, 0.27 * LINE))
    indent = rows[0] if len(rows) == 1 else None
    return indent or stack(rows, 9.0)


def notes(chain: Chain, choice: Choice, about: str, *, legend: bool) -> Ink | None:
    """What the symbols stand for, conventions and infinities met on the way, in small print."""
    told = [] if choice.blanks or chain.run.symbolic else chain.run.notes
    lines = [words(note, NOTE) for note in told if not note.startswith("numbers are doubles")][:4]
    if counted := told_parameters(chain.run.graph):
        lines.append(words(counted, NOTE))
    short, long = chain.total(about), chain.leibniz(about)
    if legend and short.plain != long.plain and chain.unit and "gradients" in choice.show:
        lines.insert(0, row([ink(short, LABEL), words("is short for", NOTE), ink(long, LABEL)], 4.0))
    return stack(lines, 4.0).coloured("partial") if lines else None


def title(run: Run, choice: Choice) -> str:
    graph = run.graph
    of = named(graph, run.of).plain
    if run.symbolic:
        return f"Computation graph of {of}"
    at = ", ".join(
        f"{named(graph, name).plain} = {show_any(value, entered=True, **run.shown_how).plain}"
        for name, value in run.given.items()
        if name not in choice.values
    )
    return (f"Backpropagation through {of}" + f" at {at}" * bool(at))[:300]


def description(chain: Chain, choice: Choice, about: str | None) -> str:
    """The figure in words: the statements, then the chain rule that stands below."""
    graph = chain.graph
    told = [in_numbers(chain, choice, box) for box in graph.boxes[:40]]
    if about and not choice.blanks and not any(map(chain.is_open, (about, *chain.feeds(about)))):
        left, parts = chain_line(chain, about)
        told.append(
            " ".join(
                [
                    left.formula.plain,
                    *(f"{relation} {' '.join(p.formula.plain for p in pieces)}" for relation, pieces in parts),
                ]
            )
        )
    if lines := product(chain, choice.path, numbers=not choice.blanks):
        told.append("Marked: " + " ".join(f"{line.relation} {line.plain}".strip() for line in lines))
    return ". ".join(told) + "."
