"""What all derivatives share: where they are taken, in which numbers, and how they are handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from ..backprop import EXACT_LIMIT, numpy_quiet, public
from ..backprop.given import checked, defaults, fitted, is_exact, symbolic_inputs
from ..backprop.sweep import forward
from ..errors import InputError
from ..graph import Graph
from ..graph.boxes import Box
from ..numbers import Domain, NotExact, doubles, exact, numpy, symbols
from ..operations import Shape

Answer = TypeVar("Answer")


def worked_out(
    graph: Graph, values: Mapping[str, Any] | None, job: Callable[[Graph, Domain, Mapping[str, Any]], Answer]
) -> Answer:
    """A job done in exact numbers where they exist, else in doubles; in symbols where there are no values."""
    graph, given = prepared(graph, values)
    if given is None:
        return job(graph, symbols, symbolic_inputs(graph))
    if len(graph.tape) <= EXACT_LIMIT and all(map(is_exact, given.values())):
        try:
            return job(graph, exact, given)
        except NotExact:
            pass
    with numpy_quiet():
        return job(graph, doubles, given)


def prepared(graph: Graph, values: Mapping[str, Any] | None) -> tuple[Graph, dict[str, Any] | None]:
    """The graph in the shapes of the values, and the values, defaults among them; None where there are none."""
    known = defaults(graph)
    if values is None and len(known) < len(graph.inputs):
        return graph, None
    given = known | checked(graph, values or {})
    missing = [name for name in graph.inputs if name not in given]
    if missing:
        raise InputError(f"no value is given for {', '.join(missing)}", remedy="give every input a value")
    given = {name: given[name] for name in graph.inputs}
    return fitted(graph, given), given


def parameters(graph: Graph) -> list[str]:
    names = [name for name in graph.inputs if graph.role(name) != "data"]
    if not names:
        raise InputError("every input is data, so there is nothing to differentiate with respect to")
    return names


def shape_of(graph: Graph, box: Box) -> Shape:
    return graph.tape.shape(box.root) or ()


def values_of(graph: Graph, m: Domain, given: Mapping[str, Any]) -> list[Any]:
    return forward(graph.tape, {graph.tape.inputs[name].node: m.number(value) for name, value in given.items()}, m)


def units(shape: Shape, m: Domain) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Every entry of a shape, and the array that is 1 there and 0 elsewhere (the number 1 for a number)."""
    np = numpy()
    for index in np.ndindex(*shape):
        unit = np.full(shape, 0, dtype=object)
        unit[index] = 1
        yield index, m.number(unit if shape else 1)


def public_array(entries: Any, m: Domain) -> Any:
    """An object array as users get it; a number if it has no axes."""
    if entries.shape == ():
        return public(entries[()])
    return entries.astype(float) if m is doubles else public(entries)
