"""The network 2-3-1 as arrays: shapes, entries, and the pull beside every node."""

import graphviz_bp as bp

graph = bp.parse("""
    W1: (3, 2); b1: (3,); W2: (1, 3); b2: (1,); x: (2,); y: (1,)
    data x, y
    a1 = W1@x + b1
    z1 = sigmoid(a1)
    a2 = W2@z1 + b2
    yhat = sigmoid(a2)
    L = 1/2*sum((yhat - y)^2)
    name L "\\mathcal{L}"
    name a1 "a^{[1]}"
    name z1 "z^{[1]}"
    name W1 "W^{[1]}"
    name b1 "b^{[1]}"
    name a2 "a^{[2]}"
    name W2 "W^{[2]}"
    name b2 "b^{[2]}"
""")
weights = {"W1": [[0.8, -0.4], [-0.6, 0.9], [0.3, 0.5]], "b1": [0.1, -0.2, 0.4], "W2": [[1.2, -0.7, 0.5]], "b2": [-0.1]}
run = graph.backprop({"x": [0.5, -1], "y": [1], **weights})
run.draw(level="matrix", notation="delta").save("arrays.svg")
