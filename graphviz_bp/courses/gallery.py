"""The gallery that `graphviz-bp demo` writes: a figure and a derivation for each of the lecture's first examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """One example: the file name, what it shows, its text, and values (none: drawn in symbols)."""

    name: str
    title: str
    text: str
    values: Mapping[str, Any] | None = field(default_factory=dict)


EXAMPLES = (
    Example("two-paths", "Two paths from u to z: the multivariate chain rule adds them", "v = u^2\nw = 6*u\nz = v*w", {"u": 5}),
    Example("two-paths-symbols", "The same graph in symbols, before any numbers", "v = u^2\nw = 6*u\nz = v*w", None),
    Example("log-of-square", "z = ln(x²): one path, the chain rule is a product", "y = x^2\nz = ln(y)", {"x": 3}),
    Example("partial-and-total", "∂c/∂b₁ = 4 on the wire, dc/db₁ = 9 at the node", "b1 = 2*a\nb2 = 3*a + b1\nc = 4*b1 + 5*b2", {"a": 1}),
    Example("square", "x·x: one node used twice, both contributions count", "z = x*x", {"x": 3}),
    Example("fan-out", "Five paths: gradients add where a node fans out", "a = 2*u\nb = u^2\nc = u + 1\nd = 3*u - 1\nf = u^3\nz = a*b + c*d + f", {"u": 2}),
    Example("sigmoid-neuron", "A sigmoid neuron with the numbers of CS231n", "a = w0*x0 + w1*x1 + w2\nf = sigmoid(a)",
            {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}),
    Example("logistic-regression", "Logistic regression: one example, its log loss, and its gradients",
            "data x1, x2, y\na = w1*x1 + w2*x2 + b\nyhat = sigmoid(a)\nL = -(y*log(yhat) + (1 - y)*log(1 - yhat))",
            {"w1": 2, "w2": -3, "b": -3, "x1": -1, "x2": -2, "y": 1}),
    Example("kink", "A ReLU at its kink: the convention is stated", "h = relu(a)\nL = (h - 1)^2", {"a": 0}),
    Example("layer", "One layer in matrix notation", "W: (2, 3)\nx: (3,)\nb: (2,)\ndata y\ny: (2,)\na = W@x + b\nh = sigmoid(a)\nL = sum((h - y)^2)",
            {"W": [[1, -2, 0], [3, 1, -1]], "x": [1, 2, -1], "b": [1, -1], "y": [1, 0]}),
)  # fmt: skip


def write(folder: Path) -> Iterator[Example]:
    """Write every example's figure and derivation, and a page with all of them; yields each when it is done."""
    from ..reading.text import parse

    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for example in EXAMPLES:
        graph = parse(example.text)
        run = graph.backprop(example.values) if example.values is not None else graph.backprop()
        figure, derivation = run.draw(), run.derive()
        (folder / f"{example.name}.bp").write_text(example.text + "\n", encoding="utf-8")
        figure.save(folder / f"{example.name}.svg")
        (folder / f"{example.name}.md").write_text(f"# {example.title}\n\n{derivation.markdown}", encoding="utf-8")
        parts.append(f"<h2>{escape(example.title)}</h2>\n<pre>{escape(example.text)}</pre>\n{figure.svg}\n"
                     f"<details><summary>derivation</summary><pre>{escape(derivation.text)}</pre></details>")  # fmt: skip
        yield example
    (folder / "index.html").write_text(PAGE.format("\n".join(parts)), encoding="utf-8")


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>graphviz_bp: gallery</title>
<style>
body {{ max-width: 62rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 Georgia, serif; color: #1b2733 }}
svg {{ max-width: 100%; height: auto }}
pre {{ background: #f6f8fa; padding: .7rem 1rem; border-radius: .5rem; overflow-x: auto; font-size: .85rem }}
</style>
<h1>Backpropagation, drawn and worked out</h1>
{}
</html>
"""
