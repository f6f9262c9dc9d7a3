"""How a run is written: the notation of its gradients, its decimals, the superscripts of its layers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InputError
from ..graph import Graph
from .shown import DIGITS

NOTATIONS = ("leibniz", "bar", "delta")
LAYERS = {"[l]": "^{[%s]}", "(l)": "^{(%s)}"}
MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Style:
    """`notation`: ∂z/∂v ("leibniz"), v̄ ("bar") or δ_v ("delta"); `digits`: the decimals of computed numbers.

    `layers` is "[l]" or "(l)", for names typeset with a layer in either kind of brackets; None leaves them as they are.
    """

    notation: str = "leibniz"
    digits: int = DIGITS
    layers: str | None = None

    def __post_init__(self) -> None:
        if self.notation not in NOTATIONS:
            raise InputError(f"there is no notation {self.notation!r}", remedy=f"choose from {', '.join(NOTATIONS)}")
        if not isinstance(self.digits, int) or not 1 <= self.digits <= MOST_DIGITS:
            raise InputError(f"{self.digits!r} digits cannot be shown", remedy=f"choose from 1 to {MOST_DIGITS}")
        if self.layers is not None and self.layers not in LAYERS:
            raise InputError(f"{self.layers!r} is no way to write a layer", remedy='use "[l]" or "(l)"')

    def relabelled(self, graph: Graph) -> Graph:
        """The graph with its layers written this way.

        >>> from graphviz_bp import parse
        >>> Style(layers="(l)").relabelled(parse('z = 2*W1; name W1 "W^{[1]}_2"')).labels
        {'W1': 'W^{(1)}_2'}
        """
        if self.layers is None:
            return graph
        form = LAYERS[self.layers]
        changed = {name: re.sub(r"\^\{[\[(](\w+)[\])]\}", lambda m: form % m[1], label)
                   for name, label in graph.labels.items()}  # fmt: skip
        return graph if changed == graph.labels else Graph(graph.tape, graph.tape.by_name[graph.output], changed)
