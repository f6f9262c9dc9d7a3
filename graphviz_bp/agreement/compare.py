"""Gradients from elsewhere held against a run: which agree, by how much the others are off, and where that starts.

Arrays may come from NumPy, PyTorch, JAX or a file; none of these packages is imported for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..backprop import Run
from ..errors import InputError, listed
from .arrays import arrays_in
from .match import AGREES, DIFFERS, SHAPE, UNCLEAR, Held, Match

MARKS = {AGREES: "✓", DIFFERS: "✗", SHAPE: "✗", UNCLEAR: "?"}


class Agreement:
    """How gradients from elsewhere agree with a run: a `Match` for each, by name or in the order of the backward pass.

    `start` names where they start to differ: nodes that differ though everything given after them agrees.
    """

    def __init__(self, run: Run, matches: tuple[Match, ...]) -> None:
        self.run, self.matches = run, matches
        self._after = {match.node: tuple(self._given_after(match.node)) for match in matches}

    @property
    def start(self) -> tuple[str, ...]:
        """Where they start to differ."""
        return tuple(m.node for m in self.matches if not m.ok and all(self[name].ok for name in self._after[m.node]))

    @property
    def ok(self) -> bool:
        """Whether every gradient that was given agrees."""
        return all(match.ok for match in self.matches)

    @property
    def code(self) -> int:
        """0 if every gradient agrees, else 1."""
        return 0 if self.ok else 1

    @property
    def missing(self) -> tuple[str, ...]:
        """The parameters of which no gradient was given."""
        here = {match.node for match in self.matches}
        params = (name for name in self.run.graph.inputs if self.run.graph.role(name) == "param")
        return tuple(name for name in params if name not in here)

    def __iter__(self) -> Iterator[Match]:
        return iter(self.matches)

    def __len__(self) -> int:
        return len(self.matches)

    def __getitem__(self, node: str) -> Match:
        for match in self.matches:
            if match.node == node:
                return match
        raise KeyError(node)

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {}
        for box in self.run.graph.boxes:
            for parent in box.distinct_parents:
                out.setdefault(parent, []).append(box.name)
        return out

    def _given_after(self, node: str) -> Iterator[str]:
        """The given nodes that are met first on the way from a node to the output."""
        given, seen = {match.node for match in self.matches}, set[str]()
        todo = list(self._children.get(node, []))
        while todo:
            name = todo.pop(0)
            if name in seen:
                continue
            seen.add(name)
            if name in given:
                yield name
            else:
                todo += self._children.get(name, [])

    @property
    def remarks(self) -> tuple[str, ...]:
        """Where they start to differ, and what was not compared."""
        out = list[str]()
        for name in self.start:
            agree = self._after[name]
            whose = f"{listed(agree, 6)} agree{'s' * (len(agree) == 1)}" if agree else "nothing given comes after it"
            apart = [c for c in self._children.get(name, ()) if c not in self._after and c != self.run.of]
            unknown = f", {listed(tuple(apart), 6)} not given" if apart else ""
            out.append(f"going backward, they start to differ at {name}: {whose}{unknown}")
        if self.missing:
            out.append(f"not given: {listed(self.missing, 6)}")
        return tuple(out)

    @property
    def summary(self) -> str:
        """How many agree, and within what, in a line."""
        within = dict.fromkeys(f"{m.tolerance:g} for {m.dtype} numbers" for m in self)
        return f"{sum(match.ok for match in self)} of {len(self)} agree, within {', '.join(within)}"

    @property
    def text(self) -> str:
        """A table for a terminal."""
        rows = [(MARKS[m.verdict], m.node, _error(m), "; ".join([m.verdict, *m.said])) for m in self]
        names, errors = (max((len(row[i]) for row in rows), default=0) for i in (1, 2))
        lines = [f"{mark} {name:<{names}}  {error:<{errors}}  {said}" for mark, name, error, said in rows]
        return "\n".join([*lines, "", self.summary, *self.remarks])

    @property
    def markdown(self) -> str:
        """A table in Markdown."""
        rows = [f"| {MARKS[m.verdict]} `{m.node}` | {_error(m)} | {'; '.join([m.verdict, *m.said])} |" for m in self]
        heads = ["| gradient of | relative error | |", "| --- | --- | --- |"]
        return "\n".join([*heads, *rows, "", self.summary, *(f"\n{remark}" for remark in self.remarks), ""])

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<agreement: {self.summary}>"


def compare(run: Run, gradients: Mapping[str, Any] | str | Path, *, tolerance: float | None = None) -> Agreement:
    """Hold gradients from elsewhere against those of a run.

    `gradients` are a mapping from nodes to numbers or arrays (NumPy, PyTorch, JAX), or the path of an .npz file.
    Parameters are what one usually has; with gradients of other nodes among them it can be said where they start to
    differ. `tolerance` bounds the largest difference by the largest entry; unless given it goes by the type of the
    numbers: 1e-9 for float64, 1e-4 for float32, 2e-2 for float16, 1e-1 for bfloat16.

    >>> from graphviz_bp import parse
    >>> run = parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
    >>> print(compare(run, {"u": 300, "v": 30}))
    ✓ v  0      agrees
    ✗ u  0.333  differs; what comes back from w is missing
    <BLANKLINE>
    1 of 2 agree, within 1e-09 for exact numbers
    going backward, they start to differ at u: v agrees, w not given
    """
    if run.symbolic:
        raise InputError("a run in symbols has no numbers to compare with", remedy='give values: backprop({"u": 5})')
    if not isinstance(gradients, Mapping):
        gradients = arrays_in(Path(gradients))
    if not gradients:
        raise InputError("there are no gradients to compare", remedy='give for example {"W": W.grad}')
    for name in gradients:
        run.step(name)  # names a node that is not there, or of which no gradient is asked
    found = {name: Held(run, name, value, tolerance).match() for name, value in gradients.items()}
    return Agreement(run, tuple(found[name] for name in reversed(run.graph.names) if name in found))


def _error(match: Match) -> str:
    if match.error is None:
        return "–"
    return "0" if not match.error else f"{match.error:.3g}"
