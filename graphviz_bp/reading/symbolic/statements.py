"""What is asked of SymPy expressions: which statements there are, and what they and their parts are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ...errors import InputError
from ...graph import Graph, graph
from ...graph.tape import Tape
from ...graph.variables import Variable, checked_name
from .reader import Reader, item_of, item_text, measured

Names = Mapping[str, Any] | Sequence[str]


def from_sympy(expression: Any, names: Names | None = None, output: str | None = None, *, data: Iterable[str] = (),
               labels: Mapping[str, str] | None = None) -> Graph:  # fmt: skip
    """The graph of a SymPy expression, its symbols being the inputs; or of several, one statement each.

    Several come as a mapping {"v": u**2, "z": v*w}, as pairs, or as equations Eq(v, u**2): a symbol of a statement's
    name stands for it from then on, a statement without symbols is an input with that default, and the last one is the
    output unless `output` names another. A single expression is called `output`, else z (or f, where z is a symbol).
    A subexpression that occurs more than once becomes a node of its own: `names` calls it, by a mapping
    {"s": x + y} from names to subexpressions, or by a list of names in order of appearance; others are t_1, t_2, ...
    What is known of a symbol (positive=True) is declared of the input. π and e are numbers.

    >>> from sympy import log
    >>> from sympy.abc import x, y
    >>> g = from_sympy((x + y)**2 * log(x + y), names={"s": x + y})
    >>> [f"{name} = {g[name].formula}" for name in g.names if g[name].formula]
    ['s = x + y', 'z = s²·log s']
    """
    if isinstance(names, str):
        raise InputError("names are a mapping or a list", remedy=f"write output={names!r} for the name of the output")
    statements, last = _statements(expression, output)
    reader = Reader(Tape(), {name for name, _ in statements})
    if isinstance(names, Mapping):
        reader.called = {item_of(_checked(part)): checked_name(name) for name, part in names.items()}
    for name, part in statements:
        reader.state(checked_name(name), part)
    missing = [f"{name} = {item_text(item)}" for item, name in reader.called.items() if item not in reader.done]
    if missing:
        raise InputError(f"{missing[0]} does not occur", remedy="SymPy may have rearranged it: name what it prints")
    tape = reader.tape
    if names is not None and not isinstance(names, Mapping):
        _name_in_order(tape, list(names))
    end = tape.by_name.get(last)
    if end is None or last in tape.inputs:
        raise InputError(
            f"{last} is not computed here, so it cannot be the output", remedy="name one of the statements"
        )
    return graph(Variable(tape, end), data=tuple(data), labels=labels)


def _statements(expression: Any, output: str | None) -> tuple[list[tuple[str, Any]], str]:
    """What is to be computed, by name, and the name of the output."""
    import sympy

    if isinstance(expression, sympy.Equality):
        expression = [expression]
    if isinstance(expression, Mapping):
        pairs: list[Any] = list(expression.items())
    elif isinstance(expression, (list, tuple)):
        pairs = [e.args if isinstance(e, sympy.Equality) else e for e in expression]
    else:
        name = output or _free_name(_checked(expression))
        return [(name, _checked(expression))], name
    if not pairs or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        raise InputError("statements are names with expressions", remedy='write {"v": u**2, "z": v*w}')
    named = [(name.name if isinstance(name, sympy.Symbol) else name, _checked(part)) for name, part in pairs]
    return named, output or named[-1][0]


def _free_name(expression: Any) -> str:
    """The usual name of an output that is not a symbol already."""
    taken = {symbol.name for symbol in measured(expression)[1]}
    return next(name for name in ("z", "f", "g", "h", *(f"z_{n}" for n in range(len(taken) + 1))) if name not in taken)


def _checked(expression: Any) -> Any:
    """A SymPy expression, if it is a scalar one."""
    import sympy

    if isinstance(expression, (int, float, Fraction)):
        return sympy.Rational(expression) if not isinstance(expression, float) else sympy.Float(expression)
    if isinstance(expression, str):
        raise InputError("this is text, not a SymPy expression", remedy="read text with parse")
    if not isinstance(expression, sympy.Basic) or getattr(expression, "is_Matrix", False):
        raise InputError(
            f"a {type(expression).__name__} is not a SymPy expression of one value", remedy="read arrays with parse"
        )
    return expression


def _name_in_order(tape: Tape, names: list[str]) -> None:
    """Names for the operations used more than once, in order of appearance."""
    uses = [0] * len(tape)
    for i in tape.operands:
        uses[i] += 1
    shared = [node for node, n in enumerate(uses) if n > 1 and node not in tape.names and tape.operation(node)]
    if len(names) > len(shared):
        raise InputError(f"{len(names)} names are given, and {len(shared)} subexpressions occur more than once")
    for node, name in zip(shared, names, strict=False):
        tape.name(node, checked_name(name))
