"""Gradients from elsewhere held against a run: which agree, by how much the others are off, and where that starts.

Arrays may come from NumPy, PyTorch, JAX or a file; none of these packages is imported for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from .backprop import Run, Term
from .errors import InputError
from .graph import listed
from .numbers import numpy

TOLERANCES = {"float64": 1e-9, "float32": 1e-4, "float16": 2e-2, "bfloat16": 1e-1}
LARGEST = 2**30  # bytes of the arrays in a file, unpacked
AGREES, DIFFERS, SHAPE, UNCLEAR = "agrees", "differs", "wrong shape", "unclear"
MARKS = {AGREES: "✓", DIFFERS: "✗", SHAPE: "✗", UNCLEAR: "?"}


@dataclass(frozen=True, slots=True)
class Match:
    """One gradient from elsewhere: its verdict (agrees, differs, wrong shape, unclear) and what is seen in it.

    `error` is the largest difference by the largest entry of the gradient, None where it can not be taken.
    """

    node: str
    verdict: str
    error: float | None
    tolerance: float
    dtype: str
    said: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it agrees."""
        return self.verdict == AGREES


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
    found = {name: _Held(run, name, value, tolerance).match() for name, value in gradients.items()}
    return Agreement(run, tuple(found[name] for name in reversed(run.graph.names) if name in found))


