"""The board that the benchmarks write on: a table, and a plot of how time and memory grow."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

OUT = Path("build") / "benchmarks"


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison; `target` in words, `met` whether it was reached (None where there is none)."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None


LINES: list[Line] = []
CURVES: dict[str, dict[str, list[tuple[int, float]]]] = {}  # axis → curve → points


def say(what, measured, target="", met=None):
    """Put a line on the board; nothing fails here, since machines differ and are shared."""
    LINES.append(Line(what, measured, target, met))


def plot(axis, curve, nodes, value):
    """Put a point on the plot."""
    CURVES.setdefault(axis, {}).setdefault(curve, []).append((nodes, value))


def seconds(*works, rounds=5):
    """The shortest time of each work; they take turns, so that a slow moment of the machine meets all of them."""
    gc.collect()
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for i, work in enumerate(works):
            end = perf_counter() + 0.005  # short works get a few milliseconds, in which the first one warms the caches
            while True:
                start = perf_counter()
                work()
                now = perf_counter()
                best[i] = min(best[i], now - start)
                if now > end:
                    break
    return best


def table():
    """The lines as text, the verdict in front."""
    width = max(len(line.what) for line in LINES)
    verdict = {True: "met    ", False: "not met", None: "       "}
    return [f"{verdict[x.met]}  {x.what:<{width}}  {x.measured}{f'   [{x.target}]' if x.target else ''}" for x in LINES]


def written():
    """Write table and plot; the files written, or why there is no plot."""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "table.txt").write_text("\n".join(table()) + "\n", encoding="utf-8")
    if not CURVES:
        return [OUT / "table.txt"]
    try:
        import matplotlib
    except ImportError:
        return [OUT / "table.txt", "no plot: matplotlib is not installed"]
    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(CURVES), figsize=(6 * len(CURVES), 4.5), layout="constrained", squeeze=False)
    for panel, (axis, curves) in zip(axes[0], CURVES.items(), strict=True):
        for name, points in curves.items():
            panel.plot(*zip(*sorted(points), strict=True), marker="o", label=name)
        panel.set(xlabel="nodes", ylabel=axis, xscale="log", yscale="linear" if "bytes" in axis else "log")
        if "bytes" in axis:
            panel.set_ylim(bottom=0)
        panel.legend(frameon=False, fontsize=8)
        panel.grid(alpha=0.3)
    figure.suptitle("Per node: a level line is linear growth", fontsize=10)
    figure.savefig(OUT / "growth.svg", metadata={"Date": None})
    return [OUT / "table.txt", OUT / "growth.svg"]
