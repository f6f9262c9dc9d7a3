"""Building blocks: normalization, dropout, embeddings, residuals, penalties and losses."""

from __future__ import annotations

import graphviz_bp as bp

from .options import one_of

SPELLED = """
        mu = mean({x}{axis})
        v = mean(({x} - mu)^2{axis})
        name v "\\sigma^2"
        {x}hat = ({x} - mu)/sqrt(v + 0.00001)
        {z} = gamma*{x}hat + beta
"""


def batch_norm(form: str = "spelled") -> bp.Graph:
    """Every feature is centred and scaled over the batch, then scaled by γ and shifted by β; rows are examples."""
    one_of(("spelled", "one"), form=form)
    return bp.parse(f"""
        data Y
        X = [[1, 2], [3, -1], [2, 5], [0, 2]]; Y = [[0, 0], [1, 0], [1, 1], [0, 1]]
        gamma = [1, 0.5]; beta = [0, 0.2]
        {SPELLED.format(x="X", z="Z", axis=", axis=0") if form == "spelled" else "Z = batch_norm(X, gamma, beta)"}
        L = sum((Z - Y)^2)/2
    """)


def layer_norm(form: str = "spelled") -> bp.Graph:
    """Every example is centred and scaled over its own features, then scaled by γ and shifted by β."""
    one_of(("spelled", "one"), form=form)
    return bp.parse(f"""
        data y
        x = [1, 2, 4]; y = [0, 0, 1]
        gamma = [1, 0.5, 2]; beta = [0, 0.2, -0.1]
        {SPELLED.format(x="x", z="z", axis="") if form == "spelled" else "z = layer_norm(x, gamma, beta)"}
        L = sum((z - y)^2)/2
    """)


def dropout() -> bp.Graph:
    """A given mask m of zeros and ones, divided by the share that is kept: dropped entries get no gradient."""
    return bp.parse("""
        data m, y
        h = [0.5, -1, 2, 1.5]; m = [1, 0, 1, 1]; y = [1, 0, 1, 1]
        z = h*m/0.75
        L = sum((z - y)^2)/2
    """)


def embedding() -> bp.Graph:
    """Rows looked up in a table: a row used twice receives both gradients, a row not used receives none."""
    return bp.parse("""
        data Y
        E = [[0.1, 0.3], [-0.2, 0.5], [0.7, -0.4], [0.6, 0.2]]
        Y = [[1, 0], [0, 1], [1, 1]]
        X = E[[2, 0, 2]]
        L = sum((X - Y)^2)/2
    """)


def residual() -> bp.Graph:
    """z = x + W₂ relu(W₁x): the sum lets the gradient go around the layers unchanged."""
    return bp.parse("""
        data y
        x = [1, -0.5]; y = [0, 1]
        W1 = [[0.4, -0.6], [0.3, 0.8]]; W2 = [[0.5, 0.1], [-0.2, 0.7]]
        h = relu(W1@x)
        z = x + W2@h
        L = sum((z - y)^2)/2
    """)


def weight_decay() -> bp.Graph:
    """A penalty λ‖w‖²/2 added to the loss adds λw to the gradient."""
    return bp.parse("""
        data x, y, lambda
        x = [1, 2]; y = 1; lambda = 0.1
        w = [0.5, -0.3]
        yhat = w@x
        R = lambda*sum(w^2)/2
        L = (yhat - y)^2/2 + R
    """)


def mse() -> bp.Graph:
    """The mean squared error: each prediction's gradient is twice its error over the count."""
    return bp.parse("data y; yhat = [0.8, 0.1, 2]; y = [1, 0, 1]; L = mean((yhat - y)^2)")


def l1() -> bp.Graph:
    """The mean absolute error: each gradient is the sign of the error over the count."""
    return bp.parse("data y; yhat = [0.8, 0.1, 2]; y = [1, 0, 1]; L = mean(abs(yhat - y))")


def huber() -> bp.Graph:
    """Squared for small errors, absolute for large ones: the gradient is the error, but never beyond ±1."""
    return bp.parse("""
        data y
        yhat = [0.8, 0.1, 3]; y = [1, 0, 1]
        r = yhat - y
        l = where(abs(r) <= 1, r^2/2, abs(r) - 1/2)
        name l "\\ell"
        L = mean(l)
    """)


def hinge() -> bp.Graph:
    """The hinge loss of a support vector machine, y = ±1: no gradient once the margin is 1."""
    return bp.parse("""
        data x1, x2, y
        x1 = 1; x2 = -0.5; y = -1
        w1 = 0.4; w2 = 0.6; b = 0.2
        a = w1*x1 + w2*x2 + b
        L = max(0, 1 - y*a)
    """)


def kl() -> bp.Graph:
    """The Kullback-Leibler divergence of q = softmax(z) from p: its gradient at z is q − p."""
    return bp.parse("data p; p = [0.5, 0.3, 0.2]; z = [0.2, 1, -0.4]; q = softmax(z); L = sum(p*log(p/q))")


def negative_sampling() -> bp.Graph:
    """Word vectors: the true context u is pulled towards v, two sampled words n₁ and n₂ are pushed away."""
    return bp.parse("""
        v = [0.5, -0.2]; u = [0.3, 0.8]; n1 = [-0.6, 0.1]; n2 = [0.4, 0.7]
        L = -logsigmoid(u@v) - logsigmoid(-(n1@v)) - logsigmoid(-(n2@v))
    """)
