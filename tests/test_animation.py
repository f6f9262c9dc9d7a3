"""An SVG that plays its steps: what each moment shows, and what stands where nothing plays."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

import graphviz_bp as bp
from graphviz_bp.errors import InputError
from graphviz_bp.figure.writers.png import png

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def figure():
    return bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5}).draw()


@pytest.fixture(scope="module")
def text(figure):
    return figure.write("svg", animate=True).decode()


def shown_at(text: str) -> tuple[dict[str, list[bool]], int]:
    """For each class, whether it is seen in each of the frames, as the style sheet's keyframes have it."""
    times = {float(at) for at in re.findall(r"([\d.]+)%", text)}
    classes = {}
    for name, keys in re.findall(r"@keyframes (\w+f\d+)\{((?:[\d.]+%\{[^}]*\})+)\}", text):
        steps = [(float(at), seen == "visible") for at, seen in re.findall(r"([\d.]+)%\{visibility:(\w+)\}", keys)]
        classes[name] = [next(seen for at, seen in reversed(steps) if at <= time) for time in sorted(times)]
    return classes, len(times)


def test_every_part_is_seen_exactly_in_its_frames(figure, text):
    seen, count = shown_at(text)
    parts = [part for part in figure._film("pull").parts if part.frames is not None]
    groups = [g for g in ElementTree.fromstring(text).iter(f"{SVG}g") if g.get("class")]
    assert count == len(figure.frames())
    assert len(groups) == len(parts)
    for group, part in zip(groups, parts, strict=True):
        assert seen[group.get("class").split()[0]] == [k in part.frames for k in range(1, count + 1)]


def test_where_nothing_plays_it_is_the_whole_figure(figure, text):
    from io import BytesIO

    from PIL import Image, ImageChops
    from resvg_py import svg_to_bytes

    still = Image.open(BytesIO(bytes(svg_to_bytes(svg_string=text, dpi=96, skip_system_fonts=True)))).convert("RGB")
    whole = Image.open(BytesIO(png(figure.page, still.width / figure.page.width))).convert("RGB")
    assert abs(still.height - whole.height) <= 1
    box = (0, 0, min(still.width, whole.width), min(still.height, whole.height))
    difference = ImageChops.difference(still.crop(box), whole.crop(box)).convert("L")
    assert sum(difference.histogram()[64:]) < 0.002 * box[2] * box[3]


def test_it_loops_keeps_still_where_less_motion_is_asked_and_runs_no_script(text):
    before, _, inside = text.partition("@media (prefers-reduced-motion:no-preference)")
    assert "animation:" not in before
    assert "infinite" in inside
    assert "<script" not in text
    assert not re.search(r"https?://(?!www\.w3\.org)", text)


def test_the_same_figure_gives_the_same_bytes_and_two_figures_do_not_share_ids(figure, text):
    assert figure.write("svg", animate=True).decode() == text
    other = bp.parse("z = x*y").backprop({"x": 1, "y": 2}).draw().write("svg", animate=True).decode()
    names = [set(re.findall(r'(?:id|class)="([^" ]+)', one)) for one in (text, other)]
    assert not names[0] & names[1]


def test_formats_that_cannot_play_say_which_can(figure, tmp_path):
    with pytest.raises(InputError, match="svg, gif, html"):
        figure.save(tmp_path / "x.pdf", animate=True)
    assert figure.save(tmp_path / "x.svg", animate=True).stat().st_size > 10_000


@pytest.mark.browser
def test_a_browser_shows_the_last_frame_at_its_time(chromium, figure, text, tmp_path):
    (tmp_path / "x.svg").write_text(text)
    page = chromium.new_page()
    page.goto((tmp_path / "x.svg").as_uri())
    look = "t => { for (const a of document.getAnimations()) { a.pause(); a.currentTime = t }; return " \
           "[...document.querySelectorAll('g[class]')].map(g => getComputedStyle(g).visibility == 'visible') }"
    parts = [part for part in figure._film("pull").parts if part.frames is not None]
    for frame, milliseconds in ((1, 100), (8, 8 * 1600)):
        assert page.evaluate(look, milliseconds) == [part.within(frame) for part in parts]
    page.close()
