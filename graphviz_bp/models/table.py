"""The table of models: what each shows in one line, the function that makes it, and the levels that suit it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from ..errors import InputError
from ..graph import Graph
from . import blocks, chain_rule, images, networks, neurons, sequences, transformers
from .options import read


@dataclass(frozen=True, slots=True)
class Model:
    """A system of the lectures: `make(**options)` gives its graph, with numbers for every input."""

    make: Callable[..., Graph]
    shows: str
    levels: tuple[str, ...]

    @property
    def name(self) -> str:
        """The function's name, as in `bp.models.rnn` and `model:rnn`."""
        return self.make.__name__


SMALL = ("statements", "operations")
NET = (*SMALL, "network")
ARRAY = ("statements", "matrix")
CELL = (*SMALL, "cell")
TIME = ("statements", "unrolled")

# fmt: off
_ROWS = (
    Model(neurons.perceptron,             "weighted sum and step: AND, OR; nothing flows back through the step", NET),
    Model(neurons.logistic_regression,    "the soft perceptron and its log loss: the gradient at a is ŷ − y",    NET),
    Model(neurons.xor_features,           "XOR by one neuron with the feature x₁x₂",                             SMALL),
    Model(chain_rule.log_of_square,       "z = ln(x²): one path, a product",                                     SMALL),
    Model(chain_rule.chain_rule_example,  "z(v(u), w(u)): two paths, a sum of products",                         SMALL),
    Model(chain_rule.key_idea,            "u → v₁ v₂ v₃ → z: the key idea of backpropagation",                   SMALL),
    Model(networks.mlp,                   "a multi-layer perceptron, neuron by neuron",                          NET),
    Model(networks.mlp_matrix,            "a multi-layer perceptron in matrix notation, any depth",              ARRAY),
    Model(networks.half_planes,           "half-planes joined by AND into a polygon, polygons by OR",            NET),
    Model(networks.xor_mlp,               "XOR by two hidden neurons",                                           NET),
    Model(networks.softmax_classifier,    "k classes: the gradient at the scores is p − y",                      ARRAY),
    Model(images.convolution,             "kernels sliding over an image: gradients are convolutions too",       ARRAY),
    Model(images.pooling,                 "the largest of a window receives all, or everyone a share",           ARRAY),
    Model(images.cnn,                     "a small LeNet with real gradients",                                   ARRAY),
    Model(images.alexnet,                 "AlexNet: shapes and parameter counts, without numbers",               ARRAY),
    Model(images.test_time_augmentation,  "transform, predict, average: the mean's gradient through every view", ARRAY),
    Model(sequences.rnn,                  "a simple RNN unrolled: shared U, V, W gather every step's part",      TIME),
    Model(sequences.lstm,                 "gates and cell line: along it the gradient is multiplied by f only",  CELL),
    Model(sequences.gru,                  "update and reset gates",                                              CELL),
    Model(transformers.attention,         "scaled dot-product attention, with and without the causal mask",      ARRAY),
    Model(transformers.multi_head,        "heads side by side, joined and mixed",                                ARRAY),
    Model(transformers.transformer_block, "attention and feed-forward, each with residual and layer norm",       ARRAY),
    Model(transformers.encoder_decoder,   "encoder and decoder, joined by cross-attention",                      ARRAY),
    Model(blocks.batch_norm,              "every feature centred and scaled over the batch",                     ARRAY),
    Model(blocks.layer_norm,              "every example centred and scaled over its features",                  ARRAY),
    Model(blocks.dropout,                 "a given mask: dropped entries get no gradient",                       ARRAY),
    Model(blocks.embedding,               "rows looked up: each gathers the gradients of its uses",              ARRAY),
    Model(blocks.residual,                "z = x + F(x): the gradient goes around unchanged",                    ARRAY),
    Model(blocks.weight_decay,            "λ‖w‖²/2 adds λw to the gradient",                                     ARRAY),
    Model(blocks.mse,                     "mean squared error",                                                  ARRAY),
    Model(blocks.l1,                      "mean absolute error",                                                 ARRAY),
    Model(blocks.huber,                   "squared near, absolute far: a gradient never beyond ±1",              ARRAY),
    Model(blocks.hinge,                   "no gradient once the margin is 1",                                    NET),
    Model(blocks.kl,                      "the divergence of softmax(z) from p: its gradient at z is q − p",     ARRAY),
    Model(blocks.negative_sampling,       "word vectors: the true context pulled, sampled words pushed",         ARRAY),
)  # fmt: skip
# fmt: on

MODELS = {model.name: model for model in _ROWS}


def model(name: str, options: Iterable[str] = ()) -> Graph:
    """The graph of a model by name, options in words.

    >>> model("mlp", ["sizes=2,2,1"]).inputs[:2]
    ('x1', 'x2')
    """
    if name not in MODELS:
        near = get_close_matches(name, MODELS, n=3)
        remedy = f"did you mean {' or '.join(near)}?" if near else "graphviz-bp models lists them"
        raise InputError(f"there is no model {name!r}", remedy=remedy)
    return MODELS[name].make(**read(MODELS[name].make, options))
