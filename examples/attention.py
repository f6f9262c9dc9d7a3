"""Causal scaled dot-product attention: no position looks ahead, and no gradient comes back from there."""

import graphviz_bp as bp

run = bp.models.attention(causal=True).backprop()
print(run.derive("S"))
run.draw(chain="V").save("attention.svg")
