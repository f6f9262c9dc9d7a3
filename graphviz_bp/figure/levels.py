"""The levels a run is drawn at, one row each."""

from __future__ import annotations

from collections.abc import Callable

from graphviz_bp.backprop import Run
from graphviz_bp.errors import InputError
from graphviz_bp.figure.choice import ALL
from graphviz_bp.figure.circuit.operations import operations
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.matrix.matrix import matrix
from graphviz_bp.figure.network.network import neurons
from graphviz_bp.figure.recurrent.cell import cell
from graphviz_bp.figure.recurrent.unrolled import unrolled
from graphviz_bp.figure.statements.statements import statements

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
