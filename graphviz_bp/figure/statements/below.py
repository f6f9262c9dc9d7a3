"""What stands below a drawing: the chain rule or a caption for each frame in a panel, and the notes in small print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from graphviz_bp.figure.film import Part
from graphviz_bp.figure.page import Item, Rect
from graphviz_bp.figure.scene.captions import Caption
from graphviz_bp.figure.scene.parts import Scene
from graphviz_bp.figure.statements.marks import marked
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.ink import Ink, paint
from graphviz_bp.figure.typesetting.typeset import words

PANEL_PAD, PANEL_GAP, MARGIN = (20.0, 11.0), 18.0, 14.0
HEAD, HEAD_GAP = 12.5, 16.0  # the size of "step 7 of 8, backward", and the gap after it
NARROWEST = 560.0  # what a caption may take before it is broken, however small the figure


def whole(scene: Scene, size: tuple[float, float], theme: Theme) -> tuple[list[Item], float, float]:
    """The panel with the chain rule and the notes, centred below a graph of this size; the page's size with them."""
    panel, notes = scene.panel, scene.notes
    widths = [
        size[0],
        panel.width + 2 * (PANEL_PAD[0] + MARGIN) if panel else 0.0,
        notes.width + 2 * MARGIN if notes else 0.0,
    ]
    width, y = max(widths), size[1]
    found: list[Item] = []
    if panel is not None:
        y += PANEL_GAP - MARGIN
        w, h = panel.width + 2 * PANEL_PAD[0], panel.height + 2 * PANEL_PAD[1]
        x = (width - w) / 2
        found += [
            Rect(x, y, w, h, 10.0, theme.panel),
            *marked(panel, x + PANEL_PAD[0], y + PANEL_PAD[1] + panel.ascent, theme),
        ]
        y += h + MARGIN
    if notes is not None:
        found += paint(notes, (width - notes.width) / 2, y + notes.ascent, theme.colours, theme.ink)
        y += notes.height + MARGIN
    return found, width, y


def lines(captions: Sequence[Caption]) -> tuple[str, ...]:
    """The captions in words, each with where it stands."""
    return tuple(f"step {k} of {len(captions)}, {c.way}: {c.plain}" for k, c in enumerate(captions, 1))


class Below:
    """The ground below a film, of one size for all captions, each beginning at the same place; then the notes.

    `size` is that of the graph above it; the graph stands `shift` to the right of where it was laid out.
    """

    def __init__(self, size: tuple[float, float], captions: Sequence[Caption], panel: Ink | None, notes: Ink | None):
        steps = list(enumerate(captions, 1))
        self.captions, self.panel, self.notes = captions, panel, notes
        self.heads = [words(f"step {k} of {len(captions)}, {c.way}", HEAD).coloured("partial") for k, c in steps]
        self.indent = max(head.width for head in self.heads) + HEAD_GAP
        limit = max(NARROWEST, size[0] - 2 * (MARGIN + PANEL_PAD[0])) - self.indent
        self.bodies = [caption.ink(limit) for caption in captions]
        inner = max(self.indent + max(body.width for body in self.bodies), panel.width if panel else 0.0)
        tallest = max(ink.height for ink in self._all())
        self.inner, self.tall = inner + 2 * PANEL_PAD[0], tallest + 2 * PANEL_PAD[1]
        self.top = size[1] + PANEL_GAP - MARGIN
        self.width = max(size[0], self.inner + 2 * MARGIN, notes.width + 2 * MARGIN if notes else 0.0)
        self.height = self.top + self.tall + MARGIN + (notes.height + MARGIN if notes else 0.0)
        self.shift = (self.width - size[0]) / 2

    def _all(self) -> Iterable[Ink]:
        return [*self.bodies, *([self.panel] if self.panel else [])]

    def parts(self, theme: Theme) -> Iterator[Part]:
        """The ground, then a caption for each frame, and the chain rule for all of it; the notes on the way back."""
        x, y = (self.width - self.inner) / 2, self.top
        yield Part((Rect(x, y, self.inner, self.tall, 10.0, theme.panel),))
        for frame, (head, body) in enumerate(zip(self.heads, self.bodies, strict=True), 1):
            baseline = self._baseline(y, body)
            said: list[Item] = [*paint(head, x + PANEL_PAD[0], baseline, theme.colours, theme.ink)]
            said += marked(body, x + PANEL_PAD[0] + self.indent, baseline, theme)
            yield Part(tuple(said), frozenset([frame]))
        if self.panel is not None:
            left = x + (self.inner - self.panel.width) / 2
            inked = marked(self.panel, left, self._baseline(y, self.panel), theme)
            yield Part(inked, frozenset([0]))
        if self.notes is not None:
            back = next(k for k, caption in enumerate(self.captions, 1) if caption.way == "backward")
            left, top = (self.width - self.notes.width) / 2, self.top + self.tall + MARGIN
            inked = paint(self.notes, left, top + self.notes.ascent, theme.colours, theme.ink)
            yield Part(inked, frozenset([0, *range(back, len(self.captions) + 1)]))

    def _baseline(self, y: float, ink: Ink) -> float:
        return y + (self.tall - ink.height) / 2 + ink.ascent
