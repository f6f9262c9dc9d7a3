"""Small numbers for the models' weights: the same ones every time, with one decimal so that a blackboard can hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from random import Random
from typing import Any

Draw = Callable[..., Any]


def drawn(first: Iterable[float] = (), seed: int = 1) -> Draw:
    """A function that draws a number, or with sizes a nested list: first those given, then tenths between −1 and 1.

    >>> draw = drawn([0.8, -0.4])
    >>> draw(2), draw() == draw()
    ([0.8, -0.4], False)
    """
    random = Random(seed)
    tenths = [n / 10 for n in range(-10, 11) if n]
    numbers = chain(first, (tenths[int(random.random() * len(tenths))] for _ in iter(int, 1)))

    def draw(*shape: int) -> Any:
        return [draw(*shape[1:]) for _ in range(shape[0])] if shape else next(numbers)

    return draw
