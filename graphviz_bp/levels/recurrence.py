"""The recurrence in a network: the same weights again and again, each time on the state before; no coordinates.

    s1 = tanh(W@s0 + U@x1); s2 = tanh(W@s1 + U@x2)      two steps: W and U stand in both, s1 is the state between them

Nothing is read from names. Weighted sums with the same weights, biases and activation are steps of one layer if each
has the one before it among its sources.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from ..errors import InputError
from .network import Network, Unit

REMEDY = (
    "write every step alike, the first with a state before it: h1 = tanh(U*x1 + W*h0); h2 = tanh(U*x2 + W*h1); "
    'an LSTM or a GRU is drawn by level="cell"'
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its state, what comes in, and what is made of the state, upwards."""

    state: str
    source: str | None
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A layer over time: the first state, the steps, the weight of the state and that of the source."""

    first: str
    steps: tuple[Step, ...]
    on_state: str
    on_source: str | None

    def weight_above(self, net: Network, row: int) -> str | None:
        """The weight that stands between a row and the one below it, the state's being row 0."""
        for step in self.steps:
            if row <= len(step.above) and row and (weights := net.units[step.above[row - 1]].weights):
                return weights[0]
        return None


def recurrence(net: Network) -> Recurrence:
    """Find the one recurrent layer of a network; refused where there is none, or where a step holds more than one.

    >>> from graphviz_bp import parse
    >>> from graphviz_bp.levels.network import network, with_sums
    >>> text = "data x1, x2; h1 = tanh(U*x1 + W*h0); h2 = tanh(U*x2 + W*h1); L = h2^2"
    >>> found = recurrence(network(with_sums(parse(text))))
    >>> found.first, found.on_state, [step.above for step in found.steps]
    ('h0', 'W', [(), ('L',)])
    """
    layers: dict[tuple[object, ...], list[Unit]] = {}
    for unit in net.units.values():
        if unit.terms:
            layers.setdefault((unit.weights, unit.biases, unit.activation), []).append(unit)
    found = [units for units in layers.values() if len(units) > 1 and _is_chain(units)]
    if not found:
        raise InputError("no parameter stands again in a step that takes the state before it: nothing to unroll",
                         remedy=REMEDY)  # fmt: skip
    if len(found) > 1:
        raise InputError("there is more than one recurrent layer here, and the unrolled figure holds one",
                         remedy='draw level="network" or level="statements"')  # fmt: skip
    (states,) = found
    names = [unit.name for unit in states]
    first, on_state = _before(states)
    steps, on_source = [], None
    for unit, before in zip(states, [first, *names], strict=False):
        others = [term for term in unit.terms if term.source.name != before]
        if len(others) > 1 or any(term.weight is None for term in unit.terms):
            raise InputError(f"{unit.name} takes more than its state and one input", remedy='draw level="network"')
        steps.append(Step(unit.name, others[0].source.name if others else None, _above(net, unit.name, names)))
        on_source = others[0].weight.name if others and others[0].weight else on_source
    return Recurrence(first, tuple(steps), on_state, on_source)


def _is_chain(units: list[Unit]) -> bool:
    """Whether each of these has the one before it among its sources, by the same weight."""
    found = {_weight_of(later, earlier.name) for earlier, later in itertools.pairwise(units)}
    return len(found) == 1 and None not in found


def _weight_of(unit: Unit, source: str) -> str | None:
    return next((t.weight.name for t in unit.terms if t.weight and t.source.name == source), None)


def _before(states: list[Unit]) -> tuple[str, str]:
    """The state before the first step, and the weight it takes."""
    weight = _weight_of(states[1], states[0].name)
    assert weight is not None
    return next(t.source.name for t in states[0].terms if t.weight and t.weight.name == weight), weight


def _above(net: Network, state: str, states: list[str]) -> tuple[str, ...]:
    """What is made of one state alone, one statement above the other."""
    found, at = list[str](), state
    while True:
        children = [unit for unit in net.units.values() if at in unit.parents and unit.name not in states
                    and all(p == at or p not in net.units for p in unit.parents)]  # fmt: skip
        if not children:
            return tuple(found)
        if len(children) > 1:
            raise InputError(f"{at} feeds {' and '.join(c.name for c in children)}: a step with branches is not drawn",
                             remedy='draw level="network" or level="statements"')  # fmt: skip
        at = children[0].name
        found.append(at)
