"""Inputs for a worksheet: small integers, so that values and gradients stay small integers or simple fractions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

from ..backprop import Run
from ..backprop.given import checked
from ..errors import InputError
from ..graph import Graph
from ..numbers import NotExact, is_array, numpy, plain, to_fraction

SMALL = (2, 1, 3, -1, 4, -2, 5, -3, 6, 0)  # those that come first are drawn more often
PARTS = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 4), Fraction(2, 3), Fraction(3, 4))  # where no integer may stand
EASY = 1.4  # what a number costs on a sheet that needs no better one
LARGEST = 1_000  # numbers in a graph
DRAWS, WORK = 300, 30_000  # most draws, and most nodes worked through in all of them
PRICES = ((0, 6.0), (1, 2.0), (20, 1.0), (100, 2.0), (1000, 5.0))  # of whole numbers up to a size; 0 and 1 are dull
DULL, LONG, NOT_EXACT, TIED = 6.0, 20.0, 40.0, 100.0


def chosen(graph: Graph, seed: int, of: str | None, fixed: Mapping[str, Any]) -> Run:
    """A run at inputs that work out by hand; the same seed gives the same numbers.

    The first that is easy enough is taken; if none is, one of the simplest, so that seeds differ.
    """
    random = Random(f"graphviz_bp worksheet {seed}")
    free = [name for name in graph.inputs if name not in fixed and graph.tape.inputs[name].default is None]
    unknown = [name for name in free if graph[name].shape is None]
    if unknown:
        raise InputError(f"the shape of {unknown[0]} is unknown", remedy=f"declare it: {unknown[0]}: (2, 3)")
    size = sum(prod(graph[name].shape or ()) for name in graph.names)
    if size > LARGEST:
        raise InputError(f"{size} numbers are too many for a sheet", remedy="take a smaller part of the graph")
    choices = {name: _choices(graph, name) for name in free}
    count = max(20, min(DRAWS, WORK // max(1, len(graph.tape))))
    drawn = list[tuple[float, Run]]()
    seen, refused = set[str](), None
    for values in _drawn(graph, choices, random, count if free else 1):
        key = repr(values)
        if key in seen:
            continue
        seen.add(key)
        try:
            run = graph.backprop({**fixed, **values}, of=of)
            drawn.append((cost(run, free), run))
            if drawn[-1][0] <= EASY * len(_numbers(run)):
                return run
        except InputError as error:  # a shape or a domain that does not fit
            refused = error
    if not drawn:
        raise refused or InputError("no numbers were found for this graph", remedy="give values with at=")
    best = min(price for price, _ in drawn)
    numbers = len(graph.names)
    return next(run for price, run in drawn if price <= best + 2.5 * numbers)


def _drawn(graph: Graph, choices: Mapping[str, Sequence[Any]], random: Random, count: int) -> Iterator[dict[str, Any]]:
    np = numpy()
    for _ in range(count):
        values: dict[str, Any] = {}
        for name, numbers in choices.items():
            shape = graph[name].shape
            if shape:
                flat = [_one(numbers, random) for _ in range(int(np.prod(shape)))]
                values[name] = np.array(flat, dtype=object if Fraction in map(type, flat) else int).reshape(shape)
            else:
                values[name] = _one(numbers, random)
        yield values


def _one(numbers: Sequence[Any], random: Random) -> Any:
    return numbers[min(random.randrange(len(numbers)), random.randrange(len(numbers)))]


def _choices(graph: Graph, name: str) -> Sequence[Any]:
    """The small numbers that an input may be."""
    allowed = [number for number in SMALL if _allowed(graph, name, number)]
    return allowed or [number for number in PARTS if _allowed(graph, name, number)] or SMALL


def _allowed(graph: Graph, name: str, number: Any) -> bool:
    try:
        checked(graph, {name: number})
    except InputError:
        return False
    return True


def cost(run: Run, free: Sequence[str]) -> float:
    """How laborious the numbers of a run are for somebody with a pencil."""
    total = sum(map(_cost, _numbers(run)))
    given = [run.given[name] for name in free if not is_array(run.given[name])]
    dull = len(given) - len(set(given)) + given.count(0)
    return total + DULL * dull + TIED * sum(map(run.is_tied, run.graph.names))


def _numbers(run: Run) -> list[Any]:
    """Every value, gradient and local partial, the entries of arrays one by one."""
    local = [p for key, p in run.partials.items() if len(key) == 2 and isinstance(p, (int, Fraction, float))]
    every = [*run.values.values(), *run.gradients.values(), *local]
    return [plain(x) for number in every for x in (number.flat if is_array(number) else (number,))]


def _cost(number: Any) -> float:
    try:
        exact = Fraction(to_fraction(number))
    except NotExact:
        return NOT_EXACT + (0.0 if 0.05 < abs(number) < 20 else LONG)
    if exact.denominator > 1:
        return 2.0 + exact.denominator / 4 + abs(exact.numerator) / 12 if exact.denominator <= 12 else LONG
    return next((price for size, price in PRICES if abs(exact) <= size), LONG)
