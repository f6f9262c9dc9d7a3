"""Labels: what is measured, what is mended, what is refused, and how long it may take."""

import contextlib
import subprocess
import sys
import time

import pytest

from graphviz_bp.errors import InputError
from graphviz_bp.figure.page import Glyph, Group, Rect
from graphviz_bp.figure.typesetting import typeface
from graphviz_bp.figure.typesetting.rare import set_rare
from graphviz_bp.figure.typesetting.typeset import (
    Ink,
    LabelError,
    formula,
    formula_or_words,
    fraction,
    matrix,
    paint,
    row,
    stack,
    words,
)

LABELS = (
    r"450", r"-0.731", r"2.2\cdot 10^{-4}", r"v = u^2", r"z = v\,w", r"\partial z", r"\frac{\partial z}{\partial u}",
    r"\tfrac{1}{2}(y-\hat{y})^2", r"\bar x\tilde x\dot x\vec x", r"W^{[2]\top}\delta^{[2]}", r"\mathcal{L}",
    r"\mathbb{1}", r"\sqrt{x^2+1}", r"\mathrm{loss}", r"\sum_{i} w_i x_i", r"\delta\odot\sigma'(z)", r"a'+a''",
    r"\left(\frac{a}{b}+1\right)^2", r"\log x+\exp(-x)", r"\lVert W\rVert^2", r"x\approx 3", r"a\to b\rightarrow c",
    r"\begin{bmatrix} 1 & -2.5 \\ 30 & x_1 \end{bmatrix}", r"\text{learning rate}\ \eta", r"\alpha\beta\Omega\nabla",
    r"\begin{cases} x & x > 0 \\ 0 & \text{else} \end{cases}", r"\boldsymbol{\theta}\mathbf{W}",
    r"\mathbb{R}^{3\times 2}",    r"\overline{x+1}", r"\left|\frac{x}{2}\right|", r"{}", r"", r"1{,}5", "α·∂β − 3 ≈ 4",
)  # fmt: skip
RARE = (
    r"\underbrace{a+b}_{n}",
    r"\binom{n}{k}",
    r"\widehat{xy}",
    r"\xrightarrow{f}",
    r"\begin{pmatrix}1\\2\\3\\4\\5\end{pmatrix}",
)
BROKEN = (
    r"\unknownmacro{x}", r"\color{red}x", r"\href{http://a}{x}", r"\frac{a}", r"{x", r"x}", r"x^", r"x^1^2", r"\left(x",
    r"\begin{bmatrix}1&2\\3\end{bmatrix}", r"\begin{bmatrix}1", r"\begin{nothing}x\end{nothing}", r"$x$", r"a & b", "#",
    r"\def\x{y}", r"\text{a", "x\x00y", "\ud800", r"\underbrace{", r"\tag{1}",
)  # fmt: skip


def letters(ink: Ink) -> list[str]:
    return [mark.outline.name for mark in ink.glyphs]


def gap(ink: Ink, i: int) -> float:
    """From the advance edge of one letter to the origin of the next, in em of the first."""
    here, there = ink.glyphs[i], ink.glyphs[i + 1]
    letter = typeface.glyph(int(here.outline.name[1:]))
    return (there.x - here.x) / (1000 * here.scale) - (letter.advance + letter.lean) / 1000


# ---- formulas


