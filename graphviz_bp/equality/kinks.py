"""Both sides of every choice: which way each comparison in a claim goes at a point, and points where it goes the other way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..graph.tape import CONSTANT, Tape
from ..numbers import Domain
from ..operations import CODES

Differences = dict[tuple[Any, ...], Any]  # comparison -> left minus right
_EXACT = {"equal", "not_equal", "where"}  # decided by coincidence, or by comparisons that are watched themselves


class _Watched:
    """A number that puts on record what it is compared with."""

    __slots__ = ("log", "x")

    def __init__(self, x: Any, log: list[Any]) -> None:
        self.x, self.log = x, log

    def _made(self, x: Any) -> _Watched:
        return _Watched(x, self.log)

    def _compared(self, other: Any) -> Any:
        difference = self.x - _bare(other)
        self.log.append(difference)
        return difference

    def __add__(self, other: Any) -> _Watched: return self._made(self.x + _bare(other))
    def __radd__(self, other: Any) -> _Watched: return self._made(_bare(other) + self.x)
    def __sub__(self, other: Any) -> _Watched: return self._made(self.x - _bare(other))
    def __rsub__(self, other: Any) -> _Watched: return self._made(_bare(other) - self.x)
    def __mul__(self, other: Any) -> _Watched: return self._made(self.x * _bare(other))
    def __rmul__(self, other: Any) -> _Watched: return self._made(_bare(other) * self.x)
    def __truediv__(self, other: Any) -> _Watched: return self._made(self.x / _bare(other))
    def __neg__(self) -> _Watched: return self._made(-self.x)
    def __abs__(self) -> _Watched: return self if self._compared(0) > 0 else -self
    def __gt__(self, other: Any) -> bool: return bool(self._compared(other) > 0)
    def __lt__(self, other: Any) -> bool: return bool(self._compared(other) < 0)
    def __ge__(self, other: Any) -> bool: return bool(self._compared(other) >= 0)
    def __le__(self, other: Any) -> bool: return bool(self._compared(other) <= 0)
    def __bool__(self) -> bool: return bool(self.x)


def _bare(x: Any) -> Any:
    return x.x if isinstance(x, _Watched) else x


class _Watch(Domain):
    """A domain over another one, in which every number is watched."""

    def __init__(self, m: Domain) -> None:
        self.m, self.log = m, list[Any]()

    def number(self, value: Any) -> Any:
        return value if isinstance(value, _Watched) else _Watched(self.m.number(value), self.log)

    def maximum(self, xs: Sequence[Any]) -> Any:
        return max(map(self.number, xs))

    def minimum(self, xs: Sequence[Any]) -> Any:
        return min(map(self.number, xs))

    def sign(self, x: Any) -> Any:
        return self.number((x > 0) - (x < 0))

    def floor(self, x: Any) -> Any:
        whole = self.m.floor(x.x)  # type: ignore[attr-defined]
        self.log.append(1 if int(whole) % 2 else -1)
        return self.number(whole)

    ceil = floor

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(self.m, name)
        return lambda *xs: self.number(function(*map(_bare, xs)))


def differences(tape: Tape, values: Sequence[Any], m: Domain, nodes: Iterable[int], tag: str) -> Differences:
    """What every comparison at these nodes compares, at a point where the tape has these values."""
    found: Differences = {}
    for node in nodes:
        watch = _Watch(m)
        operands = [watch.number(values[i]) for i in tape.operands_of(node)]
        try:
            CODES[tape.codes[node]].value(watch, *operands, **tape.static(node))
        except (TypeError, AttributeError, ValueError):  # a row that does more with its numbers than can be watched
            continue
        for place, difference in enumerate(watch.log):
            found[tag, node, place] = difference
    return found


def choices(tape: Tape, needed: Sequence[bool] | None = None) -> list[int]:
    """The nodes of a tape that choose."""
    out = []
    for node, code in enumerate(tape.codes):
        if code < CONSTANT and (needed is None or needed[node]):
            operation = CODES[code]
            if operation.rule == "choice" and operation.name not in _EXACT:
                out.append(node)
    return out
