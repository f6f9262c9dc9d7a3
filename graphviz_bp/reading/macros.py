"""What LaTeX's macros and the signs of Unicode mean here: tables, one row per spelling."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from ..errors import InputError
from ..notation.names import FROM_GREEK, GREEK

# fmt: off
SIGNS = {  # a sign or macro: the kind of word it is, and its plain spelling
    "+": ("PLUS", "+"), "-": ("MINUS", "-"), "*": ("STAR", "*"), "cdot": ("STAR", "*"), "times": ("STAR", "*"),
    "ast": ("STAR", "*"), "odot": ("STAR", "*"), "circ": ("STAR", "*"), "bullet": ("STAR", "*"),
    "/": ("SLASH", "/"), "div": ("SLASH", "/"), ",": ("COMMA", ","),
    "=": ("EQUALS", "="), "approx": ("EQUALS", "="), "equiv": ("EQUALS", "="), "doteq": ("EQUALS", "="),
    "simeq": ("EQUALS", "="), "coloneqq": ("EQUALS", "="), "triangleq": ("EQUALS", "="),
    "<": ("COMPARE", "<"), ">": ("COMPARE", ">"), "lt": ("COMPARE", "<"), "gt": ("COMPARE", ">"),
    "le": ("COMPARE", "<="), "leq": ("COMPARE", "<="), "leqslant": ("COMPARE", "<="),
    "ge": ("COMPARE", ">="), "geq": ("COMPARE", ">="), "geqslant": ("COMPARE", ">="),
    "ne": ("COMPARE", "!="), "neq": ("COMPARE", "!="),
}
OPENS = {"lVert": "|", "Vert": "|", "(": "(", "[": "[", "{": "{", "lbrace": "(", "lbrack": "[", "lvert": "|", "vert": "|", "lparen": "("}
CLOSES = {"rVert": "|", "Vert": "|", ")": "(", "]": "[", "}": "{", "rbrace": "(", "rbrack": "[", "rvert": "|", "vert": "|", "rparen": "("}
BARS = {"|", "vert", "mid", "Vert"}
SILENT = {  # they move or scale what is set, and mean nothing
    "quad", "qquad", "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "nonumber", "notag", "thinspace",
    "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "hfill", "enspace",
    "medspace", "thickspace", "negthinspace", "relax", "hphantom", "boxed", "fbox", "underline", "ensuremath", "strut", "phantom",
    "therefore", "because", "newline", "centering", "noindent", "checkmark", "blacksquare", "square", "qed", "Box", "qedhere", "smash", "mathstrut",
}
STYLES = {
    "mathrm", "mathbf", "mathit", "mathcal", "mathsf", "mathbb", "mathtt", "mathscr", "boldsymbol", "bm", "text", "textrm",
    "textbf", "textit", "operatorname", "mathds", "mathbbm", "mbox", "operatornamewithlimits", "mathnormal", "textsf", "symbf", "bold", "rm", "bf",
}
ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde", "dot": "dot",
    "vec": "vec", "overrightarrow": "vec",
}
FRACTIONS = {"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"}
DERIVATIVES = {"pdv", "dv", "odv", "pderiv", "deriv", "diffp", "diff"}  # \pdv{z}{u} of the usual packages
FUNCTIONS = {
    "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "exp", "ln", "log", "max",
    "min", "erf", "sech", "csch", "coth", "sgn", "sign", "relu", "ReLU", "sigmoid", "softplus", "abs",
}
APPLIED = {"sigma": "sigmoid", "Phi": "Phi", "phi": "phi", "Gamma": "gamma", "psi": "digamma", "Theta": "step"}  # letters that may be functions
LETTERS = {name: name for name in GREEK} | {
    "varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varrho": "rho", "varsigma": "sigma", "ell": "ell",
    "imath": "i", "jmath": "j",
}
REFUSED = {
    "int": "there are no integrals here",
    "ldots": "write every term", "cdots": "write every term", "dots": "write every term", "pm": "write two claims",
    "top": "there is nothing to transpose in a number", "lim": "write the limit itself",
    "Rightarrow": "write one claim per line", "implies": "write one claim per line", "to": "write = or one claim per line",
    "begin": "write the equation alone", "end": "write the equation alone", "infty": "write a finite number",
    "binom": "write it with \\frac", "input": "there are no files here", "include": "there are no files here",
    "write": "there are no files here", "def": "there are no definitions here", "newcommand": "there are no definitions here",
}
_UNICODE = {
    "−": "-", "–": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ", "∗": "*", "⊙": r"\odot ", "∘": r"\circ ",
    "÷": "/", "∕": "/", "⁄": "/", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "≡": r"\equiv ", "≔": "=", "∂": r"\partial ",
    "√": r"\sqrt ", "∇": r"\nabla ", "′": "'", "’": "'", "″": "''", "ℓ": r"\ell ", "𝟙": r"\mathbb{1}", "𝟏": r"\mathbf{1}", "∣": "|",
    "ℒ": r"\mathcal{L}", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    "\u2062": " ", "µ": r"\mu ", "ϵ": r"\epsilon ", "ϕ": r"\phi ", "ϑ": r"\theta ", "ς": r"\sigma ", "⊤": r"\top ", "∑": r"\sum ", "∏": r"\prod ",
}
# fmt: on
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ⁿˣⁱ", "0123456789-+()nxi")
_SUB = str.maketrans("₀₁₂₃₄₅₆₇₈₉₋₊₍₎ᵢⱼₙₓ", "0123456789-+()ijnx")
_MARKS = {"\u0302": "hat", "\u0304": "bar", "\u0305": "bar", "\u0303": "tilde", "\u0307": "dot", "\u20d7": "vec"}
_RUN = re.compile(
    r"(?P<COMMA>(?<=[0-9])\{,\}(?=[0-9]))|"
    r"(?P<MIXED>(?<![A-Za-z0-9.,_^])[0-9]{1,9}[¼-¾⅐-⅞])|"
    r"(?P<SUPER>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ⁿˣⁱ]+)|(?P<SUB>[₀₁₂₃₄₅₆₇₈₉₋₊₍₎ᵢⱼₙₓ]+)|(?P<MARKED>.[\u0302-\u0305\u0307\u20d7])"
    r"|(?P<ONE>[^\x00-\x7f])|(?P<PLAIN>[\x00-\x7f])",
    re.DOTALL,
)


def expanded(text: str) -> tuple[str, list[int]]:
    r"""A text in ASCII, and for each of its characters the position it came from: ŷ is \hat{y}, x₁² is x_{1}^{2}.

    >>> expanded("ŷ₁²")[0]
    '\\hat{y}_{1}^{2}'
    """
    out, positions = list[str](), list[int]()
    for match in _RUN.finditer(text):
        found = _expanded(match, text)
        out.append(found)
        positions.extend([match.start()] * len(found))
    return "".join(out), positions


def _expanded(match: re.Match[str], text: str) -> str:
    kind, found = match.lastgroup, match.group()
    if kind == "PLAIN":
        return found
    if kind == "COMMA":  # 0{,}5
        return "."
    if kind == "MIXED":  # 2½ is five halves
        part = Fraction(unicodedata.numeric(found[-1])).limit_denominator(10)
        return "\\frac{{{}}}{{{}}}".format(*(int(found[:-1]) + part).as_integer_ratio())
    if kind == "SUPER":
        return f"^{{{found.translate(_SUPER)}}}"
    if kind == "SUB":
        return f"_{{{found.translate(_SUB)}}}"
    if kind == "MARKED":
        return f"\\{_MARKS[found[1]]}{{{_letter(found[0], text, match.start())}}}"
    return _letter(found, text, match.start())


def _letter(character: str, text: str, position: int) -> str:
    """One character as LaTeX has it; refused where it has no meaning."""
    if character.isascii() and character.isalpha():
        return character
    if character in _UNICODE:
        return _UNICODE[character]
    if character in FROM_GREEK:
        return f"\\{FROM_GREEK[character]} "
    if unicodedata.category(character) == "No" and "VULGAR FRACTION" in unicodedata.name(character, ""):
        return "\\frac{{{}}}{{{}}}".format(*Fraction(unicodedata.numeric(character)).limit_denominator(10).as_integer_ratio())
    base, *marks = list(unicodedata.normalize("NFD", character))
    if len(marks) == 1 and marks[0] in _MARKS and (base.isascii() or base in FROM_GREEK):
        return f"\\{_MARKS[marks[0]]}{{{_letter(base, text, position)}}}"
    if "MATHEMATICAL" in unicodedata.name(character, "") or character == "ℎ":  # letters copied from a page
        return _letter(unicodedata.normalize("NFKC", character), text, position)
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    raise InputError(f"{name} has no meaning here", remedy="write it in LaTeX or ASCII", source=text, position=position)