@pytest.mark.parametrize("latex", LABELS)
def test_every_kind_of_label_is_set_without_ziamath(latex: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphviz_bp.figure.typesetting.rare.set_rare", lambda latex: pytest.fail(latex))
    ink = formula(latex, 15.25)
    assert ink.ascent >= 0
    assert ink.descent >= 0
    assert all(-0.3 * 15.25 <= mark.x <= ink.width + 0.6 * 15.25 for mark in ink.glyphs)


@pytest.mark.parametrize("latex", RARE)
def test_rarer_latex_is_set_by_ziamath(latex: str) -> None:
    assert len(formula(latex, 15).glyphs) >= 2
    assert formula(latex, 30).width == pytest.approx(2 * formula(latex, 15).width)


@pytest.mark.parametrize("latex", LABELS + RARE)
def test_twice_the_size_is_the_same_ink_twice_as_large(latex: str) -> None:
    small, large = formula(latex, 12), formula(latex, 24)
    assert large.width == pytest.approx(2 * small.width)
    assert large.height == pytest.approx(2 * small.height)
    assert [m.x for m in large.glyphs] == pytest.approx([2 * m.x for m in small.glyphs])


def test_the_partial_sign_stands_close_to_its_variable() -> None:
    assert gap(formula(r"\partial z", 15), 0) == pytest.approx(0)
    assert letters(formula(r"\partial z", 15))[0] == f"g{typeface.letter(chr(0x1D715)).index}"


def test_single_letters_are_italic_and_function_names_upright() -> None:
    assert letters(formula("x", 15)) == [f"g{typeface.letter(chr(0x1D465)).index}"]
    assert letters(formula(r"\log", 15)) == [f"g{typeface.letter(c).index}" for c in "log"]


@pytest.mark.parametrize(("sign", "em"), [("+", 4), (r"\odot", 4), (r"\cdot", 4), ("=", 5), (r"\approx", 5)])
def test_signs_between_two_letters_have_texs_gaps(sign: str, em: int) -> None:
    ink = formula(f"x{sign} y", 15)
    assert gap(ink, 0) == pytest.approx(em / 18)
    assert gap(ink, 1) == pytest.approx(em / 18)


def test_a_minus_in_front_stands_close_to_its_number() -> None:
    assert gap(formula("-3", 15), 0) == pytest.approx(0)
    assert gap(formula("x=-3", 15), 2) == pytest.approx(0)


def test_scripts_are_smaller_and_off_the_baseline() -> None:
    base, below, above = formula("x_i^2", 10).glyphs
    assert below.scale == above.scale == pytest.approx(0.7 * base.scale)
    assert above.y < base.y < below.y


def test_a_hat_is_no_wider_than_its_letter() -> None:
    hat = typeface.letter("\u0302")
    assert formula(r"\hat{y}", 15).width == formula("y", 15).width
    assert f"g{hat.index}" in letters(formula(r"\hat{y}", 15))


def test_a_comma_or_a_fraction_leaves_no_blank_behind() -> None:
    one, two = formula(r"\frac{a}{b}", 15), formula(r"\frac{a}{b}+1", 15)
    assert one.width < max(bar.width for bar in one.bars) + 0.1 * 15
    assert formula("f(x,y)", 15).width - formula("f(xy)", 15).width < 0.45 * 15
    assert two.width > one.width


def test_fences_grow_with_what_they_hold() -> None:
    assert formula(r"\left(\frac{a}{b}\right)", 15).height > formula(r"\left(a\right)", 15).height


def test_plain_letters_agree_with_ziamath() -> None:
    """Numbers and products come out where ziamath puts them, so both ways may stand in one figure."""
    for latex in ("450", "-0.731", "a+b=c", r"f(x,y)=-x", r"\mathrm{loss}", r"\delta\odot x", r"2.2\cdot 10^{-4}"):
        ours, theirs = formula(latex, 1), set_rare(latex)
        assert letters(ours) == letters(theirs)
        assert [m.x for m in ours.glyphs] == pytest.approx([m.x for m in theirs.glyphs], abs=0.06)
        assert [m.y for m in ours.glyphs] == pytest.approx([m.y for m in theirs.glyphs], abs=0.06)


# ---- what is refused


@pytest.mark.parametrize("latex", BROKEN)
def test_broken_or_unknown_latex_is_refused_by_name(latex: str) -> None:
    with pytest.raises(LabelError, match="cannot be set") as caught:
        formula(latex, 15)
    assert isinstance(caught.value, InputError)


def test_the_message_names_the_formula_and_the_macro() -> None:
    with pytest.raises(LabelError) as caught:
        formula(r"x + \wrong y", 15)
    assert str(caught.value) == r'the label "x + \wrong y" cannot be set: the macro \wrong is not known'


@pytest.mark.parametrize("latex", ["x" * 601, "{" * 200 + "x" + "}" * 200, r"\hat" * 33 + " x", "x_{" * 31 + "}" * 31])
def test_labels_that_are_too_long_or_too_deep_are_refused(latex: str) -> None:
    with pytest.raises(LabelError, match=r"longer|deeper"):
        formula(latex, 15)


def test_a_formula_that_cannot_be_set_falls_back_to_words() -> None:
    assert formula_or_words(r"\wrong", "loss", 15) == words("loss", 15)
    assert formula_or_words("x", "loss", 15) == formula("x", 15)


# ---- time


def nested(depth: int, inner: str = "x") -> str:
    for _ in range(depth):
        inner = rf"\frac{{1+{inner}}}{{y}}"
    return inner


@pytest.mark.parametrize(
    "latex",
    [
        nested(10),
        rf"\widehat{{{nested(10)}}}",
        r"\widehat{" + "{" * 25 + "x" + "}" * 25 + "}",
        r"\sqrt{1+" * 25 + "}" * 25,
    ],
)
def test_nested_formulas_are_set_or_refused_quickly(latex: str) -> None:
    """ziamath alone takes seconds for ten fractions in one another and never ends on many braces."""
    formula(r"\widehat{x}", 15)  # ziamath's import is not what is timed
    start = time.perf_counter()
    with contextlib.suppress(LabelError):
        formula(latex, 15)
    assert time.perf_counter() - start < 30  # it may be slow on a busy machine, but it ends


def test_the_room_imports_nothing_heavy() -> None:
    code = (
        "import sys, graphviz_bp.figure.typesetting.typeset as t; t.formula(r'\\frac{\\partial z}{\\partial u} = 4', 15);"
        "print([m for m in ('numpy', 'sympy', 'ziamath', 'ziafont', 'pygraphviz') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# ---- words


def test_words_are_taken_as_they_stand() -> None:
    assert letters(words(r"\frac_$", 12)) == [f"g{typeface.letter(c).index}" for c in r"\frac_$"]


def test_words_of_one_size_are_equally_high() -> None:
    assert words("an", 12).height == words("gÅ", 12).height


def test_words_are_kerned() -> None:
    assert words("AV", 12).width < words("A", 12).width + words("V", 12).width


@pytest.mark.parametrize("character", ["\x00", "\x07", "\ud800", "\u202e", "\ue123"])
def test_characters_that_cannot_be_shown_are_replaced(character: str) -> None:
    assert words(character, 12) == words("\ufffd", 12)


def test_a_character_the_font_lacks_leaves_a_box() -> None:
    assert letters(words("日", 12)) == ["g0"]
    assert letters(formula("日", 12)) == ["g0"]


def test_blanks_of_every_kind_are_blanks() -> None:
    assert words("a\nb\tc\u00a0d", 12) == words("a b c d", 12)


# ---- pieces


def test_a_row_stands_on_one_baseline() -> None:
    first, second = formula("g", 12), formula("450", 15)
    both = row([first, second], gap=4)
    assert both.width == pytest.approx(first.width + second.width + 4)
    assert (both.ascent, both.descent) == (second.ascent, first.descent)
    assert {mark.y for mark in both.glyphs} == {0}


def test_a_fractions_bar_is_wider_than_both_halves_and_lies_on_the_axis() -> None:
    top, bottom = formula(r"\partial z", 13), formula(r"\partial w", 13)
    (bar,) = fraction(top, bottom, 15).bars
    assert bar.width == pytest.approx(max(top.width, bottom.width) + 3)
    assert -(bar.y + bar.height / 2) == pytest.approx(0.26 * 15)


def test_both_halves_of_a_fraction_keep_their_distance_from_the_bar() -> None:
    top, bottom = formula("y", 13), formula("b", 13)
    ink = fraction(top, bottom, 15)
    (bar,) = ink.bars
    upper, lower = ink.glyphs
    assert bar.y - (upper.y + top.descent) == pytest.approx(0.17 * 15)
    assert (lower.y - bottom.ascent) - (bar.y + bar.height) == pytest.approx(0.17 * 15)


def test_matrix_columns_are_flush_right_between_brackets() -> None:
    cells = [[formula("1", 12), formula("-0.731", 12)], [formula("30", 12), formula("2", 12)]]
    ink = matrix(cells, 12)
    ends = [ink.glyphs[i].x for i in (0, 7 - 1, 2 + 6, 9)]  # the last digit of each cell
    assert ends[0] == pytest.approx(ends[2])
    assert len(ink.bars) == 6
    assert ink.ascent - ink.descent == pytest.approx(2 * 0.26 * 12)


@pytest.mark.parametrize("cells", [[], [[]], [[words("a", 9)], []]])
def test_a_matrix_needs_cells_in_equal_rows(cells: list[list[Ink]]) -> None:
    with pytest.raises(ValueError, match="rows of equal length"):
        matrix(cells, 12)


def test_stacked_lines_run_down_from_the_first_baseline() -> None:
    short, long = words("one", 12), words("one two", 12)
    left, middle = stack([short, long], 3), stack([short, long], 3, align="center")
    assert left.ascent == short.ascent
    assert left.height == pytest.approx(2 * short.height + 3)
    assert left.glyphs[0].x == 0
    assert middle.glyphs[0].x == pytest.approx((long.width - short.width) / 2)


def test_a_role_is_given_once_and_stays() -> None:
    piece = row([formula("x", 12).coloured("gradient"), formula("=", 12)]).coloured("ink")
    assert [mark.role for mark in piece.glyphs] == ["gradient", "ink"]


def test_paint_puts_ink_on_the_page_in_its_colours() -> None:
    ink = fraction(formula("x", 12).coloured("gradient"), formula("y", 12), 12)
    bar, letters = paint(ink, 100, 50, {"gradient": "#b34700"}, "#1b2733")
    assert isinstance(letters, Group)
    assert [(text.text, text.fill) for text in letters.texts] == [("x", "#b34700"), ("y", "#1b2733")]
    top, bottom = letters.items
    assert isinstance(bar, Rect)
    assert isinstance(top, Glyph)
    assert isinstance(bottom, Glyph)
    assert (top.fill, bottom.fill, bar.fill) == ("#b34700", "#1b2733", "#1b2733")
    assert bar.x == 100
    assert top.y < 50 < bottom.y + bottom.scale * 1000


# ---- the font


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # about how ziafont opens its own files
def test_the_font_is_read_as_ziafont_reads_it() -> None:
    from ziamath.zmath import loadedfonts

    font = loadedfonts["default"]
    for character in "09.−=abcxyzW∂𝑥𝑓𝜕Σ∑(√é\u0302":
        ours, theirs = typeface.letter(character), font.glyph(character)
        assert (ours.index, ours.advance) == (theirs.index, theirs.advance())
        box = theirs.bbox
        assert (ours.left, ours.bottom, ours.right, ours.top) == (box.xmin, box.ymin, box.xmax, box.ymax)


def test_outlines_are_shared_between_labels() -> None:
    one, two = formula("x", 12).glyphs[0].outline, formula("x^x", 30).glyphs[0].outline
    assert one is two
