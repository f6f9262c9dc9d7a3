"""Networks over time: the simple RNN of the lecture, the LSTM, the GRU; parameters are shared by all steps."""

from __future__ import annotations

import graphviz_bp as bp

from .options import counted, one_of
from .statements import parsed, stated

LETTERS = ([1, 0], [0, 1], [1, 1], [0, 0])  # what comes in, one a step, again and again
WORDS = ([0, 1], [1, 0], [0, 1], [1, 0])  # what should come out
SIGNAL = (1, -0.5, 0.5, 2)
GATES = {"f": (0.6, 0.4, 0.5), "i": (0.7, 0.5, 0), "g": (0.9, 0.8, 0.1), "o": (0.5, 0.3, 0.4)}  # w, u, b


def rnn(steps: int = 3) -> bp.Graph:
    """The simple RNN, unrolled: a = b + Ws + Ux, s = tanh a, o = c + Vs, ŷ = softmax o, cross-entropy summed over time.

    >>> rnn(2)["a2"].formula
    'b + W s^(1) + U x^(2)'
    """
    lines = ["W = [[0.5, -0.3], [0.2, 0.4]]; U = [[0.6, -0.1], [-0.4, 0.8]]; V = [[1, -0.5], [-0.7, 0.9]]",
             "b = [0.1, -0.1]; c = [0, 0.2]", stated("s0", [0, 0], "s^{(0)}")]  # fmt: skip
    for t in range(1, counted(1, steps=steps) + 1):
        up = f"^{{({t})}}"
        lines += [f"data x{t}, y{t}",
                  stated(f"x{t}", LETTERS[(t - 1) % 4], "x" + up), stated(f"y{t}", WORDS[(t - 1) % 4], "y" + up),
                  stated(f"a{t}", f"b + W@s{t - 1} + U@x{t}", "a" + up),
                  stated(f"s{t}", f"tanh(a{t})", "s" + up),
                  stated(f"o{t}", f"c + V@s{t}", "o" + up),
                  stated(f"yhat{t}", f"softmax(o{t})", "\\hat{y}" + up),
                  stated(f"L{t}", f"-sum(y{t}*log(yhat{t}))", "L" + up)]  # fmt: skip
    return parsed([*lines, stated("L", " + ".join(f"L{t}" for t in range(1, steps + 1)))])


def lstm(steps: int = 1, size: str = "numbers") -> bp.Graph:
    """The LSTM: gates f, i and o, and the cell line c = f·c + i·g, along which the gradient is multiplied by f only.

    >>> run = lstm().backprop()
    >>> run.partials["c1", "c0"] == run.values["f1"]
    True
    """
    numbers, gates = one_of(("numbers", "vectors"), size=size) == "numbers", GATES.items()
    if numbers:
        lines = ["h0 = 0.3; c0 = 0.8", *(f"w_{k} = {w}; u_{k} = {u}; b_{k} = {b}" for k, (w, u, b) in gates)]
        gate, loss = "a_{k}{t} = w_{k}*x{t} + u_{k}*h{s} + b_{k}", "(h{} - 1)^2/2"
    else:
        lines = ["h0 = [0.3, -0.2]; c0 = [0.8, -0.5]"]
        lines += [f"W_{k} = [[{u}, -0.2, {w}], [0.1, {u}, -{w}]]; b_{k} = [{b}, 0.1]" for k, (w, u, b) in gates]
        gate, loss = "a_{k}{t} = W_{k}@concat(h{s}, x{t}) + b_{k}", "sum((h{} - 1)^2)/2"
    for t in range(1, counted(1, steps=steps) + 1):
        x = SIGNAL[(t - 1) % 4]
        lines += [f"data x{t}; x{t} = {x if numbers else [x]}"]
        lines += [gate.format(k=k, t=t, s=t - 1) + f'; name a_{k}{t} "a_{{{k},{t}}}"' for k in GATES]
        lines += [f"f{t} = sigmoid(a_f{t}); i{t} = sigmoid(a_i{t}); g{t} = tanh(a_g{t}); o{t} = sigmoid(a_o{t})",
                  f"c{t} = f{t}*c{t - 1} + i{t}*g{t}",
                  f"h{t} = o{t}*tanh(c{t})"]  # fmt: skip
    return parsed([*lines, stated("L", loss.format(steps))])


def gru(steps: int = 1) -> bp.Graph:
    """The gated recurrent unit: z says how much of the state is made new, r how much of it the new state sees."""
    lines = ["h0 = 0.3", "w_z = 0.6; u_z = 0.4; b_z = 0.1; w_r = 0.7; u_r = -0.5; b_r = 0.2",
             "w_n = 0.9; u_n = 0.8; b_n = 0"]  # fmt: skip
    for t in range(1, counted(1, steps=steps) + 1):
        lines += [f"data x{t}; x{t} = {SIGNAL[(t - 1) % 4]}",
                  f"z{t} = sigmoid(w_z*x{t} + u_z*h{t - 1} + b_z)",
                  f"r{t} = sigmoid(w_r*x{t} + u_r*h{t - 1} + b_r)",
                  stated(f"n{t}", f"tanh(w_n*x{t} + u_n*(r{t}*h{t - 1}) + b_n)", f"\\tilde{{h}}_{{{t}}}"),
                  f"h{t} = (1 - z{t})*h{t - 1} + z{t}*n{t}"]  # fmt: skip
    return parsed([*lines, f"L = (h{steps} - 1)^2/2"])
