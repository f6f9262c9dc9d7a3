"""A path that is marked: which wires it takes, the product of its local partials, and the band under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from graphviz_bp.backprop import Run
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.errors import InputError, listed
from graphviz_bp.figure.layout.layout import Layout
from graphviz_bp.figure.page import Item, Path, Rect
from graphviz_bp.figure.themes import Theme
from graphviz_bp.notation.formula import PRODUCT, Formula
from graphviz_bp.notation.lines import TIMES, Line, Piece, gradient, number, partial, relation
from graphviz_bp.notation.nodes import named
from graphviz_bp.notation.shown import holds

BAND, HALO = 8.5, 5.0  # the width of the band under one curve, clear of its labels, and of the ground round a box


def trail(run: Run, highlight: Sequence[str] | None) -> tuple[str, ...]:
    """The nodes of the path asked for; InputError where no wire leads from one to the next."""
    if highlight is None:
        return ()
    names = tuple(highlight.split("/") if isinstance(highlight, str) else highlight)
    if len(names) < 2:
        raise InputError("a path has two nodes or more", remedy='name them in order: highlight=["u", "w", "z"]')
    for parent, child in pairwise(names):
        parents = run.graph.box(child).parents
        if run.graph.box(parent).name not in parents:
            ways = f"into {child} lead {listed(tuple(dict.fromkeys(parents)))}" if parents else f"{child} is an input"
            raise InputError(f"no wire leads from {parent} to {child}", remedy=ways)
    return names


def product(chain: Chain, path: Sequence[str], *, numbers: bool) -> tuple[Line, ...]:
    """u → w → z: ∂w/∂u · ∂z/∂w = 6 · 25 = 150; nothing where an array is on the path."""
    if not path or not all(map(chain.is_number, path)):
        return ()
    wires = [(child, parent) for parent, child in pairwise(path)]
    names = [named(chain.graph, name) for name in path]
    arrows = Formula(r" \to ".join(n.tex for n in names), " → ".join(n.plain for n in names) + ":")
    lines = [Line((Piece(arrows, "partial"),), ""), Line(_times(chain.partial(*wire) for wire in wires), "")]
    found = [chain.run.partials.get(wire, 0) for wire in wires] if numbers and not chain.run.symbolic else None
    if found is None:
        return (*lines, Line(_times(chain.local(*wire) for wire in wires)))
    factors = [chain.shown(factor) for factor in found]
    total: Any = found[0]
    for factor in found[1:]:
        total = total * factor
    result = chain.shown(total)
    put_in = Line(_times(map(number, factors)), relation(all(f.true for f in factors)))
    agree = holds([factors], result)
    return (*lines, *([put_in] if len(factors) > 1 else []), Line((gradient(result),), relation(agree)))


def _times(factors: Any) -> tuple[Piece, ...]:
    """Factors with dots between them."""
    pieces: list[Piece] = []
    for factor in factors:
        held = factor.within(PRODUCT) if pieces or factor.minus is None else factor
        pieces += [*([TIMES] if pieces else []), partial(held)]
    return tuple(pieces)


def bands(path: Sequence[str], names: Sequence[str], ends: Sequence[tuple[int, int]], placed: Layout,
          theme: Theme) -> Iterator[Item]:  # fmt: skip
    """The ground under the wires and boxes of a path, to be drawn first; `ends` are those of every wire."""
    order = {name: i for i, name in enumerate(names)}
    taken = {(order[a], order[b]) for a, b in pairwise(path)}
    for (source, target), wire in zip(ends, placed.wires, strict=True):
        if (source, target) in taken:
            for curve in (wire.forward, wire.backward):
                if curve is not None:
                    points = tuple(("L" if i else "M", x, y) for i, (x, y) in enumerate(curve.points))
                    yield Path(points, stroke=theme.path, stroke_width=BAND)
    for name in path:
        (x, y), (width, height) = placed.boxes[order[name]], placed.sizes[order[name]]
        yield Rect(x - HALO, y - HALO, width + 2 * HALO, height + 2 * HALO, 9.0 + HALO, theme.path)
