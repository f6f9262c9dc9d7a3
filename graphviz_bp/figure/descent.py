"""A descent as a film: the figure with the parameters of one step after the other, all on one layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphviz_bp.backprop import Run
from graphviz_bp.errors import InputError
from graphviz_bp.figure.choice import choice
from graphviz_bp.figure.film import Film, Part
from graphviz_bp.figure.page import Page
from graphviz_bp.figure.scene.parts import Scene, Statement
from graphviz_bp.figure.scene.scene import scene
from graphviz_bp.figure.scene.telling import NOTE
from graphviz_bp.figure.statements.compose import arrange, page
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.ink import paint
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.figure.writers import MOVING
from graphviz_bp.figure.writers.html import html
from graphviz_bp.notation.nodes import named

SHOWN = ("values", "gradients", "formulas")  # what changes stands in the boxes, where there is room for it
CAPTION = 26.0  # the height of the line below


def film(runs: Sequence[Run], captions: Sequence[str], theme: Theme) -> Film:
    """The runs as frames, each with its caption below."""
    scenes = _with_room([scene(run, False, choice(run, SHOWN, None)) for run in runs])
    placed = arrange(scenes[0])
    pages = [_captioned(page(each, placed, theme), said, theme) for each, said in zip(scenes, captions, strict=True)]
    width, height = (max(getattr(each, side) for each in pages) for side in ("width", "height"))
    parts = tuple(Part(each.items, frozenset([k, 0] if k == len(pages) else [k])) for k, each in enumerate(pages, 1))
    known = tuple(each.description for each in scenes)
    title = f"Gradient descent on {named(runs[0].graph, runs[0].of).plain}"
    return Film(width, height, theme.page, parts, tuple(captions), known, title, known[-1])


def written(shown: Film, theme: Theme, ending: str) -> bytes:
    """The film as a page with buttons (html) or playing by itself (gif)."""
    if ending == "html":
        return html(shown, theme)
    if ending not in MOVING:
        raise InputError(f"a descent is not saved as .{ending}", remedy=f"use .html or .{', .'.join(MOVING)}")
    return MOVING[ending](shown)


def _with_room(scenes: Sequence[Scene]) -> list[Scene]:
    """The scenes with boxes of one size: each chip has room for the widest number that it will hold."""
    same = [_roomy(boxes) for boxes in zip(*(each.statements for each in scenes), strict=True)]
    bare = tuple(replace(link, outer=None, inner=None) for link in scenes[0].links)
    return [replace(each, notes=None, links=bare, statements=boxes)
            for each, boxes in zip(scenes, zip(*same, strict=True), strict=True)]  # fmt: skip


def _roomy(boxes: Sequence[Statement]) -> list[Statement]:
    """One box at every step, its chips alike in width and in how they stand."""
    rooms = [max(chip.ink.width for chip in chips) for chips in zip(*(box.chips for box in boxes), strict=True)]
    stacked = any(box.stacked for box in boxes)
    chips = [[replace(chip, room=room) for chip, room in zip(box.chips, rooms, strict=True)] for box in boxes]
    return [replace(box, stacked=stacked, chips=tuple(wide)) for box, wide in zip(boxes, chips, strict=True)]


def _captioned(drawn: Page, caption: str, theme: Theme) -> Page:
    said = words(caption, NOTE + 1.0)
    line = paint(said, 16.0, drawn.height + CAPTION / 2, theme.colours, theme.ink)
    return replace(drawn, height=drawn.height + CAPTION, items=(*drawn.items, *line))
