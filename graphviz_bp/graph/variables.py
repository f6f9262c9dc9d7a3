"""Graphs by hand: inputs, operators, names.

    u, w = inputs("u", "w")        open a graph
    v = (u**2).named("v")          operators and functions extend it
    g = graph(v * w)               end it (graph/)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from ..errors import InputError
from ..numbers import is_array, numpy
from ..operations import OPERATIONS, Operation, Shape, static_key
from .folding import folded
from .tape import Tape

LONGEST = 40  # characters of a name

_OPEN = object.__new__


def _operator(name: str, swapped: bool = False) -> Callable[[Any, Any], Variable]:
    """The method behind an operator. Two numbers of one graph take a short way, since large graphs are made of them."""
    operation = OPERATIONS[name]
    code = operation.code

    def method(self: Variable, other: Any) -> Variable:
        tape = self.tape
        if type(other) is not Variable or other.tape is not tape or not tape.scalar or tape.folding:
            return self.applied(operation, (self, other), {})
        codes, operands = tape.codes, tape.operands
        operands.append(self.node)
        operands.append(other.node)
        tape.ends.append(len(operands))
        tape.shapes.append(0)
        made = _OPEN(Variable)
        made.tape, made.node = tape, len(codes)
        codes.append(code)
        return made

    def mirrored(self: Variable, other: Any) -> Variable:
        return self.applied(operation, (other, self), {})

    return mirrored if swapped else method


class Variable:
    """A node of a graph that is being built; arithmetic on it adds nodes. Array semantics are NumPy's.

    >>> u, = inputs("u")
    >>> (u**2 + 1).shape
    ()
    """

    __slots__ = ("node", "tape")
    __array_ufunc__ = None  # so that `ndarray * variable` comes to us
    __hash__ = object.__hash__

    def __init__(self, tape: Tape, node: int) -> None:
        self.tape, self.node = tape, node

    @property
    def shape(self) -> Shape | None:
        """The shape as NumPy has it; None where it is not known before values are given."""
        return self.tape.shape(self.node)

    @property
    def name(self) -> str | None:
        """The name given to this node, if any."""
        return self.tape.names.get(self.node)

    def named(self, name: str) -> Variable:
        """The same node under a name; a node that has one already gets a second box, `name = old`."""
        return self.called(checked_name(name))

    def called(self, name: str) -> Variable:
        """The same under a name that nobody typed, as h#2 for the second h of a function, or its entry h#2_1."""
        variable = self.applied(OPERATIONS["identity"], (self,), {}) if self.name or self._fixed else self
        variable.tape.name(variable.node, name)
        return variable

    @property
    def _fixed(self) -> bool:
        return self.node in self.tape.constants

    def applied(self, operation: Operation, operands: tuple[Any, ...], static: dict[str, Any]) -> Variable:
        """The node that applies an operation to these operands, numbers among them becoming constants."""
        tape = self.tape
        nodes = tuple([x.node if type(x) is Variable and x.tape is tape else _node(tape, x) for x in operands])
        if tape.scalar and operation.arity == len(nodes) and not static and not tape.folding and operation.elementwise:
            return Variable(tape, tape.append(operation.code, nodes, 0))
        if operation.statics:
            static = _facts(operation, static)
        elif static:
            raise InputError(f"{operation.name} takes no {' or '.join(static)}")
        if tape.folding:
            found = folded(tape, operation, nodes, static)
            if found is not None:
                return Variable(tape, found)
        return Variable(tape, tape.operate(operation, nodes, static))

    __add__, __radd__ = _operator("add"), _operator("add", swapped=True)
    __sub__, __rsub__ = _operator("sub"), _operator("sub", swapped=True)
    __mul__, __rmul__ = _operator("mul"), _operator("mul", swapped=True)
    __truediv__, __rtruediv__ = _operator("div"), _operator("div", swapped=True)
    __pow__, __rpow__ = _operator("pow"), _operator("pow", swapped=True)
    __gt__, __lt__ = _operator("greater"), _operator("less")
    __ge__, __le__ = _operator("greater_equal"), _operator("less_equal")

    def __matmul__(self, other: Any) -> Variable: return self.applied(OPERATIONS["matmul"], (self, other), {})
    def __rmatmul__(self, other: Any) -> Variable: return self.applied(OPERATIONS["matmul"], (other, self), {})
    def __neg__(self) -> Variable: return self.applied(OPERATIONS["neg"], (self,), {})
    def __abs__(self) -> Variable: return self.applied(OPERATIONS["abs"], (self,), {})
    def __pos__(self) -> Variable: return self

    @property
    def T(self) -> Variable:  # noqa: N802  (NumPy's name)
        """All axes reversed: the transpose of a matrix."""
        return self.applied(OPERATIONS["transpose"], (self,), {})

    def __getitem__(self, key: Any) -> Variable:
        shape = self.shape
        items = key if isinstance(key, tuple) else (key,)
        if any(isinstance(item, Variable) for item in items):
            raise InputError("an index must be a number, not a variable", remedy="it is part of the graph's structure")
        taken = [item for item in items if item is not None and item is not Ellipsis]
        if shape is not None and len(taken) > len(shape):
            raise InputError(f"{len(taken)} indices are too many for shape {shape}")
        return self.applied(OPERATIONS["index"], (self,), {"key": static_key(key)})

    def __iter__(self) -> Any:
        shape = self.shape
        if not shape:
            raise InputError("this variable is a number and has no entries to go through")
        return (self[i] for i in range(shape[0]))

    def __bool__(self) -> bool:
        raise InputError(
            "a variable has no value yet, so it can not decide an `if` or a `while`",
            remedy="use where(condition, a, b)",
        )

    def __float__(self) -> float:
        raise InputError(
            "a variable has no value yet",
            remedy="write bp.exp(x) for math.exp(x); values come from graph(...).backprop({...})",
        )

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        name = function.__name__
        remedy = f"write bp.{name}" if name in OPERATIONS else "write it with operators and functions such as bp.exp"
        raise InputError(f"NumPy's {name} does not know variables", remedy=remedy)

    def __repr__(self) -> str:
        operation = self.tape.operation(self.node)
        what = self.name or (operation.name if operation else repr(self.tape.constants.get(self.node)))
        return f"<variable {what}{'' if self.shape == () else f' of shape {self.shape}'}>"


