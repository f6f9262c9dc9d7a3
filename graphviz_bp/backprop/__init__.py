"""Backpropagation: values checked, the sweeps in any domain, and every contribution of the chain rule on record."""

from .run import EXACT_LIMIT, LARGE, Run, Step, Term, backprop, numpy_quiet, public, rule_in_words

__all__ = ["EXACT_LIMIT", "LARGE", "Run", "Step", "Term", "backprop", "numpy_quiet", "public", "rule_in_words"]
