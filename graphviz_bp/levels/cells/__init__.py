"""The gated cells of a graph, found from the structure of their statements; no coordinates."""

from __future__ import annotations

from ...errors import InputError
from ...graph import Graph
from .gru import GRU, grus
from .lstm import LSTM, lstms
from .parts import Gate

__all__ = ["GRU", "LSTM", "Gate", "cells"]

REMEDY = (
    "write an LSTM as c1 = f1*c0 + i1*g1; h1 = o1*tanh(c1), a GRU as n1 = tanh(w*x1 + u*(r1*h0)); "
    "h1 = (1 - z1)*h0 + z1*n1, with f1, i1, o1, z1, r1 as sigmoid(...) and g1 as tanh(...)"
)


def cells(graph: Graph) -> tuple[Graph, tuple[LSTM | GRU, ...]]:
    """The graph with a name for everything inside its cells, and the cells, all LSTM or all GRU; refused without any.

    >>> from graphviz_bp import models
    >>> _, (cell,) = cells(models.lstm())
    >>> cell.before, cell.state, cell.hidden, cell.sources
    ('c0', 'c1', 'h1', ('h0', 'x1'))
    >>> _, (cell,) = cells(models.gru())
    >>> cell.before, cell.hidden, cell.source, cell.flips
    ('h0', 'h1', 'x1', 'kept')
    """
    for kind in (lstms, grus):
        opened, found = kind(graph)
        if found:
            return opened, found
    raise InputError("there is neither an LSTM cell nor a GRU cell in this graph", remedy=REMEDY)
