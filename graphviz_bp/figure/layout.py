"""Where everything in a figure stands: boxes and label sizes in, positions and curves out.

Graphviz' `dot` ranks the boxes, orders and aligns them; it sees generated names and sizes, never a word a user wrote.
Every wire gets a slot in each gap between two ranks, which keeps room for its labels, and a lane past every rank it
skips. `wires.fill` then bends the wires and sets the ranks as close as the labels permit.
"""

from __future__ import annotations

import os
import sys
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from itertools import combinations, pairwise
from types import ModuleType
from typing import IO

from graphviz_bp.errors import InputError
from graphviz_bp.figure.wires import CLEAR, HALF, SHORT, Curve, Gap, Path, Piece, Point, Size
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
    """The curves of a wire, the top left corners of its labels, and where it passes over an earlier wire."""

    forward: Curve
    backward: Curve | None
    outer: Point | None
    inner: Point | None
    bridges: tuple[tuple[Point, ...], ...] = ()


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
    return _page(_plan(boxes, wires, engine), turned=direction == "TB")


def _turned(size: Size | None) -> Size | None:
    return size and (size[1], size[0])


# ---- the plan: a picture that runs to the right, boxes in ranks, wires through gaps and along lanes ----


@dataclass(frozen=True, slots=True)
class _Plan:
    boxes: Sequence[Box]
    wires: Sequence[Wire]
    ranks: Sequence[int]
    chains: Sequence[Sequence[str]]  # what a wire passes, half rank by half rank: n0 d3_1 d3_2 d3_3 n4
    slots: Sequence[int]  # the gap in which the labels of each wire stand
    rows: Mapping[str, float]
    ports: Sequence[tuple[float, float]]  # the rows where each wire leaves and arrives
    sides: Sequence[int]


def _plan(boxes: Sequence[Box], wires: Sequence[Wire], engine: str | None) -> _Plan:
    boxes = _tall_enough(boxes, wires)
    ranks = _ranks(boxes, wires, engine)
    boxes = _same_width(boxes, ranks)
    chains = [_chain(k, w, ranks) for k, w in enumerate(wires)]
    slots = _slots(wires, ranks)
    rows = _rows(boxes, wires, ranks, chains, slots, engine)
    ports = _ports(boxes, wires, chains, rows)
    sides = [
        1 if a - rows[c[0]] + b - rows[c[-1]] > 0.5 else -1 for c, (a, b) in zip(chains, ports, strict=True)
    ]
    rows = _straight(boxes, ranks, chains, rows, ports)
    return _Plan(boxes, wires, ranks, chains, slots, rows, _slid(wires, chains, rows, ports), sides)


def _tall_enough(boxes: Sequence[Box], wires: Sequence[Wire]) -> list[Box]:
    """Boxes with enough straight side for their wires."""
    out, into = Counter(w.source for w in wires), Counter(w.target for w in wires)
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


def _next(chain: Sequence[str], end: int) -> str:
    """The first box or lane after the start of a wire, or the last before its end."""
    return chain[-3 if end else 2]


def _ports(
    boxes: Sequence[Box], wires: Sequence[Wire], chains: Sequence[Sequence[str]], rows: Mapping[str, float]
) -> list[tuple[float, float]]:
    """Rows where wires leave and arrive: spread about the middle of the box, in the order of where they go."""
    at: dict[tuple[int, int], list[int]] = {}
    for k, w in enumerate(wires):
        at.setdefault((w.source, 0), []).append(k)
        at.setdefault((w.target, 1), []).append(k)
    found: dict[tuple[int, int], float] = {}
    for (i, end), mine in at.items():
        straight = boxes[i].height - 2 * boxes[i].radius - 2 * HALF
        pitch = min(PITCH, straight / max(1, len(mine) - 1))
        for place, k in enumerate(sorted(mine, key=lambda k: (rows[_next(chains[k], end)], k))):
            found[k, end] = rows[f"n{i}"] + (place - (len(mine) - 1) / 2) * pitch
    return [(found[k, 0], found[k, 1]) for k in range(len(wires))]


