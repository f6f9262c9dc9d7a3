"""The loss against one weight: the slope at the start says in which direction to step."""

import graphviz_bp as bp
from graphviz_bp import plots

path = bp.parse("w = -1; L = (w - 2)^2 + 1").descend(rate=0.2, steps=8)
print(path.update(0))
plots.slope(path, "w").savefig("tangent.svg")
