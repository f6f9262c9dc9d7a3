"""The packages compared with: each builds a graph from the same Python code and gives its gradient."""

from __future__ import annotations

import math
import sys
import threading


def deep(work):
    """Run work that recurses: micrograd goes through a graph by recursion, which needs a stack as deep as the graph."""
    result, limit = [], sys.getrecursionlimit()

    def call():
        result.append(work())

    sys.setrecursionlimit(10**7)
    size = threading.stack_size(1 << 30)
    try:
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    return result[0]


class Micrograd:
    """Rebuilt at every point, as it must be: its nodes hold their numbers."""

    def __init__(self):
        from micrograd.engine import Value

        self.Value = Value

    def tanh(self, x):
        t = math.tanh(x.data)
        out = self.Value(t, (x,), "tanh")

        def backward():
            x.grad += (1 - t * t) * out.grad

        out._backward = backward
        return out

    def build(self, make, numbers, n):
        return make(map(self.Value, numbers), self.tanh, n)

    def forget(self, root):
        """Take the graph apart, for a deep one is freed by recursion too."""
        stack = [root]
        while stack:
            node = stack.pop()
            stack.extend(node._prev)
            node._prev, node._backward = (), None


class Casadi:
    """An SX function of all leaves that gives the value and the gradient."""

    def __init__(self):
        import casadi

        self.casadi = casadi

    def build(self, make, names, n):
        leaves = [self.casadi.SX.sym(name) for name in names]
        return leaves, make(iter(leaves), self.casadi.tanh, n)

    def function(self, leaves, root):
        x = self.casadi.vertcat(*leaves)
        return self.casadi.Function("f", [x], [root, self.casadi.gradient(root, x)])

    def buffered(self, function, numbers):
        """The function on buffers made beforehand: nothing but the evaluation."""
        import numpy as np

        buffer, evaluate = function.buffer()
        kept = [np.array(numbers), np.zeros(1), np.zeros(len(numbers)), buffer, function]
        buffer.set_arg(0, memoryview(kept[0]))
        buffer.set_res(0, memoryview(kept[1]))
        buffer.set_res(1, memoryview(kept[2]))
        return evaluate, kept


def autograd_gradient(make, n):
    """A function from the array of all leaves to the gradient."""
    import autograd.numpy as anp
    from autograd import grad

    return grad(lambda x: make((x[i] for i in range(len(x))), anp.tanh, n))


def sympy_gradient(make, names, n):
    """The same by differentiating an expression and printing it as Python."""
    import sympy

    leaves = sympy.symbols(names)
    root = make(iter(leaves), sympy.tanh, n)
    return sympy.lambdify([leaves], [root, *(root.diff(x) for x in leaves)], "math", cse=True)
