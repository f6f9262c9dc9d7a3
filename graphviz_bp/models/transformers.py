"""Attention: one head, several, the transformer's block, and encoder with decoder; rows are positions."""

from __future__ import annotations

import graphviz_bp as bp

from .options import counted
from .statements import drawn, parsed, stated

PAST = "data M; M = [[1, 0, 0], [1, 1, 0], [1, 1, 1]]"  # the causal mask: no position looks ahead
MASKED = "where(M, {}, -1000)"  # whose exponential is 0
X = "X = [[1, 0, 0.5], [0.2, 1, -0.3], [-0.5, 0.7, 1]]"
Y = "Y = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]"


def attention(causal: bool = False) -> bp.Graph:
    """Scaled dot-product attention, n = 3, d = 2: S = QKᵀ/√d, P = softmax(S), O = PV, half the squared error.

    >>> attention(causal=True).backprop().values["P"][0].tolist()
    [1.0, 0.0, 0.0]
    """
    return bp.parse(f"""
        data Y
        Q = [[1, 0], [0.5, 1], [0, 1.5]]
        K = [[1, 1], [0, 1], [-1, 0.5]]
        V = [[1, 0], [0, 1], [2, 1]]
        Y = [[1, 0], [0, 1], [1, 1]]
        S = Q@K.T/sqrt(2)
        {PAST if causal else ""}
        P = softmax({MASKED.format("S") if causal else "S"})
        O = P@V
        L = sum((O - Y)^2)/2
    """)


def multi_head(heads: int = 2, causal: bool = False) -> bp.Graph:
    """Heads side by side: each attends in projections of X of its own; joined, their outputs are mixed by Wᴼ."""
    draw, lines = drawn(seed=3), [f"data X, Y; {X}; {Y}", *[PAST] * causal]
    for k in range(1, counted(1, heads=heads) + 1):
        lines += [stated(f"W{letter}{k}", draw(3, 2), f"W_{{{k}}}^{{{letter}}}") for letter in "QKV"]
        lines += [f"Q{k} = X@WQ{k}; K{k} = X@WK{k}; V{k} = X@WV{k}"]
        scores = f"Q{k}@K{k}.T/sqrt(2)"
        lines += [f"P{k} = softmax({MASKED.format(scores) if causal else scores})", f"H{k} = P{k}@V{k}"]
    joined = ", ".join(f"H{k}" for k in range(1, heads + 1))
    lines += [stated("WO", draw(2 * heads, 3), "W^{O}"), f"O = concat({joined}, axis=1)@WO", "L = sum((O - Y)^2)/2"]
    return parsed(lines)


def transformer_block(causal: bool = False) -> bp.Graph:
    """Self-attention and a feed-forward layer, each inside a residual connection and followed by a layer norm."""
    draw, scores = drawn(seed=5), "Q@K.T/sqrt(3)"
    return bp.parse(f"""
        data X, Y
        {X}; {Y}
        WQ = {draw(3, 3)}; WK = {draw(3, 3)}; WV = {draw(3, 3)}
        name WQ "W^{{Q}}"; name WK "W^{{K}}"; name WV "W^{{V}}"
        Q = X@WQ; K = X@WK; V = X@WV
        {PAST if causal else ""}
        P = softmax({MASKED.format(scores) if causal else scores})
        A = X + P@V
        Z = layer_norm(A)
        W1 = {draw(3, 4)}; b1 = {draw(4)}; W2 = {draw(4, 3)}; b2 = {draw(3)}
        H = relu(Z@W1 + b1)
        F = H@W2 + b2
        B = layer_norm(Z + F)
        L = sum((B - Y)^2)/2
    """)


def encoder_decoder() -> bp.Graph:
    """The overview: the encoder attends to the source, the decoder to its own past and then to what was encoded."""
    draw = drawn(seed=9)
    return bp.parse(f"""
        data X, T, Y
        {X}; {Y}
        T = [[0, 0, 0], [0, 1, 0], [1, 0, 0]]              # what was said so far: the target, one place later
        QE = {draw(3, 3)}; QD = {draw(3, 3)}; QC = {draw(3, 3)}; WY = {draw(3, 3)}
        name QE "W^{{E}}"; name QD "W^{{D}}"; name QC "W^{{C}}"; name WY "W^{{Y}}"
        P1 = softmax(X@QE@X.T)
        E = X + P1@X
        {PAST}
        P2 = softmax({MASKED.format("T@QD@T.T")})
        D = T + P2@T
        P3 = softmax(D@QC@E.T)
        C = D + P3@E
        F = C@WY
        L = -sum(Y*log_softmax(F))
    """)
