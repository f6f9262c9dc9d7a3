"""Gradients held against differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..backprop import Run, backprop
from ..errors import InputError
from ..graph import Graph
from ..graph.boxes import Box
from ..numbers import Domain, doubles, is_array, numpy
from ..numbers import digits as digits_domain
from .setting import parameters, prepared, shape_of, units, values_of

SMALLEST = 1e-20  # step at 0: half of the digits are left on either side


class GradcheckError(InputError):
    """A gradient differs from its difference quotient: at entry `entry` of the input `name`."""

    def __init__(self, sentence: str, remedy: str, name: str, entry: tuple[int, ...], gradient: Any, difference: Any):
        super().__init__(sentence, remedy=remedy)
        self.name, self.entry, self.gradient, self.difference = name, entry, gradient, difference


def gradcheck(graph: Graph, values: Mapping[str, Any] | None = None, *, of: str | None = None, digits: int | None = 40,
              eps: float | None = None, atol: float | None = None, rtol: float | None = None) -> bool:  # fmt: skip
    """Hold every gradient of a run against central differences; True, or a GradcheckError naming input and entry.

    The differences are taken with 40 digits and a step of `eps`·|x| (1e-12), which leaves them about 20 right digits,
    so a gradient passes only within `atol` + `rtol`·|difference| = 1e-9 + 1e-9·|difference|. With `digits=None` they
    are taken in doubles as torch.autograd.gradcheck does (eps=1e-6, atol=1e-5, rtol=1e-3). At a kink, where the
    two sides differ, no convention agrees with the differences, and the error says so.

    >>> from graphviz_bp import parse
    >>> gradcheck(parse("h = tanh(w*x + b); L = (h - y)**2"), {"w": 2, "x": 0.5, "b": -1, "y": 1})
    True
    """
    graph, given = prepared(graph, values)
    if given is None:
        raise InputError("a check of gradients needs values", remedy='write gradcheck({"x": 1})')
    box = graph.box(of or graph.output)
    m = doubles if digits is None else digits_domain(digits)
    usual = (1e-6, 1e-5, 1e-3) if digits is None else (1e-12, 1e-9, 1e-9)
    eps, atol, rtol = (chosen or default for chosen, default in zip((eps, atol, rtol), usual, strict=True))
    seeds = list(units(shape_of(graph, box), doubles))
    runs = [(index, backprop(graph, given, of=box.name, seed=seed)) for index, seed in seeds]
    for name in parameters(graph):
        for entry, below, above in _differences(graph, box, m, given, name, eps):
            for index, run in runs:
                gradient = run.gradients[name]
                found = m.number(gradient[entry] if entry else gradient)
                _compare(run, (name, entry), found, (below[index], above[index]), (atol, rtol))
    return True


def _compare(run: Run, place: tuple[str, tuple[int, ...]], gradient: Any, sides: tuple[Any, Any],
             tolerances: tuple[float, float]) -> None:  # fmt: skip
    """Refuse a gradient that is not near the difference quotient, and say whether a kink is."""
    (name, entry), (below, above), (atol, rtol) = place, sides, tolerances
    difference = (below + above) / 2
    near = atol + rtol * abs(difference)
    if abs(gradient - difference) <= near:
        return
    what = f"{name}[{', '.join(map(str, entry))}]" if entry else name
    sentence = f"the gradient of {what} is {_told(gradient)}, but the difference quotient is {_told(difference)}"
    if abs(above - below) > near:
        sentence += f", {_told(below)} from below and {_told(above)} from above: a kink is near"
    remedy = "; ".join(run.notes) or "look at the rules of the operations it feeds"
    raise GradcheckError(sentence, remedy, name, entry, float(gradient), float(difference))


def _told(number: Any) -> str:
    return f"{float(number):.10g}"


def _differences(
    graph: Graph, box: Box, m: Domain, given: Mapping[str, Any], name: str, eps: float
) -> Iterator[tuple[tuple[int, ...], Any, Any]]:
    """For every entry of an input the difference quotients to both sides, as arrays of the shape of `box`."""
    base = {key: m.number(value) for key, value in given.items()}

    def output(value: Any) -> Any:
        return _entries(values_of(graph, m, {**base, name: value})[box.root])

    at = output(base[name])
    for entry in numpy().ndindex(*shape_of(graph, graph.box(name))):
        x = base[name][entry] if entry else base[name]
        step = m.number(eps) if m is doubles else max(m.number(eps) * abs(x), m.number(SMALLEST))
        below, above = (output(_moved(base[name], entry, by)) for by in (-step, step))
        yield entry, _entries((at - below) / step), _entries((above - at) / step)


def _moved(value: Any, entry: tuple[int, ...], by: Any) -> Any:
    if not entry:
        return value + by
    value = value.copy()
    value[entry] += by
    return value


def _entries(value: Any) -> Any:
    """A value as an array, of shape () for a number."""
    if is_array(value):
        return value
    out = numpy().empty((), dtype=object)
    out[()] = value
    return out
