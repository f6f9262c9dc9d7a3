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

MOST, FEWEST = 40, 2  # blocks of a figure, and of what is computed in it
BANDS, STEPS = 16, 6  # how finely depth is cut, and how finely steps are, each with its own inputs

Key: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A box as grouping sees it: its name, its parents among the boxes grouped, and what sets it apart from others.

    `kind` is "node" for what is computed; boxes of different kinds never share a block.
    """

    name: str
    parents: tuple[str, ...]
    kind: str = "node"


_Way: TypeAlias = Callable[[Member], Key]  # what boxes are grouped by


def blocks(members: Sequence[Member]) -> list[tuple[str, ...]]:
    """The names of each block, a block after those that feed it.

    >>> layer = [Member(f"h_1_{k}", ("x",)) for k in range(3)]
    >>> blocks([Member("x", (), "input"), *layer, *(Member(f"h_2_{k}", ("h_1_0",)) for k in range(3))])
    [('x',), ('h_1_0', 'h_1_1', 'h_1_2'), ('h_2_0', 'h_2_1', 'h_2_2')]
    """
    nodes = [member for member in members if member.kind == "node"]
    others = [member for member in members if member.kind != "node"]
    layer, step, cut = _layer_of(members), _step_of(members), _cut(members)
    depth = _band_of(nodes, _depths(members))
    ways: list[tuple[_Way, list[_Way]]] = [
        (layer, [layer, _stem]), (_stem, [layer, _stem]), (step, [step]), (depth, [layer, _stem]), (cut, [_stem]),
    ]  # fmt: skip
    for of_nodes, of_others in ways:
        found = _in_order(_grouped(nodes, of_nodes))
        if found is None or (of_nodes is not cut and not FEWEST <= len(found) < MOST):
            continue
        for way in [*of_others, _kind if nodes else cut]:
            around = _grouped(others, way)
            if len(around) <= MOST - len(found) and (nodes or len(around) > 1 or len(members) == 1):
                return [tuple(member.name for member in block) for block in _in_order([*around, *found]) or []]
    raise AssertionError("the order of creation can always be cut")


def _indices(name: str) -> tuple[str, list[int]]:
    """A name's stem and the numbers behind it."""
    stem, tail = re.fullmatch(r"(.*?)((?:[_#]?\d+)*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
    return stem, [int(digits) for digits in re.findall(r"\d+", tail)]


def _layer_of(members: Sequence[Member]) -> _Way:
    """The stem and the first index that is not the same throughout; a single index says nothing of layers."""
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


def _cut(members: Sequence[Member]) -> _Way:
    """The order of creation cut into equal parts, which can always be done."""
    place = {member.name: k * BANDS // len(members) for k, member in enumerate(members)}
    return lambda member: (member.kind, place[member.name])


def _step_of(members: Sequence[Member]) -> _Way:
    """Steps in bands: nodes with indices near each other, whatever their stems; what has no index stands alone."""
    steps = sorted({numbers[0] for member in members if (numbers := _indices(member.name)[1])})
    band = {step: place * STEPS // len(steps) for place, step in enumerate(steps)}

    def key(member: Member) -> Key:
        stem, numbers = _indices(member.name)
        if not numbers:
            return ("alone", member.name)
        return (band[numbers[0]],) if member.kind == "node" else (member.kind, stem, band[numbers[0]])

    return key


def _band_of(nodes: Sequence[Member], depths: Mapping[str, int]) -> _Way:
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


def _grouped(members: Iterable[Member], key: _Way) -> list[list[Member]]:
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
