"""What there is: operations, models, and a gallery to begin with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from .asked import in_a_folder, not_on_screen, write_text


def operations(
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="The page to write; - is standard output.")
    ] = None,
) -> None:
    """Write a page with every operation: its formula, its derivative, a plot."""
    from ..courses.operations_page import page

    output = not_on_screen(output, "operations.html")
    if output == "-":
        sys.stdout.write(page())
    else:
        write_text(Path(output), page())


def models(
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="A page to write, with all figures and derivations.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Gradients from elsewhere to compare with: tests/reference/models.json.")
    ] = None,
) -> None:
    """List the models of the lectures: draw model:NAME, derive model:NAME, check model:NAME."""
    from ..models import MODELS
    from ..models.options import in_words

    if output is None:
        for name, model in MODELS.items():
            print(f"model:{name:<24} {model.shows}", *(f"\n{'':31}:{o}" for o in in_words(model.make)), sep="")
        return
    from ..courses.models_page import entries, page

    in_a_folder(Path(output))
    try:
        with typer.progressbar(entries(reference), length=len(MODELS), label="drawing", file=sys.stderr) as drawn:
            found = list(drawn)
    except OSError as error:
        raise InputError(f"cannot read {reference}: {error.strerror}") from None
    write_text(Path(output), page(found))


def demo(
    to: Annotated[Path, typer.Option(help="The folder to write to; it is made if need be.")] = Path("graphviz-bp-demo"),
    course: Annotated[
        str | None,
        typer.Option(
            help="All figures of a lecture as HTML, PDF and PPTX: perceptron-to-backprop or nn-cnn-rnn-transformer."
        ),
    ] = None,
) -> None:
    """Write a gallery of figures and derivations, and say what is in it."""
    from ..courses.gallery import EXAMPLES, write

    if course is not None:
        _course(course, to)
        return
    try:
        with typer.progressbar(write(to), length=len(EXAMPLES), label="drawing", file=sys.stderr) as examples:
            done = list(examples)
    except OSError as error:
        raise InputError(f"cannot write to {to}: {error.strerror}") from None
    for example in done:
        print(f"{to / example.name}.svg  {example.title}")
    print(f"\nEach figure has its derivation beside it as .md; {to / 'index.html'} shows them all.")


def _course(course: str, to: Path) -> None:
    """Write a course pack, and say where it is."""
    from ..courses.packs import drawn, slides, write
    from ..figure.writers.pptx import required

    slides(course), required()
    with typer.progressbar(drawn(course), length=len(slides(course)), label="drawing", file=sys.stderr) as pages:
        found = list(pages)
    try:
        print(*write(course, found, to), sep="\n")
    except OSError as error:
        raise InputError(f"cannot write to {to}: {error.strerror}") from None
