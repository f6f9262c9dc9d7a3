"""Claims about arrays: right ones in every spelling, wrong ones with the mistake named, shapes, layout, hostile ones."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from math import prod
from random import Random

import numpy as np
import pytest

import graphviz_bp as bp
from graphviz_bp import Graph, numbers
from graphviz_bp.backprop.sweep import apply, forward
from graphviz_bp.check import Checker
from graphviz_bp.equality import Verdict

GRAPHS = {
    "softmax": "data x, y; a = W@x + b; p = softmax(a); L = -sum(y*log(p)); W: (3, 2); x: (2,); b: (3,); y: (3,)",
    "scores": "data y; z = W@x; L = cross_entropy(z, y); W: (3, 2); x: (2,); y: (3,)",
    "batch": """data X, Y; A = X@W + b; P = softmax(A); L = -sum(Y*log(P))/4
        X: (4, 2); W: (2, 3); b: (3,); Y: (4, 3)""",
    "mlp": """data x, y
        a1 = W1@x + b1; z1 = sigmoid(a1); a2 = W2@z1 + b2; L = sum((a2 - y)**2)/2
        W1: (3, 2); x: (2,); b1: (3,); W2: (2, 3); b2: (2,); y: (2,)
        name W1 "W^{[1]}"; name W2 "W^{[2]}"; name a1 "a^{[1]}"; name a2 "a^{[2]}"; name z1 "z^{[1]}" """,
    "columns": """data X, Y
        Z1 = W1@X + b1; A1 = tanh(Z1); Z2 = W2@A1 + b2; A2 = sigmoid(Z2)
        L = -sum(Y*log(A2) + (1 - Y)*log(1 - A2))/3
        X: (2, 3); W1: (2, 2); b1: (2, 1); W2: (1, 2); b2: (1, 1); Y: (1, 3)
        name W1 "W^{[1]}"; name W2 "W^{[2]}"; name Z1 "Z^{[1]}"; name Z2 "Z^{[2]}"; name A1 "A^{[1]}"; name A2 "A^{[2]}" """,
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
    "columns": r"""
        Z2: \frac1m (A^{[2]} - Y)
        W2: \frac{1}{m} (A^{[2]} - Y) A^{[1]\top}
        W2: dZ^{[2]} A^{[1]T}
        b1: \bar Z^{[1]} \mathbf 1
        Z1: W^{[2]\top} \bar Z^{[2]} \odot (1 - (A^{[1]})^2)
        W1: \bar Z^{[1]} X^\top
        b2: sum(dL/dZ2, axis=1, keepdims=True)
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


def cases(table: dict[str, str]) -> list[object]:
    """The rows of a table as cases, every third of them among the fast tests."""
    return [pytest.param(*row, marks=() if i % 3 == 0 else pytest.mark.slow) for i, row in enumerate(rows(table))]


def rows(table: dict[str, str]) -> list[tuple[str, str, str, str]]:
    found = []
    for name, text in table.items():
        for line in filter(None, map(str.strip, text.splitlines())):
            claim, _, fault = line.partition(" |")
            about, _, claim = claim.partition(": ")
            found.append((name, about, claim.strip(), fault.strip()))
    return found


@pytest.mark.parametrize(("name", "about", "claim", "_"), cases(RIGHT))
def test_right_claims_are_right(name, about, claim, _):
    finding = checker(name).finding(claim, about)
    assert finding.verdict == "equal-proved", str(finding)


@pytest.mark.parametrize(("name", "about", "claim", "fault"), cases(WRONG))
def test_wrong_claims_are_wrong_and_the_mistake_is_named(name, about, claim, fault):
    finding = checker(name).finding(claim, about)
    assert finding.verdict == "different", str(finding)
    if fault:
        assert finding.diagnosis is not None, str(finding)
        assert finding.diagnosis.fault.startswith(fault), finding.diagnosis


def test_the_named_rate_is_what_is_said():
    found = [checker(name).finding(claim, about).diagnosis for name, about, claim, _ in rows(WRONG)[::6]]
    assert sum(d is not None for d in found) >= 0.8 * len(found)


