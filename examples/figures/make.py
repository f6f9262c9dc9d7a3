"""Draws the pictures of the README's gallery anew: `python examples/figures/make.py`."""

from pathlib import Path

import graphviz_bp as bp

GALLERY = {  # file: model, options, how it is drawn
    "perceptron": ("perceptron", [], {"level": "network"}),
    "logistic-regression": ("logistic_regression", [], {"chain": "a"}),
    "key-idea": ("key_idea", [], {}),
    "mlp": ("mlp", [], {"level": "network"}),
    "mlp-matrix": ("mlp_matrix", [], {"level": "matrix"}),
    "softmax": ("softmax_classifier", [], {"level": "matrix"}),
    "convolution": ("convolution", [], {"level": "matrix"}),
    "rnn": ("rnn", [], {"level": "unrolled"}),
    "lstm": ("lstm", [], {"level": "cell"}),
    "attention": ("attention", [], {"level": "matrix"}),
}


def drawn(name: str) -> str:
    """A picture of the gallery as SVG."""
    model, options, how = GALLERY[name]
    return bp.models.model(model, options).backprop().draw(**how).svg


if __name__ == "__main__":
    for name in GALLERY:
        (Path(__file__).parent / f"{name}.svg").write_text(drawn(name), encoding="utf-8")
