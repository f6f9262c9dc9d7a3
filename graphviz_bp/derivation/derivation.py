"""Derivations to read: the chain rule at one node or at all of them, as text, Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import combining

from ..backprop import Run
from ..errors import InputError
from ..graph import Graph
from ..notation.lines import Line, Words
from ..notation.names import FROM_GREEK
from ..notation.nodes import named
from ..notation.shown import DIGITS
from ..notation.style import Style
from .chain import Chain
from .worked import Worked, Working, pushed_back, worked

LAYOUT = "a gradient has the shape of the variable it belongs to (denominator layout)"
LONGEST_REMARK = 60  # letters that stand beside an equation on a page; longer remarks stand below


def derive(run: Run, wrt: str | None = None, *, order: str = "pull", closed_form: bool | None = None,
           notation: str = "leibniz", digits: int = DIGITS, layers: str | None = None) -> Derivation:  # fmt: skip
    """The chain rule worked out for one node (`wrt`), or for every node, output first.

    `order="pull"` gathers each node's gradient from its children; `order="push"` lets each node in turn hand back to
    its parents, as backpropagation runs. `closed_form` adds the result in the inputs alone; by default where it is a
    short polynomial or quotient. `notation`, `digits` and `layers` say how it is written (style.py).
    """
    if order not in ("pull", "push"):
        raise InputError(f"{order!r} is not an order", remedy='use order="pull" or order="push"')
    run = run.written(Style(notation, digits, layers))
    chain, graph = Chain(run), run.graph
    _check_shapes(graph)
    if wrt is not None and graph.role(graph.box(wrt).name) == "data":
        raise InputError(f"{wrt} is data, and no gradient of it is asked", remedy=f"make it a parameter: param {wrt}")
    if order == "push":
        return Derivation(run, wrt, order, tuple(pushed_back(chain, wrt)))
    names = [box.name for box in reversed(graph.boxes) if graph.role(box.name) != "data"] if wrt is None else [wrt]
    return Derivation(run, wrt, order, tuple(worked(chain, name, closed_form) for name in names))


def _check_shapes(graph: Graph) -> None:
    for name in graph.inputs:
        if graph[name].shape is None:
            raise InputError(f"the shape of {name} is unknown without values", remedy=f"declare it: {name}: (2, 3)")


class Derivation:
    """A derivation to print: `.text` (also `str(...)`), `.markdown`, `.latex`; `.worked` holds its parts.

    >>> from graphviz_bp import parse
    >>> print(parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).derive("v"))
    ∂z/∂v = w   product rule (each factor receives the other factor), from z = v·w
          = 30  the result (closed form in the inputs: 6u)
    """

    def __init__(self, run: Run, wrt: str | None, order: str, steps: tuple[Worked, ...]) -> None:
        self.run, self.wrt, self.order, self.worked = run, wrt, order, steps

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of the run, if it has numbers, and how gradients of arrays are laid out."""
        layout = () if self.run.graph.tape.scalar else (LAYOUT,)
        return layout if self.run.symbolic else (*self.run.notes, *layout)

    @property
    def text(self) -> str:
        """Plain text for a terminal, remarks in a column of their own."""
        notes = "\n".join(f"note: {note}" for note in self.notes)
        return "\n\n".join([*map(_text, self.worked), *([notes] if notes else [])])

    @property
    def markdown(self) -> str:
        """Markdown with LaTeX formulas between dollar signs."""
        return (
            "\n\n".join([*(_markdown(self.run.graph, w) for w in self.worked), *(f"> {n}" for n in self.notes)]) + "\n"
        )

    @property
    def latex(self) -> str:
        r"""LaTeX `align*` environments, one per node; they need amsmath and amssymb."""
        parts = ["% needs \\usepackage{amsmath,amssymb}", *map(_latex, self.worked)]
        return "\n\n".join([*parts, *(tex_words((note,)) + "." for note in self.notes)]) + "\n"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<derivation of {', '.join(dict.fromkeys(step.node for step in self.worked))}>"

    def _repr_markdown_(self) -> str:
        return self.markdown  # what notebooks show; MathJax and KaTeX both set its aligned equations

    def _repr_latex_(self) -> str:
        return self.latex.partition("\n\n")[2]  # what a notebook made into a PDF takes


