"""The live page: its numbers are Python's, on every row and at extremes, and all that is drawn follows the fields."""

from __future__ import annotations

import json
import math
import random
import re
from itertools import product

import pytest

import graphviz_bp as bp
from graphviz_bp.errors import InputError
from graphviz_bp.live import program
from graphviz_bp.operations import OPERATIONS

TUTORIAL = "v = u**2; w = 6*u; z = v*w"
NEURON = """
data x1, x2, y
a = w1*x1 + w2*x2 + b
yhat = sigmoid(a)
L = -(y*log(yhat) + (1 - y)*log(1 - yhat))
"""
NEURON_AT = {"x1": -1, "x2": -2, "y": 1, "w1": 2, "w2": -3, "b": -3}
LAYER = "W: (2, 3); x: (3,); b: (2,); data x; a = W@x + b; h = relu(a); L = sum(h*h)/2"
LAYER_AT = {"W": [[1, 2, 3], [0.5, -1, 0.25]], "x": [1, -1, 2], "b": [0.1, 0.2]}
EXTREMES = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, 1e-8, -1e-8, 1e-300, 25.0, 40.0, -40.0, 709.0,
            -745.0, 800.0, -800.0, 1e10, -1e10, 1e300, -1e300, math.pi, 1.46, 5.5, -3.7, 171.3, -170.7, 0.999999,
            math.inf, -math.inf, math.nan]  # fmt: skip


def page_of(text: str, values=None, **options) -> str:
    return bp.parse(text).backprop(values).draw().write("html", live=True, **options).decode()


# ---- the same numbers


def points(name: str, arity: int) -> list[tuple[float, ...]]:
    rng = random.Random(name)
    anywhere = [tuple(rng.uniform(-8, 8) for _ in range(arity)) for _ in range(40)]
    if name in ("polygamma", "sinc_nth"):
        return [(float(n), x) for n in range(4) for x in EXTREMES]
    if arity == 1:
        return anywhere + [(x,) for x in EXTREMES]
    if arity == 2:
        return anywhere + rng.sample(list(product(EXTREMES, repeat=2)), 200)
    return anywhere + [tuple(rng.choice(EXTREMES) for _ in range(arity)) for _ in range(120)]


def literal(x: float) -> str:
    return "NaN" if x != x else repr(x).replace("inf", "Infinity")


def graph_of(name: str):
    count = OPERATIONS[name].arity or 3
    names = [f"x{i}" for i in range(count)]
    return bp.graph(getattr(bp, name)(*bp.inputs(*names)).named("y")), names


@pytest.mark.browser
def test_every_scalar_row_agrees_with_python_at_extremes_too(chromium):
    page, told = chromium.new_page(), []
    rows = [name for name, row in OPERATIONS.items() if row.elementwise]
    assert len(rows) > 80
    for name in rows:
        graph, names = graph_of(name)
        asked = points(name, len(names))
        given = "[" + ",".join("[" + ",".join(map(literal, p)) + "]" for p in asked) + "]"
        out = graph.box("y").root
        answers = page.evaluate(
            f"() => {{ {program(graph, 'y')}; return {given}.map(p => {{ const r = live.run(p); "
            f"return [r.values[{out}], ...r.gradients].map(String) }}) }}"
        )
        for point, answer in zip(asked, answers, strict=True):
            run = graph.backprop(dict(zip(names, point, strict=True)))
            expected = [run.values["y"], *(run.gradients[box.name] for box in graph.boxes)]
            for python, there in zip(map(float, expected), answer, strict=True):
                here = float(there.replace("Infinity", "inf"))
                close = here == python or abs(here - python) <= 1e-12 * max(abs(python), 1e-4 * (name == "lgamma"), 1e-290)
                if not (close or (here != here and python != python)):
                    told.append((name, point, python, here))
    page.close()
    assert told == []


GRAPHS = [
    "y = where(x > 0, log(x), x)*k; z = max(y, x*y, k) + abs(y - 1)",
    "a = x*x; b = a + x*k; c = a*b + exp(-b); z = c/(1 + c**2)",
    "h1 = tanh(x + k); h2 = tanh(h1*x + k); h3 = tanh(h2*x + k); z = (h1 - 1)**2 + (h2 - 1)**2 + h3",
    "y = relu(x) * log(x); z = y + k",
]


