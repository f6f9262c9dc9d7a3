"""The table of array operations, fourth part: convolution and pooling, over one axis or two.

Images are batch × channels × height × width; without a batch, or without channels too. Kernels are output channels ×
input channels × height × width. As everywhere in deep learning the kernel is not flipped. What flows back to the image
and to the kernels are two more products of the same kind, so all three are each other's adjoints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from math import prod
from typing import Any

from ..errors import InputError
from ..numbers import numpy
from .array import array
from .record import Shape, f
from .scalar import CHOICE, PRODUCT, SUM

Sizes = tuple[int, ...]
STEPS = {"stride": 1, "padding": 0}
POOL = {"size": 2, "stride": None, "padding": 0}


def sizes(value: Any, axes: int, name: str, least: int = 1) -> Sizes:
    """One number for every axis: 2 is (2, 2)."""
    out = tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes
    if len(out) != axes or not all(isinstance(n, int) and n >= least for n in out):
        raise InputError(f"{name}={value} does not fit", remedy=f"give a whole number of at least {least}, or {axes} of them")
    return out


def swept(image: Shape, window: Sizes, stride: Sizes, padding: Sizes, name: str) -> Shape:
    """How often a window fits along each axis."""
    out = tuple((n + 2 * p - k) // s + 1 for n, k, s, p in zip(image, window, stride, padding, strict=True))
    if any(n + 2 * p < k for n, k, p in zip(image, window, padding, strict=True)):
        raise InputError(f"a window of shape {window} does not fit into shape {image} in {name}", remedy="take a smaller window, or more padding")
    return out


def _padded(m: Any, x: Any, padding: Sizes) -> Any:
    """The image with so many zeros around it."""
    if not any(padding):
        return x
    lead = x.ndim - len(padding)
    out = m.zeros((*x.shape[:lead], *(n + 2 * p for n, p in zip(x.shape[lead:], padding, strict=True))))
    out[_inner(x.shape[lead:], padding)] = x
    return out


def _inner(image: Shape, padding: Sizes) -> tuple[Any, ...]:
    """Where the image stands within its padding."""
    return (..., *(slice(p, p + n) for n, p in zip(image, padding, strict=True)))


def _windows(m: Any, x: Any, window: Sizes, stride: Sizes, padding: Sizes) -> Any:
    """All windows of an image, on as many new axes at the end."""
    axes = tuple(range(-len(window), 0))
    found = numpy().lib.stride_tricks.sliding_window_view(_padded(m, x, padding), window, axes)
    steps = tuple(slice(None, None, s) for s in stride)
    return found[(..., *steps, *([slice(None)] * len(window)))]


def _taps(window: Sizes, stride: Sizes, out: Shape) -> Iterator[tuple[Sizes, tuple[Any, ...]]]:
    """Every place in the window, with the entries of the padded image that it meets."""
    for at in product(*map(range, window)):
        yield at, (..., *(slice(i, i + s * n, s) for i, s, n in zip(at, stride, out, strict=True)))


# -- convolution; inside, images have a batch and channels, and kernels all their axes


def _whole(x: Any, ndim: int) -> Any:
    return x.reshape((1,) * (ndim - x.ndim) + x.shape)


class Convolution:
    """The three rows of convolution over so many axes."""

    def __init__(self, axes: int) -> None:
        self.axes, self.name = axes, f"conv{axes}d"

    def steps(self, stride: Any, padding: Any) -> tuple[Sizes, Sizes]:
        return sizes(stride, self.axes, "stride"), sizes(padding, self.axes, "padding", least=0)

    def shape(self, *operands: Shape, stride: Any, padding: Any) -> Shape:
        """The output's shape: batch, output channels, and how often the kernel fits."""
        n, name = self.axes, self.name
        if len(operands) not in (2, 3):
            raise InputError(f"{name} takes an image, kernels and perhaps a bias", remedy=f"write {name}(X, K, b)")
        x, kernel = operands[:2]
        bare = len(x) == n
        if not n <= len(x) <= n + 2 or len(kernel) != (n if bare else n + 2) or (not bare and x[-n - 1] != kernel[1]):
            axes = "c × h × w" if n == 2 else "c × n"
            raise InputError(f"an image of shape {x} and kernels of shape {kernel} do not fit in {name}",
                             remedy=f"an image is {axes}, its kernels are c_out × {axes.replace('h', 'k_h').replace('w', 'k_w')}")  # fmt: skip
        out = swept(x[-n:], kernel[-n:], *self.steps(stride, padding), name)
        channels = () if bare else kernel[:1]
        if len(operands) == 3 and operands[2] != channels:
            raise InputError(f"a bias of shape {operands[2]} does not fit kernels of shape {kernel} in {name}",
                             remedy=f"it has one entry for each output channel: {channels}")  # fmt: skip
        return (*x[: -n - 1], *channels, *out)

    def value(self, m: Any, x: Any, kernel: Any, *bias: Any, stride: Any, padding: Any) -> Any:
        np, n = numpy(), self.axes
        wide, kernels = _whole(x, n + 2), _whole(kernel, n + 2)
        windows = _windows(m, wide, kernel.shape[-n:], *self.steps(stride, padding))  # N, c, out..., window...
        axes = ([1, *range(n + 2, 2 * n + 2)], [1, *range(2, n + 2)])
        out = np.moveaxis(np.tensordot(windows, kernels, axes=axes), -1, 1)
        if bias:
            out = out + bias[0].reshape(-1, *(1,) * n)
        return out.reshape(*x.shape[: -n - 1], *kernel.shape[: -n - 1], *out.shape[2:])

    def pull(self, slot: int, g: Any, y: Any, *xs: Any, **steps: Any) -> Any:
        if slot == 0:
            return getattr(f, f"{self.name}_image")(g, xs[1], shape=xs[0].shape, **steps)
        if slot == 1:
            return getattr(f, f"{self.name}_kernel")(xs[0], g, shape=xs[1].shape, **steps)
        n = len(y.shape)
        others = tuple(i for i in range(n) if i != n - self.axes - 1)
        return f.sum(g, axis=others)

    def image(self, m: Any, g: Any, kernel: Any, shape: Shape, stride: Any, padding: Any) -> Any:
        """What flows back to the image: every output's gradient, spread by the kernel over the window it came from."""
        np, n = numpy(), self.axes
        wide, kernels = _whole(g, n + 2), _whole(kernel, n + 2)
        stride, padding = self.steps(stride, padding)
        around = tuple(size + 2 * p for size, p in zip(shape[-n:], padding, strict=True))
        out = m.zeros((wide.shape[0], kernels.shape[1], *around))
        for at, met in _taps(kernel.shape[-n:], stride, wide.shape[-n:]):
            spread = np.moveaxis(np.tensordot(wide, kernels[(..., *at)], axes=([1], [0])), -1, 1)
            out[met] = out[met] + spread
        return out[_inner(shape[-n:], padding)].reshape(shape)

    def image_pull(self, slot: int, h: Any, y: Any, g: Any, kernel: Any, shape: Shape, **steps: Any) -> Any:
        if slot == 0:
            return getattr(f, self.name)(h, kernel, **steps)
        return getattr(f, f"{self.name}_kernel")(h, g, shape=kernel.shape, **steps)

    def kernel(self, m: Any, x: Any, g: Any, shape: Shape, stride: Any, padding: Any) -> Any:
        """What flows back to the kernels: the image seen through each window, weighted by the output's gradient."""
        np, n = numpy(), self.axes
        wide, back = _whole(x, n + 2), _whole(g, n + 2)
        windows = _windows(m, wide, shape[-n:], *self.steps(stride, padding))
        axes = [0, *range(2, n + 2)]
        return np.tensordot(back, windows, axes=(axes, axes)).reshape(shape)

    def kernel_pull(self, slot: int, h: Any, y: Any, x: Any, g: Any, shape: Shape, **steps: Any) -> Any:
        if slot == 0:
            return getattr(f, f"{self.name}_image")(g, h, shape=x.shape, **steps)
        return getattr(f, self.name)(x, h, **steps)

    def enter(self) -> None:
        """Put the rows into the table."""
        told = {"shape": None, **STEPS}
        array(self.name, "a convolution too: the gradient spread by the kernels, the image weighted by the gradient",
              self.value, self.pull, self.shape, arity=None, rule=PRODUCT, statics=STEPS)  # fmt: skip
        array(f"{self.name}_image", "the convolution whose image it belongs to",
              self.image, self.image_pull, _as_told, arity=2, rule=PRODUCT, statics=told)  # fmt: skip
        array(f"{self.name}_kernel", "the convolution whose kernels it belongs to",
              self.kernel, self.kernel_pull, _as_told, arity=2, rule=PRODUCT, statics=told)  # fmt: skip


