"""The domains a graph is read in: exact numbers, doubles, 40 digits, and symbols.

A domain is the small vocabulary (`exp`, `div`, `where`, ...) in which every operation states its value once.
Scalars are plain Python objects (`Fraction`, `float`, `mpf`, SymPy expressions); arrays are NumPy arrays, of
`object` dtype wherever the entries are not floats. NumPy, mpmath and SymPy are imported when first needed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from importlib import import_module
from typing import Any

from . import rationals
from .functions import FUNCTIONS, Function, piecewise
from .rationals import BITS, NotExact, to_fraction


class Domain:
    """What every domain shares: elementwise application, choice, and array construction."""

    name: str = ""

    def number(self, value: Any) -> Any:
        """A value a user gave (number, nested list, array) as this domain writes it."""
        raise NotImplementedError

    def maximum(self, xs: Sequence[Any]) -> Any:
        """The largest of several values, entry by entry."""
        raise NotImplementedError

    def minimum(self, xs: Sequence[Any]) -> Any:
        """The smallest of several values, entry by entry."""
        raise NotImplementedError

    def where(self, condition: Any, chosen: Any, otherwise: Any) -> Any:
        """`chosen` where the condition is not zero, else `otherwise`; the other one is not looked at."""
        if any(map(is_array, (condition, chosen, otherwise))):
            return numpy().where(self._truth(condition), chosen, otherwise)
        return chosen if condition else otherwise

    def test(self, truth: Any) -> Any:
        """A comparison's outcome as the number 1 or 0."""
        if is_array(truth):
            chosen = numpy().where(truth.astype(bool), self.number(1), self.number(0))
            return chosen if chosen.dtype == float else chosen.astype(object)  # Python's integers, not the machine's
        return self.number(1 if truth else 0)

    def holds(self, relation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        """Whether a relation such as `operator.gt` holds, as the number 1 or 0."""
        return self.test(relation(a, b))

    def _truth(self, condition: Any) -> Any:
        return condition.astype(bool) if is_array(condition) else bool(condition)

    def entries(self, value: Any) -> Any:
        """A nested list or array with every entry read by `number`."""
        np = numpy()
        array = value if is_array(value) else np.array(value, dtype=object)
        out = np.empty(array.shape, dtype=object)
        for index, entry in np.ndenumerate(array):
            out[index] = self.number(entry.item() if hasattr(entry, "item") else entry)
        return out

    def weighted(self, weight: Any, x: Any) -> Any:
        """weight · x, and 0 where the weight is 0, even if x is infinite there: 0 log 0 is 0."""
        return self.where(weight, weight * x, self.zeros(numpy().shape(x)) if is_array(x) else self.number(0))

    def zeros(self, shape: tuple[int, ...]) -> Any:
        """An array of zeros, to which entries are added."""
        zero = self.number(0)
        out = numpy().empty(shape, dtype=float if isinstance(zero, float) else object)
        out.fill(zero)
        return out

    def same(self, a: Any, b: Any) -> Any:
        """Whether two values are equal, entry by entry."""
        return a == b

    def peak(self, x: Any, axis: Any) -> Any:
        """The largest entry along an axis, which softmax subtracts first."""
        return numpy().max(x, axis=axis, keepdims=True)

    def largest(self, x: Any, axes: tuple[int, ...], keepdims: bool = False) -> Any:
        """The largest entry over some axes."""
        return _over(self.maximum, x, axes, keepdims)

    def smallest(self, x: Any, axes: tuple[int, ...], keepdims: bool = False) -> Any:
        """The smallest entry over some axes."""
        return _over(self.minimum, x, axes, keepdims)

    def defined(self, value: Any, where: Any) -> Any:
        """`value` where the other one is a number, and nan with it: a function has no slope where it has no value."""
        return value

    def finite(self, x: Any) -> Any:
        """The nearest number that is not infinite."""
        return x

    def check(self, value: Any) -> None:
        """Refuse a computed value that does not belong in this domain (only the exact domain does)."""


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
        return _fold(xs, _nan_or(max), lambda a, b: numpy().maximum(a, b))

    def minimum(self, xs: Sequence[Any]) -> Any:
        return _fold(xs, _nan_or(min), lambda a, b: numpy().minimum(a, b))

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


class _Entrywise(Domain):
    """A domain whose scalars are objects: functions run over object arrays entry by entry."""

    def lift(self, function: Callable[..., Any], *xs: Any) -> Any:
        if any(hasattr(x, "ndim") for x in xs):  # an array without axes, too
            return numpy().frompyfunc(function, len(xs), 1)(*xs)
        return function(*xs)

    def number(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)) or is_array(value):
            return self.entries(value)
        return self._scalar(value)

    def _scalar(self, value: Any) -> Any:
        raise NotImplementedError

    def maximum(self, xs: Sequence[Any]) -> Any:
        return _fold(xs, max, partial(self.lift, max))

    def minimum(self, xs: Sequence[Any]) -> Any:
        return _fold(xs, min, partial(self.lift, min))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        found = partial(self.lift, self._function(name))
        setattr(self, name, found)
        return found

    def _function(self, name: str) -> Callable[..., Any]:
        raise NotImplementedError


