"""A network in matrix notation: ∂L/∂W⁽ˡ⁾ = δ⁽ˡ⁾ z⁽ˡ⁻¹⁾ᵀ at every layer."""

import graphviz_bp as bp

run = bp.models.mlp_matrix((2, 3, 1)).backprop()
print(run.derive("W1"))
run.draw().save("mlp-in-matrices.svg")
