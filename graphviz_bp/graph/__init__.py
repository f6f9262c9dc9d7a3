"""Graphs: the tape, operators on it, and the finished graph."""

from .finish import graph
from .graph import Graph

__all__ = ["Graph", "graph"]
