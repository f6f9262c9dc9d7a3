"""Where everything in a figure stands: boxes and label sizes in, positions and curves out.

Graphviz' `dot` ranks the boxes, orders and aligns them; it sees generated names and sizes, never a word a user wrote.
Every wire gets a slot in the gap between two ranks, which keeps room for its labels, and a lane past every rank it
skips. `gaps.fill` then bends the wires and sets the ranks as close as the labels permit.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import sqrt

from graphviz_bp.figure.layout.gaps import Gap, Piece, fill
from graphviz_bp.figure.layout.positions import LINES, dot
from graphviz_bp.figure.layout.wires import (
    CLEAR,
    HALF,
    SHORT,
    Curve,
    Path,
    Point,
    Size,
    backwards,
    beside,
    curve,
    smooth,
)

MARGIN = 14.0  # around the picture
APART, BOX_APART, LANE = 10.0, 30.0, 10.0  # between neighbours in a rank, between two boxes; height of a bare wire
PITCH, LEAST_PITCH = 24.0, 16.0  # between two wires on one side of a box
SLIDE = 14.0  # a lone wire leaves the middle of its box by so much to run straight
SIMILAR = 1.6  # boxes of a rank are padded to the widest unless it is so much wider
SWAP = 3  # crossings that are worth having two inputs in the order given
FINE = 4  # dot rounds to whole points: let it count in quarters

Chain = Sequence[str]  # what a wire passes, half rank by half rank: n0 d3_1 d3_2 d3_3 n4
Rows = Mapping[str, float]  # of every box (n4) and of every lane or slot (d3_2: wire 3, half rank 2)


@dataclass(frozen=True, slots=True)
class Box:
    """A box to place; `rank` may ask for the first ("source") or the last ("sink") rank."""

    width: float
    height: float
    radius: float = 9.0
    rank: str | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire between two boxes, and the sizes of its labels: beside the forward and beside the backward curve."""

    source: int
    target: int
    backward: bool = True
    outer: Size | None = None
    inner: Size | None = None


