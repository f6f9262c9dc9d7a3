"""How names are typeset: x1 is x₁, yhat is ŷ, theta is θ, W_2 is W₂, a' has its prime; an author may say otherwise."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .errors import InputError

GREEK = dict(zip(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split(),
    "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True,
))  # fmt: skip
FROM_GREEK = {letter: name for name, letter in GREEK.items()} | {"ς": "sigma", "ϕ": "phi", "ϵ": "epsilon"}
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7"}
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")

_STYLES = ("mathbf", "mathcal", "mathrm", "mathbb", "mathsf")
_LABEL_MACROS = {*GREEK, *ACCENTS, *_STYLES, "ell", "top", "varepsilon", "varphi", "prime", "star", "ast", "dagger"}
_LABEL_TOKEN = re.compile(r"\\[A-Za-z]+|[A-Za-z0-9 _^{}\[\]()',+*/=<>.-]|[^\W\d_]")


@lru_cache(maxsize=4096)
def typeset_name(name: str) -> tuple[str, str]:
    r"""A name as LaTeX and as plain text, by the default rules.

    >>> typeset_name("yhat1"), typeset_name("W_2"), typeset_name("loss")
    (('\\hat{y}_{1}', 'ŷ₁'), ('W_{2}', 'W₂'), ('\\mathrm{loss}', 'loss'))
    """
    stem = name.rstrip("'")
    primes = name[len(stem) :]
    stem, _, version = stem.partition("#")  # the n-th value of a rebound local
    head, *rest = stem.split("_")
    letters = head.rstrip("0123456789")
    scripts = [part for part in (head[len(letters) :], *rest) if part]
    tex, plain = _letters(letters)
    if scripts:
        tex += "_{" + ",".join(_script(part)[0] for part in scripts) + "}"
        digits = all(part.isdigit() for part in scripts)
        plain += ",".join(scripts).translate(SUBSCRIPTS) if digits and len(scripts) == 1 else "_" + "_".join(_script(part)[1] for part in scripts)
    if version:
        tex, plain = f"{tex}^{{({version})}}", f"{plain}({version})"
    return tex + primes, plain + primes


def _letters(letters: str) -> tuple[str, str]:
    """The part of a name before its scripts: one letter, a Greek name, an accented one, or a word."""
    letters = "".join(FROM_GREEK.get(c, c) for c in letters) if len(letters) == 1 else letters
    if letters in GREEK:
        return ("o" if letters == "omicron" else f"\\{letters}"), GREEK[letters]
    if len(letters) == 1:
        return letters, letters
    for accent, mark in ACCENTS.items():
        base = letters.removesuffix(accent)
        if base != letters and (len(base) == 1 or base in GREEK):
            tex, plain = _letters(base)
            return f"\\{accent}{{{tex}}}", unicodedata.normalize("NFC", plain + mark)
    return f"\\mathrm{{{letters}}}", letters


def _script(part: str) -> tuple[str, str]:
    return (part, part) if part.isdigit() else _letters(part)


def checked_label(name: str, label: str) -> str:
    r"""How an author wants a name typeset, if it is letters, digits, scripts, accents and Greek only.

    >>> checked_label("W1", "W^{[1]}")
    'W^{[1]}'
    """
    position, depth = 0, 0
    while position < len(label):
        match = _LABEL_TOKEN.match(label, position)
        token = match.group() if match else label[position]
        if match is None or (token[0] == "\\" and token[1:] not in _LABEL_MACROS):
            raise InputError(f"{token!r} can not stand in the name {name}", remedy="use letters, digits, scripts, accents and Greek",
                             source=label, position=position)  # fmt: skip
        depth += (token == "{") - (token == "}")
        position += len(token)
        if depth < 0:
            break
    if depth or not label.strip() or len(label) > 80:
        raise InputError(f"the name {name} cannot be typeset like this", remedy="close every brace, and use 1 to 80 characters",
                         source=label, position=max(0, position - 1))  # fmt: skip
    return label


@lru_cache(maxsize=1024)
def plain_label(label: str) -> str:
    r"""A checked label as plain text.

    >>> plain_label(r"\hat{W}^{[1]}"), plain_label("x_1")
    ('Ŵ^[1]', 'x₁')
    """
    text = re.sub(r"\\(hat|bar|tilde|dot|vec)\s*\{?\s*(\\?[A-Za-z]+?)\s*(?:\}|(?=[^A-Za-z]|$))", _accented, label)
    text = re.sub(r"\\(?:math[a-z]+)\s*", "", text)
    text = re.sub(r"\\([A-Za-z]+)\s?", lambda m: GREEK.get(m[1], {"ell": "ℓ", "top": "ᵀ", "prime": "'", "star": "*"}.get(m[1], m[1])), text)
    text = re.sub(r"_\{?(\d+)\}?", lambda m: m[1].translate(SUBSCRIPTS), text)
    return text.replace("{", "").replace("}", "").strip()


def _accented(match: re.Match[str]) -> str:
    base = GREEK.get(match[2].lstrip("\\"), match[2].lstrip("\\"))
    return unicodedata.normalize("NFC", base[:1] + ACCENTS[match[1]] + base[1:])
