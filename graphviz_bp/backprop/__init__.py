"""Backpropagation: values checked, the sweeps in any domain, and every contribution of the chain rule on record."""

from .partial import public
from .run import Run
from .steps import Step, Term, numpy_quiet
from .verb import EXACT_LIMIT, LARGE, backprop
from .words import rule_in_words

__all__ = ["EXACT_LIMIT", "LARGE", "Run", "Step", "Term", "backprop", "numpy_quiet", "public", "rule_in_words"]
