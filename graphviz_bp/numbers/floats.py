"""The domain of doubles, where infinity and what is undefined are answers."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from .domain import Domain, fold, is_array, numpy, plain, quietly
from .functions import FUNCTIONS, Function


class Doubles(Domain):
    """IEEE double precision: Python floats for scalars, NumPy for arrays; overflow is inf, undefined is nan."""

    name = "doubles"
    pi = math.pi

    def number(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)) or is_array(value):
            return numpy().array(value, dtype=float)
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf

    def div(self, a: Any, b: Any) -> Any:
        if type(a) is float and type(b) is float and b != 0.0:
            return a / b
        return quietly("true_divide", a, b)

    def power(self, a: Any, b: Any) -> Any:
        if type(a) is float and type(b) is float:
            try:
                return math.pow(a, b)
            except (ValueError, OverflowError):
                return quietly("float_power", a, b)
        return numpy().power(a, b)

    def sqrt(self, x: Any) -> Any:
        if type(x) is float and x >= 0.0:
            return math.sqrt(x) + 0.0  # not -0.0, for 1/√x is +∞ on the side where it exists
        return quietly("sqrt", x) + 0.0

    def maximum(self, xs: Sequence[Any]) -> Any:
        return fold(xs, _nan_or(max), lambda a, b: numpy().maximum(a, b))

    def minimum(self, xs: Sequence[Any]) -> Any:
        return fold(xs, _nan_or(min), lambda a, b: numpy().minimum(a, b))

    def peak(self, x: Any, axis: Any) -> Any:
        peak = numpy().max(x, axis=axis, keepdims=True)
        return numpy().where(numpy().isfinite(peak), peak, 0.0)  # ∞ − ∞ is not 0: where all is masked, log 0 is -∞

    def largest(self, x: Any, axes: tuple[int, ...], keepdims: bool = False) -> Any:
        return numpy().max(x, axis=axes, keepdims=keepdims)

    def smallest(self, x: Any, axes: tuple[int, ...], keepdims: bool = False) -> Any:
        return numpy().min(x, axis=axes, keepdims=keepdims)

    def defined(self, value: Any, where: Any) -> Any:
        if is_array(value) or is_array(where):
            return numpy().where(where == where, value + 0.0, where)
        return value + 0.0 if where == where else where  # -0.0 becomes 0.0, on the side where a logarithm is

    def finite(self, x: Any) -> Any:
        return numpy().clip(x, -_MOST, _MOST) if is_array(x) else max(min(x, _MOST), -_MOST)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        found = _in_doubles(FUNCTIONS[name])
        setattr(self, name, found)  # looked up once
        return found


_MOST = sys.float_info.max


def _nan_or(best: Callable[[Sequence[float]], float]) -> Callable[[Sequence[float]], float]:
    return lambda xs: best(xs) if all(x == x for x in xs) else math.nan  # Python's max forgets a nan


def _in_doubles(function: Function) -> Callable[..., Any]:
    """The scalar function where it answers; NumPy for arrays and where it raises, because inf and nan are answers."""
    scalar = function.doubles

    def apply(x: Any, *more: Any) -> Any:
        if type(x) is float and (not more or type(more[-1]) is float):
            try:
                return float(scalar(x, *more))
            except (ValueError, OverflowError):
                with numpy().errstate(all="ignore"):
                    return plain(_for_arrays(function)(x, *more)) if function.array else math.nan
        return _for_arrays(function)(x, *more)

    return apply


@cache
def _for_arrays(function: Function) -> Callable[..., Any]:
    """NumPy's function, SciPy's, or the scalar one entry by entry."""
    if not function.array:
        return lambda *xs: numpy().asarray(numpy().frompyfunc(function.doubles, len(xs), 1)(*xs), dtype=float)
    if function.array.startswith("special."):
        special = import_module("scipy.special")
        return getattr(special, function.array.removeprefix("special."))  # type: ignore[no-any-return]
    return getattr(numpy(), function.array)  # type: ignore[no-any-return]


doubles = Doubles()
