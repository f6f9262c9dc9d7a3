"""Gradients of the models by PyTorch, in float64: `python tests/reference/make.py` where torch is installed.

Each system is written anew with PyTorch's own functions and fed the model's numbers; autograd differentiates it.
What comes out is kept in models.json, so that the tests need no torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace as Given
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812

import graphviz_bp as bp

SYSTEMS: dict[str, Callable[[Given], Any]] = {}


def system(*cases: str) -> Callable[[Callable[[Given], Any]], Callable[[Given], Any]]:
    """This function computes the output of these models."""

    def entered(function: Callable[[Given], Any]) -> Callable[[Given], Any]:
        SYSTEMS.update(dict.fromkeys(cases, function))
        return function

    return entered


def numbered(i: Given, name: str, *indices: Any) -> Any:
    """The input whose name ends in these indices."""
    return getattr(i, "_".join([f"{name}{indices[0]}", *map(str, indices[1:])]))


def row(*numbers: Any) -> Any:
    return torch.stack([torch.as_tensor(x) for x in numbers])


def squared(a: Any, y: Any) -> Any:
    return F.mse_loss(a, y, reduction="sum") / 2


def log_loss(a: Any, y: Any) -> Any:
    return F.binary_cross_entropy_with_logits(a, y)


@system("perceptron", "perceptron:gate=or")
def perceptron(i: Given) -> Any:
    above = torch.dot(row(i.w1, i.w2), row(i.x1, i.x2)) > -i.b
    return above.double().requires_grad_()  # a comparison has no gradient at all


@system("logistic_regression")
def logistic_regression(i: Given) -> Any:
    return log_loss(F.linear(row(i.x1, i.x2), row(i.w1, i.w2)[None], row(i.b)), row(i.y))


@system("logistic_regression:bias=absorbed")
def absorbed(i: Given) -> Any:
    return log_loss(i.w @ i.x, i.y)


@system("xor_features")
def xor_features(i: Given) -> Any:
    return log_loss(F.bilinear(row(i.x1), row(i.x2), i.w3.reshape(1, 1, 1), row(i.b))[0] + i.w1 * i.x1 + i.w2 * i.x2, i.y)


@system("log_of_square")
def log_of_square(i: Given) -> Any:
    return 2 * torch.log(torch.abs(i.x))


@system("chain_rule_example")
def squares(i: Given) -> Any:
    return 6 * i.u**3


@system("chain_rule_example:inside=linear")
def linear(i: Given) -> Any:
    return 30 * i.u**2


@system("key_idea")
def key_idea(i: Given) -> Any:
    return i.u**2 * (4 * i.u + 1)


def dense(i: Given, sizes: list[int], hidden: Callable[[Any], Any]) -> Any:
    """The neurons of a network as layers."""
    z = row(*[numbered(i, "x", k + 1) for k in range(sizes[0])])
    for layer in range(1, len(sizes)):
        weight = torch.stack([row(*[numbered(i, "w", layer, j + 1, k + 1) for k in range(len(z))]) for j in range(sizes[layer])])
        z = F.linear(z, weight, row(*[numbered(i, "b", layer, j + 1) for j in range(sizes[layer])]))
        z = torch.sigmoid(z) if layer == len(sizes) - 1 else hidden(z)
    return squared(z, row(i.y) if sizes[-1] == 1 else row(*[numbered(i, "y", k + 1) for k in range(sizes[-1])]))


def layers(i: Given, hidden: Callable[[Any], Any], depth: int) -> Any:
    z = i.x
    for layer in range(1, depth + 1):
        z = F.linear(z, numbered(i, "W", layer), numbered(i, "b", layer))
        z = torch.sigmoid(z) if layer == depth else hidden(z)
    return squared(z, i.y)


HIDDEN = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": F.relu, "leaky_relu": F.leaky_relu, "silu": F.silu, "gelu": F.gelu}
for _name, _hidden in HIDDEN.items():
    system(f"mlp:sizes=2,3,2,2:activation={_name}")(lambda i, _hidden=_hidden: dense(i, [2, 3, 2, 2], _hidden))
    system(f"mlp_matrix:sizes=3,4,4,2:activation={_name}")(lambda i, _hidden=_hidden: layers(i, _hidden, 3))
system("mlp")(lambda i: dense(i, [2, 3, 1], torch.sigmoid))
system("mlp_matrix")(lambda i: layers(i, torch.sigmoid, 2))


@system("half_planes", "half_planes:polygons=2")
def half_planes(i: Given) -> Any:
    triangle = (i.x1 > 0) & (i.x2 > 0) & (i.x1 + i.x2 < 2)
    square = (i.x1 > -3) & (i.x1 < -2) & (i.x2 > -1) & (i.x2 < 0)
    return (triangle | square).double().requires_grad_()


@system("xor_mlp", "xor_mlp:start=untrained")
def xor_mlp(i: Given) -> Any:
    hidden = torch.sigmoid(F.linear(row(i.x1, i.x2), torch.stack([row(i.v11, i.v12), row(i.v21, i.v22)]), row(i.b1, i.b2)))
    return log_loss(F.linear(hidden, row(i.w1, i.w2)[None], row(i.b)), row(i.y))


@system("softmax_classifier", "softmax_classifier:loss=one")
def softmax_classifier(i: Given) -> Any:
    return F.cross_entropy(F.linear(i.x, i.W, i.b), i.y)


@system("test_time_augmentation")
def test_time_augmentation(i: Given) -> Any:
    views = torch.stack([i.X[:2, :2], torch.fliplr(i.X)[:2, :2], i.X[1:, 1:]]).flatten(1)
    return -torch.log(torch.softmax(views @ i.W.T, dim=1).mean(dim=0)) @ i.y


def rnn(i: Given, steps: int) -> Any:
    cell = torch.nn.RNNCell(2, 2, dtype=torch.float64)
    parameters = {"weight_ih": i.U, "weight_hh": i.W, "bias_ih": i.b, "bias_hh": torch.zeros(2, dtype=torch.float64)}
    s, loss = i.s0, torch.zeros((), dtype=torch.float64)
    for t in range(1, steps + 1):
        s = torch.func.functional_call(cell, parameters, (numbered(i, "x", t), s))
        loss = loss + F.cross_entropy(F.linear(s, i.V, i.c), numbered(i, "y", t))
    return loss


system("rnn")(lambda i: rnn(i, 3))
system("rnn:steps=5")(lambda i: rnn(i, 5))


def lstm(i: Given, steps: int, vectors: bool) -> Any:
    """PyTorch's cell has the gates in the order i, f, g, o and a bias for each of its two matrices."""
    if vectors:
        both = torch.cat([getattr(i, f"W_{k}") for k in "ifgo"])
        weight_hh, weight_ih, bias = both[:, :2], both[:, 2:], torch.cat([getattr(i, f"b_{k}") for k in "ifgo"])
        h, c = i.h0, i.c0
    else:
        weight_ih, weight_hh = (row(*[getattr(i, f"{w}_{k}") for k in "ifgo"])[:, None] for w in "wu")
        bias, h, c = row(*[getattr(i, f"b_{k}") for k in "ifgo"]), i.h0[None], i.c0[None]
    cell = torch.nn.LSTMCell(1, len(h), dtype=torch.float64)
    parameters = {"weight_ih": weight_ih, "weight_hh": weight_hh, "bias_ih": bias, "bias_hh": torch.zeros_like(bias)}
    for t in range(1, steps + 1):
        h, c = torch.func.functional_call(cell, parameters, (numbered(i, "x", t).reshape(1), (h, c)))
    return squared(h, torch.ones_like(h))


