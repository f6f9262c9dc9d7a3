"""The page that steps: sound HTML, nothing fetched, text that stays text, and keys, slider and print in a real browser."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

import graphviz_bp as bp
from graphviz_bp.figure.film import Film, Part
from graphviz_bp.figure.page import Group, Rect
from graphviz_bp.figure.themes import THEMES
from graphviz_bp.figure.writers.html import html

TUTORIAL = "v = u**2; w = 6*u; z = v*w"
LAYER = "W: (2, 3); x: (3,); b: (2,); a = W@x + b; L = sum(tanh(a))"
HOSTILE = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)>\x00 ]]> & \" '"
VOID = {"meta", "input"}


def tutorial(**options) -> str:
    return bp.parse(TUTORIAL).backprop({"u": 5}).draw(**options).write("html").decode()


class Reader(HTMLParser):
    """Elements in order, with their attributes and their own text; complains where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data


# ---- the text of the page


def test_tags_match_and_ids_are_unique():
    page = Reader(tutorial())
    ids = [attributes["id"] for _, attributes in page.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.found:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set((attributes.get(name) or "").split()) <= set(ids)
        if attributes.get("xlink:href"):
            assert attributes["xlink:href"][1:] in ids


def test_nothing_is_fetched_and_only_the_own_script_runs():
    text = tutorial()
    addresses = re.findall(r"(?:href|src|action|srcset)=\"([^\"]*)", text)
    assert addresses
    assert all(address.startswith("#") for address in addresses)
    assert not re.search(r"url\(|@import|\son\w+=|style=|javascript:|fetch\(|XMLHttp", text)
    assert set(re.findall(r"https?://[^\"]*", text)) == {"http://www.w3.org/2000/svg"}
    policy = re.search(r'Content-Security-Policy" content="([^"]*)', text)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for kind, tag in (("style-src", "style"), ("script-src", "script")):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.S)[1]
        assert f"{kind} 'sha256-{b64encode(sha256(body.encode()).digest()).decode()}'" in policy


def test_the_tutorial_is_small_and_always_the_same():
    assert len(tutorial().encode()) <= 120_000
    assert tutorial() == tutorial()


def test_each_part_is_drawn_once_and_says_where_it_stands():
    page = Reader(tutorial())
    parts = [attributes for _, attributes in page.found if "data-on" in attributes]
    assert len(parts) < 60
    assert all(re.fullmatch(r"\d+(-\d+)?( \d+(-\d+)?)*|", part["data-on"]) for part in parts)
    assert sum("whole" in part["class"] for part in parts) > 15


def test_every_caption_is_there_as_text_with_a_link_to_its_step():
    run = bp.parse(TUTORIAL).backprop({"u": 5})
    text = run.draw().write("html", order="push").decode()
    lines = re.findall(r'<li><a href="#step=(\d+)">step (\d+) of 9, (.*?)</a>', text)
    assert [line[0] for line in lines] == [line[1] for line in lines] == [str(k) for k in range(1, 10)]
    assert "∂z/∂u ← 150 + 2u" in lines[-1][2]
    assert "v hands back to u" in text


def test_a_figure_in_symbols_stands_still_and_says_so():
    text = bp.parse(TUTORIAL).draw().write("html").decode()
    page = Reader(text)
    assert "steps need values" in text
    assert "script" not in page.texts
    assert not any("data-on" in attributes for _, attributes in page.found)
    assert "18u²" in text
    assert "<pre>" not in bp.parse("a = W@x; L = sum(a)").draw().write("html").decode()


def test_hostile_text_comes_out_as_text():
    part = Part((Group((Rect(0, 0, 1, 1, fill="var(--ink)"),), HOSTILE),), frozenset([0, 1]))
    film = Film(100, 50, "var(--page)", (part,), (HOSTILE,), (HOSTILE,), HOSTILE, HOSTILE)
    text = html(film, THEMES["slate"], HOSTILE).decode()
    page = Reader(text)
    assert sum(tag == "script" for tag, _ in page.found) == 1
    assert not any(tag == "img" for tag, _ in page.found)
    assert "<img src=x onerror=alert(1)>" in page.texts["pre"]
    assert "\x00" not in text


def test_a_colour_that_is_none_is_refused():
    theme = replace(THEMES["slate"], name="mine", ink="red}</style><script>")
    with pytest.raises(bp.InputError, match="not a colour"):
        tutorial(theme=theme)


@pytest.mark.parametrize(("theme", "media"), [("slate", ["prefers-color-scheme:dark"]), ("print", []), ("classic", [])])
def test_only_the_light_default_turns_dark(theme, media):
    assert re.findall(r"@media screen and \((.*?)\)", tutorial(theme=theme)) == media


# ---- in Chromium

@pytest.fixture
def visit(browse):
    """Open a figure's page, the tutorial's unless another is given."""

    def go(figure=None, fragment="", order="pull", **options):
        figure = figure or bp.parse(TUTORIAL).backprop({"u": 5}).draw()
        return browse(figure.write("html", order=order).decode(), fragment, **options)

    return go


def step(page) -> str:
    return page.inner_text("#place")


