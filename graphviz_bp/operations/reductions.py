"""The table of array operations, second part: what gathers the entries along an axis into one.

Over all axes unless one is named, as in NumPy. What is handed back goes to every entry that was gathered; tied
entries of max and min share it equally.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from ..errors import InputError
from ..numbers import Share, doubles, numpy, plain
from .array import along, array, axes_of, positive_axis
from .record import Shape, f
from .scalar import CHOICE, KNOWN, SUM

OVER = {"axis": None, "keepdims": False}


def reduced(x: Shape, axis: Any, keepdims: bool = False, name: str = "sum", **_: Any) -> Shape:
    """The shape that is left of x."""
    axes = axes_of(axis, len(x), name)
    return tuple(1 if i in axes else n for i, n in enumerate(x) if keepdims or i not in axes)


def spread(g: Any, x: Any, axis: Any) -> Any:
    """A reduction's gradient, or its output, back over the axes that were gathered."""
    kept = reduced(x.shape, axis, True)
    return f.broadcast_to(g if g.shape == kept or axis is None else f.reshape(g, shape=kept), shape=x.shape)


def count(x: Any, axis: Any) -> int:
    """How many entries are gathered into one."""
    return prod(x.shape[a] for a in axes_of(axis, len(x.shape), "mean"))


def over(n: int) -> Any:
    """1/N, which stays visible as that."""
    return Share(1, n) if n > 1 else 1


