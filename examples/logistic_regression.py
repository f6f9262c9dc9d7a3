"""The soft perceptron: with the sigmoid and the log loss the gradient at a is ŷ − y."""

import graphviz_bp as bp

run = bp.models.logistic_regression().backprop()
print(run.derive("a"))
run.draw(chain="a").save("logistic-regression.svg")
