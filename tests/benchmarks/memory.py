"""Bytes a node at the peak, above what the imports take: `python memory.py NEURONS numpy|numba` (its own process)."""

import resource
import sys
from pathlib import Path

from graphs import layer_numbers, mlp_by_layers

import graphviz_bp.engine.run as engine

engine.COMPILED = 0 if sys.argv[2] == "numba" else sys.maxsize
mlp_by_layers(10).backprop(layer_numbers(10))  # whatever is imported late
if sys.argv[2] == "numba":
    engine.engine_of(graph := mlp_by_layers(30)).sweep  # noqa: B018
    graph.backprop(layer_numbers(30))
before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
graph = mlp_by_layers(int(sys.argv[1]))
numbers = layer_numbers(int(sys.argv[1]))
run = graph.backprop(numbers)
assert run.gradients["v"].shape == numbers["v"].shape
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(len(graph.tape), (peak - before) / len(graph.tape))
