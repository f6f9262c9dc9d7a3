"""Boxes and wires in their places, by Graphviz and by rule."""
