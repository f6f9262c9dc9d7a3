"""The operations: two tables (scalar functions, array operations), one row per operation, one record for both."""

from . import activations as _activations
from . import array as _array
from . import choices as _choices
from . import convolution as _convolution
from . import fused as _fused
from . import kernels as _kernels
from . import matrices as _matrices
from . import reductions as _reductions
from .array import static_key, work
from .record import CODES, OPERATIONS, Operation, Shape, call, f

__all__ = ["CODES", "OPERATIONS", "Operation", "Shape", "call", "f", "static_key", "work"]
del _activations, _array, _choices, _convolution, _fused, _kernels, _matrices, _reductions  # imported for their rows