# -- shapes and layout


def test_shapes_that_do_not_fit_are_wrong_and_both_are_named():
    layer = graph("softmax")
    assert layer.check({"W": "p - y"})[0].reason == "this has shape (3,), and it should have shape (3, 2)"
    inner = layer.check({"x": "W @ (p - y)"})[0]
    assert inner.verdict == "different"
    assert inner.reason == "a factor of shape (3, 2) and one of shape (3,) do not fit in a product"


@pytest.mark.parametrize(("name", "about", "claim"), [("softmax", "W", r"x (p - y)^\top"), ("batch", "W", "(P - Y).T @ X / 4"), ("deep", "W2", r"h_1 \delta_2^\top"), ("softmax", "x", r"(p - y)^\top W")])
def test_the_transpose_is_right_only_where_it_is_accepted(name, about, claim):
    assert graph(name).check({about: claim})[0].verdict == "different"
    (finding,) = graph(name).check({about: claim}, accept_transpose=True)
    assert finding.ok
    assert "the transpose, which is accepted" in finding.notes


@pytest.mark.parametrize("claim", [r"x (y - p)^\top", "x @ y.T", r"2 x (p - y)^\top"])
def test_the_transpose_of_a_wrong_answer_stays_wrong(claim):
    assert graph("softmax").check({"W": claim}, accept_transpose=True)[0].verdict == "different"


def test_a_column_written_as_a_matrix_stands_for_a_vector():
    at = {"W": [[1, 0], [0, 1], [1, 1]], "x": [0, 0], "b": [0, 0, 0], "y": [0, 1, 0]}
    report = graph("softmax").check({"p": "[[0], [-3], [0]]", "a": "[0.33, -0.67, 0.33]", "b": "[[0.33, -0.67, 0.33]]"}, at=at)
    assert [f.ok for f in report] == [True, True, False]
    assert "rounded to the digits written" in report["a"].reason


def test_numbers_in_arrays_are_right_rounded_or_cut_and_else_wrong():
    at = {"W": [[0, 0]] * 3, "x": [1, 2], "b": [0, 0, 0], "y": [0, 1, 0]}
    assert graph("softmax").check({"W": "[[0.33, 0.66], [-0.66, -1.33], [0.33, 0.67]]"}, at=at).ok
    assert not graph("softmax").check({"W": "[[0.33, 0.66], [-0.66, -1.34], [0.33, 0.67]]"}, at=at).ok


def test_matrices_of_latex_are_lists():
    at = {"W": [[0, 0]] * 3, "x": [1, 2], "b": [0, 0, 0], "y": [0, 1, 0]}
    claim = r"\frac{\partial L}{\partial W} = \begin{bmatrix} 0.33 & 0.67 \\ -0.67 & -1.33 \\ 0.33 & 0.67 \end{bmatrix}"
    assert graph("softmax").check([claim], at=at).ok
    assert graph("softmax").check({"p": r"\begin{pmatrix} 0 \\ -3 \\ 0 \end{pmatrix}"}, at=at).ok
    assert not graph("softmax").check({"p": r"\begin{pmatrix} 0 & -3 & 0 \end{pmatrix}"}, at=at).ok


def test_the_number_of_examples_is_not_guessed():
    net = bp.parse("data X, Y; Z = W@X; L = sum((Z - Y)**2)/6; W: (2, 2); X: (2, 3); Y: (2, 3)")
    assert net.check({"Z": r"\frac1m (Z - Y)"}).ok
    assert bp.parse("data x, y; z = W@x; L = sum((z - y)**2); W: (3, 2); x: (2,); y: (3,)").check({"z": r"\frac1N (z - y)"})[0].verdict == "unreadable"


def test_shapes_may_come_with_the_values():
    layer = bp.parse("a = W@x; L = sum(a**2)/2")
    assert layer.check({"W": "a @ x.T"}, at={"W": [[1, 2], [3, 4]], "x": [1, 2]}).ok
    assert layer.check({"W": "a @ x.T"})[0].verdict == "unreadable"


# -- meaning


