"""The table of array operations, with NumPy's semantics: one row per operation, one pull per operand.

Gradients have the shape of the variable they belong to (denominator layout). The table is closed under pulls:
every adjoint is a row too (index ↔ place, broadcast_to ↔ sum_to, concat ↔ index of a slice).
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from ..errors import InputError
from ..numbers import numpy, plain
from .record import Operation, Shape, broadcast, enter, f


def array(name: str, words: str, value: Callable[..., Any], pulls: Any, shape: Callable[..., Shape], *,
          arity: int | None = 1, rule: str = "linear", statics: dict[str, Any] | None = None, **row: Any) -> None:  # fmt: skip
    """Enter an array operation; `statics` are the facts it takes by keyword, with their defaults."""
    facts = statics or {}
    enter(Operation(name, rule, words, value, shape, arity, pulls=pulls, statics=tuple(facts),
                    defaults=tuple(facts.items()), **row))  # fmt: skip


# -- shapes


def positive_axis(axis: int, ndim: int, name: str) -> int:
    """An axis counted from the front."""
    if not -ndim <= axis < ndim:
        raise InputError(f"{name} has no axis {axis} to act on: its operand has {ndim} dimension{'s' * (ndim != 1)}")
    return axis % ndim


def _axes(axis: Any, ndim: int, name: str) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    axes = tuple(positive_axis(a, ndim, name) for a in (axis if isinstance(axis, tuple) else (axis,)))
    if len(set(axes)) < len(axes):
        raise InputError(f"{name} names the same axis twice in axis={axis}")
    return axes


def _reduced(x: Shape, axis: Any, keepdims: bool, name: str = "sum") -> Shape:
    axes = _axes(axis, len(x), name)
    return tuple(1 if i in axes else n for i, n in enumerate(x) if keepdims or i not in axes)


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    if not a or not b:
        raise InputError(f"@ needs arrays on both sides, not shapes {a} and {b}", remedy="write * for numbers, or declare shapes as in W: (2, 3)")
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


def _transposed(x: Shape, axes: Any) -> Shape:
    if axes is None:
        return x[::-1]
    if sorted(axes) != list(range(len(x))):
        raise InputError(f"axes={axes} does not name each axis of shape {x} once")
    return tuple(x[a] for a in axes)


def _along(name: str) -> Callable[..., Shape]:
    def shape(x: Shape, axis: int) -> Shape:
        positive_axis(axis, len(x), name)
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
    out = m.zeros(shape)
    numpy().add.at(out, numpy_key(key), x)
    return out


def _sum_to(m: Any, x: Any, shape: Shape) -> Any:
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, n in enumerate(shape) if n == 1 and x.shape[lead + i] != 1)
    return x.sum(axis=axes, keepdims=True).reshape(shape) if axes else x


def _softmax(m: Any, x: Any, axis: int) -> Any:
    e = m.exp(x - m.peak(x, axis))  # the largest exponent is 0
    return m.div(e, e.sum(axis=axis, keepdims=True))


def _log_softmax(m: Any, x: Any, axis: int) -> Any:
    x = x - m.peak(x, axis)
    return x - m.log(m.exp(x).sum(axis=axis, keepdims=True))


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


def _spread(g: Any, x: Any, axis: Any) -> Any:
    """A reduction's gradient, back over the axes that were summed away."""
    kept = _reduced(x.shape, axis, True)
    return f.broadcast_to(g if g.shape == kept or axis is None else f.reshape(g, shape=kept), shape=x.shape)


def _count(x: Any, axis: Any) -> int:
    return prod(x.shape[a] for a in _axes(axis, len(x.shape), "mean"))


def _part(slot: int, g: Any, y: Any, *xs: Any, axis: int) -> Any:
    at = positive_axis(axis, len(y.shape), "concat")
    start = sum(x.shape[at] for x in xs[:slot])
    return f.index(g, key=(*[("slice", None, None, None)] * at, ("slice", start, start + xs[slot].shape[at], None)))


def _back(axes: tuple[int, ...] | None) -> tuple[int, ...] | None:
    return None if axes is None else tuple(sorted(range(len(axes)), key=axes.__getitem__))


# fmt: off
#     name          in words                                                value                                              the pulls                                                       shape
array("matmul",     "the gradient times the other factor, transposed",      lambda m, a, b: numpy().matmul(a, b),              (_matmul_left, _matmul_right),                                  _matmul_shape, arity=2, rule="product rule")
array("outer",      "the gradient times the other vector",                  lambda m, a, b: numpy().multiply.outer(a, b),      (lambda g, y, a, b: g @ b, lambda g, y, a, b: g.T @ a),         lambda a, b: a + b, arity=2, rule="product rule")
array("transpose",  "transpose back",                                       lambda m, x, axes: numpy().transpose(x, axes),     (lambda g, y, x, axes: f.transpose(g, axes=_back(axes)),),      _transposed, statics={"axes": None})
array("sum",        "every summand receives the gradient",                  lambda m, x, axis, keepdims: numpy().sum(x, axis=axis, keepdims=keepdims), (lambda g, y, x, axis, keepdims: _spread(g, x, axis),), _reduced, rule="sum rule", statics={"axis": None, "keepdims": False})
array("mean",       "every summand receives the gradient over the count",   lambda m, x, axis, keepdims: m.div(plain(numpy().sum(x, axis=axis, keepdims=keepdims)), m.number(_count(numpy().asarray(x), axis))), (lambda g, y, x, axis, keepdims: _spread(g, x, axis) / _count(x, axis),), _reduced, rule="sum rule", statics={"axis": None, "keepdims": False})
array("reshape",    "reshape back",                                         lambda m, x, shape: numpy().reshape(x, shape),     (lambda g, y, x, shape: f.reshape(g, shape=x.shape),),          _reshape_shape, statics={"shape": None})
array("index",      "the gradient goes back to where the entries came from", lambda m, x, key: x[numpy_key(key)],              (lambda g, y, x, key: f.place(g, shape=x.shape, key=key),),     _index_shape, statics={"key": None})
array("place",      "the entries' own gradients",                           _place,                                            (lambda g, y, x, shape, key: f.index(g, key=key),),             lambda x, shape, key: shape, statics={"shape": None, "key": None})
array("broadcast_to", "the gradient is summed over what was repeated",      lambda m, x, shape: numpy().broadcast_to(x, shape), (lambda g, y, x, shape: f.sum_to(g, shape=x.shape),),          lambda x, shape: shape, statics={"shape": None})
array("sum_to",     "every summand receives the gradient",                  _sum_to,                                           (lambda g, y, x, shape: f.broadcast_to(g, shape=x.shape),),     lambda x, shape: shape, statics={"shape": None})
array("concat",     "every part receives its own part of the gradient",     lambda m, *xs, axis: numpy().concatenate(xs, axis=axis), _part,                                                    _concat_shape, arity=None, statics={"axis": 0})
array("softmax",    "each output times its gradient less the mean gradient",                           _softmax,                                          (lambda g, y, x, axis: y * (g - f.sum(g * y, axis=axis, keepdims=True)),), _along("softmax"), rule="known derivative", statics={"axis": -1})
array("log_softmax", "its gradient less softmax times the sum of gradients",                      _log_softmax,                                      (lambda g, y, x, axis: g - f.softmax(x, axis=axis) * f.sum(g, axis=axis, keepdims=True),), _along("log_softmax"), rule="known derivative", statics={"axis": -1})
# fmt: on
