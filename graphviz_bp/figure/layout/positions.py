"""Graphviz, which places boxes: DOT text in, positions out; in process, or in a child under a clock.

It is given generated names and sizes only, never a word a user wrote.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from tempfile import TemporaryFile
from types import ModuleType

from graphviz_bp.errors import InputError

IN_PROCESS, LINES, SECONDS = 150, 3000, 20.0  # boxes and lines of DOT taken in process; else a child, under a clock

Point = tuple[float, float]


def dot(lines: Iterable[str], boxes: int, apart: float, engine: str | None) -> dict[str, Point]:
    """Positions of the nodes; ranks run downwards, y up."""
    lines = list(lines)
    head = f"digraph{{splines=none;nodesep={apart / 72:.4f};ranksep=.1;"
    if len(lines) > LINES:
        head += "nslimit=.1;nslimit1=.1;mclimit=.1;"  # a quarter of the time
    text = head + 'node[shape=box label="" fixedsize=true height=.1];' + "".join(lines) + "}"
    if engine == "dot":
        plain = _outside(["dot", "-Tplain"], text, boxes)
    elif boxes > IN_PROCESS or len(lines) > LINES:
        plain = _outside([sys.executable, "-P", "-c", CHILD], text, boxes)
    else:
        plain = _inside(text)
    nodes = (line.split(" ", 4) for line in plain.splitlines() if line.startswith("node"))
    return {name: (float(x) * 72, float(y) * 72) for _, name, x, y, _ in nodes}


@cache
def _library() -> ModuleType:
    """Graphviz: the extension module of pygraphviz alone, because its Python part takes longer to load than this."""
    package = find_spec("pygraphviz")
    spec = package and PathFinder.find_spec("pygraphviz._graphviz", package.submodule_search_locations)
    if spec is None or spec.loader is None:
        raise InputError("Graphviz is missing", remedy="pip install pygraphviz")
    if sys.platform == "win32":  # only the package itself knows where its libraries lie
        from pygraphviz import graphviz

        return graphviz
    if spec.name not in sys.modules:
        sys.modules[spec.name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[spec.name])
    return sys.modules[spec.name]


def _inside(text: str) -> str:
    library = _library()
    with TemporaryFile("w+") as file:  # Graphviz reads files only
        file.write(text)
        file.seek(0)
        graph = library.agread(file, None)
    context = library.gvContextWithBuiltins()
    library.gvLayout(context, graph, b"dot")
    plain: bytes = library.gvRenderData(context, graph, b"plain")[1]
    library.gvFreeLayout(context, graph)
    library.gvFreeContext(context)
    library.agclose(graph)
    return plain.decode()


# The same for a child process, which loads nothing of this package.
CHILD = """
import sys
from pygraphviz import graphviz as library
graph, context = library.agread(sys.stdin, None), library.gvContextWithBuiltins()
library.gvLayout(context, graph, b"dot")
sys.stdout.buffer.write(library.gvRenderData(context, graph, b"plain")[1])
"""


def _outside(command: list[str], text: str, boxes: int) -> str:
    """Run a program that reads DOT and writes positions, under a clock; Ctrl-C ends it too."""
    import subprocess

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=SECONDS, check=True, env=environment
        )
    except FileNotFoundError:
        remedy = "install Graphviz, or leave engine out to use the built-in one"
        raise InputError(f"the program {command[0]} was not found", remedy=remedy) from None
    except subprocess.TimeoutExpired:
        sentence = f"the layout of {boxes} boxes took longer than {SECONDS:g} seconds"
        raise InputError(sentence, remedy="draw a part of the graph or a coarser level") from None
    except subprocess.CalledProcessError:
        remedy = "draw a part of the graph or a coarser level"
        raise InputError(f"Graphviz could not lay out {boxes} boxes", remedy=remedy) from None
    return done.stdout
