r"""The algorithms of an MLP in matrix notation, as slides print them: forward, backward, backward in detail.

Each is a table of numbered lines, a statement and what it is called, for L layers with weights W^{[l]}, biases b^{[l]},
a^{[l]} = W^{[l]} z^{[l−1]} + b^{[l]} and z^{[l]} = σ^{[l]}(a^{[l]}).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ..figure.page import Item, Page
from ..figure.themes import Theme
from ..figure.themes import theme as themed
from ..figure.typesetting.ink import Ink, paint, row
from ..figure.typesetting.typeset import formula_or_words, words
from ..figure.writers.svg import svg

Step: TypeAlias = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A title, and lines of (how far indented, formula in LaTeX, what it is)."""

    name: str
    title: str
    lines: tuple[Step, ...]

    @property
    def latex(self) -> str:
        r"""The lines as a LaTeX table; it needs amsmath.

        >>> ALGORITHMS["forward"].latex.splitlines()[1]
        '1 & $\\text{Input: } x,\\; W^{[1]}, \\dots, W^{[L]},\\; b^{[1]}, \\dots, b^{[L]}$ & \\\\'
        """
        lines = enumerate(self.lines, 1)
        rows = [f"{n} & {QUAD * indent}${tex}$ & {remark}".rstrip() + r" \\" for n, (indent, tex, remark) in lines]
        return "\n".join([r"\begin{tabular}{rll}", *rows, r"\end{tabular}"])

    def svg(self, theme: str | Theme = "slate") -> str:
        """The lines as a picture."""
        return svg(self.page(themed(theme)))

    def page(self, colours: Theme) -> Page:
        """The lines as a page for any writer."""
        rows = [_line(n, *line) for n, line in enumerate(self.lines, 1)]
        left = max(ink.width for ink, _ in rows)
        width = left + GAP + max(remark.width for _, remark in rows) + 2 * MARGIN
        items, y = list[Item](), MARGIN
        for ink, remark in rows:
            items += paint(ink, MARGIN, y + ink.ascent, colours.colours, colours.ink)
            items += paint(remark, MARGIN + left + GAP, y + ink.ascent, colours.colours, colours.partial)
            y += ink.height + LEADING
        told = "; ".join(f"{n}: {tex}" for n, (_, tex, _) in enumerate(self.lines, 1))
        return Page(width, y - LEADING + MARGIN, colours.page, tuple(items), self.title, told)


QUAD = r"\quad "
SIZE, SMALL, MARGIN, GAP, LEADING, INDENT = 15.0, 12.5, 14.0, 34.0, 9.0, 22.0


def _line(number: int, indent: int, tex: str, remark: str) -> tuple[Ink, Ink]:
    counted = words(f"{number}:", SMALL)
    formula = formula_or_words(tex, tex, SIZE)
    return row([counted, formula], 10.0 + INDENT * indent), words(f"▹ {remark}" if remark else "", SMALL)


def _d(of: str, wrt: str) -> str:
    return rf"\frac{{\partial {of}}}{{\partial {wrt}}}"


def _dl(wrt: str) -> str:
    return _d(r"\ell", wrt)


_GIVEN = r"\text{Input: } x,\; W^{[1]}, \dots, W^{[L]},\; b^{[1]}, \dots, b^{[L]}"
_KEPT = r"\text{Input: } z^{[0]}, \dots, z^{[L]},\; a^{[1]}, \dots, a^{[L]},\; " + _dl("z^{[L]}")
_UP, _DOWN = r"\text{for } l = 1 \text{ to } L \text{ do}", r"\text{for } l = L \text{ to } 1 \text{ do}"
_FOUND = r"\text{Output: } " + r",\; ".join(
    rf"{_dl(letter + '^{[1]}')}, \dots, {_dl(letter + '^{[L]}')}" for letter in "Wb")  # fmt: skip
_LAST = _dl("z^{[L]}") + r" \odot \sigma'^{[L]}(a^{[L]})"
_WEIGHTS, _BIASES = r"\delta^{[l]} z^{[l-1]\top}", r"\delta^{[l]}"
_BELOW = r"W^{[l]\top} \delta^{[l]} \odot \sigma'^{[l-1]}(a^{[l-1]})"
_SAID = ("error term", "gradient of weights", "gradient of biases", "error term, if l > 1")
_END = (0, r"\text{end for}", "")


def _backward(name: str, title: str, last: str, weights: str, biases: str, below: str) -> Algorithm:
    """The backward pass, its four statements written shortly or with every factor."""
    return Algorithm(name, title, (
        (0, _KEPT, ""),
        (0, rf"\delta^{{[L]}} = {last}", _SAID[0]),
        (0, _DOWN, ""),
        (1, f"{_dl('W^{[l]}')} = {weights}", _SAID[1]),
        (1, f"{_dl('b^{[l]}')} = {biases}", _SAID[2]),
        (1, rf"\delta^{{[l-1]}} = {below}", _SAID[3]),
        _END,
        (0, _FOUND, ""),
    ))  # fmt: skip


ALGORITHMS = {algorithm.name: algorithm for algorithm in (
    Algorithm("forward", "Forward pass through an MLP", (
        (0, _GIVEN, ""),
        (0, r"z^{[0]} = x", "initialize input"),
        (0, _UP, ""),
        (1, r"a^{[l]} = W^{[l]} z^{[l-1]} + b^{[l]}", "linear transformation"),
        (1, r"z^{[l]} = \sigma^{[l]}(a^{[l]})", "nonlinear activation"),
        _END,
        (0, r"\text{Output: } z^{[L]}", ""),
    )),
    _backward("backward", "Backward pass through an MLP", _LAST, _WEIGHTS, _BIASES, _BELOW),
    _backward(
        "detailed", "Backward pass through an MLP, every factor written out",
        f"{_dl('a^{[L]}')} = {_d('z^{[L]}', 'a^{[L]}')} {_dl('z^{[L]}')} = {_LAST}",
        f"{_dl('a^{[l]}')} {_d('a^{[l]}', 'W^{[l]}')} = {_WEIGHTS}",
        f"{_dl('a^{[l]}')} {_d('a^{[l]}', 'b^{[l]}')} = {_BIASES}",
        f"{_dl('a^{[l-1]}')} = {_d('z^{[l-1]}', 'a^{[l-1]}')} {_d('a^{[l]}', 'z^{[l-1]}')} {_dl('a^{[l]}')} = {_BELOW}",
    ),
)}  # fmt: skip
