"""Python functions read into graphs: run once on variables, with the nodes named after the local variables they go to.

def neuron(w, x, b=1):
    a = w * x + b
    return bp.sigmoid(a)

bp.trace(neuron)          # inputs w, x and b (default 1); a; and the output, named after the function
"""

from .trace import trace

__all__ = ["trace"]
