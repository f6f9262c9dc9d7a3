r"""What stands around a formula: dollar signs, environments, boxes, and the words of a sentence.

>>> bared(r"\[ \text{So } x = 2 \]", lambda word: False).split()
['x', '=', '2']
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate

ENVIRONMENTS = (
    "equation|align|aligned|alignat|alignedat|gather|gathered|multline|multlined|eqnarray|displaymath|math|flalign|split|center"
)
_AROUND = re.compile(
    rf"""(?P<ROW>\\\\(?:\[[^\]\n]{{0,20}}\])?(?=[\s&]{{0,200}}(?:=|≈|\\approx))) | (?P<KEPT>\\\\)
    | \\(?:begin|end)\{{(?:{ENVIRONMENTS})\*?\}}(?:\{{[0-9]{{1,2}}\}})? | \\[\[\]()]
    | \\(?:label|tag|hspace|vspace|color|textcolor|phantom|hphantom|vphantom)\*?\{{[^{{}}]*\}} | (?<=\s)%[^\n]*$
    | (?<![\w.])(?:np|numpy|math|torch|jnp|tf|F|nn)\.(?=[a-z]) | \b(?:int|float|bool)(?=\()
    | (?<=[`\n])`+ | \A\s*`+ | `+\s*\Z | (?<=\s)\#[^\n]*$
    | \A\s*(?:\*\s | \(?[0-9]{{1,2}}[.)]\s | [a-h]\)\s)(?=[^=]*=)
    | \A\s*\\(?:Rightarrow|implies|Longrightarrow|iff|Leftrightarrow|to|rightarrow)(?![A-Za-z])""",
    re.VERBOSE,
)
_TEXT = re.compile(r"\\(?:text|textrm|textit|textbf|mbox|intertext|shortintertext)\{([^{}]*)\}")
_STRESSED = re.compile(r"\A\s*\*\*(?=\S)([^*]*=(?:[^*]|\*(?!\*))*)\*\*\s*\Z")  # **dz/du = 6v**
_BOXED = re.compile(r"\A\s*\\(?:boxed|fbox|ensuremath)\s*\{(.*)\}[\s.]*\Z", re.DOTALL)
_RELATION = re.compile(r"\\(?:overset|stackrel)\s*\{[^{}]*(?:\{[^{}]*\}[^{}]*)?\}\s*\{=\}|\\(?:eqdef|colon\s*=)")
_ASIDE = re.compile(r"\s\(([A-Za-z][A-Za-z',\- ]{2,80})\)\s*\.?\s*$")
_LAST = re.compile(r"(?<=[\s,])([A-Za-z]{2,20})$")
_OPENING = re.compile(r"\s*([A-Za-z]{1,20})(?=[\s:,])[\s:,]*")
_WORD = re.compile(r"[A-Za-z][A-Za-z']*")
_CHOOSES = {"if", "else", "otherwise", "for", "when", "where", "and", "sonst", "falls", "wenn"}  # words of cases
_IS = re.compile(r"\s(is|equals|gives|ist)\s")
# fmt: off
_PROSE = {  # what sentences around an answer are made of
    "the", "a", "an", "answer", "gradient", "derivative", "partial", "total", "is", "are", "equals", "gives", "so", "thus", "hence", "therefore", "then", "we",
    "get", "obtain", "find", "have", "result", "by", "chain", "rule", "product", "quotient", "power", "using", "with", "respect", "to", "of", "it", "follows",
    "that", "finally", "final", "solution", "and", "now", "here", "because", "since", "this", "which", "be", "must", "i", "my", "qed", "as", "required",
    "applying", "apply", "via", "simplify", "simplifying", "simplified", "first", "second", "step", "local", "upstream", "backprop", "for",
    "die", "der", "das", "ableitung", "ist", "also", "daher", "kettenregel", "nach", "antwort", "ergebnis", "folgt", "damit", "mit",
}
# fmt: on


def bared(text: str, known: Callable[[str], bool]) -> str:
    """A formula with blanks in place of what stands around it, so that every position stays; `known` words are kept."""
    text = _AROUND.sub(lambda match: match.group() if match.lastgroup == "KEPT" else " " * len(match.group()), text)
    for pattern in (_STRESSED, _BOXED):
        text = pattern.sub(_only, text)
    text = _RELATION.sub(lambda match: "=".ljust(len(match.group())), text)
    text = _TEXT.sub(lambda match: _of_text(match, known), text)
    text = _without_ending(_without_opening(text, known), known)
    said = _IS.search(text)
    if said and "=" not in text and not known(said.group(1)):
        text = text[: said.start()] + " = ".ljust(len(said.group())) + text[said.end() :]
    return text


def _only(match: re.Match[str]) -> str:
    """What stands inside, with blanks in place of the rest, if it is whole."""
    inside = match.group(1)
    depths = list(accumulate((sign == "{") - (sign == "}") for sign in inside))
    if "=" not in inside or min(depths) < 0 or depths[-1]:
        return match.group()
    return " " * (match.start(1) - match.start()) + inside + " " * (match.end() - match.end(1))


def _of_text(match: re.Match[str], known: Callable[[str], bool]) -> str:
    """A piece of text as it matters: blanks for prose, and no full stop after "otherwise"."""
    return " " * len(match.group()) if _is_prose(match.group(1), known) else match.group().replace(".", " ")


def _is_prose(words: str, known: Callable[[str], bool]) -> bool:
    """Whether a piece of text is no name and no word of a condition."""
    found = _WORD.findall(words)
    if not found:
        return not words.strip(" ,.;:()")
    if found[0].lower() in _CHOOSES or (len(found) == 1 and known(words.strip())):
        return False
    return len(found) > 1 or words.strip()[:1] == "(" or words.strip()[-1:] in (":", ",") or found[0].lower() in _PROSE


def _without_opening(text: str, known: Callable[[str], bool]) -> str:
    """A sentence without its opening words: "The gradient is"."""
    end = 0
    while (match := _OPENING.match(text, end)) is not None:
        if match.group(1).lower() not in _PROSE or known(match.group(1)):
            break
        end = match.end()
    return " " * end + text[end:]


def _without_ending(text: str, known: Callable[[str], bool]) -> str:
    """A sentence without its closing words: "(chain rule)", "by the chain rule"."""
    aside = _ASIDE.search(text)
    said = _WORD.findall(aside.group(1)) if aside else []
    if aside and max(map(len, said)) > 3 and not any(known(word) for word in said):
        text = text[: aside.start()] + " " * (len(text) - aside.start())
    kept = text.rstrip(" .\n\t")
    while (match := _LAST.search(kept[-40:])) is not None and match.group(1).lower() in _PROSE and not known(match.group(1)):
        kept = kept[: len(kept) - len(match.group())].rstrip(" ,.\n\t")
    return kept + " " * (len(text) - len(kept)) if kept and kept != text.rstrip(" .\n\t") else text