@pytest.mark.browser
@pytest.mark.parametrize("text", GRAPHS)
def test_values_gradients_partials_and_contributions_agree(chromium, text):
    graph, page = bp.parse(text), chromium.new_page()
    uses = [(box.name, slot, parent) for box in graph.boxes for slot, parent in enumerate(box.parents)]
    for x, k in [(0.7, -1.2), (-0.4, 2.0), (3.0, 0.5), (-2.0, -2.0), (1.0, 1.0)]:
        answer = page.evaluate(
            f"() => {{ {program(graph, graph.output)}; const r = live.run({json.dumps([x, k])}); "
            "return {values: [...r.values].map(String), gradients: r.gradients.map(String), "
            "locals: Array.from(r.locals, String), contributions: Array.from(r.contributions, String)} }"
        )
        run = graph.backprop({"x": x, "k": k})
        terms = {(t.child, t.slot, s.node): t for s in run.steps for t in s.terms}

        def same(there: str, python: float) -> bool:
            here = float(there.replace("Infinity", "inf"))
            return (here != here and python != python) or here == pytest.approx(python, rel=1e-12, abs=1e-15)

        for place, box in enumerate(graph.boxes):
            assert same(answer["values"][box.root], run.values[box.name])
            assert same(answer["gradients"][place], run.gradients[box.name])
        for use, key in enumerate(uses):
            if key in terms:
                assert same(answer["locals"][use], terms[key].local)
                assert same(answer["contributions"][use], terms[key].contribution)
    page.close()


# ---- what is drawn


DRAWN = """() => {
  const letter = Object.fromEntries(Object.entries(page.letters).map(([c, id]) => ["#" + id, c]));
  const out = {};
  for (const number of document.querySelectorAll("#figure [data-of]"))
    out[number.dataset.of] = [...number.children].map(use => letter[use.getAttribute("href")]).join("").replace(/[()]/g, "");
  return out;
}"""


def drawn(page) -> dict[str, str]:
    """What the figure shows of every number, read from its letters."""
    return page.evaluate(DRAWN)


def put(page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).fill(text)


@pytest.mark.browser
def test_a_new_input_is_in_every_value_gradient_and_caption(browse):
    page, graph = browse(page_of(TUTORIAL, {"u": 5}), "#step=8"), bp.parse(TUTORIAL)
    for u in ("3", "-2", "0.5", "0"):
        put(page, "u", u)
        run, shown = graph.backprop({"u": float(u)}), drawn(page)
        for place, box in enumerate(graph.boxes):
            assert shown[f"v{box.root}"].replace("−", "-") == f"{run.values[box.name]:g}"
            if box.name != "z":
                assert shown[f"g{place}"].replace("−", "-") == f"{run.gradients[box.name]:g}"
    put(page, "u", "3")
    assert page.text_content("#steps li:last-child").endswith("= 6 · 18 + 6 · 9 = 108 + 54 = 162")


@pytest.mark.browser
def test_equals_becomes_about_equals_where_digits_are_left_out(browse):
    page = browse(page_of("y = x/3", {"x": 3}), "#step=2")
    relation = "() => [...document.querySelectorAll('#figure [data-says=\"≈\"], #figure [data-says=\"=\"]')].map(s => Object.entries(page.letters).find(([c, id]) => '#' + id === s.firstElementChild?.getAttribute('href'))?.[0])"
    assert set(page.evaluate(relation)) <= {"=", "≈"}
    assert drawn(page)["v2"] == "1"
    put(page, "x", "1")
    assert drawn(page)["v2"] == "0.333"
    assert " ≈ 0.333" in page.text_content("#steps")


@pytest.mark.browser
def test_the_slider_and_its_field_agree_and_nonsense_changes_nothing(browse):
    page, z = browse(page_of(TUTORIAL, {"u": 5})), f"v{bp.parse(TUTORIAL).box('z').root}"
    slider = page.get_by_label("u, slider")
    slider.fill("4")
    assert page.get_by_label("u", exact=True).input_value() == "4"
    assert drawn(page)[z] == "384"
    put(page, "u", "")
    assert drawn(page)[z] == "384"
    assert page.get_by_label("u", exact=True).get_attribute("aria-invalid") is not None
    page.click("#reset")
    assert drawn(page)[z] == "750"


@pytest.mark.browser
def test_gradient_steps_are_those_of_the_run(browse):
    page, graph, at = browse(page_of(NEURON, NEURON_AT)), bp.parse(NEURON), dict(NEURON_AT)
    put(page, "rate α", "0.5")
    for _ in range(5):
        page.click("#descend")
        gradients = graph.backprop(at).gradients
        at |= {name: at[name] - 0.5 * gradients[name] for name in ("w1", "w2", "b")}
    loss = graph.backprop(at).values["L"]
    assert page.text_content("#course") == f"L after 5 steps: {loss:.3f}"
    assert page.get_attribute("#curve path", "d").count("L") == 5
    fields = [float(page.get_by_label(name, exact=True).input_value()) for name in ("w₁", "w₂", "b")]
    assert fields == pytest.approx([at["w1"], at["w2"], at["b"]], rel=1e-10)


