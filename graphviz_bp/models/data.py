"""Data sets small enough for a slide, as `descend` takes them: `bp.models.data.xor()`, `bp.models.data.blobs()`."""

from __future__ import annotations

from math import cos, log, pi, sqrt
from random import Random

Data = dict[str, list[float]]
CORNERS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def _gate(*labels: float) -> Data:
    return {"x1": [a for a, _ in CORNERS], "x2": [b for _, b in CORNERS], "y": list(labels)}


def logical_and() -> Data:
    """AND: 1 at (1, 1) only."""
    return _gate(0.0, 0.0, 0.0, 1.0)


def logical_or() -> Data:
    """OR: 0 at (0, 0) only."""
    return _gate(0.0, 1.0, 1.0, 1.0)


def xor() -> Data:
    """XOR: 1 where exactly one of the two is 1; no line separates it."""
    return _gate(0.0, 1.0, 1.0, 0.0)


def blobs(count: int = 40, seed: int = 1) -> Data:
    """Two round clouds, labelled 0 around (−1, −1) and 1 around (1, 1); the same points for the same seed."""
    random, data = Random(seed), Data(x1=[], x2=[], y=[])
    for k in range(count):
        label = float(k % 2)
        length, angle = 0.6 * sqrt(-2 * log(1 - random.random())), 2 * pi * random.random()
        data["x1"].append(2 * label - 1 + length * cos(angle))
        data["x2"].append(2 * label - 1 + length * cos(angle - pi / 2))
        data["y"].append(label)
    return data
