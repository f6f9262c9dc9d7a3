"""The panel below a checked claim: claim and correct line in the same columns, beside them what is to be said."""

from __future__ import annotations

from collections.abc import Iterator

from graphviz_bp.figure.answer import PROSE, WIDEST, Answer
from graphviz_bp.figure.page import Item, Path, Rect
from graphviz_bp.figure.statements.below import PANEL_PAD
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.ink import paint
from graphviz_bp.figure.typesetting.typeset import words

MARK, COLUMN, ROW_GAP = 10.0, 30.0, 15.0  # the size of ✗ and ✓; between columns; between rows


class Panel:
    """The claim and the correct line below the figure, with their marks and what is to be said of them."""

    def __init__(self, answer: Answer, theme: Theme, room: float) -> None:
        self.theme = theme
        right = answer.finding.ok
        correct = None if right else answer.correct(underline=theme.fault == theme.ink)
        self.rows = [(right, "claim", answer.claim()), *([(True, "correct", correct)] if correct is not None else [])]
        role = "correct" if right else "fault"
        self.prose = [line.coloured(role) for line in answer.prose()]
        self.head = max(words(name, PROSE).width for _, name, _ in self.rows) + MARK + 26.0
        self.lines_width = self.head + max(line.width for *_, line in self.rows)
        prose = max(line.width for line in self.prose)
        self.beside = self.lines_width + COLUMN + prose + 2 * PANEL_PAD[0] <= max(2 * WIDEST, room)
        inner = self.lines_width + COLUMN + prose if self.beside else max(self.lines_width, prose)
        self.width = inner + 2 * PANEL_PAD[0]
        self.plain = answer.finding.reason + (f". {answer.finding.diagnosis}" if answer.finding.diagnosis else "")

    def _heights(self) -> list[float]:
        """How high each row is."""
        rows = [line.height for *_, line in self.rows]
        if not self.beside:
            return rows
        prose = [line.height for line in self.prose]
        both = zip(rows + [0.0] * len(prose), prose + [0.0] * len(rows), strict=True)
        return [max(a, b) for a, b in both if a or b]

    @property
    def height(self) -> float:
        """The height of the panel and the margin below it."""
        inner = sum(self._heights()) + ROW_GAP * (len(self._heights()) - 1)
        if not self.beside:
            inner += sum(line.height + 8.0 for line in self.prose) + 4.0
        return inner + 2 * PANEL_PAD[1]

    def items(self, x: float, y: float) -> Iterator[Item]:
        """The panel with its upper left corner here."""
        theme = self.theme
        yield Rect(x, y, self.width, self.height, 10.0, theme.panel)
        left, top = x + PANEL_PAD[0], y + PANEL_PAD[1]
        for number, height in enumerate(self._heights()):
            middle = top + height / 2
            if number < len(self.rows):
                good, name, line = self.rows[number]
                yield _check(left, middle, theme) if good else _cross(left, middle, theme)
                said = words(name, PROSE).coloured("partial")
                baseline = middle - line.height / 2 + line.ascent
                yield from paint(said, left + MARK + 13.0, baseline, theme.colours, theme.ink)
                yield from paint(line, left + self.head, baseline, theme.colours, theme.ink)
            if self.beside and number < len(self.prose):
                prose = self.prose[number]
                right, baseline = left + self.lines_width + COLUMN, middle - prose.height / 2 + prose.ascent
                yield from paint(prose, right, baseline, theme.colours, theme.ink)
            top += height + ROW_GAP
        if not self.beside:
            top -= ROW_GAP - 12.0
            for line in self.prose:
                yield from paint(line, left, top + line.ascent, theme.colours, theme.ink)
                top += line.height + 8.0


def _cross(x: float, y: float, theme: Theme) -> Item:
    half = MARK / 2
    arms = (("M", x, y - half), ("L", x + MARK, y + half), ("M", x + MARK, y - half), ("L", x, y + half))
    return Path(arms, stroke=theme.fault, stroke_width=2.6)


def _check(x: float, y: float, theme: Theme) -> Item:
    half = MARK / 2
    tick = (("M", x - 1, y + 0.5), ("L", x + 0.35 * MARK, y + half), ("L", x + MARK + 1, y - half))
    return Path(tick, stroke=theme.correct, stroke_width=2.6)
