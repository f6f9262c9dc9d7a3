"""Are two derivatives equal? Verdicts that are never wrong, each with its evidence."""

from .compare import Comparison
from .verdicts import Counterexample, Outcome, Verdict

__all__ = ["Comparison", "Counterexample", "Outcome", "Verdict"]