class Exact(_Entrywise):
    """Rational numbers; whatever has no exact value, or one beyond 256 bits, raises `NotExact`.

    >>> exact.div(1, 3)
    Fraction(1, 3)
    >>> exact.exp(0)
    1
    """

    name = "exact"

    def _scalar(self, value: Any) -> Fraction | int:
        return to_fraction(value)

    def div(self, a: Any, b: Any) -> Any:
        return self.lift(rationals.quotient, a, b)

    def power(self, a: Any, b: Any) -> Any:
        return self.lift(rationals.power, a, b)

    @property
    def pi(self) -> Any:
        raise NotExact("π has no exact value")

    def _function(self, name: str) -> Callable[..., Any]:
        return rationals.function(name)

    def check(self, value: Any) -> None:
        for x in value.flat if is_array(value) else (value,):
            if type(x) is Fraction:
                if max(x.numerator.bit_length(), x.denominator.bit_length()) > BITS:
                    raise NotExact(f"a number grew beyond {BITS} bits")
            elif x.bit_length() > BITS:
                raise NotExact(f"a number grew beyond {BITS} bits")


class Digits(_Entrywise):
    """mpmath numbers with so many decimal digits: the reference the doubles are held against."""

    def __init__(self, digits: int) -> None:
        import mpmath

        self.name = f"{digits} digits"
        self.context = mpmath.mp.clone()
        self.context.dps = digits

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, (Fraction, Decimal)):
            value = Fraction(value)
            return self.context.mpf(value.numerator) / value.denominator
        return self.context.mpf(value)

    def div(self, a: Any, b: Any) -> Any:
        return self.lift(self._div, a, b)

    def _div(self, a: Any, b: Any) -> Any:
        return a / b if b else (self.context.nan if not a else self.context.inf * self.context.sign(a))

    def power(self, a: Any, b: Any) -> Any:
        return self.lift(self._power, a, b)

    def _power(self, a: Any, b: Any) -> Any:
        if not a and b < 0:
            return self.context.inf
        return self._real(a**b)

    def _real(self, value: Any) -> Any:
        return self.context.nan if isinstance(value, self.context.mpc) else value

    @property
    def pi(self) -> Any:
        return +self.context.pi

    def defined(self, value: Any, where: Any) -> Any:
        return self.lift(lambda a, y: a if y == y else y, value, where)

    def _function(self, name: str) -> Callable[..., Any]:
        function = FUNCTIONS[name].in_mpmath(self.context)

        def apply(*xs: Any) -> Any:
            try:
                return self._real(function(*xs))
            except (ValueError, ZeroDivisionError):  # at a pole
                return self.context.nan

        return apply


