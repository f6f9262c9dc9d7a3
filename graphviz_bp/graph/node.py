"""One named node, as people see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..operations import Shape
from .boxes import Box

if TYPE_CHECKING:
    from .graph import Graph


class Node:
    """A light view of one named node, for people."""

    __slots__ = ("_box", "_graph")

    def __init__(self, graph: Graph, box: Box) -> None:
        self._graph, self._box = graph, box

    @property
    def name(self) -> str:
        """The node's name."""
        return self._box.name

    @property
    def shape(self) -> Shape | None:
        """The node's shape, `()` for a number; None where only values can tell."""
        return self._graph.tape.shape(self._box.root)

    @property
    def parents(self) -> tuple[str, ...]:
        """The nodes this one is computed from, one entry per use."""
        return self._box.parents

    @property
    def children(self) -> tuple[str, ...]:
        """The nodes computed from this one, one entry per use."""
        return tuple(b.name for b in self._graph.boxes for parent in b.parents if parent == self.name)

    @property
    def role(self) -> str:
        """ "param" or "data" for an input, "output", or "node"."""
        return self._graph.role(self.name)

    @property
    def formula(self) -> str:
        """The right-hand side as plain text; empty for an input."""
        from ..notation.nodes import formula

        return formula(self._graph, self._box).plain if self._box.parents or self._box.members else ""

    def __repr__(self) -> str:
        return f"<node {self.name}{' = ' + self.formula if self.formula else ''}>"
