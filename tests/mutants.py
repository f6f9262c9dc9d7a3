"""Random graphs, right answers in many spellings, and mutants of them, made without the package's own mathematics.

Expressions are nested tuples; they are differentiated, rewritten, spoilt, printed and evaluated at 60 digits here, so
that the truth about every pair is known from code that shares nothing with the checker.
"""

from __future__ import annotations

import random
from fractions import Fraction

import mpmath

CONTEXT = mpmath.mp.clone()
CONTEXT.dps = 60
FUNCTIONS = ("exp", "tanh", "sigmoid", "sin", "cos", "softplus", "relu", "abs", "sqrt1", "log1")


def number(value):
    return ("n", Fraction(value))


ZERO, ONE, TWO = number(0), number(1), number(2)


def add(a, b):
    return b if a == ZERO else a if b == ZERO else ("+", a, b)


def mul(a, b):
    return ZERO if ZERO in (a, b) else b if a == ONE else a if b == ONE else ("*", a, b)


# -- the language, for printing and evaluating


def text(e):
    kind = e[0]
    if kind == "x":
        return e[1]
    if kind == "n":
        return str(e[1]) if e[1] >= 0 and e[1].denominator == 1 else f"({e[1]})"
    if kind == "^":
        return f"({text(e[1])})^{e[2]}" if e[2] >= 0 else f"({text(e[1])})^({e[2]})"
    if kind == "f":
        inner = text(e[2])
        return {"sqrt1": f"sqrt(({inner})^2 + 1)", "log1": f"log(({inner})^2 + 1)"}.get(e[1], f"{e[1]}({inner})")
    if kind == "neg":
        return f"-({text(e[1])})"
    return f"({text(e[1])} {kind} {text(e[2])})"


def value(e, env):
    kind, m = e[0], CONTEXT
    if kind == "x":
        return env[e[1]]
    if kind == "n":
        return m.mpf(e[1].numerator) / e[1].denominator
    if kind == "^":
        return value(e[1], env) ** e[2]
    if kind == "neg":
        return -value(e[1], env)
    if kind == "f":
        x = value(e[2], env)
        return {
            "exp": m.exp, "tanh": m.tanh, "sin": m.sin, "cos": m.cos, "abs": abs, "sigmoid": lambda t: 1 / (1 + m.exp(-t)),
            "softplus": lambda t: m.log(1 + m.exp(t)), "relu": lambda t: max(t, m.mpf(0)), "step": lambda t: m.mpf(t > 0),
            "sign": m.sign, "sqrt1": lambda t: m.sqrt(t * t + 1), "log1": lambda t: m.log(t * t + 1),
        }[e[1]](x)  # fmt: skip
    a, b = value(e[1], env), value(e[2], env)
    return a + b if kind == "+" else a - b if kind == "-" else a * b if kind == "*" else a / b


def names(e):
    if e[0] == "x":
        return {e[1]}
    return set().union(*(names(part) for part in e[1:] if isinstance(part, tuple))) if e[0] != "n" else set()


# -- calculus


def diff(e, name):
    """The derivative of one expression by a name in it, all names being independent."""
    kind = e[0]
    if kind == "x":
        return ONE if e[1] == name else ZERO
    if kind == "n":
        return ZERO
    if kind == "+":
        return add(diff(e[1], name), diff(e[2], name))
    if kind == "-":
        return add(diff(e[1], name), mul(number(-1), diff(e[2], name)))
    if kind == "neg":
        return mul(number(-1), diff(e[1], name))
    if kind == "*":
        return add(mul(diff(e[1], name), e[2]), mul(e[1], diff(e[2], name)))
    if kind == "/":
        top = add(mul(diff(e[1], name), e[2]), mul(number(-1), mul(e[1], diff(e[2], name))))
        return ZERO if top == ZERO else ("/", top, ("^", e[2], 2))
    if kind == "^":
        return mul(mul(number(e[2]), ("^", e[1], e[2] - 1)), diff(e[1], name))
    return mul(slope(e[1], e[2], e), diff(e[2], name))


