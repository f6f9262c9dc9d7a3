"""LaTeX as people write it: what each spelling means, statements read into graphs, and equations picked out of files."""

from __future__ import annotations

import os
import random
import time

import pytest

import graphviz_bp as bp
from graphviz_bp.errors import InputError
from graphviz_bp.reading.claims import ClaimReader
from graphviz_bp.reading.equations import equations_in

GRAPH = bp.parse(r"""
    data x, y
    a1 = w1*x + b1
    h1 = sigmoid(a1)
    a2 = w_2*h1 + b2
    yhat = tanh(a2)
    L = (yhat - y)^2/2 + theta*uv^2
    s = u + v + uv + x11 + rate'
    loss = L + s
    name a2 "a^{[2]}"
    name h1 "h^{(1)}"
""")
READER = ClaimReader(GRAPH)

# a spelling, and the same in the language of the package
SPELLINGS = [
    # products
    (r"6uv", "6*uv"), (r"6 u v", "6*u*v"), (r"6u\,v", "6*u*v"), (r"u \cdot v", "u*v"), (r"u \times v", "u*v"),
    (r"u\ast v", "u*v"), (r"u \odot v", "u*v"), (r"2(u+v)", "2*(u+v)"), (r"(u+v)(u-v)", "(u+v)*(u-v)"), (r"w_1x", "w1*x"),
    (r"2u \cdot 6u + 6u^2", "2*u*6*u + 6*u^2"), (r"u v^2 x", "u*v^2*x"), (r"-u v", "-u*v"), (r"x x", "x*x"), (r"u{v}", "u*v"),
    (r"u·v", "u*v"), (r"u × v − x", "u*v - x"), (r"u\left(v+x\right)", "u*(v+x)"), (r"3\left[u+v\right]", "3*(u+v)"),
    (r"u\bigl(v+x\bigr)", "u*(v+x)"), (r"2\{u+v\}", "2*(u+v)"), (r"u 2^v", "u*2^v"),
    # names
    (r"\hat{y} - y", "yhat - y"), (r"\hat y - y", "yhat - y"), (r"ŷ - y", "yhat - y"), (r"\widehat{y}", "yhat"), (r"w_1", "w1"),
    (r"w_{1}", "w1"), (r"w₁", "w1"), (r"w_{2}", "w_2"), (r"w_2", "w_2"), (r"a^{[2]}", "a2"), (r"h^{(1)}", "h1"), (r"\theta", "theta"),
    (r"θ", "theta"), (r"\mathrm{uv}", "uv"), (r"\text{rate}'", "rate'"), (r"x_{11}", "x11"), (r"\mathbf{u}", "u"),
    (r"\boldsymbol{\theta}", "theta"), (r"h^{(1)2}", None), (r"{h^{(1)}}^2", "h1^2"), (r"(a^{[2]})^2", "a2^2"), (r"a_1", "a1"),
    (r"\mathcal{L}", "L"), (r"rate'", "rate'"), (r"uv", "uv"), (r"vu", "v*u"), (r"theta", "theta"),
    # powers and roots
    (r"u^2", "u^2"), (r"u^{2}", "u^2"), (r"u^{10}", "u^10"), (r"u²", "u^2"), (r"u^{-1}", "u^(-1)"), (r"u^{-v}", "u^(-v)"), (r"u⁻¹", "u^(-1)"),
    (r"\sqrt{u}", "sqrt(u)"), (r"\sqrt u", "sqrt(u)"), (r"\sqrt[3]{u}", "cbrt(u)"), (r"√u", "sqrt(u)"), (r"√(u+1) v", "sqrt(u+1)*v"),
    (r"\sqrt{u^2+1}v", "sqrt(u^2+1)*v"), (r"u^{v^2}", "u^(v^2)"), (r"2^{u}", "2^u"), (r"w_1^2", "w1^2"), (r"\hat{y}^2", "yhat^2"),
    (r"u^v x", "u^v*x"), (r"(u+v)^2", "(u+v)^2"),
    # fractions
    (r"\frac{u}{v}", "u/v"), (r"\tfrac{1}{2}u", "1/2*u"), (r"\dfrac{u+1}{v-1}", "(u+1)/(v-1)"), (r"\frac12 u", "1/2*u"), (r"\frac1u", "1/u"),
    (r"\frac{1}{2}(\hat y-y)^2", "1/2*(yhat-y)^2"), (r"u/v", "u/v"), (r"u/(v x)", "u/(v*x)"), (r"1/2(u+v)", "1/2*(u+v)"), (r"1/2 u", "1/2*u"),
    (r"\frac{\frac{u}{v}}{x}", "u/v/x"), (r"\frac{u}{v}x", "u/v*x"), (r"\cfrac{u}{v}", "u/v"), (r"½u", "1/2*u"), (r"u \div v", "u/v"),
    (r"\frac{-y}{\hat{y}}", "-y/yhat"), (r"-\frac{y}{\hat y} + \frac{1-y}{1-\hat y}", "-y/yhat + (1-y)/(1-yhat)"),
    # functions
    (r"\sigma(a_1)(1-\sigma(a_1))", "sigmoid(a1)*(1-sigmoid(a1))"), (r"σ(a₁)", "sigmoid(a1)"), (r"\sigma'(a_1)", "sigmoid(a1)*(1-sigmoid(a1))"),
    (r"\sigma^{\prime}(a_1)", "sigmoid(a1)*(1-sigmoid(a1))"), (r"\tanh'(u)", "1-tanh(u)^2"), (r"e^{-x}", "exp(-x)"), (r"e^x", "exp(x)"), (r"\mathrm{e}^{x}", "exp(x)"),
    (r"\exp(-x)", "exp(-x)"), (r"\exp\left(-\frac{x^2}{2}\right)", "exp(-x^2/2)"), (r"\exp{x}", "exp(x)"), (r"\ln x", "ln(x)"), (r"\log(x)", "log(x)"),
    (r"\log \hat{y}", "log(yhat)"), (r"\ln 2x", "ln(2*x)"), (r"\ln x (1-y)", "ln(x)*(1-y)"), (r"y\log\hat{y}+(1-y)\log(1-\hat{y})", "y*log(yhat)+(1-y)*log(1-yhat)"),
    (r"\tanh x", "tanh(x)"), (r"\tanh^2 x", "tanh(x)^2"), (r"1-\tanh^{2}(a_1)", "1-tanh(a1)^2"), (r"\sin x \cos x", "sin(x)*cos(x)"), (r"\sin^2 x", "sin(x)^2"),
    (r"\sin(x)^2", "sin(x)^2"), (r"\sin x^2", "sin(x^2)"), (r"\cos(2x)", "cos(2*x)"), (r"\arctan x", "atan(x)"), (r"|x|", "abs(x)"), (r"\left|x-y\right|", "abs(x-y)"),
    (r"\lvert x\rvert", "abs(x)"), (r"|u||v|", "abs(u)*abs(v)"), (r"u|x|v", "u*abs(x)*v"), (r"\ln|x|", "ln(abs(x))"), (r"\max(0, x)", "max(0, x)"), (r"\max\{0, x\}", "max(0, x)"),
    (r"\max\left(0, u x\right)", "max(0, u*x)"), (r"\min(u,v)", "min(u, v)"), (r"\operatorname{ReLU}(x)", "relu(x)"), (r"\mathrm{ReLU}(x)", "relu(x)"), (r"\text{softplus}(x)", "softplus(x)"),
    (r"relu(x)", "relu(x)"), (r"sigmoid(x) y", "sigmoid(x)*y"), (r"\operatorname{sgn}(x)", "sign(x)"), (r"\log_2 x", "log2(x)"), (r"\log_{10}(x)", "log10(x)"),
    (r"\ln\sigma(a_1)", "ln(sigmoid(a1))"), (r"\sinh x", "sinh(x)"), (r"\Phi(x)+x\phi(x)", "Phi(x)+x*phi(x)"), (r"2\pi x", "2*acos(-1)*x"), (r"e", "exp(1)"), (r"\sin 2x", "sin(2*x)"),
    # indicators
    (r"\mathbb{1}[x>0]", "(x > 0)"), (r"\mathbb{1}_{x>0}", "(x > 0)"), (r"\mathbf{1}\{x>0\}", "(x > 0)"), (r"u\,\mathbb{1}[x\ge 0]", "u*(x >= 0)"), (r"1[x>0]", "(x > 0)"), (r"[x>0]", "(x > 0)"),
    (r"\mathbb{I}(x \leq y)", "(x <= y)"), (r"\mathbb{1}[y=1]", "(y == 1)"), (r"𝟙[x>0] u", "(x > 0)*u"),
    (r"u 1[x>=0]", "u*(x >= 0)"), (r"\mathbb{1}[x>=0] u", "(x >= 0)*u"), (r"\mathbf{1}_{x<=y}", "(x <= y)"), (r"\mathbb{1}[0<x<1]", "(0 < x)*(x < 1)"), (r"(x)_+", "relu(x)"), (r"\mathbb{1}[0 \le x \le y]", "(x >= 0)*(x <= y)"),
    (r"\begin{cases} u & x > 0 \\ v & \text{otherwise} \end{cases}", "where(x > 0, u, v)"), (r"u \text{ if } x > 0 \text{ else } v", "where(x > 0, u, v)"), (r"H(x) u", "step(x)*u"), (r"\chi_{x>0}", "(x > 0)"),
    # gradients
    (r"\frac{d}{du}(u^2 v)", "2*u*v"), (r"\frac{d}{du} u^3", "3*u^2"), (r"\frac{d(u^2)}{du}", "2*u"), (r"\partial_u L", "dL/du"), (r"D_u L", "dL/du"), (r"\frac{\partial loss}{\partial u}", "dloss/du"), (r"\frac{\partial L}{\partial \hat{y}}", "dL/dyhat"), (r"\frac{dL}{dw_1}", "dL/dw1"), (r"\frac{d L}{d w_1}", "dL/dw1"),
    (r"\frac{\mathrm{d}L}{\mathrm{d}w_1}", "dL/dw1"), (r"\tfrac{\partial L}{\partial a^{[2]}}", "dL/da2"), (r"\partial L/\partial w_1", "dL/dw1"), (r"∂L/∂w₁", "dL/dw1"), (r"dL/dw_1", "dL/dw1"),
    (r"\frac{\partial}{\partial u} L", "dL/du"), (r"\pdv{L}{u}", "dL/du"), (r"\dv{L}{u}", "dL/du"), (r"\nabla_{w_1} L", "dL/dw1"), (r"\nabla_u L", "dL/du"), (r"\bar a_1", "dloss/da1"),
    (r"\bar{a}_1 x", "dloss/da1*x"), (r"\overline{w_1}", "dloss/dw1"), (r"\delta^{[2]}", "dloss/da2"), (r"δ^{[2]} h^{(1)}", "dloss/da2*h1"), (r"\delta_1", "dloss/da1"), (r"\delta_{a_1}", "dloss/da1"),
    (r"\frac{\partial L}{\partial a_1} x", "dL/da1*x"), (r"\frac{\partial \hat y}{\partial a^{[2]}} \cdot \frac{\partial L}{\partial \hat y}", "dyhat/da2*dL/dyhat"),
    (r"\left(\frac{\partial L}{\partial u}\right)^2", "(dL/du)^2"), (r"∂L/∂ŷ", "dL/dyhat"), (r"(dL/du)^2", "(dL/du)^2"),
    # typography
    (r"$u+v$", "u+v"), (r"\displaystyle u + v", "u+v"), (r"u\;+\;v", "u+v"), (r"u &+ v", "u+v"), (r"{u} + {v}", "u+v"), (r"\left( u \right)", "u"), (r"u + v.", "u+v"), (r"u + v \\", "u+v"),
    (r"~u+v", "u+v"), (r"u \quad", "u"), (r"\!u", "u"), (r"0.5u", "0.5*u"), (r".5u", "0.5*u"), (r"+u", "u"),
]  # fmt: skip

