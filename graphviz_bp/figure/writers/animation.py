"""A film as one SVG that plays by itself: CSS alone, no script, so that it moves wherever an image may stand.

What a program sees that plays nothing (a printer, a converter, a reader who asked for less motion) is the whole figure.
"""

from __future__ import annotations

from itertools import groupby

from graphviz_bp.figure.film import LAST, SECONDS, Film, Part
from graphviz_bp.figure.writers.svg import HOLD, definitions, drawn, envelope, ground, named, number, numbered, points

FLOW = f"{HOLD}w"  # the class of a gradient on its way, whose dashes stream along the wire


def animation(film: Film) -> str:
    """The film as SVG text: every frame stands as long as in a GIF, then all begins again."""
    names = numbered(item for part in film.parts for item in part.items)
    classes: dict[frozenset[int], str] = {}
    shown = "".join(_shown(part, "".join(drawn(part.items, names)), classes) for part in film.parts)
    style = f"<style>{_style(len(film.captions), classes)}</style>"
    return named(envelope(film, points(film), style + definitions(names) + ground(film) + shown))


def _shown(part: Part, items: str, classes: dict[frozenset[int], str]) -> str:
    """A part that comes and goes, in the class of its frames; hidden from the start unless the whole figure has it."""
    if part.frames is None:
        return items
    name = classes.setdefault(part.frames, f"{HOLD}f{len(classes)}")
    flows = f" {FLOW}" if part.flows else ""
    hidden = "" if 0 in part.frames else ' visibility="hidden"'
    return f'<g class="{name}{flows}"{hidden}>{items}</g>'


def _style(count: int, classes: dict[frozenset[int], str]) -> str:
    """One animation for each set of frames, all equally long, changing in steps."""
    total = SECONDS * (count - 1) + LAST
    keys = "".join(f"@keyframes {name}{{{_keys(frames, count, total)}}}" for frames, name in classes.items())
    play = "".join(f".{name}{{animation:{name} {number(total)}s step-end infinite}}" for name in classes.values())
    flow = f"@keyframes {FLOW}{{from{{stroke-dashoffset:9.2}}to{{stroke-dashoffset:0}}}}"
    play += f".{FLOW} path[stroke-dasharray]{{animation:{FLOW} .8s linear infinite}}"
    return f"{keys}{flow}@media (prefers-reduced-motion:no-preference){{{play}}}"


def _keys(frames: frozenset[int], count: int, total: float) -> str:
    """When the parts that stand in these frames appear, and when they go."""
    keys = []
    for seen, run in groupby(range(1, count + 1), key=frames.__contains__):
        begin = 100 * SECONDS * (next(run) - 1) / total
        keys.append(f"{number(begin)}%{{visibility:{'visible' if seen else 'hidden'}}}")
    return "".join(keys)
