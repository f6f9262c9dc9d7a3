"""The fast engine: values and gradients of large graphs of numbers.

`backprop` takes it for graphs above a few hundred nodes, when the numbers are doubles. It plans once for a graph what
to work out together (forward.py, backward.py), or runs a compiled loop where numba is installed (compiled.py).
"""

from .run import Engine, engine_of, swept

__all__ = ["Engine", "engine_of", "swept"]
