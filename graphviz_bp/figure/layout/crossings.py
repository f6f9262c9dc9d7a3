"""Where wires cross: the later one passes over the earlier on a bridge, a gap in what lies below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

from graphviz_bp.figure.layout.wires import Path, Point

BRIDGE, HEAD_ROOM = 7.0, 16.0  # how far a bridge reaches to both sides of a crossing; no bridge cuts off a head


def bridged(paths: Sequence[Path], ends: Sequence[tuple[int, int]]) -> list[list[tuple[Point, ...]]]:
    """For every wire the bridges on which it passes over earlier ones that share no end with it."""
    found: list[list[tuple[Point, ...]]] = [[] for _ in paths]
    boxes = [_extent(path) for path in paths]
    for k, path in enumerate(paths):
        for j in range(k):
            a, b = boxes[k], boxes[j]
            apart = a[0] > b[2] or b[0] > a[2] or a[1] > b[3] or b[1] > a[3]
            if apart or set(ends[k]) & set(ends[j]):
                continue
            for p, q in pairwise(path):
                for r, s in pairwise(paths[j]):
                    at = _crossing(p[:2], q[:2], r[:2], s[:2])
                    if at and hypot(paths[j][-1][0] - at[0], paths[j][-1][1] - at[1]) > HEAD_ROOM:
                        tx, ty = q[2:]
                        found[k].append(tuple((at[0] + n * BRIDGE * tx, at[1] + n * BRIDGE * ty) for n in (-1, 1)))
    return found


def _extent(path: Path) -> tuple[float, float, float, float]:
    xs, ys = [p[0] for p in path], [p[1] for p in path]
    return min(xs), min(ys), max(xs), max(ys)


def _crossing(p: Point, q: Point, r: Point, s: Point) -> Point | None:
    """Where two stretches cross inside both."""
    ux, uy, vx, vy = q[0] - p[0], q[1] - p[1], s[0] - r[0], s[1] - r[1]
    turn = ux * vy - uy * vx
    if abs(turn) < 1e-9:
        return None
    wx, wy = r[0] - p[0], r[1] - p[1]
    t, u = (wx * vy - wy * vx) / turn, (wx * uy - wy * ux) / turn
    return (p[0] + t * ux, p[1] + t * uy) if 0 < t < 1 and 0 < u < 1 else None
