"""A notebook run without Jupyter: its code cells one after the other, with what each would show.

`python tests/notebook.py examples/tutorial.ipynb` runs it and writes the outputs into it.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

MIMES = {"image/svg+xml": "_repr_svg_", "text/markdown": "_repr_markdown_", "text/latex": "_repr_latex_"}


def executed(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with the outputs its cells have now."""
    names: dict[str, Any] = {"__name__": "__main__"}
    cells, count = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            outputs = _outputs("".join(cell["source"]), names, count)
            cell = {**cell, "execution_count": count, "outputs": outputs}
        cells.append(cell)
    return {**notebook, "cells": cells}


def _outputs(source: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    *first, last = ast.parse(source).body
    shown = last.value if isinstance(last, ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module([*first, *([] if shown else [last])], []), "cell", "exec"), names)
        if shown:
            value = eval(compile(ast.Expression(shown), "cell", "eval"), names)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": _lines(printed.getvalue())})
    if value is not None:
        data = {mime: _lines(getattr(value, method)()) for mime, method in MIMES.items() if hasattr(value, method)}
        data["text/plain"] = _lines(repr(value))
        outputs.append({"data": data, "execution_count": count, "metadata": {}, "output_type": "execute_result"})
    return outputs


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        made = executed(json.loads(path.read_text(encoding="utf-8")))
        path.write_text(json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