def slope(function, x, y):
    return {
        "exp": y, "tanh": ("-", ONE, ("^", y, 2)), "sigmoid": mul(y, ("-", ONE, y)), "sin": ("f", "cos", x),
        "cos": ("neg", ("f", "sin", x)), "softplus": ("f", "sigmoid", x), "relu": ("f", "step", x), "abs": ("f", "sign", x),
        "sqrt1": ("/", x, y), "log1": ("/", mul(TWO, x), add(("^", x, 2), ONE)),
    }[function]  # fmt: skip


class RandomGraph:
    """A few named expressions over a few inputs; the last one is the output."""

    def __init__(self, rng):
        self.rng = rng
        self.inputs = [f"x{i}" for i in range(rng.randint(1, 3))]
        self.nodes = {}
        known = list(self.inputs)
        for i in range(rng.randint(1, 5)):
            name = f"n{i}"
            self.nodes[name] = self.drawn(known[-4:], 2)
            known.append(name)
        rest = [n for n in known if not any(n in names(e) for e in self.nodes.values())]
        self.nodes["z"] = self.joined([("x", n) for n in rest])

    def joined(self, parts):
        out = parts[0]
        for part in parts[1:]:
            out = (self.rng.choice("+*-"), out, part)
        return out if out[0] != "x" else ("*", number(3), out)

    def drawn(self, known, depth):
        rng = self.rng
        if depth == 0 or rng.random() < 0.15:
            return ("x", rng.choice(known))
        kind = rng.choice("++--**/^ff")
        if kind == "^":
            return ("^", self.drawn(known, depth - 1), rng.choice([2, 2, 3]))
        if kind == "f":
            return ("f", rng.choice(FUNCTIONS), self.drawn(known, depth - 1))
        if kind == "/":
            return ("/", self.drawn(known, depth - 1), ("+", ("^", self.drawn(known, depth - 1), 2), ONE))
        second = number(rng.choice([2, 3, Fraction(1, 2)])) if rng.random() < 0.25 else self.drawn(known, depth - 1)
        return (kind, self.drawn(known, depth - 1), second)

    @property
    def source(self):
        return "\n".join(f"{name} = {text(e)}" for name, e in self.nodes.items())

    def gradient(self, wrt):
        """∂z/∂wrt in the names of the graph, by going forward from wrt."""
        slopes = {wrt: ONE}
        for name, e in self.nodes.items():
            if name == wrt:
                continue
            total = ZERO
            for parent in sorted(names(e) & slopes.keys()):
                total = add(total, mul(diff(e, parent), slopes[parent]))
            if total != ZERO:
                slopes[name] = total
        return slopes.get("z", ZERO)

    def at(self, point):
        env = dict(point)
        for name, e in self.nodes.items():
            env[name] = value(e, env)
        return env


# -- rewriting, which changes nothing, and mutating, which should


def rewritten(e, rng, nodes, depth=0):
    """The same thing written in another way."""
    if e[0] == "x" and e[1] in nodes and rng.random() < 0.25 and depth < 6:
        return rewritten(nodes[e[1]], rng, nodes, depth + 1)
    if e[0] in ("x", "n"):
        return e
    parts = [rewritten(p, rng, nodes, depth + 1) if isinstance(p, tuple) else p for p in e[1:]]
    e = (e[0], *parts)
    turn = rng.random()
    if e[0] in "+*" and turn < 0.4:
        return (e[0], e[2], e[1])
    if e[0] == "-" and turn < 0.3:
        return ("neg", ("-", e[2], e[1]))
    if e[0] == "*" and e[2][0] in "+-" and turn < 0.7:
        return (e[2][0], ("*", e[1], e[2][1]), ("*", e[1], e[2][2]))
    if e[0] == "/" and turn < 0.3:
        return ("*", e[1], ("^", e[2], -1))
    if e[0] == "^" and e[2] == 2 and turn < 0.5:
        return ("*", e[1], e[1])
    if e[0] == "f" and e[1] == "sigmoid" and turn < 0.3:
        return ("/", ONE, ("+", ONE, ("f", "exp", ("neg", e[2]))))
    if e[0] == "f" and e[1] == "tanh" and turn < 0.3:
        return ("-", ("*", TWO, ("f", "sigmoid", ("*", TWO, e[2]))), ONE)
    if e[0] == "f" and e[1] == "relu" and turn < 0.3:
        return ("*", e[2], ("f", "step", e[2]))
    return e


