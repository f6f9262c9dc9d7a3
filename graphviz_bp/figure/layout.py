"""Where everything in a figure stands: boxes and label sizes in, positions and curves out.

Graphviz' `dot` ranks the boxes, orders and aligns them; it sees generated names and sizes, never a word a user wrote.
Every wire runs through a slot of its own in each gap between two ranks, which keeps room for its labels, and along
a lane past every rank it skips. `wires.fill` then bends the wires and sets the ranks as close as the labels permit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from itertools import pairwise
from types import ModuleType

from graphviz_bp.errors import InputError
from graphviz_bp.figure.wires import CLEAR, HALF, SHORT, Curve, Gap, Piece, Point, Size
from graphviz_bp.figure.wires import backwards, beside, curve, fill, smooth

MARGIN = 14.0  # around the picture
APART, BOX_APART, LANE = 10.0, 30.0, 10.0  # between neighbours in a rank, between two boxes; height of a bare wire
PITCH, LEAST_PITCH = 24.0, 16.0  # between two wires on one side of a box
SLIDE = 14.0  # a lone wire leaves the middle of its box by so much to run straight
SIMILAR = 1.6  # boxes of a rank are padded to the widest unless it is so much wider
IN_PROCESS, SECONDS = 150, 20.0  # boxes laid out in process; above, the clock of the child process
FINE = 4  # dot rounds to whole points: let it count in quarters


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
    """The curves of a wire and the top left corners of its labels."""

    forward: Curve
    backward: Curve | None
    outer: Point | None
    inner: Point | None


@dataclass(frozen=True, slots=True)
class Layout:
    """A page with boxes (top left corners, and sizes as finally used) and wires, in the order they were given."""

    width: float
    height: float
    boxes: tuple[Point, ...]
    sizes: tuple[Size, ...]
    wires: tuple[PlacedWire, ...]


def layout(boxes: Sequence[Box], wires: Sequence[Wire], *, direction: str = "LR", engine: str | None = None) -> Layout:
    """Lay out boxes given in creation order; `engine="dot"` uses an installed `dot` instead of the library."""
    if direction not in ("LR", "TB"):
        raise ValueError(f"unknown direction: {direction!r} (must be 'LR' or 'TB')")
    if engine not in (None, "dot"):
        raise ValueError(f"unknown engine: {engine!r} (must be None or 'dot')")
    if any(not 0 <= w.source < w.target < len(boxes) for w in wires):
        raise ValueError("a wire must run from a box to a later box")
    if direction == "TB":
        boxes = [replace(b, width=b.height, height=b.width) for b in boxes]
        wires = [replace(w, outer=_turned(w.outer), inner=_turned(w.inner)) for w in wires]
    plan = _plan(boxes, wires, engine)
    return _on_page(plan, turned=direction == "TB")


def _turned(size: Size | None) -> Size | None:
    return size and (size[1], size[0])


# ---- the plan: a picture that runs to the right, boxes in ranks, wires through gaps ----


@dataclass(frozen=True, slots=True)
class _Plan:
    boxes: Sequence[Box]
    wires: Sequence[Wire]
    ranks: Sequence[int]
    slots: Sequence[int]  # the gap in which the labels of each wire stand
    rows: Mapping[str, float]  # of every box n3 and of every lane or slot d2_5 (wire 2, half rank 5)
    ports: Sequence[tuple[float, float]]  # the rows where each wire leaves and arrives
    sides: Sequence[int]


def _plan(boxes: Sequence[Box], wires: Sequence[Wire], engine: str | None) -> _Plan:
    boxes = _tall_enough(boxes, wires)
    ranks = _ranks(boxes, wires, engine)
    boxes = _same_width(boxes, ranks)
    slots = _slots(wires, ranks)
    rows = _rows(boxes, wires, ranks, slots, engine)
    ports = _ports(boxes, wires, ranks, rows)
    sides = [
        1 if a - rows[f"n{w.source}"] + b - rows[f"n{w.target}"] > 0.5 else -1
        for w, (a, b) in zip(wires, ports, strict=True)
    ]
    ports = _slid(wires, ranks, rows, ports)
    return _Plan(boxes, wires, ranks, slots, rows, ports, sides)


def _tall_enough(boxes: Sequence[Box], wires: Sequence[Wire]) -> list[Box]:
    """Boxes with enough straight side for their wires."""
    out, into = Counter(w.source for w in wires), Counter(w.target for w in wires)
    least = [(max(out[i], into[i]) - 1) * LEAST_PITCH + 2 * HALF + 2 * b.radius for i, b in enumerate(boxes)]
    return [replace(b, height=max(b.height, h)) for b, h in zip(boxes, least, strict=True)]


def _same_width(boxes: Sequence[Box], ranks: Sequence[int]) -> list[Box]:
    widest = {r: max(b.width for b, q in zip(boxes, ranks, strict=True) if q == r) for r in sorted({*ranks})}
    return [
        replace(b, width=widest[r]) if widest[r] < SIMILAR * b.width else b
        for b, r in zip(boxes, ranks, strict=True)
    ]


def _chain(k: int, wire: Wire, ranks: Sequence[int]) -> list[str]:
    """Everything a wire passes, from box to box, one name for each half rank."""
    inner = range(2 * ranks[wire.source] + 1, 2 * ranks[wire.target])
    return [f"n{wire.source}", *(f"d{k}_{h}" for h in inner), f"n{wire.target}"]


def _slots(wires: Sequence[Wire], ranks: Sequence[int]) -> list[int]:
    """In which gap the labels of a wire stand: the emptiest one it crosses, and there the middle one."""
    load: Counter[int] = Counter()
    chosen = [0] * len(wires)
    for k in sorted(range(len(wires)), key=lambda k: ranks[wires[k].target] - ranks[wires[k].source]):
        first, last = ranks[wires[k].source], ranks[wires[k].target] - 1
        chosen[k] = min(range(first, last + 1), key=lambda g: (load[g], abs(2 * g - first - last), g))
        load[chosen[k]] += 1 if wires[k].outer or wires[k].inner else 0
    return chosen


def _ports(
    boxes: Sequence[Box], wires: Sequence[Wire], ranks: Sequence[int], rows: Mapping[str, float]
) -> list[tuple[float, float]]:
    """Rows where wires leave and arrive: spread about the middle of the box, in the order of where they go."""
    found: dict[tuple[int, int], float] = {}
    chains = [_chain(k, w, ranks) for k, w in enumerate(wires)]
    for i, box in enumerate(boxes):
        for end in (0, 1):
            mine = [k for k, w in enumerate(wires) if (w.source, w.target)[end] == i]
            mine.sort(key=lambda k: (rows[chains[k][-2 if end else 1]], k))
            pitch = min(PITCH, (box.height - 2 * box.radius - 2 * HALF) / max(1, len(mine) - 1))
            for place, k in enumerate(mine):
                found[k, end] = rows[f"n{i}"] + (place - (len(mine) - 1) / 2) * pitch
    return [(found[k, 0], found[k, 1]) for k in range(len(wires))]


def _slid(
    wires: Sequence[Wire], ranks: Sequence[int], rows: Mapping[str, float], ports: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Ports of lone wires moved a little where that makes the wire straight."""
    out, into = Counter(w.source for w in wires), Counter(w.target for w in wires)
    slid = list(ports)
    for k, w in enumerate(wires):
        chain = _chain(k, w, ranks)
        straight = len(chain) == 3
        if out[w.source] == 1:
            row = slid[k][1] if straight else rows[chain[2]]
            if abs(row - slid[k][0]) <= SLIDE:
                slid[k] = (row, slid[k][1])
        if into[w.target] == 1:
            row = slid[k][0] if straight else rows[chain[-3]]
            if abs(row - slid[k][1]) <= SLIDE:
                slid[k] = (slid[k][0], row)
    return slid


