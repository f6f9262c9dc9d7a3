"""No line separates XOR; with x₁x₂ as a third feature a single neuron does."""

import graphviz_bp as bp

path = bp.models.xor_features().descend(bp.models.data.xor(), rate=1, steps=50)
print(path)
path.figure().save("xor-by-features.svg")