def test_a_local_partial_of_an_array_is_its_jacobian():
    layer = graph("softmax")
    assert layer.check([r"\frac{\partial a}{\partial x} = W", r"\frac{\partial p}{\partial a} = \operatorname{diag}(p) - p p^\top"]).ok
    assert layer.check([r"\frac{\partial a}{\partial x} = W^\top"])[0].verdict == "different"


def test_a_chain_of_equalities_names_its_first_wrong_link():
    (finding,) = graph("softmax").check([r"\frac{\partial L}{\partial x} = W^\top \delta = W^\top (p + y)"])
    assert "does not hold" in finding.reason or "the step" in finding.reason


def test_targets_that_sum_to_one_are_said_and_other_targets_are_not_taken_for_such():
    assert graph("softmax").check({"a": "p - y"})["a"].notes == ("where the entries of y sum to 1",)
    weights = bp.parse("data y; p = softmax(a); L = -sum(y*log(p)); a: (3,); y: (3,)")
    assert not weights.check({"a": "p - y"}, at={"y": [1, 1, 1]}).ok
    assert weights.check({"a": "p*sum(y) - y"}, at={"y": [1, 1, 1]}).ok


@pytest.mark.parametrize("loss", ["p = softmax(a); L = kl(y, p)", "p = exp(a)/sum(exp(a)); L = -sum(y*log(p))", "e = exp(a); s = sum(e); p = e/s; L = -(y @ log(p))", "p = softmax(a); L = -sum(y*log_softmax(a))"])
def test_targets_beside_any_softmax_sum_to_one(loss):
    net = bp.parse(f"data y; {loss}; a: (3,); y: (3,)")
    assert net.check({"a": "p - y"}).ok
    assert net.check({"a": "p + y"})[0].verdict == "different"


def test_numbers_of_classes_need_values():
    net = bp.parse("Z = X@W; L = cross_entropy(Z, y); W: (2, 3); X: (2, 2); y: (2,)")
    claim = {"Z": "(softmax(Z) - one_hot(y, classes=3))/2"}
    assert net.check(claim)[0].verdict == "undecided"
    assert net.check(claim, at={"y": [0, 2]}).ok
    assert net.check({"Z": "softmax(Z)/2"}, at={"y": [0, 2]})[0].verdict == "different"


def test_zero_and_bold_one_spread():
    total = bp.parse("L = sum(b) + 0*sum(c); b: (3,); c: (2,)")
    assert total.check({"b": r"\mathbf{1}", "c": "0"}).ok
    assert total.check({"b": "1"})[0].verdict == "different"


def test_both_sides_of_a_kink_are_seen():
    net = bp.parse("h = relu(W@x); L = sum(h); W: (2, 2); x: (2,)")
    assert net.check({"W": r"\mathbf{1}[h > 0] x^\top"}).ok
    assert net.check({"W": "outer([1, 1], x)"})[0].verdict == "different"


@pytest.mark.parametrize("claim", [r"\delta^{[7]} x^\top", r"W^{(2)} x", "[[1, 2], [3]]", "(p - y", "I", "p @", r"p^\top^\top^", "[" * 70, r"\mathbf{1}\mathbf{1}^\top", "nothing @ p"])
def test_what_can_not_be_read_is_unreadable(claim):
    assert graph("softmax").check({"W": claim})[0].verdict == "unreadable"


def test_the_caret_stands_where_the_text_is_wrong():
    (finding,) = graph("softmax").check({"W": r"(p - y) x^\top + q^\top"})
    text, caret = finding.reason.splitlines()[1:]
    assert text.strip() == r"(p - y) x^\top + q^\top"
    assert text[caret.index("^")] == "q"


# -- mutants: claims changed at random, held against differences of the loss at 40 digits

