"""Gradient descent, on one example or on the mean loss over many."""

from .descent import Trajectory, descend

__all__ = ["Trajectory", "descend"]
