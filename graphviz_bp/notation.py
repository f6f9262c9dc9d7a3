"""Nodes, partials and pulls as formulas: LaTeX for figures and papers, plain text for the terminal.

The structure printed is the structure on the tape, in the order the author wrote; SymPy's printers, which reorder
and expand, are not involved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .graph import Graph
from .levels import Box
from .names import SUPERSCRIPTS, plain_label, typeset_name
from .numbers import is_array
from .operations import CODES, Shape
from .shown import show_any
from .tape import INPUT, Tape

CHOICE, SUM, SIGN, ENTRYWISE, PRODUCT, POWER, ATOM = range(7)  # how tightly a formula holds together


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in both alphabets; `level` says how tightly it holds together (`tex_level` in LaTeX)."""

    tex: str
    plain: str
    level: int = ATOM
    tex_level: int = ATOM
    ndim: int = 0  # of an array (2 where it is not known)
    number: bool = False
    minus: Formula | None = None  # the formula without its leading minus sign
    truth: Formula | None = None  # an indicator's condition
    scripted: bool = False  # has a superscript already
    word: bool = False  # a name of several letters, which must not run into its neighbours
    closed: Formula | None = None  # to write instead where something follows: log(a) for log a

    @property
    def array(self) -> bool:
        """Whether this is an array rather than a number."""
        return self.ndim > 0

    def within(self, level: int) -> Formula:
        """The formula in parentheses unless it holds together at least so tightly."""
        tex = self.tex if self.tex_level >= level else f"\\left({self.tex}\\right)"
        text = self.plain if self.level >= level else f"({self.plain})"
        held, tex_held = max(self.level, level), max(self.tex_level, level)
        closed = self.closed if tex == self.tex else None
        return replace(self, tex=tex, plain=text, level=held, tex_level=tex_held, closed=closed)


def named(graph: Graph, name: str) -> Formula:
    """A node's name as it is typeset."""
    label = graph.labels.get(name)
    tex, text = (label, plain_label(label)) if label else typeset_name(name)
    shape = graph.tape.shape(graph.tape.by_name[name])
    scripted, word = "^" in tex or "'" in tex, tex.startswith("\\mathrm")
    return Formula(tex, text, ndim=dimensions(shape), scripted=scripted, word=word)


def followed(formula: Formula) -> Formula:
    """The formula as it is written where a factor follows that it must not swallow."""
    return formula if formula.closed is None else replace(formula.closed, ndim=formula.ndim)


def dimensions(shape: Shape | None) -> int:
    """How many axes a shape has; two where it is not known."""
    return 2 if shape is None else len(shape)


def value(number: Any, decimals: bool = False) -> Formula:
    """A constant as a formula."""
    shown = show_any(number, decimals=decimals, entered=True)
    negative = shown.negative
    level = SIGN if negative else PRODUCT if "/" in shown.plain else ATOM
    ndim = number.ndim if is_array(number) else 0
    out = Formula(shown.tex, shown.plain, level, SIGN if negative else ATOM, number=True, ndim=ndim)
    return replace(out, minus=value(-number, decimals)) if negative and not is_array(number) else out


def derivative(of: Formula, wrt: Formula, d: str = "∂") -> Formula:
    r"""∂z/∂u, or dz/du where total and partial must be kept apart."""
    top = r"\partial " if d == "∂" else r"\mathrm{d}"
    return Formula(f"\\frac{{{top}{of.tex}}}{{{top}{wrt.tex}}}", f"{d}{of.plain}/{d}{wrt.plain}", ndim=wrt.ndim)


def barred(wrt: Formula) -> Formula:
    """ū: the adjoint of a node, whatever gradient was sent back from the output."""
    short = len(wrt.plain) == 1
    return Formula(f"\\bar{{{wrt.tex}}}", f"{wrt.plain}\u0304" if short else f"bar({wrt.plain})", ndim=wrt.ndim)


def formula(graph: Graph, box: Box) -> Formula:
    """The right-hand side of a statement, in the names of the graph."""
    tape = graph.tape
    leaves = {tape.by_name[parent]: named(graph, parent) for parent in box.parents}
    return expression(tape, box.root, leaves)