def arrays_in(path: Path) -> dict[str, Any]:
    """The arrays of an .npz file by name; nothing in it is executed, and it must not unpack to more than a gigabyte."""
    try:
        with ZipFile(path) as file:
            size = sum(entry.file_size for entry in file.infolist())
        if size > LARGEST:
            raise InputError(f"{path} unpacks to {size} bytes, more than {LARGEST}")
        with numpy().load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from None
    except (BadZipFile, ValueError, KeyError, EOFError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is no file of arrays", remedy="save it with numpy.savez") from None


def _plain(value: Any) -> tuple[Any, str]:
    """A tensor of any make as an array of doubles, and the name of its type."""
    np = numpy()
    for step in ("detach", "cpu"):
        value = getattr(value, step)() if hasattr(value, step) else value
    dtype = str(getattr(value, "dtype", "")).removeprefix("torch.")
    try:
        array = np.asarray(value.float() if dtype == "bfloat16" and hasattr(value, "float") else value)
        exact = array.dtype.kind in "biuO"
        if array.dtype.kind in "USc":
            raise TypeError
        return array.astype(float), "exact" if exact else dtype or array.dtype.name
    except (TypeError, ValueError):
        raise InputError(f"a gradient must be a number or an array, not {type(value).__name__}") from None


class _Held:
    """One gradient from elsewhere, held against the run's own."""

    def __init__(self, run: Run, name: str, value: Any, tolerance: float | None) -> None:
        np = numpy()
        self.run, self.name = run, name
        if value is None:
            raise InputError(f"the gradient of {name} is None", remedy="run the backward pass before comparing")
        self.given, self.dtype = _plain(value)
        self.true = np.asarray(run.gradients[name]).astype(float)
        self.tolerance = TOLERANCES.get(self.dtype, 1e-9) if tolerance is None else tolerance
        self.scale = self._largest(self.true) or self._largest(np.asarray(run.gradients[run.of]).astype(float)) or 1.0

    def match(self) -> Match:
        """The verdict, and what is seen in a gradient that differs."""
        np = numpy()
        if not np.isfinite(self.true).all():
            return self._match(UNCLEAR, None, "the gradient itself is not finite here")
        if not np.isfinite(self.given).all():
            return self._match(DIFFERS, None, f"{int((~np.isfinite(self.given)).sum())} entries are not finite")
        if self.given.shape != self.true.shape:
            return self._match(SHAPE, None, *self._shape())
        error = self.error(self.true)
        if error <= self.tolerance:
            return self._match(AGREES, error)
        return self._match(DIFFERS, error, *self._seen())

    def _match(self, verdict: str, error: float | None, *said: str) -> Match:
        return Match(self.name, verdict, error, self.tolerance, self.dtype, said)

    def error(self, other: Any) -> float:
        """The largest difference by the largest entry of the gradient."""
        return self._largest(self.given - other) / self.scale

    def close(self, other: Any) -> bool:
        return other.shape == self.given.shape and self.error(other) <= self.tolerance

    @staticmethod
    def _largest(array: Any) -> float:
        return float(abs(array).max(initial=0.0))

    def _shape(self) -> Iterator[str]:
        yield f"it has shape {_shape(self.given)}, the gradient {_shape(self.true)}"
        if self.given.ndim > 1 and self.close(self.true.T):
            yield "it is the transpose"
        elif self.given.size == self.true.size and self.close(self.true.reshape(self.given.shape)):
            yield "the numbers agree in another shape"
        elif self.given.shape[1:] == self.true.shape and self.close_to_sum():
            yield "summed over its first axis it agrees: the sum over the batch is missing"

    def close_to_sum(self) -> bool:
        """Whether the entries of a batch were not added up."""
        return self._largest(self.given.sum(axis=0) - self.true) / self.scale <= self.tolerance

    def _seen(self) -> Iterator[str]:
        """What a gradient that differs is instead."""
        if self.true.ndim == 2 and self.true.shape[0] == self.true.shape[1] and self.close(self.true.T):
            yield "it is the transpose"
            return
        lost = self._lost()
        if lost:
            yield lost
            return
        factor = self._factor()
        if factor:
            yield factor
        elif self.true.size > 1:
            wrong = abs(self.given - self.true) > self.tolerance * self.scale
            where = tuple(int(i) for i in numpy().unravel_index(abs(self.given - self.true).argmax(), self.true.shape))
            numbers = f"{self.given[where]:.6g}, not {self.true[where]:.6g}"
            yield f"{int(wrong.sum())} of {self.true.size} entries, the most at {list(where)}: {numbers}"
        else:
            yield f"it is {float(self.given):.6g}, not {float(self.true):.6g}"

    def _lost(self) -> str:
        """A contribution of the chain rule that is missing, or there twice."""
        terms: tuple[Term, ...] = self.run.step(self.name).terms
        parts = [(term.child, numpy().asarray(term.contribution).astype(float)) for term in terms if len(terms) > 1]
        parts = [(child, part) for child, part in parts if self._largest(part) > self.tolerance * self.scale]
        ways = (
            (-1, "what comes back from {} is missing"),
            (1, "what comes back from {} is counted twice"),
            (0, "it is only what comes back from {}: the others were overwritten"),
        )
        for sign, said in ways:
            for child, part in parts:
                if self.close(self.true + sign * part if sign else part):
                    return said.format(child)
        return ""

    def _factor(self) -> str:
        """The factor it is off by: a sign, 2, the size of a batch."""
        if not self.true.any() or not self.given.any():
            return "it is zero" if self.true.any() else ""
        value = float((self.given * self.true).sum() / (self.true * self.true).sum())
        sizes = {n for i in range(len(self.run.graph.tape)) for n in (self.run.graph.tape.shape(i) or ()) if n > 1}
        factors: dict[Fraction, str] = {Fraction(-1): "the sign is wrong"}
        for n in sorted({2, *sizes}):
            for f, words in ((Fraction(n), f"{n}"), (Fraction(1, n), f"1/{n}")):
                size = ", a size in this graph" if n in sizes else ""
                factors.setdefault(f, f"it is off by the factor {words}{size}")
                factors.setdefault(-f, f"it is off by the factor −{words}{size}")
        for f, said in factors.items():
            if self.close(self.true * float(f)):
                return said
        if self.true.size > 1 and self.close(self.true * value):
            return f"it is off by the factor {value:.6g}"
        return ""


def _shape(array: Any) -> str:
    return " × ".join(map(str, array.shape)) or "of a number"


def _error(match: Match) -> str:
    if match.error is None:
        return "–"
    return "0" if not match.error else f"{match.error:.3g}"