MUTABLE = {
    "softmax": {"a": "p - y", "W": "(p - y) @ x.T", "x": "W.T @ (p - y)", "b": "p - y", "p": "-y / p"},
    "mlp": {"a2": "a2 - y", "W2": "(a2 - y) @ z1.T", "a1": "(W2.T @ (a2 - y)) * z1 * (1 - z1)", "W1": "((W2.T @ (a2 - y)) * z1 * (1 - z1)) @ x.T"},
    "deep": {"a2": "(W3.T @ (a3 - y)) * (1 - h2 * h2)", "W3": "(a3 - y) @ h2.T"},
    "attention": {"V": "P.T @ (O - Y)", "P": "(O - Y) @ V.T"},
    "mse": {"yhat": "2 * (yhat - y) / 4", "w": "2 * X.T @ (yhat - y) / 4"},
}


def mutant(random, claim: str, names: list[str]) -> str:
    words = re.findall(r"\.T|[A-Za-z][A-Za-z0-9]*|[0-9]+|\S", claim)
    for _ in range(random.choice((1, 1, 1, 2))):
        i = random.randrange(len(words))
        word = words[i]
        if word in "+-@*":
            words[i] = random.choice("+-@*".replace(word, ""))
        elif word == ".T":
            words[i] = ""
        elif word.isdigit():
            words[i] = str(int(word) + random.choice((1, 2)))
        elif word[0].isalpha():
            words[i] = random.choice((random.choice(names), f"{word}.T"))
    return " ".join(filter(None, words)).replace(" .T", ".T")


@cache
def ground(name: str):
    """Values of all nodes at two points, as vectors and as columns, and central differences of the loss at 40 digits."""
    net, random = graph(name), Random(name)
    tape, digits, made = net.tape, numbers.Digits(60), []
    for _ in range(2):
        given = {}
        for facts in tape.inputs.values():
            shape = tape.shape(facts.node)
            given[facts.node] = np.array([digits.number(Fraction(random.randrange(1, 1000), 999)) for _ in range(prod(shape))], dtype=object).reshape(shape)
        if name == "softmax":
            y = tape.inputs["y"].node
            given[y] = given[y] / given[y].sum()
        made.append((given, forward(tape, given, digits)))
    return made, digits


def difference(name: str, point: int, about: str):
    """The gradient of the loss at a node, by differences: the graph is run on from changed values of that node."""
    net = graph(name)
    (made, digits), tape = ground(name), net.tape
    values, node = made[point][1], tape.by_name[about]
    step, out = digits.number(Fraction(1, 10**20)), np.zeros(values[node].shape)
    for entry in np.ndindex(*out.shape):
        ends = []
        for sign in (1, -1):
            changed = values[node].copy()
            changed[entry] = changed[entry] + sign * step
            run = list(values)
            run[node] = changed
            for later in range(node + 1, len(tape)):
                if tape.operation(later) is not None:
                    run[later] = apply(tape.operation(later), digits, [run[i] for i in tape.operands_of(later)], tape.static(later))
            ends.append(run[tape.by_name[net.output]])
        out[entry] = float((ends[0] - ends[1]) / (2 * step))
    return out


def holds(name: str, about: str, claim: str, columns: bool) -> bool:
    """Whether a claim is right, worked out by NumPy on columns or on vectors."""
    net = graph(name)
    claim = re.sub(r"\b([0-9]+|L) @|@(?= [0-9L])", lambda m: f"{m[1]} *" if m[1] else "*", claim)  # a number may stand beside @ in a claim
    for point in range(2):
        values = ground(name)[0][point][1]
        names = {n: np.array(values[net.tape.by_name[n]], dtype=float) for n in net.names}
        true = difference(name, point, about)
        if columns:
            names = {n: v.reshape(-1, 1) if v.ndim == 1 else v for n, v in names.items()}
            true = true.reshape(-1, 1) if true.ndim == 1 else true
        try:
            found = np.asarray(eval(claim, {}, names))
        except (ValueError, SyntaxError):
            return False
        if found.shape != true.shape or not np.allclose(found, true, rtol=1e-9, atol=1e-12):
            return False
    return True


def mutants(count: int, seed: str):
    random = Random(seed)
    pairs = [(name, about) for name, claims in MUTABLE.items() for about in claims]
    for _ in range(count):
        name, about = random.choice(pairs)
        yield name, about, mutant(random, MUTABLE[name][about], list(graph(name).names))


