"""Formulas set as outlines: the font, the signs, LaTeX read and placed."""
