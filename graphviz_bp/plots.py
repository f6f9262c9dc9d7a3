"""Plots of a descent and of what it learned, in the figures' colours: each returns a matplotlib Figure to save.

    from graphviz_bp import plots
    plots.losses(path).savefig("loss.svg")

They need the extra `graphviz_bp[plots]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .errors import InputError
from .figure.themes import Theme
from .figure.themes import theme as themed
from .graph import Graph, graph
from .graph.variables import inputs
from .notation.nodes import named
from .numbers import numpy
from .operations import OPERATIONS, f
from .training.mean_loss import values_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .training import Trajectory

SIZE = (5.2, 3.6)  # inches
GRID = 241  # points along an axis of the plane, where all of them are worked out at once
COARSE = 41  # where they are not
JUMP = 0.3  # between neighbouring points of a curve
Window = tuple[float, float]


def losses(path: Trajectory, *, theme: str | Theme = "slate", log: bool = False) -> Figure:
    """The mean loss before every step and after the last."""
    colours = themed(theme)
    page, axes = _axes(colours, "step", _loss(path))
    axes.plot(range(len(path.losses)), path.losses, color=colours.value, linewidth=1.8)
    axes.set_yscale("log" if log else "linear")
    return page


def slope(path: Trajectory, name: str, *, theme: str | Theme = "slate", window: Window | None = None,
          tangents: int = 1) -> Figure:  # fmt: skip
    """The loss against one weight, the others as at the start: the steps as points, the first ones with tangents."""
    np, colours = numpy(), themed(theme)
    steps = [float(_number(place, name)) for place in path.parameters]
    left, right = window or _around(steps)
    others = path.parameters[0]
    xs = np.linspace(left, right, GRID)
    page, axes = _axes(colours, _tex(path.graph, name), _loss(path))
    axes.plot(xs, [path.mean_loss.at({**others, name: x}) for x in xs], color=colours.value, linewidth=1.8)
    ys = [path.mean_loss.at({**others, name: x}) for x in steps]
    for x, y in list(zip(steps, ys, strict=True))[:tangents]:
        rise = path.mean_loss.gradient({**others, name: x})[name]
        reach = (right - left) / 8
        axes.plot([x - reach, x + reach], [y - rise * reach, y + rise * reach], color=colours.gradient, linewidth=1.6)
    axes.plot(steps, ys, color=colours.gradient, marker="o", markersize=4, linewidth=0.9, linestyle="--")
    return page


def contours(path: Trajectory, across: str, up: str, *, theme: str | Theme = "slate",
             window: tuple[Window, Window] | None = None) -> Figure:  # fmt: skip
    """Lines of equal loss over two weights, the others as at the start, and the descent's path over them."""
    np, colours = numpy(), themed(theme)
    steps = [(float(_number(place, across)), float(_number(place, up))) for place in path.parameters]
    windows = window or (_around([a for a, _ in steps]), _around([b for _, b in steps]))
    xs, ys = (np.linspace(*side, COARSE) for side in windows)
    others = path.parameters[0]
    loss = [[path.mean_loss.at({**others, across: x, up: y}) for x in xs] for y in ys]
    page, axes = _axes(colours, _tex(path.graph, across), _tex(path.graph, up))
    lines = axes.contour(xs, ys, loss, levels=14, colors=colours.partial, linewidths=0.8)
    axes.clabel(lines, list(lines.levels)[::3], fontsize=8)
    axes.plot(*zip(*steps, strict=True), color=colours.gradient, marker="o", markersize=3, linewidth=1.4)
    axes.plot(*steps[0], color=colours.gradient, marker="s", markersize=6)
    return page


def boundary(model: Graph | Trajectory, data: Mapping[str, Sequence[float]] | None = None, *, of: str = "yhat",
             across: str = "x1", up: str = "x2", lines: Sequence[str] = (), theme: str | Theme = "slate",
             window: tuple[Window, Window] | None = None) -> Figure:  # fmt: skip
    """Where the node `of` passes ½ over the plane of two inputs, its value as a shade, and the data upon it.

    The nodes in `lines` (hidden neurons, say) add the line where each of them passes ½.
    """
    np, colours = numpy(), themed(theme)
    drawn, learned = (model, {}) if isinstance(model, Graph) else (model.graph, model.parameters[-1])
    windows = window or tuple(_around(list(data[name]) if data else [-1.0, 2.0]) for name in (across, up))
    grid = GRID if drawn.tape.scalar else COARSE
    xs, ys = (np.linspace(*side, grid) for side in windows)
    plane = [each.ravel() for each in np.meshgrid(xs, ys)]
    found = values_at(drawn, learned, {across: plane[0], up: plane[1]}, (of, *lines))
    page, axes = _axes(colours, _tex(drawn, across), _tex(drawn, up))
    shade = found[of].reshape(grid, grid)
    axes.contourf(xs, ys, shade, levels=np.linspace(0, 1, 11), colors=_shades(colours), extend="both")
    for name in lines:
        axes.contour(xs, ys, found[name].reshape(grid, grid), levels=[0.5], colors=colours.partial, linewidths=1.0,
                     linestyles="--")  # fmt: skip
    axes.contour(xs, ys, shade, levels=[0.5], colors=colours.ink, linewidths=1.8)
    _scatter(axes, data or {across: [], up: [], "y": []}, across, up, colours)
    return page


