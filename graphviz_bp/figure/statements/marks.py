"""Marks under terms: where a theme tells nothing by hue, gradients in a formula stand on grey, as in the boxes."""

from __future__ import annotations

from functools import cache

from graphviz_bp.figure.page import Item, Outline, Rect
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.ink import Ink, paint

Reach = tuple[float, float, float, float]  # left, top, right, bottom

PAD, CLOSE = 2.0, 4.0  # around a term, and between two marks that are one term


def marked(ink: Ink, x: float, y: float, theme: Theme) -> tuple[Item, ...]:
    """Ink painted with its baseline at (x, y), on grounds for its gradients where the theme tells nothing by hue."""
    painted = paint(ink, x, y, theme.colours, theme.ink)
    if theme.gradient != theme.value:
        return painted
    grounds = (
        Rect(x + left - PAD, y + top - PAD, right - left + 2 * PAD, bottom - top + 2 * PAD, 4.0, theme.gradient_chip)
        for left, top, right, bottom in _terms(ink)
    )
    return (*grounds, *painted)


def _terms(ink: Ink) -> list[Reach]:
    """The reaches of the gradients in a label, marks close to each other taken together."""
    found: list[Reach] = []
    bars = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in ink.bars if b.role == "gradient"]
    letters = [
        (m.x + m.scale * left, m.y + m.scale * top, m.x + m.scale * right, m.y + m.scale * bottom)
        for m in ink.glyphs if m.role == "gradient"
        for left, top, right, bottom in [_reach(m.outline)]
    ]  # fmt: skip
    for one in sorted([*bars, *letters]):
        while near := [other for other in found if _near(one, other)]:
            for other in near:
                found.remove(other)
            several = [one, *near]
            one = (min(r[0] for r in several), min(r[1] for r in several),
                   max(r[2] for r in several), max(r[3] for r in several))  # fmt: skip
        found.append(one)
    return found


def _near(one: Reach, other: Reach) -> bool:
    return (one[0] - CLOSE < other[2] and other[0] - CLOSE < one[2]
            and one[1] - CLOSE < other[3] and other[1] - CLOSE < one[3])  # fmt: skip


@cache
def _reach(outline: Outline) -> Reach:
    numbers = [values for _, *values in outline.commands]
    xs, ys = ([float(v) for some in numbers for v in some[i::2]] or [0.0] for i in (0, 1))
    return min(xs), min(ys), max(xs), max(ys)
