"""A graph made from Python: a residual connection, whose gradient always has a way around the layer."""

import graphviz_bp as bp

x, w = bp.inputs("x", "w")
h = bp.tanh(w * x).named("h")
y = (x + h).named("y")
run = bp.graph(y).backprop({"x": 0.5, "w": -1.2})
print(run.derive("x"))
run.draw().save("residual.svg")
