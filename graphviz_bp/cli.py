"""The command line: draw, derive, check, grade, models, demo. It strings rooms together and owns no mathematics."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import InputError
from .progress import bar

if TYPE_CHECKING:
    from .agreement import Agreement
    from .backprop import Run
    from .check.report import Report
    from .graph import Graph

app = typer.Typer(
    help="Draw computation graphs with their values and gradients, and work out the chain rule.",
    no_args_is_help=True, add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip

Source = Annotated[
    Path | None,
    typer.Argument(
        help="A .bp file; - reads standard input; model:mlp:sizes=2,3,1 is a model of the lectures.", show_default=False
    ),
]
Text = Annotated[
    str | None, typer.Option("-e", "--expression", help='The statements themselves, as in -e "v = u^2; z = 3*v".')
]
Notation = Annotated[str, typer.Option(help="Gradients as leibniz (∂z/∂v), bar (v̄) or delta (δ_v).")]
Digits = Annotated[int, typer.Option(help="Decimals of a computed number.")]
Layers = Annotated[str | None, typer.Option(help="Layers in names as [l] or (l).")]
At = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        help="A value, as in --at u=5 or --at W=[[1,2],[3,4]]; once per input or with commas; or an .npz file.",
    ),
]
Of = Annotated[str | None, typer.Option("--of", help="The node whose gradients are asked; the output unless named.")]


def main() -> None:
    """Run the command line; what a user got wrong is one message on standard error and exit code 2."""
    warnings.showwarning = _warn
    try:
        app()
    except InputError as error:
        print(f"graphviz-bp: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    """A warning as one line beside what is written."""
    print(f"graphviz-bp: {message}", file=sys.stderr)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"graphviz-bp {version('graphviz_bp')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Draw computation graphs with their values and gradients, and work out the chain rule."""


@app.command()
def draw(
    source: Source = None,
    expression: Text = None,
    at: At = None,
    of: Of = None,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            help="The file to write; its ending says the format: svg, png, pdf, pptx, tex, dot, or html and gif, which "
            "show step after step; - writes SVG to standard output.",
        ),
    ] = "-",
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
                          "unrolled: a recurrent network over time; cell: an LSTM cell."),
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
    theme: Annotated[str, typer.Option(help="The colours.")] = "slate",
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
    if output == "-" and (frames or animate or live or key):
        raise InputError("standard output holds one picture", remedy="name a file: -o steps.pdf")
    if output != "-":
        from .figure.figure import writable

        writable(output)
    below = False if chain == "none" else chain
    with bar("drawing"):
        figure = _run(source, expression, at, of).draw(
            level=level, direction=direction, chain=below, theme=theme, engine=engine, show=show, hide=hide,
            width=width, highlight=highlight, notation=notation, digits=digits, layers=layers, collapse=collapse,
        )  # fmt: skip
        if output != "-":
            figure.save(output, frames=frames, animate=animate, live=live, order=order, dpi=dpi)
    if output == "-":
        sys.stdout.write(figure.svg)
    if key:
        print(figure.key)


@app.command()
def derive(
    source: Source = None,
    expression: Text = None,
    at: At = None,
    of: Of = None,
    wrt: Annotated[str | None, typer.Option(help="The node to derive for; all of them unless named.")] = None,
    format: Annotated[str, typer.Option(help="text, markdown or latex.")] = "text",
    order: Annotated[
        str, typer.Option(help="pull: gather each gradient; push: hand each one back as backpropagation runs.")
    ] = "pull",
    notation: Notation = "leibniz",
    digits: Digits = 3,
    layers: Layers = None,
    output: Annotated[str, typer.Option("-o", "--output", help="The file to write; - is standard output.")] = "-",
) -> None:
    """Work out the chain rule, step by step."""
    if format not in ("text", "markdown", "latex"):
        raise InputError(f"there is no format {format!r}", remedy="the formats are text, markdown and latex")
    style = {"notation": notation, "digits": digits, "layers": layers}
    derivation = _run(source, expression, at, of).derive(wrt, order=order, **style)
    told = getattr(derivation, format).rstrip("\n") + "\n"
    if output == "-":
        sys.stdout.write(told)
    else:
        _written(Path(output), told)


