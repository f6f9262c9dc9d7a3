"""What long models are made of: statements as text, and the small numbers in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, repeat
from random import Random
from typing import Any

import graphviz_bp as bp

Draw = Callable[..., Any]


def stated(name: str, value: Any, tex: str = "") -> str:
    """A statement, and how its name is typeset.

    >>> stated("a1", "W@x", "a^{[1]}")
    'a1 = W@x; name a1 "a^{[1]}"'
    """
    return f"{name} = {value}" + (f'; name {name} "{tex}"' if tex else "")


def parsed(lines: Iterable[str]) -> bp.Graph:
    """The graph of many statements: what a function of this package wrote may be longer than what a stranger may."""
    return bp.parse("\n".join(lines), limits=bp.Limits(characters=10**7, statements=10**6, operations=10**4))


def drawn(first: Iterable[float] = (), seed: int = 1) -> Draw:
    """A function that draws a number, or with sizes a nested list: first those given, then tenths between −1 and 1.

    >>> draw = drawn([0.8, -0.4])
    >>> draw(2), draw() == draw()
    ([0.8, -0.4], False)
    """
    random, tenths = Random(seed), [n / 10 if n % 10 else n // 10 for n in range(-10, 11) if n]
    numbers = chain(first, (tenths[int(one.random() * len(tenths))] for one in repeat(random)))

    def draw(*shape: int) -> Any:
        return [draw(*shape[1:]) for _ in range(shape[0])] if shape else next(numbers)

    return draw
