"""What of a network stands where: columns of neurons, lanes and boxes with wires between them, still without ink."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphviz_bp.levels.network import Entry, Network, Wire

MOST = 4  # neurons of a layer that are all drawn
LANE, DOTS = "lane", "dots"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a column: a "source", a "neuron", a "node" without weights, a "box", a "lane" or "dots"."""

    kind: str
    entry: Entry
    more: int = 0  # how many neurons the dots stand for


@dataclass(frozen=True, slots=True)
class Strand:
    """A wire between two neighbouring columns, from place to place; the last of several has the weight."""

    column: int
    source: int
    target: int
    wire: Wire
    into: Entry


@dataclass(frozen=True)
class Plan:
    """The columns with their places, the strands, and what hangs below the boxes at the end."""

    net: Network
    columns: list[list[Place]]
    strands: list[Strand]
    hung: dict[str, list[str]]
    elided: bool

    def strands_from(self, column: int) -> list[Strand]:
        """The strands between this column and the next."""
        return [strand for strand in self.strands if strand.column == column]


def plan(net: Network) -> Plan:
    """The whole network, or of large layers the first two neurons and the last."""
    columns: list[list[Place]] = []
    for names in net.columns:
        columns.append(_column(net, names))
    elided = any(place.kind == DOTS for column in columns for place in column)
    _add_head(net, columns)
    strands: list[Strand] = []
    for wire, into in _wires(net, columns):
        strands += _strung(columns, wire, into)
    return Plan(net, columns, strands, dict(_hung(net)), elided)


def _column(net: Network, names: Sequence[str]) -> list[Place]:
    """All that stands in a column, or its first two and its last with dots between them."""
    total = sum(map(net.count, names))

    def at(place: int) -> Place:
        for name in names:
            if place < net.count(name):
                return Place(_kind(net, name), net.entry(name, place))
            place -= net.count(name)
        raise IndexError(place)

    if total <= MOST:
        return [at(place) for place in range(total)]
    return [at(0), at(1), Place(DOTS, at(2).entry, total - 3), at(total - 1)]


def _kind(net: Network, name: str) -> str:
    return "source" if name not in net.units else "neuron" if net.units[name].terms else "node"


def _add_head(net: Network, columns: list[list[Place]]) -> None:
    """The statements after the last layer, each one column further than what it is made of."""
    depth: dict[str, int] = {}
    for name in net.head:
        depth[name] = 1 + max((depth.get(parent, 0) for parent in net.units[name].parents), default=0)
    for step in range(1, max(depth.values(), default=0) + 1):
        columns.append([Place("box", (name, ())) for name in net.head if depth[name] == step])


def _wires(net: Network, columns: list[list[Place]]) -> Iterator[tuple[Wire, Entry]]:
    """Every wire whose ends are drawn."""
    shown = {place.entry for column in columns for place in column if place.kind != DOTS}
    of_name: dict[str, list[Entry]] = {}
    for entry in (place.entry for column in columns for place in column if place.kind != DOTS):
        of_name.setdefault(entry[0], []).append(entry)
    for column in columns:
        for place in column:
            if place.kind == "neuron":
                for wire in net.neuron(place.entry).wires:
                    if wire.source in shown:
                        yield wire, place.entry
            elif place.kind in ("node", "box"):
                unit = net.units[place.entry[0]]
                for parent in unit.parents:
                    for entry in of_name.get(parent, []):
                        same = place.kind == "node" and entry[1] and len(entry[1]) == len(place.entry[1])
                        if not same or entry[1] == place.entry[1]:
                            yield Wire(entry, None), place.entry


def _strung(columns: list[list[Place]], wire: Wire, into: Entry) -> Iterator[Strand]:
    """A wire from column to column, along a lane in those it passes."""
    at = {place.entry: c for c, column in enumerate(columns) for place in column if place.kind not in (LANE, DOTS)}
    first, last = at[wire.source], at[into]
    for c in range(first, last):
        source = _place(columns[c], wire.source, lane=c > first)
        target = _place(columns[c + 1], into if c + 1 == last else wire.source, lane=c + 1 < last)
        yield Strand(c, source, target, wire if c + 1 == last else Wire(wire.source, None), into)


def _place(column: list[Place], entry: Entry, lane: bool) -> int:
    """Where an entry stands in a column; a lane is made where there is none."""
    for k, place in enumerate(column):
        if place.entry == entry and (place.kind == LANE) == lane and place.kind != DOTS:
            return k
    column.append(Place(LANE, entry))
    return len(column) - 1


def _hung(net: Network) -> Iterator[tuple[str, list[str]]]:
    """The inputs that only the boxes at the end use (the labels of a loss), by box."""
    standing = {name for column in net.columns for name in column}
    for name in net.head:
        found = [parent for parent in net.units[name].parents
                 if parent not in net.units and parent not in standing and not net.shared(parent)
                 and not net.graph.box(parent).members]  # fmt: skip
        if found:
            yield name, found
