"""The chain rule worked out: the rule, the local partials, the numbers, the result; as text, Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .backprop import Run, Step, Term
from .errors import InputError
from .graph import Graph
from .notation import PRODUCT, SUM, Formula, derivative, formula, named
from .numbers import is_array
from .rules import local_partial, pull_formula
from .shown import Shown, holds, show_any

CLOSED_FORM_LIMIT = 60  # nodes; beyond, a closed form is no help to a reader


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an equation and the role it plays: "gradient", "partial", "value", or "ink" for the signs between."""

    formula: Formula
    role: str = "ink"


@dataclass(frozen=True, slots=True)
class Line:
    """One right-hand side of an equation, how it is joined to what stands before, and a remark."""

    pieces: tuple[Piece, ...]
    relation: str = "="
    remark: str = ""

    @property
    def tex(self) -> str:
        """The right-hand side as LaTeX."""
        return " ".join(piece.formula.tex for piece in self.pieces)

    @property
    def plain(self) -> str:
        """The right-hand side as plain text."""
        return " ".join(piece.formula.plain for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Working:
    """How one local partial comes about: the statement, the partial, and the rules in words."""

    statement: Line
    left: Formula
    lines: tuple[Line, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Worked:
    """The chain rule at one node: `left = lines`, with the workings of its local partials."""

    node: str
    left: Formula
    lines: tuple[Line, ...]
    workings: tuple[Working, ...] = ()
    terms: tuple[Term, ...] = field(default=(), repr=False)


TIMES = Piece(Formula(r"\cdot", "·"))
PLUS, MINUS = Piece(Formula("+", "+")), Piece(Formula("-", "−"))
ONE = Formula("1", "1", number=True)


class Chain:
    """How the gradients of one run are written: its symbols, its local partials, its displayed numbers."""

    def __init__(self, run: Run) -> None:
        self.run, self.graph = run, run.graph
        self.of = named(run.graph, run.of)

    @cached_property
    def children(self) -> dict[str, tuple[str, ...]]:
        """The children of every node that the output depends on, each once, in creation order."""
        live, out = {self.run.of}, dict[str, list[str]]()
        for box in reversed(self.graph.boxes):
            if box.name in live:
                for parent in box.distinct_parents:
                    live.add(parent)
                    out.setdefault(parent, []).insert(0, box.name)
        return {name: tuple(found) for name, found in out.items()}

    @cached_property
    def d(self) -> str:
        """∂, or d where a node feeds the output both directly and through others: total and partial differ there."""
        mixed = any(self.run.of in found and len(found) > 1 for found in self.children.values())
        return "d" if mixed else "∂"

    def total(self, name: str) -> Formula:
        """The gradient of a node as a symbol: ∂z/∂u."""
        return derivative(self.of, named(self.graph, name), self.d)

    def partial(self, child: str, parent: str) -> Formula:
        """A local partial as a symbol: ∂v/∂u."""
        return derivative(named(self.graph, child), named(self.graph, parent))

    def shown(self, number: Any) -> Shown:
        """A number of this run as it is displayed."""
        return show_any(number, decimals=self.run.decimals)

    def upstream(self, child: str) -> Formula:
        """A child's gradient in the names of the graph where that is short, else as its symbol."""
        if self.children.get(child) == (self.run.of,):
            found = local_partial(self.graph, self.run.of, child) if self.is_number(child) else None
            if found is not None and len(found.plain) <= 24:
                return found
        return self.total(child)

    def feeds(self, name: str) -> list[str]:
        """The children a gradient comes back from: the output first, the others in creation order."""
        found = [c for c in self.children.get(name, ()) if pull_formula(self.graph, c, name, ONE) is not None]
        return sorted(found, key=lambda c: c != self.run.of)

    def is_number(self, name: str) -> bool:
        """Whether a node is a single number."""
        return self.graph.tape.shape(self.graph.tape.by_name[name]) == ()

    def grouped(self, step: Step) -> dict[str, list[Term]]:
        """A step's terms by child: several uses in one child share one local partial."""
        groups: dict[str, list[Term]] = {}
        for term in sorted(step.terms, key=lambda t: t.child != self.run.of):
            groups.setdefault(term.child, []).append(term)
        return groups


def derive(run: Run, wrt: str | None = None, *, order: str = "pull", closed_form: bool | None = None) -> Derivation:
    """The chain rule worked out for one node (`wrt`), or for every node, output first.

    `order="pull"` gathers each node's gradient from its children; `order="push"` lets each node in turn hand back to
    its parents, as backpropagation runs. `closed_form` adds the result in the inputs alone; by default where it is a
    short polynomial or quotient.
    """
    if order not in ("pull", "push"):
        raise InputError(f"{order!r} is not an order", remedy='use order="pull" or order="push"')
    chain = Chain(run)
    if wrt is not None:
        _check_wrt(run, wrt)
    if order == "push":
        return Derivation(run, wrt, order, tuple(_push(chain, wrt)))
    names = [wrt] if wrt is not None else [b.name for b in reversed(run.graph.boxes) if run.graph.role(b.name) != "data"]
    return Derivation(run, wrt, order, tuple(worked(chain, name, closed_form) for name in names))


def _check_wrt(run: Run, wrt: str) -> None:
    run.graph.box(wrt)
    if run.graph.role(wrt) == "data":
        raise InputError(f"{wrt} is data, and no gradient of it is asked", remedy=f"declare it as a parameter: param {wrt}")


def worked(chain: Chain, name: str, closed_form: bool | None = False) -> Worked:
    """The chain rule at one node, from the rule down to the number."""
    run, graph = chain.run, chain.graph
    left = chain.total(name)
    children = chain.feeds(name)
    if name == run.of:
        return Worked(name, left, (Line((Piece(_seed(chain), "gradient"),), remark="every derivation starts here: the output's gradient"),))
    if not children:
        return Worked(name, left, (Line((Piece(Formula("0", "0"), "gradient"),), remark=_why_zero(chain, name)),))
    arrays = not all(map(chain.is_number, (name, *children, run.of)))
    lines = _array_lines(chain, name, children) if arrays else _number_lines(chain, name, children)
    if not arrays and closed_form is not False:
        lines = _with_closed_form(chain, name, lines, closed_form)
    return Worked(name, left, tuple(lines), () if children == [run.of] and not arrays else tuple(_working(chain, name, child) for child in children),
                  () if run.symbolic else run.step(name).terms)  # fmt: skip


def _seed(chain: Chain) -> Formula:
    if chain.run.symbolic:
        return ONE
    shown = chain.shown(chain.run.step(chain.run.of).total)
    return Formula(shown.tex, shown.plain)


def _why_zero(chain: Chain, name: str) -> str:
    of = chain.of.plain
    return f"nothing flows back here: {of} depends on it only through comparisons" if chain.children.get(name) else f"{of} does not depend on it"


def _number_lines(chain: Chain, name: str, children: Sequence[str]) -> list[Line]:
    run, graph = chain.run, chain.graph
    end = run.of
    if children == [end]:
        return _direct_lines(chain, name)
    rule = _summed([_factors(Piece(chain.partial(child, name), "partial"), None if child == end else Piece(chain.total(child), "gradient"))
                    for child in children])  # fmt: skip
    words = "the chain rule: a sum over the nodes that {0} feeds" if len(children) > 1 else "the chain rule"
    partials = [local_partial(graph, child, name) or ONE for child in children]
    ups = [None if child == end else chain.upstream(child) for child in children]
    names = _summed([_factors(Piece(p, "partial"), up and Piece(up, "gradient")) for p, up in zip(partials, ups, strict=True)])
    lines = [
        Line(rule, remark=words.format(named(graph, name).plain)),
        Line(names, remark=f"the local partial{'s' * (len(children) > 1)}, in the names of the graph"),
    ]
    return lines if run.symbolic else _without_echo(lines + _numbers(chain, name))


def _direct_lines(chain: Chain, name: str) -> list[Line]:
    """The gradient of a node that feeds only the output: its local partial."""
    run, end = chain.run, chain.run.of
    working = _working(chain, name, end)
    first = [] if chain.d == "∂" else [Line((Piece(working.left, "partial"),), remark="only directly")]
    partial = Line(working.lines[0].pieces, remark=f"{working.rule}, from {working.statement.plain}")
    if run.symbolic:
        return [*first, partial]
    total = chain.shown(run.step(name).total)
    factors = number_terms(chain, name)
    up = factors[0][1]
    seeded = [] if up is None else [Line(_factors(Piece(_formula(factors[0][0]), "partial"), Piece(_formula(up), "gradient")), remark="times the seed")]
    return _without_echo([*first, partial, *seeded, Line((Piece(_formula(total), "gradient"),), "=" if total.true else "≈", "the result")])


def _without_echo(lines: list[Line]) -> list[Line]:
    """A line that only says the one before again is left out."""
    return [line for i, line in enumerate(lines) if i == 0 or line.plain != lines[i - 1].plain]


def _numbers(chain: Chain, name: str) -> list[Line]:
    """The numbers put in, their sum, the result; = where the displayed digits hold, else ≈."""
    factors = number_terms(chain, name)
    total = chain.shown(chain.run.step(name).total)
    result = (Piece(_formula(total), "gradient"),)
    put_in = _summed([_factors(Piece(_formula(local).within(PRODUCT), "partial"), up and Piece(_formula(up), "gradient")) for local, up in factors])
    true = all(local.true and (up is None or up.true) for local, up in factors)
    lines = [Line(put_in, "=" if true else "≈", "numbers")]
    agrees = holds([[x for x in pair if x is not None] for pair in factors], total)
    return [*lines, Line(result, "=" if agrees else "≈", "the result")]


def number_terms(chain: Chain, name: str) -> list[tuple[Shown, Shown | None]]:
    """Local partial and upstream gradient of each child as displayed; no upstream where the child is the output."""
    out: list[tuple[Shown, Shown | None]] = []
    for child, terms in chain.grouped(chain.run.step(name)).items():
        local = sum((t.local for t in terms[1:]), terms[0].local)
        out.append((chain.shown(local), None if child == chain.run.of and _is_one(terms[0].upstream) else chain.shown(terms[0].upstream)))
    return out


def _is_one(value: Any) -> bool:
    return not is_array(value) and value == 1


def _formula(shown: Shown) -> Formula:
    level = SUM if shown.negative else PRODUCT + 1
    return Formula(shown.tex, shown.plain, level, level, number=True)


def _factors(local: Piece, upstream: Piece | None) -> tuple[Piece, ...]:
    """local · upstream, in parentheses where the author's sums need them."""
    if upstream is None:
        return (local,)
    return (Piece(local.formula.within(PRODUCT), local.role), TIMES, Piece(upstream.formula.within(PRODUCT), upstream.role))


def _summed(terms: Iterable[tuple[Piece, ...]]) -> tuple[Piece, ...]:
    """Terms joined by plus, or by minus where a term starts with one."""
    out: list[Piece] = []
    for term in terms:
        minus = term[0].formula.minus if out else None
        if out:
            out.append(PLUS if minus is None else MINUS)
        first = term[0] if minus is None else Piece(minus.within(PRODUCT), term[0].role)
        if out and minus is None and term[0].formula.tex.startswith("-"):
            first = Piece(term[0].formula.within(6), term[0].role)
        out.extend((first, *term[1:]))
    return tuple(out)


def _array_lines(chain: Chain, name: str, children: Sequence[str]) -> list[Line]:
    """A gradient array: what each child hands back, as the blackboard writes it, then the numbers."""
    run, graph = chain.run, chain.graph
    terms = []
    for child in children:
        found = pull_formula(graph, child, name, None if child == run.of and chain.is_number(child) else chain.total(child))
        if found is not None:
            terms.append((Piece(found, "gradient"),))
    shape = graph.tape.shape(graph.tape.by_name[name])
    size = f", of the shape of {named(graph, name).plain}: {' × '.join(map(str, shape))}" if shape else ""
    lines = [Line(_summed(terms), remark=("a sum over the nodes it feeds" if len(terms) > 1 else "what comes back through the one node it feeds") + size)]
    if not run.symbolic:
        total = chain.shown(run.step(name).total)
        lines.append(Line((Piece(_formula(total), "gradient"),), "=" if total.true else "≈", "numbers"))
    return lines


def _with_closed_form(chain: Chain, name: str, lines: list[Line], wanted: bool | None) -> list[Line]:
    from .algebra import closed_form

    if not wanted and len(chain.graph.tape) > CLOSED_FORM_LIMIT:
        return lines
    found = closed_form(chain.graph, chain.run.of, name, any_length=bool(wanted))
    if found is None:
        return lines
    if chain.run.symbolic:
        if lines and lines[-1].plain == found.plain:
            return lines
        return [*lines, Line((Piece(found, "gradient"),), remark="in closed form")]
    last = lines[-1]
    return [*lines[:-1], Line(last.pieces, last.relation, f"{last.remark} (closed form in the inputs: {found.plain})")]


def _working(chain: Chain, name: str, child: str) -> Working:
    """One local partial: from which statement, by which rules."""
    graph, run = chain.graph, chain.run
    box = graph.box(child)
    right = formula(graph, box)
    statement = Line((Piece(named(graph, child)), Piece(Formula("=", "=")), Piece(right)))
    from .backprop import rule_in_words

    rules = [rule_in_words(graph, box, use) for use, parent in zip(box.uses, box.parents, strict=True) if parent == name]
    rule = "; ".join(dict.fromkeys(rules))
    if not (chain.is_number(child) and chain.is_number(name)):
        return Working(statement, chain.total(name), (), rule)
    found = local_partial(graph, child, name) or ONE
    lines = [Line((Piece(found, "partial"),))]
    if not run.symbolic and not found.number:
        number = chain.shown(run.partials[child, name])
        lines.append(Line((Piece(_formula(number), "partial"),), "=" if number.true else "≈"))
    return Working(statement, chain.partial(child, name), tuple(lines), rule)


def chain_line(chain: Chain, name: str) -> tuple[Piece, list[tuple[str, tuple[Piece, ...]]]]:
    """The chain rule of one node on one line: the rule, the numbers, their products, the result."""
    work = worked(chain, name, False)
    lines = list(work.lines)
    if not chain.run.symbolic and len(lines) > 2 and chain.is_number(name) and work.terms:
        names = next((i for i, line in enumerate(lines) if line.remark.startswith("the local partial")), None)
        if names is not None:
            del lines[names]  # the wires of the figure say it
        products = _products(chain, name)
        if products is not None:
            lines.insert(-1, products)
    return Piece(work.left, "gradient"), [(line.relation, line.pieces) for line in _without_echo(lines)]


def _products(chain: Chain, name: str) -> Line | None:
    """300 + 150: the contributions before they are added."""
    groups = chain.grouped(chain.run.step(name))
    if len(groups) < 2:
        return None
    shown, true = [], True
    for terms, factors in zip(groups.values(), number_terms(chain, name), strict=True):
        product = chain.shown(sum((t.contribution for t in terms[1:]), terms[0].contribution))
        true = true and holds([[x for x in factors if x is not None]], product)
        shown.append((Piece(_formula(product), "gradient"),))
    return Line(_summed(shown), "=" if true else "≈")


def _push(chain: Chain, wrt: str | None) -> Iterable[Worked]:
    """Backpropagation as it runs: each node, its own gradient complete, adds to the gradients of its parents."""
    run, graph = chain.run, chain.graph
    if run.symbolic:
        raise InputError("push order shows running sums, so it needs values", remedy="derive from a run: graph.backprop({...})")
    yield Worked(run.of, chain.total(run.of), (Line((Piece(_seed(chain), "gradient"),), remark="start at the output"),))
    sums: dict[str, Any] = {}
    for parent, term in run.pushes:
        if wrt is not None and parent != wrt:
            continue
        before, sums[parent] = sums.get(parent), term.contribution if parent not in sums else sums[parent] + term.contribution
        yield Worked(parent, chain.total(parent), tuple(_pushed(chain, parent, term, before, sums[parent])), terms=(term,))


def _pushed(chain: Chain, parent: str, term: Term, before: Any, after: Any) -> Iterable[Line]:
    graph, words = chain.graph, f"{named(chain.graph, term.child).plain} hands back to {named(chain.graph, parent).plain}"
    prefix = () if before is None else (Piece(_formula(chain.shown(before)), "gradient"), PLUS)
    if not (chain.is_number(term.child) and chain.is_number(parent)):
        found = pull_formula(graph, term.child, parent, None if term.child == chain.run.of else chain.total(term.child)) or ONE
        yield Line((*prefix, Piece(found, "gradient")), "←", words)
        shown = chain.shown(after)
        yield Line((Piece(_formula(shown), "gradient"),), "=" if shown.true else "≈", "so far")
        return
    local, up, total = chain.shown(term.local), chain.shown(term.upstream), chain.shown(after)
    found = local_partial(graph, term.child, parent, term.slot) or ONE
    yield Line((*prefix, *_factors(Piece(found, "partial"), Piece(chain.total(term.child), "gradient"))), "←", words)
    yield Line((*prefix, *_factors(Piece(_formula(local), "partial"), Piece(_formula(up), "gradient"))), "=" if local.true and up.true else "≈")
    products = [[local, up], *([] if before is None else [[chain.shown(before)]])]
    yield Line((Piece(_formula(total), "gradient"),), "=" if holds(products, total) else "≈", "added to what is there" if prefix else "the first contribution")


class Derivation:
    """A derivation to print: `.text` (also `str(...)`), `.markdown`, `.latex`; `.worked` holds its parts.

    >>> from graphviz_bp import parse
    >>> print(parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).derive("v"))
    ∂z/∂v = w   the local partial, in the names of the graph
          = 30  the result (closed form in the inputs: 6u)
    <BLANKLINE>
    z = v·w:  ∂z/∂v = w = 30  product rule (each factor receives the other factor)
    """

    def __init__(self, run: Run, wrt: str | None, order: str, steps: tuple[Worked, ...]) -> None:
        self.run, self.wrt, self.order, self.worked = run, wrt, order, steps

    @property
    def text(self) -> str:
        """Plain text for a terminal, remarks in a column of their own."""
        parts = [_text(step) for step in self.worked]
        return "\n\n".join(part for part in parts if part) + _notes_text(self.run)

    @property
    def markdown(self) -> str:
        """Markdown with LaTeX formulas between dollar signs."""
        parts = [_markdown(self.run.graph, step) for step in self.worked]
        notes = "".join(f"\n> {note}\n" for note in self.run.notes) if not self.run.symbolic else ""
        return "\n\n".join(parts) + "\n" + notes

    @property
    def latex(self) -> str:
        r"""LaTeX `align*` environments, one per node; they need amsmath and amssymb."""
        return "% needs \\usepackage{amsmath,amssymb}\n" + "\n\n".join(_latex(step) for step in self.worked) + "\n"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<derivation of {', '.join(dict.fromkeys(step.node for step in self.worked))}>"

    def _repr_latex_(self) -> str:
        return self.latex

    def _repr_markdown_(self) -> str:
        return self.markdown


def _text(step: Worked) -> str:
    lefts = [step.left.plain] + [""] * (len(step.lines) - 1)
    width = len(step.left.plain)
    rows = [f"{left:<{width}} {line.relation} {line.plain}" for left, line in zip(lefts, step.lines, strict=True)]
    reach = max(len(row) for row, line in zip(rows, step.lines, strict=True) if line.remark or True)
    told = [f"{row:<{reach}}  {line.remark}".rstrip() for row, line in zip(rows, step.lines, strict=True)]
    if not step.workings:
        return "\n".join(told)
    return "\n".join([*told, "", *_aligned([_working_text(w) for w in step.workings])])


def _working_text(working: Working) -> tuple[str, str, str]:
    worked = working.left.plain + "".join(f" {line.relation} {line.plain}" for line in working.lines) if working.lines else ""
    return f"{working.statement.plain}:", worked, working.rule


def _aligned(rows: list[tuple[str, str, str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    return [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}".rstrip() if widths[1] else f"{a:<{widths[0]}}  {c}" for a, b, c in rows]


def _notes_text(run: Run) -> str:
    if run.symbolic or not run.notes:
        return ""
    return "\n\n" + "\n".join(f"note: {note}" for note in run.notes)


def _markdown(graph: Graph, step: Worked) -> str:
    body = " \\\\\n".join(f"{step.left.tex if i == 0 else ''} &{_tex_relation(line)} {line.tex}" + (f" && \\text{{{line.remark.split(' (closed')[0]}}}" if line.remark else "")
                          for i, line in enumerate(step.lines))  # fmt: skip
    out = [f"**Gradient at ${named(graph, step.node).tex}$**", "", "$$", "\\begin{aligned}", body, "\\end{aligned}", "$$"]
    for working in step.workings:
        partial = "".join(f" {_tex_relation(line)} {line.tex}" for line in working.lines)
        told = f": ${working.left.tex}{partial}$" if partial else ""
        out.append(f"- ${working.statement.tex}${told} — {working.rule}")
        if working is step.workings[0]:
            out.insert(-1, "")
    return "\n".join(out)


def _latex(step: Worked) -> str:
    rows = [f"  {step.left.tex if i == 0 else ''} &{_tex_relation(line)} {line.tex}" + (f" && \\text{{{tex_words(line.remark)}}}" if line.remark else "")
            for i, line in enumerate(step.lines)]  # fmt: skip
    for working in step.workings:
        if working.lines:
            partial = "".join(f" {_tex_relation(line)} {line.tex}" for line in working.lines[1:])
            rows.append(f"  {working.left.tex} &{_tex_relation(working.lines[0])} {working.lines[0].tex}{partial} && \\text{{{tex_words(working.rule)}}}")
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _tex_relation(line: Line) -> str:
    return {"=": "=", "≈": r"\approx", "←": r"\leftarrow"}[line.relation]


_TEX_WORDS = {"∂": r"$\partial$", "σ": r"$\sigma$", "⊙": r"$\odot$", "−": "$-$", "²": "$^2$", "³": "$^3$", "·": r"$\cdot$", "'": "'",
              "→": r"$\to$", "_": r"\_", "^": r"\^{}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}"}  # fmt: skip


def tex_words(text: str) -> str:
    """Prose inside a formula: what TeX would read as a command or cannot set is written so that it can."""
    from .names import FROM_GREEK

    out = []
    for character in text:
        if character in FROM_GREEK:
            out.append(f"$\\{FROM_GREEK[character]}$")
        elif "₀" <= character <= "₉":
            out.append(f"$_{ord(character) - ord('₀')}$")
        else:
            out.append(_TEX_WORDS.get(character, character))
    return "".join(out)
