"""AlexNet by its shapes: how many parameters each layer has."""

from math import prod

import graphviz_bp as bp

graph = bp.models.alexnet()
counts = {name: prod(graph[name].shape) for name in graph.inputs if graph.role(name) == "param"}
print(*(f"{name}: {count:,}" for name, count in counts.items()), f"in all {sum(counts.values()):,}", sep="\n")
graph.draw(chain=False, show=["formulas"]).save("alexnet.svg")
