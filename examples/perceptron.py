"""The perceptron computes AND, but the step is flat: nothing flows back, so gradient descent can not train it."""

import graphviz_bp as bp

run = bp.models.perceptron("and").backprop()
print(*run.notes, sep="\n")
run.draw().save("perceptron.svg")