@app.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="The graph's .bp file (unless -e gives the graph), then files with answers: .txt .md .tex .ipynb, or "
            "with the numbers of gradients by name: .npz.",
            show_default=False,
        ),
    ] = None,
    expression: Text = None,
    claim: Annotated[
        list[str] | None, typer.Option("--claim", help='A claim, as in --claim "dz/du = 6*v"; as often as you like.')
    ] = None,
    at: At = None,
    of: Of = None,
    hint: Annotated[
        int | None, typer.Option(help="1: where a mistake is; 2: what it is; 3: what would be right.", min=1, max=3)
    ] = None,
    format: Annotated[str, typer.Option(help="text, markdown or html.")] = "text",
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            help="The file to write; - is standard output. An .svg, .png or .pdf shows the first mistake on the graph.",
        ),
    ] = "-",
) -> None:
    """Check derivatives: exit code 0 if all are right, 1 if something is wrong, 2 if something can not be read."""
    from .backprop import backprop
    from .check import check as check_claims
    from .check import check_files

    ending = Path(output).suffix.lower()
    format = "html" if ending == ".html" else format
    if format not in ("text", "markdown", "html"):
        raise InputError(f"there is no format {format!r}", remedy="the formats are text, markdown and html")
    graphs, answers = (files or [])[: expression is None], (files or [])[expression is None :]
    graph = _graph(graphs[0] if graphs else None, expression)
    values = _values(at or [])
    numbers, answers = [p for p in answers if p.suffix == ".npz"], [p for p in answers if p.suffix != ".npz"]
    options: dict[str, Any] = {"at": values, "of": of, "hint": hint}
    report = check_claims(graph, claim or [], **options) + check_files(graph, answers, **options)
    if not len(report) and not numbers:
        raise InputError("there is nothing to check", remedy='give --claim "dz/du = 6*v" or a file with equations')
    claims = [report] if len(report) or answers else []
    found: list[Report | Agreement] = [*claims, *(backprop(graph, values, of=of).compare(path) for path in numbers)]
    if numbers and format == "html":
        raise InputError("numbers are not compared on a page", remedy="use --format text or markdown")
    told = "\n\n".join(getattr(one, format).rstrip("\n") for one in found) + "\n"
    if ending in (".svg", ".png", ".pdf"):
        report.draw().save(output)
    if output == "-" or ending in (".svg", ".png", ".pdf"):
        sys.stdout.write(told)
    else:
        _written(Path(output), told)
    raise typer.Exit(max(one.code for one in found))


@app.command()
def grade(
    source: Annotated[Path, typer.Argument(help="The graph's .bp file.", show_default=False)],
    folder: Annotated[
        Path, typer.Argument(help="The folder with one file or folder for each student.", show_default=False)
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output",
            help="The table: .csv, .json, or results.json for Gradescope. Beside results.csv the folder results/ holds "
            "a report for each student, look.md (what a person should look at), mistakes.md and clusters.csv.",
        ),
    ] = Path("results.csv"),
    claims: Annotated[
        str | None,
        typer.Option(help='The gradients asked for and their points, as "u: 2, dz/dv"; every parameter unless given.'),
    ] = None,
    key: Annotated[Path | None, typer.Option(help="A file with the same, one a line.")] = None,
    at: At = None,
    of: Of = None,
    carry: Annotated[
        str, typer.Option(help="What a wrong answer earns that follows from the student's own: full, half or none.")
    ] = "full",
    id: Annotated[
        str | None,
        typer.Option(
            "--id",
            help="A pattern that finds the student in the name of a file or folder, by its last group: "
            "'^([a-z]+)_' finds anna in anna_1234_answers.tex. Otherwise it is the name without its ending.",
        ),
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="A CSV file of all students (the column id, or the first).")
    ] = None,
    overrides: Annotated[
        Path | None, typer.Option(help="A CSV file with the columns cluster, points, comment that decides clusters.")
    ] = None,
    gradescope: Annotated[
        bool, typer.Option("--gradescope", help="The folder is one submission; write Gradescope's format.")
    ] = False,
    seconds: Annotated[float, typer.Option(help="The time one submission may take.", min=0.1)] = 10,
    memory: Annotated[int, typer.Option(help="The megabytes of memory one submission may take.", min=256)] = 2048,
    workers: Annotated[int | None, typer.Option(help="Processes; as many as there are cores unless given.")] = None,
) -> None:
    """Grade a folder of submissions; a run that was interrupted goes on where it stopped."""
    from .grading import command

    if claims is not None and key is not None:
        raise InputError("give either --claims or --key, not both")
    asked = claims if key is None else _text(key, None)
    command.run(
        _graph(source, None), folder, output, gradescope=gradescope, seconds=seconds, megabytes=memory, workers=workers,
        options={"claims": asked, "at": _values(at or []), "of": of, "carry": carry, "id": id, "roster": roster,
                 "overrides": overrides},
    )  # fmt: skip


