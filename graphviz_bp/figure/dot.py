"""The graph as a plain `graphviz.Digraph`: escaped labels, generated ids, nothing of the user's in a live place."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import graphviz

from graphviz_bp.derivation.chain import Chain
from graphviz_bp.figure.choice import ALL, Choice
from graphviz_bp.notation.nodes import formula, named

if TYPE_CHECKING:
    from graphviz_bp.backprop import Run

LONGEST, BLANK = 200, "____"


def digraph(run: Run, choice: Choice = ALL) -> graphviz.Digraph:
    """Nodes with formula, value and gradient; edges with the local partial; for people who live in DOT."""
    chain, graph = Chain(run), run.graph
    out = graphviz.Digraph("graphviz_bp", graph_attr={"rankdir": "LR"}, node_attr={"shape": "box", "style": "rounded"})
    ids = {box.name: f"n{i}" for i, box in enumerate(graph.boxes)}
    for box in graph.boxes:
        lines = [
            f"{named(graph, box.name).plain} = {formula(graph, box).plain}"
            if box.members
            else named(graph, box.name).plain
        ]
        if not run.symbolic:
            value = BLANK if box.name in choice.values else chain.shown(run.raw(box.name)).plain
            lines += [f"value {value}"] * ("values" in choice.show)
            if graph.role(box.name) != "data" and "gradients" in choice.show:
                total = BLANK if box.name in choice.gradients else chain.shown(run.step(box.name).total).plain
                lines.append(f"{chain.total(box.name).plain} = {total}")
        out.node(ids[box.name], label=label("\n".join(lines)))
    for box in graph.boxes:
        for parent in box.distinct_parents:
            numbers = chain.is_number(box.name) and chain.is_number(parent)
            found = chain.local(box.name, parent).plain if numbers and "partials" in choice.show else ""
            found = BLANK if found and (box.name, parent) in choice.partials else found
            out.edge(ids[parent], ids[box.name], label=label(found))
    return out


def label(text: str) -> str:
    r"""Any text as a DOT label that shows exactly that text: never HTML, no escapes, cut at 200 characters.

    >>> label("<b>x</b>")
    '&lt;b&gt;x&lt;/b&gt;'
    """
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    clean = "".join(c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Cn") else "\ufffd" for c in text)
    clean = clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return str(graphviz.nohtml(clean.replace("\\", "\\\\").replace("\n", "\\n")))
