"""Two paths from u to z: the multivariate chain rule adds what comes back along each."""

import graphviz_bp as bp

run = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
print(run.derive("u"))
run.draw().save("tutorial.svg")
