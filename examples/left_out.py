"""A derivative with a path left out: the path is marked, with the claim and the correct line below."""

import graphviz_bp as bp

graph = bp.parse("v = u**2; w = 6*u; z = v*w")
report = graph.check({"u": "2*u*w"}, at={"u": 5})
print(report)
report.draw().save("left-out.svg")
