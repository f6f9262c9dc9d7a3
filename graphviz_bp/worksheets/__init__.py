"""Worksheets: a figure with blanks, numbers that work out by hand, the key, and the marking of answers."""

from .sheet import Blank, Marked, Marking, Worksheet, worksheet

__all__ = ["Blank", "Marked", "Marking", "Worksheet", "worksheet"]