system("lstm")(lambda i: lstm(i, 1, False))
system("lstm:steps=3")(lambda i: lstm(i, 3, False))
system("lstm:steps=3:size=vectors")(lambda i: lstm(i, 3, True))


def gru(i: Given, steps: int) -> Any:
    """Cho's cell of 2014, r before the product with U; PyTorch's GRUCell has r after it, so this one is by hand."""
    h = i.h0
    for t in range(1, steps + 1):
        x = numbered(i, "x", t)
        z, r = torch.sigmoid(row(i.w_z, i.w_r) * x + row(i.u_z, i.u_r) * h + row(i.b_z, i.b_r))
        h = torch.lerp(h, torch.tanh(i.w_n * x + i.u_n * r * h + i.b_n), z)
    return squared(h, torch.ones_like(h))


system("gru")(lambda i: gru(i, 1))
system("gru:steps=3")(lambda i: gru(i, 3))


@system("attention")
def attention(i: Given) -> Any:
    return squared(F.scaled_dot_product_attention(i.Q, i.K, i.V), i.Y)


@system("attention:causal=yes")
def causal_attention(i: Given) -> Any:
    return squared(F.scaled_dot_product_attention(i.Q, i.K, i.V, is_causal=True), i.Y)


def multi_head(i: Given, heads: int, causal: bool) -> Any:
    q, k, v = (torch.stack([i.X @ getattr(i, f"W{letter}{n + 1}") for n in range(heads)]) for letter in "QKV")
    joined = F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(0, 1).flatten(1)
    return squared(joined @ i.WO, i.Y)


system("multi_head")(lambda i: multi_head(i, 2, False))
system("multi_head:heads=3:causal=yes")(lambda i: multi_head(i, 3, True))


@system("encoder_decoder")
def encoder_decoder(i: Given) -> Any:
    attend = F.scaled_dot_product_attention
    encoded = i.X + attend(i.X @ i.QE, i.X, i.X, scale=1.0)
    decoded = i.T + attend(i.T @ i.QD, i.T, i.T, scale=1.0, is_causal=True)
    return F.cross_entropy((decoded + attend(decoded @ i.QC, encoded, encoded, scale=1.0)) @ i.WY, i.Y, reduction="sum")


