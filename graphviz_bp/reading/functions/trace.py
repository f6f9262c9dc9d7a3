"""What a function is called with, what it returns, and the graph in between."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from inspect import Parameter, signature
from types import TracebackType
from typing import Any

from ...errors import InputError
from ...graph import Graph, graph
from ...graph.tape import Tape
from ...graph.variables import Variable
from ...numbers import is_array, numpy, plain
from ...operations import OPERATIONS, Shape
from .watch import Watch, free_name, legal_name, without_zeros


def trace(
    function: Callable[..., Any],
    /,
    *examples: Any,
    data: Iterable[str] = (),
    fixed: Iterable[str] = (),
    labels: Mapping[str, str] | None = None,
    **given: Any,
) -> Graph:
    """The graph of a Python function: its parameters are the inputs, what it returns is the output.

    Parameters are numbers unless said otherwise, in order or by keyword: a tuple is a shape (`W=(2, 3)`); a number, a
    list or an array is a value, which becomes the input's default, as a number in the signature does. Anything else (a
    string, a flag, a function) is passed on as it is, and so are the parameters named by `fixed`. `data` names inputs
    of which no gradient is asked, `labels` says how names are typeset.

    A node gets the name of the first local variable it is bound to, in the function itself or else in the functions it
    calls (their parameters name nothing). The n-th value under one name is `x`, `x#2`, `x#3`; entry 0 of a list `h` is
    `h_0`. An output that no variable holds is named after the function. `y = x` makes no node: Python has two names
    for one value then, and the first one counts.

    >>> def f(u):
    ...     v = u**2
    ...     w = 6*u
    ...     return v*w
    >>> g = trace(f)
    >>> g.names, g["v"].formula
    (('u', 'v', 'w', 'f'), 'u²')
    """
    if not callable(function):
        raise InputError(f"{function!r:.60} is not a function", remedy="write trace(f), without calling f")
    tape = Tape()
    arguments = _arguments(function, examples, given, set(fixed))
    variables = {name: _opened(tape, name, value) for name, value in arguments.items()}
    if not tape.inputs:
        raise InputError(f"{_called_name(function)} has no parameters to be the inputs", remedy="write def f(x): ...")
    watch = Watch(tape, getattr(function, "__module__", None))
    result = _called(function, variables, watch)
    output = _checked_result(result, tape)
    same = without_zeros(tape)
    watch.give_names(same)
    output = _named_output(Variable(tape, same.get(output.node, output.node)), function)
    return graph(output, data=[legal_name(name) or name for name in data], labels=labels)


# -- parameters to inputs


_SCALAR = ()  # what is not given: a number, and none in particular


class _AsIs:
    """An argument that is passed on as it is."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _arguments(
    function: Callable[..., Any], examples: tuple[Any, ...], given: Mapping[str, Any], fixed: set[str]
) -> dict[str, Any]:
    """What is known of every parameter: a shape, a value, or something to pass on."""
    try:
        parameters = signature(function).parameters
        told = signature(function).bind_partial(*examples, **given).arguments
    except (TypeError, ValueError) as error:
        raise InputError(f"{_called_name(function)} can not be called like this: {error}") from None
    out: dict[str, Any] = {}
    for name, parameter in parameters.items():
        if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            if name in told:
                raise InputError(f"the inputs in *{name} have no names", remedy="write a parameter for each input")
            continue
        missing = parameter.default is Parameter.empty
        value = told.get(name, _SCALAR if missing else parameter.default)
        if name in fixed and (name in told or not missing):
            out[name] = _AsIs(value)
        else:
            out[name] = value if name in told or missing or not isinstance(value, tuple) else _AsIs(value)
    unknown = fixed - out.keys()
    if unknown:
        raise InputError(f"{_called_name(function)} has no parameter {min(unknown)}")
    return out


