"""The level of statements: one box per named node, its value and gradient in chips, local partials on the wires."""

from __future__ import annotations

from functools import cache, partial

from graphviz_bp.backprop import Run
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.film import Film
from graphviz_bp.figure.scene.scene import scene
from graphviz_bp.figure.statements.collapsed import MOST_BOXES, collapsed
from graphviz_bp.figure.statements.compose import arrange, page
from graphviz_bp.figure.statements.frames import Story, film, story
from graphviz_bp.figure.themes import Theme


def statements(run: Run, options: Options) -> Drawing:
    """The figure of a run, one box per statement; of a large graph, one per block."""
    if options.collapse and len(run.graph.boxes) > MOST_BOXES:
        return collapsed(run, options)
    drawn = scene(run, options.chain, options.choice)
    arranged = partial(arrange, direction=options.direction, engine=options.engine)

    @cache
    def told(order: str) -> Story:
        return story(run, drawn, order, arranged)

    @cache
    def frames(order: str, theme: Theme) -> Film:
        return film(told(order), theme)

    return Drawing(partial(page, drawn, arranged(drawn)), frames)