class Symbols(_Entrywise):
    """SymPy expressions; what chooses becomes a Max, a Min or a Piecewise."""

    name = "symbols"

    def _scalar(self, value: Any) -> Any:
        import sympy

        if isinstance(value, (Fraction, Decimal)):
            value = Fraction(value)
            return sympy.Rational(value.numerator, value.denominator)
        if isinstance(value, (int, float)):
            return sympy.Integer(value) if isinstance(value, int) else sympy.Float(value)
        return value

    def symbol(self, name: str, shape: tuple[int, ...] = ()) -> Any:
        """A real symbol, or an array of them with their indices (counted from 1) in the name."""
        import sympy

        if shape == ():
            return sympy.Dummy(name, real=True) if not name.isidentifier() else sympy.Symbol(name, real=True)
        np = numpy()
        out = np.empty(shape, dtype=object)
        for index in np.ndindex(*shape):
            out[index] = sympy.Symbol(f"{name}_{'_'.join(str(i + 1) for i in index)}", real=True)
        return out

    def div(self, a: Any, b: Any) -> Any:
        return a / b

    def power(self, a: Any, b: Any) -> Any:
        return self.lift(_sympy_power, a, b)

    def test(self, truth: Any) -> Any:
        return self.lift(lambda t: piecewise((1, t), (0, True)), truth)

    def holds(self, relation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        return self.lift(lambda a, b: piecewise((1, relation(a, b)), (0, True)), a, b)  # NumPy would ask for its truth

    def where(self, condition: Any, chosen: Any, otherwise: Any) -> Any:
        return self.lift(_sympy_where, condition, chosen, otherwise)

    @property
    def pi(self) -> Any:
        import sympy

        return sympy.pi

    def weighted(self, weight: Any, x: Any) -> Any:
        return weight * x  # as the blackboard has it

    def same(self, a: Any, b: Any) -> Any:
        import sympy

        return self.lift(sympy.Eq, a, b)  # a relation, not Python's ==

    def peak(self, x: Any, axis: Any) -> Any:
        return 0  # symbols have no largest entry, and need none

    def maximum(self, xs: Sequence[Any]) -> Any:
        import sympy

        return self.lift(sympy.Max, *xs)

    def minimum(self, xs: Sequence[Any]) -> Any:
        import sympy

        return self.lift(sympy.Min, *xs)

    def _function(self, name: str) -> Callable[..., Any]:
        return FUNCTIONS[name].in_sympy()


def _sympy_power(a: Any, b: Any) -> Any:
    import sympy

    endless = a.is_number and b.is_number and abs(b) > 1000  # SymPy would write all digits down
    return sympy.Pow(a, b, evaluate=False) if endless else a**b


def _sympy_where(condition: Any, chosen: Any, otherwise: Any) -> Any:
    import sympy

    if isinstance(condition, sympy.Piecewise) and condition.args[0][0] == 1 and condition.args[-1][0] == 0:
        truth = condition.args[0][1]  # an indicator says its condition better than `indicator != 0`
    else:
        truth = sympy.Ne(condition, 0)
    return piecewise((chosen, truth), (otherwise, True))


def is_array(value: Any) -> bool:
    """Whether this is a NumPy array (asked without importing NumPy)."""
    return hasattr(value, "ndim") and hasattr(value, "dtype") and value.ndim > 0


@cache
def numpy() -> Any:
    """NumPy, imported when the first array (or the first inf) needs it; its warnings are our notes."""
    import numpy

    return numpy


def quietly(function: str, *xs: Any) -> Any:
    """A NumPy function without its warnings: what is not finite becomes a note of the run."""
    with numpy().errstate(all="ignore"):
        return plain(getattr(numpy(), function)(*xs))


def plain(value: Any) -> Any:
    """A NumPy scalar or 0-d array as the Python object it holds; other values as they are."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value


def _fold(xs: Sequence[Any], scalar: Callable[..., Any], pair: Callable[[Any, Any], Any]) -> Any:
    if not any(map(is_array, xs)):
        return scalar(xs)
    result = xs[0]
    for x in xs[1:]:
        result = pair(result, x)
    return result


def _over(best: Callable[[Sequence[Any]], Any], x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """The best entry over some axes: entries side by side, compared all at once."""
    np = numpy()
    side_by_side = np.moveaxis(x, axes, range(len(axes)))
    rest = side_by_side.shape[len(axes) :]
    found = best(tuple(side_by_side.reshape(-1, *rest)))
    if not keepdims:
        return found
    out = np.empty(rest, dtype=object)
    out[...] = found
    return np.expand_dims(out, axes)


def domain_of(values: Sequence[Any]) -> Domain:
    """The domain these numbers are read in: exact if all are, else doubles; symbols and mpmath keep theirs."""
    for value in values:
        for x in value.flat if is_array(value) and value.dtype == object else (value,):
            module = type(x).__module__
            if module.startswith("sympy"):
                return symbols
            if module.startswith("mpmath"):
                return digits(x.context.dps)
    return doubles


exact = Exact()
doubles = Doubles()
symbols = Symbols()


@cache
def digits(count: int = 40) -> Digits:
    """The domain of mpmath numbers with that many digits."""
    return Digits(count)
