"""Many scalar nodes at once: the entries of arrays as nodes of their own, and operations on whole arrays of nodes.

    tape = Tape()
    W, x, b = (inputs_in(tape, name, shape) for name, shape in (("W", (2, 3)), ("x", (3,)), ("b", (2,))))
    h = each(tape, "tanh", added(tape, each(tape, "mul", W, x), b))     two neurons, 15 nodes

An array of nodes is a NumPy array of integers. What is made here is the same tape that operators would make.
"""

from __future__ import annotations

from array import array
from typing import Any

from ..numbers import numpy
from ..operations import OPERATIONS, Shape
from .tape import Tape


def inputs_in(tape: Tape, name: str, shape: Shape) -> Any:
    """A scalar input for every entry of an array, `W_1_1`, `W_1_2`, ...; values may be given as the array `W`."""
    block = tape.block(name, shape)
    return numpy().arange(block.first, block.first + len(block), dtype=numpy().int32).reshape(shape)


def each(tape: Tape, name: str, *operands: Any) -> Any:
    """An operation applied entry by entry to arrays of nodes, which broadcast.

    >>> tape = Tape()
    >>> x = inputs_in(tape, "x", (3,))
    >>> each(tape, "mul", x, x), tape.operands_of(4)
    (array([3, 4, 5], dtype=int32), (1, 1))
    """
    np, operation = numpy(), OPERATIONS[name]
    operands = np.broadcast_arrays(*operands)
    if not tape.scalar or tape.folding or not operation.elementwise or operation.arity not in (None, len(operands)):
        raise ValueError(f"{name} can not be applied to {len(operands)} arrays of scalar nodes here")
    return _append(tape, operation.code, np.stack(operands, axis=-1))


def added(tape: Tape, terms: Any, last: Any = None) -> Any:
    """The sum along the last axis, as the chain of additions t₁ + t₂ + ..., and at its end plus `last`."""
    np = numpy()
    if last is not None:
        terms = np.concatenate([terms, np.broadcast_to(last, terms.shape[:-1])[..., None]], axis=-1)
    *shape, count = terms.shape
    if count == 1:
        return terms[..., 0]
    first = len(tape)
    sums = np.arange(first, first + terms.size // count * (count - 1), dtype=np.int32).reshape(*shape, count - 1)
    pairs = np.stack([np.concatenate([terms[..., :1], sums[..., :-1]], axis=-1), terms[..., 1:]], axis=-1)
    return _append(tape, OPERATIONS["add"].code, pairs)[..., -1]


def _append(tape: Tape, code: int, operands: Any) -> Any:
    """A node for every row of operands."""
    np = numpy()
    *shape, arity = operands.shape
    first, count, start = len(tape), operands.size // arity, len(tape.operands)
    tape.codes.extend(array("H", [code]) * count)
    tape.shapes.extend(array("H", [0]) * count)
    tape.operands.frombytes(np.ascontiguousarray(operands, dtype=np.intc).tobytes())
    tape.ends.frombytes((start + arity * np.arange(1, count + 1, dtype=np.int64)).tobytes())
    return np.arange(first, first + count, dtype=np.int32).reshape(shape)
