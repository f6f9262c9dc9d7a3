"""The gradient of a graph as a graph again: to draw, to run, to differentiate once more."""

from .sweep import backward
from .verb import extended, gradient_graph

__all__ = ["backward", "extended", "gradient_graph"]
