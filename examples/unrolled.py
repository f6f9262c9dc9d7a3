"""Three steps of a recurrent network: the gradients of U, V and W are sums over time."""

import graphviz_bp as bp

steps = "".join(f"""
    h{t} = tanh(U*x{t} + W*h{t - 1})
    y{t} = V*h{t}
    L{t} = 1/2*(y{t} - t{t})^2
    data x{t}, t{t}
""" for t in (1, 2, 3))
graph = bp.parse(steps + "L = L1 + L2 + L3")
signal = {"x1": 1, "x2": -0.5, "x3": 2, "t1": 0.5, "t2": 0.5, "t3": 1}
graph.backprop({"U": 0.5, "W": 0.8, "V": 1.5, "h0": 0, **signal}).draw(level="unrolled").save("unrolled.svg")
