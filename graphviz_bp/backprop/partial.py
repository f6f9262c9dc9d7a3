"""The local partial of an array node, a map that is applied rather than written out."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..graph.boxes import Box
from ..numbers import NotExact, doubles, is_array, numpy
from ..operations import Shape
from .sweep import Flow

if TYPE_CHECKING:
    from .steps import Sweep


class Partial:
    """The local partial of an array node: a linear map, applied rather than written out.

    `pull(g)` hands a gradient of the child back to the parent, `push(t)` carries a change of the parent to the
    child; `jacobian()` is the array of all partials, of shape child.shape + parent.shape.
    """

    def __init__(self, sweep: Sweep, box: Box, uses: tuple[tuple[int, int], ...]) -> None:
        self._sweep, self._box, self._uses = sweep, box, uses

    def __and__(self, other: Partial) -> Partial:
        return Partial(self._sweep, self._box, self._uses + other._uses)

    @property
    def _shapes(self) -> tuple[Shape, Shape]:
        tape, (node, slot) = self._sweep.graph.tape, self._uses[0]
        return tape.shape(self._box.root) or (), tape.shape(tape.operands_of(node)[slot]) or ()

    def pull(self, g: Any) -> Any:
        """The gradient of the parent from the gradient `g` of the child."""
        m = self._sweep.m
        try:
            g = m.number(g)
        except NotExact:  # a gradient in doubles under exact values: every double is a fraction
            g = m.number(numpy().vectorize(Fraction, otypes=[object])(g))
        if (g.shape if is_array(g) else ()) != self._shapes[0]:
            raise InputError(f"the gradient has shape {getattr(g, 'shape', ())}, the node has shape {self._shapes[0]}")
        flows = self._sweep.pull(self._box, Flow(g))
        return public(sum((flows[use].amount for use in self._uses[1:]), flows[self._uses[0]].amount))

    def push(self, t: Any) -> Any:
        """The change of the child under a change `t` of the parent, worked out forward through the box."""
        from ..derivatives import push_through

        m, values = self._sweep.m, self._sweep.values
        try:
            t = m.number(t)
        except NotExact:  # a change in decimals under exact values
            m, values = doubles, [doubles.number(value) for value in values]
            t = m.number(t)
        if (t.shape if is_array(t) else ()) != self._shapes[1]:
            raise InputError(f"the change has shape {getattr(t, 'shape', ())}, the node has shape {self._shapes[1]}")
        return public(push_through(self._sweep.graph.tape, self._box, values, dict.fromkeys(self._uses, t), m))

    def jacobian(self, limit: int = 1_000_000) -> Any:
        """All partials, of shape child.shape + parent.shape; refused beyond `limit` entries."""
        np = numpy()
        child, parent = self._shapes
        size = int(np.prod(child + parent, dtype=float))
        if size > limit:
            raise InputError(f"this Jacobian has {size} entries", remedy="use .pull(g) or .push(t), or raise the limit")
        rows = []
        for index in np.ndindex(*child):
            unit = np.zeros(child, dtype=int)
            unit[index] = 1
            rows.append(self.pull(unit if child else 1))
        return np.array(rows).reshape(child + parent)

    def __repr__(self) -> str:
        child, parent = self._shapes
        return f"<partial: gradients of shape {child} go back as shape {parent}>"


def public(value: Any) -> Any:
    """A number as users get it: int or Fraction where exact, else float; arrays of whole numbers as integers."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else value
    if is_array(value) and value.dtype == object and value.size and not hasattr(value.flat[0], "free_symbols"):
        np = numpy()
        whole = all(Fraction(x).denominator == 1 and abs(x) < 2**63 for x in value.flat if not isinstance(x, float))
        return np.array(value, dtype=np.int64 if whole else np.float64)
    return value
