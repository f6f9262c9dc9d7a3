"""Three perceptrons are three half-planes; their AND is a triangle."""

import graphviz_bp as bp

graph = bp.models.half_planes()
inside = [(x1, x2) for x1 in range(-1, 4) for x2 in range(-1, 4) if graph.backprop({"x1": x1, "x2": x2}).values["yhat"]]
print("inside:", *inside)
graph.backprop().draw().save("half-planes.svg")
