"""Geometry of wires: smooth paths, pairs of curves beside each other, heads.

Everything is written for a picture that runs to the right, y down; `layout` swaps x and y for one that runs down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

HALF = 3.3  # the two curves of a pair run this far from their middle
CLEAR = 5.0  # what stays free between a label and its wire
SHORT = 0.8  # a head stops this far before the outline it points at
HEAD = (8.5, 6.8)  # length and width of a stealth head
NOTCH = 0.72  # share of the head's length where the line ends and the notch lies
HANDLE = 0.42  # handles of an S-curve, as a share of its run
STEPS = 12  # samples of an S-curve

Point = tuple[float, float]
Size = tuple[float, float]
Command = tuple[str | float, ...]
Sample = tuple[float, float, float, float]  # x, y and the unit tangent
Path = list[Sample]


@dataclass(frozen=True, slots=True)
class Curve:
    """A wire as drawn: the stroke, its head, and the samples both were made from (outline to tip)."""

    line: tuple[Command, ...]
    head: tuple[Command, ...]
    points: tuple[Point, ...]


def smooth(knots: Sequence[Point]) -> Path:
    """Samples of the path through the knots: level at every knot, an S-curve between two of different height."""
    samples = [(*knots[0], 1.0, 0.0)]
    for (x0, y0), (x1, y1) in pairwise(knots):
        if abs(y1 - y0) > 1e-6:
            samples += [_on_bend(x0, y0, x1 - x0, y1 - y0, i / STEPS) for i in range(1, STEPS)]
        if x1 - x0 > 1e-6:
            samples.append((x1, y1, 1.0, 0.0))
    return samples


def _on_bend(x: float, y: float, run: float, rise: float, t: float) -> Sample:
    """Point and tangent at t of the S-curve with level ends."""
    s, h = 1 - t, HANDLE * run
    along, up = 3 * s * t * t + t**3, 6 * s * t
    dx, dy = 3 * h * (s * s + t * t) + up * (run - 2 * h), up * rise
    length = hypot(dx, dy)
    return x + run * along + 3 * s * t * h * (s - t), y + rise * along, dx / length, dy / length


def beside(path: Path, offset: float) -> Path:
    """The path moved along its normal; a positive offset lies below a path that runs to the right."""
    return [(x - offset * ty, y + offset * tx, tx, ty) for x, y, tx, ty in path]


def backwards(path: Path) -> Path:
    return [(x, y, -tx, -ty) for x, y, tx, ty in reversed(path)]


def curve(path: Path, *, headed: bool = True) -> Curve:
    """The curve as drawn; the stroke ends inside the head, so that the tip stays sharp."""
    points = tuple((x, y) for x, y, _, _ in path)
    return Curve(stroke(_shortened(path, NOTCH * HEAD[0]) if headed else path), head(points), points)


def head(points: Sequence[Point], *, length: float = HEAD[0], width: float = HEAD[1]) -> tuple[Command, ...]:
    """A stealth head at the end of a polyline, pointing as its last stretch of that length does."""
    x, y = points[-1]
    back = next((p for p in reversed(points) if hypot(p[0] - x, p[1] - y) >= length), points[0])
    run = hypot(x - back[0], y - back[1]) or 1.0
    tx, ty = (x - back[0]) / run, (y - back[1]) / run
    corners = ((length, width / 2), (NOTCH * length, 0.0), (length, -width / 2))
    sides = (("L", x - along * tx - across * ty, y - along * ty + across * tx) for along, across in corners)
    return ("M", x, y), *sides, ("Z",)


def _shortened(path: Path, length: float) -> Path:
    """The path without its last stretch."""
    kept = list(path)
    while (step := hypot(kept[-1][0] - kept[-2][0], kept[-1][1] - kept[-2][1])) <= length and len(kept) > 2:
        length -= step
        kept.pop()
    (x0, y0, *_), (x1, y1, tx, ty) = kept[-2:]
    share = min(1.0, length / (step or 1.0))
    kept[-1] = (x1 + (x0 - x1) * share, y1 + (y0 - y1) * share, tx, ty)
    return kept


def stroke(path: Path) -> tuple[Command, ...]:
    """Path commands: lines where the path is straight, else one cubic from sample to sample."""
    commands: list[Command] = [("M", *path[0][:2])]
    for (x0, y0, tx0, ty0), (x1, y1, tx1, ty1) in pairwise(path):
        third = hypot(x1 - x0, y1 - y0) / 3
        if abs(tx0 * ty1 - ty0 * tx1) < 1e-9 and abs(tx0 * (y1 - y0) - ty0 * (x1 - x0)) < 1e-6:
            commands.append(("L", x1, y1))
        else:
            control = (x0 + third * tx0, y0 + third * ty0, x1 - third * tx1, y1 - third * ty1)
            commands.append(("C", *control, x1, y1))
    return tuple(commands)