REFUSED = [  # what is unclear or unknown, and a word of what is said
    (r"\frac{u}{", "closed"), (r"u^{2", "closed"), (r"(u+v", "closed"), (r"u)", "closes nothing"), (r"q", "there is no node q"), (r"\alpha", "there is no node alpha"),
    (r"u/v\,x", "not clear"), (r"\theta/2v", "not clear"), (r"\frac{u}{v}^2^3", "exponent"), (r"u^10v{}", "braces"), (r"\sum_i u", "sum"), (r"\foo{u}", "foo"), (r"u_3", "belongs to no name"),
    (r"\frac{\partial^2 L}{\partial u^2}", "second derivative"), (r"\frac{\partial L}{\partial q}", "there is no node q"), (r"\ln", "nothing to act on"), (r"\theta + 2 3", "number"), (r"u 2", None),
    (r"\sqrt{}", "nothing"), (r"\theta^", "missing"), (r"^{2}", "nothing before"), (r"\left( u \right]", "does not close"), (r"u \pm v", "two claims"), (r"\log_7 x", "base"), (r"\theta + |u", "closed"), (r"\partial u", "can not be read"),
    (r"v + \frac{d}{du} u v", "how far"), (r"\frac{d}{du}", "differentiated"), (r"L''", "second derivative"), ("yhatt - y", "did you mean yhat?"),
    (r"\begin{cases} u & x > 0", "closed"), (r"\begin{cases}\end{cases}", "no cases"), (r"\begin{cases} u \\ v & x > 0\end{cases}", "comes last"), (r"\input{/etc/passwd}", "no files"), (r"\theta#v", "no meaning"), ("u \u202e v", "no meaning"), (r"\begin{matrix}u\end{matrix}", "equation alone"), (r"u \Rightarrow v", "one claim"),
]  # fmt: skip


