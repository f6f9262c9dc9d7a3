"""What is said below a frame: where the lecture stands, and the line of the derivation that is due there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from graphviz_bp.backprop import Term
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.derivation.worked import worked
from graphviz_bp.figure.typesetting.equations import norm, pieces_ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row, stack
from graphviz_bp.graph.boxes import Box
from graphviz_bp.notation.formula import ATOM, PRODUCT, SIGN, Formula
from graphviz_bp.notation.lines import Line, Piece, gradient, number, partial, product, relation, total
from graphviz_bp.notation.nodes import expression, named
from graphviz_bp.notation.nodes import formula as right_hand_side
from graphviz_bp.notation.shown import Shown, holds

LINE, GAP = 15.0, 0.27  # the size of a line, and the gap between its pieces as a share of it
BETWEEN, INSET = 28.0, 14.0  # between two equations in a row; how far a row that continues one is set in
LONGEST = 24  # letters of a local partial that is written out rather than named
LONGEST_NUMBERS = 60  # letters of a statement with the numbers put in
MOST_GIVEN = 12  # inputs that are listed

Equation: TypeAlias = tuple[Line, ...]  # the left side, then each right side with its relation


@dataclass(frozen=True, slots=True)
class Caption:
    """One equation, or several side by side, on the way `forward` or `backward`."""

    way: str
    equations: tuple[Equation, ...]

    @property
    def plain(self) -> str:
        """The caption as plain text."""
        return ", ".join(" ".join(map(_plain, lines)) for lines in self.equations)

    def ink(self, limit: float) -> Ink:
        """The caption set, broken before a relation or a plus sign where a line gets wider than `limit`."""
        rows: list[Ink] = []
        for lines in self.equations:
            filled = _filled(lines, limit)
            if rows and rows[-1].width + BETWEEN + filled[0].width <= limit:
                filled[0] = row([rows.pop(), filled[0]], BETWEEN)
            rows += filled
        return stack(rows, 9.0)


def _plain(line: Line) -> str:
    return f"{line.relation} {line.plain}" if line.relation else line.plain


def _chunks(line: Line) -> Iterator[Ink]:
    """The parts of a line between which it may be broken: its terms, each with the sign before it."""
    begin = 0
    for i in [*(i for i, p in enumerate(line.pieces) if i and p.role == "ink" and p.formula.plain in "+−"), None]:
        made = pieces_ink(line.pieces[begin:i], LINE)
        before = [] if begin or not line.relation else [sign(line.relation, LINE).coloured("ink")]
        yield row([*before, made], GAP * LINE)
        begin = i or 0


def _filled(lines: Sequence[Line], limit: float) -> list[Ink]:
    """Lines one behind the other, in as many rows as it takes; later rows are set in a little."""
    gap, rows = GAP * LINE, list[list[Ink]]([[]])
    for line in lines:
        whole = list(_chunks(line))
        for chunk in [row(whole, gap)] if _width(whole, gap) <= limit - INSET else whole:
            if rows[-1] and _width([*rows[-1], chunk], gap) > limit:
                rows.append([Ink(INSET - gap, 0.0, 0.0)])
            rows[-1].append(chunk)
    return [row(pieces, gap) for pieces in rows]


def _width(pieces: Sequence[Ink], gap: float) -> float:
    return sum(piece.width for piece in pieces) + gap * (len(pieces) - 1)


# -- forward


def given(chain: Chain, boxes: Sequence[Box]) -> Caption:
    """The inputs with their values."""
    run, graph = chain.run, chain.graph
    if len(boxes) > MOST_GIVEN:
        words = Piece(Formula(rf"\text{{{len(boxes)} inputs}}", f"{len(boxes)} inputs"))
        return Caption("forward", ((Line((words,), ""),),))
    equations: list[Equation] = []
    for box in boxes:
        shown = chain.value(box.name)
        name = Line((Piece(named(graph, box.name)),), "")
        lines = (name, Line((Piece(number(shown), "value"),), relation(shown.true)))
        equations += _sized([lines], named(graph, box.name), run.raw(box.name), "value")
    return Caption("forward", tuple(equations))


def computed(chain: Chain, box: Box) -> Caption:
    """v = u² = 5² = 25."""
    graph, run = chain.graph, chain.run
    right, shown = right_hand_side(graph, box), chain.shown(run.raw(box.name))
    lines = [Line((Piece(named(graph, box.name)),), ""), Line((Piece(right),))]
    true = True
    if all(map(chain.is_number, (box.name, *box.parents))) and not run.live:
        operands = {name: chain.value(name) for name in box.distinct_parents}
        true = all(operand.true for operand in operands.values())
        inserted = put_in(chain, box, operands)
        if len(inserted.plain) <= LONGEST_NUMBERS and inserted.plain not in (right.plain, shown.plain):
            lines.append(Line((Piece(inserted, "value"),), relation(true)))
    lines.append(Line((Piece(number(shown), "value"),), relation(true and shown.true)))
    return Caption("forward", _sized([tuple(lines)], named(graph, box.name), run.raw(box.name), "value"))


def _sized(equations: Sequence[Equation], symbol: Formula, value: Any, role: str) -> tuple[Equation, ...]:
    """The equations; where they end in an array too large to print, they end in its norm, as one more equation."""
    size = norm(symbol, value)
    if size is None:
        return tuple(equations)
    *others, last = equations
    kept = [last[:-1]] if len(last) > 2 else []
    return (*others, *kept, (Line((Piece(size, role),), ""),))


def put_in(chain: Chain, box: Box, operands: Mapping[str, Shown]) -> Formula:
    """The statement with the displayed numbers in place of the names."""
    tape = chain.graph.tape
    leaves = {tape.by_name[name]: _leaf(shown) for name, shown in operands.items()}
    return expression(tape, box.root, leaves, chain.run.decimals)


def _leaf(shown: Shown) -> Formula:
    """A displayed number that knows how to stand after a plus sign; between factors it takes a dot, as a word does."""
    level = SIGN if shown.negative else PRODUCT if "/" in shown.plain or "·" in shown.plain else ATOM
    tex_level = SIGN if shown.negative else PRODUCT if "·" in shown.plain else ATOM
    made = Formula(shown.tex, shown.plain, level, tex_level, number=True, word=True)
    if not shown.negative:
        return made
    return replace(made, minus=Formula(shown.tex[1:], shown.plain[1:], number=True, word=True))


# -- backward


def pulled(chain: Chain, name: str) -> Caption:
    """∂z/∂v = w · ∂z/∂z = 30 · 1 = 30: all that comes back to a node, and their sum."""
    run, left = chain.run, Line((gradient(chain.total(name)),), "")
    if name == run.of or not all(map(chain.is_number, (name, run.of, *chain.feeds(name)))):
        lines = (left, *worked(chain, name).lines)
        return Caption("backward", _sized([lines], chain.total(name), run.step(name).total, "gradient"))
    terms = chain.terms(run.step(name))
    rule = total(chain.handing(child, name, _local(chain, child, name), chain.total(child)) for child in terms)
    told = numbers(chain, list(terms.values()), run.step(name).total, into=name)
    return Caption("backward", ((left, Line(rule), *told),))


def _local(chain: Chain, child: str, parent: str, slot: int | None = None) -> Formula:
    """The local partial in the names of the graph, or as a symbol where that is long and says something else."""
    found = chain.local(child, parent, slot)
    written_out = len(found.plain) <= LONGEST or slot is not None or child == chain.run.of
    return found if written_out else chain.partial(child, parent)


def numbers(chain: Chain, terms: Sequence[Sequence[Term]], result: Any, before: Shown | None = None, *,
            into: str | None = None, slot: int | None = None) -> list[Line]:  # fmt: skip
    """10 · 30 + 6 · 25, then 300 + 150, then 450, joined by = where the digits on the page agree; none said twice.

    Where the node they come `into` is told, a local partial that is 1 whatever the values is no factor.
    """
    factors = [(chain.shown(added(t.local for t in some)), chain.shown(some[0].upstream)) for some in terms]
    products = [chain.shown(added(t.contribution for t in some)) for some in terms]
    first = [] if before is None else [before]
    start = [(gradient(shown),) for shown in first]
    handed = [
        product(partial(pair[0]), gradient(pair[1])) if into is None else chain.handing(t.child, into, *pair, slot)
        for (t, *_), pair in zip(terms, factors, strict=True)
    ]
    lines = [Line(total([*start, *handed]), relation(all(x.true for pair in factors for x in pair)))]
    summands: Sequence[Sequence[Shown]] = [[x] for x in first] + [list(pair) for pair in factors]
    if len(summands) > 1:
        agree = all(holds([pair], shown) for pair, shown in zip(factors, products, strict=True))
        lines.append(Line(total([*start, *((gradient(shown),) for shown in products)]), relation(agree)))
        summands = [[x] for x in (*first, *products)]
    shown = chain.shown(result)
    lines.append(Line((gradient(shown),), relation(holds(summands, shown))))
    return [line for k, line in enumerate(lines) if not k or line.plain != lines[k - 1].plain]


def pushed(chain: Chain, child: str, parent: str, slot: int | None, terms: Sequence[Term], before: Any) -> Caption:
    """∂z/∂u ← 300 + 6 · ∂z/∂w = 300 + 6 · 25 = 450: one contribution, and the sum so far."""
    result = added([*([] if before is None else [before]), *(t.contribution for t in terms)])
    so_far = None if before is None else chain.shown(before)
    first = [] if so_far is None else [(gradient(so_far),)]
    left = Line((gradient(chain.total(parent)),), "")
    if chain.is_number(child) and chain.is_number(parent):
        symbols = chain.handing(child, parent, _local(chain, child, parent, slot), chain.total(child), slot)
        told = numbers(chain, [terms], result, so_far, into=parent, slot=slot)
        lines = [Line(total([*first, symbols]), "←"), *told]
    else:
        shown = chain.shown(result)
        handed = (gradient(chain.handed(child, parent, slot)),)
        lines = [Line(total([*first, handed]), "←"), Line((gradient(shown),), relation(shown.true))]
    return Caption("backward", _sized([(left, *lines)], chain.total(parent), result, "gradient"))


def added(numbers: Any) -> Any:
    """The sum of one number or more, exact ones staying exact."""
    first, *others = numbers
    for other in others:
        first = first + other
    return first
