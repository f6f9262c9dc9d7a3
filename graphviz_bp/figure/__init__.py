"""Figures: a scene without coordinates, typeset and laid out, drawn once and written in every format."""

from graphviz_bp.figure.figure import Figure, draw

__all__ = ["Figure", "draw"]