def mean(m: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum over the count."""
    x = numpy().asarray(x)
    return m.div(plain(numpy().sum(x, axis=axis, keepdims=keepdims)), m.number(count(x, axis)))


def variance(m: Any, x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """The mean squared distance from the mean; `ddof` is taken off the count."""
    away = x - mean(m, x, axis, keepdims=True)
    return m.div(plain(numpy().sum(away * away, axis=axis, keepdims=keepdims)), m.number(_freedom(x, axis, ddof)))


def _freedom(x: Any, axis: Any, ddof: int) -> int:
    n = count(x, axis) - ddof
    if n < 1:
        raise InputError(f"var with ddof={ddof} needs at least {ddof + 1} entries", remedy="leave ddof out")
    return n


def _var_pull(g: Any, y: Any, x: Any, axis: Any, keepdims: bool, ddof: int) -> Any:
    return over(_freedom(x, axis, ddof)) * (spread(g, x, axis) * (2 * (x - f.mean(x, axis=axis, keepdims=True))))


def _best(which: str) -> Callable[..., Any]:
    """The largest or smallest entry."""

    def value(m: Any, x: Any, axis: Any, keepdims: bool) -> Any:
        x = numpy().asarray(x)
        return plain(getattr(m, which)(x, axes_of(axis, x.ndim, "max"), keepdims))

    return value


def _shares(which: str) -> Callable[..., Any]:
    """1 at the best entry and 0 elsewhere; tied entries share the 1."""

    def value(m: Any, x: Any, axis: Any) -> Any:
        hits = m.test(m.same(x, getattr(m, which)(x, axes_of(axis, x.ndim, "max"), True)))
        return m.div(hits, numpy().sum(hits, axis=axis, keepdims=True))

    return value


def _tied(which: str) -> Callable[..., Any]:
    """Whether some best entry is not the only one."""

    def kink(m: Any, x: Any, axis: Any, keepdims: bool) -> Any:
        best = getattr(m, which)(x, axes_of(axis, x.ndim, "max"), True)
        return numpy().sum(x == best, axis=axis) > 1

    return kink


def _logsumexp(m: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    x = numpy().asarray(x)
    peak = m.peak(x, axes_of(axis, x.ndim, "logsumexp"))
    total = m.log(numpy().asarray(numpy().sum(m.exp(x - peak), axis=axis, keepdims=True))) + peak
    return plain(total if keepdims else total.reshape(reduced(x.shape, axis)))


def _logsumexp_pull(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    one = axis if isinstance(axis, int) else 0 if len(x.shape) == 1 else None
    shares = f.exp(x - spread(y, x, axis)) if one is None else f.softmax(x, axis=one)
    return spread(g, x, axis) * shares


def _norm(m: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    x = numpy().asarray(x)
    if m is not doubles:
        return plain(m.sqrt(plain(numpy().sum(x * x, axis=axis, keepdims=keepdims))))
    size = numpy().max(abs(x), axis=axis, keepdims=True)  # so that no square overflows
    size = numpy().where((size == 0) | (size == numpy().inf), 1.0, size)
    total = numpy().sqrt(numpy().sum((x / size) ** 2, axis=axis, keepdims=True)) * size
    return plain(total if keepdims else total.reshape(reduced(x.shape, axis)))


def _norm_shown(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return spread(g, x, axis) * (x / spread(y, x, axis))


def _norm_pull(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    size = spread(y, x, axis)
    return spread(g, x, axis) * f.where(f.equal(size, 0), 0, x / size)


def _cumsum(m: Any, x: Any, axis: Any, reverse: bool) -> Any:
    np, along = numpy(), _only(x.shape, axis)
    return np.flip(np.cumsum(np.flip(x, along), axis=along), along) if reverse else np.cumsum(x, axis=along)


def _only(x: Shape, axis: Any) -> int:
    """The axis of a cumulative sum, which may be left out where there is one only."""
    if axis is None and len(x) != 1:
        raise InputError(f"cumsum of an array of shape {x} goes along one axis", remedy="write cumsum(x, axis=0)")
    return positive_axis(axis or 0, len(x), "cumsum")


def _gathered(name: str) -> Callable[..., Shape]:
    return lambda x, axis, keepdims, **_: reduced(x, axis, keepdims, name)


def _cumulated(x: Shape, axis: Any, reverse: bool) -> Shape:
    _only(x, axis)
    return x


# fmt: off
#     name          in words                                                  value                                       the pulls                                                              shape
array("sum",        "every summand receives the gradient",                    lambda m, x, axis, keepdims: numpy().sum(x, axis=axis, keepdims=keepdims),
      (lambda g, y, x, axis, keepdims: spread(g, x, axis),), _gathered("sum"), rule=SUM, statics=OVER)
array("mean",       "every summand receives the gradient over the count",     mean,
      (lambda g, y, x, axis, keepdims: over(count(x, axis)) * spread(g, x, axis),), _gathered("mean"), rule=SUM, statics=OVER)
array("var",        "twice the distance from the mean, over the count",       variance,
      (_var_pull,), _gathered("var"), rule=KNOWN, statics={**OVER, "ddof": 0}, meaning=lambda x: f.mean((x - f.mean(x)) ** 2))
array("max_along",  "the largest entry receives everything",                  _best("largest"),
      (lambda g, y, x, axis, keepdims: spread(g, x, axis) * f.argmax_share(x, axis=axis),), _gathered("max"), rule=CHOICE, statics=OVER,
      tex=r"\max", plain="max", kink=_tied("largest"), convention="tied entries of max share the gradient equally")
array("min_along",  "the smallest entry receives everything",                 _best("smallest"),
      (lambda g, y, x, axis, keepdims: spread(g, x, axis) * f.argmin_share(x, axis=axis),), _gathered("min"), rule=CHOICE, statics=OVER,
      tex=r"\min", plain="min", kink=_tied("smallest"), convention="tied entries of min share the gradient equally")
array("argmax_share", "flat on both sides: no gradient flows back",           _shares("largest"), (None,), along("max"), rule=CHOICE, statics={"axis": None})
array("argmin_share", "flat on both sides: no gradient flows back",           _shares("smallest"), (None,), along("min"), rule=CHOICE, statics={"axis": None})
array("logsumexp_along", "each entry receives its share, the softmax",        _logsumexp,
      (_logsumexp_pull,), _gathered("logsumexp"), rule=KNOWN, statics=OVER, tex=r"\operatorname{logsumexp}", plain="logsumexp",
      meaning=lambda x: f.log(f.sum(f.exp(x))))
array("norm",       "each entry over the norm",                               _norm,
      (_norm_pull,), _gathered("norm"), rule=KNOWN, shown=(_norm_shown,), statics=OVER, kink=lambda m, x, axis, keepdims: numpy().all(x == 0, axis=axis), convention="the norm has slope 0 at 0",
      meaning=lambda x: f.sqrt(f.sum(x**2)))
array("cumsum",     "every entry receives what the sums from it on receive",  _cumsum,
      (lambda g, y, x, axis, reverse: f.cumsum(g, axis=axis, reverse=not reverse),), _cumulated, rule=SUM, statics={"axis": None, "reverse": False})
# fmt: on