# ---- what dot decides ----


def _ranks(boxes: Sequence[Box], wires: Sequence[Wire], engine: str | None) -> list[int]:
    hints = [
        f"{{rank={hint};{''.join(f'n{i};' for i, b in enumerate(boxes) if b.rank == hint)}}}"
        for hint in ("source", "sink")
        if any(b.rank == hint for b in boxes)
    ]
    nodes = [f"n{i}[width=.1];" for i in range(len(boxes))]
    found = _dot([*nodes, *hints, *(f"n{w.source}->n{w.target};" for w in wires)], len(boxes), engine)
    heights = sorted({round(y, 3) for _, y in found.values()}, reverse=True)
    return [heights.index(round(found[f"n{i}"][1], 3)) for i in range(len(boxes))]


def _rows(
    boxes: Sequence[Box], wires: Sequence[Wire], ranks: Sequence[int], slots: Sequence[int], engine: str | None
) -> dict[str, float]:
    """Rows with as few crossings as dot finds, and among those with the boxes of a rank in the order given."""
    chains = [_chain(k, w, ranks) for k, w in enumerate(wires)]
    text = [*_nodes(boxes, wires, chains, ranks, slots), *_edges(wires, chains)]
    best: tuple[int, int, dict[str, float]] | None = None
    for order in ([], _kept_order(ranks, chains, first_only=False), _kept_order(ranks, chains, first_only=True)):
        rows = {name: x / FINE for name, (x, _) in _dot([*text, *order], len(boxes), engine).items()}
        for sign in (1, -1):
            turned = {name: sign * x for name, x in rows.items()}
            found = (_crossings(chains, turned), _disorder(ranks, turned), turned)
            if best is None or found[:2] < best[:2]:
                best = found
        if best and best[1] == 0:
            break
    assert best
    return best[2]


