"""The command line. It strings rooms together and owns no mathematics."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated, Any

import typer

from ..errors import InputError
from .answers import check, grade, worksheet
from .catalogue import demo, models, operations
from .figures import derive, draw
from .remedies import on_command_line

app = typer.Typer(
    help="Draw computation graphs with their values and gradients, and work out the chain rule.",
    no_args_is_help=True, add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip
for command in (draw, derive, check, grade, worksheet, operations, models, demo):
    app.command()(command)


def main() -> None:
    """Run the command line; what a user got wrong is one message on standard error and exit code 2."""
    warnings.showwarning = _warn
    try:
        app()
    except InputError as error:
        print(f"graphviz-bp: {on_command_line(str(error))}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    """A warning as one line beside what is written."""
    print(f"graphviz-bp: {on_command_line(str(message))}", file=sys.stderr)


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
