"""TikZ pictures and Beamer overlays: real TeX, nothing live in it, everything on its overlay, and it compiles."""

from __future__ import annotations

import re
import shutil
import string
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from test_figure import GRAPHS, graphs
from test_writers import HOSTILE

import graphviz_bp as bp
from graphviz_bp.figure.film import still
from graphviz_bp.figure.page import Group, Page
from graphviz_bp.figure.typesetting.typeset import formula_or_words, paint, words
from graphviz_bp.figure.writers import ALBUMS, WRITERS, spelled

TUTORIAL = "v = u**2; w = 6*u; z = v*w"
PREAMBLE = r"newcommand|newsavebox|bproom|sbox|ifdim|wd|else|fi|fontsize|selectfont|resizebox|height|usebox|mathchoice|bpfraction|mathinner|raisebox|scalebox"
DRAWING = "documentclass|usepackage|usefonttheme|setbeamertemplate|setbeamercolor|pagestyle|topskip|parindent|offinterlineskip|begin|end|definecolor|path|fill|node|only|makebox|linewidth|bpset|small|footnotesize"


def tutorial(**options):
    return bp.parse(TUTORIAL).backprop({"u": 5}).draw(**options)


def drawn(name):
    text, values = GRAPHS[name]
    return bp.parse(text).backprop(values).draw()


