"""The table of array operations, with NumPy's semantics: one row per operation, one pull per operand.

Gradients have the shape of the variable they belong to (denominator layout). The table is closed under pulls:
every adjoint is a row too (index ↔ place, broadcast_to ↔ sum_to, concat ↔ index of a slice).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from ..errors import InputError
from ..numbers import numpy, plain
from .record import Operation, Shape, broadcast, enter, f
from .scalar import PRODUCT, spelled


def array(name: str, words: str, value: Callable[..., Any], pulls: Any, shape: Callable[..., Shape], *,
          arity: int | None = 1, rule: str = "linear", statics: dict[str, Any] | None = None, **row: Any) -> None:  # fmt: skip
    """Enter an array operation; `statics` are the facts it takes by keyword, with their defaults."""
    facts = statics or {}
    enter(Operation(name, rule, words, value, shape, arity, pulls=pulls, statics=tuple(facts),
                    defaults=tuple(facts.items()), **row))  # fmt: skip


def work(operation: Operation, operands: Sequence[Shape], out: Shape) -> float:
    """About how many numbers are computed on the way to a value: n·k·m for (n, k) @ (k, m)."""
    if operation.rule == PRODUCT and not operation.elementwise:
        return float((prod(out) * prod(operands[0]) * prod(operands[1])) ** 0.5)
    cubed = operation.name in ("det", "inv", "logdet")
    return float(max(prod(out), *(prod(x) ** (1.5 if cubed else 1.0) for x in operands)))


# -- shapes


def positive_axis(axis: int, ndim: int, name: str) -> int:
    """An axis counted from the front."""
    if not -ndim <= axis < ndim:
        raise InputError(f"{name} has no axis {axis} to act on: its operand has {ndim} dimension{'s' * (ndim != 1)}")
    return axis % ndim


def axes_of(axis: Any, ndim: int, name: str) -> tuple[int, ...]:
    """The axes meant, counted from the front; all of them where none is named."""
    if axis is None:
        return tuple(range(ndim))
    axes = tuple(positive_axis(a, ndim, name) for a in (axis if isinstance(axis, tuple) else (axis,)))
    if len(set(axes)) < len(axes):
        raise InputError(f"{name} names the same axis twice in axis={axis}")
    return axes


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    if not a or not b:
        raise InputError(f"@ needs arrays on both sides, not shapes {a} and {b}", remedy="write * for numbers, or declare shapes: W: (2, 3) in a text, trace(f, W=(2, 3)) for a function")
    if a[-1] != b[-2 if len(b) > 1 else 0]:
        raise InputError(f"shapes {a} and {b} do not fit in @", remedy="the last size on the left must be the first on the right")
    batch = broadcast(a[:-2], b[:-2], name="@")
    return batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())


def _reshape_shape(x: Shape, shape: Shape) -> Shape:
    if any(n < -1 for n in shape):
        raise InputError(f"{shape} is not a shape", remedy="one size may be -1, the others must be positive")
    known = prod(n for n in shape if n != -1)
    out = tuple(prod(x) // known if n == -1 and known else n for n in shape)
    if prod(out) != prod(x) or shape.count(-1) > 1:
        raise InputError(f"shape {x} cannot be reshaped to {shape}", remedy=f"the sizes must multiply to {prod(x)}")
    return out


def _index_shape(x: Shape, key: tuple[Any, ...]) -> Shape:
    try:
        return tuple(numpy().broadcast_to(0, x)[numpy_key(key)].shape)
    except IndexError as error:
        raise InputError(f"shape {x} cannot be indexed like this: {error}") from None


def _concat_shape(*xs: Shape, axis: int) -> Shape:
    at = positive_axis(axis, len(xs[0]), "concat")
    if any(len(x) != len(xs[0]) or x[:at] + x[at + 1 :] != xs[0][:at] + xs[0][at + 1 :] for x in xs):
        raise InputError(f"shapes {', '.join(map(str, xs))} do not fit in concat", remedy=f"all sizes but those of axis {axis} must agree")
    return (*xs[0][:at], sum(x[at] for x in xs), *xs[0][at + 1 :])


def _stack_shape(*xs: Shape, axis: int) -> Shape:
    if any(x != xs[0] for x in xs):
        raise InputError(f"shapes {' and '.join(map(str, xs))} do not fit in stack", remedy="give it arrays of one shape")
    at = positive_axis(axis, len(xs[0]) + 1, "stack")
    return (*xs[0][:at], len(xs), *xs[0][at:])


def _diag_shape(x: Shape) -> Shape:
    if len(x) == 1:
        return x + x
    return square(x, "diag")[:1]


def square(x: Shape, name: str) -> Shape:
    """The shape of a square matrix; anything else is refused."""
    if len(x) != 2 or x[0] != x[1]:
        raise InputError(f"{name} needs a square matrix, not shape {x}", remedy="declare it as in A: (2, 2)")
    return x


def _square_to_number(name: str) -> Callable[..., Shape]:
    return lambda x: square(x, name)[:0]


def _transposed(x: Shape, axes: Any) -> Shape:
    if axes is None:
        return x[::-1]
    if sorted(axes) != list(range(len(x))):
        raise InputError(f"axes={axes} does not name each axis of shape {x} once")
    return tuple(x[a] for a in axes)


def along(name: str) -> Callable[..., Shape]:
    """The shape rule of what acts along an axis and keeps the shape."""

    def shape(x: Shape, axis: Any, **_: Any) -> Shape:
        axes_of(axis, len(x), name)
        return x

    return shape


# -- keys of an index are kept hashable: a slice as ("slice", start, stop, step), a list as a tuple


def static_key(key: Any) -> tuple[Any, ...]:
    """An index as a hashable fact: integers, slices, and lists of integers."""
    items = key if isinstance(key, tuple) else (key,)
    return tuple(_static_item(item) for item in items)


def _static_item(item: Any) -> Any:
    if isinstance(item, slice):
        return ("slice", item.start, item.stop, item.step)
    if isinstance(item, (list, tuple)) or hasattr(item, "tolist"):
        entries = item.tolist() if hasattr(item, "tolist") else item
        return tuple(_static_item(i) for i in entries) if isinstance(entries, (list, tuple)) else entries
    if item is None or item is Ellipsis or hasattr(item, "__index__"):
        return item if item is None or item is Ellipsis else int(item)
    raise InputError("an index must be made of integers, slices and lists of integers")


def numpy_key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """The index as NumPy takes it."""
    return tuple(slice(*item[1:]) if isinstance(item, tuple) and item[:1] == ("slice",)
                 else numpy().array(item) if isinstance(item, tuple) else item for item in key)  # fmt: skip


# -- values


def _place(m: Any, x: Any, shape: Shape, key: tuple[Any, ...]) -> Any:
    out, once = m.zeros(shape), not any(isinstance(item, tuple) and item[:1] != ("slice",) for item in key)
    if once:
        out[numpy_key(key)] = x
    else:  # an entry may have been taken several times
        numpy().add.at(out, numpy_key(key), x)
    return out


def _sum_to(m: Any, x: Any, shape: Shape) -> Any:
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, n in enumerate(shape) if n == 1 and x.shape[lead + i] != 1)
    return x.sum(axis=axes, keepdims=True).reshape(shape) if axes else x


def _diag(m: Any, x: Any) -> Any:
    np = numpy()
    if x.ndim == 2:
        return np.diagonal(x)
    out = m.zeros((len(x), len(x)))
    out[np.arange(len(x)), np.arange(len(x))] = x
    return out


# -- pulls


def swap(x: Any) -> Any:
    """The last two axes exchanged: the transpose of each matrix in a batch."""
    n = len(x.shape)
    return f.transpose(x) if n <= 2 else f.transpose(x, axes=(*range(n - 2), n - 1, n - 2))


def _matmul_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    if len(b.shape) == 1:
        return g * b if len(a.shape) == 1 else f.outer(g, b) if len(a.shape) == 2 else f.sum_to(_column(g) * b, shape=a.shape)
    if len(a.shape) == 1:
        return b @ g if len(b.shape) == 2 else f.sum_to((b @ _column(g))[..., 0], shape=a.shape)
    return f.sum_to(g @ swap(b), shape=a.shape)


def _matmul_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    if len(a.shape) == 1:
        return g * a if len(b.shape) == 1 else f.outer(a, g) if len(b.shape) == 2 else f.sum_to(_column(a) * g[..., None, :], shape=b.shape)
    if len(b.shape) == 1:
        return swap(a) @ g if len(a.shape) == 2 else f.sum_to((swap(a) @ _column(g))[..., 0], shape=b.shape)
    return f.sum_to(swap(a) @ g, shape=b.shape)


def _column(x: Any) -> Any:
    return f.reshape(x, shape=(*x.shape, 1))


def _part(slot: int, g: Any, y: Any, *xs: Any, axis: int) -> Any:
    at = positive_axis(axis, len(y.shape), "concat")
    start = sum(x.shape[at] for x in xs[:slot])
    return f.index(g, key=(*[("slice", None, None, None)] * at, ("slice", start, start + xs[slot].shape[at], None)))


def _layer(slot: int, g: Any, y: Any, *xs: Any, axis: int) -> Any:
    at = positive_axis(axis, len(y.shape), "stack")
    return f.index(g, key=(*[("slice", None, None, None)] * at, slot))


def _back(axes: tuple[int, ...] | None) -> tuple[int, ...] | None:
    return None if axes is None else tuple(sorted(range(len(axes)), key=axes.__getitem__))


# fmt: off
#     name          in words                                                value                                              the pulls                                                       shape
array("matmul",     "the gradient times the other factor, transposed",      lambda m, a, b: numpy().matmul(a, b),              (_matmul_left, _matmul_right),                                  _matmul_shape, arity=2, rule=PRODUCT)
array("outer",      "the gradient times the other vector",                  lambda m, a, b: numpy().multiply.outer(a, b),      (lambda g, y, a, b: g @ b, lambda g, y, a, b: g.T @ a),         lambda a, b: a + b, arity=2, rule=PRODUCT)
array("transpose",  "transpose back",                                       lambda m, x, axes: numpy().transpose(x, axes),     (lambda g, y, x, axes: f.transpose(g, axes=_back(axes)),),      _transposed, statics={"axes": None})
array("reshape",    "reshape back",                                         lambda m, x, shape: numpy().reshape(x, shape),     (lambda g, y, x, shape: f.reshape(g, shape=x.shape),),          _reshape_shape, statics={"shape": None})
array("index",      "the gradient goes back to where the entries came from", lambda m, x, key: x[numpy_key(key)],              (lambda g, y, x, key: f.place(g, shape=x.shape, key=key),),     _index_shape, statics={"key": None})
array("place",      "the entries' own gradients",                           _place,                                            (lambda g, y, x, shape, key: f.index(g, key=key),),             lambda x, shape, key: shape, statics={"shape": None, "key": None})
array("broadcast_to", "the gradient is summed over what was repeated",      lambda m, x, shape: numpy().broadcast_to(x, shape), (lambda g, y, x, shape: f.sum_to(g, shape=x.shape),),          lambda x, shape: shape, statics={"shape": None})
array("sum_to",     "every summand receives the gradient",                  _sum_to,                                           (lambda g, y, x, shape: f.broadcast_to(g, shape=x.shape),),     lambda x, shape: shape, statics={"shape": None})
array("concat",     "every part receives its own part of the gradient",     lambda m, *xs, axis: numpy().concatenate(xs, axis=axis), _part,                                                    _concat_shape, arity=None, statics={"axis": 0})
array("stack",      "every part receives its own part of the gradient",     lambda m, *xs, axis: numpy().stack([numpy().asarray(x) for x in xs], axis=axis), _layer,                        _stack_shape, arity=None, statics={"axis": 0})
array("diag",       "the diagonal goes back to the diagonal",               _diag,                                             (lambda g, y, x: f.diag(g),),                                   _diag_shape)
array("trace",      "the gradient goes back to every entry of the diagonal", lambda m, x: plain(numpy().trace(x)),             (lambda g, y, x: f.diag(f.broadcast_to(g, shape=x.shape[:1])),), _square_to_number("trace"), tex=r"\mathrm{tr}", plain="tr")
spelled("dot", "matmul")
# fmt: on
