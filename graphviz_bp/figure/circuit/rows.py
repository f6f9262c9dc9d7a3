"""The rows of a circuit's tracks: Graphviz' `dot` says which lies above which, here they are drawn together.

Gates go to the middle of what comes in, sources stay close to what they feed, operands arrive in their order where
that costs no crossing.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from graphviz_bp.figure.circuit.tracks import Net
from graphviz_bp.figure.layout.positions import dot

APART = 9.0  # between two tracks
LAPS, FEW = 6, 60  # of moves, one after the other; in a circuit of more tracks only one
CLOSER, ROUNDS = 0.7, 24  # how much of its distance a source keeps in each round


def rows(net: Net, engine: str | None) -> list[float]:
    """The row of every track, down the page."""
    return _Rows(net, engine).found()


class _Rows:
    def __init__(self, net: Net, engine: str | None) -> None:
        self.net, self.engine = net, engine

    def found(self) -> list[float]:
        """The best of what dot offers, drawn together."""
        best: tuple[int, int, list[float]] | None = None
        for chained in (True, False):
            found = self._dotted(chained)
            for way in (1, -1):
                best = self._better(best, [way * row for row in found])
            if best is not None and best[:2] == (0, 0):
                break
        assert best is not None
        for _ in range(LAPS):
            before = best
            for moved in self._moves(before[2]):
                best = self._better(best, moved)
            if best is before or len(best[2]) > FEW:
                break
        return best[2]

    def _better(self, best: tuple[int, int, list[float]] | None, rows: list[float]) -> tuple[int, int, list[float]]:
        drawn = self._drawn(rows)
        found = self._crossings(drawn), self._disorder(drawn), drawn
        return found if best is None or found[:2] < best[:2] else best

    def _moves(self, rows: list[float]) -> Iterator[list[float]]:
        """Operands on the wrong side of a gate: inputs moved past the other or to the edge, sides swapped."""
        for a, b in self._wrong(rows):
            if swapped := self._swapped(rows, a, b):
                yield swapped
            for t, other, way in ((a, b, -1), (b, a, 1)):
                if not self.net.into[self.net.tracks[t].source]:
                    edge = max(rows) if way > 0 else min(rows)
                    for row in (rows[other] + way, edge + way):
                        yield [*rows[:t], row, *rows[t + 1 :]]

    def _swapped(self, rows: list[float], a: int, b: int) -> list[float]:
        """All that leads to `a` above all that leads to `b`, if nothing leads to both."""
        over, under = self._upstream(a), self._upstream(b)
        if over & under:
            return []
        order = [*sorted(over, key=rows.__getitem__), *sorted(under, key=rows.__getitem__)]
        moved = list(rows)
        for t, row in zip(order, sorted(rows[t] for t in order), strict=True):
            moved[t] = row
        return moved

    def _upstream(self, t: int) -> set[int]:
        """A track and those that lead to it."""
        found, left = set[int](), [t]
        while left:
            t = left.pop()
            if t not in found:
                found.add(t)
                start = self.net.node_track[self.net.tracks[t].source]
                left += [start, *self._incoming(start)]
        return found

    def _wrong(self, rows: list[float]) -> list[tuple[int, int]]:
        """Operands that arrive in the wrong order."""
        arriving = ([self.net.track_of[k] for k in mine] for mine in self.net.into)
        return [(a, b) for mine in arriving for a, b in pairwise(mine) if rows[a] > rows[b] + 1e-6]

    def _dotted(self, chained: bool) -> list[float]:
        """The mean row of every track as dot places its parts."""
        lines, parts = list[str](), dict[str, int]()
        for t, track in enumerate(self.net.tracks):
            columns = sorted(track.reach)
            for c in columns:
                parts[f"t{t}_{c}"] = t
                lines.append(f"t{t}_{c}[width={(sum(track.reach[c]) + APART) / 72:.4f}];")
            lines += [f"t{t}_{a}->t{t}_{b}[weight=40];" for a, b in pairwise(columns)]
        for k, way in enumerate(self.net.ways):
            mine, rank = self.net.track_of[k], 2 * self.net.ranks[way.target]
            if self.net.spots[way.target].kind != "fork":
                lines.append(f"t{mine}_{rank - 1}->t{self.net.node_track[way.target]}_{rank}[weight=4];")
            start = self.net.node_track[way.source]
            if mine != start:
                lines.append(
                    f"t{start}_{2 * self.net.ranks[way.source]}->t{mine}_{2 * self.net.ranks[way.source] + 1};"
                )
        first = [f"t{self.net.node_track[i]}_0" for i in range(len(self.net.spots)) if not self.net.into[i]]
        if chained and len(first) > 1:
            lines.append(f"{{rank=same;edge[style=invis];{'->'.join(first)}}}")
        places = dot(lines, len(self.net.spots), 0.0, self.engine)
        sums = [[0.0, 0] for _ in self.net.tracks]
        for name, t in parts.items():
            sums[t][0] += places[name][0]
            sums[t][1] += 1
        return [total / max(count, 1) for total, count in sums]

    def _drawn(self, rows: list[float]) -> list[float]:
        """Rows in the same order, close together, gates in the middle of what comes in."""
        order = sorted(range(len(rows)), key=lambda t: (rows[t], t))
        columns: dict[int, list[int]] = {}
        for t in order:
            for c in self.net.tracks[t].reach:
                columns.setdefault(c, []).append(t)
        apart: dict[tuple[int, int], float] = {}
        for c, mine in columns.items():
            for a, b in pairwise(mine):
                need = self.net.tracks[a].reach[c][1] + self.net.tracks[b].reach[c][0] + APART
                apart[a, b] = max(apart.get((a, b), 0.0), need)
        above: list[list[tuple[int, float]]] = [[] for _ in rows]
        below: list[list[tuple[int, float]]] = [[] for _ in rows]
        for (a, b), need in apart.items():
            above[b].append((a, need))
            below[a].append((b, need))
        rows = _separated(rows, order, above, below)
        wishes = [self._wish(t) for t in range(len(self.net.tracks))]
        for _ in range(ROUNDS):
            rows = _separated([wish(rows) for wish in wishes], order, above, below)
        for _ in range(3):
            self._settle(rows, above, below)
        return rows

    def _wish(self, t: int) -> Callable[[list[float]], float]:
        """Where a track would like to be, given the others: a gate amid what comes in, a source about its gate."""
        incoming = self._incoming(t)
        if incoming:
            return lambda rows: sum(rows[a] for a in incoming) / len(incoming)
        targets = [
            self.net.node_track[self.net.ways[k].target] for k in range(len(self.net.ways)) if self.net.track_of[k] == t
        ]
        start = self.net.node_track[self.net.tracks[t].source]
        both = [*targets, *([start] if start != t else [])]
        if not both:
            return lambda rows: rows[t]
        siblings = {target: self._incoming(target) for target in targets}

        def wish(rows: list[float]) -> float:
            around = 0.0
            for target in targets:  # nearly as far as now from the middle of all that arrives there
                mine = siblings[target]
                around += rows[t] - sum(rows[a] for a in mine) / len(mine) if mine else 0.0
            return sum(rows[a] for a in both) / len(both) + (CLOSER * around / len(targets) if targets else 0.0)

        return wish

    @cached_property
    def _incomings(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for i in range(len(self.net.spots)):
            if self.net.spots[i].kind != "fork" and self.net.into[i]:
                found[self.net.node_track[i]] = [self.net.track_of[k] for k in self.net.into[i]]
        return found

    def _incoming(self, t: int) -> list[int]:
        return self._incomings.get(t, [])

    def _settle(self, rows: list[float], above: Sequence[Sequence[tuple[int, float]]],
                below: Sequence[Sequence[tuple[int, float]]]) -> None:  # fmt: skip
        """Going right, each gate exactly to the middle of what comes in, as far as its neighbours let it."""
        for i in self.net.order:
            t = self.net.node_track[i]
            if incoming := self._incoming(t):
                wish = sum(rows[a] for a in incoming) / len(incoming)
                low = max((rows[a] + need for a, need in above[t]), default=wish)
                high = min((rows[b] - need for b, need in below[t]), default=wish)
                if low <= high:
                    rows[t] = min(max(wish, low), high)

    def _gaps(self) -> Iterator[list[tuple[int, int]]]:
        """What runs from each column to the next, as pairs of tracks."""
        gaps: dict[int, list[tuple[int, int]]] = {}
        for t, track in enumerate(self.net.tracks):
            for a, _ in pairwise(sorted(track.reach)):
                gaps.setdefault(a, []).append((t, t))
        for k, way in enumerate(self.net.ways):
            if self.net.spots[way.target].kind != "fork":
                gaps.setdefault(2 * self.net.ranks[way.target] - 1, []).append(
                    (self.net.track_of[k], self.net.node_track[way.target])
                )
            if self.net.track_of[k] != self.net.node_track[way.source]:
                gaps.setdefault(2 * self.net.ranks[way.source], []).append(
                    (self.net.node_track[way.source], self.net.track_of[k])
                )
        yield from gaps.values()

    def _crossings(self, rows: list[float]) -> int:
        total = 0
        for gap in self._gaps():
            seen: list[float] = []
            for _, end in sorted((rows[a], rows[b]) for a, b in gap):
                total += len(seen) - bisect_right(seen, end)
                insort(seen, end)
        return total

    def _disorder(self, rows: list[float]) -> int:
        """Operands that arrive out of order, and inputs that do not stand as they were given."""
        first = [rows[self.net.node_track[i]] for i in range(len(self.net.spots)) if not self.net.into[i]]
        return 4 * len(self._wrong(rows)) + sum(a > b for a, b in pairwise(first))


def _separated(rows: list[float], order: Sequence[int], above: Sequence[Sequence[tuple[int, float]]],
               below: Sequence[Sequence[tuple[int, float]]]) -> list[float]:  # fmt: skip
    """Rows that keep their distances, moved up as much as down."""
    down, up = list(rows), list(rows)
    for t in order:
        down[t] = max([rows[t], *(down[a] + need for a, need in above[t])])
    for t in reversed(order):
        up[t] = min([rows[t], *(up[b] - need for b, need in below[t])])
    return [(a + b) / 2 for a, b in zip(down, up, strict=True)]
