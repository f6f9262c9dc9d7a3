"""How names are typeset: x1 is x₁, yhat is ŷ, theta is θ, W_2 is W₂, a' has its prime; an author may say otherwise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ..errors import InputError

# fmt: off
GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "omicron": "ο",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Upsilon": "Υ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
}
# fmt: on
FROM_GREEK = {letter: name for name, letter in GREEK.items()} | {"ς": "sigma", "ϕ": "phi", "ϵ": "epsilon"}
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7"}
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")

_STYLES = ("mathbf", "mathcal", "mathrm", "mathbb", "mathsf")
_LABEL_MACROS = {*GREEK, *ACCENTS, *_STYLES, "ell", "top", "varepsilon", "varphi", "prime", "star", "ast", "dagger"}
_LABEL_TOKEN = re.compile(r"\\[A-Za-z]+|[A-Za-z0-9 _^{}\[\]()',+*/=.-]|[Α-Ωα-ω]")
_PLAIN_MACROS = {"ell": "ℓ", "top": "ᵀ", "prime": "'", "star": "*", "ast": "*", "varepsilon": "ε", "varphi": "φ"}
_TAKES_ONE = {*ACCENTS, *_STYLES}  # macros of one argument


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
    if tex.startswith("\\mathrm") and any(len(part) > 1 and part.isalpha() and part not in GREEK for part in scripts):
        return f"\\mathrm{{{stem.replace('_', chr(92) + '_')}}}" + primes, stem + primes  # words stay a phrase
    if scripts:
        tex += "_{" + ",".join(_script(part)[0] for part in scripts) + "}"
        one_number = len(scripts) == 1 and scripts[0].isdigit()
        plain += scripts[0].translate(SUBSCRIPTS) if one_number else "".join(f"_{_script(part)[1]}" for part in scripts)
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
    label = "".join(f"\\{FROM_GREEK[c]} " if c in FROM_GREEK else c for c in label)
    if not any(c.isalnum() for c in label) or len(label) > 80:
        raise InputError(f"the name {name} cannot be typeset like this", remedy="use 1 to 80 letters and digits")
    scripts = [""]  # the scripts seen since the last nucleus, one entry for each open brace
    waiting = ""  # a script sign or a macro whose argument must come next
    for position, token in _label_tokens(name, label):
        refused = _refusal(token, scripts, waiting)
        if refused:
            raise InputError(
                f"the name {name} cannot be typeset: {refused}",
                remedy="write it as in W^{[1]} or \\hat{y}_2", source=label, position=position,
            )  # fmt: skip
        if token in "_^":
            scripts[-1] += token
        elif token == "{":
            scripts.append("")
        elif token == "}":
            scripts.pop()
        elif not waiting and token != "'":
            scripts[-1] = ""
        waiting = token if token in "_^" or token.lstrip("\\") in _TAKES_ONE else ""
    if waiting or len(scripts) > 1:
        raise InputError(f"the name {name} cannot be typeset: it ends too early", remedy="close every brace and script")
    return label


def _label_tokens(name: str, label: str) -> Iterator[tuple[int, str]]:
    """The parts of a label without its blanks, each with its position."""
    position = 0
    while position < len(label):
        match = _LABEL_TOKEN.match(label, position)
        token = match.group() if match else label[position]
        if match is None or (token[0] == "\\" and token[1:] not in _LABEL_MACROS):
            raise InputError(
                f"{token!r} can not stand in the name {name}",
                remedy="use letters, digits, scripts, accents and Greek", source=label, position=position,
            )  # fmt: skip
        if token != " ":
            yield position, token
        position += len(token)


def _refusal(token: str, scripts: list[str], waiting: str) -> str:
    """Why a token can not come next; empty if it can."""
    if waiting and (token in "_^}'" or token in "()[],+*/=.-"):
        return f"{waiting} has nothing to act on"
    if token in "_^" and token in scripts[-1]:
        return f"there are two {token} on one letter"
    return "a brace closes that was not opened" if token == "}" and len(scripts) == 1 else ""


@lru_cache(maxsize=1024)
def plain_label(label: str) -> str:
    r"""A checked label as plain text.

    >>> plain_label(r"\hat{W}^{[1]}"), plain_label("x_1")
    ('Ŵ^[1]', 'x₁')
    """
    text = re.sub(r"\\(hat|bar|tilde|dot|vec)\s*\{?\s*(\\?[A-Za-z]+?)\s*(?:\}|(?=[^A-Za-z]|$))", _accented, label)
    text = re.sub(r"\\(?:math[a-z]+)\s*", "", text)
    text = re.sub(r"\\([A-Za-z]+)\s?", lambda m: GREEK.get(m[1], _PLAIN_MACROS.get(m[1], m[1])), text)
    text = re.sub(r"_\{?(\d+)\}?(?![,\d])", lambda m: m[1].translate(SUBSCRIPTS), text)
    return text.replace("{", "").replace("}", "").strip()


def _accented(match: re.Match[str]) -> str:
    base = GREEK.get(match[2].lstrip("\\"), match[2].lstrip("\\"))
    return unicodedata.normalize("NFC", base[:1] + ACCENTS[match[1]] + base[1:])
