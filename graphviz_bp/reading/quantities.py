"""What a claim is made of: quantities the graph knows, and sides, which are expressions in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from ..graph.tape import Tape
from ..operations import Shape
from .vocabulary import gradient_word

if TYPE_CHECKING:
    from lark import Token, Tree

    Phrase = Tree[Token]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something the graph knows: the value of a node, or the gradient of the node `of` at it."""

    node: str
    of: str = ""

    def __str__(self) -> str:
        return gradient_word(self.of, self.node) if self.of else self.node


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a claim: an expression on a tape of its own, whose inputs are quantities of the graph."""

    text: str
    tape: Tape = field(repr=False)
    root: int
    quantities: Mapping[int, Quantity]

    @property
    def quantity(self) -> Quantity | None:
        """What this side is, if it is nothing but one quantity."""
        return self.quantities.get(self.root)

    @property
    def shape(self) -> Shape:
        """The shape of what this side is."""
        return self.tape.shape(self.root) or ()

    @property
    def numeric(self) -> bool:
        """Whether this side is made of numbers alone."""
        return not self.quantities

    @property
    def decimal(self) -> Decimal | None:
        """The decimal this side is, as it was typed."""
        value = self.tape.constants.get(self.root)
        return value if isinstance(value, Decimal) else None


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed: all `sides` are equal. `quantity` is the gradient that is claimed, if the first side is one.

    `notes` say what was read otherwise than it is spelled, `at` gives inputs the values that the claim says: z'(5) = 450.
    """

    text: str
    sides: tuple[Side, ...]
    notes: tuple[str, ...] = ()
    at: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def quantity(self) -> Quantity | None:
        """The gradient that this claim is about."""
        first = self.sides[0].quantity
        return first if first is not None and first.of else None

    def __str__(self) -> str:
        return self.text
