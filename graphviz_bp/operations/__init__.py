"""The operations: two tables (scalar functions, array operations), one row per operation, one record for both."""

from . import array as _array
from . import scalar as _scalar
from .array import static_key
from .record import CODES, OPERATIONS, Operation, Shape, call, f

__all__ = ["CODES", "OPERATIONS", "Operation", "Shape", "call", "f", "static_key"]
del _array, _scalar  # imported for their rows
