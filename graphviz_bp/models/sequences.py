"""Networks over time: the simple RNN of the lecture, the LSTM, the GRU; parameters are shared by all steps."""

from __future__ import annotations

import graphviz_bp as bp

from .options import counted, one_of

LETTERS = [[1, 0], [0, 1], [1, 1], [0, 0]]  # what comes in, one row a step, again and again
WORDS = [[0, 1], [1, 0], [0, 1], [1, 0]]  # what should come out


def rnn(steps: int = 3) -> bp.Graph:
    """The simple RNN, unrolled: a = b + Ws + Ux, s = tanh a, o = c + Vs, ŷ = softmax o, cross-entropy summed over time.

    >>> rnn(2)["a2"].formula
    'b + W s^(1) + U x^(2)'
    """
    lines = ["W = [[0.5, -0.3], [0.2, 0.4]]; U = [[0.6, -0.1], [-0.4, 0.8]]; V = [[1, -0.5], [-0.7, 0.9]]",
             'b = [0.1, -0.1]; c = [0, 0.2]; s0 = [0, 0]; data s0; name s0 "s^{(0)}"']  # fmt: skip
    for t in range(1, counted(1, steps=steps) + 1):
        lines += [f"data x{t}, y{t}; x{t} = {LETTERS[t % 4]}; y{t} = {WORDS[t % 4]}",
                  f"a{t} = b + W@s{t - 1} + U@x{t}",
                  f"s{t} = tanh(a{t})",
                  f"o{t} = c + V@s{t}",
                  f"yhat{t} = softmax(o{t})",
                  f"L{t} = -sum(y{t}*log(yhat{t}))"]  # fmt: skip
        lines += [f'name {name}{t} "{tex}^{{({t})}}"' for name, tex in _tex("x", "a", "s", "o", "y", "yhat", "L")]
    lines += [f"L = {' + '.join(f'L{t}' for t in range(1, steps + 1))}"]
    return bp.parse("\n".join(lines), limits=bp.Limits(characters=10**6, statements=10**5))


def _tex(*names: str) -> list[tuple[str, str]]:
    return [(name, "\\hat{y}" if name == "yhat" else name) for name in names]


def lstm(steps: int = 1, size: str = "numbers") -> bp.Graph:
    """The LSTM cell: forget, input and output gates; along the cell line c = f·c + i·g the gradient is multiplied by f only.

    >>> run = lstm().backprop()
    >>> run.partials["c1", "c0"] == run.values["f1"]
    True
    """
    numbers = one_of(("numbers", "vectors"), size=size) == "numbers"
    lines = ["data h0, c0; h0 = 0.3; c0 = 0.8" if numbers else "data h0, c0; h0 = [0.3, -0.2]; c0 = [0.8, -0.5]"]
    for gate, (w, u, b) in {"f": (0.6, 0.4, 0.5), "i": (0.7, 0.5, 0), "g": (0.9, 0.8, 0.1), "o": (0.5, 0.3, 0.4)}.items():
        lines += [f"w_{gate} = {w}; u_{gate} = {u}; b_{gate} = {b}" if numbers else
                  f"W_{gate} = [[{u}, -0.2, {w}], [0.1, {u}, -{w}]]; b_{gate} = [{b}, 0.1]"]  # fmt: skip
    for t in range(1, counted(1, steps=steps) + 1):
        lines += [f"data x{t}; x{t} = {(1, -0.5, 0.5, 2)[(t - 1) % 4] if numbers else [(1, -0.5, 0.5, 2)[(t - 1) % 4]]}"]
        lines += [] if numbers else [f"v{t} = concat(h{t - 1}, x{t})"]
        lines += [f"a_{gate}{t} = w_{gate}*x{t} + u_{gate}*h{t - 1} + b_{gate}" if numbers else
                  f"a_{gate}{t} = W_{gate}@v{t} + b_{gate}" for gate in "figo"]  # fmt: skip
        lines += [f"{gate}{t} = {'tanh' if gate == 'g' else 'sigmoid'}(a_{gate}{t})" for gate in "figo"]
        lines += [f"c{t} = f{t}*c{t - 1} + i{t}*g{t}", f"h{t} = o{t}*tanh(c{t})"]
        lines += [f'name a_{gate}{t} "a_{{{gate},{t}}}"' for gate in "figo"]
    lines += [f"L = (h{steps} - 1)^2/2" if numbers else f"L = sum((h{steps} - 1)^2)/2"]
    return bp.parse("\n".join(lines), limits=bp.Limits(characters=10**6, statements=10**5))


def gru(steps: int = 1) -> bp.Graph:
    """The gated recurrent unit: z says how much of the state is made new, r how much of it the new state sees."""
    lines = ["data h0; h0 = 0.3", "w_z = 0.6; u_z = 0.4; b_z = 0.1; w_r = 0.7; u_r = -0.5; b_r = 0.2",
             'w_n = 0.9; u_n = 0.8; b_n = 0']  # fmt: skip
    for t in range(1, counted(1, steps=steps) + 1):
        lines += [f"data x{t}; x{t} = {(1, -0.5, 0.5, 2)[(t - 1) % 4]}",
                  f"z{t} = sigmoid(w_z*x{t} + u_z*h{t - 1} + b_z)",
                  f"r{t} = sigmoid(w_r*x{t} + u_r*h{t - 1} + b_r)",
                  f"n{t} = tanh(w_n*x{t} + u_n*(r{t}*h{t - 1}) + b_n)",
                  f"h{t} = (1 - z{t})*h{t - 1} + z{t}*n{t}",
                  f'name n{t} "\\tilde{{h}}_{{{t}}}"']  # fmt: skip
    return bp.parse("\n".join([*lines, f"L = (h{steps} - 1)^2/2"]), limits=bp.Limits(characters=10**6, statements=10**5))
