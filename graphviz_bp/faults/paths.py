"""Mistakes about paths: left out, counted twice, overwritten, stopped too early, or another variable's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from .replay import Array, Change, Replay, Words

PATHS = 60  # more of them are not gone through one by one
Path = tuple[str, ...]


def box_paths(replay: Replay) -> list[Path]:
    """The paths from the variable to the output over named nodes; none where there are too many."""
    feeds: dict[str, list[str]] = {}
    for child, parent in replay.locals:
        feeds.setdefault(parent, []).append(child)
    found, stack = list[Path](), [Path((replay.wrt,))]
    while stack and len(found) <= PATHS:
        path = stack.pop()
        if path[-1] == replay.of:
            found.append(path)
        else:
            stack.extend((*path, child) for child in reversed(feeds.get(path[-1], [])))
    return found if len(found) <= PATHS else []


def _worth(replay: Replay, path: Path) -> Array:
    product = replay.column(1.0)
    for child, parent in zip(path[1:], path, strict=False):
        product = product * replay.local(child, parent)
    return product


def _of_path(path: Path) -> Words:
    return lambda w: {"path": w.path(path), "worth": w.worth(path)}


def whole_sign(replay: Replay) -> Iterator[Change]:
    """Minus the gradient."""
    yield Change(factor=-1.0, at=(replay.wrt,))


def missing(replay: Replay) -> Iterator[Change]:
    """One path of several left out."""
    paths = box_paths(replay)
    for path in paths if len(paths) > 1 else ():
        yield Change(added=-_worth(replay, path), at=(replay.wrt,), words=_of_path(path), path=path)


def counted_twice(replay: Replay) -> Iterator[Change]:
    """One path of several counted twice."""
    paths = box_paths(replay)
    for path in paths if len(paths) > 1 else ():
        yield Change(added=_worth(replay, path), at=(replay.wrt,), words=_of_path(path), path=path)


def _fans(replay: Replay) -> Iterator[tuple[str, dict[str, Array], Array]]:
    """The named nodes on the way that several nodes use: what each hands back, and how the variable moves the node."""
    handed: dict[str, dict[str, Array]] = {}
    for (child, parent), local in replay.locals.items():
        handed.setdefault(parent, {})[child] = replay.flows[replay.tape.by_name[child]] * local
    for name, amounts in handed.items():
        if len(amounts) > 1:
            yield name, amounts, replay.tangents[replay.tape.by_name[name]]


def missing_child(replay: Replay) -> Iterator[Change]:
    """What one child hands back left out."""
    for name, amounts, tangent in _fans(replay):
        for child, amount in amounts.items():
            yield Change(added=-amount * tangent, at=(name,), words=_of_child(child, name), path=(name, child))


def _of_child(child: str, name: str) -> Words:
    return lambda w: {"child": w.name(child), "term": w.handed(child, name)}


def missing_node(replay: Replay) -> Iterator[Change]:
    """Every path through one node left out."""
    for name, node in _between(replay):
        added = -replay.flows[node] * replay.tangents[node]
        yield Change(added=added, at=(replay.wrt,), words=_of_node(name), path=(replay.wrt, name, replay.of))


def _of_node(name: str) -> Words:
    return lambda w: {"child": w.name(name), "term": w.handed(name, w.wrt)}


def overwritten(replay: Replay) -> Iterator[Change]:
    """What one child hands back kept, and the others' lost."""
    for name, amounts, tangent in _fans(replay):
        for child, amount in amounts.items() if len(amounts) > 2 else ():
            rest = sum(amounts.values()) - amount
            yield Change(added=-rest * tangent, at=(name,), words=_of_fan(name, child, tuple(amounts)))


def _of_fan(name: str, child: str, children: Path) -> Words:
    return lambda w: {"node": w.name(name), "child": w.name(child), "children": w.listed(children)}


