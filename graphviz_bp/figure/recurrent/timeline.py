"""Where the steps of a recurrent network stand: rows for the layers and the rails, parameters at the left."""

from __future__ import annotations

from graphviz_bp.figure.network.beads import Bead
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.recurrent.shares import summed_up
from graphviz_bp.figure.typesetting.equations import ink
from graphviz_bp.levels.network import Network, Unit
from graphviz_bp.levels.recurrence import Recurrence, Step
from graphviz_bp.notation.nodes import named

STEP, BEFORE, FIRST = 215.0, 98.0, 186.0  # from step to step; from a state back to its ×, and to the first state
RAIL, SOURCE_RAIL, SOURCE, UP_TIMES, UP = 72.0, 156.0, 232.0, 80.0, 76.0
SYMBOL, CARD = 20.0, 66.0


class Timeline:
    """Where everything stands: the first step's state is at (0, 0), x to the right, y down."""

    def __init__(self, sheet: Sheet, net: Network, found: Recurrence) -> None:
        self.sheet, self.net, self.found = sheet, net, found
        self.rows = max(len(step.above) for step in found.steps)
        self.weights = [found.weight_above(net, row) for row in range(self.rows + 1)]
        wide = max(self.bead(step.state).width for step in found.steps)
        beside = max((self.bead(name).width for step in found.steps for name in self.beside(step)), default=0.0)
        self.step = max(STEP, 17.0 + wide + 24.0 + BEFORE, beside + 110.0)
        self.heights = self._heights()
        self.cards = self._cards()
        self.box_right = -FIRST - 68.0
        self.box_left = self.box_right - max((self._card_width(name) for name in self.cards), default=110.0)

    def beside(self, step: Step) -> list[str]:
        return [*step.above, *([step.source] if step.source else [])]

    def _heights(self) -> list[float]:
        """The heights of the state and of the rows above it."""
        found = [0.0]
        for row in range(1, self.rows + 1):
            found.append(found[-1] - (UP_TIMES + UP if self.weights[row] else UP_TIMES))
        return found

    def x(self, k: int) -> float:
        """Where a step stands."""
        return k * self.step

    def bead(self, name: str) -> Bead:
        """Value and gradient of a node."""
        return self.sheet.whole(name)

    def sum(self, name: str) -> str:
        """What the weighted sum of a unit is called."""
        return self.net.units[name].sum

    def back(self, name: str) -> tuple[str, str]:
        """When the gradient of a unit's sum is known."""
        return ("gradient", self.sum(name))

    def _cards(self) -> list[str]:
        """The parameters on rails from above, then the others that several steps share."""
        on_rails = [w for w in reversed(self.weights) if w] + [self.found.on_state]
        on_rails += [self.found.on_source] if self.found.on_source else []
        units = [name for step in self.found.steps for name in (step.state, *step.above)]
        others = [parent for name in units for parent in self._parameters_of(self.net.units[name])]
        shared = [name for name in dict.fromkeys(others) if others.count(name) > 1 and name not in on_rails]
        return [*dict.fromkeys(on_rails), *shared]

    def _parameters_of(self, unit: Unit) -> list[str]:
        graph = self.sheet.graph
        return [p for p in graph.box(unit.sum).distinct_parents if graph.role(p) == "param" and p not in
                {self.found.first, *(s.source for s in self.found.steps)}]  # fmt: skip

    def card_y(self, k: int) -> float:
        """The height of a parameter: that of its rail, or below the last rail."""
        name = self.cards[k]
        for row, weight in enumerate(self.weights):
            if weight == name:
                return self.heights[row - 1] - UP_TIMES
        if name == self.found.on_state:
            return RAIL
        if name == self.found.on_source:
            return SOURCE_RAIL
        last = SOURCE_RAIL if self.found.on_source else RAIL
        first = next(i for i, other in enumerate(self.cards) if other not in self._on_rails())
        return last + CARD * (k - first + 1)

    def _on_rails(self) -> set[str | None]:
        return {*self.weights, self.found.on_state, self.found.on_source}

    def _card_width(self, name: str) -> float:
        bead = 0.0 if self.sheet.run.symbolic else self.bead(name).width + 8.0
        own = ink(named(self.sheet.graph, name), SYMBOL).width + bead + 26.0
        total = summed_up(self.sheet, name)
        return max(own, 84.0, total.width if total else 0.0)
