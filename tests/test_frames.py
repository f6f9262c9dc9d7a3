"""Frames: one layout, nothing before it is computed, captions that agree with the run, and the files they make."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from PIL import Image
from pypdf import PdfReader
from test_figure import GRAPHS, corners, graphs

import graphviz_bp as bp
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.figure.page import Glyph, Group, Path, Rect
from graphviz_bp.figure.scene.scene import scene
from graphviz_bp.figure.statements.compose import arrange
from graphviz_bp.figure.statements.frames import film, story
from graphviz_bp.figure.themes import THEMES
from graphviz_bp.notation.nodes import named

TUTORIAL = "v = u**2; w = 6*u; z = v*w"
SLATE = THEMES["slate"]
CHIPS = {"value": SLATE.value_chip, "gradient": SLATE.gradient_chip}


def tutorial():
    return bp.parse(TUTORIAL).backprop({"u": 5}).draw()


@pytest.fixture(params=GRAPHS, scope="module")
def run(request):
    text, values = GRAPHS[request.param]
    return bp.parse(text).backprop(values)


@pytest.fixture(params=["pull", "push"], scope="module")
def order(request):
    return request.param


@pytest.fixture(scope="module")
def figure(run):
    return run.draw()


@pytest.fixture(scope="module")
def pages(figure, order):
    return figure.frames(order)


def flat(items):
    for item in items:
        if isinstance(item, Group):
            yield from flat(item.items)
        else:
            yield item


def rects(page, fill=None):
    return [item for item in flat(page.items) if isinstance(item, Rect) and (fill is None or item.fill == fill)]


def backward_wires(page, width=None):
    return [i for i in flat(page.items) if isinstance(i, Path) and i.dash and width in (None, i.stroke_width)]


# ---- what is shown when


def test_the_tutorial_has_eight_frames_in_the_order_of_the_lecture():
    captions = [page.title.partition(": step ")[2] for page in tutorial().frames()]
    assert captions == [
        "1 of 8, forward: u = 5",
        "2 of 8, forward: v = u² = 5² = 25",
        "3 of 8, forward: w = 6u = 6·5 = 30",
        "4 of 8, forward: z = v·w = 25·30 = 750",
        "5 of 8, backward: ∂z/∂z = 1",
        "6 of 8, backward: ∂z/∂w = v · ∂z/∂z = 25 · 1 = 25",
        "7 of 8, backward: ∂z/∂v = w · ∂z/∂z = 30 · 1 = 30",
        "8 of 8, backward: ∂z/∂u = 2u · ∂z/∂v + 6 · ∂z/∂w = 10 · 30 + 6 · 25 = 300 + 150 = 450",
    ]


def test_push_order_hands_back_one_contribution_per_frame_and_keeps_the_sum():
    captions = [page.title.partition(", backward: ")[2] for page in tutorial().frames("push")][4:]
    assert captions == [
        "∂z/∂z = 1",
        "∂z/∂v ← w · ∂z/∂z = 30 · 1 = 30",
        "∂z/∂w ← v · ∂z/∂z = 25 · 1 = 25",
        "∂z/∂u ← 6 · ∂z/∂w = 6 · 25 = 150",
        "∂z/∂u ← 150 + 2u · ∂z/∂v = 150 + 10 · 30 = 150 + 300 = 450",
    ]


def test_all_frames_share_one_layout(run, pages):
    boxes = {tuple(r for r in rects(page) if r.stroke_width == 1.1 and r.stroke) for page in pages}
    assert len(boxes) == 1
    assert len(next(iter(boxes))) == len(run.graph.names)
    assert len({(page.width, page.height) for page in pages}) == 1
    solid = {tuple(i for i in flat(p.items) if isinstance(i, Path) and i.stroke == SLATE.wire) for p in pages}
    assert len(solid) == 1


def test_nothing_is_shown_before_it_is_computed(run, pages):
    """Chips and backward wires only ever come, and before they come there is no zero and no ghost."""
    kinds = {role: [{(r.x, r.y) for r in rects(page, fill)} for page in pages] for role, fill in CHIPS.items()}
    for shown in (*kinds.values(), [{i.commands for i in backward_wires(page)} for page in pages]):
        assert all(before <= after for before, after in pairwise(shown))
    inputs = [name for name in run.graph.names if not run.graph.box(name).members]
    assert len(kinds["value"][0]) == len(inputs)
    assert len(kinds["value"][-1]) == len(run.graph.names)
    forward = sum("forward" in page.title for page in pages)
    assert not any(kinds["gradient"][:forward])
    assert not any(backward_wires(page) for page in pages[:forward])


def test_labels_appear_with_what_they_say(run, order):
    """Each frame has the letters of the one before, but for the caption and what changes colour."""
    told = story(run, scene(run), order, arrange)
    parts = film(told, SLATE).parts
    labels = [part for part in parts if part.frames and all(isinstance(i, (Glyph, Rect)) for i in flat(part.items))]
    for k in range(2, told.count + 1):
        came = [part for part in labels if k in part.frames and k - 1 not in part.frames]
        assert came
    last = {frame for part in parts if part.frames for frame in part.frames}
    assert last == set(range(told.count + 1))


def test_the_last_frame_shows_as_much_as_the_whole_figure(figure, pages):
    last = pages[-1]
    for fill in CHIPS.values():
        assert len(rects(last, fill)) == len(rects(figure.page, fill))
    assert len(backward_wires(last)) == len(backward_wires(figure.page))


def test_what_a_frame_adds_is_marked(pages):
    for page in pages:
        marks = [r for r in rects(page) if r.stroke_width == 1.6]
        assert marks
        assert all(r.stroke == (SLATE.value if "forward" in page.title else SLATE.gradient) for r in marks)
    for wire in backward_wires(pages[-1], 2.4):
        assert wire.dash == (6.0, 3.2)


def test_one_wire_is_active_in_a_frame_of_push_order(figure):
    pages = [page for page in figure.frames("push") if "backward" in page.title]
    assert [len(backward_wires(page, 2.4)) for page in pages] == [0] + [1] * (len(pages) - 1)


def test_a_sum_that_is_not_complete_says_so():
    pages = tutorial().frames("push")
    assert "∂z/∂u = 150 so far" in pages[-2].description
    assert "∂z/∂u = 450" in pages[-1].description
    assert "so far," not in pages[-1].description


def test_captions_agree_with_the_numbers_of_the_run(run, pages):
    """The first frame lists the inputs; each of the others ends in the value, or the gradient, of its node."""
    chain, said = Chain(run), {}
    for page in pages[1:]:
        caption = page.title.partition(": step ")[2].partition(": ")[2]
        said[re.split(" [=←≈] ", caption)[0]] = re.split(" [=≈] ", caption)[-1]
    large = "norm "  # an array too large to print, whose norm is given
    for box in run.graph.boxes:
        if box.members:
            assert said[named(run.graph, box.name).plain] == chain.shown(run.raw(box.name)).plain.removeprefix(large)
        symbol = chain.total(box.name).plain
        if symbol in said:
            assert said[symbol] == chain.shown(run.step(box.name).total).plain.removeprefix(large)
    assert chain.total(run.of).plain in said


def test_every_frame_says_in_words_what_is_known(figure):
    pages = figure.frames()
    for before, page in pairwise(pages):
        assert page.description.startswith(before.description.removesuffix("."))
        assert page.title != before.title


def test_a_product_of_a_function_reads_as_one():
    """A number before a function keeps its dot: 1·log(0.731), not 1log(0.731)."""
    text, values = GRAPHS["neuron with log loss"]
    captions = [page.title for page in bp.parse(text).backprop(values).draw().frames()]
    assert any("(1·log(0.731) + (1 − 1)·log(1 − 0.731))" in caption for caption in captions)


def test_a_note_waits_for_the_backward_pass():
    pages = bp.parse("h = relu(a)").backprop({"a": 0}).draw().frames()
    letters = [sum(isinstance(i, Glyph) for i in flat(page.items)) for page in pages]
    assert letters[2] > letters[1] + 30


@given(graphs())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_random_graphs_make_frames_within_their_page(made):
    text, values = made
    run = bp.parse(text).backprop(values)
    for order in ("pull", "push"):
        for page in run.draw().frames(order):
            for item in page.items:
                for x, y in corners(item):
                    assert -1 <= x <= page.width + 1
                    assert -1 <= y <= page.height + 1


def test_captions_stay_within_their_panel(pages):
    for page in pages:
        (panel,) = rects(page, SLATE.panel)
        said = [i for i in flat(page.items) if isinstance(i, Glyph) and panel.y < i.y < panel.y + panel.height]
        assert said
        assert all(panel.x < glyph.x < panel.x + panel.width for glyph in said)


# ---- what cannot be shown


def test_what_has_no_frames_says_why(tmp_path):
    figure = tutorial()
    long = bp.parse("; ".join(f"x{i + 1} = 2*x{i}" for i in range(160))).backprop({"x0": 1}).draw()
    for wrong, message in [
        (lambda: bp.parse(TUTORIAL).draw().frames(), "in symbols has no frames"),
        (lambda: figure.frames("sideways"), "is not an order"),
        (lambda: long.frames(), "too many to show one by one"),
        (lambda: figure.save(tmp_path / "x.dot", frames=True), "does not hold frames"),
    ]:
        with pytest.raises(bp.InputError, match=message):
            wrong()


# ---- files


def test_a_pdf_of_frames_has_a_page_for_each():
    figure = tutorial()
    reader = PdfReader(io.BytesIO(figure.write("pdf", frames=True)))
    assert len(reader.pages) == 8
    sizes = {(float(page.mediabox.width), float(page.mediabox.height)) for page in reader.pages}
    assert len(sizes) == 1
    assert len(PdfReader(io.BytesIO(figure.write("pdf"))).pages) == 1


def test_the_outline_of_a_pdf_names_its_steps():
    reader = PdfReader(io.BytesIO(tutorial().write("pdf", frames=True)))
    assert [entry.title for entry in reader.outline][6] == "step 7 of 8, backward: ∂z/∂v = w · ∂z/∂z = 30 · 1 = 30"


def test_a_gif_shows_every_frame_for_its_time_and_again():
    with Image.open(io.BytesIO(tutorial().write("gif"))) as image:
        times = []
        for k in range(image.n_frames):
            image.seek(k)
            times.append(image.info["duration"])
            assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
        assert times == [1600] * 7 + [4000]
        assert image.info["loop"] == 0


def test_a_gif_keeps_the_colours_of_values_and_gradients():
    with Image.open(io.BytesIO(tutorial().write("gif"))) as image:
        image.seek(image.n_frames - 1)
        seen = {colour for _, colour in image.convert("RGB").getcolors(1 << 24)}
    for colour in (SLATE.value_chip, SLATE.gradient_chip, SLATE.panel, SLATE.back_wire, SLATE.input, SLATE.output):
        assert tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) in seen


def test_pictures_come_as_a_sequence(tmp_path):
    figure = tutorial()
    assert figure.save(tmp_path / "x.png", frames=True) == tmp_path / "x-01.png"
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"x-0{k}.png" for k in range(1, 9)]
    assert figure.save(tmp_path / "y.svg", frames=True, order="push").read_text().startswith("<svg")
    assert (tmp_path / "y-09.svg").exists()


def test_the_same_run_makes_the_same_files():
    for ending, frames in (("html", False), ("gif", False), ("pdf", True)):
        one, two = (tutorial().write(ending, frames=frames, order="push") for _ in range(2))
        assert one == two


# ---- the command line


@pytest.mark.parametrize(
    ("options", "written"),
    [
        (["-o", "x.html", "--order", "push"], ["x.html"]),
        (["-o", "x.gif"], ["x.gif"]),
        (["-o", "x.pdf", "--frames"], ["x.pdf"]),
        (["-o", "x.svg", "--frames"], [f"x-0{k}.svg" for k in range(1, 9)]),
    ],
)
def test_the_command_line_writes_frames(options, written, tmp_path):
    done = command("draw", "-e", TUTORIAL, "--at", "u=5", *options, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == written


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--at", "u=5", "--frames"], "name a file"),
        (["--at", "u=5", "-o", "x.gif", "--order", "up"], "is not an order"),
        (["-o", "x.gif"], "give values"),
    ],
)
def test_the_command_line_says_what_frames_need(options, message, tmp_path):
    done = command("draw", "-e", TUTORIAL, *options, folder=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []


def command(*arguments, folder):
    return subprocess.run([sys.executable, "-m", "graphviz_bp", *arguments], capture_output=True, text=True, cwd=folder)
