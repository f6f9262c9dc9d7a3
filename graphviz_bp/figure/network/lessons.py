"""The frames of a network or a cell: what is given, neuron by neuron forward, then δ and the weights, backward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphviz_bp.errors import InputError
from graphviz_bp.figure.network.elements import Event
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.scene.captions import Caption, computed, given, pulled
from graphviz_bp.figure.scene.moments import MOST_BOXES, ORDERS
from graphviz_bp.levels.cells import GRU, LSTM
from graphviz_bp.levels.network import Network, Unit
from graphviz_bp.notation.nodes import named


def lessons(sheet: Sheet, net: Network, order: str) -> tuple[Event, ...]:
    """The frames, the same in both orders: gradients are gathered neuron by neuron."""
    _check(sheet, order)
    units = [net.units[name] for column in net.columns for name in column if name in net.units]
    units += [net.units[name] for name in net.head]
    return (*_forward(sheet, units), *_backward(sheet, units))


def of_cell(sheet: Sheet, one: LSTM | GRU, order: str) -> tuple[Event, ...]:
    """The frames of a cell: what is given, its gates and states forward, their gradients back."""
    _check(sheet, order)
    graph, chain = sheet.graph, sheet.chain
    inputs = [box for box in graph.boxes if not box.members]
    events = [Event(given(chain, inputs), tuple(("value", box.name) for box in inputs), {})]
    known = [(name,) for name in one.outside if graph.box(name).members]
    for names in [*known, *one.groups]:
        said = _joined([computed(chain, graph.box(name)) for name in names])
        facts = {named(graph, n).plain: chain.shown(sheet.run.raw(n)).plain for n in names}
        events.append(Event(said, tuple(("value", name) for name in names), facts))
    last = [(name,) for name in one.outside if sheet.has_gradient(name)]
    for names in [*([tuple(reversed(group)) for group in reversed(one.groups)]), *last]:
        told = [name for name in names if sheet.has_gradient(name)]
        if told:
            facts = {chain.total(n).plain: chain.shown(sheet.totals[n]).plain for n in told}
            said = _joined([pulled(chain, name) for name in told])
            events.append(Event(said, tuple(("gradient", name) for name in told), facts))
    return tuple(events)


def _check(sheet: Sheet, order: str) -> None:
    """Refuse frames that cannot be: in an order that is none, without numbers, or too many."""
    if order not in ORDERS:
        raise InputError(f"{order!r} is not an order", remedy='use order="pull" or order="push"')
    if sheet.run.symbolic:
        raise InputError("a figure in symbols has no frames, for nothing is computed in it",
                         remedy="give values: graph.backprop({...}).draw()")  # fmt: skip
    if len(sheet.graph.boxes) > MOST_BOXES:
        raise InputError(f"{len(sheet.graph.boxes)} statements are too many to show one by one (at most {MOST_BOXES})",
                         remedy="draw a part of the graph")  # fmt: skip


def _forward(sheet: Sheet, units: Sequence[Unit]) -> Iterator[Event]:
    graph, chain = sheet.graph, sheet.chain
    inputs = [box for box in graph.boxes if not box.members]
    told = tuple(("value", box.name) for box in inputs)
    yield Event(given(chain, inputs), told, _values(sheet, [box.name for box in inputs]))
    for name in _elsewhere(sheet, units):
        yield Event(computed(chain, graph.box(name)), (("value", name),), _values(sheet, [name]))
    for unit in units:
        names = list(dict.fromkeys((unit.sum, unit.name)))
        said = [computed(chain, graph.box(name)) for name in names]
        yield Event(_joined(said), tuple(("value", name) for name in names), _values(sheet, names))


def _backward(sheet: Sheet, units: Sequence[Unit]) -> Iterator[Event]:
    """Each unit's gradient once all that it feeds have theirs; the gradient of an input with the first that uses it."""
    graph = sheet.graph
    left = [name for name in graph.inputs if sheet.has_gradient(name)]
    for k in range(len(units) - 1, -1, -1):
        unit = units[k]
        names = [name for name in dict.fromkeys((unit.name, unit.sum)) if sheet.has_gradient(name)]
        if not names:
            continue
        yield _pulled(sheet, names)
        earlier = {name for other in units[:k] for name in _uses(sheet, other)}
        mine = [name for name in _uses(sheet, unit) if name in left and name not in earlier]
        left = [name for name in left if name not in mine]
        for some in (unit.adds(mine), [name for name in mine if name not in unit.adds(mine)]):
            if some:
                yield _pulled(sheet, some)
    for name in reversed(_elsewhere(sheet, units)):
        if sheet.has_gradient(name):
            yield _pulled(sheet, [name])
    if left:
        yield _pulled(sheet, left)


def _elsewhere(sheet: Sheet, units: Sequence[Unit]) -> list[str]:
    """The statements that are not drawn, such as a convolution before the first layer."""
    drawn = {name for unit in units for name in (unit.name, unit.sum)}
    return [box.name for box in sheet.graph.boxes if box.members and box.name not in drawn]


def _uses(sheet: Sheet, unit: Unit) -> list[str]:
    """The inputs that stand in the statements of a unit."""
    boxes = [sheet.graph.box(name) for name in dict.fromkeys((unit.sum, unit.name))]
    return [p for box in boxes for p in box.distinct_parents if p in sheet.graph.tape.inputs]


def _pulled(sheet: Sheet, names: Sequence[str]) -> Event:
    said = _joined([pulled(sheet.chain, name) for name in names])
    facts = {sheet.chain.total(n).plain: sheet.chain.shown(sheet.totals[n]).plain for n in names}
    return Event(said, tuple(("gradient", name) for name in names), facts)


def _joined(captions: Sequence[Caption]) -> Caption:
    """Several captions of one frame."""
    return Caption(captions[0].way, tuple(equation for caption in captions for equation in caption.equations))


def _values(sheet: Sheet, names: Sequence[str]) -> dict[str, str]:
    return {named(sheet.graph, n).plain: sheet.chain.shown(sheet.run.raw(n)).plain for n in names}
