"""Three classes: through the whole Jacobian of the softmax, the gradient at the scores is p − y."""

import graphviz_bp as bp

run = bp.models.softmax_classifier().backprop()
print(run.derive("f"))
assert abs(run.gradients["f"] - (run.values["p"] - run.values["y"])).max() < 1e-12
run.draw().save("softmax-classifier.svg")
