"""The order of a lecture: the given numbers, then one value after the other, then the gradients coming back.

Pull order gathers one node's whole gradient in a frame, from the output back; push order hands one contribution along
one wire, as backpropagation runs, and the sum so far stands in the chip. The inputs are given, so they come together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graphviz_bp.derivation.chain import Chain
from graphviz_bp.errors import InputError
from graphviz_bp.figure.scene.boxes import gradient_ink
from graphviz_bp.figure.scene.captions import Caption, added, computed, given, pulled, pushed
from graphviz_bp.figure.scene.parts import Link, Scene
from graphviz_bp.figure.typesetting.ink import Ink
from graphviz_bp.notation.nodes import named

ORDERS = ("pull", "push")
MOST_BOXES = 150


class Inked(Protocol):
    """What the chip of a node's gradient says when it is `total`, with `more` to be added to it or not."""

    def __call__(self, chain: Chain, name: str, total: Any, *, more: bool = False) -> Ink: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """What one frame adds and marks: values and gradients by box, wires by number; `facts` say what is then known."""

    caption: Caption
    facts: dict[str, str]
    values: tuple[int, ...] = ()
    gradients: tuple[tuple[int, Ink], ...] = ()
    wires: tuple[int, ...] = ()


def moments(chain: Chain, scene: Scene, order: str, inked: Inked = gradient_ink) -> tuple[Moment, ...]:
    """The frames of a run, forward and then backward."""
    if order not in ORDERS:
        raise InputError(f"{order!r} is not an order", remedy='use order="pull" or order="push"')
    if chain.run.symbolic:
        raise InputError("a figure in symbols has no frames, for nothing is computed in it",
                         remedy="give values: graph.backprop({...}).draw()")  # fmt: skip
    if (count := len(chain.graph.boxes)) > MOST_BOXES:
        raise InputError(f"{count} boxes are too many to show one by one (at most {MOST_BOXES})",
                         remedy="draw a part of the graph")  # fmt: skip
    back = (_pulls if order == "pull" else _pushes)(chain, scene, inked)
    return (*_forward(chain), *back)


def _forward(chain: Chain) -> Iterator[Moment]:
    boxes = chain.graph.boxes
    inputs = [i for i, box in enumerate(boxes) if not box.members]
    if inputs:
        caption = given(chain, [boxes[i] for i in inputs])
        yield Moment(caption, _values(chain, [boxes[i].name for i in inputs]), tuple(inputs))
    for i, box in enumerate(boxes):
        if box.members:
            yield Moment(computed(chain, box), _values(chain, [box.name]), (i,))


def _values(chain: Chain, names: Sequence[str]) -> dict[str, str]:
    return {named(chain.graph, name).plain: chain.shown(chain.run.raw(name)).plain for name in names}


def _pulls(chain: Chain, scene: Scene, inked: Inked) -> Iterator[Moment]:
    """One node's gradient after the other, the output's first."""
    for i, box in reversed(list(enumerate(chain.graph.boxes))):
        if any(chip.role == "gradient" for chip in scene.statements[i].chips):
            total = chain.run.step(box.name).total
            wires = tuple(k for k, link in enumerate(scene.links) if link.parent == i and link.backward)
            gradients = ((i, inked(chain, box.name, total)),)
            yield Moment(pulled(chain, box.name), _gradient(chain, box.name, total), (), gradients, wires)


def _gradient(chain: Chain, name: str, total: Any, so_far: str = "") -> dict[str, str]:
    return {chain.total(name).plain: chain.shown(total).plain + so_far}


def _pushes(chain: Chain, scene: Scene, inked: Inked) -> Iterator[Moment]:
    """One wire after the other, once the gradient at its end is complete."""
    of = chain.graph.names.index(chain.run.of)
    seed = chain.run.step(chain.run.of).total
    start = ((of, inked(chain, chain.run.of, seed)),)
    yield Moment(pulled(chain, chain.run.of), _gradient(chain, chain.run.of, seed), (), start)
    wires = [(k, link) for k, link in enumerate(scene.links) if link.backward]
    wires.sort(key=lambda pair: -pair[1].child)
    sums, left = dict[int, Any](), [link.parent for _, link in wires]
    for k, link in wires:
        left.remove(link.parent)
        yield _push(chain, k, link, sums, inked, more=link.parent in left)


def _push(chain: Chain, wire: int, link: Link, sums: dict[int, Any], inked: Inked, *, more: bool) -> Moment:
    parent, child = (chain.graph.boxes[i].name for i in (link.parent, link.child))
    terms = [t for t in chain.run.step(parent).terms if t.child == child and link.slot in (None, t.slot)]
    before = sums.get(link.parent)
    caption = pushed(chain, child, parent, link.slot, terms, before)
    sums[link.parent] = after = added([*([] if before is None else [before]), *(t.contribution for t in terms)])
    facts = _gradient(chain, parent, after, " so far" if more else "")
    gradients = ((link.parent, inked(chain, parent, after, more=more)),)
    return Moment(caption, facts, (), gradients, (wire,))