def expression(tape: Tape, root: int, leaves: Mapping[int, Formula], decimals: bool = False) -> Formula:
    """The formula of a node, down to `leaves` (other named nodes must be among them)."""
    done: dict[int, Formula] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
        elif node in leaves and (node != root or tape.codes[node] == INPUT):
            done[node] = leaves[node]
        elif node in tape.constants:
            done[node] = value(tape.constants[node], decimals)
        else:
            todo = [i for i in tape.operands_of(node) if i not in done]
            if todo:
                stack.extend(reversed(todo))
            else:
                done[node] = _applied(tape, node, [done[i] for i in tape.operands_of(node)])
    return done[root]


def _applied(tape: Tape, node: int, operands: list[Formula]) -> Formula:
    operation = CODES[tape.codes[node]]
    write = WRITTEN.get(operation.name)
    if write is None:
        upright = operation.name.replace("_", r"\_")
        out = _call(operation.tex or f"\\mathrm{{{upright}}}", operation.plain or operation.name, operands)
    else:
        out = write(operands, {**tape.static(node), **_told_by_shapes(tape, node)})
        if operation.name == "exp" and any(name in tape.by_name for name in ("e", "e#")):
            out = _call(r"\exp", "exp", operands)  # e is a node of this graph
    return replace(out, ndim=dimensions(tape.shape(node)))


def _told_by_shapes(tape: Tape, node: int) -> dict[str, Any]:
    """What only the shapes say: which axes `sum_to` sums, and whether a reshape only adds or drops axes of size 1."""
    name, shape = CODES[tape.codes[node]].name, tape.shape(node)
    if name not in ("sum_to", "reshape") or shape is None:
        return {}
    source = tape.shape(tape.operands_of(node)[0]) or ()
    if name == "reshape":
        return {"only ones": [n for n in source if n > 1] == [n for n in shape if n > 1]}
    lead = len(source) - len(shape)
    axes = tuple(i for i, n in enumerate(source) if i < lead or n != shape[i - lead])
    return {"axis": axes if len(axes) < len(source) else None}


def _call(tex: str, plain: str, operands: Sequence[Formula]) -> Formula:
    inside_tex, inside = ", ".join(x.tex for x in operands), ", ".join(x.plain for x in operands)
    called = f"{tex}\\left({inside_tex}\\right)" if _tall(inside_tex) else f"{tex}({inside_tex})"
    return Formula(called, f"{plain}({inside})")


def _tall(tex: str) -> bool:
    return "\\frac" in tex or "\\sum" in tex or "\\left" in tex


def _add(xs: list[Formula], _: Any) -> Formula:
    a, b = xs[0].within(SUM), xs[1]
    if b.minus is not None:
        return _sub([a, b.minus], _)
    b = b.within(SUM)
    return Formula(f"{a.tex} + {b.tex}", f"{a.plain} + {b.plain}", SUM, SUM)


def _sub(xs: list[Formula], _: Any) -> Formula:
    a, b = xs[0].within(SUM), xs[1].within(ENTRYWISE)
    return Formula(f"{a.tex} - {b.tex}", f"{a.plain} − {b.plain}", SUM, SUM)


def _neg(xs: list[Formula], _: Any) -> Formula:
    x = xs[0].within(ENTRYWISE)
    return Formula(f"-{x.tex}", f"−{x.plain}", SIGN, SIGN, minus=xs[0])


def _mul(xs: list[Formula], _: Any) -> Formula:
    a, b = xs
    if a.minus is not None and not a.number:
        return _neg([_mul([a.minus, b], _)], _)
    held = ENTRYWISE if a.array or not b.array else PRODUCT
    a, b = followed(a.within(SIGN if a.number else held)), b.within(held if b.array else PRODUCT)
    if a.array and b.array:
        return Formula(f"{a.tex} \\odot {b.tex}", f"{a.plain} ⊙ {b.plain}", ENTRYWISE, ENTRYWISE)
    tex, text = (f"{a.tex} \\cdot {b.tex}", f"{a.plain}·{b.plain}") if a.tex == b.tex else _side_by_side(a, b)
    out = Formula(tex, text, PRODUCT, PRODUCT)
    if a.minus is not None:
        return replace(out, level=SIGN, tex_level=SIGN, minus=_mul([a.minus, b], _) if a.minus.tex != "1" else b)
    return out


