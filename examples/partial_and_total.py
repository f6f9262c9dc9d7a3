"""A node that feeds the output both directly and through another: ∂c/∂b₁ = 4 on the wire, dc/db₁ = 9 at the node."""

import graphviz_bp as bp

run = bp.parse("b1 = 2*a; b2 = 3*a + b1; c = 4*b1 + 5*b2").backprop({"a": 1})
print(run.derive("b1"))
run.draw(chain="b1").save("partial-and-total.svg")
