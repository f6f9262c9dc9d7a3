"""The level of neurons: layers as columns, weights as beads on the wires, or as ports where wires are dense.

Of layers with more than four neurons the first two and the last are drawn, and each weight matrix is summed up on a
card below. Beads say value and gradient; under a neuron stands δ, the gradient of its weighted sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import atan2, cos, hypot, sin

from graphviz_bp.backprop import Run, backprop
from graphviz_bp.errors import InputError, listed
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.layout.wires import SHORT, Curve, curve, smooth
from graphviz_bp.figure.network.beads import HEIGHT, Half, bands
from graphviz_bp.figure.network.elements import Element, Picture, centred, disc, drawn, lettered
from graphviz_bp.figure.network.key import below
from graphviz_bp.figure.network.lessons import lessons
from graphviz_bp.figure.network.neurons import DOTS, LANE, Place, Strand, plan
from graphviz_bp.figure.network.placing import HUNG, PITCH, PORT, STUB, TALL, UNDER, Placing, Spot, flat
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.page import Item, Path, Rect
from graphviz_bp.figure.statements.compose import OUTLINE
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.equations import ink
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.levels.network import Network, network, with_sums
from graphviz_bp.levels.recurrence import recurrence
from graphviz_bp.notation.nodes import formula as right_hand_side
from graphviz_bp.notation.nodes import named

SYMBOL, SMALL_SYMBOL, NUMBER_IN, PROSE = 17.0, 15.5, 11.0, 12.5
WIRE = 1.3
MOST_TOLD = 40


def neurons(run: Run, options: Options) -> Drawing:
    """The figure of a run at the level of neurons; InputError if the graph has no weighted sums."""
    run = summed(run)
    sheet, net = Sheet(run), network(run.graph)
    _refuse_steps(net)
    planned = plan(net)
    for manner in ["elided"] if planned.elided else ["beads", "ports"]:
        placing = Placing(sheet, planned, manner)
        if placing.fits:
            break
    return _picture(placing).drawing(lambda order: lessons(sheet, net, order))


def _refuse_steps(net: Network) -> None:
    """InputError if the layers are steps in time, which this level would draw as different layers."""
    try:
        found = recurrence(net)
    except InputError:  # nothing that could be unrolled
        return
    states = listed(tuple(step.state for step in found.steps))
    raise InputError(f"this network is recurrent: {states} are one layer in time",
                     remedy='draw level="unrolled"')  # fmt: skip


def summed(run: Run) -> Run:
    """The same run with a name for every weighted sum, so that its gradient δ is known."""
    graph = with_sums(run.graph)
    if graph is run.graph:
        return run
    if run.symbolic:
        return backprop(graph, None, of=run.of, symbolic=True).written(run.style)
    return backprop(graph, run.given, of=run.of, seed=run.step(run.of).total).written(run.style)


def _picture(placing: Placing) -> Picture:
    spots = flat(placing.spots)
    left, right = min(s.x - s.slot.wide for s in spots), max(s.x + s.slot.wide for s in spots)
    top, bottom = min(s.y - s.slot.up for s in spots), max(s.y + s.slot.down for s in spots)
    elements = [*_wires(placing), *(e for spot in spots for e in _body(placing, spot)), *_weights(placing)]
    foot, (left, right, bottom) = below(placing, left, right, bottom)
    title, description = _words(placing)
    return Picture((*elements, *foot), left, top, right, bottom, title, description)


# -- wires


def _wires(placing: Placing) -> Iterator[Element]:
    for strand in placing.plan.strands:
        one, two = placing.spots[strand.column][strand.source], placing.spots[strand.column + 1][strand.target]
        weight = f", times {placing.sheet.name(strand.wire.weight).plain}" if strand.wire.weight else ""
        spoken = f"{placing.sheet.name(strand.wire.source).plain} feeds {placing.sheet.name(strand.into).plain}{weight}"
        yield _wired(_curve(placing, strand, one, two), two.place.kind, spoken)


def _wired(line: Curve, kind: str, spoken: str) -> Element:
    """A wire; one that goes on along a lane has no head."""
    def stroke(theme: Theme) -> Item:
        return Path(line.line, stroke=theme.wire, stroke_width=WIRE)

    if kind == LANE:
        return drawn(stroke, spoken=spoken)
    return drawn(stroke, lambda theme: Path(line.head, fill=theme.wire), spoken=spoken)


def _curve(placing: Placing, strand: Strand, one: Spot, two: Spot) -> Curve:
    """From outline to outline: straight between circles, bent to a box, and level along a lane."""
    if two.place.kind in ("box", LANE) or (one.place.kind in ("box", LANE) and two.place.kind != "neuron"):
        return _bent(placing, strand, one, two)
    end = two.x, two.y
    if placing.manner == "ports" and strand.wire.weight:
        stack = placing.stacks[strand.column][strand.target]
        place = next(k for k, (mine, _) in enumerate(stack) if mine is strand)
        left = two.x - two.slot.wide - PORT - placing.stack_width(strand.column)
        return _straight(*_start(placing, one), (left, two.y + _port(place, len(stack))), 0.0)
    return _straight(*_start(placing, one), end, placing.radius)


def _start(placing: Placing, one: Spot) -> tuple[tuple[float, float], float]:
    """The point a straight wire comes from, and how far from it the wire begins."""
    lane = one.place.kind == LANE
    return ((one.x + one.slot.wide, one.y), 0.0) if lane else ((one.x, one.y), placing.radius)


def _port(place: int, count: int) -> float:
    return (place - (count - 1) / 2) * PITCH


def _straight(a: tuple[float, float], near: float, b: tuple[float, float], far: float) -> Curve:
    """A straight wire between two points, beginning so far from the one and ending so far before the other."""
    angle = atan2(b[1] - a[1], b[0] - a[0])
    tx, ty = cos(angle), sin(angle)
    length = hypot(b[0] - a[0], b[1] - a[1]) - far - SHORT
    ends = [(a[0] + along * tx, a[1] + along * ty, tx, ty) for along in (near, length)]
    return curve(ends)


def _bent(placing: Placing, strand: Strand, one: Spot, two: Spot) -> Curve:
    """An S-curve to a box, whose wires arrive one below the other, or to a lane, along which it goes on."""
    begin = one.x + (one.slot.wide if one.place.kind in ("box", LANE) else placing.radius)
    if two.place.kind == LANE:
        before = two.slot.wide + (placing.stack_width(strand.column) + PORT if placing.manner == "ports" else 0.0)
        knots = [(begin, one.y), (two.x - before, two.y), (two.x + two.slot.wide, two.y)]
        return curve(smooth(knots), headed=False)
    end = two.x - (two.slot.wide if two.place.kind == "box" else placing.radius) - SHORT
    mates = [s for s in placing.plan.strands_from(strand.column) if s.target == strand.target]
    mates.sort(key=lambda s: placing.spots[s.column][s.source].y)
    half = min(14.0 * (len(mates) - 1), _half_height(placing, two) - 14.0) if two.place.kind == "box" else 0.0
    shift = half * (2 * mates.index(strand) / (len(mates) - 1) - 1) if len(mates) > 1 else 0.0
    return curve(smooth([(begin, one.y), (end, two.y + shift)]))


def _half_height(placing: Placing, spot: Spot) -> float:
    return placing.box_size(spot.place.entry[0])[1] / 2


# -- what stands in the columns


def _body(placing: Placing, spot: Spot) -> Iterator[Element]:
    kind = spot.place.kind
    if kind == DOTS:
        for dy in (-11.0, 0.0, 11.0):
            yield drawn(lambda theme, dy=dy: Path(disc(spot.x, spot.y + dy, 3.0), theme.wire))  # type: ignore[misc]
        more = words(f"{spot.place.more} more", PROSE)
        left, top, wide, high = spot.x + 9.0, spot.y - more.height / 2, more.width + 6.0, more.height
        yield drawn(lambda theme: Rect(left, top, wide, high, 3.0, theme.page))
        yield lettered(more, left + 3.0, top + more.ascent, "partial")
    elif kind == "box":
        yield from _box(placing, spot)
    elif kind != LANE:
        yield from _circle(placing, spot)


def _circle(placing: Placing, spot: Spot) -> Iterator[Element]:
    """A neuron: its name in a circle; its numbers below it or inside; its biases above it or among the ports."""
    sheet, radius, x, y = placing.sheet, placing.radius, spot.x, spot.y
    colours = _colours(sheet, spot.place)
    symbol = ink(sheet.name(spot.place.entry), SYMBOL if not placing.banded else SMALL_SYMBOL)
    symbol = symbol.scaled(min(1.0, 1.55 * radius / max(symbol.width, 1.0)))
    bead = placing.bead(spot.place)
    yield drawn(lambda theme: Path(disc(x, y, radius), colours(theme)[0]), spoken=_told(placing, spot.place))
    if placing.banded and bead is not None:
        halves = [Half(sheet.shrunk(half.ink, 2 * radius - 14.0 - 4.0 * k), half.role, half.shows, 0.0, half.spoken)
                  for k, half in enumerate(bead.halves)]  # fmt: skip
        edges = [(-4.5, 10.0), (10.0, radius - 1.0)] if len(halves) > 1 else [(1.0, 17.0)]
        yield from bands(x, y, radius, [(half, *edge) for half, edge in zip(halves, edges, strict=True)])
        yield centred(symbol, x, y - 16.5 if len(halves) > 1 else y - 13.0)
    else:
        yield centred(symbol, x, y)
    yield drawn(lambda theme: Path(disc(x, y, radius), None, colours(theme)[1], OUTLINE + 0.2))
    if placing.manner != "beads":
        return
    if bead is not None:
        yield from bead.elements(x, y + radius + UNDER + HEIGHT / 2)
    biases = placing.biases(spot.place)
    for k, bias in enumerate(reversed(biases)):
        yield from bias.elements(x, y - radius - STUB - HEIGHT / 2 - k * PITCH)
    if biases:
        yield _wired(_straight((x, y - radius - STUB), 0.0, (x, y), radius), "neuron", "bias")


def _colours(sheet: Sheet, place: Place) -> Callable[[Theme], tuple[str, str]]:
    """Ground and outline of a circle, by the role of its node."""
    role = sheet.graph.role(place.entry[0])
    if role == "node" and place.entry[0] == sheet.run.of:
        role = "output"
    return lambda theme: {
        "param": (theme.input, theme.wire), "data": (theme.data, theme.data_outline),
        "output": (theme.output, theme.output_outline), "node": (theme.box, theme.wire),
    }[role]  # fmt: skip


def _box(placing: Placing, spot: Spot) -> Iterator[Element]:
    """A statement at the end, its bead in it, and what hangs below it."""
    sheet, name = placing.sheet, spot.place.entry[0]
    width, height = placing.box_size(name)
    left, top = spot.x - width / 2, spot.y - height / 2
    colours = _colours(sheet, spot.place)
    title = placing.title(name)
    yield drawn(lambda theme: Rect(left, top, width, height, 9.0, *colours(theme), OUTLINE),
                spoken=_told(placing, spot.place))  # fmt: skip
    yield lettered(title, spot.x - title.width / 2, top + 9.0 + title.ascent)
    if not sheet.run.symbolic:
        bead = sheet.whole(name)
        yield from bead.elements(spot.x, top + height - 9.0 - bead.height / 2, halo=False)
    hung = placing.plan.hung.get(name, [])
    y = top + height + HUNG
    if hung:
        yield _wired(_upward(spot.x, y - 3.0, top + height), "neuron", "given")
    for k, other in enumerate(hung):
        yield from sheet.given(other, spot.x, y + TALL * (k + 0.4))


def _upward(x: float, low: float, high: float) -> Curve:
    return curve([(x, low, 0.0, -1.0), (x, high + SHORT, 0.0, -1.0)])


def _weights(placing: Placing) -> Iterator[Element]:
    """The beads of the weights, on their wires or at their ports."""
    if placing.manner == "elided":
        return
    for column in range(len(placing.plan.columns) - 1):
        if placing.manner == "beads":
            beads = placing.weights(column)
            x, widest = placing.bead_at(column) if beads else 0.0, max((b.width for b in beads.values()), default=0.0)
            for strand, bead in beads.items():
                one, two = placing.spots[column][strand.source], placing.spots[column + 1][strand.target]
                y = one.y + (two.y - one.y) * (x - one.x) / (two.x - one.x)
                yield from bead.elements(x - (widest - bead.width) / 2, y)
            continue
        for k, spot in enumerate(placing.spots[column + 1]):
            yield from _ports(placing, column, k, spot)


def _ports(placing: Placing, column: int, target: int, spot: Spot) -> Iterator[Element]:
    """A stack of beads before a neuron, each with a stub to its circle."""
    stack, width = placing.stacks[column][target], placing.stack_width(column)
    right = spot.x - spot.slot.wide - PORT
    for k, (_, bead) in enumerate(stack):
        y = spot.y + _port(k, len(stack))
        reach = placing.radius / hypot(spot.x - right, spot.y - y)
        a = right + 1.5 - (width - bead.width), y
        b = spot.x + (right - spot.x) * reach, spot.y + (y - spot.y) * reach
        yield drawn(lambda theme, a=a, b=b: Path((("M", *a), ("L", *b)), stroke=theme.wire, stroke_width=WIRE))  # type: ignore[misc]
        yield from bead.elements(right - width + bead.width / 2, y, halo=False)


# -- in words


def _told(placing: Placing, place: Place) -> str:
    """A place in words, before any number is known."""
    graph, net, name = placing.sheet.graph, placing.plan.net, place.entry[0]
    symbol = placing.sheet.name(place.entry).plain
    if name not in net.units:
        return f"{'data' if graph.role(name) == 'data' else 'input'} {symbol}"
    unit, neuron = net.units[name], placing.neuron(place)
    if neuron is None:
        return f"{symbol} = {right_hand_side(graph, graph.box(name)).plain}"
    inside = placing.sheet.name(neuron.sum).plain
    whole = symbol if name == unit.sum else f"{symbol} = {right_hand_side(graph, graph.box(name)).plain}, {inside}"
    return f"neuron {whole} = a weighted sum of {len(neuron.wires)}"


def _words(placing: Placing) -> tuple[str, str]:
    """The title and the description: every neuron with its numbers, its weights and biases."""
    sheet, net = placing.sheet, placing.plan.net
    sizes = [sum(map(net.count, column)) for column in net.columns]
    title = f"Network {'-'.join(map(str, sizes))} of {named(sheet.graph, sheet.run.of).plain}"
    if net.examples > 1:
        title += f", example 1 of {net.examples}"
    lines: list[str] = []
    for spot in flat(placing.spots):
        if spot.place.kind in (LANE, DOTS):
            continue
        numbers = [] if sheet.run.symbolic else [half.spoken for half in _numbers(placing, spot.place) if half.spoken]
        lines.append("; ".join([_told(placing, spot.place), *numbers]))
    return title, ". ".join(lines[:MOST_TOLD]) + "."


def _numbers(placing: Placing, place: Place) -> Iterator[Half]:
    sheet, neuron = placing.sheet, placing.neuron(place)
    if place.kind == "box":
        yield from sheet.whole(place.entry[0]).halves
        return
    yield from sheet.bead(place.entry, neuron.sum if neuron else None).halves
    if neuron and placing.manner != "elided":
        for entry in [*(wire.weight for wire in neuron.wires if wire.weight), *neuron.biases]:
            yield from sheet.bead(entry).halves