def _straight(
    boxes: Sequence[Box],
    ranks: Sequence[int],
    chains: Sequence[Sequence[str]],
    rows: Mapping[str, float],
    ports: Sequence[tuple[float, float]],
) -> dict[str, float]:
    """Lanes moved, between their neighbours, to the row where their wire leaves or arrives, or else to one row."""
    moved = dict(rows)
    columns: dict[int, list[tuple[str, float]]] = {}
    for i, (b, r) in enumerate(zip(boxes, ranks, strict=True)):
        columns.setdefault(r, []).append((f"n{i}", b.height / 2 + 8))
    for chain in chains:
        for name in chain[2:-2:2]:
            columns.setdefault(int(name.split("_")[1]) // 2, []).append((name, HALF))
    for chain, port in zip(chains, ports, strict=True):
        if lanes := chain[2:-2:2]:
            limits = [_limits(name, columns[int(name.split("_")[1]) // 2], moved) for name in lanes]
            low, high = max(a for a, _ in limits), min(b for _, b in limits)
            wishes = [*port, *(moved[name] for name in lanes)]
            if row := next((y for y in wishes if low <= y <= high), None):
                moved.update((name, row) for name in lanes)
    return moved


def _limits(lane: str, column: Sequence[tuple[str, float]], rows: Mapping[str, float]) -> tuple[float, float]:
    """How far a lane can move without leaving its place in a rank."""
    here = rows[lane]
    above = [rows[n] + reach + HALF for n, reach in column if rows[n] < here]
    below = [rows[n] - reach - HALF for n, reach in column if rows[n] > here]
    return max(above, default=here - 60) + 6, min(below, default=here + 60) - 6


def _slid(
    wires: Sequence[Wire],
    chains: Sequence[Sequence[str]],
    rows: Mapping[str, float],
    ports: Sequence[tuple[float, float]],
) -> list[tuple[float, float]]:
    """Ports of lone wires moved a little where that makes the wire straight."""
    out, into = Counter(w.source for w in wires), Counter(w.target for w in wires)
    slid = [list(p) for p in ports]
    for k, (w, chain) in enumerate(zip(wires, chains, strict=True)):
        for end, alone in enumerate((out[w.source] == 1, into[w.target] == 1)):
            row = slid[k][1 - end] if len(chain) == 3 else rows[_next(chain, end)]
            if alone and abs(row - slid[k][end]) <= SLIDE:
                slid[k][end] = row
    return [(a, b) for a, b in slid]


# ---- what dot decides ----


def _ranks(boxes: Sequence[Box], wires: Sequence[Wire], engine: str | None) -> list[int]:
    text = [f"n{i}[width=.1];" for i in range(len(boxes))]
    for hint in ("source", "sink"):
        if named := [f"n{i};" for i, b in enumerate(boxes) if b.rank == hint]:
            text.append(f"{{rank={hint};{''.join(named)}}}")
    found = _dot([*text, *(f"n{w.source}->n{w.target};" for w in wires)], len(boxes), engine)
    heights = sorted({round(y, 1) for _, y in found.values()}, reverse=True)
    return [heights.index(round(found[f"n{i}"][1], 1)) for i in range(len(boxes))]


def _rows(
    boxes: Sequence[Box],
    wires: Sequence[Wire],
    ranks: Sequence[int],
    chains: Sequence[Sequence[str]],
    slots: Sequence[int],
    engine: str | None,
) -> dict[str, float]:
    """Rows with as few crossings as dot finds, and among those with the boxes of a rank in the order given."""
    text = [*_nodes(boxes, wires, ranks, chains, slots), *_edges(wires, chains)]
    best: tuple[int, int, dict[str, float]] | None = None
    for kept in ([], range(len(boxes)), sorted({w.source for w in wires} - {w.target for w in wires})):
        found = _dot([*text, *_in_order(kept, ranks)], len(boxes), engine)
        for sign in (1, -1):
            rows = {name: sign * x / FINE for name, (x, _) in found.items()}
            new = (_crossings(ranks, wires, chains, rows), _disorder(ranks, rows), rows)
            best = new if best is None or new[:2] < best[:2] else best
        if best is not None and best[1] == 0:
            break
    assert best is not None
    return best[2]


def _nodes(
    boxes: Sequence[Box],
    wires: Sequence[Wire],
    ranks: Sequence[int],
    chains: Sequence[Sequence[str]],
    slots: Sequence[int],
) -> Iterator[str]:
    for i, b in enumerate(boxes):
        yield _node(f"n{i}", b.height + BOX_APART - APART)
    forks = _forks(wires, ranks)
    out, into = Counter(w.source for w in wires), Counter(w.target for w in wires)
    for k, (w, chain) in enumerate(zip(wires, chains, strict=True)):
        labels = [s for s in (w.outer, w.inner) if s]
        room = sum(s[1] + CLEAR + HALF for s in labels) + (0.75 * max(s[0] for s in labels) if k in forks else 0.0)
        if len(chain) > 3 or 1 in (out[w.source], into[w.target]):
            room = max(room, 2 * max((s[1] + CLEAR + HALF for s in labels), default=0.0))
        else:
            room = min(room, 34.0)
        for h, name in enumerate(chain[1:-1], 2 * ranks[w.source] + 1):
            yield _node(name, max(LANE, room) if h == 2 * slots[k] + 1 else LANE)


def _node(name: str, size: float) -> str:
    return f"{name}[width={size * FINE / 72:.4f}];"


def _forks(wires: Sequence[Wire], ranks: Sequence[int]) -> set[int]:
    """Wires of plain forks and joins of two: these open wider, so that their labels fit along a sweeping curve."""
    out, into = Counter(w.source for w in wires), Counter(w.target for w in wires)
    leaf = {w.source for w in wires if not into[w.source]}
    found: set[int] = set()
    for (j, a), (k, b) in combinations(enumerate(wires), 2):
        fork = a.source == b.source and out[a.source] == 2 and into[a.target] == into[b.target] == 1
        join = a.target == b.target and into[a.target] == 2 and out[a.source] == out[b.source] == 1
        near = all(ranks[w.target] - ranks[w.source] == 1 for w in (a, b))
        if near and (a.source, a.target) != (b.source, b.target) and (fork or (join and (a.source in leaf) == (b.source in leaf))):
            found |= {j, k}
    return found


def _edges(wires: Sequence[Wire], chains: Sequence[Sequence[str]]) -> Iterator[str]:
    """The main line is pulled straighter than what hangs on it: inputs, and the ends of long wires."""
    out, into = Counter(w.source for w in wires), Counter(w.target for w in wires)
    for w, chain in zip(wires, chains, strict=True):
        alone = out[w.source] == into[w.target] == 1
        weight = 8 if alone else 1 if len(chain) > 3 else 2 if not into[w.source] else 3
        for a, b in pairwise(chain):
            yield f"{a}->{b}[weight={12 if a[0] == b[0] == 'd' else weight}];"


def _in_order(kept: Iterable[int], ranks: Sequence[int]) -> Iterator[str]:
    by_rank: dict[int, list[str]] = {}
    for i in kept:
        by_rank.setdefault(ranks[i], []).append(f"n{i}")
    for names in by_rank.values():
        if len(names) > 1:
            yield f"{{rank=same;edge[style=invis];{'->'.join(names)}}}"


def _crossings(
    ranks: Sequence[int], wires: Sequence[Wire], chains: Sequence[Sequence[str]], rows: Mapping[str, float]
) -> int:
    gaps: dict[int, list[tuple[float, float]]] = {}
    for w, chain in zip(wires, chains, strict=True):
        for g, (a, b) in enumerate(pairwise(chain[::2]), ranks[w.source]):
            gaps.setdefault(g, []).append((rows[a], rows[b]))
    total = 0
    for ends in gaps.values():
        seen: list[float] = []
        for _, b in sorted(ends):
            total += len(seen) - bisect_right(seen, b)
            insort(seen, b)
    return total


def _disorder(ranks: Sequence[int], rows: Mapping[str, float]) -> int:
    pairs = combinations(range(len(ranks)), 2)
    return sum(ranks[i] == ranks[j] and rows[f"n{i}"] > rows[f"n{j}"] for i, j in pairs)


# ---- the page ----


def _page(plan: _Plan, *, turned: bool) -> Layout:
    count = max(plan.ranks, default=-1) + 1
    gaps = [fill(_pieces(plan, g)) for g in range(count - 1)]
    lefts, rights = _columns(plan, gaps, count)
    corners = [
        ((lefts[r] + rights[r] - b.width) / 2, plan.rows[f"n{i}"] - b.height / 2)
        for i, (b, r) in enumerate(zip(plan.boxes, plan.ranks, strict=True))
    ]
    paths = []
    labels: list[tuple[Point | None, Point | None]] = []
    for k, w in enumerate(plan.wires):
        knots = [(corners[w.source][0] + plan.boxes[w.source].width, plan.ports[k][0])]
        for g in range(plan.ranks[w.source], plan.ranks[w.target]):
            knots += [(rights[g] + x, y) for x, y in gaps[g].knots[k]]
        knots.append((corners[w.target][0], plan.ports[k][1]))
        paths.append(smooth(knots))
        g = plan.slots[k]
        outer, inner = gaps[g].labels[k]
        labels.append((outer and (outer[0] + rights[g], outer[1]), inner and (inner[0] + rights[g], inner[1])))
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

    def on(p: Point) -> Point:
        return (p[1] + dy, p[0] + dx) if turned else (p[0] + dx, p[1] + dy)

    def drawn(path: Path) -> Curve:
        return curve([(*on((x, y)), *((ty, tx) if turned else (tx, ty))) for x, y, tx, ty in path])

    placed = []
    for k, (w, path) in enumerate(zip(plan.wires, paths, strict=True)):
        ends = (plan.boxes[w.source], corners[w.source]), (plan.boxes[w.target], corners[w.target])
        forward = drawn(_clipped(beside(path, plan.sides[k] * HALF * w.backward), *ends))
        back = drawn(_clipped(backwards(beside(path, -plan.sides[k] * HALF)), *ends[::-1])) if w.backward else None
        outer, inner = (p and on(p) for p in labels[k])
        bridges = tuple(
            tuple(on((x + rights[g], y)) for x, y in b)
            for g in range(plan.ranks[w.source], plan.ranks[w.target])
            for b in gaps[g].bridges.get(k, ())
        )
        placed.append(PlacedWire(forward, back, outer, inner, bridges))
    width, height = max(xs, default=0.0) + dx + MARGIN, max(ys, default=0.0) + dy + MARGIN
    return Layout(
        height if turned else width,
        width if turned else height,
        tuple(on(c) for c in corners),
        tuple((b.height, b.width) if turned else (b.width, b.height) for b in plan.boxes),
        tuple(placed),
    )


def _pieces(plan: _Plan, g: int) -> list[Piece]:
    pieces = []
    for k, (w, chain) in enumerate(zip(plan.wires, plan.chains, strict=True)):
        if plan.ranks[w.source] <= g < plan.ranks[w.target]:
            here = 2 * (g - plan.ranks[w.source])
            ends = chain[here], chain[here + 2]
            start = plan.rows[ends[0]] if here else plan.ports[k][0]
            end = plan.rows[ends[1]] if ends[1] != chain[-1] else plan.ports[k][1]
            labels = (w.outer, w.inner) if plan.slots[k] == g else (None, None)
            pieces.append(Piece(k, ends, start, end, plan.sides[k], w.backward, *labels))
    return pieces


def _columns(plan: _Plan, gaps: Sequence[Gap], count: int) -> tuple[list[float], list[float]]:
    lefts, rights, x = [], [], 0.0
    for r in range(count):
        lefts.append(x)
        rights.append(x + max(b.width for b, q in zip(plan.boxes, plan.ranks, strict=True) if q == r))
        x = rights[-1] + (gaps[r].width if r < count - 1 else 0.0)
    return lefts, rights


def _clipped(path: Path, source: tuple[Box, Point], target: tuple[Box, Point]) -> Path:
    """The path from outline to outline, the end a little short."""
    first, last = path[0], path[-1]
    start, end = _outline(*source, first[1], first[2]), _outline(*target, last[1], -last[2]) - SHORT * last[2]
    return [(start, *first[1:]), *path[1:-1], (end, *last[1:])]


def _outline(box: Box, corner: Point, row: float, way: float) -> float:
    """Where a row meets a rounded outline: on its right side (way 1) or on its left (way -1)."""
    into = max(box.radius - (row - corner[1]), row - corner[1] - box.height + box.radius, 0.0)
    inset = box.radius - max(box.radius**2 - into**2, 0.0) ** 0.5
    return corner[0] + (box.width - inset if way > 0 else inset)


# ---- dot ----


def _dot(lines: Iterable[str], boxes: int, engine: str | None) -> dict[str, Point]:
    """Positions of the nodes; ranks run downwards, y up."""
    head = f'nodesep={APART * FINE / 72:.4f};ranksep=.1;node[shape=box label="" fixedsize=true height=.1];'
    text = "digraph{splines=none;" + head + "".join(lines) + "}"
    if engine == "dot":
        plain = _outside(["dot", "-Tplain"], text, boxes)
    elif boxes > IN_PROCESS:
        plain = _outside([sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"], text, boxes)
    else:
        plain = _inside(text)
    nodes = (line.split(" ", 4) for line in plain.splitlines() if line.startswith("node"))
    return {name: (float(x) * 72, float(y) * 72) for _, name, x, y, _ in nodes}


@cache
def _library() -> ModuleType:
    """Graphviz: the extension module of pygraphviz alone, because its Python part takes longer to load than this."""
    package = find_spec("pygraphviz")
    spec = package and PathFinder.find_spec("pygraphviz._graphviz", package.submodule_search_locations)
    if spec is None or spec.loader is None:
        raise InputError("Graphviz is missing", remedy="pip install pygraphviz")
    if spec.name not in sys.modules:
        sys.modules[spec.name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[spec.name])
    return sys.modules[spec.name]


def _inside(text: str) -> str:
    library = _library()
    with _file(text) as file:
        graph = library.agread(file, None)
    context = library.gvContextWithBuiltins()
    library.gvLayout(context, graph, b"dot")
    plain: bytes = library.gvRenderData(context, graph, b"plain")[1]
    library.gvFreeLayout(context, graph)
    library.gvFreeContext(context)
    library.agclose(graph)
    return plain.decode()


def _file(text: str) -> IO[str]:
    """A file that never touches a disk, where there is such a thing: Graphviz reads files only."""
    if sys.platform == "linux":
        file: IO[str] = open(os.memfd_create("graph"), "w+")
    else:
        from tempfile import TemporaryFile

        file = TemporaryFile("w+")
    file.write(text)
    file.seek(0)
    return file


def _outside(command: list[str], text: str, boxes: int) -> str:
    """Run a program that reads DOT and writes positions, under a clock; Ctrl-C ends it too."""
    import subprocess

    path = os.pathsep.join(p for p in sys.path if p)
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=SECONDS, env={**os.environ, "PYTHONPATH": path}
        )
    except FileNotFoundError:
        remedy = "install Graphviz, or leave engine out to use the built-in one"
        raise InputError("the program dot is not installed", remedy=remedy) from None
    except subprocess.TimeoutExpired:
        sentence = f"the layout of {boxes} boxes took longer than {SECONDS:g} seconds"
        raise InputError(sentence, remedy="draw a part of the graph or a coarser level") from None
    if done.returncode:
        raise InputError(f"Graphviz could not lay out {boxes} boxes", remedy="draw a part of the graph")
    return done.stdout


def serve() -> None:
    """The child process: DOT in, positions out."""
    sys.stdout.write(_inside(sys.stdin.read()))
