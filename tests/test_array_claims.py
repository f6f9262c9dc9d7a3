"""Claims about arrays: right ones in every spelling, wrong ones with the mistake named, shapes, layout, hostile ones."""

from __future__ import annotations

from functools import cache

import pytest

import graphviz_bp as bp
from graphviz_bp import Graph

GRAPHS = {
    "softmax": "data x, y; a = W@x + b; p = softmax(a); L = -sum(y*log(p)); W: (3, 2); x: (2,); b: (3,); y: (3,)",
    "scores": "data y; z = W@x; L = cross_entropy(z, y); W: (3, 2); x: (2,); y: (3,)",
    "batch": """data X, Y; A = X@W + b; P = softmax(A); L = -sum(Y*log(P))/4
        X: (4, 2); W: (2, 3); b: (3,); Y: (4, 3)""",
    "mlp": """data x, y
        a1 = W1@x + b1; z1 = sigmoid(a1); a2 = W2@z1 + b2; L = sum((a2 - y)**2)/2
        W1: (3, 2); x: (2,); b1: (3,); W2: (2, 3); b2: (2,); y: (2,)
        name W1 "W^{[1]}"; name W2 "W^{[2]}"; name a1 "a^{[1]}"; name a2 "a^{[2]}"; name z1 "z^{[1]}" """,
    "deep": """data x, y
        a1 = W1@x; h1 = tanh(a1); a2 = W2@h1; h2 = tanh(a2); a3 = W3@h2; L = sum((a3 - y)**2)/2
        W1: (2, 2); x: (2,); W2: (2, 2); W3: (2, 2); y: (2,)""",
    "batch mlp": """data X, Y
        A = X@V.T + c; H = relu(A); O = H@W.T + b; L = sum((O - Y)**2)/6
        X: (3, 2); V: (2, 2); c: (2,); W: (1, 2); b: (1,); Y: (3, 1)""",
    "rnn": """data x1, x2, y
        h1 = tanh(W@h0 + U@x1); h2 = tanh(W@h1 + U@x2); L = sum((h2 - y)**2)/2
        W: (2, 2); U: (2, 1); h0: (2,); x1: (1,); x2: (1,); y: (2,)""",
    "attention": """data Y
        S = Q@K.T/sqrt(2); P = softmax(S); O = P@V; L = sum((O - Y)**2)/2
        Q: (2, 2); K: (2, 2); V: (2, 2); Y: (2, 2)""",
    "mse": "data X, y; yhat = X@w; r = yhat - y; L = mean(r**2); X: (4, 2); w: (2,); y: (4,)",
    "norm": "data y; n = layer_norm(x, gamma, beta); L = sum((n - y)**2)/2; x: (3,); gamma: (3,); beta: (3,); y: (3,)",
    "conv": "data y; c = conv1d(x, k); L = sum((c - y)**2)/2; x: (5,); k: (2,); y: (4,)",
}