def _side_by_side(a: Formula, b: Formula) -> tuple[str, str]:
    """Two factors: juxtaposed where that can not be misread, else with a dot."""
    signed = b.tex.startswith("-") or b.plain.startswith("(−")
    unclear = signed or b.number or b.tex[:1].isdigit() or (a.number and b.tex.startswith("\\frac"))
    if unclear or b.word or a.word:
        return f"{a.tex} \\cdot {b.tex}", f"{a.plain}·{b.plain}"
    parens = b.plain.startswith("(")
    tight = a.number and not b.word and "·" not in a.plain
    touching = parens or (tight and b.plain[:1].isalpha())
    text = f"{a.plain}{b.plain}" if touching and "/" not in a.plain else f"{a.plain}·{b.plain}"
    return f"{a.tex}{'' if a.number or parens else chr(92) + ','} {b.tex}", text


def _div(xs: list[Formula], _: Any) -> Formula:
    a, b = xs
    if a.minus is not None:
        return _neg([_div([a.minus, b], _)], _)
    top, bottom = a.within(PRODUCT), b.within(POWER)
    return Formula(f"\\frac{{{a.tex}}}{{{b.tex}}}", f"{top.plain}/{bottom.plain}", PRODUCT, ATOM)


def _pow(xs: list[Formula], _: Any) -> Formula:
    base = xs[0].within(ATOM)
    tall = xs[0].tex.startswith("\\frac") or xs[0].tex.startswith("e^")
    tex = f"\\left({xs[0].tex}\\right)" if (xs[0].scripted or tall) and not base.tex.startswith("\\left(") else base.tex
    exponent = xs[1].plain
    script = exponent.translate(SUPERSCRIPTS) if exponent.lstrip("−").isdigit() else f"^{xs[1].within(ATOM).plain}"
    text = f"({base.plain})" if xs[0].scripted and not base.plain.startswith("(") else base.plain
    return Formula(f"{tex}^{{{xs[1].tex}}}", f"{text}{script}", POWER, POWER, scripted=True)


def _exp(xs: list[Formula], _: Any) -> Formula:
    text = f"exp({xs[0].plain})"
    if len(xs[0].plain) > 12 or _tall(xs[0].tex):
        return replace(_call(r"\exp", "exp", xs), plain=text)
    return Formula(f"e^{{{xs[0].tex}}}", text, scripted=True)


def _root(xs: list[Formula], _: Any) -> Formula:
    return Formula(f"\\sqrt{{{xs[0].tex}}}", f"√{xs[0].within(ATOM).plain}")


def _log(name: str, plain: str = "") -> Callable[[list[Formula], Any], Formula]:
    def write(xs: list[Formula], _: Any) -> Formula:
        simple = xs[0].tex_level == ATOM and not xs[0].number and not _tall(xs[0].tex) and "(" not in xs[0].tex
        if simple:
            closed = _call(f"\\{name}", plain or name, xs)
            return Formula(f"\\{name} {xs[0].tex}", f"{plain or name} {xs[0].plain}", PRODUCT, PRODUCT, closed=closed)
        return _call(f"\\{name}", plain or name, xs)

    return write


def _abs(xs: list[Formula], _: Any) -> Formula:
    return Formula(f"\\left|{xs[0].tex}\\right|", f"|{xs[0].plain}|")


def _compared(tex: str, plain: str) -> Callable[[list[Formula], Any], Formula]:
    def write(xs: list[Formula], _: Any) -> Formula:
        a, b = (x.within(SUM) for x in xs)
        return _indicator(Formula(f"{a.tex} {tex} {b.tex}", f"{a.plain} {plain} {b.plain}", CHOICE, CHOICE))

    return write


def _indicator(truth: Formula) -> Formula:
    """1 where it is true, else 0."""
    return Formula(f"\\mathbb{{1}}[{truth.tex}]", f"1[{truth.plain}]", truth=truth)


def _step(xs: list[Formula], _: Any) -> Formula:
    return _compared(">", ">")([xs[0], Formula("0", "0", number=True)], _)


def _where(xs: list[Formula], _: Any) -> Formula:
    condition = xs[0].truth or xs[0]
    if [x.plain for x in xs[1:]] == ["1", "0"]:
        return _indicator(condition)
    if [x.plain for x in xs[1:]] == ["0", "1"]:
        return _sub([Formula("1", "1"), _indicator(condition)], _)
    tex = f"{xs[1].tex}\\ \\text{{if}}\\ {condition.tex}\\ \\text{{else}}\\ {xs[2].tex}"
    return Formula(tex, f"{xs[1].plain} if {condition.plain} else {xs[2].plain}", CHOICE, CHOICE)


