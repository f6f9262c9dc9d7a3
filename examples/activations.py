"""The activation functions of the lecture with their derivatives, which are what backpropagation needs of them."""

from graphviz_bp import plots

plots.activations().savefig("activations.svg")
