"""A film as one HTML page that steps through it: keys, slider, links to a step; nothing is fetched.

All frames share one drawing. Each part that comes and goes says in `data-on` where it stands, and a small script turns
the parts on and off; without it, and in print, the page shows the whole figure, every caption and the derivation.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise
from math import ceil

from graphviz_bp.errors import InputError
from graphviz_bp.figure.film import Film, Part
from graphviz_bp.figure.page import Outline
from graphviz_bp.figure.themes import THEMES, Theme
from graphviz_bp.figure.writers.live import Live
from graphviz_bp.figure.writers.svg import definitions, drawn, escape, number, outlines
from graphviz_bp.notation.shown import LIVE

SCREEN, FIELDS = (1240, 600), 40  # of a small screen what a live figure and its fields have; the height of their rows
DARK = {"slate": "dark"}  # which theme a page in that one takes where dark is preferred
PAPER = {"dark": "slate"}  # and which it is printed in
ICONS = {
    "first": ("first step (Home)", "M6 5v14M18 5l-8 7 8 7z"),
    "back": ("step back (←)", "M15.5 5l-8 7 8 7z"),
    "next": ("next step (→)", "M8.5 5l8 7-8 7z"),
    "last": ("last step (End)", "M18 5v14M6 5l8 7-8 7z"),
}


def html(film: Film, theme: Theme, derivation: str = "", live: Live | None = None) -> bytes:
    """The page as UTF-8; the film's colours are the CSS variables that `themes.variables` names.

    A `live` page works out all its numbers again when its fields change.
    """
    style = colours(theme) + _size(film) + asset("page.css")
    if live is not None:
        style += asset("live.css") + asset("beside.css") * _high(film, live)
    names = {outline: f"g{k}" for k, outline in enumerate(_letters(film, live))}
    script = (asset("page.js") if film.captions else "") + _alive(live, names)
    controls = _controls(film) + (live.controls if live else "")
    body = (_drawing(film, names), controls, _words(film), _derivation(derivation))
    return document(film.title, style, "".join(body), script)


def document(title: str, style: str, body: str, script: str = "") -> bytes:
    """A page around its body, with a policy that lets nothing else in."""
    called = escape(title)
    text = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{_policy(style, script)}\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{called}</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n<main>\n<h1 id='title'>{called}</h1>\n{body}</main>\n"
        f"{f'<script>{script}</script>' if script else ''}\n</body>\n</html>\n"
    )
    return text.encode()


@cache
def asset(name: str) -> str:
    return files("graphviz_bp.figure.writers").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """The page runs its own style and script and nothing else, wherever it is opened."""
    rules = ["default-src 'none'", f"style-src {_hash(style)}", "base-uri 'none'", "form-action 'none'"]
    if script:
        rules.insert(1, f"script-src {_hash(script)}")
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


# ---- style


def colours(theme: Theme) -> str:
    """The colours of the theme, of its dark sister on dark screens, and of its light one on paper."""
    rules = [f":root{{{_variables(theme)}}}"]
    if theme == THEMES.get(theme.name):  # one that a user made stays as it is
        sisters = [("screen and (prefers-color-scheme:dark)", DARK), ("print", PAPER)]
        there = [(medium, THEMES[names[theme.name]]) for medium, names in sisters if theme.name in names]
        rules += [f"@media {medium}{{:root{{{_variables(other)}}}}}" for medium, other in there]
    return "".join(rules)


def _variables(theme: Theme) -> str:
    roles = [field.name for field in fields(theme) if field.name != "name" and getattr(theme, field.name)]
    return ";".join(f"--{role.replace('_', '-')}:{_colour(getattr(theme, role))}" for role in roles)


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{3,8}|[A-Za-z]+", text):
        raise InputError(f"{text[:40]!r} is not a colour", remedy="write it as #rrggbb")
    return text


def _size(film: Film) -> str:
    """A small figure is not blown up without end, a wide or high one scrolls rather than become too small to read."""
    high = f"max-height:max(calc(100vh - 8.5rem),{film.height * 0.75:.0f}px)"
    return f"figure svg{{max-width:{film.width * 3:.0f}px;min-width:{film.width * 0.6:.0f}px;{high}}}"


def _high(film: Film, live: Live) -> bool:
    """Whether a figure as wide as a small screen would push its fields below the edge: then they stand beside it."""
    return SCREEN[0] * film.height / film.width + FIELDS * ceil(live.fields / 3) > SCREEN[1]


# ---- the drawing


def _letters(film: Film, live: Live | None) -> dict[Outline, None]:
    found = outlines(item for part in film.parts for item in part.items)
    return found | dict.fromkeys(live.letters.values()) if live else found


def _alive(live: Live | None, names: dict[Outline, str]) -> str:
    """The script of a live page, which must know under which names its letters are."""
    if live is None:
        return ""
    called = json.dumps({character: names[outline] for character, outline in live.letters.items()})
    return f"{live.script}page.letters={called};\n{asset('live.js')}"


def _drawing(film: Film, names: dict[Outline, str]) -> str:
    size = f"{number(film.width)} {number(film.height)}"
    ground = f'<rect width="{number(film.width)}" height="{number(film.height)}" fill="{film.background}"/>'
    parts = "".join(_shown(part, drawn(part.items, names)) for part in film.parts)
    return (
        f'<figure id="figure"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" '
        'aria-labelledby="title" aria-describedby="said">'  # a title would pop up wherever the mouse rests
        f"{definitions(names)}{ground if film.background else ''}{parts}</svg></figure>\n"
    )


def _shown(part: Part, items: Iterable[str]) -> str:
    if part.frames is None:
        return "".join(items)
    classes = "part" + " whole" * (0 in part.frames) + " flow" * part.flows
    return f'<g class="{classes}" data-on="{" ".join(_ranges(part.frames))}">{"".join(items)}</g>'


def _ranges(frames: Iterable[int]) -> Iterator[str]:
    """Frames in short: 2, 3, 4 and 7 as 2-4 7."""
    left = sorted(k for k in frames if k)
    while left:
        end = next((k for k, (a, b) in enumerate(pairwise(left), 1) if b > a + 1), len(left))
        yield f"{left[0]}-{left[end - 1]}" if end > 1 else f"{left[0]}"
        left = left[end:]


# ---- around it


def _controls(film: Film) -> str:
    heard = f'<p id="said" class="heard" aria-live="polite"{_told(film.description)}</p>\n'
    if not film.captions:
        note = "This figure stands still: steps need values, and all of them shown."
        return f'{heard}<p class="note">{note}</p>\n'
    first, back, next_, last = (_button(name, *icon) for name, icon in ICONS.items())
    count = len(film.captions)
    slider = f'<input id="slider" type="range" min="1" max="{count}" step="1" value="{count}" aria-label="step">'
    return (
        f'{heard}<div id="bar" role="group" aria-label="steps" hidden>{first}{back}{slider}{next_}{last}'
        f'<output id="place" for="slider" aria-live="off">{count} / {count}</output></div>\n'
        '<noscript><p class="note">Scripts are off, so the figure shows all its steps at once.</p></noscript>\n'
    )


def _button(name: str, said: str, path: str) -> str:
    icon = f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>'
    return f'<button id="{name}" type="button" title="{said}" aria-label="{said}">{icon}</button>'


def _words(film: Film) -> str:
    """Every caption as text, which the script reads out too; each links to its step."""
    if not film.captions:
        return ""
    lines = "".join(f'<li><a href="#step={k}"{_told(line)}</a></li>\n' for k, line in enumerate(film.captions, 1))
    return f'<details id="steps" open><summary>All steps in words</summary>\n<ol>\n{lines}</ol></details>\n'


def _told(line: str) -> str:
    """The rest of a tag and its text; where there are live numbers, as a pattern for the script as well."""
    now = escape(LIVE.sub(r"\2", line))
    return f' data-live="{escape(line)}">{now}' if now != escape(line) else f">{now}"


def _derivation(text: str) -> str:
    if not text:
        return ""
    return f'<details id="derivation" open><summary>Derivation</summary>\n<pre>{escape(text)}</pre></details>\n'
