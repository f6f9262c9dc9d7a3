"""The table of array operations, fifth part: what a course derives once and then uses as one step.

Softmax and its kin act along the last axis unless another is named. A loss is a mean: over all entries, or, where one
example is a whole row (cross_entropy, kl), over the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import prod
from operator import lt
from typing import Any

from ..errors import InputError
from ..numbers import numpy, plain
from .array import along, array
from .record import Shape, f
from .reductions import mean, over, variance
from .scalar import KNOWN

EPS = {"eps": Decimal("0.00001")}


# -- softmax


def softmax(m: Any, x: Any, axis: Any) -> Any:
    """eˣ over its sum."""
    e = m.exp(x - m.peak(x, axis))  # the largest exponent is 0
    return m.div(e, e.sum(axis=axis, keepdims=True))


def log_softmax(m: Any, x: Any, axis: Any) -> Any:
    """The logarithm of softmax, which stays right where softmax is 0 in doubles."""
    x = x - m.peak(x, axis)
    return x - m.log(m.exp(x).sum(axis=axis, keepdims=True))


# -- losses


def _pair(name: str) -> Callable[..., Shape]:
    """Two arrays, entry by entry, become one number."""

    def shape(a: Shape, b: Shape, **_: Any) -> Shape:
        if a != b:
            raise InputError(f"shapes {a} and {b} do not fit in {name}", remedy="compare arrays of one shape")
        return ()

    return shape


def loss(name: str, words: str, value: Callable[..., Any], slopes: tuple[Any, Any], shown: tuple[Any, Any] | None = None, **row: Any) -> None:
    """Enter the mean of a function of two arrays, given the function and its partials entry by entry."""

    def mean_of(m: Any, a: Any, b: Any, **facts: Any) -> Any:
        return mean(m, value(m, a, b, **facts))

    def pull(slope: Any) -> Any:
        return lambda g, y, a, b, **facts: g * (over(prod(a.shape)) * slope(a, b, **facts))

    array(name, words, mean_of, tuple(map(pull, slopes)), _pair(name), arity=2, rule=KNOWN,
          shown=shown and tuple(map(pull, shown)), **row)  # fmt: skip


def _huber(m: Any, a: Any, b: Any, delta: Any) -> Any:
    far, d = abs(a - b), m.number(delta)
    near = m.holds(lt, far, d)
    return m.where(near, m.div(far * far, m.number(2)), far * d - m.number(Fraction(delta) ** 2 / 2))


def _hinge(m: Any, s: Any, y: Any) -> Any:
    return m.maximum((m.zeros(numpy().shape(s)), 1 - y * s))


def _bce(m: Any, p: Any, y: Any) -> Any:
    return -(m.weighted(y, m.log(p)) + m.weighted(1 - y, m.log(1 - p)))


def _ratio(a: Any, p: Any) -> Any:
    """a/p, which is 0 where a is 0."""
    return f.where(f.equal(a, 0), 0, a / p)


def _rows(x: Shape) -> int:
    return prod(x[:-1])


def _target_shape(name: str) -> Callable[..., Shape]:
    def shape(z: Shape, y: Shape) -> Shape:
        if not z or y not in (z, z[:-1]):
            raise InputError(
                f"scores of shape {z} and targets of shape {y} do not fit in {name}",
                remedy="targets are probabilities of the scores' shape, or the numbers of the right classes, one for each row",
            )
        return ()

    return shape


def _targets(m: Any, y: Any, z: Any) -> Any:
    """Probabilities for every class, if classes are given by number."""
    y = numpy().asarray(y)
    if y.shape != z.shape:
        return _one_hot(m, y, z.shape[-1])
    if m.name in ("exact", "doubles") and numpy().any(abs(y.sum(axis=-1) - 1) > 1e-6):
        raise InputError(
            "the targets of cross_entropy are probabilities, so each row must sum to 1",
            remedy="for other weights write -sum(y*log_softmax(z))",
        )
    return y


def _cross_entropy(m: Any, z: Any, y: Any) -> Any:
    y, logs = _targets(m, y, z), log_softmax(m, z, -1)
    return _over_rows(m, -plain(m.weighted(y, logs).sum()), z)


def _over_rows(m: Any, total: Any, z: Any) -> Any:
    """The mean over the examples, where there are several."""
    return total if z.ndim == 1 else m.div(total, m.number(_rows(z.shape)))


def _probabilities(y: Any, z: Any) -> Any:
    return y if y.shape == z.shape else f.one_hot(y, classes=z.shape[-1])


def _cross_entropy_scores(g: Any, loss: Any, z: Any, y: Any) -> Any:
    t = _probabilities(y, z)
    total = f.sum(t, axis=-1, keepdims=True) if t is y else 1
    return g * (over(_rows(z.shape)) * (f.softmax(z) * total - t))


def _cross_entropy_shown(g: Any, loss: Any, z: Any, y: Any) -> Any:
    return g * (over(_rows(z.shape)) * (f.softmax(z) - _probabilities(y, z)))


def _cross_entropy_targets(g: Any, loss: Any, z: Any, y: Any) -> Any:
    return g * (0 * y) if y.shape != z.shape else g * (over(_rows(z.shape)) * -f.log_softmax(z))


def _kl(m: Any, p: Any, q: Any) -> Any:
    return _over_rows(m, plain(m.weighted(p, m.log(p) - m.log(q)).sum()), p)


def _kl_left(g: Any, y: Any, p: Any, q: Any) -> Any:
    return g * (over(_rows(p.shape)) * (f.log(p) - f.log(q) + 1))


def _one_hot(m: Any, y: Any, classes: int) -> Any:
    y = numpy().asarray(y)
    return m.test(m.same(y[..., None], numpy().array([m.number(k) for k in range(classes)])))


def _one_hot_shape(y: Shape, classes: Any) -> Shape:
    if not isinstance(classes, int) or classes < 1:
        raise InputError("one_hot needs to know how many classes there are", remedy="write one_hot(y, 3)")
    return (*y, classes)


# -- normalization


def _standardized(m: Any, x: Any, axis: Any, eps: Any) -> Any:
    return m.div(x - mean(m, x, axis, True), m.sqrt(variance(m, x, axis, True) + m.number(eps)))


def _standardized_pull(g: Any, y: Any, x: Any, axis: Any, eps: Any) -> Any:
    centred = g - f.mean(g, axis=axis, keepdims=True) - y * f.mean(g * y, axis=axis, keepdims=True)
    return centred / f.sqrt(f.var(x, axis=axis, keepdims=True) + eps)


def _channels(x: Any) -> tuple[int, ...]:
    """What batch norm gathers over: all but the features, which stand second (or last, without a batch)."""
    return tuple(i for i in range(len(x.shape)) if i != 1) if len(x.shape) > 1 else (0,)


def _per_channel(parameter: Any, x: Any) -> Any:
    return f.reshape(parameter, shape=(-1, *(1,) * (len(x.shape) - 2)))


def normalization(name: str, axes: Callable[[Any], Any], fitted: Callable[[Any, Any], Any], size: Callable[[Shape], Shape], tex: str) -> None:
    """Enter γ ⊙ standardized x + β, where γ and β may be left out."""

    def shape(x: Shape, *parameters: Shape, eps: Any) -> Shape:
        if len(parameters) > 2 or any(p != size(x) for p in parameters):
            given = " and ".join(map(str, (x, *parameters)))
            raise InputError(f"shapes {given} do not fit in {name}", remedy=f"write {name}(x, gamma, beta), the two of shape {size(x)}")
        return x

    def value(m: Any, x: Any, *parameters: Any, eps: Any) -> Any:
        out = _standardized(m, x, axes(x), eps)
        fit = (-1, *(1,) * (x.ndim - 2)) if name == "batch_norm" else (-1,)
        if parameters:
            out = out * parameters[0].reshape(fit)
        return out + parameters[1].reshape(fit) if len(parameters) > 1 else out

    def pull(slot: int, g: Any, y: Any, x: Any, *parameters: Any, eps: Any) -> Any:
        if slot == 2:
            return f.reshape(f.sum_to(g, shape=fitted(parameters[1], x).shape), shape=parameters[1].shape)
        standard = f.standardize(x, axis=axes(x), eps=eps)
        if slot == 1:
            return f.reshape(f.sum_to(g * standard, shape=fitted(parameters[0], x).shape), shape=parameters[0].shape)
        g = g * fitted(parameters[0], x) if parameters else g
        return _standardized_pull(g, standard, x, axes(x), eps)

    array(name, "its gradient less its mean and its part along the output, over the deviation", value, pull, shape,
          arity=None, rule=KNOWN, statics=EPS, tex=tex, plain=tex[8:-1])  # fmt: skip


# fmt: off
#     name             in words                                                        value          the pulls                                                   shape
array("softmax",       "each output times its gradient less the mean gradient",        softmax,
      (lambda g, y, x, axis: y * (g - f.sum(g * y, axis=axis, keepdims=True)),), along("softmax"), rule=KNOWN, statics={"axis": -1},
      meaning=lambda x: f.exp(x) / f.sum(f.exp(x), axis=-1, keepdims=True))
array("log_softmax",   "its gradient less softmax times the sum of gradients",         log_softmax,
      (lambda g, y, x, axis: g - f.softmax(x, axis=axis) * f.sum(g, axis=axis, keepdims=True),), along("log_softmax"), rule=KNOWN, statics={"axis": -1},
      meaning=lambda x: x - f.log(f.sum(f.exp(x), axis=-1, keepdims=True)))
array("one_hot",       "flat: no gradient flows back to a number of a class",          _one_hot,
      (None,), _one_hot_shape, rule=KNOWN, statics={"classes": None}, tex=r"\mathrm{onehot}", plain="onehot")
array("cross_entropy", "softmax minus the target",                                     _cross_entropy,
      (_cross_entropy_scores, _cross_entropy_targets), _target_shape("cross_entropy"), arity=2, rule=KNOWN, shown=(_cross_entropy_shown, _cross_entropy_targets), tex=r"\mathrm{CE}", plain="CE",
      meaning=lambda z, y: -f.mean(f.sum(y * f.log_softmax(z), axis=-1)))
array("kl",            "log p − log q + 1, and minus p over q",                        _kl,
      (_kl_left, lambda g, y, p, q: g * (over(_rows(p.shape)) * -_ratio(p, q))),
      _pair("kl"), arity=2, rule=KNOWN, shown=(_kl_left, lambda g, y, p, q: g * (over(_rows(p.shape)) * -(p / q))), tex=r"\mathrm{KL}", plain="KL",
      meaning=lambda p, q: f.mean(f.sum(p * f.log(p / q), axis=-1)))
loss("mse",            "twice the difference, over the count",                         lambda m, a, b: (a - b) * (a - b),
     (lambda a, b: 2 * (a - b), lambda a, b: -2 * (a - b)), tex=r"\mathrm{MSE}", plain="MSE",
     meaning=lambda a, b: f.mean((a - b) ** 2))
loss("l1",             "the sign of the difference, over the count",                   lambda m, a, b: abs(a - b),
     (lambda a, b: f.sign(a - b), lambda a, b: -f.sign(a - b)), tex=r"L_{1}", plain="L₁", meaning=lambda a, b: f.mean(abs(a - b)),
     kink=lambda m, a, b: a == b, convention="abs'(0) = 0")
loss("huber",          "the difference, clipped to ±δ, over the count",                _huber,
     (lambda a, b, delta: f.clip(a - b, -delta, delta), lambda a, b, delta: -f.clip(a - b, -delta, delta)), statics={"delta": Decimal(1)}, tex=r"\mathrm{Huber}", plain="Huber")
loss("hinge",          "minus the label where the margin is below 1, over the count",  _hinge,
     (lambda s, y: -y * f.less(y * s, 1), lambda s, y: -s * f.less(y * s, 1)),
     meaning=lambda s, y: f.mean(f.max(0, 1 - y * s)), kink=lambda m, s, y: s * y == 1, convention="hinge has slope 0 at margin 1")
loss("binary_cross_entropy", "minus y over p, plus (1 − y) over (1 − p), over the count", _bce,
     (lambda p, y: f.where(f.equal(y, 1), 0, (1 - y) / (1 - p)) - _ratio(y, p), lambda p, y: f.log(1 - p) - f.log(p)),
     (lambda p, y: (1 - y) / (1 - p) - y / p, lambda p, y: f.log(1 - p) - f.log(p)), tex=r"\mathrm{BCE}", plain="BCE",
     meaning=lambda p, y: -f.mean(y * f.log(p) + (1 - y) * f.log(1 - p)))
array("standardize",   "its gradient less its mean and its part along the output, over the deviation", _standardized,
      (_standardized_pull,), along("standardize"), rule=KNOWN, statics={"axis": -1, **EPS},
      meaning=lambda x: (x - f.mean(x, axis=-1, keepdims=True)) / f.sqrt(f.var(x, axis=-1, keepdims=True) + EPS["eps"]))
normalization("layer_norm", lambda x: -1, lambda p, x: p, lambda x: x[-1:], r"\mathrm{LayerNorm}")
normalization("batch_norm", _channels, lambda p, x: _per_channel(p, x) if len(x.shape) > 2 else p, lambda x: x[1:2] or x[:1], r"\mathrm{BatchNorm}")
# fmt: on
