"""The page of all operations: each row with its formula, its derivative, its plot and its conventions.

>>> page()[:15]
'<!doctype html>'
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise
from math import isfinite
from typing import Any, TypeAlias

from ..figure.page import Item, Page, Path
from ..figure.themes import THEMES
from ..figure.typesetting.typeset import Ink, formula_or_words, paint, stack
from ..figure.writers.svg import svg
from ..graph import Graph, graph
from ..graph.tape import Tape
from ..graph.variables import constant, inputs
from ..notation.formula import Formula
from ..notation.nodes import derivative, expression, formula, named
from ..notation.rules import Reading, local_partial
from ..numbers import numpy
from ..operations import OPERATIONS, Operation, f
from ..operations.scalar import CHOICE

Point: TypeAlias = tuple[float, float]
Floats: TypeAlias = list[float]
Window: TypeAlias = tuple[float, float, float, float]  # left, right, bottom, top

THEME = THEMES["slate"]
SIZE, SMALL = 15.0, 9.0
WIDTH, HEIGHT, POINTS, WIDE = 200.0, 130.0, 481, 280.0
JUMP = 0.08  # of the height: points of a function that chooses are not joined when they are farther apart

# fmt: off
GROUPS = {
    "Arithmetic": "add sub mul div pow neg identity",
    "Exponentials, logarithms, roots":
        "exp exp2 expm1 log ln log2 log10 log1p sqrt cbrt hypot logaddexp logsumexp",
    "Angles": "sin cos tan sec csc cot asin acos atan atan2 deg2rad rad2deg sinc",
    "Hyperbolic functions": "sinh cosh tanh sech asinh acosh atanh",
    "Special functions": "erf erfc Phi phi gamma lgamma digamma polygamma",
    "Functions that choose":
        "abs sign step floor ceil clip max min where greater less greater_equal less_equal equal not_equal",
    "Activations, as PyTorch defines them":
        "sigmoid logsigmoid softplus relu leaky_relu elu selu celu silu mish gelu gelu_tanh softsign"
        " hardtanh hardsigmoid hardswish relu6",
    "Functions that derivatives are written with": "times_pi sinc_nth exp_bend defined finite",
}
ARRAYS = {  # operands with their shapes, and facts by keyword
    "Arrays: what each operand receives of the output's gradient": {
        "matmul": "W: 2 3, X: 3 2", "dot": "w: 3, x: 3", "outer": "u: 2, v: 3", "transpose": "X: 2 3",
        "reshape": "X: 2 3 | shape: 3 2", "index": "x: 3 | key: 0", "concat": "u: 2, v: 3", "stack": "u: 2, v: 2",
        "diag": "x: 3",
    },
    "Sums, means and extremes, over all entries or along axis=": dict.fromkeys(
        ("sum", "mean", "var", "norm", "max_along", "min_along", "logsumexp_along", "cumsum"), "x: 3",
    ),
    "Square matrices": dict.fromkeys(("trace", "det", "inv", "logdet"), "A: 2 2"),
    "Softmax and normalization, along the last axis": {
        "softmax": "x: 3", "log_softmax": "x: 3", "standardize": "x: 3", "layer_norm": "x: 3, gamma: 3, beta: 3",
        "batch_norm": "X: 4 3, gamma: 3, beta: 3",
    },
    "Losses, here the mean over 4 entries or rows": {
        "mse": "p: 4, t: 4", "l1": "p: 4, t: 4", "huber": "p: 4, t: 4", "hinge": "s: 4, t: 4",
        "binary_cross_entropy": "p: 4, t: 4", "cross_entropy": "Z: 4 3, T: 4 3", "kl": "P: 4 3, Q: 4 3",
        "one_hot": "t: 4 | classes: 3",
    },
    "Convolution and pooling": {
        "conv2d": "X: 1 5 5, K: 2 1 3 3, b: 2", "conv1d": "x: 5, k: 3", "maxpool": "X: 4 4", "avgpool": "X: 4 4",
    },
    "Adjoints: what the gradients of the rows above are made of": {
        "place": "x: | shape: 3, key: 0", "broadcast_to": "x: 3 | shape: 2 3", "sum_to": "X: 2 3 | shape: 3",
        "cofactors": "A: 2 2", "argmax_share": "x: 3", "argmin_share": "x: 3",
        "conv2d_image": "G: 3 3, K: 3 3 | shape: 5 5",
        "conv2d_kernel": "X: 5 5, G: 3 3 | shape: 3 3", "conv1d_image": "g: 3, k: 3 | shape: 5",
        "conv1d_kernel": "x: 5, g: 3 | shape: 3", "maxpool_image": "G: 2 2, X: 4 4", "maxpool_taken": "H: 4 4, X: 4 4",
        "avgpool_image": "G: 2 2 | shape: 4 4",
    },
}
NAMES = {  # of the arguments, where they are not x, a, b
    **dict.fromkeys(("add", "sub", "mul", "div"), "a b"), "pow": "x n", "polygamma": "n x", "sinc_nth": "n x",
    "atan2": "y_1 x", "where": "c a b", "clip": "x lo hi",
}
BESIDE: dict[str, tuple[Any, ...]] = {  # what the arguments other than the one drawn are; None is the one that is
    "add": (None, 1), "sub": (None, 1), "mul": (None, 2), "div": (1, None), "pow": (None, 3), "hypot": (None, 1),
    "atan2": (None, 1), "logaddexp": (None, 0), "logsumexp": (None, 0), "polygamma": (1, None), "sinc_nth": (1, None),
    "clip": (None, -1, 2), "max": (None, 1), "min": (None, 1), "where": (1, None, 0), "defined": (None, 0),
    **dict.fromkeys(("greater", "less", "greater_equal", "less_equal", "equal", "not_equal"), (None, 1)),
}
WINDOWS: dict[str, Window] = {  # the first serves all others
    "": (-4, 4, -2.6, 2.6), "deg2rad": (-180, 180, -4, 4), "rad2deg": (-4, 4, -240, 240), "times_pi": (-2, 2, -6, 6),
    "tan": (-5, 5, -5, 5), "sec": (-5, 5, -5, 5), "csc": (-5, 5, -5, 5), "cot": (-5, 5, -5, 5),
    "asin": (-1.2, 1.2, -2, 3), "acos": (-1.2, 1.2, -3, 4), "atanh": (-1.2, 1.2, -3, 5),
    "sinh": (-3, 3, -6, 6), "cosh": (-3, 3, -6, 6), "sinc": (-4, 4, -1.6, 1.6), "sinc_nth": (-4, 4, -3.5, 3.5),
    "gamma": (-4, 4, -8, 8), "lgamma": (-4, 4, -5, 5), "digamma": (-4, 4, -8, 14), "polygamma": (-4, 4, -16, 16),
    "hardswish": (-5, 5, -1.5, 3.5), "hardsigmoid": (-5, 5, -0.5, 1.5), "relu6": (-2, 8, -1, 7), "pow": (-2, 2, -6, 6),
}
# fmt: on
GRID = "#d5dbe1"
STYLE = """
body { max-width: 86rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.45 Georgia, serif; color: #1b2733 }
h2 { margin: 2.2rem 0 .6rem; font-size: 1.2rem }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(39rem, 1fr)); gap: .8rem;
       grid-auto-flow: dense }
