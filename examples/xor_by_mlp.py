"""XOR by two hidden neurons, learned from its four examples."""

import graphviz_bp as bp

path = bp.models.xor_mlp("untrained").descend(bp.models.data.xor(), rate=4, steps=200)
print(path)
path.figure(level="network").save("xor-by-mlp.svg")
