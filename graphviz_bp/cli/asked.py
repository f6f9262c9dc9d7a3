"""What every command is asked for: a graph, values, a node; and how it is read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InputError

if TYPE_CHECKING:
    from ..backprop import Run
    from ..graph import Graph

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


def run_of(source: Path | None, expression: str | None, at: list[str] | None, of: str | None) -> Run:
    """The run that the options ask for."""
    from ..backprop import backprop

    graph = graph_of(source, expression)
    return backprop(graph, values_of(at or []) or None, of=of)


def graph_of(source: Path | None, expression: str | None) -> Graph:
    """The graph of a file or of statements, or a model of the lectures, as in model:mlp:sizes=2,3,1:activation=tanh."""
    from ..reading.text import parse

    kind, *words = str(source).split(":")
    if kind == "model" and words and expression is None:
        from ..models import model

        return model(words[0], words[1:])
    return parse(text_of(source, expression))


def text_of(source: Path | None, expression: str | None) -> str:
    if (source is None) == (expression is None):
        raise InputError("give either a file or -e with the statements" + ("" if source is None else ", not both"),
                         remedy='for example graphviz-bp draw -e "v = u^2; z = 3*v" --at u=5')  # fmt: skip
    if expression is not None:
        return expression
    assert source is not None
    try:
        return sys.stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8")
    except IsADirectoryError:
        raise InputError(f"{source} is a folder", remedy="give the file in it that has the statements") from None
    except OSError as error:
        raise InputError(f"cannot read {source}: {error.strerror}", remedy=_instead(source)) from None
    except UnicodeDecodeError:
        raise InputError(f"{source} is not text", remedy="save it as UTF-8") from None


def _instead(missing: Path) -> str:
    """What to give instead of a file that is not there: one of nearly the same name, or the statements."""
    from difflib import get_close_matches

    folder = missing.parent
    there = sorted(path.name for path in folder.glob("*" + missing.suffix)) if folder.is_dir() else []
    near = get_close_matches(missing.name, there, n=1)
    return f"did you mean {folder / near[0]}?" if near else 'give a file that is there, or -e "v = u^2; z = 3*v"'


def values_of(assignments: list[str]) -> dict[str, Any]:
    """The values of --at, read by the language's own rules for constants."""
    from ..agreement import arrays_in
    from ..reading.values import values

    out: dict[str, Any] = {}
    for text in assignments:
        for name, value in (arrays_in(Path(text)) if text.endswith(".npz") else values(text)).items():
            if name in out:
                raise InputError(f"--at gives {name} twice")
            out[name] = value
    return out


def write_text(path: Path, text: str) -> None:
    try:
        in_a_folder(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}", remedy="choose another place") from None


def in_a_folder(path: Path) -> Path:
    """The path, if its folder is there, which is worth asking before the work."""
    if not path.parent.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {path.parent}", remedy="make the folder first")
    return path


def not_on_screen(output: str | None, example: str) -> str:
    """Where SVG or HTML goes: without -o to a pipe, but to a terminal only if - says so."""
    if output is None and sys.stdout.isatty():
        raise InputError("a terminal shows no pictures", remedy=f"name a file: -o {example}")
    return output or "-"
