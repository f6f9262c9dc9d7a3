"""The systems of the lectures: `bp.models.rnn(steps=3)` is a graph with numbers, ready to draw, derive and differentiate.

`MODELS` is the table of them; `model("mlp", ["sizes=2,3,1"])` makes one by name.
"""

from .attention import attention, encoder_decoder, multi_head
from .blocks import (
    batch_norm, dropout, embedding, hinge, huber, kl, l1, layer_norm, mse, negative_sampling, residual, weight_decay,
)  # fmt: skip
from .chain_rule import chain_rule_example, key_idea, log_of_square
from .images import test_time_augmentation
from .networks import half_planes, mlp, mlp_matrix, softmax_classifier, xor_mlp
from .neurons import logistic_regression, perceptron, xor_features
from .sequences import gru, lstm, rnn
from .table import MODELS, Model, model