@pytest.mark.browser
def test_arrays_are_live_entry_by_entry(browse):
    graph = bp.parse(LAYER)
    page = browse(graph.backprop(LAYER_AT).draw().write("html", live=True).decode(), "#step=9")
    page.locator("fieldset", has_text="W").get_by_label("W_1_2", exact=True).fill("-4")
    at = {**LAYER_AT, "W": [[1, -4, 3], [0.5, -1, 0.25]]}
    run, scalars, shown = graph.backprop(at), graph.scalars(), drawn(page)
    places = {box.name: k for k, box in enumerate(scalars.boxes)}
    for i, j in product((1, 2), (1, 2, 3)):
        number = shown[f"g{places[f'W_{i}_{j}']}"].replace("−", "-")
        assert float(number) == pytest.approx(run.gradients["W"][i - 1, j - 1], abs=6e-4)
    for i in (1, 2):
        assert float(shown[f"v{scalars.tape.by_name[f'h_{i}']}"]) == pytest.approx(run.values["h"][i - 1], abs=6e-4)


@pytest.mark.browser
def test_kinks_and_infinities_are_said(browse):
    page = browse(page_of("h = relu(x); z = 1/h", {"x": 2}))
    assert page.text_content("#notes") == ""
    put(page, "x", "0")
    assert "at h the graph is at a kink" in page.text_content("#notes")
    assert "z is not a finite number here" in page.text_content("#notes")


@pytest.mark.browser
def test_a_network_is_live_too(browse):
    graph = bp.models.mlp()
    page = browse(graph.backprop().draw(level="network").write("html", live=True).decode(), "#step=15")
    put(page, "x₁", "2")
    run, shown = graph.backprop({"x1": 2}), drawn(page)
    for place, box in enumerate(graph.boxes):
        for source, known in ((f"v{box.root}", run.values), (f"g{place}", run.gradients)):
            if source in shown and "·" not in shown[source]:
                assert float(shown[source].replace("−", "-")) == pytest.approx(float(known[box.name]), abs=6e-4)
    assert f"g{graph.names.index('w1_1_1')}" in shown


@pytest.mark.browser
@pytest.mark.parametrize("run", [bp.parse(TUTORIAL).backprop({"u": 5}), bp.models.mlp().backprop()])
def test_figure_steps_and_fields_are_on_a_small_screen_together(browse, run):
    level = "statements" if len(run.graph.boxes) < 10 else "network"
    page = browse(run.draw(level=level).write("html", live=True).decode())
    page.set_viewport_size({"width": 1280, "height": 720})
    for what in ("#figure", "#bar", "#descend"):
        box = page.locator(what).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 720
    for field in page.locator("#inputs input").all():
        box, form = field.bounding_box(), page.locator("#inputs").bounding_box()
        assert box["x"] + box["width"] <= form["x"] + form["width"] + 1


# ---- the text of the page


def test_nothing_is_fetched_and_nothing_is_evaluated():
    text = page_of(TUTORIAL, {"u": 5})
    assert not re.search(r"\beval\(|new Function|innerHTML|fetch\(|XMLHttp|style=|\son\w+=", text)
    assert "unsafe" not in text
    assert page_of(TUTORIAL, {"u": 5}) == text


def test_text_in_the_script_can_not_end_it():
    from graphviz_bp.figure.writers.live import _json

    assert "<" not in _json({"names": ["</script><img src=x onerror=alert(1)>"]})


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: bp.parse(TUTORIAL).draw().write("html", live=True), "begins with values"),
        (lambda: bp.parse(TUTORIAL).backprop({"u": 5}).draw().write("svg", live=True), "can not be live"),
        (
            lambda: bp.parse(TUTORIAL).backprop({"u": 5}).draw(level="operations").write("html", live=True),
            "named nodes",
        ),
        (lambda: bp.parse(TUTORIAL).backprop({"u": 5}).draw(hide="u").write("html", live=True), "leaves numbers out"),
        (
            lambda: bp.parse("W: (60, 60); x: (60,); L = sum(W@x)")
            .backprop({"W": [[1] * 60] * 60, "x": [1] * 60}).draw().write("html", live=True),
            "at most 5000",
        ),
    ],
)  # fmt: skip
def test_what_can_not_be_live_is_said(draw, said):
    with pytest.raises(InputError, match=said):
        draw()