# -- plain text


def _text(step: Worked) -> str:
    lefts = [step.left.plain, *[" " * _width(step.left.plain)] * (len(step.lines) - 1)]
    rows = [(f"{left} {x.relation} {x.plain}", x.remarked) for left, x in zip(lefts, step.lines, strict=True)]
    told = _columns(rows)
    if step.workings:
        told += ["", *_columns([_working_row(working) for working in step.workings])]
    return "\n".join(told)


def _working_row(working: Working) -> tuple[str, ...]:
    partial = "".join(f" {line.relation} {line.plain}" for line in working.lines)
    return f"{working.statement.plain}:", f"{working.left.plain}{partial}" if partial else "", working.rule


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows with their columns aligned; an empty column takes no room."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    padded = ([cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True) if w] for row in rows)
    return ["  ".join(cells).rstrip() for cells in padded]


def _width(text: str) -> int:
    """How many letters wide a text is: a bar or a hat stands over its letter."""
    return sum(not combining(c) for c in text)


# -- LaTeX and Markdown


def _rows(step: Worked) -> list[str]:
    """The lines of an aligned environment, short remarks in a column of their own."""
    lefts = [step.left.tex, *[""] * (len(step.lines) - 1)]
    return [
        f"  {left} &{_relation(line)} {line.tex}" + (f" && \\text{{{tex_words(line.remark)}}}" if _fits(line) else "")
        for left, line in zip(lefts, step.lines, strict=True)
    ]


def _fits(line: Line) -> bool:
    return 0 < len(line.remarked) <= LONGEST_REMARK


def _told(step: Worked) -> list[tuple[Words, str]]:
    """What stands below the equations: remarks too long to stand beside them, and how the local partials came about."""
    out: list[tuple[Words, str]] = [
        (line.remark, f"{step.left.tex} {_relation(line)} {line.tex}")
        for line in step.lines
        if len(line.remarked) > LONGEST_REMARK
    ]
    for working in step.workings:
        partial = "".join(f" {_relation(line)} {line.tex}" for line in working.lines)
        name, _, right = (piece.formula for piece in working.statement.pieces)
        out.append(((working.rule, ", from ", name, " = ", right), f"{working.left.tex}{partial}"))
    return out


def _latex(step: Worked) -> str:
    equations = "\\begin{align*}\n" + " \\\\\n".join(_rows(step)) + "\n\\end{align*}"
    return "\n\n".join([equations, *(f"\\noindent ${tex}$: {tex_words(words)}." for words, tex in _told(step))])


def _markdown(graph: Graph, step: Worked) -> str:
    parts = [f"**Gradient at ${named(graph, step.node).tex}$**", ""]
    parts += ["$$", "\\begin{aligned}", " \\\\\n".join(_rows(step)), "\\end{aligned}", "$$"]
    told = [f"- ${tex}$: {_markdown_words(words)}" for words, tex in _told(step)]
    return "\n".join([*parts, *([""] if told else []), *told])


def _markdown_words(words: Words) -> str:
    return "".join(part if isinstance(part, str) else f"${part.tex}$" for part in words)


def _relation(line: Line) -> str:
    return {"=": "=", "≈": r"\approx", "←": r"\leftarrow"}[line.relation]


# what prose may hold that TeX would read as a command or cannot set
_TEX_WORDS = {
    "∂": r"$\partial$", "⊙": r"$\odot$", "−": "$-$", "²": "$^2$", "³": "$^3$", "·": r"$\cdot$", "→": r"$\to$",
    "×": r"$\times$", "_": r"\_", "^": r"\^{}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
    "\\": r"\textbackslash{}",
}  # fmt: skip


def tex_words(words: Words) -> str:
    """Prose with formulas in it as TeX has it."""
    return "".join(_escaped(part) if isinstance(part, str) else f"${part.tex}$" for part in words)


def _escaped(text: str) -> str:
    return "".join(f"$\\{FROM_GREEK[c]}$" if c in FROM_GREEK else _TEX_WORDS.get(c, c) for c in text)
