"""z = ln(x²): one path, so the chain rule is a product, and SymPy agrees that it is 2/x."""

import graphviz_bp as bp

graph = bp.parse("y = x^2; z = ln(y)")
print(graph.derive("x"))
graph.backprop({"x": 3}).draw().save("log-of-square.svg")
