"""The levels a run is drawn at, one row each."""

from __future__ import annotations

from collections.abc import Callable

from graphviz_bp.backprop import Run
from graphviz_bp.errors import InputError
from graphviz_bp.figure.cell import cell
from graphviz_bp.figure.choice import ALL
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.matrix import matrix
from graphviz_bp.figure.network import neurons
from graphviz_bp.figure.operations import operations
from graphviz_bp.figure.statements import statements
from graphviz_bp.figure.unrolled import unrolled

LEVELS: dict[str, Callable[[Run, Options], Drawing]] = {
    "statements": statements,
    "operations": operations,
    "matrix": matrix,
    "network": neurons,
    "unrolled": unrolled,
    "cell": cell,
}
CHOOSING = ("statements",)  # levels that leave out or blank what they are asked to


def drawing(run: Run, level: str, options: Options) -> Drawing:
    """The run drawn at a level; InputError where the graph has nothing to show there."""
    if level not in LEVELS:
        raise InputError(f"there is no level {level!r}", remedy=f"the levels are {', '.join(LEVELS)}")
    if options.choice != ALL and level not in CHOOSING:
        remedy = 'use show, hide and highlight with level="statements"'
        raise InputError(f"the level {level} shows all there is", remedy=remedy)
    return LEVELS[level](run, options)
