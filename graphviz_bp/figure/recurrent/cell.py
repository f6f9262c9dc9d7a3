"""An LSTM or a GRU cell on its template: the state's line on top, gates in a row, the bus of their sources below."""

from __future__ import annotations

from graphviz_bp.backprop import Run, backprop
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.network.lessons import of_cell
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.recurrent.gru import GRUFigure
from graphviz_bp.figure.recurrent.lstm import LSTMFigure
from graphviz_bp.levels.cells import LSTM, cells


def cell(run: Run, options: Options) -> Drawing:
    """The figure of the first cell of a run; InputError if the graph has none."""
    graph, (first, *others) = cells(run.graph)
    if run.symbolic:
        opened = backprop(graph, None, of=run.of, symbolic=True)
    else:
        opened = backprop(graph, run.given, of=run.of, seed=run.step(run.of).total)
    sheet, count = Sheet(opened.written(run.style)), 1 + len(others)
    figure = LSTMFigure(sheet, first, count) if isinstance(first, LSTM) else GRUFigure(sheet, first, count)
    return figure.picture().drawing(lambda order: of_cell(sheet, first, order))