def told(side):
    """A side as a formula of quantities, free of how it was written."""
    tape, out = side.tape, {}
    for node in range(len(tape)):
        operation = tape.operation(node)
        if operation is not None:
            operands = [out[i] for i in tape.operands_of(node)]
            known = all(isinstance(x, (int, float)) for x in operands)
            out[node] = f"{operation.name}({', '.join(map(str, operands))})" if not known else f"{operation.name}{operands}"
        else:
            value = tape.constants.get(node)
            out[node] = str(side.quantities[node]) if value is None else float(value)
    return out[side.root]


def same(tex, plain):
    from graphviz_bp.equality import Comparison

    a, b = READER.sides(tex)[0], READER.sides(plain)[0]
    return told(a) == told(b) or Comparison(GRAPH).compare(a, b).verdict.right


def test_there_are_more_than_a_hundred_spellings():
    assert len(SPELLINGS) > 150


@pytest.mark.parametrize(("tex", "plain"), SPELLINGS, ids=[tex for tex, _ in SPELLINGS])
def test_a_spelling_means_the_same_as_in_the_language(tex, plain):
    if plain is None:
        with pytest.raises(InputError):
            READER.sides(tex)
    else:
        assert same(tex, plain)


@pytest.mark.parametrize(("tex", "word"), REFUSED, ids=[tex for tex, _ in REFUSED])
def test_what_is_unclear_is_refused_with_a_caret(tex, word):
    if word is None:
        assert READER.sides(tex)
        return
    with pytest.raises(InputError) as refused:
        READER.sides(tex)
    assert refused.value.column
    assert word in str(refused.value)


