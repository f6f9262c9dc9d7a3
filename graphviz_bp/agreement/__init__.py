"""Gradients from elsewhere held against a run: which agree, by how much the others are off, and where that starts."""

from .arrays import arrays_in
from .compare import Agreement, compare
from .match import Match

__all__ = ["Agreement", "Match", "arrays_in", "compare"]
