"""A page as a TikZ picture, and a film as a Beamer frame with overlays: TeX sets the formulas in its own fonts.

Boxes and wires stand where our layout put them; each formula is centred on the room it was measured for, and made
narrower where TeX's letters are so wide that it would leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from graphviz_bp.figure.film import Film, Part
from graphviz_bp.figure.page import Command, Glyph, Group, Item, Page, Path, Rect, Text
from graphviz_bp.figure.writers import spelled
from graphviz_bp.figure.writers.colour import digits
from graphviz_bp.figure.writers.shapes import outline
from graphviz_bp.figure.writers.svg import number

PACKAGES = r"\usepackage[T1]{fontenc}\usepackage{lmodern,amsmath,amssymb,tikz}"
# a fraction nearly as large as what is around it; text at a size, no wider than its room and a little
MACROS = r"""\newcommand\bpfrac[2]{\mathchoice{\bpfraction{#1}{#2}}{\bpfraction{#1}{#2}}{\frac{#1}{#2}}{\frac{#1}{#2}}}
\newcommand\bpfraction[2]{\mathinner{\raisebox{.03em}{\scalebox{.86}{$\dfrac{#1}{#2}$}}}}
\newsavebox\bproom
\newcommand\bpset[3]{\sbox\bproom{\fontsize{#1bp}{#1bp}\selectfont#3}%
\ifdim\wd\bproom>#2bp\resizebox{#2bp}{\height}{\usebox\bproom}\else\usebox\bproom\fi}"""
SIZE, SPARE = 0.95, 0.1  # TeX's letters are larger than ours; what a formula may take beyond its room, in em
SLIDE = (432.0, 200.0)  # what a figure may take of a 16 : 9 frame, in big points


def picture(page: Page) -> str:
    """A document of one page with the picture alone."""
    size = f"paperwidth={number(page.width)}bp,paperheight={number(page.height)}bp,margin=0bp"
    drawn = _picture(page.items, page, 1.0)
    return _document(
        rf"\documentclass{{article}}{PACKAGES}" + rf"\usepackage[{size}]{{geometry}}", page.title, page.description,
        [r"\pagestyle{empty}\topskip=0pt\parindent=0pt\offinterlineskip", r"\begin{document}", drawn],
    )  # fmt: skip


def slides(film: Film) -> str:
    """A Beamer document: one frame, its parts on the overlays of their steps."""
    scale = min(SLIDE[0] / film.width, SLIDE[1] / film.height, 1.2)
    title = spelled.words(film.title, strict=False)
    size = "" if len(film.title) < 60 else r"\small " if len(film.title) < 90 else r"\footnotesize "
    drawn = _picture(film.parts, film, scale)
    ground = [] if film.background is None else [_colours([film.background]), _canvas(film.background)]
    return _document(
        rf"\documentclass[aspectratio=169]{{beamer}}{PACKAGES}" + r"\usefonttheme[onlymath]{serif}", film.title,
        film.description,
        [r"\setbeamertemplate{navigation symbols}{}", *ground, r"\begin{document}",
         rf"\begin{{frame}}{{{size}{title}}}", r"\makebox[\linewidth][c]{%", drawn + "}", r"\end{frame}"],
    )  # fmt: skip


def _canvas(background: str) -> str:
    ground = digits(background)
    light = sum(bytes.fromhex(ground)) > 3 * 128
    ink = "" if light else r"\setbeamercolor{frametitle}{fg=white}"
    return rf"\setbeamercolor{{background canvas}}{{bg=bp{ground}}}{ink}"


def _document(head: str, title: str, description: str, lines: Iterable[str]) -> str:
    said = [f"% {_comment(text)}" for text in (title, description) if text]
    return "\n".join([*said, head, MACROS, *lines, r"\end{document}", ""])


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text)


def _picture(items: Iterable[Item | Part], sheet: Page | Film, scale: float) -> str:
    """A tikzpicture, y downwards in big points of the page."""
    unit, width, height = number(scale, 4), number(sheet.width), number(sheet.height)
    drawn = _parts(items, scale, len(sheet.captions) if isinstance(sheet, Film) else 0)
    ground = sheet.background
    filled = f",fill=bp{digits(ground)}" if ground else ""
    whole = rf"\path[use as bounding box{filled}] (0,0) rectangle ({width},{height});"
    fills = [*([ground] if ground else []), *_fills(items)]
    options = f"x={unit}bp,y=-{unit}bp,line join=round,line cap=round,inner sep=0pt,outer sep=0pt"
    return "\n".join([_colours(fills), rf"\begin{{tikzpicture}}[{options}]", whole, *drawn, r"\end{tikzpicture}"])


def _colours(fills: Iterable[str]) -> str:
    six = dict.fromkeys(map(digits, fills))
    return "".join(rf"\definecolor{{bp{d}}}{{HTML}}{{{d}}}" for d in six)


def _fills(items: Iterable[Item | Part]) -> Iterator[str]:
    for item in items:
        if isinstance(item, (Group, Part)):
            yield from _fills(item.items)
        else:
            yield from (c for c in (item.fill, getattr(item, "stroke", None)) if c)


def _parts(items: Iterable[Item | Part], scale: float, last: int = 0) -> Iterator[str]:
    """What is drawn, line by line; parts of a film on the overlays where they stand."""
    for item in items:
        if not isinstance(item, Part):
            yield from _item(item, scale)
        elif item.frames is None:
            yield from _parts(item.items, scale)
        elif steps := sorted(item.frames - {0}):
            yield rf"\only<{_overlays(steps, last)}>{{%"
            yield from _parts(item.items, scale)
            yield "}"


def _overlays(steps: list[int], last: int) -> str:
    """Of eight frames 2, 3, 4 and 6 as 2-4,6; a part that stays to the end stays on whatever a lecturer adds."""
    runs = [[k for _, k in run] for _, run in groupby(enumerate(steps), key=lambda pair: pair[1] - pair[0])]
    ends = ("-" if run[-1] == last else f"-{run[-1]}" if len(run) > 1 else "" for run in runs)
    return ",".join(f"{run[0]}{end}" for run, end in zip(runs, ends, strict=True))


def _item(item: Item, scale: float) -> Iterator[str]:
    match item:
        case Group(texts=texts) if texts:
            try:
                yield from [_text(text, scale) for text in texts]
            except spelled.Foreign:
                yield from (line for inner in item.items for line in _item(inner, scale))
        case Group():
            yield from (line for inner in item.items for line in _item(inner, scale))
        case Glyph():
            yield rf"\fill[bp{digits(item.fill)}] {_way(outline(item))};"
        case Rect():
            corner = f",rounded corners={number(scale * item.radius)}bp" if item.radius else ""
            x, y, right, bottom = item.x, item.y, item.x + item.width, item.y + item.height
            yield rf"\path[{_paint(item, scale)}{corner}] {_at(x, y)} rectangle {_at(right, bottom)};"
        case Path():
            on_off = ("on", "off") * (len(item.dash) // 2)
            lengths = (f"{word} {number(scale * v)}bp" for word, v in zip(on_off, item.dash, strict=True))
            dash = f",line cap=butt,dash pattern={' '.join(lengths)}" if item.dash else ""
            yield rf"\path[{_paint(item, scale)}{dash}] {_way(item.commands)};"


def _text(text: Text, scale: float) -> str:
    made = f"${spelled.formula(text.text)}$" if text.formula else spelled.words(text.text)
    size, room = number(SIZE * scale * text.size), number(scale * (text.width + SPARE * text.size))
    place = _at(text.x + text.width / 2, text.y)
    return rf"\node[anchor=base,text=bp{digits(text.fill)}] at {place} {{\bpset{{{size}}}{{{room}}}{{{made}}}}};"


def _paint(item: Rect | Path, scale: float) -> str:
    fill = [f"fill=bp{digits(item.fill)}"] if item.fill else []
    line = [f"draw=bp{digits(item.stroke)},line width={number(scale * item.stroke_width)}bp"] if item.stroke else []
    return ",".join([*fill, *line])


def _at(x: float, y: float) -> str:
    return f"({number(x)},{number(y)})"


def _way(commands: Iterable[Command]) -> str:
    """A path in TikZ's words; quadratic curves are raised to cubic ones."""
    parts: list[str] = []
    here = (0.0, 0.0)
    for letter, *v in commands:
        if letter == "Z":
            parts.append("--cycle")
            continue
        points = list(zip(v[::2], v[1::2], strict=True))
        if letter == "Q":
            (x1, y1), (x, y) = points
            points = [((here[0] + 2 * x1) / 3, (here[1] + 2 * y1) / 3), ((x + 2 * x1) / 3, (y + 2 * y1) / 3), (x, y)]
        if letter in "ML":
            parts.append(("--" if letter == "L" else " ") + _at(*points[0]))
        else:
            one, two, end = (_at(*point) for point in points)
            parts.append(f"..controls{one}and{two}..{end}")
        here = points[-1]
    return "".join(parts).strip()