def _nodes(boxes, wires, chains, ranks, slots) -> Iterator[str]:
    for i, b in enumerate(boxes):
        yield f"n{i}[width={(b.height + BOX_APART - APART) * FINE / 72:.4f}];"
    for w, chain, slot in zip(wires, chains, slots, strict=True):
        for h, name in enumerate(chain[1:-1], 2 * ranks[w.source] + 1):
            labels = [s[1] + CLEAR + HALF for s in (w.outer, w.inner) if s] if h == 2 * slot + 1 else []
            yield f"{name}[width={max(LANE, sum(labels)) * FINE / 72:.4f}];"


def _edges(wires, chains) -> Iterator[str]:
    """A wire that is alone at both its ends is pulled straightest, a lane more so."""
    out, into = Counter(w.source for w in wires), Counter(w.target for w in wires)
    for w, chain in zip(wires, chains, strict=True):
        leaf = into[w.source] == 0
        weight = 8 if out[w.source] == into[w.target] == 1 else 2 if leaf else 3
        for a, b in pairwise(chain):
            yield f"{a}->{b}[weight={12 if a[0] == b[0] == 'd' else weight}];"


def _kept_order(ranks, chains, *, first_only) -> list[str]:
    starts = {c[0] for c in chains} - {c[-1] for c in chains}
    lines = []
    for r in sorted({*ranks}):
        mine = [f"n{i}" for i, q in enumerate(ranks) if q == r and (not first_only or f"n{i}" in starts)]
        if len(mine) > 1:
            lines.append(f"{{rank=same;edge[style=invis weight=0];{'->'.join(mine)}}}")
    return lines


def _crossings(chains, rows) -> int:
    layers: dict[int, list[tuple[float, float]]] = {}
    for chain in chains:
        first = int(chain[1].split("_")[1]) - 1
        for h, (a, b) in enumerate(pairwise(chain), first):
            layers.setdefault(h, []).append((rows[a], rows[b]))
    total = 0
    for layer in layers.values():
        seen: list[float] = []
        for _, b in sorted(layer):
            total += len(seen) - bisect_right(seen, b)
            insort(seen, b)
    return total


def _disorder(ranks, rows) -> int:
    return sum(
        rows[f"n{i}"] > rows[f"n{j}"]
        for i in range(len(ranks))
        for j in range(i + 1, len(ranks))
        if ranks[i] == ranks[j]
    )


# ---- the page ----


def _gap(plan: _Plan, g: int) -> Gap:
    pieces = []
    for k, w in enumerate(plan.wires):
        if plan.ranks[w.source] <= g < plan.ranks[w.target]:
            chain = _chain(k, w, plan.ranks)
            here = 2 * (g - plan.ranks[w.source])
            before, slot, after = chain[here : here + 3]
            start = plan.ports[k][0] if here == 0 else plan.rows[before]
            end = plan.ports[k][1] if after == chain[-1] else plan.rows[after]
            outer, inner = (w.outer, w.inner) if plan.slots[k] == g else (None, None)
            shift = plan.sides[k] * ((inner[1] if inner else 0) - (outer[1] if outer else 0)) / 2
            pieces.append(
                Piece(k, (before, after), start, plan.rows[slot] + shift, end, plan.sides[k], w.backward, outer, inner)
            )
    return fill(pieces)


