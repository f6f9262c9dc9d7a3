"""The fast engine: values and gradients of large graphs of numbers.

`backprop` takes it for graphs of a few hundred nodes and more, when their numbers are doubles (run.py). It plans once
for a graph what to work out together, in NumPy and in loops over lists (forward.py, backward.py), or runs a compiled
loop where numba is installed (compiled.py). What it knows of operations it reads from their rows (functions.py).
"""

from .run import Engine, SweptRun, engine_of, swept

__all__ = ["Engine", "SweptRun", "engine_of", "swept"]
