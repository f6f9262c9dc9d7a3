"""A scalar graph as JavaScript: its tape as data, and a function for every operation it uses."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from ..errors import InputError
from ..graph import Graph
from ..operations import CODES
from .javascript import kink_of, literal, partial_of, value_of

MOST = 5_000  # operations that a page works out again while a slider moves


def program(graph: Graph, of: str) -> str:
    """The script that computes a graph: `sweeps(graph, operations).run(numbers of the inputs)`."""
    tape = graph.tape
    if not tape.scalar:
        raise InputError("a page computes with numbers, and this graph has arrays", remedy="call scalars() first")
    count = sum(1 for code in tape.codes if code < len(CODES))
    if count > MOST:
        raise InputError(f"this graph has {count} operations, and a live page works out at most {MOST}",
                         remedy="save the page without live=True, or a smaller graph")  # fmt: skip
    kinds: dict[tuple[int, int], int] = {}
    nodes, constants = [], []
    for node, code in enumerate(tape.codes):
        operands = tape.operands_of(node)
        if code < len(CODES):
            nodes.append([node, kinds.setdefault((code, len(operands)), len(kinds)), *operands])
        elif node in tape.constants:
            constants.append(f"[{node},{literal(tape.constants[node])}]")
    data = {"length": len(tape), "inputs": [tape.by_name[name] for name in graph.inputs], "nodes": nodes,
            "boxes": _boxes(graph), "of": graph.names.index(of)}  # fmt: skip
    written = json.dumps(data, separators=(",", ":"))[:-1] + f',"constants":[{",".join(constants)}]}}'
    operations = ",".join(_operation(*kind) for kind in kinds)
    return f"{_part('special.js')}{_part('sweep.js')}const live=sweeps({written},[{operations}]);\n"


def _boxes(graph: Graph) -> list[dict[str, Any]]:
    """The boxes with their uses numbered one after the other."""
    places, uses, out = {box.name: k for k, box in enumerate(graph.boxes)}, 0, list[dict[str, Any]]()
    for box in graph.boxes:
        pairs = enumerate(zip(box.uses, box.parents, strict=True), uses)
        numbered = [[node, slot, places[parent], use] for use, ((node, slot), parent) in pairs]
        uses += len(numbered)
        members = [node for node in box.members if node not in graph.tape.constants]
        out.append({"root": box.root, "data": graph.role(box.name) == "data", "members": members, "uses": numbered})
    return out


@cache
def _operation(code: int, arity: int) -> str:
    operation = CODES[code]
    partials = ",".join(partial_of(operation, slot, arity) or "null" for slot in range(arity))
    kink = kink_of(operation, arity)
    told = f",kink:{kink},convention:{json.dumps(operation.convention)}" if kink else ""
    chooses = json.dumps(operation.rule == "choice")
    return f"{{value:{value_of(operation, arity)},partials:[{partials}],chooses:{chooses}{told}}}"


@cache
def _part(name: str) -> str:
    return files("graphviz_bp.live").joinpath(name).read_text(encoding="utf-8")