@app.command()
def worksheet(
    source: Source = None,
    expression: Text = None,
    seed: Annotated[int, typer.Option(help="Another seed, other numbers.")] = 1,
    blanks: Annotated[
        list[str] | None,
        typer.Option(help="What to leave blank: values, gradients or partials; all of them unless given."),
    ] = None,
    at: At = None,
    of: Of = None,
    title: Annotated[str, typer.Option(help="The heading.")] = "",
    theme: Annotated[str, typer.Option(help="The colours.")] = "slate",
    output: Annotated[
        str, typer.Option("-o", "--output", help="The file to write: pdf, html, tex or md; its key is sheet-key.pdf.")
    ] = "sheet.pdf",
) -> None:
    """Write a figure with blanks at numbers that work out by hand, and its key."""
    from .worksheets import worksheet as made

    graph = _graph(source, expression)
    sheet = made(graph, seed=seed, blanks=blanks, at=_values(at or []), of=of, title=title, theme=theme)
    for path in sheet.save(output):
        print(path)


@app.command()
def operations(
    output: Annotated[str, typer.Option("-o", "--output", help="The file to write; - is standard output.")] = "-",
) -> None:
    """Write a page with every operation: its formula, its derivative, a plot."""
    from .courses.operations_page import page

    if output == "-":
        sys.stdout.write(page())
    else:
        _written(Path(output), page())


@app.command()
def models(
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="A page to write, with all figures and derivations.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Gradients from elsewhere to compare with: tests/reference/models.json.")
    ] = None,
) -> None:
    """List the models of the lectures: draw model:NAME, derive model:NAME, check model:NAME."""
    from .models import MODELS
    from .models.options import in_words

    if output is None:
        for name, model in MODELS.items():
            print(f"model:{name:<24} {model.shows}", *(f"\n{'':31}:{o}" for o in in_words(model.make)), sep="")
        return
    from .courses.models_page import entries, page

    try:
        with typer.progressbar(entries(reference), length=len(MODELS), label="drawing", file=sys.stderr) as drawn:
            found = list(drawn)
    except OSError as error:
        raise InputError(f"cannot read {reference}: {error.strerror}") from None
    _written(Path(output), page(found))


@app.command()
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
    from .courses.gallery import EXAMPLES, write

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
    from .courses.packs import drawn, slides, write

    with typer.progressbar(drawn(course), length=len(slides(course)), label="drawing", file=sys.stderr) as pages:
        found = list(pages)
    try:
        print(*write(course, found, to), sep="\n")
    except OSError as error:
        raise InputError(f"cannot write to {to}: {error.strerror}") from None


def _run(source: Path | None, expression: str | None, at: list[str] | None, of: str | None) -> Run:
    """The run that the options ask for."""
    from .backprop import backprop

    graph = _graph(source, expression)
    return backprop(graph, _values(at or []) or None, of=of)


def _graph(source: Path | None, expression: str | None) -> Graph:
    """The graph of a file or of statements, or a model of the lectures, as in model:mlp:sizes=2,3,1:activation=tanh."""
    from .reading.text import parse

    kind, *words = str(source).split(":")
    if kind == "model" and words and expression is None:
        from .models import model

        return model(words[0], words[1:])
    return parse(_text(source, expression))


def _text(source: Path | None, expression: str | None) -> str:
    if (source is None) == (expression is None):
        raise InputError("give either a file or -e with the statements" + ("" if source is None else ", not both"),
                         remedy='for example graphviz-bp draw -e "v = u^2; z = 3*v" --at u=5')  # fmt: skip
    if expression is not None:
        return expression
    assert source is not None
    try:
        return sys.stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read {source}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{source} is not text", remedy="save it as UTF-8") from None


def _values(assignments: list[str]) -> dict[str, Any]:
    """The values of --at, read by the language's own rules for constants."""
    from .agreement import arrays_in
    from .reading.values import values

    out: dict[str, Any] = {}
    for text in assignments:
        for name, value in (arrays_in(Path(text)) if text.endswith(".npz") else values(text)).items():
            if name in out:
                raise InputError(f"--at gives {name} twice")
            out[name] = value
    return out


def _written(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None


if __name__ == "__main__":
    main()
