"""The derivation: its lines agree with each other and with the numbers, and every format holds the same."""

from __future__ import annotations

import re
from fractions import Fraction
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphviz_bp as bp
from graphviz_bp.notation.nodes import formula
from graphviz_bp.notation.rules import local_partial
from graphviz_bp.notation.shown import holds, show

TUTORIAL = bp.parse("v = u**2; w = 6*u; z = v*w")


def test_the_tutorial_reads_as_on_the_blackboard():
    lines = str(TUTORIAL.backprop({"u": 5}).derive("u")).split("\n")
    assert [re.split(r"  +(?=the|numbers)", line)[0].strip() for line in lines[:4]] == [
        "∂z/∂u = ∂v/∂u · ∂z/∂v + ∂w/∂u · ∂z/∂w",
        "= 2u · w + 6 · v",
        "= 10 · 30 + 6 · 25",
        "= 450",
    ]
    assert "18u²" in lines[3]


PARTIALS = [  # statement, parent, the local partial as a lecturer writes it
    ("v = u**2", "u", "2u"),
    ("v = u**3", "u", "3u²"),
    ("v = 6*u", "u", "6"),
    ("z = v*w", "v", "w"),
    ("z = v/w", "v", "1/w"),
    ("z = v/w", "w", "−v/w²"),
    ("z = -v", "v", "−1"),
    ("z = v - w", "w", "−1"),
    ("h = sigmoid(a)", "a", "h(1 − h)"),
    ("h = tanh(a)", "a", "1 − h²"),
    ("h = relu(a)", "a", "1[a > 0]"),
    ("h = exp(a)", "a", "h"),
    ("h = log(a)", "a", "1/a"),
    ("h = sqrt(a)", "a", "1/(2h)"),
    ("L = (yhat - y)**2", "yhat", "2(ŷ − y)"),
    ("h = sigmoid(w*x + b)", "w", "h(1 − h)·x"),
    ("L = -(y*log(yhat) + (1 - y)*log(1 - yhat))", "yhat", "−y/ŷ + (1 − y)/(1 − ŷ)"),
    ("z = x*x", "x", "x + x"),
]


@pytest.mark.parametrize(("text", "parent", "expected"), PARTIALS)
def test_local_partials_are_written_as_on_the_blackboard(text, parent, expected):
    graph = bp.parse(text)
    assert local_partial(graph, graph.output, parent).plain == expected


def test_total_derivatives_are_written_with_d_where_they_differ_from_partials():
    told = str(bp.parse("b1 = 2*a; b2 = 3*a + b1; c = 4*b1 + 5*b2").backprop({"a": 1}).derive())
    assert "dc/db₁ = ∂c/∂b₁ + ∂b₂/∂b₁ · dc/db₂" in told
    assert "= 4 + 5" in told
    assert "= 9" in told


def test_arrays_are_derived_as_the_blackboard_has_them():
    run = bp.parse("W: (2, 3); x: (3,); b: (2,); y: (2,); a = W@x + b; h = sigmoid(a); L = sum((h - y)**2)").derive()
    assert "∂L/∂W = ∂L/∂a xᵀ" in str(run)
    assert "∂L/∂x = Wᵀ ∂L/∂a" in str(run)
    assert "∂L/∂h = 2(h − y)" in str(run)
    assert "∂L/∂b = ∂L/∂a" in str(run)


def test_push_order_adds_contributions_one_after_the_other():
    told = str(TUTORIAL.backprop({"u": 5}).derive("u", order="push"))
    assert "∂z/∂u ← 6 · ∂z/∂w" in told
    assert "= 150 + 10 · 30" in told
    assert told.rstrip().endswith("added to what is there")


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_a_line_of_numbers_joined_by_equals_holds_as_displayed(u, k, d):
    run = bp.parse("a = u*k/7; b = u/d; z = a*b + u").backprop({"u": u, "k": k, "d": d})
    for work in run.derive().worked:
        for line in work.lines:
            text = line.plain.replace("−", "-").replace("·", "*").replace("²", "^2")
            if re.fullmatch(r"[-0-9./*+() ]+", text):
                displayed = bp.parse(f"q = 0*p + {text}").backprop({"p": 0}).values["q"]
                true = Fraction(run.gradients[work.node])
                if line.relation == "=" and line.remarked.startswith(("the result", "numbers")):
                    assert abs(displayed - true) <= Fraction(1, 1000) * max(1, abs(true))


SHOWN = [
    (5, "5"), (Fraction(1, 3), "1/3"), (0.7310585786, "0.731"), (0.5, "0.5"), (1.0, "1"), (-0.0, "0"), (2.2e-5, "2.2·10⁻⁵"),
    (-0.26894, "−0.269"), (1234.5678, "1234.6"), (12345678.0, "1.23·10⁷"), (float("inf"), "∞"), (float("nan"), "undefined"),
    (0.9996, "1.000"), (0.00051, "5.1·10⁻⁴"), (10**12, "1·10¹²"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "expected"), SHOWN)