def size(e):
    return 1 + sum(size(p) for p in e[1:] if isinstance(p, tuple))


def mutated(e, rng, known):
    """One thing in it changed."""
    place, left = rng.randrange(size(e)), [0]

    def walk(node):
        left[0] += 1
        if left[0] - 1 == place:
            return spoilt(node, rng, known)
        return (node[0], *(walk(p) if isinstance(p, tuple) else p for p in node[1:]))

    return walk(e)


def spoilt(e, rng, known):
    kind = e[0]
    if kind == "x":
        return ("x", rng.choice(known)) if rng.random() < 0.7 else rng.choice([ONE, ("*", TWO, e), ("neg", e)])
    if kind == "n":
        return number(e[1] + rng.choice([1, -1, Fraction(1, 2)]))
    if kind == "^":
        return rng.choice([("^", e[1], e[2] + 1), ("^", e[1], e[2] - 1 or 4), e[1]])
    if kind == "f":
        return rng.choice([e[2], ("neg", e), ("f", rng.choice(FUNCTIONS), e[2]), ONE])
    if kind == "neg":
        return e[1]
    if kind in "+-":
        return rng.choice([e[1], e[2], ("-" if kind == "+" else "+", e[1], e[2]), ("*", e[1], e[2])])
    return rng.choice([e[1], e[2], ("/" if kind == "*" else "*", e[1], e[2]), ("+", e[1], e[2]), ("neg", e)])


def stranger(rng, known):
    """An expression that is the derivative of nothing in particular."""
    x, y = (("x", rng.choice(known)) for _ in range(2))
    inner = ("+", ("*", number(rng.randint(3, 11)), x), ("^", y, rng.choice([3, 5])))
    return ("+", ("*", ("f", rng.choice(("sin", "tanh", "exp")), inner), number(Fraction(rng.randint(3, 17), 7))), x)


def apart(a, b, graph, point):
    """Whether two expressions differ at a point."""
    env = graph.at({**dict.fromkeys(graph.inputs, CONTEXT.mpf(1)), **{n: CONTEXT.mpf(x.numerator) / x.denominator for n, x in point.items()}})
    x, y = value(a, env), value(b, env)
    return abs(x - y) > abs(x) * CONTEXT.mpf(10) ** -30 + CONTEXT.mpf(10) ** -35


def agree(a, b, graph, rng, points=24):
    """Whether two expressions have the same value at every point where both have one; None if nowhere."""
    seen = 0
    for scale in (1, 2, 5) * (points // 3):
        env = graph.at({n: CONTEXT.mpf(rng.randint(-(10**6), 10**6)) / 10**6 * scale for n in graph.inputs})
        try:
            x, y = value(a, env), value(b, env)
        except (ZeroDivisionError, ValueError, OverflowError):
            continue
        if abs(x - y) > abs(x) * CONTEXT.mpf(10) ** -30 + CONTEXT.mpf(10) ** -35:
            return False
        seen += 1
    return True if seen > points // 2 else None


def pairs(seed, graphs):
    """Graph text, variable, answer, and whether it is right, for so many random graphs."""
    for number_ in range(graphs):
        rng = random.Random(f"{seed} {number_}")
        graph = RandomGraph(rng)
        wrt = rng.choice([*graph.inputs, *list(graph.nodes)[:-1]])
        truth = graph.gradient(wrt)
        if size(truth) > 120 or not any(n in graph.source for n in graph.inputs):
            continue
        used = [n for n in (*graph.inputs, *graph.nodes) if n in " ".join(map(text, graph.nodes.values())) or n in graph.nodes]
        for _ in range(2):
            answer = rewritten(truth, rng, graph.nodes)
            if size(answer) < 120:
                yield graph, wrt, answer, True
        for _ in range(2):
            answer = mutated(rewritten(truth, rng, graph.nodes) if rng.random() < 0.5 else truth, rng, used)
            right = agree(truth, answer, graph, rng)
            if right is not None and size(answer) < 120:
                yield graph, wrt, answer, right