def test_a_graph_with_a_node_e_has_no_euler_number():
    graph = bp.parse("d = a*b; e = d + c; L = e*f")
    assert graph.check({"d": "f", "a": r"b f", "dL/de": "f"}).ok
    assert graph.check([r"\frac{dL}{dd} = f", r"\frac{dL}{de} = f", r"\frac{d e}{d d} = 1"]).ok


def test_names_that_are_functions_elsewhere():
    graph = bp.parse("z = sigma*gamma^2")
    assert graph.check({"sigma": r"\gamma^2", "gamma": r"2\sigma\gamma"}).ok


STATEMENTS = [
    (r"v = u^2 \\ w = 6u \\ z = vw", "v = u^2; w = 6*u; z = v*w"),
    ("v = u^2\nw = 6u\nz = v \\cdot w", "v = u^2; w = 6*u; z = v*w"),
    (r"\begin{align*} a &= wx + b \\ \hat{y} &= \sigma(a) \\ L &= -y\ln\hat{y} - (1-y)\ln(1-\hat y) \end{align*}",
     "a = w*x + b; yhat = sigmoid(a); L = -y*ln(yhat) - (1-y)*ln(1-yhat)"),
    (r"\[ f = e^{-x_1^2} \sin(2\theta) \]", "f = exp(-x_1^2)*sin(2*theta)"),
    (r"\mathrm{loss} = \frac{1}{2}(h - y)^2", "loss = 1/2*(h-y)^2"),
    (r"z = \max(0, x)|y|", "z = max(0, x)*abs(y)"), (r"f(x) = x^2 e^{-x}", "f = x^2*exp(-x)"), (r"L(w, b) &= (wx + b - y)^2", "L = (w*x + b - y)^2"),
    (r"p(x|\mu,\sigma) = \frac{1}{\sqrt{2\pi\sigma^2}}\exp\left(-\frac{(x-\mu)^2}{2\sigma^2}\right)", "p = 1/sqrt(2*acos(-1)*sigma^2)*exp(-(x-mu)^2/(2*sigma^2))"),
    (r"$v = u^2$, $w = 6u$ \text{and} $z = vw$.", "v = u^2; w = 6*u; z = v*w"), (r"a = wx + b, \quad h = \sigma(a)", "a = w*x + b; h = sigmoid(a)"), (r"y := x^2", "y = x^2"),
    (r"h = \begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases} \\ L = (h-y)^2", "h = where(x > 0, x, 0); L = (h-y)^2"),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "plain"), STATEMENTS, ids=[tex for tex, _ in STATEMENTS])