def activations(names: Sequence[str] = ("sigmoid", "tanh", "relu", "leaky_relu", "silu", "gelu"), *,
                theme: str | Theme = "slate") -> Figure:  # fmt: skip
    """Activation functions with their derivatives, side by side."""
    np, colours = numpy(), themed(theme)
    wide = min(3, len(names))
    page = _page((2.6 * wide, 2.2 * -(-len(names) // wide)), colours)
    for place, name in enumerate(names, 1):
        if name not in OPERATIONS or not OPERATIONS[name].elementwise:
            raise InputError(f"there is no activation {name!r}", remedy="graphviz-bp operations shows all functions")
        xs = np.linspace(-4, 4, 2 * GRID - 1)
        (x,) = inputs("x", x=(len(xs),))
        run = graph(getattr(f, name)(x).named("y")).backprop({"x": xs}, seed=np.ones(len(xs)))
        axes = page.add_subplot(-(-len(names) // wide), wide, place)
        _dressed(axes, colours, "", "")
        axes.set_title(name.replace("_", " "), color=colours.ink, fontsize=12, family="STIXGeneral")
        axes.plot(xs, run.values["y"], color=colours.value, linewidth=1.8)
        slopes = np.array(run.gradients["x"], dtype=float)
        slopes[1:][abs(np.diff(slopes)) > JUMP] = np.nan  # no line joins the two sides of a jump
        axes.plot(xs, slopes, color=colours.gradient, linewidth=1.5, linestyle="--")
    return page


# -- the page


def _page(size: tuple[float, float], colours: Theme) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("plots need matplotlib", remedy='pip install "graphviz_bp[plots]"') from None
    return Figure(figsize=size, layout="constrained", facecolor=colours.page)


def _axes(colours: Theme, across: str, up: str) -> tuple[Figure, Axes]:
    page = _page(SIZE, colours)
    axes = page.add_subplot()
    _dressed(axes, colours, across, up)
    return page, axes


def _dressed(axes: Axes, colours: Theme, across: str, up: str) -> None:
    axes.set_facecolor(colours.page)
    axes.set_xlabel(across, color=colours.ink, family="STIXGeneral", math_fontfamily="stix", fontsize=13)
    axes.set_ylabel(up, color=colours.ink, family="STIXGeneral", math_fontfamily="stix", fontsize=13)
    axes.tick_params(colors=colours.partial, labelsize=10, labelfontfamily="STIXGeneral")
    axes.grid(color=colours.panel, linewidth=0.8)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(colours.partial)


def _loss(path: Trajectory) -> str:
    return "mean " * (len(path.mean_loss.examples) > 1) + _tex(path.graph, path.graph.output)


def _tex(g: Graph, name: str) -> str:
    return f"${named(g, name).tex}$"


def _scatter(axes: Axes, data: Mapping[str, Sequence[float]], across: str, up: str, colours: Theme) -> None:
    """The examples, in the colours of their labels and with marks of their own."""
    for label, colour, marker in ((0, colours.gradient, "o"), (1, colours.value, "s")):
        at = [k for k, y in enumerate(data["y"]) if y == label]
        axes.plot([data[across][k] for k in at], [data[up][k] for k in at], marker, color=colour, markersize=6,
                  markeredgecolor=colours.page)  # fmt: skip


def _shades(colours: Theme) -> list[str]:
    """From the gradients' ground at 0 to the values' ground at 1."""
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    ends = [colours.gradient_chip, colours.page, colours.value_chip]
    shades = LinearSegmentedColormap.from_list("shades", ends, N=12)
    return [to_hex(shades(k)) for k in range(12)]


def _around(places: Sequence[float]) -> Window:
    low, high = min(places), max(places)
    margin = 0.25 * (high - low) or 1.0
    return low - margin, high + margin


def _number(place: Mapping[str, Any], name: str) -> Any:
    value = place.get(name)
    if value is None or numpy().ndim(value):
        raise InputError(f"{name} is not a number that this descent moves", remedy=f"it moves {', '.join(place)}")
    return value