def seen(page) -> int:
    return page.evaluate(
        "[...document.querySelectorAll('.part')].filter(e => getComputedStyle(e).display != 'none').length"
    )


@pytest.mark.browser
def test_keys_and_presenter_remotes_step(visit):
    page = visit()
    assert step(page) == "1 / 8"
    for key, place in [("ArrowRight", 2), ("PageDown", 3), ("Space", 4), ("Shift+Space", 3), ("PageUp", 2), ("ArrowLeft", 1),
                       ("ArrowLeft", 1), ("End", 8), ("ArrowRight", 8), ("Home", 1)]:  # fmt: skip
        page.keyboard.press(key)
        assert step(page) == f"{place} / 8", key
    assert page.url.endswith("#step=1")


@pytest.mark.browser
def test_a_frame_shows_the_parts_that_it_should_and_no_others(visit):
    page, shown = visit(), []
    for _ in range(8):
        wrong = page.evaluate("""() => {
          const at = +document.getElementById('slider').value;
          return [...document.querySelectorAll('.part')].filter(e => {
            const on = e.dataset.on.split(' ').some(r => { const [a, b = a] = r.split('-').map(Number); return a <= at && at <= b; });
            return on !== (getComputedStyle(e).display !== 'none');
          }).length; }""")
        assert wrong == 0
        shown.append(seen(page))
        page.keyboard.press("ArrowRight")
    assert shown[0] < shown[3] < shown[7]


@pytest.mark.browser
def test_slider_and_buttons_step_and_are_read_out(visit):
    page = visit(order="push")
    page.locator("#slider").fill("6")
    assert step(page) == "6 / 9"
    assert page.inner_text("#said").startswith("step 6 of 9, backward: ∂z/∂v ←")
    assert page.get_attribute("#slider", "aria-valuetext") == page.inner_text("#said")
    for button, place in [("next", 7), ("back", 6), ("last", 9), ("first", 1)]:
        page.click(f"#{button}")
        assert step(page) == f"{place} / 9"
    page.focus("#next")
    page.keyboard.press("Space")
    assert step(page) == "2 / 9", "a button that has the focus is pressed once"


@pytest.mark.browser
def test_a_link_opens_its_step(visit):
    page = visit(fragment="#step=6")
    assert step(page) == "6 / 8"
    page.evaluate("location.hash = '#step=3'")
    page.wait_for_function("document.getElementById('place').textContent === '3 / 8'")
    assert step(visit(fragment="#step=99999")) == "8 / 8"
    assert step(visit(fragment="#step=<b>")) == "1 / 8"


@pytest.mark.browser
def test_print_shows_the_whole_figure_and_every_word(visit):
    page = visit(fragment="#step=2")
    whole = page.locator(".whole").count()
    assert seen(page) < whole
    page.emulate_media(media="print")
    assert seen(page) == whole
    assert not page.is_visible("#bar")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.is_visible("pre")
    assert page.is_visible("li >> nth=7")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert not page.is_visible("pre")
    assert step(page) == "2 / 8"


@pytest.mark.browser
def test_without_scripts_everything_is_there(visit):
    page = visit(java_script_enabled=False)
    assert not page.is_visible("#bar")
    assert page.is_visible("pre")
    assert page.is_visible("noscript")


@pytest.mark.browser
def test_dark_screens_get_the_dark_theme_and_still_pages_nothing_that_moves(visit):
    page = visit(fragment="#step=8", color_scheme="dark", reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(16, 21, 28)"
    moving = "document.getAnimations().filter(one => one.animationName === 'flow').length"
    assert page.evaluate(moving) == 0
    assert visit(fragment="#step=8").evaluate(moving) == 2


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 700, 1920])
def test_the_page_itself_never_scrolls_sideways(visit, width):
    page = visit(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1920:
        assert page.evaluate("document.getElementById('bar').getBoundingClientRect().bottom") <= 800


@pytest.mark.browser
def test_pages_of_arrays_and_of_symbols_open_without_complaint(visit):
    figure = bp.parse(LAYER).backprop({"W": [[1, 2, 3], [0, 1, -1]], "x": [1, 0, 2], "b": [0, 1]}).draw()
    assert step(visit(figure, "#step=4")).startswith("4 / ")
    assert visit(bp.parse(TUTORIAL).draw()).is_visible("pre")


@pytest.mark.browser
def test_a_high_figure_scrolls_under_its_buttons_rather_than_become_too_small(visit):
    text = "data x1, x2, y; a = w1*x1 + w2*x2 + b; yhat = sigmoid(a); L = -(y*log(yhat) + (1-y)*log(1-yhat))"
    run = bp.parse(text).backprop({"w1": 2, "w2": -3, "b": -3, "x1": -1, "x2": -2, "y": 1})
    figure = run.draw()
    page = visit(figure, viewport={"width": 1280, "height": 320})
    drawn, bar = page.locator("#figure svg").bounding_box(), page.locator("#bar").bounding_box()
    assert drawn["height"] >= 0.7 * figure.page.height > 320
    assert bar["y"] + bar["height"] <= 320
