"""The characters of a formula: macro names, alphabets, and what kind of thing each sign is to TeX.

Kinds decide the spacing: "ord" (letters, digits), "bin" (+), "rel" (=), "open", "close", "punct", "inner" (dots),
"op" (sums and named functions).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    """One character, styled already (italic letters have their own code points)."""

    text: str
    kind: str = "ord"


def _named(names: str, characters: str) -> dict[str, str]:
    return dict(zip(names.split(), characters.split(), strict=True))


# fmt: off
GREEK = _named(
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau"
    " upsilon varphi chi psi omega partial epsilon vartheta varkappa phi varrho varpi",
    " ".join(map(chr, range(0x1D6FC, 0x1D71C))))
SIGNS = {
    "ord": _named(
        "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega nabla infty ell top bot prime forall exists"
        " emptyset hbar vdots ddots Vert | vert % & # $ _ angle aleph Re Im",
        "Γ Δ Θ Λ Ξ Π Σ Υ Φ Ψ Ω ∇ ∞ ℓ ⊤ ⊥ ′ ∀ ∃ ∅ ℏ ⋮ ⋱ ‖ ‖ | % & # $ _ ∠ ℵ ℜ ℑ"),
    "bin": _named("cdot times odot otimes oplus ominus circ ast star pm mp div cap cup setminus wedge vee bullet",
                  "· × ⊙ ⊗ ⊕ ⊖ ∘ ∗ ⋆ ± ∓ ÷ ∩ ∪ ∖ ∧ ∨ ∙"),
    "rel": _named("approx leq le geq ge neq ne equiv sim simeq propto in notin ni subset subseteq to rightarrow"
                  " leftarrow gets leftrightarrow Rightarrow Leftarrow Leftrightarrow mapsto ll gg perp parallel mid"
                  " colon implies iff longrightarrow",
                  "≈ ≤ ≤ ≥ ≥ ≠ ≠ ≡ ∼ ≃ ∝ ∈ ∉ ∋ ⊂ ⊆ → → ← ← ↔ ⇒ ⇐ ⇔ ↦ ≪ ≫ ⊥ ∥ ∣ : ⇒ ⇔ ⟶"),
    "open": _named("{ lbrace langle lfloor lceil lVert lvert lbrack", "{ { ⟨ ⌊ ⌈ ‖ | ["),
    "close": _named("} rbrace rangle rfloor rceil rVert rvert rbrack", "} } ⟩ ⌋ ⌉ ‖ | ]"),
    "inner": _named("dots ldots cdots", "… … ⋯"),
    "op": _named("sum prod int", "∑ ∏ ∫"),
}
NAMES = "arccos arcsin arctan arg cos cosh cot det dim exp gcd inf ker lim ln log max min sec sin sinh sup tan tanh"
FUNCTIONS = frozenset(NAMES.split())
SPACES = {",": 1 / 6, ":": 4 / 18, ">": 4 / 18, ";": 5 / 18, "!": -1 / 6, " ": 0.25, "quad": 1.0, "qquad": 2.0,
          "thinspace": 1 / 6}
ACCENTS = _named("hat bar tilde dot ddot vec check", "\u0302 \u0304 \u0303 \u0307 \u0308 \u20d7 \u030c")
# where A, a, 0 and alpha stand in each alphabet (0 where it has none of these)
ALPHABETS = {
    "mathit":     (0x1D434, 0x1D44E, 0,       0x1D6FC),
    "mathbf":     (0x1D400, 0x1D41A, 0x1D7CE, 0x1D6C2),
    "boldsymbol": (0x1D468, 0x1D482, 0x1D7CE, 0x1D736),
    "mathcal":    (0x1D49C, 0x1D4B6, 0,       0),
    "mathfrak":   (0x1D504, 0x1D51E, 0,       0),
    "mathbb":     (0x1D538, 0x1D552, 0x1D7D8, 0),
    "mathsf":     (0x1D5A0, 0x1D5BA, 0x1D7E2, 0),
    "mathtt":     (0x1D670, 0x1D68A, 0x1D7F6, 0),
    "mathrm":     (0, 0, 0, 0),
}
FONTS = {**{name: name for name in ALPHABETS}, "bm": "boldsymbol", "mathscr": "mathcal", "mathbfit": "boldsymbol"}
# letters that Unicode had before it gave the alphabets their places
EARLIER = dict(zip(map(ord, "𝑕𝒝𝒠𝒡𝒣𝒤𝒧𝒨𝒭𝔆𝔋𝔌𝔕𝔝𝔺𝔿𝕅𝕇𝕈𝕉𝕑𝒺𝒼𝓄"), "ℎℬℰℱℋℐℒℳℛℭℌℑℜℨℂℍℕℙℚℝℤℯℊℴ", strict=True))
# fmt: on
KNOWN = {name: Sign(sign, kind) for kind, table in SIGNS.items() for name, sign in table.items()}
PLAIN = {sign.text: sign for sign in KNOWN.values()} | {
    text: Sign(sign, kind)
    for text, sign, kind in (
        *((c, c, "rel") for c in "=<>:≈≤≥"),
        ("+", "+", "bin"),
        ("-", "−", "bin"),
        ("−", "−", "bin"),
        ("*", "∗", "bin"),
        ("(", "(", "open"),
        ("[", "[", "open"),
        (")", ")", "close"),
        ("]", "]", "close"),
        (",", ",", "punct"),
        (";", ";", "punct"),
        ("|", "|", "ord"),
        ("‖", "‖", "ord"),
        ("⊥", "⊥", "ord"),
        ("∂", "𝜕", "ord"),
    )
}


def styled(character: str, font: str) -> str:
    """A letter or digit in one of the mathematical alphabets.

    >>> styled("x", "mathit"), styled("R", "mathbb"), styled("h", "mathit"), styled("7", "mathit")
    ('𝑥', 'ℝ', 'ℎ', '7')
    """
    for base, first, last in zip(ALPHABETS[font], "Aa0α", "Zz9ω", strict=True):
        if base and first <= character <= last:
            code = base + ord(character) - ord(first)
            return EARLIER.get(code, chr(code))
    return character


def bold(greek: str) -> str:
    """The bold form of an italic Greek letter."""
    return chr(ord(greek) + 0x3A)