def code(text: str) -> str:
    """The document without its comments."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("%"))


# ---- what is said


@pytest.mark.parametrize("name", GRAPHS)
def test_every_label_is_set_by_tex_and_not_drawn(name):
    text = drawn(name).write("tex").decode()
    assert r"\fill[" not in text
    assert text.count(r"\node") > 3


def test_formulas_are_tex_in_the_colours_of_their_roles():
    text = tutorial().write("tex").decode()
    assert re.search(r"\\node\[[^]]*text=bp00568A\][^;]*\{\$750\$\}", text)
    assert re.search(r"\\node\[[^]]*text=bpB34700\][^;]*\\bpfrac\{\\partial z\}\{\\partial u\}", text)


def test_the_figure_in_words_stands_in_comments():
    figure = tutorial()
    comments = [line[2:] for line in figure.write("tex").decode().splitlines() if line.startswith("% ")]
    assert comments[:2] == [figure.page.title, figure.page.description]


# ---- nothing live


def macros(text: str) -> set[str]:
    return set(re.findall(r"\\([A-Za-z]+)", code(text)))


KNOWN = {*PREAMBLE.split("|"), *DRAWING.split("|"), "bpfrac", "dfrac", "frac", "partial", "cdot", "bp", "mathrm"}


def test_hostile_words_are_escaped_or_drawn():
    live = r"\input{/etc/passwd} $x$ % ^^5cwrite18 #1 & ~ _"
    for text in (live, HOSTILE, "\\end{document}\n\n", "日本 %"):
        page = Page(200, 50, "#ffffff", (Group(paint(words(text, 12), 10, 10, {}, "#000"), text),), text, text)
        film = still(page)
        for made in (WRITERS["tex"](page).decode(), ALBUMS["tex"](film).decode()):
            assert not macros(made) & {"input", "write", "immediate", "csname"}
            assert "^^" not in code(made)
            assert made.count(r"\end{document}") - sum(r"\end{document}" in c for c in made.splitlines() if c[0] == "%") == 1


@pytest.mark.parametrize("latex", [r"\input{x}", r"\write18{ls}", r"\unknown{x}", r"x%y", r"^^5cinput", r"\text{\input{x}}", r"\widehat{u}"])
def test_latex_that_is_not_known_to_be_harmless_is_drawn_as_shapes(latex):
    ink = formula_or_words(latex, "u", 12)
    page = Page(200, 50, None, paint(ink, 10, 10, {}, "#000000"), "", "")
    text = code(WRITERS["tex"](page).decode())
    assert macros(text) <= KNOWN
    assert r"\fill[" in text or r"\node" in text


SAFE = set(string.ascii_letters + string.digits + " .,;:!?()[]/*+=@'-")


@given(st.text(st.one_of(st.characters(max_codepoint=127), st.characters()), max_size=30))
def test_words_keep_no_character_that_is_live_in_tex(text):
    made = spelled.words(text, strict=False)
    bare = re.sub(r"\\[A-Za-z]+(\{[A-Za-z]?\})?|\\[%&#$_{}]|\$[_^][0-9a-z+=()-]\$", "", made).replace("$", "")
    assert {c for c in bare if c.isascii()} <= SAFE | set("<>|~")
    assert made.count("$") - made.count(r"\$") == 2 * ((made.count("$") - made.count(r"\$")) // 2)


# ---- overlays


def test_every_part_is_on_the_overlays_of_its_frames():
    film = tutorial()._film("pull")
    text = tutorial().write("tex", frames=True).decode()
    count = len(film.captions)
    said = re.findall(r"\\only<([\d,-]+)>", text)
    parts = [part for part in film.parts if part.frames is not None and part.frames - {0}]
    assert len(said) == len(parts)
    for spec, part in zip(said, parts, strict=True):
        ranges = [one.partition("-") for one in spec.split(",")]
        on = {k for a, dash, b in ranges for k in range(int(a), (int(b) if b else count if dash else int(a)) + 1)}
        assert on == part.frames - {0}


def test_braces_and_environments_close():
    for text in (tutorial().write("tex").decode(), tutorial().write("tex", frames=True).decode()):
        plain = re.sub(r"\\[{}\\]", "", code(text))
        assert plain.count("{") == plain.count("}")
        begun, ended = (re.findall(rf"\\{word}\{{(\w+)\}}", text) for word in ("begin", "end"))
        assert sorted(begun) == sorted(ended)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(graphs())
def test_any_graph_is_spelled_and_closes_its_braces(drawn_from):
    text, values = drawn_from
    figure = bp.parse(text).backprop(values).draw()
    for text in (figure.write("tex").decode(), figure.write("tex", frames=True).decode()):
        assert r"\fill[" not in text
        plain = re.sub(r"\\[{}\\]", "", code(text))
        assert plain.count("{") == plain.count("}")


@pytest.mark.parametrize("how", [{}, {"frames": True}])
def test_the_same_figure_gives_the_same_bytes(how):
    assert tutorial().write("tex", **how) == tutorial().write("tex", **how)


# ---- TeX itself


def compiled(text: str, folder) -> tuple[PdfReader, str]:
    program = shutil.which("pdflatex") or pytest.skip("there is no TeX here")
    (folder / "x.tex").write_text(text)
    done = subprocess.run([program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "x.tex"],
                          cwd=folder, capture_output=True, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    return PdfReader(folder / "x.pdf"), done.stdout.decode(errors="replace")


@pytest.mark.slow
@pytest.mark.parametrize("name", GRAPHS)
def test_pictures_compile_on_one_page_of_their_size(name, tmp_path):
    figure = drawn(name)
    pdf, told = compiled(figure.write("tex").decode(), tmp_path)
    (page,) = pdf.pages
    assert float(page.mediabox.width) == pytest.approx(figure.page.width, abs=0.5)
    assert float(page.mediabox.height) == pytest.approx(figure.page.height, abs=0.5)
    assert "Overfull" not in told


@pytest.mark.slow
@pytest.mark.parametrize("order", ["pull", "push"])
@pytest.mark.parametrize("theme", ["slate", "dark"])
def test_frames_compile_to_one_page_for_each_step_with_text_that_can_be_found(order, theme, tmp_path):
    figure = tutorial(theme=theme)
    pdf, told = compiled(figure.write("tex", frames=True, order=order).decode(), tmp_path)
    assert len(pdf.pages) == len(figure.frames(order))
    assert "Overfull" not in told
    for k, page in enumerate(pdf.pages, 1):
        assert re.search(rf"step\s*{k}\s*of", page.extract_text())


@pytest.mark.slow
def test_hostile_words_compile_to_themselves(tmp_path):
    live = r"\input{/etc/passwd} $x$ % ^^5cwrite18 #1 & ~ _ <b>"
    page = Page(400, 50, "#ffffff", paint(words(live, 12), 10, 20, {}, "#000000"), live, live)
    pdf, _ = compiled(WRITERS["tex"](page).decode(), tmp_path)
    assert r"\input{/etc/passwd}" in pdf.pages[0].extract_text()
    compiled(ALBUMS["tex"](still(page)).decode(), tmp_path)
