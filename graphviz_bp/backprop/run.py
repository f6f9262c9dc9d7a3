"""A run: values, gradients, partials and steps by name."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..errors import InputError, listed
from ..graph import Graph
from ..graph.boxes import Box
from ..notation.style import Style
from ..numbers import Domain, exact, is_array, symbols
from .given import symbolic_inputs
from .partial import Partial, public
from .steps import TOO_LARGE, Step, Sweep, Term, numpy_quiet

if TYPE_CHECKING:
    from pathlib import Path

    from ..agreement import Agreement
    from ..derivation import Derivation
    from ..figure import Figure


class Named(dict[Any, Any]):
    """Numbers by name; what is not there is a KeyError that says what is."""

    def __init__(self, what: str, numbers: Mapping[Any, Any]) -> None:
        super().__init__(numbers)
        self.what = what

    def __missing__(self, name: Any) -> Any:
        there = tuple(str(key) for key in self if not isinstance(key, tuple) or len(key) == 2)  # not use by use
        raise KeyError(f"{name!r} is not among the {self.what}: {listed(there)}")


class Run:
    """One backpropagation: `values`, `gradients` and `partials` by name, `steps` in pull order, `notes` in words.

    Exact numbers are int or Fraction, others float, arrays NumPy arrays. Gradients have the shape of the node they
    belong to; inputs with the role "data" have none.
    """

    live = False  # whether the numbers are worked out again where the figure is looked at

    def __init__(
        self, graph: Graph, of: Box, m: Domain | None, given: Mapping[str, Any], seed: Any, notes: list[str]
    ) -> None:
        self.graph, self.of, self.domain = graph, of.name, m
        self.given: Mapping[str, Any] = dict(given)
        self._seed, self._notes = seed, notes
        self.style = Style()
        if m is not None and m is not symbols:
            _ = self._sweep  # errors and notes belong to the call that asked for the numbers

    @property
    def symbolic(self) -> bool:
        """Whether this run has no numbers."""
        return self.domain is None

    @property
    def exact(self) -> bool:
        """Whether every number of this run is exact."""
        return self.domain is exact

    def written(self, style: Style) -> Run:
        """The same run written in another style."""
        run = copy(self)
        run.style, run.graph = style, style.relabelled(self.graph)
        return run

    @property
    def shown_how(self) -> dict[str, Any]:
        """How the computed numbers of this run are shown, as `shown` wants it told."""
        large = any(TOO_LARGE in note for note in self._notes)
        return {"decimals": self.decimals, "digits": self.style.digits, "overflown": large}

    @cached_property
    def decimals(self) -> bool:
        """Whether a number was typed as a decimal, so that terminating results are shown as decimals."""
        return any(isinstance(x, Decimal) for value in [*self.given.values(), *self.graph.tape.constants.values()]
                   for x in (value.flat if is_array(value) and value.dtype == object else (value,)))  # fmt: skip

    @cached_property
    def _sweep(self) -> Sweep:
        of = self.graph.box(self.of)
        if self.domain is None:
            try:
                return Sweep(self.graph, of, symbols, symbolic_inputs(self.graph), self._seed, self._notes)
            except (TypeError, ValueError) as error:  # SymPy cannot compare or order some of its own expressions
                if isinstance(error, InputError):
                    raise
                raise InputError(f"SymPy has no closed form here ({error})", remedy="give values") from None
        with numpy_quiet():
            return Sweep(self.graph, of, self.domain, self.given, self._seed, self._notes)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The value of every named node."""
        return Named("values", {box.name: public(self._sweep.values[box.root]) for box in self.graph.boxes})

    @cached_property
    def gradients(self) -> Mapping[str, Any]:
        """∂output/∂node for every named node but data; zero where the output does not depend on the node."""
        return Named("gradients", {step.node: public(step.total) for step in reversed(self.steps)})

    @cached_property
    def partials(self) -> Mapping[Any, Any]:
        """Local partials: by (child, parent), uses summed, and by (child, parent, slot) for one use."""
        out: dict[Any, Any] = {}
        for step in self.steps:
            for term in step.terms:
                key = (term.child, step.node)
                local = public(term.local)
                out[(*key, term.slot)] = local
                together = isinstance(local, Partial) and key in out
                out[key] = out[key] & local if together else out[key] + local if key in out else local
        return Named("partials", out)

    def is_tied(self, name: str) -> bool:
        """Whether a node is at a kink in this run, so that a convention stands in for its derivative."""
        return not self.symbolic and name in self._sweep.tied

    @property
    def steps(self) -> tuple[Step, ...]:
        """The chain rule at every node, the output first (pull order: each step gathers one node's gradient)."""
        return self._sweep.steps

    @property
    def pushes(self) -> tuple[tuple[str, Term], ...]:
        """The same terms in push order: each node in turn hands back to its parents, as (parent, term)."""
        order = {name: i for i, name in enumerate(self.graph.names)}
        pairs = [(step.node, term) for step in self.steps for term in step.terms]
        return tuple(sorted(pairs, key=lambda pair: (-order[pair[1].child], pair[1].slot)))

    @property
    def notes(self) -> tuple[str, ...]:
        """Conventions used at kinks, infinities where they arise, and why numbers are not exact."""
        if self.domain is not None:
            _ = self._sweep
        return tuple(dict.fromkeys(self._notes))

    def raw(self, name: str) -> Any:
        """A node's value as the domain has it (an exact number typed in text stays exact)."""
        return self._sweep.values[self.graph.box(name).root]

    def step(self, name: str) -> Step:
        """The chain rule at one node."""
        found = self._step_of.get(name)
        if found is None:
            self.graph.box(name)
            raise InputError(
                f"{name} is data, and no gradient of it is asked", remedy=f"declare it as a parameter: param {name}"
            )
        return found

    @cached_property
    def _step_of(self) -> dict[str, Step]:
        return {step.node: step for step in self.steps}

    def derive(self, wrt: str | None = None, **options: Any) -> Derivation:
        """The chain rule worked out: for one node, or for all of them (derivation/)."""
        from ..derivation import derive

        return derive(self, wrt, **options)

    def compare(self, gradients: Mapping[str, Any] | str | Path, **options: Any) -> Agreement:
        """Whether gradients from elsewhere (a mapping, an .npz file) agree, and where they start to differ."""
        from ..agreement import compare

        return compare(self, gradients, **options)

    def draw(self, **options: Any) -> Figure:
        """The figure with values and gradients on its nodes (figure/)."""
        from ..figure import draw

        return draw(self, **options)

    def _repr_svg_(self) -> str:
        return self.draw()._repr_svg_()

    def __repr__(self) -> str:
        first = islice(self.given.items(), 12)
        at = "symbols" if self.symbolic else ", ".join(f"{name} = {value}" for name, value in first)
        return f"<run of {self.of} at {at[:80]}>"
