"""A run whose numbers are live: drawn as any other, with room for numbers that the page works out itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from graphviz_bp.backprop import Run, Step, Term
from graphviz_bp.errors import InputError
from graphviz_bp.figure.drawing import Drawing
from graphviz_bp.figure.themes import Theme, variables
from graphviz_bp.graph import Graph
from graphviz_bp.graph.register import Block
from graphviz_bp.notation.shown import Live
from graphviz_bp.numbers import is_array, numpy


def live_page(run: Run, draw: Callable[[Run], Drawing], theme: Theme, order: str) -> bytes:
    """A run as a page that steps, with fields for its inputs; it works out every number again when they change."""
    from graphviz_bp.figure.writers.html import html
    from graphviz_bp.figure.writers.live import live

    if run.symbolic:
        raise InputError("a live page begins with values, and this figure is in symbols",
                         remedy="give values: graph.backprop({...}).draw()")  # fmt: skip
    if order != "pull" and not run.graph.tape.scalar:
        raise InputError("a live page of arrays gathers each gradient at once", remedy='leave order="push" away')
    if run._seed not in (None, 1):
        raise InputError("a live page sends back 1 from a number", remedy="end the graph in a number such as a loss")
    scalars = run.graph.scalars()
    parts = live(run.graph, scalars, run.of, run.given, run.style.digits)
    shown = draw(LiveRun(run, scalars)).film(order, variables(theme))
    derivation = run.graph.derive(of=run.of, notation=run.style.notation).text
    return html(shown, theme, derivation, parts)


class LiveRun(Run):
    """A run again, each number with its source in the page's own sweep over the graph of its scalars.

    `v7` is the value of node 7, `g3` the gradient at box 3, `l5` and `c5` the local partial and the contribution of
    use 5.
    """

    live = True

    def __init__(self, run: Run, scalars: Graph) -> None:
        self.graph, self.of, self.domain, self.given = run.graph, run.of, run.domain, {}
        self.style, self._seed, self._notes = run.style, run._seed, []
        sources = _Sources(scalars)
        values = {box.root: sources.value(box.name, run.raw(box.name)) for box in run.graph.boxes}
        steps = tuple(sources.step(run.graph, step, run.of) for step in run.steps)
        self.__dict__["_sweep"] = SimpleNamespace(values=values, steps=steps, tied=frozenset())


class _Sources:
    """Where the page keeps what is known of the named nodes of a graph."""

    def __init__(self, scalars: Graph) -> None:
        self.scalars = scalars
        self.places = {box.name: k for k, box in enumerate(scalars.boxes)}
        self.uses: dict[tuple[str, str], list[int]] = {}
        for number, (child, parent) in enumerate((box.name, parent) for box in scalars.boxes for parent in box.parents):
            self.uses.setdefault((child, parent), []).append(number)

    def value(self, name: str, now: Any) -> Any:
        return self._each(name, now, lambda entry: f"v{self.scalars.tape.by_name[entry]}")

    def gradient(self, name: str, now: Any) -> Any:
        return self._each(name, now, lambda entry: f"g{self.places[entry]}")

    def _each(self, name: str, now: Any, source: Any) -> Any:
        """A live number, or an array of them."""
        if not is_array(now):
            return Live(now, source(name))
        entries = [Live(x, source(entry)) for x, entry in zip(now.flat, Block(name, 0, now.shape).names(), strict=True)]
        out = numpy().empty(now.shape, dtype=object)
        out.reshape(-1)[:] = entries
        return out

    def step(self, graph: Graph, step: Step, of: str) -> Step:
        if step.node == of:
            return step  # what is sent back from the output stays 1
        return Step(step.node, tuple(self._terms(graph, step, of)), self.gradient(step.node, step.total))

    def _terms(self, graph: Graph, step: Step, of: str) -> Iterator[Term]:
        for term in step.terms:
            upstream = term.upstream if term.child == of else self.gradient(term.child, term.upstream)
            local, contribution = term.local, term.contribution
            numbers = self._numbers(graph, term.child, step.node, term.slot)
            if numbers:
                local = Live(local, *(f"l{use}" for use in numbers))
                contribution = Live(contribution, *(f"c{use}" for use in numbers))
            yield Term(term.child, term.slot, term.rule, local, upstream, contribution)

    def _numbers(self, graph: Graph, child: str, parent: str, slot: int) -> list[int]:
        """The uses of the scalar graph that one use between two numbers has become."""
        found = self.uses.get((child, parent), [])
        mine = [i for i, name in enumerate(graph.box(child).parents) if name == parent]
        if len(found) == len(mine):
            return [found[mine.index(slot)]]
        return found if slot == mine[0] else []