def _identity(xs: list[Formula], _: Any) -> Formula:
    return xs[0]


def _matmul(xs: list[Formula], _: Any) -> Formula:
    a, b = followed(xs[0].within(PRODUCT)), xs[1].within(PRODUCT)
    return Formula(f"{a.tex}\\, {b.tex}", f"{a.plain} {b.plain}", PRODUCT, PRODUCT)


def _outer(xs: list[Formula], _: Any) -> Formula:
    return _matmul([xs[0], _transpose(xs[1:], {})], _)


def _transpose(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    if static.get("axes") is not None:
        return _call(r"\mathrm{transpose}", "transpose", xs)
    x = xs[0].within(ATOM)
    if x.scripted and x.tex.endswith("}") and x.tex.count("^{") == 1 and x.tex.rpartition("^{")[2].count("{") == 0:
        return Formula(f"{x.tex[:-1]}\\top}}", f"{x.plain}ᵀ", scripted=True)
    return Formula(f"{x.tex}^{{\\top}}", f"{x.plain}ᵀ", scripted=True)


def _sum(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    below, over = _axis(xs[0], static.get("axis"))
    x = xs[0].within(ENTRYWISE)
    out = Formula(f"\\sum{below} {x.tex}", f"Σ {x.plain}{over}", PRODUCT, PRODUCT)
    return replace(out, closed=Formula(f"\\left({out.tex}\\right)", f"({out.plain})"))


def _axis(x: Formula, axis: Any) -> tuple[str, str]:
    """The axis of a reduction, where there are others."""
    if axis is None or axis == () or x.ndim == 1:
        return "", ""
    named_axis = ", ".join(map(str, axis)) if isinstance(axis, tuple) else str(axis)
    return f"_{{\\text{{axis {named_axis}}}}}", f" over axis {named_axis}"


def _reduced(tex: str, plain: str, usual: Any) -> Callable[[list[Formula], Any], Formula]:
    """A function of an array along an axis, which is named unless it is the usual one."""

    def write(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
        axis = static.get("axis")
        below, over = ("", "") if axis == usual or axis == xs[0].ndim - 1 == usual else _axis(xs[0], axis)
        out = _call(tex + below, plain, xs)
        return replace(out, plain=f"{out.plain[:-1]}{over.replace(' over', ',')})")

    return write


def _reshape(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    return xs[0] if static.get("only ones") else _call(r"\mathrm{reshape}", "reshape", xs)


def _spread(xs: list[Formula], _: Any) -> Formula:
    x = xs[0].within(PRODUCT)
    return Formula(f"{x.tex}\\, \\mathbf{{1}}", f"{x.plain}·𝟏", PRODUCT, PRODUCT)


def _index(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    x = xs[0].within(ATOM)
    key = ", ".join(_key(item) for item in static["key"])
    return Formula(f"{x.tex}[{key}]", f"{x.plain}[{key}]", scripted=x.scripted)


def _place(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    """The adjoint of an index: an array that is zero but at the entries taken."""
    x, key = xs[0].within(PRODUCT), ", ".join(_key(item) for item in static["key"])
    return Formula(f"{x.tex}\\ \\text{{at}}\\ [{key}]", f"{x.plain} at [{key}]", PRODUCT, PRODUCT)


def _key(item: Any) -> str:
    if isinstance(item, tuple) and item[:1] == ("slice",):
        start, stop, step = ("" if part is None else str(part) for part in item[1:])
        return f"{start}:{stop}" + (f":{step}" if step else "")
    return str(list(item)) if isinstance(item, tuple) else "…" if item is Ellipsis else str(item)


def _concat(xs: list[Formula], _: Any) -> Formula:
    return Formula(f"[{';{} '.join(x.tex for x in xs)}]".replace("{}", "\\,"), f"[{'; '.join(x.plain for x in xs)}]")


ONE, TWO, PI = Formula("1", "1", number=True), Formula("2", "2", number=True), Formula(r"\pi", "π")


def _exp2(xs: list[Formula], _: Any) -> Formula:
    return _pow([TWO, xs[0]], _)


def _expm1(xs: list[Formula], _: Any) -> Formula:
    return _sub([_call(r"\exp", "exp", xs), ONE], _)


def _log1p(xs: list[Formula], _: Any) -> Formula:
    return _log("log")([_add([ONE, xs[0]], _)], _)


def _exp_bend(xs: list[Formula], _: Any) -> Formula:
    return _sub([_mul([_call(r"\exp", "exp", xs), _sub([ONE, xs[0]], _)], _), ONE], _)


def _logaddexp(xs: list[Formula], _: Any) -> Formula:
    return _log("log")([_add([_call(r"\exp", "exp", [x]) for x in xs], _)], _)


def _cube_root(xs: list[Formula], _: Any) -> Formula:
    return Formula(f"\\sqrt[3]{{{xs[0].tex}}}", f"∛{xs[0].within(ATOM).plain}")


def _hypot(xs: list[Formula], _: Any) -> Formula:
    return _root([_add([_pow([x, TWO], _) for x in xs], _)], _)


def _times_pi(xs: list[Formula], _: Any) -> Formula:
    return PI if xs[0].plain == "1" else _mul([xs[0], PI] if xs[0].number else [PI, xs[0]], _)


def _times(tex: str, plain: str) -> Callable[[list[Formula], Any], Formula]:
    return lambda xs, _: _mul([Formula(tex, plain, PRODUCT), xs[0]], _)


def _fenced(left: str, right: str, plain: str) -> Callable[[list[Formula], Any], Formula]:
    return lambda xs, _: Formula(f"\\left{left} {xs[0].tex} \\right{right}", f"{plain[0]}{xs[0].plain}{plain[1]}")


def _derived(tex: str, plain: str) -> Callable[[list[Formula], Any], Formula]:
    """The n-th derivative of a function: primes up to three."""

    def write(xs: list[Formula], _: Any) -> Formula:
        order = xs[0].plain
        few = order in ("0", "1", "2", "3")
        marks = ("'" * int(order), "'" * int(order)) if few else (f"^{{({xs[0].tex})}}", f"^({order})")
        return _call(tex + marks[0], plain + marks[1], xs[1:])

    return write


def _with_default(tex: str, plain: str, default: str) -> Callable[[list[Formula], Any], Formula]:
    """A function whose second argument is not written where it is the default."""
    return lambda xs, _: _call(tex, plain, xs[:1] if xs[1].number and xs[1].plain == default else xs)


WRITTEN: dict[str, Callable[[list[Formula], Any], Formula]] = {
    "add": _add, "sub": _sub, "mul": _mul, "div": _div, "pow": _pow, "neg": _neg, "identity": _identity,
    "exp": _exp, "sqrt": _root, "abs": _abs, "log": _log("log"), "ln": _log("ln"), "step": _step, "where": _where,
    "greater": _compared(">", ">"), "less": _compared("<", "<"), "equal": _compared("=", "="),
    "greater_equal": _compared(r"\ge", "≥"), "less_equal": _compared(r"\le", "≤"), "not_equal": _compared(r"\ne", "≠"),
    "matmul": _matmul, "outer": _outer, "transpose": _transpose, "sum": _sum, "sum_to": _sum, "broadcast_to": _spread,
    "index": _index, "place": _place, "concat": _concat, "reshape": _reshape,
    "mean": _reduced(r"\mathrm{mean}", "mean", None),
    "softmax": _reduced(r"\mathrm{softmax}", "softmax", -1),
    "log_softmax": _reduced(r"\mathrm{log\_softmax}", "log_softmax", -1),
    "exp2": _exp2, "expm1": _expm1, "log2": _log("log_{2}", "log₂"), "log10": _log("log_{10}", "log₁₀"), "log1p": _log1p,
    "logaddexp": _logaddexp, "exp_bend": _exp_bend, "cbrt": _cube_root, "hypot": _hypot, "times_pi": _times_pi,
    "deg2rad": _times(r"\frac{\pi}{180}", "π/180"), "rad2deg": _times(r"\frac{180}{\pi}", "180/π"),
    "floor": _fenced(r"\lfloor", r"\rfloor", "⌊⌋"), "ceil": _fenced(r"\lceil", r"\rceil", "⌈⌉"),
    "sinc_nth": _derived(r"\operatorname{sinc}", "sinc"), "polygamma": _derived(r"\psi", "ψ"),
    "leaky_relu": _with_default(r"\operatorname{LeakyReLU}", "LeakyReLU", "0.01"), "defined": _identity,
    "elu": _with_default(r"\operatorname{ELU}", "ELU", "1"), "celu": _with_default(r"\operatorname{CELU}", "CELU", "1"),
    "finite": _identity,
}  # fmt: skip
