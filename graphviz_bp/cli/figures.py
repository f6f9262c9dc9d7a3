"""Figures and derivations: draw, derive."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from ..progress import bar
from .asked import At, Digits, Layers, Notation, Of, Source, Text, not_on_screen, run_of, write_text


def draw(
    source: Source = None,
    expression: Text = None,
    at: At = None,
    of: Of = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            help="The file to write; its ending says the format: svg, png, pdf, pptx, tex, dot, or html and gif, which "
            "show step after step; - writes SVG to standard output.",
        ),
    ] = None,
    frames: Annotated[
        bool,
        typer.Option("--frames", help="Every step: pages of a PDF, slides, overlays, or x-01.png, x-02.png, ..."),
    ] = False,
    animate: Annotated[bool, typer.Option("--animate", help="An SVG that plays its steps by itself.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="An HTML page whose reader can change the inputs and take gradient steps.")
    ] = False,
    order: Annotated[
        str, typer.Option(help="pull: a step gathers one node's gradient; push: it hands back one contribution.")
    ] = "pull",
    level: Annotated[
        str,
        typer.Option(help="statements; operations: a circuit of primitives; matrix: arrays; network: neurons; "
                          "unrolled: a recurrent network over time; cell: an LSTM or GRU cell."),
    ] = "statements",
    direction: Annotated[str, typer.Option(help="LR or TB.")] = "LR",
    chain: Annotated[
        str | None, typer.Option(help="The node whose chain rule stands below the figure; none leaves it away.")
    ] = None,
    highlight: Annotated[str | None, typer.Option(help="A path to mark, as in u/w/z.")] = None,
    notation: Notation = "leibniz",
    digits: Digits = 3,
    layers: Layers = None,
    width: Annotated[
        str | None, typer.Option(help="How wide the picture is on paper: 12cm, 120mm, 5in, 340pt, 800px.")
    ] = None,
    dpi: Annotated[float | None, typer.Option(help="Pixels to the inch of a PNG, 144 unless told.")] = None,
    theme: Annotated[str, typer.Option(help="The colours: slate, dark, print or classic.")] = "slate",
    show: Annotated[
        list[str] | None,
        typer.Option(help="What to show: values, gradients, partials, formulas, chain; as often as you like."),
    ] = None,
    hide: Annotated[
        list[str] | None,
        typer.Option(help="What to leave blank: a node, or all values, gradients or partials; as often as you like."),
    ] = None,
    key: Annotated[bool, typer.Option("--key", help="Print what belongs into the blanks.")] = False,
    engine: Annotated[str | None, typer.Option(help="dot lays out with an installed Graphviz.")] = None,
    collapse: Annotated[
        bool, typer.Option(help="Draw a graph of more than 400 boxes as blocks, which open on an HTML page.")
    ] = True,
) -> None:
    """Draw a graph; without values, in symbols."""
    output = not_on_screen(output, "figure.svg")
    if output == "-" and (frames or animate or live or key):
        raise InputError("standard output holds one picture", remedy="name a file: -o steps.pdf")
    if output != "-":
        from ..figure.figure import writable

        writable(output)
    below = False if chain == "none" else chain
    with bar("drawing"):
        figure = run_of(source, expression, at, of).draw(
            level=level, direction=direction, chain=below, theme=theme, engine=engine, show=show, hide=hide,
            width=width, highlight=highlight, notation=notation, digits=digits, layers=layers, collapse=collapse,
        )  # fmt: skip
        if output != "-":
            figure.save(output, frames=frames, animate=animate, live=live, order=order, dpi=dpi)
    if output == "-":
        sys.stdout.write(figure.svg)
    if key:
        print(figure.key)


def derive(
    source: Source = None,
    expression: Text = None,
    at: At = None,
    of: Of = None,
    wrt: Annotated[str | None, typer.Option(help="The node to derive for; all of them unless named.")] = None,
    format: Annotated[
        str | None, typer.Option(help="text, markdown or latex; unless given, .md and .tex say it.", show_default=False)
    ] = None,
    order: Annotated[
        str, typer.Option(help="pull: gather each gradient; push: hand each one back as backpropagation runs.")
    ] = "pull",
    notation: Notation = "leibniz",
    digits: Digits = 3,
    layers: Layers = None,
    output: Annotated[str, typer.Option("-o", "--output", help="The file to write; - is standard output.")] = "-",
) -> None:
    """Work out the chain rule, step by step."""
    format = format or {".md": "markdown", ".tex": "latex"}.get(Path(output).suffix.lower(), "text")
    if format not in ("text", "markdown", "latex"):
        raise InputError(f"there is no format {format!r}", remedy="the formats are text, markdown and latex")
    style = {"notation": notation, "digits": digits, "layers": layers}
    derivation = run_of(source, expression, at, of).derive(wrt, order=order, **style)
    told = getattr(derivation, format).rstrip("\n") + "\n"
    if output == "-":
        sys.stdout.write(told)
    else:
        write_text(Path(output), told)
