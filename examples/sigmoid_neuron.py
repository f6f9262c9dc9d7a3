"""The sigmoid neuron of CS231n: weights 2, −3, −3 and inputs −1, −2."""

import graphviz_bp as bp

run = bp.parse("a = w0*x0 + w1*x1 + w2; f = sigmoid(a)").backprop({"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3})
print({name: round(gradient, 2) for name, gradient in run.gradients.items()})
run.draw().save("sigmoid-neuron.svg")
