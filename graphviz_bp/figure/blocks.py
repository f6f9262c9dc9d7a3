"""Blocks of a large graph: boxes that belong together by their names, or else by how far in they are.

Names are read as a stem and indices: `h_2_7` and `h_2_8` are of one layer, `a3` and `h3` of one step. A grouping is
taken only if no block feeds itself through another, so that the blocks are a graph that can be drawn again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

MOST, FEWEST, BANDS = 40, 3, 16  # blocks of a figure; blocks of what is computed; bands of steps or of depth

Key: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A box as grouping sees it: its name, its parents among the boxes grouped, and what sets it apart from others.

    `kind` is "node" for what is computed; boxes of different kinds never share a block.
    """

    name: str
    parents: tuple[str, ...]
    kind: str = "node"


def blocks(members: Sequence[Member]) -> list[tuple[str, ...]]:
    """The names of each block, a block after those that feed it.

    >>> layer = [Member(f"h_1_{k}", ("x",)) for k in range(3)]
    >>> blocks([Member("x", (), "input"), *layer, *(Member(f"h_2_{k}", ("h_1_0",)) for k in range(3))])
    [('x',), ('h_1_0', 'h_1_1', 'h_1_2'), ('h_2_0', 'h_2_1', 'h_2_2')]
    """
    nodes = [member for member in members if member.kind == "node"]
    others = [member for member in members if member.kind != "node"]
    layer, cut = _layer_of(members), _cut(members)
    found = next(
        (ordered for key in (layer, _stem, _step_of(nodes), _band_of(nodes, _depths(members)), cut)
         if (ordered := _in_order(_grouped(nodes, key))) is not None and FEWEST <= len(ordered) < MOST),
        _grouped(nodes, cut),
    )  # fmt: skip
    around = next(
        (grouped for key in (layer, _stem)
         if 1 - bool(nodes) < len(grouped := _grouped(others, key)) <= MOST - len(found)),
        _grouped(others, _kind if nodes else cut),
    )  # fmt: skip
    return [tuple(member.name for member in block) for block in _in_order([*around, *found]) or []]


def _indices(name: str) -> tuple[str, list[int]]:
    """A name's stem and the numbers behind it."""
    stem, tail = re.fullmatch(r"(.*?)((?:[_#]?\d+)*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
    return stem, [int(digits) for digits in re.findall(r"\d+", tail)]


def _layer_of(members: Sequence[Member]) -> Callable[[Member], Key]:
    """The stem and the first index, of those that are not the same throughout; a single index says nothing of layers."""
    read = [_indices(member.name) for member in members]
    same = 0
    if len({stem for stem, _ in read}) == 1:
        columns = zip(*(numbers for _, numbers in read), strict=False)
        same = next((k for k, column in enumerate(columns) if len(set(column)) > 1), 0)

    def key(member: Member) -> Key:
        stem, numbers = _indices(member.name)
        return (member.kind, stem, *(numbers[: same + 1] if len(numbers) > same + 1 else ()))

    return key


def _stem(member: Member) -> Key:
    return member.kind, _indices(member.name)[0]


def _kind(member: Member) -> Key:
    return (member.kind,)


def _cut(members: Sequence[Member]) -> Callable[[Member], Key]:
    """The order of creation cut into equal parts, which can always be done."""
    place = {member.name: k * BANDS // len(members) for k, member in enumerate(members)}
    return lambda member: (member.kind, place[member.name])


def _step_of(nodes: Sequence[Member]) -> Callable[[Member], Key]:
    """Steps in bands: nodes with indices near each other, whatever their stems; what has no index stands alone."""
    steps = sorted({numbers[0] for node in nodes if (numbers := _indices(node.name)[1])})
    wide = -(-len(steps) // BANDS)
    band = {step: place // wide for place, step in enumerate(steps)}

    def key(member: Member) -> Key:
        numbers = _indices(member.name)[1]
        return ("step", band[numbers[0]]) if numbers else ("alone", member.name)

    return key


def _band_of(nodes: Sequence[Member], depths: Mapping[str, int]) -> Callable[[Member], Key]:
    """Depth in bands of about as many nodes."""
    count, band = 0, dict[int, int]()
    for depth, some in groupby(sorted(depths[node.name] for node in nodes)):
        band[depth] = count * BANDS // max(len(nodes), 1)
        count += len(list(some))
    return lambda member: ("depth", band[depths[member.name]])


def _depths(members: Iterable[Member]) -> dict[str, int]:
    """How many nodes a value has passed; members come after their parents."""
    depths: dict[str, int] = {}
    for member in members:
        depths[member.name] = 1 + max((depths[p] for p in member.parents if p in depths), default=0)
    return depths


def _grouped(members: Iterable[Member], key: Callable[[Member], Key]) -> list[list[Member]]:
    found: dict[Key, list[Member]] = {}
    for member in members:
        found.setdefault(key(member), []).append(member)
    return list(found.values())


def _in_order(found: Sequence[list[Member]]) -> list[list[Member]] | None:
    """The blocks, each after those that feed it; None if they feed each other in a circle."""
    home = {member.name: k for k, block in enumerate(found) for member in block}
    into = [{home[p] for m in block for p in m.parents if p in home} - {k} for k, block in enumerate(found)]
    left, ordered, done = list(range(len(found))), list[int](), set[int]()
    while left:
        ready = next((k for k in left if into[k] <= done), None)
        if ready is None:
            return None
        left.remove(ready)
        ordered.append(ready)
        done.add(ready)
    return [found[k] for k in ordered]
