"""Which mistake was made: a table of mistakes, and the backward pass replayed with each of them."""

from .diagnosis import Diagnoser, Diagnosis
from .table import FAULTS, Fault

__all__ = ["FAULTS", "Diagnoser", "Diagnosis", "Fault"]