def transformer_block(i: Given, causal: bool) -> Any:
    """PyTorch's own layer: post-norm as in the paper, one head, nothing but the identity after it."""
    layer = torch.nn.TransformerEncoderLayer(3, 1, 4, dropout=0.0, batch_first=True, dtype=torch.float64)
    one, zero = torch.ones(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    parameters = {
        "self_attn.in_proj_weight": torch.cat([i.WQ.T, i.WK.T, i.WV.T]), "self_attn.in_proj_bias": zero.repeat(3),
        "self_attn.out_proj.weight": torch.eye(3, dtype=torch.float64), "self_attn.out_proj.bias": zero,
        "linear1.weight": i.W1.T, "linear1.bias": i.b1, "linear2.weight": i.W2.T, "linear2.bias": i.b2,
        "norm1.weight": one, "norm1.bias": zero, "norm2.weight": one, "norm2.bias": zero,
    }  # fmt: skip
    mask = torch.full((3, 3), -torch.inf, dtype=torch.float64).triu(1) if causal else None
    return squared(torch.func.functional_call(layer, parameters, (i.X[None],), {"src_mask": mask})[0], i.Y)


system("transformer_block")(lambda i: transformer_block(i, False))
system("transformer_block:causal=yes")(lambda i: transformer_block(i, True))


@system("convolution")
def convolution(i: Given) -> Any:
    return squared(F.conv2d(i.X[None], i.K, i.b, stride=2, padding=1)[0], i.Y)


@system("convolution:axes=one")
def convolution_of_a_line(i: Given) -> Any:
    return squared(F.conv1d(i.x[None, None], i.k[None, None], stride=2)[0, 0], i.y)


system("pooling")(lambda i: squared(F.max_pool2d(i.X[None], 2)[0], i.Y))
system("pooling:kind=average")(lambda i: squared(F.avg_pool2d(i.X[None], 2)[0], i.Y))


@system("cnn")
def cnn(i: Given) -> Any:
    images = F.max_pool2d(F.relu(F.conv2d(i.X[None], i.K1, i.b1, padding=1)), 2)
    images = F.max_pool2d(F.relu(F.conv2d(images, i.K2, i.b2, padding=1)), 2)
    return F.cross_entropy(F.linear(images.flatten(), i.W, i.b), i.y)


@system("batch_norm", "batch_norm:form=one")
def batch_norm(i: Given) -> Any:
    return squared(F.batch_norm(i.X, None, None, i.gamma, i.beta, training=True, eps=1e-5), i.Y)


@system("layer_norm", "layer_norm:form=one")
def layer_norm(i: Given) -> Any:
    return squared(F.layer_norm(i.x, (3,), i.gamma, i.beta, eps=1e-5), i.y)


@system("dropout")
def dropout(i: Given) -> Any:
    return squared(torch.where(i.m > 0, i.h / 0.75, 0.0), i.y)


@system("embedding")
def embedding(i: Given) -> Any:
    return squared(F.embedding(torch.tensor([2, 0, 2]), i.E), i.Y)


@system("residual")
def residual(i: Given) -> Any:
    return squared(i.x + F.linear(F.relu(F.linear(i.x, i.W1)), i.W2), i.y)


@system("weight_decay")
def weight_decay(i: Given) -> Any:
    return squared(torch.dot(i.w, i.x), i.y) + getattr(i, "lambda") / 2 * torch.linalg.vector_norm(i.w) ** 2


system("mse")(lambda i: F.mse_loss(i.yhat, i.y))
system("l1")(lambda i: F.l1_loss(i.yhat, i.y))
system("huber")(lambda i: F.huber_loss(i.yhat, i.y))
system("kl")(lambda i: F.kl_div(F.log_softmax(i.z, dim=0), i.p, reduction="sum"))


@system("hinge")
def hinge(i: Given) -> Any:
    return F.hinge_embedding_loss(i.y * (row(i.w1, i.w2) @ row(i.x1, i.x2) + i.b), torch.tensor(-1.0), margin=1.0)


@system("negative_sampling")
def negative_sampling(i: Given) -> Any:
    scores = torch.stack([i.u, i.n1, i.n2]) @ i.v
    return F.binary_cross_entropy_with_logits(scores, torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64), reduction="sum")


def numbers(case: str) -> dict[str, Any]:
    """The inputs, the output and the gradients of one case."""
    name, *options = case.split(":")
    graph = bp.models.model(name, options)
    inputs = {n: graph.tape.inputs[n].default for n in graph.inputs}
    given = {n: torch.tensor(json.loads(json.dumps(x, default=float)), dtype=torch.float64, requires_grad=graph.role(n) == "param") for n, x in inputs.items()}
    output = SYSTEMS[case](Given(**given))
    wanted = {n: x for n, x in given.items() if x.requires_grad}
    grads = torch.autograd.grad(output, list(wanted.values()), allow_unused=True) if wanted else []
    return {
        "inputs": {n: x.tolist() for n, x in given.items()},
        "output": output.item(),
        "gradients": {n: (torch.zeros_like(x) if g is None else g).tolist() for (n, x), g in zip(wanted.items(), grads, strict=True)},
    }


if __name__ == "__main__":
    told = {case: numbers(case) for case in sorted(SYSTEMS)}
    lines = ",\n".join(f" {json.dumps(case)}: {json.dumps(found)}" for case, found in told.items())
    (Path(__file__).parent / "models.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    print(f"torch {torch.__version__}: {len(told)} cases")