def test_numbers_are_shown_as_readers_expect(number, expected):
    assert show(number).plain == expected


def test_rounding_that_breaks_an_equation_is_marked():
    """The product that a published figure was once corrected over: 0.20 · 2 shows 0.39."""
    assert not holds([[show(0.2, digits=2), show(2)]], show(0.3932, digits=2))
    assert holds([[show(10), show(30)], [show(6), show(25)]], show(450))


def test_every_format_holds_the_same_numbers():
    derivation = TUTORIAL.backprop({"u": 5}).derive("u")
    for form in (derivation.text, derivation.markdown, derivation.latex):
        assert "450" in form
        assert "18" in derivation.text


def test_latex_is_balanced_and_names_what_it_needs():
    latex = bp.parse("yhat = sigmoid(w_1*x + b); L = -log(yhat)").backprop({"w_1": 1, "x": 2, "b": -1}).derive().latex
    assert latex.startswith("% needs")
    assert latex.count(r"\begin{align*}") == latex.count(r"\end{align*}")
    assert latex.count("{") == latex.count("}")


def test_data_and_unknown_names_are_refused():
    run = bp.parse("data y; L = (h - y)^2").backprop({"h": 1, "y": 2})
    with pytest.raises(bp.InputError, match="data"):
        run.derive("y")
    with pytest.raises(bp.InputError, match="no node"):
        run.derive("q")
    with pytest.raises(bp.InputError, match="order"):
        run.derive("h", order="sideways")


# -- arrays

MLP = """
    data x, y
    x: (2,); y: (3,); W1: (4, 2); b1: (4,); W2: (3, 4); b2: (3,)
    name W1 "W^{[1]}"; name b1 "b^{[1]}"; name a1 "a^{[1]}"; name z1 "z^{[1]}"
    name W2 "W^{[2]}"; name b2 "b^{[2]}"; name a2 "a^{[2]}"
    a1 = W1@x + b1
    z1 = sigmoid(a1)
    a2 = W2@z1 + b2
    p = softmax(a2)
    L = -sum(y*log(p))
"""


def lines_of(derivation, name):
    return [normalize("NFC", line.plain) for work in derivation.worked if work.node == name for line in work.lines]


def test_a_network_is_derived_layer_by_layer_as_on_the_slide():
    told = bp.parse(MLP).derive(notation="delta")
    assert lines_of(told, "a2") == ["(diag(p) − p pᵀ) ∂L/∂p", "p ⊙ (∂L/∂p − Σ ∂L/∂p ⊙ p)", "p ⊙ (Σ y) − y", "p − y"]
    assert lines_of(told, "W2") == ["δ^[2] z^[1]ᵀ"]
    assert lines_of(told, "b2") == ["δ^[2]"]
    assert lines_of(told, "z1") == ["W^[2]ᵀ δ^[2]"]
    assert lines_of(told, "a1") == [
        "∂L/∂z^[1] ⊙ σ'(a^[1])", "W^[2]ᵀ δ^[2] ⊙ σ'(a^[1])", "W^[2]ᵀ δ^[2] ⊙ z^[1] ⊙ (1 − z^[1])",
    ]  # fmt: skip
    assert r"\delta^{[2]}\, z^{[1]\top}" in told.latex
    assert r"W^{[2]\top}\, \delta^{[2]} \odot \sigma'(a^{[1]})" in told.latex
    assert "from 3 × 1 · 1 × 4" in told.text
    assert "denominator layout" in told.text


def test_delta_stands_before_an_activation_and_nowhere_else():
    told = bp.parse("a = W@x; p = softmax(a); l = log(p); L = -sum(y*l); data x, y; W: (3, 2); x: (2,); y: (3,)")
    assert lines_of(told.derive(notation="delta"), "W") == ["δ xᵀ"]
    assert lines_of(told.derive(notation="delta"), "l") == ["−y"]
    assert lines_of(told.derive(notation="delta"), "a") == ["(diag(p) − p pᵀ) ∂L/∂p", "p ⊙ (∂L/∂p − Σ ∂L/∂p ⊙ p)"]
    assert lines_of(told.derive(notation="delta"), "p") == ["∂L/∂l ⊙ log'(p)", "−y ⊙ log'(p)", "−y/p"]


def test_the_mean_over_a_batch_keeps_its_one_over_n_in_sight():
    text = "data X, Y; A = X@W.T + b; P = softmax(A); L = -mean(sum(Y*log(P), axis=1)); X: (4, 2); W: (3, 2); b: (3,); Y: (4, 3)"
    told = bp.parse(text).derive(notation="delta")
    assert lines_of(told, "P") == ["−1/4·Y/P"]
    assert lines_of(told, "A")[-1] == "1/4·(P − Y)"
    assert lines_of(told, "W") == ["δᵀ X"]
    assert lines_of(told, "b") == ["Σ δ over axis 0"]
    assert lines_of(bp.parse("L = mse(p, y); p: (4,); data y; y: (4,)").derive(), "p") == ["2/4·(p − y)"]
    assert lines_of(bp.parse("L = mean((p - y)^2); p: (4,); data y; y: (4,)").derive(), "p") == ["2/4·(p − y)"]


