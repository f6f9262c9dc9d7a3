"""A network of two inputs, three hidden neurons and one output, weights as beads on its wires."""

import graphviz_bp as bp

graph = bp.parse("""
    h1 = sigmoid(w11*x1 + w12*x2 + b1)
    h2 = sigmoid(w21*x1 + w22*x2 + b2)
    h3 = sigmoid(w31*x1 + w32*x2 + b3)
    yhat = sigmoid(v1*h1 + v2*h2 + v3*h3 + b)
    data y
    L = 1/2*(yhat - y)^2
    name L "\\mathcal{L}"
    output L
""")
weights = {"w11": 0.8, "w12": -0.4, "b1": 0.1, "w21": -0.6, "w22": 0.9, "b2": -0.2, "w31": 0.3, "w32": 0.5, "b3": 0.4}
run = graph.backprop({"x1": 0.5, "x2": -1, **weights, "v1": 1.2, "v2": -0.7, "v3": 0.5, "b": -0.1, "y": 1})
run.draw(level="network").save("network.svg")
