"""Lines of equal loss over two weights, and the path that gradient descent takes across them."""

import graphviz_bp as bp
from graphviz_bp import plots

start = {"w1": -1, "w2": 2, "b": 0}
path = bp.models.logistic_regression().descend(bp.models.data.blobs(), rate=0.5, steps=40, start=start)
plots.contours(path, "w1", "w2").savefig("contours.svg")
