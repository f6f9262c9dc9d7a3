"""One layer in matrix notation: the gradients are Wᵀδ, δxᵀ and δ."""

import graphviz_bp as bp

graph = bp.parse("""
    W: (2, 3); x: (3,); b: (2,)
    data y; y: (2,)
    a = W@x + b
    h = sigmoid(a)
    L = sum((h - y)^2)
""")
run = graph.backprop({"W": [[1, -2, 0], [3, 1, -1]], "x": [1, 2, -1], "b": [1, -1], "y": [1, 0]})
print(run.derive("W"))
run.draw().save("layer.svg")
