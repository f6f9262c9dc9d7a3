"""How each operation is written: one row per operation, for those that are not written as name(arguments)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .formula import ATOM, CHOICE, ENTRYWISE, POWER, PRODUCT, SIGN, SUM, Formula, followed
from .names import SUPERSCRIPTS


def called(tex: str, plain: str, operands: Sequence[Formula]) -> Formula:
    inside_tex, inside = ", ".join(x.tex for x in operands), ", ".join(x.plain for x in operands)
    called = f"{tex}\\left({inside_tex}\\right)" if is_tall(inside_tex) else f"{tex}({inside_tex})"
    return Formula(called, f"{plain}({inside})")


def is_tall(tex: str) -> bool:
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
    tex, text = (f"{a.tex} \\cdot {b.tex}", f"{a.plain}·{b.plain}") if _ends_in(a, b) else _side_by_side(a, b)
    out = Formula(tex, text, PRODUCT, PRODUCT)
    if a.minus is not None:
        return replace(out, level=SIGN, tex_level=SIGN, minus=_mul([a.minus, b], _) if a.minus.tex != "1" else b)
    return out


def _ends_in(a: Formula, b: Formula) -> bool:
    """Whether the factor `b` has itself before it, as the last one of `a`."""
    return re.split(r" \\cdot |\\, ", a.tex)[-1] == b.tex


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
    if len(xs[0].plain) > 12 or is_tall(xs[0].tex):
        return replace(called(r"\exp", "exp", xs), plain=text)
    return Formula(f"e^{{{xs[0].tex}}}", text, scripted=True)


def _root(xs: list[Formula], _: Any) -> Formula:
    return Formula(f"\\sqrt{{{xs[0].tex}}}", f"√{xs[0].within(ATOM).plain}")


def _log(name: str, plain: str = "") -> Callable[[list[Formula], Any], Formula]:
    def write(xs: list[Formula], _: Any) -> Formula:
        simple = xs[0].tex_level == ATOM and not xs[0].number and not is_tall(xs[0].tex) and "(" not in xs[0].tex
        if simple:
            closed = called(f"\\{name}", plain or name, xs)
            return Formula(f"\\{name} {xs[0].tex}", f"{plain or name} {xs[0].plain}", PRODUCT, PRODUCT, closed=closed)
        return called(f"\\{name}", plain or name, xs)

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
    if xs[0].ndim == 1 and xs[1].ndim in (1, 2):
        xs = [_transpose(xs[:1], {}), xs[1]]  # a vector on the left is a row
    a, b = followed(xs[0].within(PRODUCT)), xs[1].within(PRODUCT)
    return Formula(f"{a.tex}\\, {b.tex}", f"{a.plain} {b.plain}", PRODUCT, PRODUCT)


def _outer(xs: list[Formula], _: Any) -> Formula:
    return _matmul([xs[0], _transpose(xs[1:], {})], _)


def _transpose(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    if static.get("axes") is not None:
        return called(r"\mathrm{transpose}", "transpose", xs)
    x = xs[0].within(ATOM)
    if x.tex.startswith(r"\frac"):  # ∂L/∂a, transposed
        held = x.plain if x.plain.startswith("(") else f"({x.plain})"
        return Formula(f"\\left({x.tex}\\right)^{{\\top}}", f"{held}ᵀ", scripted=True)
    if x.tex.endswith("^{-1}"):
        return Formula(f"{x.tex.removesuffix('1}')}\\top}}", f"{x.plain.removesuffix('¹')}ᵀ", scripted=True)
    if x.scripted and x.tex.endswith("}") and x.tex.count("^{") == 1 and x.tex.rpartition("^{")[2].count("{") == 0:
        return Formula(f"{x.tex[:-1]}\\top}}", f"{x.plain}ᵀ", scripted=True)
    if x.tex[-2:-1] == "^":  # W^Y, as an author may write it
        return Formula(f"{x.tex[:-1]}{{{x.tex[-1]}\\top}}", f"{x.plain}ᵀ", scripted=True)
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
    axes = axis if isinstance(axis, tuple) else (axis,)
    named_axis = ", ".join(str(a % x.ndim) for a in axes)
    return f"_{{\\text{{axis {named_axis}}}}}", f" over axis {named_axis}"


def _reduced(tex: str, plain: str, usual: Any) -> Callable[[list[Formula], Any], Formula]:
    """A function of an array along an axis, which is named unless it is the usual one."""

    def write(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
        axis = static.get("axis")
        below, over = ("", "") if axis == usual or axis == xs[0].ndim - 1 == usual else _axis(xs[0], axis)
        out = called(tex + below, plain, xs)
        return replace(out, plain=f"{out.plain[:-1]}{over.replace(' over', ',')})")

    return write


def _mean(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    """1/N in front of the sum over all entries; the word mean along an axis, or where N is not known."""
    count = static.get("count")
    if static.get("axis") is not None or count is None:
        return _reduced(r"\mathrm{mean}", "mean", None)(xs, static)
    total = _sum(xs, {})
    out = Formula(f"\\frac{{1}}{{{count}}} {total.tex}", f"1/{count} {total.plain}", PRODUCT, PRODUCT)
    return replace(out, closed=Formula(f"\\left({out.tex}\\right)", f"({out.plain})"))


def _extreme(name: str) -> Callable[[list[Formula], Any], Formula]:
    def write(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
        below, over = _axis(xs[0], static.get("axis"))
        return replace(called(f"\\{name}{below}", name, xs), plain=f"{name}({xs[0].plain}{over.replace(' over', ',')})")

    return write


def _share(name: str) -> Callable[[list[Formula], Any], Formula]:
    """1 where an entry is the largest."""

    def write(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
        return _compared("=", "=")([xs[0], _extreme(name)(xs, static)], static)

    return write


def _norm(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    below, over = _axis(xs[0], static.get("axis"))
    return Formula(f"\\left\\lVert {xs[0].tex} \\right\\rVert{below}", f"‖{xs[0].plain}‖{over}")


def _cumsum(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    back = static.get("reverse")
    if back:
        return called(r"\mathrm{cumsum}_{\text{from the end}}", "cumsum from the end", xs)
    return called(r"\mathrm{cumsum}", "cumsum", xs)


def _diag(xs: list[Formula], _: Any) -> Formula:
    """diag(x), where the diagonal is a number all along that number times I."""
    x = xs[0]
    if x.tex.endswith(r"\mathbf{1}"):
        return replace(x, tex=x.tex.replace(r"\mathbf{1}", "I"), plain=x.plain.replace("𝟏", "I"))
    return called(r"\mathrm{diag}", "diag", xs)


def _inverse(xs: list[Formula], _: Any) -> Formula:
    x = xs[0].within(ATOM)
    tex = f"\\left({x.tex}\\right)" if x.scripted and not x.tex.startswith("\\left") else x.tex
    return Formula(f"{tex}^{{-1}}", f"{x.plain}⁻¹", scripted=True)


def _convolved(mark: str, plain: str, step: str = "stride") -> Callable[[list[Formula], Any], Formula]:
    """X ∗ K + b, with stride and padding under the sign where they are not 1 and 0.

    What flows back to K is X ∗ ȳ, in which ȳ is dilated by what was the stride.
    """

    def write(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
        given = ((step, static.get("stride", 1), 1), ("padding", static.get("padding", 0), 0))
        facts = [f"{word} {_size(value)}" for word, value, usual in given if value != usual]
        under = f"_{{\\text{{{', '.join(facts)}}}}}" if facts else ""
        a, b = followed(xs[0].within(ENTRYWISE)), xs[1].within(PRODUCT)
        said = f" ({', '.join(facts)})" if facts else ""
        out = Formula(f"{a.tex} \\ast{mark}{under} {b.tex}", f"{a.plain} {plain} {b.plain}{said}", ENTRYWISE, ENTRYWISE)
        return _add([out, xs[2]], {}) if len(xs) > 2 else out

    return write


def _size(value: Any) -> str:
    return " × ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _window(tex: str, plain: str) -> Callable[[list[Formula], Any], Formula]:
    """Pooling, with the window's size."""

    def write(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
        size = static.get("size", 2)
        rows, columns = size if isinstance(size, tuple) else (size, size)
        under = f"_{{{rows} \\times {columns}}}"
        facts = [f"{word} {_size(static[word])}" for word in ("stride", "padding") if static.get(word)]
        more = "".join(f",\\, \\text{{{fact}}}" for fact in facts)
        inside = [*xs[:-1], Formula(xs[-1].tex + more, ", ".join([xs[-1].plain, *facts]))]
        return called(tex + under, f"{plain} {rows}×{columns}", inside)

    return write


def _huber(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    delta = static.get("delta", 1)
    under = "" if delta == 1 else f"_{{\\delta = {delta}}}"
    return called(r"\mathrm{Huber}" + under, "Huber" + (f" δ={delta}" if under else ""), xs)


def _reshape(xs: list[Formula], static: Mapping[str, Any]) -> Formula:
    return xs[0] if static.get("only ones") else called(r"\mathrm{reshape}", "reshape", xs)


def _spread(xs: list[Formula], _: Any) -> Formula:
    x = xs[0].within(PRODUCT)
    if x.plain == "1":
        return Formula(r"\mathbf{1}", "𝟏")
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
    return _sub([called(r"\exp", "exp", xs), ONE], _)


def _log1p(xs: list[Formula], _: Any) -> Formula:
    return _log("log")([_add([ONE, xs[0]], _)], _)


def _exp_bend(xs: list[Formula], _: Any) -> Formula:
    return _sub([_mul([called(r"\exp", "exp", xs), _sub([ONE, xs[0]], _)], _), ONE], _)


def _logaddexp(xs: list[Formula], _: Any) -> Formula:
    return _log("log")([_add([called(r"\exp", "exp", [x]) for x in xs], _)], _)


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
        return called(tex + marks[0], plain + marks[1], xs[1:])

    return write


def _with_default(tex: str, plain: str, default: str) -> Callable[[list[Formula], Any], Formula]:
    """A function whose second argument is not written where it is the default."""
    return lambda xs, _: called(tex, plain, xs[:1] if xs[1].number and xs[1].plain == default else xs)


WRITTEN: dict[str, Callable[[list[Formula], Any], Formula]] = {
    "add": _add, "sub": _sub, "mul": _mul, "div": _div, "pow": _pow, "neg": _neg, "identity": _identity,
    "exp": _exp, "sqrt": _root, "abs": _abs, "log": _log("log"), "ln": _log("ln"), "step": _step, "where": _where,
    "greater": _compared(">", ">"), "less": _compared("<", "<"), "equal": _compared("=", "="),
    "greater_equal": _compared(r"\ge", "≥"), "less_equal": _compared(r"\le", "≤"), "not_equal": _compared(r"\ne", "≠"),
    "matmul": _matmul, "outer": _outer, "transpose": _transpose, "sum": _sum, "sum_to": _sum, "broadcast_to": _spread,
    "index": _index, "place": _place, "concat": _concat, "reshape": _reshape,
    "mean": _mean, "var": _reduced(r"\mathrm{Var}", "Var", None), "dot": _matmul, "stack": _concat,
    "max_along": _extreme("max"), "min_along": _extreme("min"),
    "argmax_share": _share("max"), "argmin_share": _share("min"),
    "logsumexp_along": _reduced(r"\mathrm{logsumexp}", "logsumexp", None), "norm": _norm, "cumsum": _cumsum,
    "inv": _inverse, "diag": _diag, "huber": _huber,
    **dict.fromkeys(("conv1d", "conv2d"), _convolved("", "∗")),
    **dict.fromkeys(("conv1d_image", "conv2d_image"), _convolved(r"^{\top}", "∗ᵀ")),
    **dict.fromkeys(("conv1d_kernel", "conv2d_kernel"), _convolved("", "∗", "dilation")),
    "maxpool": _window(r"\mathrm{maxpool}", "maxpool"), "maxpool_image": _window(r"\mathrm{unpool}", "unpool"),
    "maxpool_taken": _window(r"\mathrm{take}", "take"), "avgpool": _window(r"\mathrm{avgpool}", "avgpool"),
    "avgpool_image": _window(r"\mathrm{avgpool}^{\top}", "avgpoolᵀ"),
    "softmax": _reduced(r"\mathrm{softmax}", "softmax", -1),
    "log_softmax": _reduced(r"\log\mathrm{softmax}", "log softmax", -1),
    "exp2": _exp2, "expm1": _expm1, "log2": _log("log_{2}", "log₂"), "log10": _log("log_{10}", "log₁₀"),
    "log1p": _log1p,
    "logaddexp": _logaddexp, "exp_bend": _exp_bend, "cbrt": _cube_root, "hypot": _hypot, "times_pi": _times_pi,
    "deg2rad": _times(r"\frac{\pi}{180}", "π/180"), "rad2deg": _times(r"\frac{180}{\pi}", "180/π"),
    "floor": _fenced(r"\lfloor", r"\rfloor", "⌊⌋"), "ceil": _fenced(r"\lceil", r"\rceil", "⌈⌉"),
    "sinc_nth": _derived(r"\operatorname{sinc}", "sinc"), "polygamma": _derived(r"\psi", "ψ"),
    "leaky_relu": _with_default(r"\operatorname{LeakyReLU}", "LeakyReLU", "0.01"), "defined": _identity,
    "elu": _with_default(r"\operatorname{ELU}", "ELU", "1"), "celu": _with_default(r"\operatorname{CELU}", "CELU", "1"),
    "finite": _identity,
}  # fmt: skip