def multiplied(replay: Replay) -> Iterator[Change]:
    """The product of what the children hand back for their sum."""
    for name, amounts, tangent in _fans(replay):
        product = replay.column(1.0)
        for amount in amounts.values():
            product = product * amount
        added = (product - sum(amounts.values())) * tangent
        yield Change(added=added, at=(name,), words=_of_fan(name, name, tuple(amounts)))


def added(replay: Replay) -> Iterator[Change]:
    """∂v/∂u + ∂z/∂v for ∂v/∂u · ∂z/∂v."""
    for path in islice(box_paths(replay), 8):
        for cut in range(1, len(path) - 1):
            below, above = _worth(replay, path[: cut + 1]), _worth(replay, path[cut:])
            yield Change(added=below + above - below * above, at=(replay.wrt,), words=_of_factors(path, cut))


def _of_factors(path: Path, cut: int) -> Words:
    return lambda w: {"below": w.worth(path[: cut + 1]), "above": w.worth(path[cut:])}


def _between(replay: Replay) -> Iterator[tuple[str, int]]:
    """The named nodes on the way, without its ends."""
    for name, node in replay.tape.by_name.items():
        if node in replay.tangents and node not in (replay.start, replay.end):
            yield name, node


def upstream_forgotten(replay: Replay) -> Iterator[Change]:
    """The derivative of a node on the way for that of the output."""
    for name, node in _between(replay):
        yield Change(added=replay.tangents[node] - replay.total, at=(replay.wrt,), words=_of_upstream(name))


def _of_upstream(name: str) -> Words:
    return lambda w: {"given": w.partial(name, w.wrt), "missing": w.total(name)}


def local_only(replay: Replay) -> Iterator[Change]:
    """The local partial on the wire for the total."""
    direct: Any = replay.locals.get((replay.of, replay.wrt))
    if direct is not None and len(replay.links) > 1:
        yield Change(added=direct - replay.total, at=(replay.wrt,), words=lambda w: {"given": w.partial(w.of, w.wrt)})


def stopped_early(replay: Replay) -> Iterator[Change]:
    """The gradient of a node on the way."""
    for name, node in _between(replay):
        yield Change(added=replay.flows[node] - replay.total, at=(name, replay.wrt), words=_of_stop(name))


def _of_stop(name: str) -> Words:
    return lambda w: {"given": w.total(name), "node": w.name(name), "wrt": w.name(w.wrt)}


def another(replay: Replay) -> Iterator[Change]:
    """The gradient at a node that is not on the way."""
    needed = replay.tape.below(iter([replay.end]))
    for name, node in replay.tape.by_name.items():
        if needed[node] and node not in replay.tangents:
            yield Change(added=replay.gradient_of(name) - replay.total, at=(replay.wrt,), words=_of_another(name))


def _of_another(name: str) -> Words:
    return lambda w: {"given": w.total(name), "asked": w.total()}


def other_added(replay: Replay) -> Iterator[Change]:
    """The gradient at something that does not depend on the variable, added to that of the variable."""
    needed = replay.tape.below(iter([replay.end]))
    for name, facts in replay.tape.inputs.items():
        if needed[facts.node] and facts.node not in replay.tangents:
            yield Change(added=replay.gradient_of(name), at=(replay.wrt,), words=_of_added(name))


def _of_added(name: str) -> Words:
    return lambda w: {"given": w.total(name), "asked": w.total(), "constant": w.name(name), "wrt": w.name(w.wrt)}


def other_partial(replay: Replay) -> Iterator[Change]:
    """∂p/∂y for ∂p/∂x."""
    for (child, parent), local in replay.locals.items():
        flow, tangent = replay.flows[replay.tape.by_name[child]], replay.tangents[replay.tape.by_name[parent]]
        for other, wrong in replay.partials_of(child).items():
            if other != parent:
                yield Change(added=flow * (wrong - local) * tangent, at=(child, parent), words=_of_partials(child, other, parent))


def _of_partials(child: str, other: str, parent: str) -> Words:
    return lambda w: {"wrong": w.partial(child, other), "right": w.partial(child, parent)}
