"""What dot decides: the ranks of boxes, and their order in a rank, with few crossings."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from graphviz_bp.figure.layout.net import APART, Box, Net, Rows, Wire
from graphviz_bp.figure.layout.positions import LINES, dot

SWAP = 3  # crossings that are worth having two inputs in the order given
FINE = 4  # dot rounds to whole points: let it count in quarters


def ranks_of(boxes: Sequence[Box], wires: Sequence[Wire], engine: str | None) -> list[int]:
    text = [f"n{i}[width=.1];" for i in range(len(boxes))]
    for hint, rank in (("source", "min"), ("sink", "max")):
        if named := [f"n{i};" for i, b in enumerate(boxes) if b.rank == hint]:
            text.append(f"{{rank={rank};{''.join(named)}}}")
    hasty = "nslimit=.01;mclimit=.01;"  # of this run only the ranks are kept
    found = dot([hasty, *text, *(f"n{w.source}->n{w.target};" for w in wires)], len(boxes), APART * FINE, engine)
    heights = sorted({round(y, 1) for _, y in found.values()}, reverse=True)
    return [heights.index(round(found[f"n{i}"][1], 1)) for i in range(len(boxes))]


def rows_of(net: Net, sizes: Rows, engine: str | None) -> dict[str, float]:
    """Rows with few crossings, inputs in the order given, and where it costs nothing the other boxes of a rank too."""
    nodes = (f"{name}[width={size * FINE / 72:.4f}];" for name, size in sizes.items())
    text = [*nodes, *_edges(net)]
    found: list[tuple[int, int, dict[str, float]]] = []
    inputs = [i for i in range(len(net.boxes)) if not net.into[i]]
    for kept in ([], range(len(net.boxes)), inputs):
        places = dot([*text, *_in_order(kept, net.ranks)], len(net.boxes), APART * FINE, engine)
        for sign in (1, -1):
            rows = {name: sign * x / FINE for name, (x, _) in places.items()}
            found.append((_crossings(net, rows) + SWAP * _disorder(net, rows, inputs), _disorder(net, rows), rows))
        if not min(f[1] for f in found[-2:]) or len(text) > LINES:
            break
    return min(found, key=lambda f: f[:2])[2]


def _edges(net: Net) -> Iterator[str]:
    """The main line is pulled straighter than what hangs on it: inputs, and the ends of long wires."""
    for w, chain in zip(net.wires, net.chains, strict=True):
        alone = net.out[w.source] == net.into[w.target] == 1
        weight = 12 if alone else 1 if len(chain) > 3 else 6 if net.into[w.source] else 2
        for a, b in pairwise(chain):
            yield f"{a}->{b}[weight={16 if a[0] == b[0] == 'd' else weight}];"


def _in_order(kept: Iterable[int], ranks: Sequence[int]) -> Iterator[str]:
    by_rank: dict[int, list[str]] = {}
    for i in kept:
        by_rank.setdefault(ranks[i], []).append(f"n{i}")
    return (f"{{rank=same;edge[style=invis];{'->'.join(names)}}}" for names in by_rank.values() if len(names) > 1)


def _crossings(net: Net, rows: Rows) -> int:
    gaps: dict[int, list[tuple[float, float]]] = {}
    for w, chain in zip(net.wires, net.chains, strict=True):
        for g, (a, b) in enumerate(pairwise(chain[::2]), net.ranks[w.source]):
            gaps.setdefault(g, []).append((rows[a], rows[b]))
    total = 0
    for wires in gaps.values():
        seen: list[float] = []
        for _, end in sorted(wires):
            total += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return total


def _disorder(net: Net, rows: Rows, boxes: Sequence[int] | None = None) -> int:
    pairs = combinations(range(len(net.boxes)) if boxes is None else boxes, 2)
    return sum(net.ranks[i] == net.ranks[j] and rows[f"n{i}"] > rows[f"n{j}"] for i, j in pairs)
