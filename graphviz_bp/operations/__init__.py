"""The operations: two tables (scalar functions, array operations), one row per operation, one record for both."""

from . import activations as _activations
from . import array as _array
from . import choices as _choices
from . import kernels as _kernels
from .array import static_key
from .record import CODES, OPERATIONS, Operation, Shape, call, f

__all__ = ["CODES", "OPERATIONS", "Operation", "Shape", "call", "f", "static_key"]
del _activations, _array, _choices, _kernels  # imported for their rows
