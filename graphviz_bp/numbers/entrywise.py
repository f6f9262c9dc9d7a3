"""Three domains whose numbers are objects: exact numbers, many digits, symbols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from . import rationals
from .domain import Domain, Entrywise, is_array, numpy
from .floats import doubles
from .functions import FUNCTIONS, piecewise
from .rationals import BITS, NotExact, to_fraction


class Exact(Entrywise):
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


class Digits(Entrywise):
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


class Symbols(Entrywise):
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
symbols = Symbols()


@cache
def digits(count: int = 40) -> Digits:
    """The domain of mpmath numbers with that many digits."""
    return Digits(count)