RIGHT = {
    "softmax": r"""
        a: p - y
        \frac{\partial L}{\partial a}: p - y
        dL/da: p-y
        W: outer(p - y, x)
        W: (p - y) @ x.T
        W: (p-y) x^\top
        W: (\mathbf{p}-\mathbf{y})\mathbf{x}^{\intercal}
        W: (p-y) \otimes x
        W: \delta x^T
        W: \bar a x^\top
        W: \frac{\partial L}{\partial a} x^{\mathsf{T}}
        W: outer(p, x) - outer(y, x)
        W: p x^\top - y x^\top
        b: p - y
        b: \frac{\partial L}{\partial a}
        b: -(y - p)
        x: W.T @ (p - y)
        x: W^\top (p - y)
        x: W^{\top}\delta
        x: W^T dL/da
        x: W^\top p - W^\top y
        p: -y/p
        p: -\frac{y}{p}
        a: (\operatorname{diag}(p) - p p^\top) \bar p
        a: (diag(p) - outer(p, p)) @ dL/dp
        a: \operatorname{diag}(p)\bar p - p (p^\top \bar p)
        a: p \odot (\bar p - p^\top \bar p)
        a: p \odot (\bar p - \mathbf{1}^\top (p \odot \bar p))
        a: p * (dL/dp - sum(p * dL/dp))
        a: softmax(a) - y
        a: softmax(W@x + b) - y
        a: p \cdot \sum_i y_i - y
        b: \sum_i p_i \cdot 0 + p - y
    """,
    "scores": r"""
        z: softmax(z) - y
        W: (softmax(z) - y) x^\top
        x: W^\top (\operatorname{softmax}(z) - y)
    """,
    "batch": r"""
        A: (P - Y)/4
        A: \frac{1}{N}(P - Y)
        A: \frac{P - Y}{N}
        W: \frac{1}{N} X^\top (P - Y)
        W: X.T @ (P - Y) / 4
        W: X^\top \frac{\partial L}{\partial A}
        W: \frac1N \sum_i x_i (p_i - y_i)^\top
        W: \frac1N \sum_{i=1}^{N} X_i (P_i - Y_i)^\top
        b: sum(P - Y, axis=0)/4
        b: \frac1N \mathbf{1}^\top (P - Y)
        b: \frac1N (P - Y)^\top \mathbf{1}
        b: \sum_i \frac{\partial L}{\partial A_i}
        b: \frac1N \sum_{i=1}^N (P_i - Y_i)
        b: mean(P - Y, axis=0)
        P: -Y/(4*P)
        X: (P - Y) @ W.T / 4
        X: \bar A W^\top
    """,
    "mlp": r"""
        a2: a2 - y
        \delta^{[2]}: a^{[2]} - y
        W2: (a2 - y) @ z1.T
        W^{[2]}: \delta^{[2]} z^{[1]\top}
        W2: \frac{\partial L}{\partial a^{[2]}} (z^{[1]})^\top
        z1: W2.T @ (a2 - y)
        z1: {W^{[2]}}^\top \delta^{[2]}
        a1: W^{[2]\top}\delta^{[2]} \odot \sigma'(a^{[1]})
        \delta^{[1]}: W^{[2]T}\delta^{[2]} \circ \sigma'(a^{[1]})
        a1: \sigma'(a^{[1]}) \odot W^{[2]\top} (a^{[2]} - y)
        a1: (W2.T @ (a2 - y)) * z1 * (1 - z1)
        a1: W^{[2]\top}\delta^{[2]} \odot z^{[1]} \odot (\mathbf{1} - z^{[1]})
        a1: \operatorname{diag}(\sigma'(a^{[1]})) W^{[2]\top} \delta^{[2]}
        a1: W2.T @ (a2 - y) * (z1 - z1**2)
        W1: \delta^{[1]} x^\top
        W1: outer((W2.T @ (a2 - y)) * z1*(1 - z1), x)
        b1: \delta^{[1]}
        b2: a^{[2]} - y
        x: W^{[1]\top} \delta^{[1]}
    """,
    "deep": r"""
        a2: W_3^\top (a_3 - y) \odot (1 - h_2^2)
        a2: (W3.T @ (a3 - y)) * (1 - h2**2)
        a2: W_3^\top \delta_3 \odot \tanh'(a_2)
        a1: W_2^\top \delta_2 \odot (1 - h_1 \odot h_1)
        W1: (W_2^\top \delta_2 \odot (1 - h_1^2)) x^\top
        W2: \delta_2 h_1^\top
        W3: (a3 - y) @ h2.T
    """,
    "batch mlp": r"""
        O: (O - Y)/3
        W: (O - Y)^\top H / 3
        W: \bar O^\top H
        b: \frac13 \sum_i (O_i - Y_i)
        b: sum(O - Y)/3
        H: \bar O W
        A: \bar O W \odot \mathbf{1}[A > 0]
        A: dL/dH * (A > 0)
        V: \bar A^\top X
        c: \mathbf{1}^\top \bar A
        c: sum(dL/dA, axis=0)
    """,
    "rnn": r"""
        h2: h2 - y
        h1: W^\top ((h_2 - y) \odot (1 - h_2^2))
        W: ((h2 - y)*(1 - h2**2)) @ h1.T + (dL/dh1 * (1 - h1**2)) @ h0.T
        W: (\bar h_2 \odot (1 - h_2^2)) h_1^\top + (\bar h_1 \odot (1 - h_1^2)) h_0^\top
        U: (\bar h_2 \odot (1 - h_2^2)) x_2^\top + (\bar h_1 \odot (1 - h_1^2)) x_1^\top
        h0: W^\top (\bar h_1 \odot (1 - h_1^2))
    """,
    "attention": r"""
        O: O - Y
        V: P^\top (O - Y)
        V: P.T @ dL/dO
        P: (O - Y) V^\top
        S: P * (dL/dP - sum(P * dL/dP, axis=1, keepdims=True))
        S: P \odot (\bar P - (P \odot \bar P)\mathbf{1}\mathbf{1}^\top)
        Q: \frac{1}{\sqrt{2}} \bar S K
        K: dL/dS.T @ Q / sqrt(2)
        K: \bar S^\top Q / \sqrt{2}
    """,
    "mse": r"""
        yhat: 2*(yhat - y)/4
        yhat: \frac{2}{N}(\hat y - y)
        w: \frac{2}{N} X^\top (\hat{y} - y)
        w: \frac{2}{n} X^\top (Xw - y)
        w: X.T @ (X@w - y) / 2
        w: \frac{2}{N} \sum_i (\hat y_i - y_i) x_i
        w: 2/4 * X.T @ r
        w: \frac{2}{N}(X^\top X w - X^\top y)
    """,
    "norm": r"""
        n: n - y
        beta: n - y
        gamma: (n - y) \odot \frac{n - \beta}{\gamma}
    """,
    "conv": r"""
        c: c - y
        k: stack(dot(dL/dc, x[0:4]), dot(dL/dc, x[1:5]))
        x: concat(k[0]*dL/dc, [0]) + concat([0], k[1]*dL/dc)
    """,
}