@dataclass(frozen=True, slots=True)
class PlacedWire:
    """The curves of a wire, the top left corners of its labels, and where it passes over an earlier wire."""

    forward: Curve
    backward: Curve | None
    outer: Point | None
    inner: Point | None
    bridges: tuple[tuple[Point, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A page with boxes (top left corners, and sizes as finally used) and wires, in the order they were given.

    `remarks` is where the line beside each box begins, for boxes that have one.
    """

    width: float
    height: float
    boxes: tuple[Point, ...]
    sizes: tuple[Size, ...]
    wires: tuple[PlacedWire, ...]
    remarks: tuple[Point | None, ...] = ()


def layout(boxes: Sequence[Box], wires: Sequence[Wire], *, direction: str = "LR", engine: str | None = None) -> Layout:
    """Lay out boxes given in creation order; `engine="dot"` asks an installed `dot` instead of the library.

    Every label finds a place: it keeps 5 from its wire, 4 from other wires, 6 from other labels, 7 from the boxes at
    the ends of its wire. No wire touches a box that is not its own. Boxes may come back taller, to hold their wires.

    >>> page = layout([Box(60, 40), Box(60, 40)], [Wire(0, 1)])
    >>> page.width, page.height, page.boxes
    (182.0, 68.0, ((14.0, 14.0), (108.0, 14.0)))
    """
    if direction not in ("LR", "TB"):
        raise ValueError(f"unknown direction: {direction!r} (must be 'LR' or 'TB')")
    if engine not in (None, "dot"):
        raise ValueError(f"unknown engine: {engine!r} (must be None or 'dot')")
    if any(not 0 <= w.source < w.target < len(boxes) for w in wires):
        raise ValueError("a wire must run from a box to a later box")
    if direction == "TB":
        boxes = [replace(b, width=b.height, height=b.width) for b in boxes]
        wires = [replace(w, outer=_turned(w.outer), inner=_turned(w.inner)) for w in wires]
    return _page(_plan(boxes, wires, engine), turned=direction == "TB")


def _turned(size: Size | None) -> Size | None:
    return size and (size[1], size[0])


# ---- the plan: a picture that runs to the right, boxes in ranks, wires through gaps and along lanes ----


@dataclass(frozen=True, slots=True)
class _Net:
    boxes: Sequence[Box]
    wires: Sequence[Wire]
    ranks: Sequence[int]
    out: Mapping[int, int]  # how many wires leave a box
    into: Mapping[int, int]
    chains: Sequence[Chain]
    slots: Sequence[int]  # the gap in which the labels of each wire stand

    def half(self, name: str) -> int:
        """The half rank of a box, lane or slot."""
        return 2 * self.ranks[int(name[1:])] if name[0] == "n" else int(name.partition("_")[2])


@dataclass(frozen=True, slots=True)
class _Plan:
    net: _Net
    rows: Rows
    ports: Sequence[tuple[float, float]]  # the rows where each wire leaves and arrives
    sides: Sequence[int]  # on which side each wire has its outer label: -1 above, 1 below


def _plan(boxes: Sequence[Box], wires: Sequence[Wire], engine: str | None) -> _Plan:
    out, into = Counter(w.source for w in wires), Counter(w.target for w in wires)
    ranks = _ranks(boxes, wires, engine)
    boxes = _same_width(_tall_enough(boxes, out, into), ranks)
    chains = [_chain(k, w, ranks) for k, w in enumerate(wires)]
    net = _Net(boxes, wires, ranks, out, into, chains, _slots(wires, ranks))
    sizes = _sizes(net)
    rows = _rows(net, sizes, engine)
    ports = _ports(net, rows)
    sides = [1 if a - rows[c[0]] + b - rows[c[-1]] > 0.5 else -1 for c, (a, b) in zip(chains, ports, strict=True)]
    rows = _aligned(net, sizes, rows, ports)
    return _Plan(net, rows, _slid(net, rows, ports), sides)


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


def _sizes(net: _Net) -> dict[str, float]:
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


def _forks(net: _Net) -> set[int]:
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


def _ports(net: _Net, rows: Rows) -> list[tuple[float, float]]:
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


def _aligned(net: _Net, sizes: Rows, rows: Rows, ports: Sequence[tuple[float, float]]) -> dict[str, float]:
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


def _slid(net: _Net, rows: Rows, ports: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Ports of lone wires moved a little where that makes the wire straight."""
    slid = [list(p) for p in ports]
    for k, (w, chain) in enumerate(zip(net.wires, net.chains, strict=True)):
        for end, alone in enumerate((net.out[w.source] == 1, net.into[w.target] == 1)):
            row = slid[k][1 - end] if len(chain) == 3 else rows[_next(chain, end)]
            most = min(SLIDE, _straight(net.boxes[w.target if end else w.source]))
            if alone and abs(row - slid[k][end]) <= most:
                slid[k][end] = row
    return [(a, b) for a, b in slid]


# ---- what dot decides ----


def _ranks(boxes: Sequence[Box], wires: Sequence[Wire], engine: str | None) -> list[int]:
    text = [f"n{i}[width=.1];" for i in range(len(boxes))]
    for hint, rank in (("source", "min"), ("sink", "max")):
        if named := [f"n{i};" for i, b in enumerate(boxes) if b.rank == hint]:
            text.append(f"{{rank={rank};{''.join(named)}}}")
    hasty = "nslimit=.01;mclimit=.01;"  # of this run only the ranks are kept
    found = dot([hasty, *text, *(f"n{w.source}->n{w.target};" for w in wires)], len(boxes), APART * FINE, engine)
    heights = sorted({round(y, 1) for _, y in found.values()}, reverse=True)
    return [heights.index(round(found[f"n{i}"][1], 1)) for i in range(len(boxes))]


def _rows(net: _Net, sizes: Rows, engine: str | None) -> dict[str, float]:
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


def _edges(net: _Net) -> Iterator[str]:
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


def _crossings(net: _Net, rows: Rows) -> int:
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


def _disorder(net: _Net, rows: Rows, boxes: Sequence[int] | None = None) -> int:
    pairs = combinations(range(len(net.boxes)) if boxes is None else boxes, 2)
    return sum(net.ranks[i] == net.ranks[j] and rows[f"n{i}"] > rows[f"n{j}"] for i, j in pairs)


# ---- the page ----


@dataclass(frozen=True, slots=True)
class _Draft:
    """A wire in the coordinates of the plan."""

    forward: Path
    backward: Path | None
    labels: Sequence[Point | None]
    bridges: Sequence[Sequence[Point]]


@dataclass(frozen=True, slots=True)
class _Frame:
    """How the coordinates of the plan become those of the page."""

    left: float
    top: float
    turned: bool

    def on(self, point: Point) -> Point:
        x, y = point[0] - self.left, point[1] - self.top
        return (y, x) if self.turned else (x, y)

    def drawn(self, path: Path) -> Curve:
        return curve([(*self.on((x, y)), *((ty, tx) if self.turned else (tx, ty))) for x, y, tx, ty in path])

    def placed(self, draft: _Draft) -> PlacedWire:
        outer, inner = (at and self.on(at) for at in draft.labels)
        bridges = tuple(tuple(self.on(p) for p in bridge) for bridge in draft.bridges)
        backward = self.drawn(draft.backward) if draft.backward else None
        return PlacedWire(self.drawn(draft.forward), backward, outer, inner, bridges)


def _page(plan: _Plan, *, turned: bool) -> Layout:
    net = plan.net
    gaps = [fill(_pieces(plan, g)) for g in range(max(net.ranks, default=0))]
    lefts, rights = _columns(net, gaps)
    corners = [
        ((lefts[r] + rights[r] - b.width) / 2, plan.rows[f"n{i}"] - b.height / 2)
        for i, (b, r) in enumerate(zip(net.boxes, net.ranks, strict=True))
    ]
    drafts = [_draft(plan, k, gaps, rights, corners) for k in range(len(net.wires))]
    xs, ys = zip(*_extremes(net, corners, drafts), strict=True) if corners else ((0.0,), (0.0,))
    frame = _Frame(min(xs) - MARGIN, min(ys) - MARGIN, turned)
    width, height = frame.on((max(xs) + MARGIN, max(ys) + MARGIN))
    sizes = tuple((b.height, b.width) if turned else (b.width, b.height) for b in net.boxes)
    return Layout(width, height, tuple(map(frame.on, corners)), sizes, tuple(map(frame.placed, drafts)))


def _pieces(plan: _Plan, g: int) -> list[Piece]:
    """What crosses a gap."""
    net, pieces = plan.net, []
    for k, (w, chain) in enumerate(zip(net.wires, net.chains, strict=True)):
        if net.ranks[w.source] <= g < net.ranks[w.target]:
            here = 2 * (g - net.ranks[w.source])
            ends = chain[here], chain[here + 2]
            start = plan.rows[ends[0]] if here else plan.ports[k][0]
            end = plan.rows[ends[1]] if here + 3 < len(chain) else plan.ports[k][1]
            labels = (w.outer, w.inner) if net.slots[k] == g else (None, None)
            pieces.append(Piece(k, ends, start, end, plan.sides[k], w.backward, *labels))
    return pieces


def _columns(net: _Net, gaps: Sequence[Gap]) -> tuple[list[float], list[float]]:
    """Left and right side of every rank."""
    widest: dict[int, float] = {}
    for b, r in zip(net.boxes, net.ranks, strict=True):
        widest[r] = max(widest.get(r, 0.0), b.width)
    lefts, rights = [0.0], [widest.get(0, 0.0)]
    for r, gap in enumerate(gaps, 1):
        lefts.append(rights[-1] + gap.width)
        rights.append(lefts[-1] + widest[r])
    return lefts, rights


def _draft(plan: _Plan, k: int, gaps: Sequence[Gap], rights: Sequence[float], corners: Sequence[Point]) -> _Draft:
    net, w = plan.net, plan.net.wires[k]
    mine = range(net.ranks[w.source], net.ranks[w.target])
    source, target = ((net.boxes[i], corners[i]) for i in (w.source, w.target))
    inner = [(x + rights[g], y) for g in mine for x, y in gaps[g].knots[k]]
    middle = smooth([(source[1][0] + source[0].width, plan.ports[k][0]), *inner, (target[1][0], plan.ports[k][1])])
    outward = plan.sides[k] * HALF
    forward = _clipped(beside(middle, outward if w.backward else 0.0), source, target)
    backward = _clipped(backwards(beside(middle, -outward)), target, source) if w.backward else None
    labels = [at and (at[0] + rights[net.slots[k]], at[1]) for at in gaps[net.slots[k]].labels[k]]
    bridges = [[(x + rights[g], y) for x, y in bridge] for g in mine for bridge in gaps[g].bridges.get(k, ())]
    return _Draft(forward, backward, labels, bridges)


def _clipped(path: Path, source: tuple[Box, Point], target: tuple[Box, Point]) -> Path:
    """The path from outline to outline, the end a little short."""
    first, last = path[0], path[-1]
    start, end = _outline(*source, first[1], first[2]), _outline(*target, last[1], -last[2]) - SHORT * last[2]
    return [(start, *first[1:]), *path[1:-1], (end, *last[1:])]


def _outline(box: Box, corner: Point, row: float, way: float) -> float:
    """Where a row meets a rounded outline: on its right side (way 1) or on its left (way -1)."""
    into = max(box.radius - (row - corner[1]), row - corner[1] - box.height + box.radius, 0.0)
    inset = box.radius - sqrt(max(box.radius**2 - into**2, 0.0))
    return corner[0] + (box.width - inset if way > 0 else inset)


def _extremes(net: _Net, corners: Sequence[Point], drafts: Sequence[_Draft]) -> Iterator[Point]:
    """Points that the page has to hold."""
    for (x, y), b in zip(corners, net.boxes, strict=True):
        yield from ((x, y), (x + b.width, y + b.height))
    for w, d in zip(net.wires, drafts, strict=True):
        yield from ((x, y) for path in (d.forward, d.backward or []) for x, y, _, _ in path)
        for at, size in zip(d.labels, (w.outer, w.inner), strict=True):
            if at and size:
                yield from (at, (at[0] + size[0], at[1] + size[1]))
