"""Course packs: all figures of a lecture, in its order, as one HTML page, one PDF and one PPTX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..figure.film import still
from ..figure.page import Page
from ..figure.themes import theme as themed
from ..figure.writers.pdf import pdf
from ..figure.writers.svg import svg
from ..models import model
from .algorithms import ALGORITHMS


@dataclass(frozen=True, slots=True)
class Slide:
    """One figure of a lecture: its title, the model (or algorithm) it shows, and how that is drawn."""

    title: str
    shows: str  # as on the command line: "mlp:sizes=2,3,1", or "algorithm:forward"
    how: dict[str, Any] = field(default_factory=dict)

    def page(self, theme: str) -> Page:
        """The figure as a page under its title."""
        name, *options = self.shows.split(":")
        if name == "algorithm":
            drawn = ALGORITHMS[options[0]].page(themed(theme))
        else:
            drawn = model(name, options).backprop().draw(theme=theme, **self.how).page
        return replace(drawn, title=self.title)


NETWORK, MATRIX, CIRCUIT = ({"level": level} for level in ("network", "matrix", "operations"))

# fmt: off
COURSES = {
    "perceptron-to-backprop": (
        Slide("The perceptron computes AND; nothing flows back through its step", "perceptron", NETWORK),
        Slide("The perceptron computes OR", "perceptron:gate=or", NETWORK),
        Slide("The soft perceptron: logistic regression, ∂ℓ/∂a = ŷ − y", "logistic_regression", {"chain": "a"}),
        Slide("The same as a circuit", "logistic_regression", CIRCUIT),
        Slide("The bias absorbed into w", "logistic_regression:bias=absorbed", MATRIX),
        Slide("XOR by feature engineering", "xor_features", CIRCUIT),
        Slide("A multi-layer perceptron", "mlp", NETWORK),
        Slide("Half-planes joined by AND: a triangle", "half_planes", NETWORK),
        Slide("Two hidden layers: polygons joined by OR", "half_planes:polygons=2", NETWORK),
        Slide("XOR by two hidden neurons", "xor_mlp", NETWORK),
        Slide("The chain rule: z = ln(x²)", "log_of_square"),
        Slide("The multivariate chain rule: two paths", "chain_rule_example"),
        Slide("The same with linear functions inside", "chain_rule_example:inside=linear"),
        Slide("The key idea of backpropagation", "key_idea"),
        Slide("Forward pass through an MLP", "algorithm:forward"),
        Slide("Backward pass through an MLP", "algorithm:backward"),
        Slide("Backward pass, every factor written out", "algorithm:detailed"),
        Slide("An MLP in matrix notation", "mlp_matrix", MATRIX),
    ),
    "nn-cnn-rnn-transformer": (
        Slide("The perceptron learns AND", "perceptron", NETWORK),
        Slide("XOR needs a hidden layer", "xor_mlp", NETWORK),
        Slide("A multi-layer perceptron with three hidden neurons", "mlp", NETWORK),
        Slide("The same in matrix notation", "mlp_matrix", MATRIX),
        Slide("K-way classification: softmax and cross-entropy", "softmax_classifier", MATRIX),
        Slide("Softmax and cross-entropy as one node: p − y", "softmax_classifier:loss=one", MATRIX),
        Slide("A convolution layer", "convolution", MATRIX),
        Slide("Pooling", "pooling", MATRIX),
        Slide("A small convolutional network", "cnn", MATRIX),
        Slide("AlexNet: 62 378 344 parameters", "alexnet", {"show": ["formulas"], "chain": False}),
        Slide("A simple RNN, unrolled", "rnn", {"level": "unrolled"}),
        Slide("The LSTM cell", "lstm", {"level": "cell"}),
        Slide("The GRU cell", "gru", {"level": "cell"}),
        Slide("Scaled dot-product attention", "attention", MATRIX),
        Slide("The same with a causal mask", "attention:causal=yes", MATRIX),
        Slide("Two heads", "multi_head", MATRIX),
        Slide("A transformer block", "transformer_block", MATRIX),
        Slide("Encoder and decoder", "encoder_decoder", MATRIX),
        Slide("Test-time augmentation", "test_time_augmentation", MATRIX),
    ),
}
# fmt: on


def slides(course: str) -> tuple[Slide, ...]:
    """The figures of a course, in the lecture's order."""
    if course not in COURSES:
        raise InputError(f"there is no course {course!r}", remedy=f"the courses are {', '.join(COURSES)}")
    return COURSES[course]


def drawn(course: str, theme: str = "slate") -> Iterator[Page]:
    """Its pages, one after the other."""
    for slide in slides(course):
        yield slide.page(theme)


def write(course: str, pages: list[Page], folder: Path) -> list[Path]:
    """Write the pages as course.html, course.pdf and course.pptx into a folder."""
    from ..figure.writers.pptx import pptx

    folder.mkdir(parents=True, exist_ok=True)
    titles = [page.title for page in pages]
    books = {
        "html": _html(course, pages).encode(),
        "pdf": pdf(pages, title=course, subject="; ".join(titles), outline=titles),
        "pptx": pptx(*map(still, pages)),
    }
    paths = [folder / f"{course}.{ending}" for ending in books]
    for path, data in zip(paths, books.values(), strict=True):
        path.write_bytes(data)
    return paths


def _html(course: str, pages: list[Page]) -> str:
    parts = "\n".join(f"<h2>{escape(page.title)}</h2>\n{svg(page)}" for page in pages)
    return PAGE.format(course=escape(course), parts=parts)


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{course}</title>
<style>
body {{ max-width: 62rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 Georgia, serif; color: #1b2733 }}
svg {{ max-width: 100%; height: auto }}
</style>
<h1>{course}</h1>
{parts}
</html>
"""