def _as_told(*_: Shape, shape: Shape, **steps: Any) -> Shape:
    return shape


# -- pooling, over the last two axes


def _pool(size: Any, stride: Any, padding: Any) -> tuple[Sizes, Sizes, Sizes]:
    window = sizes(size, 2, "size")
    return window, window if stride is None else sizes(stride, 2, "stride"), sizes(padding, 2, "padding", least=0)


def _pooled_shape(name: str) -> Callable[..., Shape]:
    def shape(x: Shape, size: Any, stride: Any, padding: Any) -> Shape:
        if len(x) < 2:
            raise InputError(f"{name} needs an image, not shape {x}", remedy="declare it as in X: (3, 32, 32)")
        window, step, around = _pool(size, stride, padding)
        if any(2 * p > k for p, k in zip(around, window, strict=True)):
            raise InputError(f"a padding of {around} leaves windows of {window} empty in {name}", remedy="pad by half a window at most")
        return (*x[:-2], *swept(x[-2:], window, step, around, name))

    return shape


def _clipped(image: Shape, size: Any, stride: Any, padding: Any) -> Iterator[tuple[Sizes, tuple[Any, ...]]]:
    """Every place of the output, with the part of the image in its window."""
    window, step, around = _pool(size, stride, padding)
    for at in product(*map(range, swept(image, window, step, around, "pooling"))):
        corner = [i * s - p for i, s, p in zip(at, step, around, strict=True)]
        yield at, (..., *(slice(max(0, c), c + k) for c, k in zip(corner, window, strict=True)))