def test_p_minus_y_is_claimed_only_where_the_targets_sum_to_one():
    given = {"x": [1, 2], "W1": [[1, 0]] * 4, "b1": [0] * 4, "W2": [[1, 0, 0, 0]] * 3, "b2": [0, 0, 1]}
    graph = bp.parse(MLP)
    assert "p − y" in lines_of(graph.backprop({**given, "y": [0, 1, 0]}).derive(), "a2")
    assert "p − y" not in lines_of(graph.backprop({**given, "y": [0, 1, 1]}).derive(), "a2")


def test_attention_hands_back_what_the_lecture_says():
    text = "S = Q@K.T/sqrt(2); P = softmax(S); O = P@V; L = sum(O^2); Q: (3, 2); K: (3, 2); V: (3, 2)"
    told = bp.parse(text).derive(notation="bar")
    assert lines_of(told, "V") == ["Pᵀ Ō"]
    assert lines_of(told, "P") == ["Ō Vᵀ"]
    assert lines_of(told, "S") == ["P ⊙ (P̄ − Σ P̄ ⊙ P over axis 1)"]
    assert lines_of(told, "Q") == ["1/√2·S̄ K"]
    assert lines_of(told, "K") == ["1/√2·S̄ᵀ Q"]


def test_partials_that_cancel_are_simplified_in_the_names_of_the_graph():
    text = bp.models.logistic_regression().backprop().derive("a").text
    assert re.search(r"= ŷ − y +simplified", text)
    assert "simplified" not in bp.parse("v = u**2; w = 6*u; z = v*w").derive("u").text


@pytest.mark.parametrize("y", [0, 1])
def test_what_is_simplified_is_equal(y):
    run = bp.models.logistic_regression().backprop({"y": y})
    assert run.gradients["a"] == pytest.approx(run.values["yhat"] - y)
    assert run.graph.check({"a": "yhat - y"})["a"].verdict == "equal-proved"


@pytest.mark.parametrize("label", ["W^Y", "W^{Y}"])
def test_a_transpose_joins_the_script_that_a_name_has(label):
    text = f'W: (2, 3); x: (3,); name W "{label}"; a = W@x; L = sum(a^2)'
    assert r"W^{Y\top}" in bp.parse(text).derive("x").latex


def test_a_factor_after_itself_has_a_dot_before_it():
    graph = bp.parse("y = w*x*x*x")
    assert formula(graph, graph.box("y")).tex == r"w\, x \cdot x \cdot x"


PASSED_ON = {  # what is said of b, and that no factor 1 is
    "a bias": ("a = w*x + b; L = (a - 2)^2", "∂L/∂a"),
    "a sum of losses": ("l1 = b*x; l2 = w^2; L = l1 + l2", "∂l₁/∂b · ∂L/∂l₁"),
    "a sum of sums": ("l1 = b*x; m = l1 + w; L = m + 3*w", "∂l₁/∂b · dL/dl₁"),
}


@pytest.mark.parametrize(("text", "said"), PASSED_ON.values(), ids=PASSED_ON)
@pytest.mark.parametrize("order", ["pull", "push"])
def test_a_factor_that_is_always_one_is_not_written(text, said, order):
    run = bp.parse(text).backprop({"w": 3, "x": 2, "b": 5})
    told = str(run.derive("b", order=order))
    assert said in told or order == "push"
    assert "1 ·" not in told
    assert "· 1\n" not in told or order == "push"


def test_a_value_that_happens_to_be_one_is_written():
    assert "= 1 · 10" in str(bp.parse("a = w*x + b; L = (a - 2)^2").backprop({"w": 3, "x": 1, "b": 4}).derive("w"))


@pytest.mark.parametrize("step", [1, 2, 3])
def test_every_step_of_a_recurrent_network_comes_down_to_prediction_minus_target(step):
    told = str(bp.models.rnn(3).backprop().derive(f"o{step}"))
    assert f"= ŷ^({step}) − y^({step}) " in told
    assert f"∂L/∂L^({step})" not in told


DECAYS = [("L = lam*w^2/2", "= lam·w "), ("L = k*lam*w^2/2", "= k·lam·w "), ("w: (2,); L = lam*sum(w^2)/2", "= lam·w "),
          ("w: (2,); R = lam*sum(w^2)/2; L = 3*R + w[0]", "∂R·lam·w")]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), DECAYS)
def test_numbers_come_together_however_deep_they_stand(text, expected):
    """λ‖w‖²/2 adds λw to a gradient, not 2·1/2·λw."""
    told = str(bp.parse(text).derive("w"))
    assert "2·1/2" not in told
    assert expected in told or expected.replace("∂", "d") in told
