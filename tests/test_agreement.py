"""Gradients of random graphs agree between independent ways: doubles, 60-digit differences, autograd, sympy.diff.

A graph is drawn as a list of operations; the text for this package and the function for the other library are both
written from that list, and share no code. `AGREEMENT_SEED` chooses another draw; the seed is printed on failure.
"""

from __future__ import annotations

import os
import random

import numpy
import pytest

import graphviz_bp as bp
from graphviz_bp.backprop.sweep import forward
from graphviz_bp.numbers import digits

SEED = int(os.environ.get("AGREEMENT_SEED", "20240607"))
GRAPHS = 1000

FORMS = [  # text, and the same over autograd's NumPy
    ("{a} + {b}", lambda np, a, b: a + b),
    ("{a} - {b}", lambda np, a, b: a - b),
    ("{a}*{b}", lambda np, a, b: a * b),
    ("{a}/({b}^2 + 1)", lambda np, a, b: a / (b**2 + 1)),
    ("-{a}*0.5 + {b}/3", lambda np, a, b: -a * 0.5 + b / 3),
    ("{a}^2", lambda np, a, b: a**2),
    ("{a}^3/4", lambda np, a, b: a**3 / 4),
    ("tanh({a})", lambda np, a, b: np.tanh(a)),
    ("sigmoid({a} - {b})", lambda np, a, b: 1 / (1 + np.exp(-(a - b)))),
    ("softplus({a})", lambda np, a, b: np.log(1 + np.exp(a))),
    ("exp(tanh({a}))", lambda np, a, b: np.exp(np.tanh(a))),
    ("log({a}^2 + 1)", lambda np, a, b: np.log(a**2 + 1)),
    ("sqrt({a}^2 + 0.25)", lambda np, a, b: np.sqrt(a**2 + 0.25)),
    ("sin({a})*cos({b})", lambda np, a, b: np.sin(a) * np.cos(b)),
    ("relu({a})", lambda np, a, b: np.maximum(a, 0.0)),
    ("abs({a} - {b})", lambda np, a, b: np.abs(a - b)),
    ("max({a}, {b})", lambda np, a, b: np.maximum(a, b)),
    ("min({a}, 2*{b})", lambda np, a, b: np.minimum(a, 2 * b)),
    ("where({a} > {b}, {a}, {b}^2)", lambda np, a, b: np.where(a > b, a, b**2)),
    ("({a}^2 + 0.5)^sin({b})", lambda np, a, b: (a**2 + 0.5) ** np.sin(b)),
]
SMOOTH = [form for form in FORMS if not form[0].startswith(("relu", "abs", "max", "min", "where"))]


def drawn(generator, forms=FORMS, longest=24):
    """A random graph: its text, the chosen forms with the numbers of their operands, and its inputs' values."""
    inputs = [f"x{i}" for i in range(generator.randint(1, 4))]
    names, lines, chosen = list(inputs), [], []
    for i in range(generator.randint(2, longest)):
        form = generator.choice(forms)
        a, b = (generator.randrange(max(0, len(names) - 6), len(names)) for _ in "ab")
        lines.append(f"n{i} = {form[0].format(a=names[a], b=names[b])}")
        chosen.append((form[1], a, b))
        names.append(f"n{i}")
    sweep_up = " + ".join(f"tanh({name})" for name in names)  # every node counts, and nothing explodes
    text = "\n".join([*lines, f"z = {sweep_up}"])
    return text, chosen, {name: generator.uniform(-2, 2) for name in inputs}


def by_autograd(chosen, values):
    import autograd
    import autograd.numpy as anp

    def function(x):
        nodes = [x[i] for i in range(len(values))]
        for form, a, b in chosen:
            nodes.append(form(anp, nodes[a], nodes[b]))
        return sum(anp.tanh(node) for node in nodes)

    with numpy.errstate(all="ignore"):  # its cosh² overflows where tanh is flat, and its answer is right all the same
        return autograd.grad(function)(anp.array(list(values.values())))


def by_differences(graph, values):
    """Central differences at 60 digits with a step of 10⁻²⁰: right to 40 digits away from kinks."""
    m = digits(60)
    nodes = {name: graph.tape.inputs[name].node for name in values}
    h = m.context.mpf(10) ** -20

    def output(name, shift):
        given = {nodes[other]: m.number(value) + (shift if other == name else 0) for other, value in values.items()}
        return forward(graph.tape, given, m)[graph.tape.by_name[graph.output]]

    return [(output(name, h) - output(name, -h)) / (2 * h) for name in values]


def close(found, expected, tolerance, scale):
    return abs(found - expected) <= tolerance * max(abs(expected), scale)


@pytest.mark.parametrize("part", range(10))
def test_gradients_of_random_graphs_agree_with_sixty_digits_and_with_autograd(part):
    for k in range(GRAPHS // 10):
        seed = SEED + part * 100_000 + k
        text, chosen, values = drawn(random.Random(seed))
        graph = bp.parse(text)
        run = graph.backprop(values)
        found = [run.gradients[name] for name in values]
        # the bound is relative to the largest local contribution: a sum that cancels is no more exact than its terms
        scale = max(abs(t.contribution) for step in run.steps if step.node in values for t in step.terms)
        others = by_autograd(chosen, values)
        for mine, reference, other in zip(found, by_differences(graph, values), others, strict=True):
            assert close(mine, float(reference), 1e-12, float(scale)), f"seed {seed}: {mine} against {reference}\n{text}"
            assert numpy.isnan(other) or close(mine, float(other), 1e-12, float(scale)), f"seed {seed}: {other}\n{text}"


@pytest.mark.parametrize("part", range(4))
def test_symbolic_gradients_of_random_graphs_agree_with_sympy_diff(part):
    import sympy

    for k in range(50):
        seed = SEED + 5_000_000 + part * 1000 + k
        text, _, values = drawn(random.Random(seed), SMOOTH, longest=4)
        run = bp.parse(text).backprop()
        point = {sympy.Symbol(name, real=True): sympy.Rational(str(round(value, 3))) for name, value in values.items()}
        for symbol in point:
            expected = sympy.diff(run.values["z"], symbol).evalf(30, subs=point)
            found = sympy.sympify(run.gradients[symbol.name]).evalf(30, subs=point)
            assert abs(found - expected) <= sympy.Float(10) ** -25 * (1 + abs(expected)), f"seed {seed}\n{text}"


@pytest.mark.slow
def test_many_more_random_graphs_agree_with_autograd():
    for k in range(20_000):
        seed = SEED + 50_000_000 + k
        text, chosen, values = drawn(random.Random(seed), longest=12)
        run = bp.parse(text).backprop(values)
        scale = max(abs(t.contribution) for step in run.steps if step.node in values for t in step.terms)
        others = by_autograd(chosen, values)
        if not numpy.isfinite(others).all():  # where its own formulas overflow, sixty digits judge
            others = by_differences(bp.parse(text), values)
        for name, other in zip(values, others, strict=True):
            assert close(run.gradients[name], float(other), 1e-12, float(scale)), f"seed {seed}\n{text}"