def _each_window(m: Any, x: Any, gathered: Callable[[tuple[Any, ...]], Any], window: dict[str, Any]) -> Any:
    """The output of a pooling, whose every place is gathered from the part of the image in its window."""
    places = list(_clipped(x.shape[-2:], **window))
    out = m.zeros((*x.shape[:-2], *(n + 1 for n in places[-1][0])))
    for at, part in places:
        out[(..., *at)] = gathered(part)
    return out


def _maxpool(m: Any, x: Any, **window: Any) -> Any:
    return _each_window(m, x, lambda part: m.largest(x[part], (x.ndim - 2, x.ndim - 1)), window)


def _shares(m: Any, x: Any) -> Any:
    """1 at the largest entry of a window; tied ones share it."""
    hits = m.test(m.same(x, m.largest(x, (x.ndim - 2, x.ndim - 1), True)))
    return m.div(hits, numpy().sum(hits, axis=(-2, -1), keepdims=True))


def _maxpool_image(m: Any, g: Any, x: Any, **window: Any) -> Any:
    out = m.zeros(x.shape)
    for at, part in _clipped(x.shape[-2:], **window):
        out[part] = out[part] + g[(..., *at)][..., None, None] * _shares(m, x[part])
    return out


def _maxpool_taken(m: Any, h: Any, x: Any, **window: Any) -> Any:
    return _each_window(m, x, lambda part: numpy().sum(h[part] * _shares(m, x[part]), axis=(-2, -1)), window)


def _maxpool_tied(m: Any, x: Any, **window: Any) -> Any:
    axes = (x.ndim - 2, x.ndim - 1)
    return any((numpy().sum(x[part] == m.largest(x[part], axes, True), axis=axes) > 1).any() for _, part in _clipped(x.shape[-2:], **window))


def _avgpool(m: Any, x: Any, size: Any, stride: Any, padding: Any) -> Any:
    window, step, around = _pool(size, stride, padding)
    total = numpy().sum(_windows(m, x, window, step, around), axis=(-2, -1))
    return m.div(total, m.number(prod(window)))


def _avgpool_image(m: Any, g: Any, shape: Shape, size: Any, stride: Any, padding: Any) -> Any:
    window, step, around = _pool(size, stride, padding)
    out, each = m.zeros((*shape[:-2], *(n + 2 * p for n, p in zip(shape[-2:], around, strict=True)))), m.div(g, m.number(prod(window)))
    for _, met in _taps(window, step, g.shape[-2:]):
        out[met] = out[met] + each
    return out[_inner(shape[-2:], around)]


Convolution(1).enter()
Convolution(2).enter()
# fmt: off
array("maxpool",       "the largest entry of each window receives its gradient",  _maxpool,       (lambda g, y, x, **window: f.maxpool_image(g, x, **window),),
      _pooled_shape("maxpool"), rule=CHOICE, statics=POOL, kink=_maxpool_tied, convention="tied entries of a window share the gradient equally")
array("maxpool_image", "the entries that were the largest of their windows",      _maxpool_image, (lambda h, y, g, x, **window: f.maxpool_taken(h, x, **window), None),
      lambda g, x, **_: x, arity=2, rule=CHOICE, statics=POOL)
array("maxpool_taken", "the largest entry of each window receives its gradient",  _maxpool_taken, (lambda g, y, h, x, **window: f.maxpool_image(g, x, **window), None),
      lambda h, x, **window: _pooled_shape("maxpool")(x, **window), arity=2, rule=CHOICE, statics=POOL)
array("avgpool",       "every entry of a window receives an equal part",          _avgpool,       (lambda g, y, x, **window: f.avgpool_image(g, shape=x.shape, **window),),
      _pooled_shape("avgpool"), rule=SUM, statics=POOL)
array("avgpool_image", "the mean over each window",                               _avgpool_image, (lambda h, y, g, shape, **window: f.avgpool(h, **window),),
      _as_told, rule=SUM, statics={"shape": None, **POOL})
# fmt: on