article { display: flex; gap: .8rem; justify-content: space-between; padding: .6rem .9rem; border: 1px solid #d5dbe1;
          border-radius: .6rem; min-width: 0 }
article > div { min-width: 0 } article > svg { flex: none } svg { max-width: 100%; height: auto }
h3 { margin: 0 0 .2rem; font: 600 .9rem ui-monospace, monospace }
p { margin: .3rem 0 0; font-size: .85rem; color: #52606d }
.wide { grid-column: 1 / -1 }
@media (max-width: 40rem) { main { grid-template-columns: 1fr } article { flex-direction: column } }
"""


def page() -> str:
    """All rows of the two tables as one HTML text that needs nothing else."""
    sections = [(title, [_article(OPERATIONS[name]) for name in names.split()]) for title, names in GROUPS.items()]
    sections += [(title, [_array(name, row) for name, row in rows.items()]) for title, rows in ARRAYS.items()]
    body = "\n".join(f"<h2>{escape(title)}</h2>\n<main>\n{chr(10).join(cards)}\n</main>" for title, cards in sections)
    told = (
        "Values are blue, derivatives orange and dashed. Functions act on numbers and entry by entry on arrays. "
        f"A parameter may be left out where it has a value here. Other spellings: {', '.join(_spellings())}."
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>graphviz_bp: operations</title>\n'
        f"<style>{STYLE}</style>\n<h1>Operations and their derivatives</h1>\n<p>{escape(told)}</p>\n{body}\n</html>\n"
    )


def _spellings() -> list[str]:
    listed = {name for names in (*(names.split() for names in GROUPS.values()), *ARRAYS.values()) for name in names}
    return [name for name in OPERATIONS if name not in listed]


# -- one row


def _article(operation: Operation) -> str:
    lines, plain = _formulas(operation)
    words = f"{operation.rule}: {operation.words}" if operation.rule != operation.words else operation.rule
    notes = [words, *([f"By convention {operation.convention}."] if operation.convention else [])]
    return _card(operation, lines, plain, notes, _plot(operation, plain))


def _card(operation: Operation, lines: list[Ink], plain: str, notes: list[str], plot: str) -> str:
    parameters = ", ".join(f"{name} = {value}" for name, value in operation.optional)
    heading = f"{operation.name}{f'({parameters})' if parameters else ''}"
    heading = f"{operation.name.removesuffix('_along')} of one array" if operation.name.endswith("_along") else heading
    said = "".join(f"<p>{escape(note[0].upper() + note[1:])}</p>" for note in notes)
    formulas = stack(lines, 11.0)
    wide = ' class="wide"' if formulas.width > WIDE else ""
    text = _picture(formulas, operation.name, plain)
    return f'<article id="{operation.name}"{wide}><div><h3>{escape(heading)}</h3>{text}{said}</div>{plot}</article>'


def _picture(ink: Ink, title: str, description: str) -> str:
    items = paint(ink, 2.0, ink.ascent + 3.0, THEME.colours, THEME.ink)
    return svg(Page(ink.width + 4.0, ink.height + 6.0, None, items, title, description))


def _formulas(operation: Operation) -> tuple[list[Ink], str]:
    """The lines `y = ...` and one `∂y/∂x = ...` for each operand, set and in plain text."""
    names = _names(operation)
    g = graph(getattr(f, operation.name)(*inputs(*names)).named("y"))
    y, single = named(g, "y"), len(names) == 1
    sides = [(y, [formula(g, g.box("y")), *_meaning(operation, g)], "value")]
    for name in names:
        partial = local_partial(g, "y", name)
        if partial is not None:
            sides.append((derivative(y, named(g, name), "d" if single else "∂"), [partial], "gradient"))
    lines = [_equation([left, *right], role) for left, right, role in sides]
    return lines, "; ".join(" = ".join(x.plain for x in [left, *right]) for left, right, _ in sides)


def _equation(terms: list[Formula], role: str) -> Ink:
    told = formula_or_words(" = ".join(x.tex for x in terms), " = ".join(x.plain for x in terms), SIZE)
    return told.coloured(role)


def _names(operation: Operation) -> list[str]:
    """What the arguments are called here."""
    if operation.optional:
        return ["x", *(name for name, _ in operation.optional)]
    return NAMES.get(operation.name, "x a b").split()[: operation.arity or 2]


def _meaning(operation: Operation, g: Graph) -> list[Formula]:
    """What the function says over simpler ones, where the table has that."""
    if operation.meaning is None:
        return []
    tape = Tape(folding=True)
    shapes: dict[str, Any] = {name: g[name].shape for name in g.inputs if g[name].shape}
    variables = inputs(*g.inputs, tape=tape, **shapes)
    found = operation.meaning(*variables)
    leaves = {x.node: named(g, name) for x, name in zip(variables, g.inputs, strict=True)}
    return [expression(tape, found.node, leaves)]


def _shapes(told: str) -> dict[str, Any]:
    """Sizes by name, as in `X: 2 3, b: 2`."""
    pairs = (part.partition(":") for part in told.split(",") if part.strip())
    sizes = {name.strip(): tuple(map(int, size.split())) for name, _, size in pairs}
    return {name: size[0] if name == "classes" else size for name, size in sizes.items()}


def _array(name: str, told: str) -> str:
    """An array operation: its value, and its pulls with ȳ for the output's gradient."""
    operation = OPERATIONS[name]
    operands, static = map(_shapes, (told + "|").split("|")[:2])
    shapes: dict[str, Any] = {name: shape for name, shape in operands.items() if shape}
    variables = inputs(*operands, **shapes)
    g = graph(getattr(f, name)(*variables, **static).named("y"))
    reading = Reading(g, g.box("y"), Formula(r"\bar{y}", "ȳ", ndim=len(g["y"].shape or ())))
    sides = [[named(g, "y"), formula(g, g.box("y")), *_meaning(operation, g)]]
    for operand in operands:
        pull = reading.formula(operand)
        if pull is not None:
            of = named(g, operand)
            sides.append([Formula(f"\\bar{{{of.tex}}}", f"{of.plain}\u0304"), pull])
    lines = [_equation(terms, "gradient" if i else "value") for i, terms in enumerate(sides)]
    plain = "; ".join(" = ".join(x.plain for x in terms) for terms in sides)
    notes = [f"{operation.rule}: {operation.words}"]
    notes += [f"By convention {operation.convention}."] if operation.convention else []
    return _card(operation, lines, plain, notes, "")


# -- the plot


def _plot(operation: Operation, plain: str) -> str:
    """Value and derivative over the argument that is drawn, in a window of the plane."""
    beside = BESIDE.get(operation.name, (None, *(value for _, value in operation.optional)))
    window = WINDOWS.get(operation.name, WINDOWS[""])
    xs, values, slopes = _sampled(operation, beside, window)
    items: list[Item] = [*_axes(window)]
    for ys, colour, dash in ((values, THEME.value, ()), (slopes, THEME.back_wire, (4.5, 2.8))):
        points = list(zip(xs, ys, strict=True))
        ways = _strokes(points, window, JUMP if operation.rule == CHOICE else 1.0)
        items.extend(Path(way, stroke=colour, stroke_width=1.7, dash=dash) for way in ways)
        items.extend(Path(dot, stroke=colour, stroke_width=5.0) for dot in _dots(points, window))
    others = [f"{name} = {value}" for name, value in zip(_names(operation), beside, strict=False) if value is not None]
    if others and not operation.optional:
        said = formula_or_words(r"\text{" + ", ".join(others) + "}", ", ".join(others), SMALL)
        items.extend(paint(said, WIDTH - said.width - 4.0, HEIGHT - 5.0, THEME.colours, THEME.partial))
    return svg(Page(WIDTH, HEIGHT, None, tuple(items), f"{operation.name}: value and derivative", plain))


def _sampled(operation: Operation, beside: tuple[Any, ...], window: Window) -> tuple[Floats, Floats, Floats]:
    np = numpy()
    xs = np.linspace(window[0], window[1], POINTS)
    (x,) = inputs("x", x=(POINTS,))
    others = [x if value is None else constant(x.tape, value) for value in beside]
    g = graph(getattr(f, operation.name)(*others).named("y"))
    run = g.backprop({"x": xs}, seed=np.ones(POINTS))
    return list(xs), list(run.values["y"]), list(run.gradients["x"])


def _placed(x: float, y: float, window: Window) -> Point:
    left, right, bottom, top = window
    return (x - left) / (right - left) * WIDTH, (top - y) / (top - bottom) * HEIGHT


def _axes(window: Window) -> Iterator[Item]:
    left, right, bottom, top = window
    for a, b in (((left, 0.0), (right, 0.0)), ((0.0, bottom), (0.0, top))):
        yield Path((("M", *_placed(*a, window)), ("L", *_placed(*b, window))), stroke=GRID, stroke_width=1.0)
    ends = ((left, 0.0, 2.0, -3.0), (right, 0.0, -2.0, -3.0), (0.0, bottom, 3.0, -2.0), (0.0, top, 3.0, 9.0))
    for x, y, dx, dy in ends:
        label = formula_or_words(f"{(x or y):g}", f"{(x or y):g}", SMALL)
        at, up = _placed(x, y, window)
        yield from paint(label, at + dx - (label.width if dx < 0 else 0.0), up + dy, THEME.colours, THEME.partial)


def _strokes(points: list[Point], window: Window, jump: float) -> Iterator[tuple[Any, ...]]:
    """The curve in unbroken pieces: it ends where it is not finite, leaves the window, or jumps."""
    piece: list[Any] = []
    for a, b in pairwise(points):
        ends = _clipped(a, b, window) if _near(a, b, window, jump) else None
        if ends is None:
            if piece:
                yield tuple(piece)
            piece = []
            continue
        piece = piece or [("M", *_placed(*ends[0], window))]
        piece.append(("L", *_placed(*ends[1], window)))
    if piece:
        yield tuple(piece)


def _near(a: Point, b: Point, window: Window, jump: float) -> bool:
    return isfinite(a[1]) and isfinite(b[1]) and abs(b[1] - a[1]) < (window[3] - window[2]) * jump


def _dots(points: list[Point], window: Window) -> Iterator[tuple[Any, ...]]:
    """What a function is at a single point between two level pieces, by definition or by convention."""
    for before, a, point, b, after in zip(points, points[1:], points[2:], points[3:], points[4:], strict=False):
        level = _near(before, a, window, 0.01) and _near(b, after, window, 0.01)
        if level and isfinite(point[1]) and not (_near(a, point, window, JUMP) or _near(point, b, window, JUMP)):
            at = _placed(*point, window)
            yield ("M", *at), ("L", *at)


def _clipped(a: Point, b: Point, window: Window) -> tuple[Point, Point] | None:
    """The part of a short segment between bottom and top; None where there is none."""
    low, high = window[2:]
    if max(a[1], b[1]) < low or min(a[1], b[1]) > high:
        return None

    def moved(p: Point, q: Point) -> Point:
        y = min(max(p[1], low), high)
        return p if y == p[1] else (p[0] + (q[0] - p[0]) * (y - p[1]) / (q[1] - p[1]), y)

    return moved(a, b), moved(b, a)
