"""One gradient from elsewhere held against a run's own: whether it agrees, and what it is instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..backprop import Run, Term
from ..errors import InputError
from ..numbers import numpy
from .arrays import array_of

TOLERANCES = {"float64": 1e-9, "float32": 1e-4, "float16": 2e-2, "bfloat16": 1e-1}
AGREES, DIFFERS, SHAPE, UNCLEAR = "agrees", "differs", "wrong shape", "unclear"


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


class Held:
    """One gradient from elsewhere, held against the run's own."""

    def __init__(self, run: Run, name: str, value: Any, tolerance: float | None) -> None:
        np = numpy()
        self.run, self.name = run, name
        if value is None:
            raise InputError(f"the gradient of {name} is None", remedy="run the backward pass before comparing")
        self.given, self.dtype = array_of(value)
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