def _opened(tape: Tape, name: str, what: Any) -> Any:
    """The input for a parameter, or what is passed on in its place."""
    shape, default = _understood(what)
    if shape is None:
        return what.value if isinstance(what, _AsIs) else what
    node = tape.input(
        free_name(tape, legal_name(name) or "x"), shape, default=default, declared=default is None and shape != ()
    )
    return Variable(tape, node)


def _understood(what: Any) -> tuple[Shape | None, Any]:
    """The shape and the default of an input; no shape for what is no input."""
    what = plain(what)
    if isinstance(what, tuple) and all(type(n) is int and n > 0 for n in what):
        return what, None
    if isinstance(what, (int, float, Fraction, Decimal)) and not isinstance(what, bool):
        return (), what
    if isinstance(what, list) or is_array(what):
        array = numpy().array(what, dtype=None if is_array(what) else object)
        if array.size and all(isinstance(plain(x), (int, float, Fraction, Decimal)) for x in array.flat):
            return array.shape, what
    return None, None


# -- the run


def _called(function: Callable[..., Any], variables: Mapping[str, Any], watch: Watch) -> Any:
    """The function's result; where NumPy or range refuse a variable, the answer is in our words."""
    by_place = [p.name for p in signature(function).parameters.values() if p.kind is Parameter.POSITIONAL_ONLY]
    by_name = {name: value for name, value in variables.items() if name not in by_place}
    try:
        with watch:
            return function(*[variables[name] for name in by_place], **by_name)
    except TypeError as error:
        if "ufunc" in str(error):
            raise _unknown_to_numpy(_name_of_call(error.__traceback__)) from None
        if "'Variable' object cannot be interpreted as an integer" in str(error):
            remedy = 'fix the parameter that counts, as in trace(f, n=3, fixed=["n"])'
            raise InputError("a variable can not count", remedy=remedy) from None
        raise


def _unknown_to_numpy(name: str | None) -> InputError:
    if name is None:
        return InputError("NumPy does not know variables", remedy="write bp.exp(x) for np.exp(x)")
    ours = {"absolute": "abs", "maximum": "max", "minimum": "min", "power": "pow"}.get(name, name)
    remedy = f"write bp.{ours}" if ours in OPERATIONS else "write it with operators and functions such as bp.exp"
    return InputError(f"NumPy's {name} does not know variables", remedy=remedy)


def _name_of_call(trail: TracebackType | None) -> str | None:
    """The name of the function whose call raised, read from the source where there is one."""
    while trail is not None and trail.tb_next is not None:
        trail = trail.tb_next
    if trail is None:
        return None
    places = list(trail.tb_frame.f_code.co_positions())
    line, last, start, end = places[trail.tb_lasti // 2]
    if line is None or line != last:
        return None
    source = linecache.getline(trail.tb_frame.f_code.co_filename, line).encode()[start:end].decode(errors="replace")
    found = re.match(r"[\w.]*?(\w+)\(", source)
    return found[1] if found else None


# -- the output


def _called_name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _named_output(output: Variable, function: Callable[..., Any]) -> Variable:
    """An output that no variable holds is named after the function; an input is handed on under that name."""
    name = _called_name(function)
    legal = legal_name(name) if name[0] not in "<_" else None
    if output.name in output.tape.inputs:
        return output.named(free_name(output.tape, legal or "y"))
    return output.named(legal) if output.name is None and legal and legal not in output.tape.by_name else output


def _checked_result(result: Any, tape: Tape) -> Variable:
    """What the function returned, if it is one variable of this graph."""
    if isinstance(result, Variable) and result.tape is tape:
        return result
    if result is None:
        raise InputError("the function returns nothing", remedy="end it with `return` and the output")
    if isinstance(result, (list, tuple, dict)) or is_array(result):
        raise InputError("the function returns several values, and a graph has one output",
                         remedy="return one of them; the others are nodes of the graph all the same")  # fmt: skip
    raise InputError(f"the function returns {result!r:.40}, which does not depend on its inputs")
