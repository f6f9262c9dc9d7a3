"""Frames: one picture for each step of the lecture, all on one layout, with nothing shown before it is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from graphviz_bp.backprop import Run
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.figure.film import Film, Part
from graphviz_bp.figure.layout.layout import Layout
from graphviz_bp.figure.page import Group
from graphviz_bp.figure.scene.boxes import gradient_ink
from graphviz_bp.figure.scene.moments import Inked, Moment, moments
from graphviz_bp.figure.scene.parts import Scene
from graphviz_bp.figure.statements.below import Below, lines
from graphviz_bp.figure.statements.compose import (
    backward,
    bridges,
    chip_items,
    chip_mark,
    chip_places,
    empty_box,
    forward,
    label,
    moved,
    remark,
    trail_bands,
)
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.typesetting.ink import Ink


@dataclass(frozen=True)
class Story:
    """The frames of a run before they have colours: what happens when, where it stands, and what is said."""

    scene: Scene
    moments: tuple[Moment, ...]
    placed: Layout

    @property
    def count(self) -> int:
        """How many frames there are."""
        return len(self.moments)

    def after(self, frame: int) -> frozenset[int]:
        """The frames that follow one, and the whole figure."""
        return frozenset([0, *range(frame + 1, self.count + 1)])

    def since(self, frame: int) -> frozenset[int]:
        """A frame, those that follow it, and the whole figure."""
        return self.after(frame - 1)

    @cached_property
    def computed_at(self) -> dict[int, int]:
        """In which frame the value of a box appears."""
        return {box: frame for frame, moment in enumerate(self.moments, 1) for box in moment.values}

    @cached_property
    def pulled_at(self) -> dict[int, int]:
        """In which frame a wire carries its gradient back."""
        return {wire: frame for frame, moment in enumerate(self.moments, 1) for wire in moment.wires}

    @cached_property
    def sums_at(self) -> dict[int, list[tuple[int, Ink]]]:
        """The frames in which the gradient of a box changes, with what its chip then says."""
        found: dict[int, list[tuple[int, Ink]]] = {}
        for frame, moment in enumerate(self.moments, 1):
            for box, ink in moment.gradients:
                found.setdefault(box, []).append((frame, ink))
        return found

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The captions in words."""
        return lines([moment.caption for moment in self.moments])

    @cached_property
    def known(self) -> tuple[str, ...]:
        """What is known in each frame, in words."""
        facts, told = dict[str, str](), list[str]()
        for moment in self.moments:
            facts |= moment.facts
            told.append(f"Known so far: {', '.join(f'{what} = {number}' for what, number in facts.items())}.")
        return tuple(told)


def story(run: Run, scene: Scene, order: str, arranged: Callable[[Scene], Layout],
          inked: Inked = gradient_ink) -> Story:  # fmt: skip
    """Decide what happens in which frame, and lay the figure out once, with room for all of it.

    `inked` is what the chip of a gradient says: of which node, and the sum so far.
    """
    told = moments(Chain(run), scene, order, inked)
    roomy = _with_room(scene, told)
    return Story(roomy, told, arranged(roomy))


def _with_room(scene: Scene, told: Sequence[Moment]) -> Scene:
    """The scene with chips wide enough for every sum on the way."""
    widest: dict[int, float] = {}
    for moment in told:
        for box, ink in moment.gradients:
            widest[box] = max(widest.get(box, 0.0), ink.width)
    statements = (
        replace(s, chips=tuple(replace(c, room=widest.get(i, 0.0)) if c.role == "gradient" else c for c in s.chips))
        for i, s in enumerate(scene.statements)
    )
    return replace(scene, statements=tuple(statements))


def film(told: Story, theme: Theme) -> Film:
    """The frames drawn in the colours of a theme."""
    scene, size = told.scene, (told.placed.width, told.placed.height)
    below = Below(size, [m.caption for m in told.moments], scene.panel, scene.notes)
    placed = moved(told.placed, below.shift)
    parts = [*_wires(told, placed, theme), *_boxes(told, placed, theme), *_labels(told, placed, theme)]
    parts += below.parts(theme)
    return Film(below.width, below.height, theme.page, tuple(parts), told.lines, told.known,
                scene.title, scene.description)  # fmt: skip


def _wires(told: Story, placed: Layout, theme: Theme) -> Iterator[Part]:
    """Where values go is seen from the start; a gradient's way back when it has come."""
    if told.scene.path:
        yield Part(trail_bands(told.scene, placed, theme))
    for k, wire in enumerate(placed.wires):
        yield Part((*bridges(wire, theme), *forward(wire.forward, theme)))
        if wire.backward is not None and k in told.pulled_at:
            frame = told.pulled_at[k]
            yield Part(backward(wire.backward, theme, active=True), frozenset([frame]), flows=True)
            yield Part(backward(wire.backward, theme), told.after(frame))


def _boxes(told: Story, placed: Layout, theme: Theme) -> Iterator[Part]:
    for i, statement in enumerate(told.scene.statements):
        yield Part((Group(empty_box(statement, placed, i, theme), statement.told),))
        for chip, x, y in chip_places(statement, placed, i):
            fillings = [(told.computed_at[i], chip.ink)] if chip.role == "value" else told.sums_at[i]
            for frame, ink in fillings:
                here = replace(chip, ink=ink)
                later = next((told.since(f) for f, _ in fillings if f > frame), frozenset[int]())
                yield Part(tuple(chip_items(here, x, y, theme)), told.since(frame) - later)
                yield Part((chip_mark(here, x, y, theme),), frozenset([frame]))


def _labels(told: Story, placed: Layout, theme: Theme) -> Iterator[Part]:
    """A local partial stands from when its node is computed, what is sent back from when it is sent."""
    for k, (link, wire) in enumerate(zip(told.scene.links, placed.wires, strict=True)):
        frame = told.pulled_at.get(k)
        if frame is None:
            continue
        if link.outer is not None and wire.outer is not None:
            here = frozenset([frame])
            yield Part(label(link.outer, wire.outer, theme), told.since(told.computed_at[link.child]) - here)
            yield Part(label(link.outer, wire.outer, theme, active=True), here)
        if link.inner is not None and wire.inner is not None:
            yield Part(label(link.inner, wire.inner, theme), told.since(frame))
    for i, statement in enumerate(told.scene.statements):
        if inked := remark(statement, placed, i, theme):
            yield Part(inked, told.since(told.sums_at[i][0][0]))
