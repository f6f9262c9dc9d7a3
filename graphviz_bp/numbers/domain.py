"""The domains a graph is read in, and what they share: entrywise application, choice, the making of arrays.

A domain is the small vocabulary (`exp`, `div`, `where`, ...) in which every operation states its value once.
Scalars are plain Python objects (`Fraction`, `float`, `mpf`, SymPy expressions); arrays are NumPy arrays, of
`object` dtype wherever the entries are not floats. NumPy, mpmath and SymPy are imported when first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from .functions import FUNCTIONS


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


class Entrywise(Domain):
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
        return fold(xs, max, partial(self.lift, max))

    def minimum(self, xs: Sequence[Any]) -> Any:
        return fold(xs, min, partial(self.lift, min))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        found = partial(self.lift, self._function(name))
        setattr(self, name, found)
        return found

    def _function(self, name: str) -> Callable[..., Any]:
        raise NotImplementedError


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


def fold(xs: Sequence[Any], scalar: Callable[..., Any], pair: Callable[[Any, Any], Any]) -> Any:
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