def _node(tape: Tape, value: Any) -> int:
    """The node of an operand; numbers and arrays become constants."""
    if type(value) is float or type(value) is int:
        return tape.constant(value)
    if isinstance(value, Variable):
        if value.tape is tape:
            return value.node
        raise InputError(
            "these variables belong to two different graphs",
            remedy='open all inputs of a graph with one call, as in u, w = inputs("u", "w")',
        )
    return constant(tape, value).node


def constant(tape: Tape, value: Any) -> Variable:
    """A number, a nested list or an array on the tape."""
    if isinstance(value, (list, tuple)) or is_array(value):
        array = numpy().array(value, dtype=object if not is_array(value) else None)
        if array.dtype == object and not all(_is_number(x) for x in array.flat):
            raise InputError("a constant array must be a full box of numbers", remedy="give every row the same length")
        array.flags.writeable = False
        return Variable(tape, tape.constant(array, array.shape))
    if hasattr(value, "item"):
        value = value.item()
    if not _is_number(value):
        raise InputError(f"{value!r} is neither a number nor a variable of this graph")
    return Variable(tape, tape.constant(int(value) if isinstance(value, bool) else value))


def _is_number(value: Any) -> bool:
    from decimal import Decimal

    return isinstance(value, (int, float, Fraction, Decimal))


def _facts(operation: Operation, given: dict[str, Any]) -> dict[str, Any]:
    """The static facts of an operation, complete and hashable."""
    unknown = [name for name in given if name not in operation.statics]
    if unknown:
        raise InputError(f"{operation.name} takes no {unknown[0]}", remedy=f"it takes {', '.join(operation.statics)}")
    facts = {**dict(operation.defaults), **given}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}


def inputs(*names: str, tape: Tape | None = None, **shapes: Shape) -> tuple[Variable, ...]:
    """Open a graph: one variable per name; scalars unless a shape is given by keyword.

    >>> W, x = inputs("W", "x", W=(2, 3), x=(3,))
    >>> (W @ x).shape
    (2,)
    """
    tape = Tape() if tape is None else tape
    if len(names) == 1:
        names = tuple(names[0].replace(",", " ").split())
    stray = [name for name in shapes if name not in names]
    if stray:
        raise InputError(f"a shape is given for {stray[0]}, which is not among the inputs")
    nodes: Sequence[int]
    if shapes or not _plain(names):
        nodes = [tape.input(checked_name(n), _shape(shapes.get(n, ())), declared=n in shapes) for n in names]
    else:
        nodes = tape.numbers(names)
    return tuple([Variable(tape, node) for node in nodes])


def _plain(names: tuple[str, ...]) -> bool:
    """Whether these are certainly names; asked of all at once, because there may be a million."""
    try:
        text = "\n".join(names)
    except TypeError:
        return False
    short = all(map(str.isidentifier, names)) and max(map(len, names), default=0) <= LONGEST
    return short and text.isascii() and "\n_" not in f"\n{text}"


def _shape(shape: Any) -> Shape:
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if not all(isinstance(n, int) and n > 0 for n in sizes):
        raise InputError(f"{shape} is not a shape", remedy="write a shape as in W=(2, 3)")
    return sizes


def checked_name(name: str) -> str:
    """A name fit for a node: letters, digits, underscores and primes, a letter first (x, W_2, yhat, θ, a').

    The n-th value of a rebound name is `x#2`, `x#3`, ...
    """
    body, mark, version = name.rstrip("'").partition("#") if isinstance(name, str) else ("", "", "")
    if mark and (not version.isdecimal() or version != str(max(2, int(version[:9])))):
        body = ""
    if not body or not body.replace("_", "a").isalnum() or not body[0].isalpha() or len(name) > LONGEST:
        remedy = f"use letters, digits, underscores and primes, a letter first, {LONGEST} at most"
        raise InputError(f"{name!r} is not a name", remedy=remedy)
    return name
