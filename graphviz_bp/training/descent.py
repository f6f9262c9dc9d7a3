"""Gradient descent, w ← w − α∇L, on one example or on a data set.

    path = bp.models.xor_mlp("untrained").descend(bp.models.data.xor(), rate=2, steps=500)
    path.losses, path.parameters[-1], path.figure(step=20), print(path.update(0))

The loss of several examples is the mean of theirs. What runs at every step is the graph of the loss with its own
gradient, forward, in doubles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..backprop.given import checked, defaults
from ..errors import InputError
from ..graph import Graph
from ..notation.nodes import named
from ..notation.shown import show, show_any
from ..numbers import is_array, numpy
from ..progress import bar, counted
from .mean_loss import MeanLoss, Values, in_doubles

if TYPE_CHECKING:
    from ..backprop import Run
    from ..figure import Figure

FRAMES = 40  # of a film


def descend(graph: Graph, data: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None, *,
            wrt: Iterable[str] | None = None, rate: float = 0.1, steps: int = 100, batch: int | None = None,
            start: Mapping[str, Any] | None = None) -> Trajectory:  # fmt: skip
    """Take `steps` steps w ← w − rate · ∂L/∂w for every parameter (or those in `wrt`), L the mean loss over the data.

    `data` is one mapping of names to arrays whose first axis counts the examples (or which have the inputs' own
    shapes: one example), or a list of mappings, one for each example; what it leaves out has its value from the
    graph. `batch=1` takes the examples in turn, one for each step. The descent ends early where numbers overflow.

    >>> from graphviz_bp import parse
    >>> path = parse("w = 0; L = (w - 3)^2").descend(rate=0.25, steps=2)
    >>> path.losses, path.parameters[-1]
    ((9.0, 2.25, 0.5625), {'w': 2.25})
    """
    whole_numbers = isinstance(steps, int) and steps >= 0 and (batch is None or (isinstance(batch, int) and batch > 0))
    if not whole_numbers:
        raise InputError("steps and batch are whole numbers, batch at least 1", remedy="write steps=100")
    examples = _examples(graph, data)
    now, fixed = _start(graph, examples, wrt, start)
    whole = MeanLoss(graph, [{**fixed, **example} for example in examples], tuple(now))
    parts = _parts(whole, batch)
    losses, parameters, gradients = [whole.at(now)], [now], list[Values]()
    with bar("descending"):
        for step in counted(range(steps), "descending"):
            slope = parts[step % len(parts)].gradient(now)
            now = {name: now[name] - rate * slope[name] for name in now}
            loss = whole.at(now)
            if not isfinite(loss):
                break
            losses.append(loss)
            parameters.append(now)
            gradients.append(slope)
    return Trajectory(whole, rate, steps, tuple(losses), tuple(parameters), tuple(gradients))


@dataclass(frozen=True)
class Trajectory:
    """A descent: `losses` and `parameters` before every step and after the last, and the `gradients` followed."""

    mean_loss: MeanLoss
    rate: float
    steps: int  # that were asked for
    losses: tuple[float, ...]
    parameters: tuple[Values, ...]
    gradients: tuple[Values, ...]

    @property
    def graph(self) -> Graph:
        """The graph of one example."""
        return self.mean_loss.graph

    @property
    def notes(self) -> tuple[str, ...]:
        """What went wrong: numbers that overflowed, a loss that grew, a gradient that is zero."""
        done, first, last = len(self.gradients), self.losses[0], self.losses[-1]
        if done < self.steps:
            return (f"the descent diverged: after {done} of {self.steps} steps the numbers overflow; "
                    f"a rate below {self.rate:g} may help",)  # fmt: skip
        if last > first:
            return (f"the loss grew from {first:.4g} to {last:.4g}: the rate {self.rate:g} is too large",)
        if done and not any(numpy().any(slope) for slope in self.gradients[0].values()):
            return ("the gradient is zero, so no step moves anything",)
        return ()

    def run(self, step: int = -1, example: int = 0) -> Run:
        """The run of one example with the parameters before a step; the last stands after all steps."""
        return self.graph.backprop({**self.mean_loss.examples[example], **self._of(step)})

    def figure(self, step: int = -1, example: int = 0, **options: Any) -> Figure:
        """The figure of that run."""
        return self.run(step, example).draw(**options)

    def save(self, path: str | Path, *, example: int = 0, frames: int = FRAMES, theme: str = "slate") -> Path:
        """Write the descent as a film of that figure: .html to step through, .gif to play by itself.

        At most so many `frames`, evenly spaced, the first and the last step among them.
        """
        from ..figure.descent import film, written
        from ..figure.themes import theme as themed
        from ..figure.themes import variables

        path = Path(path)
        ending, last = path.suffix.lower().lstrip("."), len(self.losses) - 1
        among = sorted({round(k * last / max(frames - 1, 1)) for k in range(frames)})
        colours, runs = themed(theme), [self.run(step, example) for step in among]
        shown = film(runs, [self._caption(step) for step in among], variables(colours) if ending == "html" else colours)
        try:
            path.write_bytes(written(shown, colours, ending))
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror}") from None
        return path

    def _caption(self, step: int) -> str:
        loss, mean = show(self.losses[step], digits=4), "mean " * (len(self.mean_loss.examples) > 1)
        name = named(self.graph, self.graph.output).plain
        return f"step {step} of {len(self)}: {mean}{name} {'=' if loss.true else '≈'} {loss.plain}"

    def update(self, step: int = 0) -> str:
        """One step worked out: w ← w − α ∂L/∂w = 0.5 − 0.1 · 0.2 = 0.48, a line for every parameter.

        >>> from graphviz_bp import parse
        >>> print(parse("w = 0; L = (w - 3)^2").descend(rate=0.25).update(0))
        w ← w − α ∂L/∂w = 0 − 0.25 · (−6) = 1.5
        """
        before, after, slope = self._of(step), self._of(step + 1), self.gradients[step]
        loss = named(self.graph, self.graph.output).plain
        return "\n".join(_told(named(self.graph, name).plain, loss, self.rate, before[name], slope[name], after[name])
                         for name in before)  # fmt: skip

    def _of(self, step: int) -> Values:
        if not -len(self.parameters) <= step < len(self.parameters):
            raise InputError(f"there is no step {step}", remedy=f"the steps are 0 to {len(self.parameters) - 1}")
        return self.parameters[step]

    def __len__(self) -> int:
        return len(self.gradients)

    def __repr__(self) -> str:
        return f"<descent of {len(self)} steps: loss {self.losses[0]:.4g} → {self.losses[-1]:.4g}>"


# -- what a user gave


def _examples(graph: Graph, data: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None) -> list[Values]:
    """One mapping of values for each example."""
    if not isinstance(data, Mapping | None):
        return [checked(graph, example) for example in data] or [{}]
    given = {name: in_doubles(value) for name, value in checked(graph, data or {}).items()}
    many = {name: len(value) for name, value in given.items() if _counts(graph, name, value)}
    if len(set(many.values())) > 1:
        counts = ", ".join(f"{count} of {name}" for name, count in many.items())
        raise InputError(f"the data hold {counts}", remedy="give every name the same number of examples")
    return [{name: value[k] if name in many else value for name, value in given.items()}
            for k in range(next(iter(many.values()), 1))]  # fmt: skip


def _counts(graph: Graph, name: str, value: Any) -> bool:
    """Whether the first axis of a value counts examples: the input itself has one axis less."""
    shape, have = graph[name].shape, numpy().shape(value)
    if shape is None or have == shape:
        return False
    if have[1:] != shape or not have:
        raise InputError(f"{name} has shape {shape}, its data have shape {have}",
                         remedy="put the examples along a first axis of their own")  # fmt: skip
    return True


def _start(graph: Graph, examples: Sequence[Values], wrt: Iterable[str] | None, start: Mapping[str, Any] | None
           ) -> tuple[Values, Values]:  # fmt: skip
    """Where the descent starts, and the values that stay as they are."""
    known = {**defaults(graph), **checked(graph, start or {})}
    asked = [wrt] if isinstance(wrt, str) else wrt
    moving = tuple(asked) if asked is not None else tuple(
        name for name in graph.inputs if graph.role(name) == "param" and name not in examples[0])  # fmt: skip
    for name in moving:
        if name not in graph.inputs or name in examples[0]:
            raise InputError(f"{name} is not a parameter to move", remedy=f"name some of {', '.join(graph.inputs)}")
    missing = [name for name in graph.inputs if name not in known and any(name not in example for example in examples)]
    if missing or not moving:
        raise InputError(f"no value is given for {', '.join(missing)}" if missing else "there is no parameter to move",
                         remedy="give start={...}, or write w = 0.5 in the text")  # fmt: skip
    return {name: in_doubles(known[name]) for name in moving}, {n: v for n, v in known.items() if n not in moving}


def _parts(whole: MeanLoss, batch: int | None) -> list[MeanLoss]:
    """What the steps look at in turn: all of the data, or so many examples at a time."""
    count = len(whole.examples)
    if batch is None or batch >= count:
        return [whole]
    return [whole.part(slice(first, first + batch)) for first in range(0, count, batch)]


def _told(name: str, loss: str, rate: float, before: Any, slope: Any, after: Any) -> str:
    """w ← w − α ∂L/∂w = 0.5 − 0.1 · 0.2 = 0.48"""
    rule = f"{name} ← {name} − α ∂{loss}/∂{name}"
    if is_array(before):
        return f"{rule} ≈ {show_any(after).plain}"
    shown = [show(x, entered=True, decimals=True) for x in (before, Decimal(str(rate)), slope, after)]
    (a, alpha, g, b), values = shown, [x.value for x in shown if x.value is not None]
    holds = len(values) == 4 and values[0] - values[1] * values[2] == values[3]
    exact = a.true and g.true and alpha.true
    factor = f"({g.plain})" if g.negative else g.plain
    return f"{rule} {'=' if exact else '≈'} {a.plain} − {alpha.plain} · {factor} {'=' if holds else '≈'} {b.plain}"
