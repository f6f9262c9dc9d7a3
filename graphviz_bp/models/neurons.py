"""One neuron: the perceptron with its step, the soft perceptron with its sigmoid, and XOR by a feature of its own."""

from __future__ import annotations

import graphviz_bp as bp

from ..errors import InputError
from .options import one_of

GATES = {"and": (1, 1, -1.5), "or": (1, 1, -0.5)}
WHY_NOT_XOR = (
    "no perceptron computes XOR: it needs w1 + b > 0 and w2 + b > 0, together w1 + w2 + 2b > 0, "
    "but also b ≤ 0 and w1 + w2 + b ≤ 0, together w1 + w2 + 2b ≤ 0"
)


def perceptron(gate: str = "and") -> bp.Graph:
    """A weighted sum and a step that compute AND or OR; the step is flat, so nothing flows back through it.

    >>> perceptron("and").backprop({"x1": 1, "x2": 0}).values["yhat"]
    0
    """
    if gate == "xor":
        raise InputError(WHY_NOT_XOR, remedy="use xor_features() or xor_mlp()")
    w1, w2, b = GATES[one_of(GATES, gate=gate)]
    return bp.parse(f"""
        data x1, x2
        x1 = 1; x2 = 1
        w1 = {w1}; w2 = {w2}; b = {b}
        a = w1*x1 + w2*x2 + b
        yhat = step(a)
    """)


def logistic_regression(bias: str = "node") -> bp.Graph:
    """The soft perceptron ŷ = σ(wᵀx + b) with its negative log-likelihood; the bias may be absorbed into w.

    >>> run = logistic_regression().backprop()
    >>> run.gradients["a"] == run.values["yhat"] - 1
    True
    """
    if one_of(("node", "absorbed"), bias=bias) == "absorbed":
        start = """
            data x, y
            x = [-1, -2, 1]; y = 1              # the 1 stands for the bias
            w = [2, -3, -3]
            a = w@x
        """
    else:
        start = """
            data x1, x2, y
            x1 = -1; x2 = -2; y = 1
            w1 = 2; w2 = -3; b = -3
            a = w1*x1 + w2*x2 + b
        """
    return bp.parse(start + """
        yhat = sigmoid(a)
        name l "\\ell"
        l = -(y*log(yhat) + (1 - y)*log(1 - yhat))
    """)


def xor_features() -> bp.Graph:
    """XOR by feature engineering: with x₁x₂ as a third feature one neuron suffices."""
    return bp.parse("""
        data x1, x2, y
        x1 = 1; x2 = 0; y = 1
        w1 = 6; w2 = 6; w3 = -12; b = -3
        x3 = x1*x2
        a = w1*x1 + w2*x2 + w3*x3 + b
        yhat = sigmoid(a)
        name l "\\ell"
        l = -(y*log(yhat) + (1 - y)*log(1 - yhat))
    """)
