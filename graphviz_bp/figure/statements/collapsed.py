"""A graph of more boxes than an eye can follow, drawn as blocks; on an HTML page the blocks open.

A block shows its first and its last name, how many boxes it stands for, and the norms of their values and gradients;
a wire between two blocks says for how many it stands. What was put together is said below the figure and in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from math import hypot
from typing import Any

from graphviz_bp.backprop import Run
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.errors import InputError
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.film import Film, Part
from graphviz_bp.figure.layout.layout import MARGIN, Layout
from graphviz_bp.figure.scene.boxes import GRADIENT, SYMBOL, VALUE, statement
from graphviz_bp.figure.scene.links import links_into
from graphviz_bp.figure.scene.parts import Chip, Link, Scene, Statement
from graphviz_bp.figure.scene.telling import NOTE
from graphviz_bp.figure.statements.blocks import Member, blocks
from graphviz_bp.figure.statements.compose import arrange, page
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.equations import ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row, stack
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import named
from graphviz_bp.notation.shown import show_any
from graphviz_bp.numbers import is_array
from graphviz_bp.progress import counted

MOST_BOXES = 400  # drawn one by one; beyond, they are put together
MOST_INSIDE = 48  # boxes of a block that are drawn one by one when it opens
MOST_PAGES = 40  # laid out beforehand on an HTML page
GAP, WIDE, WIDEST = 14.0, 900.0, 480.0  # between boxes without wires, how wide their rows get, and one box

Block = tuple[str, ...]


def collapsed(run: Run, options: Options) -> Drawing:
    """The figure of a run, a box per block."""
    if options.choice.blanks or options.choice.path:
        sentence = "a figure of blocks blanks and highlights no single box"
        raise InputError(sentence, remedy="draw it with collapse=False, or a smaller graph")
    level = _Level(run, options)
    whole = level.sheet([box.name for box in run.graph.boxes])

    def frames(order: str, theme: Theme) -> Film:
        sentence = f"{len(run.graph.boxes)} boxes are too many to show one by one"
        raise InputError(sentence, remedy="save it as .html, where its blocks open, or draw a part of the graph")

    def opened(theme: Theme) -> tuple[Film, ...]:
        return tuple(level.films(whole, theme))

    return Drawing(partial(page, whole.scene, whole.placed), frames, live=False, opened=opened)


@dataclass(frozen=True)
class _Sheet:
    """What is drawn on one page: blocks, or the boxes of one block."""

    scene: Scene
    placed: Layout
    blocks: Sequence[Block]


@dataclass(frozen=True)
class _Level:
    """A run seen as blocks."""

    run: Run
    options: Options
    _known: dict[Block, dict[str, float]] = field(default_factory=dict)

    @cached_property
    def chain(self) -> Chain:
        """How the run's gradients are written."""
        return Chain(self.run)

    def sheet(self, names: Sequence[str]) -> _Sheet:
        """Boxes as blocks, laid out."""
        found = blocks([self._member(name) for name in names])
        drawn = self._scene(found)
        return _Sheet(drawn, self._placed(drawn), found)

    def _placed(self, drawn: Scene) -> Layout:
        if not drawn.links:
            return _rows(drawn)
        return arrange(drawn, direction=self.options.direction, engine=self.options.engine)

    def _member(self, name: str) -> Member:
        """A box as grouping sees it; the output stays alone."""
        graph = self.run.graph
        box = graph.box(name)
        last = name == self.run.of and not self.chain.children.get(name)
        return Member(name, box.distinct_parents, "output" if last else "node" if box.members else graph.role(name))

    # -- a picture of blocks

    def _scene(self, found: Sequence[Block]) -> Scene:
        """Blocks and the wires between them."""
        count = sum(map(len, found))
        told = f"{count} boxes drawn as {len(found)} blocks"
        note = f"{told}: a block names its first and last, and gives the norms of their values and gradients."
        return Scene(
            statements=tuple(self._block(block) for block in found),
            links=tuple(self._links(found)),
            panel=None,
            notes=words(note if not self.run.symbolic else f"{told}.", NOTE).coloured("partial"),
            title=self._title(len(found)),
            description=f"{told}. {'. '.join(self._spoken(block) for block in found)}.",
        )

    def _title(self, count: int) -> str:
        of = named(self.run.graph, self.run.of).plain
        what = "Computation graph of" if self.run.symbolic else "Backpropagation through"
        return f"{what} {of}, {len(self.run.graph.boxes)} boxes in {count} blocks"

    def _block(self, block: Block) -> Statement:
        graph, choice = self.run.graph, self.options.choice
        if len(block) == 1:
            return self._single(block[0])
        ends = [ink(named(graph, name), SYMBOL) for name in (block[0], block[-1])]
        line = row([ends[0], sign("⋯", SYMBOL), ends[1]], 0.2 * SYMBOL).coloured("ink")
        heading = stack([line, words(self._counted(block), NOTE).coloured("partial")], 3.0, "center")
        of_this_kind = graph.box(block[0])
        made = statement(self.chain, replace(choice, show=frozenset()), of_this_kind)
        return replace(made, title=heading, chips=tuple(self._chips(block)), stacked=False,
                       told=self._spoken(block), spoken=self._spoken(block))  # fmt: skip

    def _single(self, name: str) -> Statement:
        """A box by itself, without its formula where that is as long as its block is large."""
        box, choice = self.run.graph.box(name), self.options.choice
        made = statement(self.chain, choice, box)
        if made.size[0] <= WIDEST:
            return made
        return replace(statement(self.chain, replace(choice, show=choice.show - {"formulas"}), box), spoken=made.spoken)

    def _counted(self, block: Block) -> str:
        kind = {"data": "data", "param": "inputs"}[self.run.graph.role(block[0])] if self._given(block) else "nodes"
        return f"{len(block)} {kind}"

    def _given(self, block: Block) -> bool:
        return not self.run.graph.box(block[0]).members

    def _norms(self, block: Block) -> dict[str, float]:
        """The norms over all numbers of a block: of its values, and of its gradients where it has any."""
        if block not in self._known:
            self._known[block] = self._measured(block)
        return self._known[block]

    def _measured(self, block: Block) -> dict[str, float]:
        run, show = self.run, self.options.choice.show
        if run.symbolic:
            return {}
        found = {"value": _norm(run.raw(name) for name in block)} if "values" in show else {}
        if "gradients" in show and run.graph.role(block[0]) != "data":
            found["gradient"] = _norm(run.step(name).total for name in block)
        return found

    def _chips(self, block: Block) -> Iterable[Chip]:
        for role, norm in self._norms(block).items():
            shown = show_any(norm, **self.run.shown_how)
            inside = Formula(r"\cdot", "·") if role == "value" else self._partial()
            size = VALUE if role == "value" else GRADIENT
            left = Formula(rf"\left\lVert {inside.tex} \right\rVert", f"‖{inside.plain}‖")
            number = ink(Formula(shown.tex, shown.plain), size)
            made: Ink = row([ink(left, size), sign("=" if shown.true else "≈", size), number], 0.27 * size)
            yield Chip(made.coloured(role), role)

    def _partial(self) -> Formula:
        of = named(self.run.graph, self.run.of)
        return Formula(rf"\partial {of.tex} / \partial\,\cdot", f"∂{of.plain}/∂·")

    def _spoken(self, block: Block) -> str:
        graph = self.run.graph
        if len(block) == 1:
            return statement(self.chain, self.options.choice, graph.box(block[0])).spoken
        first, last = (named(graph, name).plain for name in (block[0], block[-1]))
        norms = self._norms(block).items()
        said = "".join(f"; norm of {role}s {show_any(norm, **self.run.shown_how).plain}" for role, norm in norms)
        return f"{self._counted(block)}, {first} to {last}{said}"

    def _links(self, found: Sequence[Block]) -> Iterable[Link]:
        """One wire for all that go from one block to another."""
        graph, show = self.run.graph, self.options.choice.show
        home = {name: k for k, block in enumerate(found) for name in block}
        count: Counter[tuple[int, int]] = Counter()
        back: set[tuple[int, int]] = set()
        for name, here in home.items():
            for parent in graph.box(name).distinct_parents:
                if parent in home and (ends := (home[parent], here)) and ends[0] != here:
                    count[ends] += 1
                    if graph.role(parent) != "data" and (name == self.run.of or self.chain.children.get(name)):
                        back.add(ends)
        for ends, wires in sorted(count.items()):
            label = words(f"{wires} wires", NOTE).coloured("partial") if wires > 1 else None
            spoken = f"{wires} wire{'s' * (wires > 1)} from {found[ends[0]][0]} … to {found[ends[1]][0]} …"
            yield Link(*ends, ends in back and "gradients" in show, label, None, spoken)

    # -- what opens

    def films(self, whole: _Sheet, theme: Theme) -> Iterable[Film]:
        """The whole figure, then the inside of every block that opens, the outer ones first."""
        sheets = [whole]
        for sheet in sheets:  # which grows as blocks are met
            drawn = page(sheet.scene, sheet.placed, theme)
            opens: dict[int, int] = {}
            for place, block in enumerate(sheet.blocks, len(sheet.scene.links)):
                if len(block) > 1 and len(sheets) <= MOST_PAGES:
                    opens[place] = len(sheets)
                    sheets.append(self._inside(block))
            parts = tuple(Part((item,), opens=opens.get(place)) for place, item in enumerate(drawn.items))
            yield Film(drawn.width, drawn.height, drawn.background, parts, (), (), drawn.title, drawn.description)

    def _inside(self, block: Block) -> _Sheet:
        if len(block) > MOST_INSIDE:
            inner = self.sheet(block)
            return replace(inner, scene=replace(inner.scene, title=self._spoken(block)))
        chain, choice, order = self.chain, self.options.choice, {name: k for k, name in enumerate(block)}
        boxes = [self.run.graph.box(name) for name in block]
        statements = tuple(map(self._single, counted(block, "setting the boxes of a block")))
        links = tuple(link for box in boxes for link in links_into(chain, choice, box, order))
        told = ". ".join(made.spoken for made in statements)
        drawn = Scene(statements, links, None, None, self._spoken(block), f"{told}.")
        return _Sheet(drawn, self._placed(drawn), ())


def _rows(drawn: Scene) -> Layout:
    """Boxes that no wire joins, in rows and columns, in their order."""
    sizes = [made.size for made in drawn.statements]
    width, height = max(w for w, _ in sizes), max(h for _, h in sizes)
    columns = max(1, min(len(sizes), int((WIDE + GAP) / (width + GAP))))
    lines = -(-len(sizes) // columns)
    corners = tuple(
        (MARGIN + (k % columns) * (width + GAP), MARGIN + (k // columns) * (height + GAP)) for k in range(len(sizes))
    )
    whole = [2 * MARGIN + count * (size + GAP) - GAP for count, size in ((columns, width), (lines, height))]
    return Layout(whole[0], whole[1], corners, ((width, height),) * len(sizes), ())


def _norm(values: Iterable[Any]) -> float:
    """The root of the sum of squares of all numbers."""
    return hypot(*(hypot(*map(_float, value.flat)) if is_array(value) else _float(value) for value in values))


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")
