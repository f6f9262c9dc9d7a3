"""Large graphs: what is put together and said to be, what opens, and how the layout ends when it is told to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from math import hypot
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphviz_bp as bp
from graphviz_bp.figure.layout import positions
from graphviz_bp.figure.statements import collapsed, statements
from graphviz_bp.figure.statements.blocks import MOST, Member, blocks


def perceptron(layers: int = 3, width: int = 4):
    """A run of a perceptron written out, neuron by neuron."""
    lines, before = [], [f"x_{j}" for j in range(width)]
    for layer in range(1, layers + 1):
        here = [f"h_{layer}_{i}" for i in range(width)]
        lines += [
            f"{name} = tanh({'+'.join(f'w_{layer}_{i}_{j}*{p}' for j, p in enumerate(before))})"
            for i, name in enumerate(here)
        ]
        before = here
    text = "\n".join([*lines, f"L = {'+'.join(f'{p}^2' for p in before)}"])
    graph = bp.parse(text)
    return graph.backprop({name: 0.1 + 0.01 * (k % 17) for k, name in enumerate(graph.inputs)})


def chain(count: int):
    limits = bp.Limits(characters=10**6, statements=10**5)
    return bp.parse("; ".join(f"x{i + 1} = tanh(x{i})" for i in range(count)), limits=limits).backprop({"x0": 0.5})


@pytest.fixture
def small(monkeypatch):
    """As if twenty boxes were too many."""
    monkeypatch.setattr(statements, "MOST_BOXES", 20)


# ---- which boxes form a block


@st.composite
def members(draw):
    count = draw(st.integers(1, 60))
    stems = draw(st.lists(st.sampled_from(["h", "a", "x", "odd name", "t_"]), min_size=1, max_size=3))
    found: list[Member] = []
    for k in range(count):
        name = draw(st.sampled_from(stems)) + draw(st.sampled_from([f"_{k % 7}_{k}", f"{k}", f"#{k}", f"_{k}x"]))
        if any(m.name == name for m in found):
            continue
        before = [m.name for m in found]
        parents = draw(st.lists(st.sampled_from(before), max_size=3, unique=True)) if before else []
        found.append(Member(name, tuple(parents), "node" if parents else draw(st.sampled_from(["param", "data"]))))
    return found


@settings(max_examples=30)
@given(members())
def test_every_box_is_in_one_block_and_no_block_feeds_itself_through_another(some):
    found = blocks(some)
    assert sorted(name for block in found for name in block) == sorted(member.name for member in some)
    assert len(found) <= MOST
    home = {name: k for k, block in enumerate(found) for name in block}
    assert all(home[parent] <= home[member.name] for member in some for parent in member.parents)
    kinds = {member.name: member.kind for member in some}
    assert all(len({kinds[name] for name in block}) == 1 for block in found)


def test_layers_are_found_by_their_names(small):
    said = perceptron().draw().page.description
    assert said.startswith("65 boxes drawn as 8 blocks.")
    for expected in ("16 inputs, w_1_0_0 to w_1_3_3", "4 nodes, h_2_0 to h_2_3", "4 inputs, x₀ to x₃", "L = "):
        assert expected in said


def test_steps_are_found_where_layers_would_run_in_a_circle():
    lines = [f"a_{t} = w*h_{t - 1} + x_{t}; h_{t} = tanh(a_{t})" for t in range(1, 61)]
    graph = bp.parse("; ".join(lines))
    some = [Member(b.name, b.distinct_parents, "node" if b.members else "param") for b in graph.boxes]
    found = blocks(some)
    assert tuple(n for t in range(1, 11) for n in (f"a_{t}", f"h_{t}")) in found
    assert tuple(f"x_{t}" for t in range(1, 11)) in found
    assert ("w",) in found


# ---- what the figure says


def test_a_block_gives_the_norms_of_its_values_and_gradients(small):
    run = perceptron()
    said = run.draw().page.description
    values = hypot(*(run.values[f"h_1_{i}"] for i in range(4)))
    gradients = hypot(*(run.gradients[f"h_1_{i}"] for i in range(4)))
    assert f"4 nodes, h_1_0 to h_1_3; norm of values {values:.3f}; norm of gradients {gradients:.3f}" in said


def test_a_wire_says_for_how_many_it_stands(small):
    page = perceptron().draw().page
    titles = [item.title for item in page.items if getattr(item, "title", None)]
    assert "16 wires from h_1_0 … to h_2_0 …" in titles
    assert "4 wires from h_3_0 … to L …" in titles


def test_every_box_is_drawn_where_that_is_asked(small):
    run = perceptron(2, 3)
    boxes = len(run.graph.boxes)
    whole = run.draw(collapse=False).page
    assert boxes > 20
    assert sum(1 for item in whole.items if "; value " in (getattr(item, "title", None) or "")) == boxes


def test_graphs_up_to_the_limit_are_drawn_box_by_box():
    assert "blocks" not in chain(30).draw().page.description


def test_a_figure_of_blocks_says_what_it_cannot_do(small, tmp_path):
    with pytest.raises(bp.InputError, match=r"too many to show one by one.*html"):
        perceptron().draw().save(tmp_path / "x.pdf", frames=True)
    with pytest.raises(bp.InputError, match="no single box"):
        perceptron().draw(hide="h_1_0")


def test_symbols_are_put_together_as_well(small):
    said = perceptron().graph.draw().page.description
    assert "4 nodes, h_1_0 to h_1_3. " in said
    assert "norm" not in said


def test_thousands_of_nodes_are_drawn_and_said():
    figure = chain(2_000).draw()
    assert figure.page.description.startswith("2001 boxes drawn as 8 blocks.")
    assert len(figure.svg) < 120_000


# ---- what opens


def test_blocks_open_on_an_html_page(small):
    text = perceptron().draw().write("html").decode()
    sections = set(re.findall(r'<section class="block" id="(block-\d+)">', text))
    linked = set(re.findall(r'<a href="#(block-\d+)"><g>', text))
    assert sections == linked
    assert len(sections) == 7
    assert "<script" not in text
    assert text.count("; value ") >= 64  # every box of every block


def test_large_blocks_hold_blocks_again_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(collapsed, "MOST_PAGES", 9)
    figure = chain(600).draw()
    films = figure._drawing.opened(figure.theme)
    assert len(films) == 10
    assert [part.opens for part in films[1].parts if part.opens] == [7, 8, 9]
    for film in films:
        boxes = [part for part in film.parts if "; value " in (getattr(part.items[0], "title", None) or "")]
        assert len(boxes) <= collapsed.MOST_INSIDE


@pytest.mark.browser
def test_a_block_opens_where_it_is_clicked_and_closes_again(browse, small):
    page = browse(perceptron().draw().write("html").decode())
    assert page.locator("section:visible").count() == 0
    page.locator("a[href='#block-2']").click()
    assert page.locator("section:visible").get_attribute("id") == "block-2"
    page.locator("section:visible a", has_text="close").click()
    assert page.locator("section:visible").count() == 0


# ---- the layout in a child


def dense(count: int = 900) -> str:
    lines = [f"n{i}->n{(i * k * 7919 + k) % count + count};" for i in range(count) for k in range(1, 9)]
    return repr([f"n{i};" for i in range(2 * count)] + lines)


def test_a_layout_that_takes_too_long_ends_with_a_sentence(monkeypatch):
    monkeypatch.setattr(positions, "SECONDS", 0.3)
    with pytest.raises(bp.InputError, match="took longer than"):
        positions.dot(eval(dense()), 1800, 10.0, None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def runs(process: int) -> bool:
    """Whether a process is there and is not merely waiting to be reaped."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_control_c_ends_a_long_layout():
    code = (
        "from graphviz_bp.figure.layout import positions\nimport subprocess\nbegin = subprocess.Popen.communicate\n"
        "def communicate(self, *a, **k):\n    print(self.pid, flush=True)\n    return begin(self, *a, **k)\n"
        f"subprocess.Popen.communicate = communicate\npositions.dot({dense()}, 1800, 10.0, None)"
    )
    started = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert started.stdout
    child = int(started.stdout.readline())
    time.sleep(0.3)
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert "KeyboardInterrupt" in said
    for _ in range(100):
        if not runs(child):
            return
        time.sleep(0.1)
    raise AssertionError("the layout runs on")
