"""Images: convolution layers, the networks made of them, and the average over transformed images."""

from __future__ import annotations

import graphviz_bp as bp

from .options import one_of
from .statements import drawn


def convolution(axes: str = "two") -> bp.Graph:
    """A convolution layer: c_o kernels slide over c_i × h × w numbers; what flows back are convolutions again.

    >>> convolution()["Z"].shape, convolution("one")["z"].shape
    ((2, 2, 2), (3,))
    """
    if one_of(("one", "two"), axes=axes) == "one":
        return bp.parse("""
            data x, y
            x = [1, 2, -1, 0, 3, 1, -2]; y = [0, 1, 0]
            k = [0.5, -1, 0.2]
            z = conv1d(x, k, stride=2)
            L = sum((z - y)^2)/2
        """)
    return bp.parse("""
        data X, Y
        X = [[[1, 0, 2, 1], [0, 1, -1, 2], [2, 1, 0, 0], [1, -1, 1, 2]],
             [[0, 1, 1, 0], [2, -1, 0, 1], [1, 0, 1, 1], [0, 2, 1, -1]]]
        Y = [[[1, 0], [0, 1]], [[0, 0], [1, 1]]]
        K = [[[[0.5, -0.2, 0.1], [0.3, 0.1, -0.4], [0.2, 0, 0.3]], [[-0.1, 0.2, 0], [0.4, -0.3, 0.1], [0, 0.5, -0.2]]],
             [[[0.1, 0.3, -0.2], [-0.5, 0.2, 0], [0.1, 0.4, 0.2]], [[0.2, 0, 0.3], [0.1, -0.1, 0.2], [-0.3, 0.1, 0]]]]
        b = [0.1, -0.2]
        Z = conv2d(X, K, b, stride=2, padding=1)
        L = sum((Z - Y)^2)/2
    """)


def pooling(kind: str = "max") -> bp.Graph:
    """Pooling: of every 2 × 2 window the largest entry, which receives the whole gradient, or the average."""
    one_of(("max", "average"), kind=kind)
    return bp.parse(f"""
        data Y
        X = [[1, 3, 0, 2], [4, 2, 1, 1], [0, -1, 5, 2], [2, 1, 0, 3]]; Y = [[3, 2], [1, 4]]
        Z = {"maxpool" if kind == "max" else "avgpool"}(X, 2)
        L = sum((Z - Y)^2)/2
    """)


def cnn() -> bp.Graph:
    """A small LeNet: convolution, ReLU and pooling twice, then a dense layer and cross-entropy.

    >>> g = cnn()
    >>> [g[name].shape for name in ("C1", "P1", "C2", "P2", "f", "o")]
    [(2, 8, 8), (2, 4, 4), (3, 4, 4), (3, 2, 2), (12,), (3,)]
    """
    draw = drawn(seed=2)
    return bp.parse(f"""
        data X, y
        X = {draw(1, 8, 8)}; y = [0, 1, 0]
        K1 = {draw(2, 1, 3, 3)}; b1 = {draw(2)}
        C1 = conv2d(X, K1, b1, padding=1)
        P1 = relu(maxpool(C1, 2))
        K2 = {draw(3, 2, 3, 3)}; b2 = {draw(3)}
        C2 = conv2d(P1, K2, b2, padding=1)
        P2 = relu(maxpool(C2, 2))
        f = reshape(P2, (12,))
        W = {draw(3, 12)}; b = {draw(3)}
        o = W@f + b
        l = cross_entropy(o, y); name l "\\ell"
    """)


def alexnet() -> bp.Graph:
    """AlexNet, without numbers: shapes and 62 378 344 parameters (60 965 224 with the halves of the paper)."""
    return bp.parse("""
        data X, y
        X: (3, 227, 227); y: (1000,)
        K1: (96, 3, 11, 11);   b1: (96,);   C1 = relu(conv2d(X, K1, b1, stride=4))
        P1 = maxpool(C1, 3, stride=2)
        K2: (256, 96, 5, 5);   b2: (256,);  C2 = relu(conv2d(P1, K2, b2, padding=2))
        P2 = maxpool(C2, 3, stride=2)
        K3: (384, 256, 3, 3);  b3: (384,);  C3 = relu(conv2d(P2, K3, b3, padding=1))
        K4: (384, 384, 3, 3);  b4: (384,);  C4 = relu(conv2d(C3, K4, b4, padding=1))
        K5: (256, 384, 3, 3);  b5: (256,);  C5 = relu(conv2d(C4, K5, b5, padding=1))
        P5 = maxpool(C5, 3, stride=2)
        f = reshape(P5, (9216,))
        W6: (4096, 9216);      b6: (4096,); h6 = relu(W6@f + b6)
        W7: (4096, 4096);      b7: (4096,); h7 = relu(W7@h6 + b7)
        W8: (1000, 4096);      b8: (1000,); o = W8@h7 + b8
        l = cross_entropy(o, y); name l "\\ell"
    """, limits=bp.Limits(entries=10**8))  # fmt: skip


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
