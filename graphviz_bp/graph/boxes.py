"""The levels a graph is read at. `statements`: one box per named node, the unnamed operations inside.

A box is a tree over named nodes: what is used twice has a name of its own, so each use of a parent is one path
through the box, and the box's partial is a sum over the few paths inside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .tape import Tape


@dataclass(frozen=True, slots=True)
class Box:
    """A named node with the unnamed operations that compute it.

    `members` are those operations and constants in tape order, the named root last (empty for an input);
    `uses` are the places where named nodes enter, in reading order, as (operation, slot); `parents` their names.
    """

    name: str
    root: int
    members: tuple[int, ...]
    uses: tuple[tuple[int, int], ...]
    parents: tuple[str, ...]

    @property
    def distinct_parents(self) -> tuple[str, ...]:
        """The parents, each once, in reading order."""
        return tuple(dict.fromkeys(self.parents))

    @property
    def one_operation(self) -> bool:
        """Whether all named nodes enter at its root: a single operation, but for its constants."""
        return all(user == self.root for user, _ in self.uses)


def boxes(tape: Tape) -> tuple[Box, ...]:
    """The boxes of a tape in creation order."""
    return tuple(_box(tape, root) for root in sorted(tape.names))


def _box(tape: Tape, root: int) -> Box:
    members, uses = list[int](), list[tuple[int, int]]()
    stack = [
        (root, -1, -1)
    ]  # a node, and where it is used; operands are pushed in reverse so that reading order comes out
    while stack:
        node, user, slot = stack.pop()
        if node != root and node in tape.names:
            uses.append((user, slot))
            continue
        members.append(node)
        stack.extend((i, node, s) for s, i in reversed(list(enumerate(tape.operands_of(node)))))
    if tape.operation(root) is None:
        members = []
    parents = tuple(tape.names[tape.operands_of(user)[slot]] for user, slot in uses)
    return Box(tape.names[root], root, tuple(sorted(members)), tuple(uses), parents)
