"""Images: convolution layers, the networks made of them, and averaging over transformed images."""

from __future__ import annotations

import graphviz_bp as bp


def test_time_augmentation() -> bp.Graph:
    """An image, mirrored and shifted, is classified three times; the mean's gradient goes back through every view."""
    return bp.parse("""
        data y
        X = [[1, 0.5, 0], [0.2, -1, 0.3], [0, 0.4, 0.8]]; y = [1, 0]
        W = [[0.5, -0.2, 0.3, 0.1], [-0.4, 0.6, 0.2, -0.1]]
        X1 = X[0:2, 0:2]; X2 = X[0:2, ::-1][:, 0:2]; X3 = X[1:3, 1:3]
        p1 = softmax(W@reshape(X1, (4,)))
        p2 = softmax(W@reshape(X2, (4,)))
        p3 = softmax(W@reshape(X3, (4,)))
        p = (p1 + p2 + p3)/3
        L = -sum(y*log(p))
    """)
