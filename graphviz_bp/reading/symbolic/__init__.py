"""SymPy expressions read into graphs, in the order SymPy prints them; what occurs twice becomes one node.

The walk is a loop with a stack of its own, so expressions may be as deep as they like. A symbol's name is only ever a
name: nothing is evaluated.
"""

from .statements import from_sympy

__all__ = ["from_sympy"]
