"""Graphs: the tape, operators on it, and the finished graph."""

from .graph import Graph, graph, listed

__all__ = ["Graph", "graph", "listed"]
