"""A small LeNet, layer by layer, with real gradients."""

import graphviz_bp as bp

graph = bp.models.cnn()
print(*(f"{name}: {graph[name].shape}" for name in graph.names), sep="\n")
graph.backprop().draw().save("cnn.svg")