def _on_page(plan: _Plan, *, turned: bool) -> Layout:
    count = max(plan.ranks, default=-1) + 1
    gaps = [_gap(plan, g) for g in range(count - 1)]
    lefts, rights = [], []
    x = 0.0
    for r in range(count):
        lefts.append(x)
        rights.append(x + max(b.width for b, q in zip(plan.boxes, plan.ranks, strict=True) if q == r))
        x = rights[-1] + (gaps[r].width if r < count - 1 else 0.0)
    corners = [
        ((lefts[r] + rights[r] - b.width) / 2, plan.rows[f"n{i}"] - b.height / 2)
        for i, (b, r) in enumerate(zip(plan.boxes, plan.ranks, strict=True))
    ]
    paths = []
    labels = []
    for k, w in enumerate(plan.wires):
        knots = [(corners[w.source][0] + plan.boxes[w.source].width, plan.ports[k][0])]
        for g in range(plan.ranks[w.source], plan.ranks[w.target]):
            knots += [(rights[g] + x, y) for x, y in gaps[g].knots[k]]
        knots.append((corners[w.target][0], plan.ports[k][1]))
        paths.append(smooth(knots))
        g = plan.slots[k]
        labels.append([at and (at[0] + rights[g], at[1]) for at in gaps[g].labels[k]])
    xs, ys = [], []
    for (x, y), b in zip(corners, plan.boxes, strict=True):
        xs += [x, x + b.width]
        ys += [y, y + b.height]
    for path in paths:
        ys += [y + d for _, y, _, _ in path for d in (-HALF, HALF)]
    for w, found in zip(plan.wires, labels, strict=True):
        for at, size in zip(found, (w.outer, w.inner), strict=True):
            if at and size:
                xs += [at[0], at[0] + size[0]]
                ys += [at[1], at[1] + size[1]]
    dx, dy = MARGIN - min(xs, default=0.0), MARGIN - min(ys, default=0.0)

    def at(p: Point) -> Point:
        return (p[1] + dy, p[0] + dx) if turned else (p[0] + dx, p[1] + dy)

    def drawn(samples):
        moved = [(*at(s[:2]), *(s[3:1:-1] if turned else s[2:])) for s in samples]
        return curve(moved)

    placed = []
    for k, (w, path) in enumerate(zip(plan.wires, paths, strict=True)):
        ends = (plan.boxes[w.source], corners[w.source]), (plan.boxes[w.target], corners[w.target])
        forward = drawn(_clipped(beside(path, plan.sides[k] * HALF * w.backward), *ends))
        back = drawn(_clipped(backwards(beside(path, -plan.sides[k] * HALF)), *ends[::-1])) if w.backward else None
        outer, inner = (p and at(p) for p in labels[k])
        placed.append(PlacedWire(forward, back, outer, inner))
    size = (max(xs, default=0.0) + dx + MARGIN, max(ys, default=0.0) + dy + MARGIN)
    width, height = _turned(size) if turned else size
    return Layout(
        width,
        height,
        tuple(at(c) for c in corners),
        tuple((b.height, b.width) if turned else (b.width, b.height) for b in plan.boxes),
        tuple(placed),
    )


def _clipped(samples, source, target):
    """The path from outline to outline."""
    (first, *_), (*_, last) = samples, samples
    start = _outline(*source, first[1], first[2])
    end = _outline(*target, last[1], -last[2]) - SHORT * last[2]
    return [(start, *first[1:]), *samples[1:-1], (end, *last[1:])]


def _outline(box, corner, row, way):
    """Where a row meets the rounded outline, on the right side (way 1) or the left (way -1)."""
    into = max(box.radius - (row - corner[1]), row - corner[1] - box.height + box.radius, 0.0)
    inset = box.radius - max(box.radius**2 - into**2, 0.0) ** 0.5
    return corner[0] + (box.width - inset if way > 0 else inset)


# ---- dot ----


def _dot(lines: Sequence[str], boxes: int, engine: str | None) -> dict[str, Point]:
    """Positions of nodes; ranks run downwards, y up."""
    head = f'digraph{{splines=none;nodesep={APART * FINE / 72:.4f};ranksep=.1;node[shape=box label="" fixedsize=true height=.1];'
    text = head + "".join(lines) + "}"
    if engine == "dot":
        plain = _outside(["dot", "-Tplain"], text)
    elif boxes > IN_PROCESS:
        plain = _outside([sys.executable, "-c", "from graphviz_bp.figure.layout import serve; serve()"], text)
    else:
        plain = _inside(text)
    nodes = (line.split(" ", 4) for line in plain.splitlines() if line.startswith("node"))
    return {name: (float(x) * 72, float(y) * 72) for _, name, x, y, _ in nodes}


@cache
def _library() -> ModuleType:
    """The extension module of pygraphviz alone: its Python part costs twice the time of the library itself."""
    package = find_spec("pygraphviz")
    spec = package and PathFinder.find_spec("pygraphviz._graphviz", package.submodule_search_locations)
    if spec is None or spec.loader is None:
        raise InputError("pygraphviz is not installed", remedy="pip install pygraphviz")
    if spec.name in sys.modules:
        return sys.modules[spec.name]
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _inside(text: str) -> str:
    library = _library()
    with tempfile.TemporaryFile("w+") as file:
        file.write(text)
        file.flush()
        file.seek(0)
        graph = library.agread(file, None)
    context = library.gvContextWithBuiltins()
    library.gvLayout(context, graph, b"dot")
    plain = library.gvRenderData(context, graph, b"plain")[1]
    library.gvFreeLayout(context, graph)
    library.gvFreeContext(context)
    library.agclose(graph)
    return plain.decode()


def _outside(command: list[str], text: str) -> str:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS, check=True)
    except FileNotFoundError:
        raise InputError("the program dot was not found", remedy="install Graphviz, or leave out engine='dot'") from None
    except subprocess.TimeoutExpired:
        raise InputError(f"the layout took more than {SECONDS:g} s", remedy="draw fewer boxes") from None
    return done.stdout


def serve() -> None:
    sys.stdout.write(_inside(sys.stdin.read()))
