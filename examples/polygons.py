"""Seven half-planes, joined by AND into a triangle and a square, and those by OR: what two hidden layers can do."""

import graphviz_bp as bp
from graphviz_bp import plots

sides = [f"h{k}" for k in range(1, 8)]
plots.boundary(bp.models.half_planes(2), lines=sides, window=((-4, 3), (-3, 3))).savefig("polygons.svg")
