"""A convolution layer: few parameters, and gradients of kernels and input that are convolutions again."""

from math import prod

import graphviz_bp as bp

graph = bp.models.convolution()
X, K, b, Z = (graph[name].shape for name in "XKbZ")
print(f"{prod(K) + prod(b)} parameters; a dense layer from X to Z has {prod(X) * prod(Z) + prod(Z)}")
run = graph.backprop()
print(run.derive("K"))
run.draw().save("convolution.svg")
