"""What is said of a claim below the figure: the claim, the correct line, the verdict and the mistake, set as ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from graphviz_bp.backprop import Run
from graphviz_bp.check.report import Finding
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.derivation.worked import worked
from graphviz_bp.figure.typesetting.equations import ink, pieces_ink, sign
from graphviz_bp.figure.typesetting.ink import Bar, Ink, row, stack
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.notation.formula import ATOM, PRODUCT, SIGN, Formula
from graphviz_bp.notation.lines import Piece, Pieces, Words, gradient, partial, product, total
from graphviz_bp.notation.nodes import expression, named
from graphviz_bp.notation.shown import Shown
from graphviz_bp.reading.quantities import Quantity, Side

LINE, PROSE = 15.0, 12.5
WIDEST, LONGEST = 470.0, 64  # a line of prose; letters of a formula that is repeated with numbers
Stretch = tuple[str, ...]


class Answer:
    """A finding in lines of ink; the numbers are those of the run."""

    def __init__(self, run: Run, finding: Finding) -> None:
        self.run, self.graph, self.chain, self.finding = run, run.graph, Chain(run), finding

    # -- the two lines

    def claim(self) -> Ink:
        """∂z/∂u = 2u·w = 10·30 = 300"""
        finding = self.finding
        assert finding.reading is not None
        if len(finding.reading.sides) < 2:  # what can not be put together stands as it was typed
            typed = words(finding.claim, PROSE)
            return row([ink(self._left(), LINE), sign("=", LINE), typed], 0.27 * LINE).coloured("ink")
        left, right = finding.reading.sides[finding.step], finding.reading.sides[finding.step + 1]
        parts = [self._side(left), sign("=", LINE), self._side(right)]
        claimed = None if finding.counterexample is None else finding.counterexample.claimed
        if claimed is not None and not right.numeric and not self._of_arrays:
            numbers = self._side(right, numbers=True)
            shown = self.chain.shown(_plain(claimed))
            whole = all(self.chain.shown(x).true for x in self._values(right))
            if numbers is not None:
                parts += [sign("=" if whole else "≈", LINE), numbers]
            parts += [sign("=" if shown.true and whole else "≈", LINE), ink(Formula(shown.tex, shown.plain), LINE)]
        return row([part for part in parts if part is not None], 0.27 * LINE).coloured("ink")

    @property
    def _of_arrays(self) -> bool:
        """Whether the graph has arrays, of which formulas say more than numbers put in."""
        return any(self.graph.tape.shapes)

    def _left(self) -> Formula:
        about = self.finding.quantity
        return self._symbol(about) if about is not None else Formula(self.finding.key, self.finding.key)

    def _side(self, side: Side, numbers: bool = False) -> Ink | None:
        """A side of the claim, in names or with the numbers put in; None for numbers that would say nothing new."""
        if not numbers:
            leaves = {node: self._symbol(quantity) for node, quantity in side.quantities.items()}
            return ink(expression(side.tape, side.root, leaves), LINE)
        if side.quantity is not None:
            return None
        shown = {node: self.chain.shown(self._value(q)) for node, q in side.quantities.items()}
        found = expression(side.tape, side.root, {node: _leaf(each) for node, each in shown.items()})
        return ink(found, LINE) if len(found.plain) <= LONGEST else None

    def _symbol(self, quantity: Quantity) -> Formula:
        if not quantity.of:
            return named(self.graph, quantity.node)
        if quantity.of == self.run.of:
            return self.chain.total(quantity.node)
        return self.chain.partial(quantity.of, quantity.node)

    def _value(self, quantity: Quantity) -> Any:
        if not quantity.of:
            return self.run.raw(quantity.node)
        of = self.run if quantity.of == self.run.of else self.graph.backprop(dict(self.run.given), of=quantity.of)
        return of.step(quantity.node).total

    def _values(self, side: Side) -> list[Any]:
        return [self._value(quantity) for quantity in side.quantities.values()]

    def correct(self, underline: bool) -> Ink | None:
        """∂z/∂u = 2u·w + 6·v = 10·30 + 6·25 = 450, what the claim lacks in the colour of faults."""
        about = self.finding.quantity
        if about is not None and self._of_arrays and not self.finding.step:
            return self._worked(about)
        if about is None or self.run.symbolic or self.finding.step:
            return None
        chain, children = self.chain, self.chain.feeds(about.node)
        if self.graph.role(about.node) == "data" or not children or about.node == self.run.of:
            return self._true_value(about)
        step = self.run.step(about.node)
        way = self._only_way(about.node)
        if len(way) > 2:
            return self._along(way, underline)
        lacking = self._lacking(about.node)
        names = [_product(chain.local(c, about.node), chain.upstream(c)) for c in children]
        factors = dict(zip(chain.terms(step), chain.factors(about.node), strict=True))
        numbers = [_product(*factors[c]) for c in children]
        result = chain.shown(step.total)
        true = all(shown.true for pair in factors.values() for shown in pair if shown is not None)
        parts = [ink(chain.total(about.node), LINE)]
        lone = len(numbers) == 1 and len(numbers[0]) == 1  # a number that is the result already
        for relation, terms in (("=", names), ("=" if true else "≈", numbers))[: 1 if lone else 2]:
            line = self._terms(children, terms, lacking, underline)
            if sum(part.width for part in [*parts, line]) < 1.6 * WIDEST:
                parts += [sign(relation, LINE), line]
        parts += [sign("=" if true and result.true else "≈", LINE), ink(Formula(result.tex, result.plain), LINE)]
        return row(parts, 0.27 * LINE).coloured("ink")

    def _worked(self, about: Quantity) -> Ink | None:
        """∂L/∂W = ∂L/∂a xᵀ, the first line of the derivation."""
        if self.graph.role(about.node) == "data" or about.node == self.run.of:
            return None
        work = worked(self.chain, about.node)
        line = pieces_ink(tuple(Piece(piece.formula, "ink") for piece in work.lines[0].pieces), LINE)
        return row([ink(work.left, LINE), sign("=", LINE), line], 0.27 * LINE).coloured("ink")

    def _true_value(self, about: Quantity) -> Ink | None:
        """∂L/∂x = 3, where the figure has no more to say of it."""
        if self.finding.counterexample is None:
            return None
        shown = self.chain.shown(_plain(self.finding.counterexample.true))
        relation, number = sign("=" if shown.true else "≈", LINE), ink(Formula(shown.tex, shown.plain), LINE)
        return row([ink(self.chain.total(about.node), LINE), relation, number], 0.27 * LINE).coloured("ink")

    def _only_way(self, node: str) -> Stretch:
        """The way from a node to the output, if there is one only."""
        way = [node]
        while way[-1] != self.run.of:
            children = self.chain.feeds(way[-1])
            if len(children) != 1:
                return ()
            way += children
        return tuple(way)

    def _along(self, way: Stretch, underline: bool) -> Ink:
        """∂L/∂w = x · h(1 − h) · (h − y) = 2 · 0.25 · 1 = 0.5, what the claim lacks in the colour of faults."""
        chain, links = self.chain, [*pairwise(way)]
        marks = self.finding.diagnosis.marks if self.finding.diagnosis else ()
        wrong = {link for stretch in marks for link in pairwise(stretch)}
        formulas = [chain.local(child, parent) for parent, child in links]
        numbers = [chain.shown(self.run.partials[child, parent]) for parent, child in links]
        result = chain.shown(self.run.step(way[0]).total)
        true = all(shown.true for shown in numbers)
        parts = [ink(chain.total(way[0]), LINE)]
        for relation, factors in (("=", formulas), ("=" if true else "≈", [_leaf(shown) for shown in numbers])):
            both = [(factor, link) for factor, link in zip(factors, links, strict=True) if factor.plain != "1"]
            line = [self._factor(factor, link in wrong, underline) for factor, link in both]
            dotted = [part for factor in line for part in (sign("·", LINE), factor)][1:]
            parts += [sign(relation, LINE), *dotted] if dotted else []
        parts += [sign("=" if true and result.true else "≈", LINE), ink(Formula(result.tex, result.plain), LINE)]
        return row(parts, 0.27 * LINE).coloured("ink")

    def _factor(self, factor: Formula, wrong: bool, underline: bool) -> Ink:
        made = ink(factor.within(PRODUCT), LINE)
        return _recoloured(made, "fault", underline) if wrong else made

    def _lacking(self, node: str) -> set[str]:
        """The children whose term the claim lacks, or has wrong."""
        marks = self.finding.diagnosis.marks if self.finding.diagnosis else ()
        return {stretch[1] for stretch in marks if len(stretch) > 1 and stretch[0] == node}

    def _terms(self, children: Sequence[str], terms: Sequence[Pieces], lacking: set[str], underline: bool) -> Ink:
        """A sum, its terms one by one with the signs before them."""
        made, at = [], 0
        for number, child in enumerate(children, 1):
            pieces = total(terms[:number])
            mine, at = pieces[at:], len(pieces)
            wrong = child in lacking and len(children) > 1
            set_ = pieces_ink(tuple(Piece(p.formula, "ink") for p in mine), LINE)
            made.append(_recoloured(set_, "fault", underline) if wrong else set_)
        return row(made, 0.27 * LINE)

    # -- prose

    def prose(self) -> list[Ink]:
        """The verdict with its evidence, then the mistake."""
        finding = self.finding
        lines = [_wrapped((f"{finding.verdict}: {finding.reason}",))]
        if finding.diagnosis is not None:
            lines.append(_wrapped(finding.diagnosis.parts))
        return lines


def _product(local: Formula | Shown, upstream: Formula | Shown | None) -> Pieces:
    """2u · w; the local partial alone where the upstream is 1."""
    return product(partial(local), None if upstream is None else gradient(upstream))


def _recoloured(made: Ink, role: str, underline: bool) -> Ink:
    """Ink in one role; underlined where its colour alone would not tell."""
    bare = replace(
        made,
        glyphs=tuple(replace(glyph, role=role) for glyph in made.glyphs),
        bars=tuple(replace(bar, role=role) for bar in made.bars),
        sayings=tuple(replace(saying, role=role) for saying in made.sayings),
    )
    if not underline:
        return bare
    line = Bar(0.0, bare.descent + 2.0, bare.width, 1.2, role)
    return replace(bare, bars=(*bare.bars, line))


def _wrapped(parts: Words) -> Ink:
    """Prose with formulas in it, broken into lines."""
    pieces: list[tuple[Ink, bool]] = []  # and whether a blank comes before
    blank = False
    for part in parts:
        if isinstance(part, Formula):
            pieces.append((ink(part, PROSE), blank))
            blank = False
            continue
        for number, word in enumerate(part.split(" ")):
            if word:
                pieces.append((words(word, PROSE), blank or number > 0))
            blank = not word or part.endswith(" ")
    lines: list[list[Ink]] = [[]]
    width, space = 0.0, 0.26 * PROSE
    for made, spaced in pieces:
        gap = space if spaced and lines[-1] else 0.0
        if lines[-1] and spaced and width + gap + made.width > WIDEST:
            lines.append([])
            width, gap = 0.0, 0.0
        lines[-1] += [Ink(gap, 0.0, 0.0), made] if gap else [made]
        width += gap + made.width
    return stack([row(line) for line in lines], 4.0)


def _leaf(shown: Shown) -> Formula:
    """A number in place of a name: between factors it takes a dot, a negative one brackets."""
    level = SIGN if shown.negative else PRODUCT if "/" in shown.plain or "·" in shown.plain else ATOM
    return Formula(shown.tex, shown.plain, level, level, number=True, word=True)


def _plain(number: Any) -> Any:
    """A number that can be shown."""
    return number if hasattr(number, "numerator") else float(number)
