"""Gradient descent on two clouds of points: one update in numbers, the loss before and after, the last figure."""

import graphviz_bp as bp

start = {"w1": -1, "w2": 2, "b": 0}
path = bp.models.logistic_regression().descend(bp.models.data.blobs(), rate=0.5, steps=40, start=start)
print(path.update(0))
print(path, *path.notes)
path.figure().save("gradient-descent.svg")
