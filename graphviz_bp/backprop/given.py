"""What a user gave a graph: values checked and named where they are wrong, and the graph fitted to their shapes."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from ..errors import InputError
from ..graph import Graph
from ..numbers import NotExact, is_array, numpy, plain, symbols, to_fraction
from ..operations import Shape

SYMBOLIC_LIMIT = 400  # nodes; closed forms swell exponentially


def checked(graph: Graph, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by name, as numbers and arrays; what is wrong among them is named."""
    if not isinstance(values, Mapping):
        raise InputError(
            f"values come as a mapping from names, not as {type(values).__name__}", remedy='write backprop({"u": 5})'
        )
    for name in values:
        if name not in graph.tape.inputs:
            raise _unknown(graph, name)
    out = {name: _number(name, value) for name, value in values.items()}
    for name, value in out.items():
        _check_domain(graph, name, value)
    return out


def defaults(graph: Graph) -> dict[str, Any]:
    """The values that inputs have from the text itself, as numbers and arrays."""
    inputs = graph.tape.inputs.items()
    return checked(graph, {name: facts.default for name, facts in inputs if facts.default is not None})


def _unknown(graph: Graph, name: Any) -> InputError:
    listed = f"the inputs are {', '.join(graph.inputs)}"
    if name in graph:
        return InputError(f"{name} is computed, not an input", remedy=listed)
    near = get_close_matches(str(name), graph.inputs, 1)
    return InputError(f"{name} is not an input of this graph", remedy=f"did you mean {near[0]}?" if near else listed)


def _number(name: str, value: Any) -> Any:
    """A value as a plain number or an array of them."""
    if isinstance(value, (list, tuple)) or is_array(value):
        return _array(name, value)
    if hasattr(value, "is_Rational") and value.is_number:  # a SymPy number
        return Fraction(int(value.p), int(value.q)) if value.is_Rational else float(value)
    value = plain(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float, Fraction, Decimal)):
        return value
    raise InputError(f"the value of {name} must be a number or an array, not {value!r:.40}")


def _array(name: str, value: Any) -> Any:
    try:
        array = numpy().asarray(value, dtype=None if is_array(value) else object)
        numbers = array.dtype.kind in "biuf" or all(
            isinstance(plain(x), (int, float, Fraction, Decimal)) for x in array.flat
        )
    except ValueError:
        numbers = False
    if not numbers or array.size == 0:
        raise InputError(f"the value of {name} must be a full box of numbers", remedy="give every row the same length")
    return array


_HOLDS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}


def _check_domain(graph: Graph, name: str, value: Any) -> None:
    """What the author promised of an input (`x > 0`) holds of its value."""
    for sign, bound in graph.tape.inputs[name].domain:
        for x in value.flat if is_array(value) else (value,):
            if not _HOLDS[sign](x, bound):
                raise InputError(f"{name} is declared {sign} {bound}, its value is {x}")


def fitted(graph: Graph, given: Mapping[str, Any]) -> Graph:
    """The graph with the shapes of the values, where the author left shapes open."""
    shapes = {}
    for name, value in given.items():
        facts = graph.tape.inputs[name]
        want, have = graph.tape.shape(facts.node), tuple(value.shape) if is_array(value) else ()
        if want != have and facts.declared:
            raise InputError(f"{name} has shape {want}, its value has shape {have}",
                             remedy="give a value of that shape, or declare another")  # fmt: skip
        if want != have:
            shapes[name] = have
    return graph.reshaped(shapes) if shapes else graph


def checked_seed(seed: Any, shape: Shape, name: str) -> Any:
    """The gradient to send back from the output: 1 for a number, else one of the output's shape."""
    if seed is None and shape:
        raise InputError(
            f"{name} is an array of shape {shape}, so backpropagation needs to know what to send back from it",
            remedy="give seed=, an array of that shape, or end with a number such as a loss",
        )
    seed = 1 if seed is None else _number("the seed", seed)
    have = tuple(seed.shape) if is_array(seed) else ()
    if have != shape:
        raise InputError(f"the seed has shape {have}, {name} has shape {shape}")
    return seed


def is_exact(value: Any) -> bool:
    """Whether a value has exact numbers only: int, Fraction, Decimal."""
    if is_array(value) and value.dtype.kind in "iubf":
        return bool(value.dtype.kind != "f")
    try:
        for x in value.flat if is_array(value) else (value,):
            to_fraction(plain(x))
    except NotExact:
        return False
    return True


def symbolic_inputs(graph: Graph) -> dict[str, Any]:
    """A symbol, or an array of them, for every input."""
    if len(graph.tape) > SYMBOLIC_LIMIT:
        raise InputError(
            f"closed forms of a graph with {len(graph.tape)} operations would not end",
            remedy="give values, or ask for the derivation",
        )
    out = {}
    for name, facts in graph.tape.inputs.items():
        shape = graph.tape.shape(facts.node)
        if shape is None:
            raise InputError(f"the shape of {name} is unknown without values", remedy=f"declare it: {name}: (2, 3)")
        out[name] = symbols.symbol(name, shape)
    return out
