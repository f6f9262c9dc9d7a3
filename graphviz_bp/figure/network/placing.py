"""Where the neurons of a network stand, in one of three manners, and the beads that decide it.

"beads": every weight on its wire; "ports": the weights of a neuron in a stack before it, its numbers inside it;
"elided": numbers inside, no weights on the wires.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from graphviz_bp.figure.network.beads import HEIGHT, Bead, Half, aligned
from graphviz_bp.figure.network.columns import SPACINGS, Box, Edge, Slot, between, pearls, rows
from graphviz_bp.figure.network.neurons import DOTS, LANE, Place, Plan, Strand
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.typesetting.equations import ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.levels.network import Neuron
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import formula as right_hand_side

RADIUS, BANDED = 26.0, 30.0  # of a neuron with its bead below it, and of one with its numbers inside
STUB, UNDER, PITCH, PORT = 13.0, 5.0, 20.5, 28.0
MARK = 10.0  # the size of "shared ×3"
WIDEST, SPREAD = 130.0, 0.7  # between two neurons of a small layer; how much of the height it takes
TITLE, LONGEST_TITLE = 16.0, 190.0
HUNG, TALL = 24.0, 20.0  # what hangs below a box: how far, and how high a line of it is


@dataclass(frozen=True, slots=True)
class Spot:
    """A place and where it stands."""

    place: Place
    slot: Slot
    x: float
    y: float


class Placing:
    """A plan placed in one manner; `fits` says whether that manner can show it."""

    def __init__(self, sheet: Sheet, plan: Plan, manner: str) -> None:
        self.sheet, self.plan, self.manner = sheet, plan, manner
        self.banded = manner != "beads" and not sheet.run.symbolic
        self.radius = BANDED if self.banded else RADIUS
        self.slots = [[self._slot(place) for place in column] for column in plan.columns]
        self._found = self._pearled() if manner == "beads" else (0.0, {})

    @property
    def fits(self) -> bool:
        """Whether nothing touches anything foreign."""
        return self._found is not None

    @cached_property
    def spots(self) -> list[list[Spot]]:
        """Every place of every column with its position; the first column stands at 0."""
        assert self._found is not None
        spacing, found = self._found
        x, out = 0.0, list[list[Spot]]()
        for c, (places, slots) in enumerate(zip(self.plan.columns, self.slots, strict=True)):
            if c:
                x += found[c - 1][0] if c - 1 in found else self._distance(c - 1, spacing)
            ys = self._rows(c, spacing)
            out.append([Spot(p, s, x, y) for p, s, y in zip(places, slots, ys, strict=True)])
        return out

    def bead_at(self, column: int) -> float:
        """The middle of the column of beads after a column of neurons."""
        assert self._found is not None
        distance, share = self._found[1][column]
        return self.spots[column][0].x + share * distance

    # -- what is at a place

    def neuron(self, place: Place) -> Neuron | None:
        """The neuron of a place, if it has weights."""
        return self.plan.net.neuron(place.entry) if place.kind == "neuron" else None

    def bead(self, place: Place) -> Bead | None:
        """The numbers of a circle: its value, and the gradient of its sum."""
        if self.sheet.run.symbolic:
            return None
        neuron = self.neuron(place)
        return self.sheet.bead(place.entry, neuron.sum if neuron else None)

    def biases(self, place: Place) -> list[Bead]:
        """The biases of a neuron, a number that is added among them."""
        neuron = self.neuron(place)
        if neuron is None:
            return []
        constant = self.plan.net.units[place.entry[0]].constant
        beads = [self._marked(self.sheet.named_bead(entry), entry[0]) for entry in neuron.biases]
        return beads if constant is None else [*beads, Bead((self.sheet.constant(constant),))]

    def weights(self, column: int) -> dict[Strand, Bead]:
        """The beads of the wires between a column and the next, their halves equally wide."""
        strands = [s for s in self.plan.strands_from(column) if s.wire.weight]
        return dict(zip(strands, aligned(self._weight(s) for s in strands), strict=True))

    @cached_property
    def stacks(self) -> list[list[list[tuple[Strand | None, Bead]]]]:
        """The ports of every neuron after every column: its weights in the order of their sources, then its biases.

        All halves of a column are equally wide.
        """
        out = []
        for column in range(len(self.plan.columns) - 1):
            found = [self._stack(column, k) for k in range(len(self.plan.columns[column + 1]))]
            wide = iter(aligned(bead for stack in found for _, bead in stack))
            out.append([[(strand, next(wide)) for strand, _ in stack] for stack in found])
        return out

    def _weight(self, strand: Strand) -> Bead:
        assert strand.wire.weight is not None
        return self._marked(self.sheet.bead(strand.wire.weight), strand.wire.weight[0])

    def _marked(self, bead: Bead, name: str) -> Bead:
        """A bead that says how often its parameter is used, if it is used more than once."""
        times = self.plan.net.shared(name)
        if times < 2:
            return bead
        mark = f"shared ×{times}"
        return Bead((*bead.halves, Half(words(mark, MARK), "partial", spoken=mark)))

    def _stack(self, column: int, target: int) -> list[tuple[Strand | None, Bead]]:
        strands = (s for s in self.plan.strands_from(column) if s.target == target and s.wire.weight)
        biases = self.biases(self.plan.columns[column + 1][target])
        return [*((s, self._weight(s)) for s in strands), *((None, bead) for bead in biases)]

    def stack_width(self, column: int) -> float:
        """The width of the ports before the next column."""
        return max((bead.width for stack in self.stacks[column] for _, bead in stack), default=0.0)

    def title(self, name: str) -> Ink:
        """The statement of a box, in smaller type if it is long."""
        graph = self.sheet.graph
        left, right = self.sheet.name((name, ())), right_hand_side(graph, graph.box(name))
        size = TITLE
        made = _equation(left, right, size)
        if made.width > LONGEST_TITLE:
            made = _equation(left, right, max(11.5, size * LONGEST_TITLE / made.width))
        return made

    def box_size(self, name: str) -> tuple[float, float]:
        """Width and height of a box at the end."""
        title, bead = self.title(name), self.sheet.whole(name)
        high = bead.height + 6.0 if not self.sheet.run.symbolic else 0.0
        wide = max(title.width, bead.width if high else 0.0)
        return wide + 24.0, title.height + high + 18.0

    # -- sizes

    def _slot(self, place: Place) -> Slot:
        if place.kind == LANE:
            return Slot(self.radius, lane=True)
        if place.kind == DOTS:
            return Slot(self.radius, 44.0, 44.0)
        if place.kind == "box":
            width, height = self.box_size(place.entry[0])
            hung = len(self.plan.hung.get(place.entry[0], ()))
            return Slot(width / 2, height / 2, height / 2 + (HUNG + TALL * hung if hung else 0.0))
        if self.manner != "beads":
            ports = self._ports(place) if self.manner == "ports" else 0
            high = max(self.radius, PITCH * ports / 2)
            return Slot(self.radius, high, high)
        return self._beaded(place)

    def _ports(self, place: Place) -> int:
        neuron = self.neuron(place)
        return len(neuron.wires) + len(self.biases(place)) if neuron else 0

    def _beaded(self, place: Place) -> Slot:
        """A circle with a bead below it and its biases above it."""
        labels: list[Box] = []
        y = -self.radius - STUB
        for bead in reversed(self.biases(place)):
            labels.append((-bead.width / 2, y - bead.height, bead.width / 2, y))
            y -= PITCH
        if (bead_below := self.bead(place)) is not None:
            y = self.radius + UNDER
            labels.append((-bead_below.width / 2, y, bead_below.width / 2, y + HEIGHT))
        wide = max([self.radius, *(label[2] for label in labels)])
        up = -min([-self.radius, *(label[1] for label in labels)])
        down = max([self.radius, *(label[3] for label in labels)])
        return Slot(wide, up, down, tuple(labels))

    # -- distances

    def _rows(self, column: int, spacing: float) -> list[float]:
        """The heights of a column; where beads do not ask otherwise, a small layer spreads beside a large one."""
        slots = self.slots[column]
        neurons = sum(not slot.lane for slot in slots)
        if self.manner != "beads" and neurons > 1:
            tallest = max(ys[-1] - ys[0] for ys in map(rows, self.slots))
            spacing = max(spacing, min(WIDEST, SPREAD * tallest / (neurons - 1)))
        return rows(slots, spacing)

    def _pearled(self) -> tuple[float, dict[int, tuple[float, float]]] | None:
        """The spacing, and for every gap with weights how far its columns stand apart and where its beads do."""
        gaps = {c: self.weights(c) for c in range(len(self.plan.columns) - 1)}
        gaps = {c: beads for c, beads in gaps.items() if beads}
        options = list[tuple[float, float, dict[int, tuple[float, float]]]]()
        for spacing in SPACINGS:
            found = dict[int, tuple[float, float]]()
            for c, beads in gaps.items():
                size = max(bead.width for bead in beads.values()), HEIGHT
                edges = [Edge(s.source, s.target, s in beads) for s in self.plan.strands_from(c)]
                fit = pearls(self.slots[c], self.slots[c + 1], edges, size, spacing)
                if fit is None:
                    break
                found[c] = fit
            else:
                options.append((sum(d for d, _ in found.values()), spacing, found))
        if not options:
            return None
        _, spacing, found = min(options, key=lambda option: option[:2])
        return spacing, found

    def _distance(self, column: int, spacing: float) -> float:
        """How far apart two columns stand whose wires have no beads, or have them at ports."""
        left, right = self.slots[column : column + 2]
        ys, zs = self._rows(column, spacing), self._rows(column + 1, spacing)
        edges = [Edge(s.source, s.target, False) for s in self.plan.strands_from(column)]
        ports = self.stack_width(column) if self.manner == "ports" else 0.0
        least = 76.0 if not any(s.wire.weight for s in self.plan.strands_from(column)) else 110.0
        return between(left, right, ys, zs, edges, least) + (ports + PORT if ports else 0.0)


def _equation(left: Formula, right: Formula, size: float) -> Ink:
    return row([ink(left, size), sign("=", size), ink(right, size)], 0.27 * size)


def flat(columns: Sequence[Sequence[Spot]]) -> list[Spot]:
    """All spots in one list."""
    return [spot for column in columns for spot in column]
