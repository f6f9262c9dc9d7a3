"""Bytes a node at the peak, above what the imports take: `python memory.py NEURONS numpy|numba` (its own process)."""

import re
import sys
from pathlib import Path

from graphs import layer_numbers, mlp_by_layers

import graphviz_bp.engine.run as engine


def status(word):
    """A size of this process in bytes (VmRSS: now, VmHWM: at the peak)."""
    return 1024 * int(re.search(rf"{word}:\s+(\d+)", Path("/proc/self/status").read_text())[1])


neurons, how = int(sys.argv[1]), sys.argv[2]
engine.COMPILED = 0 if how == "numba" else sys.maxsize
mlp_by_layers(20).backprop(layer_numbers(20))  # whatever is imported late
before = status("VmRSS")
graph, numbers = mlp_by_layers(neurons), layer_numbers(neurons)
run = graph.backprop(numbers)
assert run.gradients["v"].shape == numbers["v"].shape
print(len(graph.tape), (status("VmHWM") - before) / len(graph.tape))
