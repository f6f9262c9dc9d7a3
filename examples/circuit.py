"""The sigmoid neuron of CS231n as a circuit: one gate per operation."""

import graphviz_bp as bp

graph = bp.parse("""
    a = w0*x0 + w1*x1 + w2
    f = 1/(1 + exp(-a))
""")
run = graph.backprop({"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3})
run.draw(level="operations").save("circuit.svg")