def test_statements_in_latex_make_the_same_graph(tex, plain):
    found, expected = bp.parse(tex, syntax="latex"), bp.parse(plain)
    assert found.names == expected.names
    point = {name: 0.3 + 0.1 * i for i, name in enumerate(expected.inputs)}
    assert found.backprop(point).gradients == expected.backprop(point).gradients


def test_superscripts_are_kept_as_labels():
    graph = bp.parse(r"z^{[1]} = W^{[1]} x + b^{[1]} \\ h = \tanh(z^{[1]})", syntax="latex")
    assert graph.labels == {"z1": "z^{[1]}", "W1": "W^{[1]}", "b1": "b^{[1]}"}
    assert graph.check({"W1": r"(1-h^2)x", r"\frac{\partial h}{\partial z^{[1]}}": r"1 - \tanh^2(z^{[1]})"}).ok


@pytest.mark.parametrize("tex", [r"f(x = x", r"L = \sum_i y_i", r"z = \frac{u}{", "x + y", "", r"z = \input{x}"])
def test_statements_that_can_not_be_read_are_refused(tex):
    with pytest.raises(InputError):
        bp.parse(tex, syntax="latex")
    with pytest.raises(InputError):
        bp.parse("z = 2*x", syntax="tex")


FILES = [
    ("txt", "1. dz/du = 6v\n\n- v = w.\nprose\nAnswer: dz/du = 2*u*w\n   = 12*u^2\n", ["dz/du = 6v", "v = w.", "dz/du = 2*u*w = 12*u^2"]),
    ("md", "Since $u=5$, \\(dv/du = 2u\\).\n\n$$\\frac{dz}{du} = 2uw \\\\ = 12u^2$$\n```\ndz/dv = w\n```\n", ["u=5", "dv/du = 2u", "\\frac{dz}{du} = 2uw = 12u^2", "dz/dv = w"]),
    ("md", "dz/du = 6*v\nprose", ["dz/du = 6*v"]),
    ("tex", "% $x = 3$\n\\begin{align*}\n\\frac{a}{b} &= 2u \\\\\n &= 3 \\label{x}\\\\[2pt]\nc &= d\n\\end{align*}\nprice \\$5 and $a=1$", ["\\frac{a}{b} = 2u = 3", "c = d", "a=1"]),
    ("tex", "\\[ f = \\begin{cases} 1 & x > 0 \\\\ 0 & \\text{otherwise} \\end{cases} \\]", ["f = \\begin{cases} 1 & x > 0 \\\\ 0 & \\text{otherwise} \\end{cases}"]),
    ("tex", "\\begin{equation}\\begin{aligned} a &= b \\\\ &= c\\end{aligned}\\end{equation}", ["a = b = c"]),
    ("tex", "\\frac{dz}{du} = 6v % x = 3\n= 450\n", ["\\frac{dz}{du} = 6v = 450"]),
    ("ipynb", '{"cells": [{"cell_type": "markdown", "source": ["$dz/du", " = 3$"]}, {"cell_type": "code", "source": "x=1"}]}', ["dz/du = 3"]),
]