def held_against_differences(count: int, seed: str) -> None:
    seen = {"right": 0, "different": 0}
    for name, about, claim in dict.fromkeys(mutants(count, seed)):
        finding = checker(name).finding(claim, about)
        meant = [holds(name, about, claim, columns) for columns in (True, False)]
        if finding.ok:
            assert any(meant), f"{name} {about}: {claim} called right"
        elif finding.verdict == "different":
            assert not any(meant), f"{name} {about}: {claim} called different"
        else:
            continue
        seen["right" if finding.ok else "different"] += 1
    assert seen["different"] > count / 5


@cache
def checker(name: str) -> Checker:
    return Checker(graph(name))


def test_mutants_have_the_verdict_that_differences_have():
    held_against_differences(30, "graphviz_bp")


@pytest.mark.slow
def test_many_mutants_have_the_verdict_that_differences_have():
    held_against_differences(1200, "more")


# -- hostile claims end soon

HOSTILE = [
    "p @ " * 200 + "p", "(" * 59 + "p" + ")" * 59, "p.T" * 1 + ".T" * 100, "-" * 59 + "p", "outer(p, p) @ " * 60 + "p", "p*" * 380 + "p", "exp(" * 40 + "p" + ")" * 40,
    "9**9**9 * p", "p**999999", "exp(exp(exp(exp(p*1000))))", "reshape(p, (1000000, 3))", "broadcast_to(p, (100000, 3))", "concat(" + "p, " * 300 + "p)",
    r"\sum_i " * 60 + "p_i", r"\sum_{i=1}^{N} \sum_{j=1}^{N} p_i", r"p^\top" * 100, r"\mathbf{1}^\top" * 50, "[" + "1, " * 500 + "1]", "p[[0]*1000]", "p[999999999]", r"\operatorname{diag}(" * 30 + "p" + ")" * 30,
    "inv(outer(p, p)) @ p", "det(outer(p, p)) * p", "softmax(" * 50 + "a" + ")" * 50, "p - y + " + "+".join(f"0*{n}*p" for n in range(90)), "__import__('os').system('true') @ p", "p.__class__", r"\input{/etc/passwd} p", "x" * 1999,
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("claim", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_claims_end_with_a_finding(claim):
    for about in ("a", "W"):
        assert checker("softmax").finding(claim, about).verdict in list(Verdict)


# -- reports


def test_reports_and_figures_of_arrays_say_the_claim_the_formula_and_the_mistake(tmp_path):
    report = graph("softmax").check({"a": "p - y", "W": r"x (p - y)^\top", "x": "W @ (p - y)"})
    assert not report.ok
    assert "transpose" in report.text
    assert "transpose" in report.markdown
    assert report.html.count("<svg") >= 2
    assert "transposed" in report.draw("x").svg
    drawn = report.draw("W").svg
    assert "transpose" in drawn
    assert report.hinted(1).text.count("shape") == 0


def test_files_and_the_command_line_take_claims_about_arrays(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from graphviz_bp.cli import app

    monkeypatch.chdir(tmp_path)
    (tmp_path / "layer.bp").write_text(GRAPHS["softmax"])
    (tmp_path / "answers.tex").write_text(r"\[ \frac{\partial L}{\partial W} = x (p - y)^\top \] and \[ \frac{\partial L}{\partial x} = W^\top \delta \]")
    wrong = CliRunner().invoke(app, ["check", "layer.bp", "answers.tex"])
    assert wrong.exit_code == 1
    assert "1 of 2 right" in wrong.output
    right = CliRunner().invoke(app, ["check", "layer.bp", "answers.tex", "--accept-transpose"])
    assert right.exit_code == 0, right.output


def test_grading_takes_the_transpose_if_it_is_told_to():
    from graphviz_bp.grading.desk import Desk

    files = [("anna.txt", b"dL/dW = x @ (p - y).T")]
    strict, lenient = Desk(graph("softmax")), Desk(graph("softmax"), accept_transpose=True)
    assert [a.verdict for a in strict.examined(files).answers] == ["different"]
    assert [a.verdict for a in lenient.examined(files).answers] == ["equal-proved"]