WRONG = {  # the claim, then what the mistake is called
    "softmax": r"""
        a: y - p | sign
        a: p \odot (1 - p) \odot \bar p | softmax Jacobian taken as diagonal
        a: p*(1 - p)*dL/dp | softmax Jacobian taken as diagonal
        a: p \odot \bar p | softmax Jacobian taken as diagonal
        a: dL/dp | off by a layer
        a: p + y | sign
        a: a - y | pre-activation for activation
        W: x (p - y)^\top | transpose
        W: x @ (p - y).T | transpose
        W: outer(x, p - y) | transpose
        W: (y - p) x^\top | sign
        W: (p - y)^\top x | transpose
        W: 2 (p - y) x^\top | factor
        W: (a - y) x^\top | pre-activation for activation
        W: \bar p x^\top | off by a layer
        W: (p + y) x^\top | sign
        b: y - p | sign
        b: sum(p - y) |
        b: (p - y)/3 | factor
        b: -y/p | off by a layer
        x: W (p - y) | transpose missing
        x: W @ (p - y) | transpose missing
        x: W.T * (p - y) | elementwise for matrix product
        x: W^\top (y - p) | sign
        x: W^\top \bar p | off by a layer
        x: (p - y)^\top W | transpose
        p: y/p | sign
        p: -y | inner derivative forgotten
        p: -1/p |
    """,
    "batch": r"""
        A: P - Y | factor 1/N missing
        A: (Y - P)/4 | sign
        A: (A - Y)/4 | pre-activation for activation
        W: X^\top (P - Y) | factor 1/N missing
        W: (P - Y)^\top X / 4 | transpose
        W: X (P - Y) / 4 | transpose missing
        W: X @ (P - Y) / 4 | transpose missing
        W: (P - Y) X^\top / 4 | product in the wrong order
        b: (P - Y)/4 | sum over the batch missing
        b: dL/dA | sum over the batch missing
        b: sum(P - Y, axis=0) | factor 1/N missing
        b: sum(Y - P, axis=0)/4 | sign
        b: P - Y | sum over the batch missing
        X: (P - Y) @ W / 4 | transpose missing
        X: W.T @ (P - Y) / 4 | product in the wrong order
        X: (P - Y) W^\top | factor 1/N missing
    """,
    "mlp": r"""
        a2: y - a2 | sign
        a2: 2*(a2 - y) | factor
        W2: z1 @ (a2 - y).T | transpose
        W2: (a2 - y) @ a1.T | pre-activation for activation
        W2: \delta^{[2]} a^{[1]\top} | pre-activation for activation
        W2: (a2 + y) @ z1.T | sign
        W2: \delta^{[1]} x^\top | another variable's derivative
        a1: W2.T @ (a2 - y) | off by a layer
        a1: W^{[2]\top}\delta^{[2]} \odot \sigma(a^{[1]}) | function for its derivative
        a1: W^{[2]\top}\delta^{[2]} \odot \sigma'(z^{[1]}) | pre-activation for activation
        a1: W^{[2]\top}\delta^{[2]} \odot z^{[1]} | function for its derivative
        a1: W^{[2]}\delta^{[2]} \odot \sigma'(a^{[1]}) | transpose missing
        a1: W2 @ (a2 - y) * z1*(1 - z1) | transpose missing
        a1: (W2.T * (a2 - y)) * z1*(1 - z1) | elementwise for matrix product
        a1: W^{[2]\top}\delta^{[2]} \odot a^{[1]} \odot (1 - a^{[1]}) | pre-activation for activation
        a1: W^{[2]\top}\delta^{[2]} \odot z^{[1]} \odot (1 + z^{[1]}) | sign
        W1: \bar z^{[1]} x^\top | off by a layer
        W1: x \delta^{[1]\top} | transpose
        W1: \delta^{[1]\top} x | transpose
        W1: \delta^{[2]} x^\top |
        b1: \delta^{[2]} |
        b1: \bar z^{[1]} | off by a layer
        x: W^{[1]} \delta^{[1]} | transpose missing
        x: W^{[1]\top} \bar z^{[1]} | off by a layer
    """,
    "deep": r"""
        a2: W_3 \delta_3 \odot (1 - h_2^2) | transpose missing
        a2: W_3^\top \delta_3 \odot (1 - h_2) |
        a2: W_3^\top \delta_3 \odot h_2 | function for its derivative
        a2: W_3^\top \delta_3 \odot (1 - a_2^2) | pre-activation for activation
        a1: W_2^\top \delta_3 \odot (1 - h_1^2) | off by a layer
        a1: W_3^\top \delta_2 \odot (1 - h_1^2) | off by a layer
        a1: W_2^\top \delta_2 \odot (1 - h_2^2) | off by a layer
        a1: W_2 \delta_2 \odot (1 - h_1^2) | transpose missing
        a1: \delta_2 W_2 \odot (1 - h_1^2) | product in the wrong order
        a1: W_2^\top \odot \delta_2 \odot (1 - h_1^2) | elementwise for matrix product
        W2: \delta_2 a_1^\top | pre-activation for activation
        W2: \delta_2 h_2^\top | off by a layer
        W2: \delta_3 h_1^\top | off by a layer
        W2: h_1 \delta_2^\top | transpose
        W3: (a_3 - y) a_2^\top | pre-activation for activation
        W3: (y - a_3) h_2^\top | sign
    """,
    "batch mlp": r"""
        O: O - Y | factor 1/N missing
        b: (O - Y)/3 | sum over the batch missing
        W: H^\top (O - Y)/3 | transpose
        A: \bar O W | off by a layer
        A: \bar O W \odot H | function for its derivative
        V: X^\top \bar A | transpose
        V: \bar H^\top X | off by a layer
        c: dL/dA | sum over the batch missing
    """,
    "rnn": r"""
        W: (\bar h_2 \odot (1 - h_2^2)) h_1^\top | time step left out
        W: (\bar h_1 \odot (1 - h_1^2)) h_0^\top | time step left out
        U: (\bar h_2 \odot (1 - h_2^2)) x_2^\top | time step left out
        h1: W ((h_2 - y) \odot (1 - h_2^2)) | transpose missing
        h1: W^\top (h_2 - y) | inner derivative forgotten
        h0: W^\top \bar h_1 | inner derivative forgotten
        W: \bar h_2 h_1^\top + \bar h_1 h_0^\top |
    """,
    "attention": r"""
        V: P (O - Y) | transpose missing
        P: (O - Y) V | transpose missing
        S: P \odot (1 - P) \odot \bar P | softmax Jacobian taken as diagonal
        S: P \odot \bar P | softmax Jacobian taken as diagonal
        Q: \bar S K | factor
        Q: \bar S^\top K / \sqrt{2} | transpose too many
        K: \bar S Q / \sqrt{2} | transpose missing
    """,
    "mse": r"""
        w: 2 X^\top (\hat y - y) | factor 1/N missing
        w: \frac{1}{N} X^\top (\hat y - y) | factor
        w: \frac{2}{N} X (\hat y - y) | transpose missing
        w: \frac{2}{N} X^\top (y - \hat y) | sign
        yhat: 2*(yhat - y) | factor 1/N missing
    """,
}


@cache
def graph(name: str) -> Graph:
    return bp.parse(GRAPHS[name])


def rows(table: dict[str, str]) -> list[tuple[str, str, str, str]]:
    found = []
    for name, text in table.items():
        for line in filter(None, map(str.strip, text.splitlines())):
            claim, _, fault = line.partition(" |")
            about, _, claim = claim.partition(": ")
            found.append((name, about, claim.strip(), fault.strip()))
    return found


@pytest.mark.parametrize(("name", "about", "claim", "_"), rows(RIGHT))
def test_right_claims_are_right(name, about, claim, _):
    (finding,) = graph(name).check({about: claim})
    assert finding.ok, str(finding)


@pytest.mark.parametrize(("name", "about", "claim", "fault"), rows(WRONG))
def test_wrong_claims_are_wrong_and_the_mistake_is_named(name, about, claim, fault):
    (finding,) = graph(name).check({about: claim})
    assert finding.verdict == "different", str(finding)
    if fault:
        assert finding.diagnosis is not None, str(finding)
        assert finding.diagnosis.fault.startswith(fault), finding.diagnosis
