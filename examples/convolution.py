"""A convolution layer: the gradients of its kernels and of its input are convolutions again."""

import graphviz_bp as bp

run = bp.models.convolution().backprop()
print(run.derive("K"))
run.draw().save("convolution.svg")
