"""The plan: a picture that runs to the right, boxes in ranks, wires through gaps and along lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graphviz_bp.figure.layout.net import APART, BOX_APART, LANE, Box, Chain, Net, Rows, Wire
from graphviz_bp.figure.layout.order import ranks_of, rows_of
from graphviz_bp.figure.layout.wires import (
    CLEAR,
    HALF,
)

PITCH, LEAST_PITCH = 24.0, 16.0  # between two wires on one side of a box
SLIDE = 14.0  # a lone wire leaves the middle of its box by so much to run straight
SIMILAR = 1.6  # boxes of a rank are padded to the widest unless it is so much wider


@dataclass(frozen=True, slots=True)
class Plan:
    net: Net
    rows: Rows
    ports: Sequence[tuple[float, float]]  # the rows where each wire leaves and arrives
    sides: Sequence[int]  # on which side each wire has its outer label: -1 above, 1 below


def plan_of(boxes: Sequence[Box], wires: Sequence[Wire], engine: str | None) -> Plan:
    out, into = Counter(w.source for w in wires), Counter(w.target for w in wires)
    ranks = ranks_of(boxes, wires, engine)
    boxes = _same_width(_tall_enough(boxes, out, into), ranks)
    chains = [_chain(k, w, ranks) for k, w in enumerate(wires)]
    net = Net(boxes, wires, ranks, out, into, chains, _slots(wires, ranks))
    sizes = _sizes(net)
    rows = rows_of(net, sizes, engine)
    ports = _ports(net, rows)
    sides = [1 if a - rows[c[0]] + b - rows[c[-1]] > 0.5 else -1 for c, (a, b) in zip(chains, ports, strict=True)]
    rows = _aligned(net, sizes, rows, ports)
    return Plan(net, rows, _slid(net, rows, ports), sides)


def _tall_enough(boxes: Sequence[Box], out: Mapping[int, int], into: Mapping[int, int]) -> list[Box]:
    """Boxes with enough straight side for their wires."""
    least = [(max(out[i], into[i]) - 1) * LEAST_PITCH + 2 * HALF + 2 * b.radius for i, b in enumerate(boxes)]
    return [replace(b, height=max(b.height, h)) for b, h in zip(boxes, least, strict=True)]


def _same_width(boxes: Sequence[Box], ranks: Sequence[int]) -> list[Box]:
    widest: dict[int, float] = {}
    for b, r in zip(boxes, ranks, strict=True):
        widest[r] = max(widest.get(r, 0.0), b.width)
    return [
        replace(b, width=widest[r]) if widest[r] < SIMILAR * b.width else b for b, r in zip(boxes, ranks, strict=True)
    ]


def _chain(k: int, wire: Wire, ranks: Sequence[int]) -> list[str]:
    between = range(2 * ranks[wire.source] + 1, 2 * ranks[wire.target])
    return [f"n{wire.source}", *(f"d{k}_{h}" for h in between), f"n{wire.target}"]


def _slots(wires: Sequence[Wire], ranks: Sequence[int]) -> list[int]:
    """The gap for the labels of each wire: the emptiest one it crosses, and of those the middle one."""
    load: Counter[int] = Counter()
    chosen = [0] * len(wires)
    for k in sorted(range(len(wires)), key=lambda k: ranks[wires[k].target] - ranks[wires[k].source]):
        first, last = ranks[wires[k].source], ranks[wires[k].target] - 1
        chosen[k] = min(range(first, last + 1), key=lambda g: (load[g], abs(2 * g - first - last), g))
        load[chosen[k]] += 1 if wires[k].outer or wires[k].inner else 0
    return chosen


def _sizes(net: Net) -> dict[str, float]:
    """The height to reserve for every box, lane and slot.

    A wire alone at one of its ends keeps its row there, so its slot reaches as far up as down; the others share what
    is there, and `wires.fill` spreads them.
    """
    sizes = {f"n{i}": b.height + BOX_APART - APART for i, b in enumerate(net.boxes)}
    forks = _forks(net)
    for k, (w, chain) in enumerate(zip(net.wires, net.chains, strict=True)):
        sizes |= dict.fromkeys(chain[1:-1], LANE)
        if labels := [s for s in (w.outer, w.inner) if s]:
            alone = len(chain) > 3 or net.out[w.source] == 1 or net.into[w.target] == 1
            room = 2 * (max(s[1] for s in labels) + CLEAR + HALF) if alone else LANE
            extra = min(60.0, 0.75 * max(s[0] for s in labels)) if k in forks else 0.0
            sizes[chain[2 * (net.slots[k] - net.ranks[w.source]) + 1]] = room + extra
    return sizes


def _forks(net: Net) -> set[int]:
    """Wires of plain forks and joins of two: these open wider, so that their labels fit along a sweeping curve."""
    near = [k for k, chain in enumerate(net.chains) if len(chain) == 3]
    pairs: dict[tuple[str, int, bool], list[int]] = {}
    for k in near:
        w = net.wires[k]
        if net.out[w.source] == 2 and net.into[w.target] == 1:
            pairs.setdefault(("fork", w.source, True), []).append(k)
        if net.into[w.target] == 2 and net.out[w.source] == 1:
            pairs.setdefault(("join", w.target, net.into[w.source] == 0), []).append(k)
    return {k for pair in pairs.values() if len(pair) == 2 for k in pair}


def _next(chain: Chain, end: int) -> str:
    """The first box or lane after the start of a wire, or the last before its end."""
    return chain[-3 if end else 2]


def _ports(net: Net, rows: Rows) -> list[tuple[float, float]]:
    """Rows where wires leave and arrive: spread about the middle of the box, in the order of where they go."""
    at: dict[tuple[int, int], list[int]] = {}
    for k, w in enumerate(net.wires):
        at.setdefault((w.source, 0), []).append(k)
        at.setdefault((w.target, 1), []).append(k)
    found: dict[tuple[int, int], float] = {}
    for (i, end), mine in at.items():
        pitch = min(PITCH, 2 * _straight(net.boxes[i]) / max(1, len(mine) - 1))
        for place, k in enumerate(sorted(mine, key=lambda k: (rows[_next(net.chains[k], end)], k))):
            found[k, end] = rows[f"n{i}"] + (place - (len(mine) - 1) / 2) * pitch
    return [(found[k, 0], found[k, 1]) for k in range(len(net.wires))]


def _straight(box: Box) -> float:
    """How far from its middle a wire can leave a box before the corner begins."""
    return max(0.0, box.height / 2 - box.radius - HALF)


def _aligned(net: Net, sizes: Rows, rows: Rows, ports: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Lanes moved, between their neighbours, to the row where their wire leaves or arrives, or else to one row."""
    moved = dict(rows)
    columns: dict[int, list[str]] = {}
    for name in sizes:
        columns.setdefault(net.half(name), []).append(name)
    for chain, port in zip(net.chains, ports, strict=True):
        if lanes := chain[1:-1] if len(chain) > 3 else []:
            limits = [_limits(name, columns[net.half(name)], sizes, moved) for name in lanes]
            low, high = max(a for a, _ in limits), min(b for _, b in limits)
            if row := next((y for y in [*port, *(moved[name] for name in lanes)] if low <= y <= high), None):
                moved.update((name, row) for name in lanes)
    return moved


def _limits(lane: str, column: Sequence[str], sizes: Rows, rows: Rows) -> tuple[float, float]:
    """How far a lane or slot can move without leaving its place in its column."""
    here, half = rows[lane], sizes[lane] / 2 + 6
    above = [rows[n] + sizes[n] / 2 + half for n in column if rows[n] < here]
    below = [rows[n] - sizes[n] / 2 - half for n in column if rows[n] > here]
    return max(above, default=here - 60), min(below, default=here + 60)


def _slid(net: Net, rows: Rows, ports: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Ports of lone wires moved a little where that makes the wire straight."""
    slid = [list(p) for p in ports]
    for k, (w, chain) in enumerate(zip(net.wires, net.chains, strict=True)):
        for end, alone in enumerate((net.out[w.source] == 1, net.into[w.target] == 1)):
            row = slid[k][1 - end] if len(chain) == 3 else rows[_next(chain, end)]
            most = min(SLIDE, _straight(net.boxes[w.target if end else w.source]))
            if alone and abs(row - slid[k][end]) <= most:
                slid[k][end] = row
    return [(a, b) for a, b in slid]