@pytest.mark.parametrize(("ending", "text", "expected"), FILES)
def test_equations_are_picked_out_of_files(ending, text, expected):
    assert [equation.text for equation in equations_in(text, ending)] == expected


HANGS = 30.0  # seconds; far beyond what it takes on a busy machine
LONG = ["\\[" * 100_000, "$" * 200_000, "$$" * 100_000 + "x", "\\begin{align}" * 30_000, "```\n" * 60_000, "\\\\[" * 100_000 + "=", "$=" * 100_000, "{" * 100_000]


@pytest.mark.parametrize("text", LONG, ids=[text[:8] for text in LONG])
def test_long_files_are_read_in_one_pass(text):
    for ending in ("txt", "md", "tex"):
        start = time.perf_counter()
        try:
            equations_in(text, ending)
        except InputError:
            pass
        assert time.perf_counter() - start < HANGS


SEED = int(os.environ.get("FUZZ_SEED", "20240917"))
BITS = [
    *r"\frac \partial \sqrt { } ( ) [ ] | ^ _ ' + - * / = , & $ \\ \left \right \cdot \sigma \hat \bar \ln \max \mathbb{1} \mathrm \exp".split(),
    *"uvxyze019.", "\\begin{cases}", "\\end{cases}", "\\\\", "&", "\\text{if }", "\\text{otherwise}", " if ", " else ", " and ", "|_{u=5}", "\\frac{d}{du}", "D_u", "\\partial_u", "L'", "''", "(5)", "_+", "\\underbrace", "\\left\\{\\begin{array}{ll}", "\\end{array}\\right.", "np.", "0<x<6", "\\text{So }", "is", "\\chi", "I(", "**", "w_1", "a^{[2]}", "\\frac{", "}{", "^{", "_{", "dz", "/du", "ŷ", "₁", "²", "∂", "−", " ", "\n", "\\begin{align}", "9^{9^{9^9}}", "\\operatorname{ReLU}",
]  # fmt: skip


def test_any_latex_is_a_claim_or_a_refusal_with_a_position():
    rng = random.Random(SEED)
    print(f"FUZZ_SEED={SEED}")
    for _ in range(4000):
        text = rng.choice(["", " "]).join(rng.choices(BITS, k=rng.randrange(1, 25)))
        start = time.perf_counter()
        for read in (lambda t: READER.read(f"u = {t}"), lambda t: bp.parse(t, syntax="latex")):
            try:
                read(text)
            except InputError as refused:
                assert refused.column, text
            except Exception as error:
                raise AssertionError(f"{text!r} raised {error!r}") from error
        assert time.perf_counter() - start < HANGS, text
