"""The graph as a program for a page: values, gradients and every contribution, worked out again in the browser."""

from .program import MOST, program

__all__ = ["MOST", "program"]
