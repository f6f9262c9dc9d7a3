r"""How people spell the names of a graph: `x_1`, `\hat{y}`, `W^{[1]}`, `\bar a`, `δ^{[2]}`, and which word each one is.

A spelling is brought to one plain form, its key: `x1`, `x_1` and `x_{1}` are all `x_1`, `\hat{y}` and `yhat` are `yhat`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..graph import Graph
from ..names import GREEK, typeset_name
from ..operations import CODES, OPERATIONS

ALIASES = {  # functions as papers write them
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "sgn": "sign", "logistic": "sigmoid", "sigm": "sigmoid", "heaviside": "step", "leakyrelu": "leaky_relu",
    "normalcdf": "normal_cdf", "Gamma": "gamma", "absolute": "abs", "swish": "silu",
}  # fmt: skip
_NEVER = {"index", "place", "broadcast_to", "sum_to", "reshape", "identity", "add", "sub", "mul", "div", "neg", "pow"}


def key_of(name: str) -> str:
    """The key of a plain name: digits after letters are a script.

    >>> key_of("x1"), key_of("w_1_2"), key_of("yhat"), key_of("a'")
    ('x_1', 'w_1,2', 'yhat', "a'")
    """
    stem = name.rstrip("'")
    head, *rest = stem.split("_")
    letters = head.rstrip("0123456789")
    scripts = [part for part in (head[len(letters) :], *rest) if part]
    return letters + ("_" + ",".join(scripts) if scripts else "") + name[len(stem) :]


def accented(key: str, accent: str) -> str:
    """The key of a letter with an accent: the accent belongs to the letter, not to its script."""
    cut = min((key.find(sign) for sign in "_^'" if sign in key), default=len(key))
    return key[:cut] + accent + key[cut:]


def function_of(word: str) -> str | None:
    """The operation a function's word means, if there is one: `ReLU`, `arctan`, `sigmoid`."""
    for name in (word, word.lower()):
        name = ALIASES.get(name, name)
        if name in OPERATIONS and name not in _NEVER:
            return name
    return None


class Names:
    """The words a text may use, by key: a node's name stands for its value, `∂z/∂u` for the gradient of z at u."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = dict(words)

    def find(self, key: str) -> str | None:
        """The word for a spelling, or None."""
        return self.words.get(key)

    def node(self, key: str) -> str | None:
        """The node a spelling names, or None (a gradient is no node)."""
        word = self.words.get(key)
        return None if word is None or "/" in word else word


def gradient_word(of: str, wrt: str) -> str:
    """The word that stands for a gradient; no name contains its signs."""
    return f"∂{of}/∂{wrt}"


def names_of(graph: Graph, of: str) -> Names:
    r"""What can be said of a graph: its nodes by every spelling, and `\bar a`, `δ_a` for the gradient at a."""
    from .latex import key_of_label

    words: dict[str, str] = {}
    for name in graph.names:
        words[name] = name  # the name itself before any other spelling
    for name in graph.names:
        label = graph.labels.get(name)
        for key in (key_of_label(label or typeset_name(name)[0]), key_of(name)):
            if key:
                words.setdefault(key, name)
    for name in graph.names:
        key, plain = key_of_label(graph.labels.get(name) or typeset_name(name)[0]), key_of(name)
        for spelled in (accented(key, "bar"), f"{key}_bar", f"delta_{key}", accented(plain, "bar"), f"delta_{plain}"):
            words.setdefault(spelled, gradient_word(of, name))
    for key, name in _deltas(graph):
        words.setdefault(key, gradient_word(of, name))
    return Names(words)


def _deltas(graph: Graph) -> Iterable[tuple[str, str]]:
    """δ with a layer's script is the gradient at what that layer's activation is applied to."""
    from .latex import key_of_label

    found: dict[str, list[str]] = {}
    for box in graph.boxes:
        operation = CODES[graph.tape.codes[box.root]] if box.members else None
        if operation is None or operation.arity != 1 or operation.rule == "sum rule" or len(box.members) > 1:
            continue
        (before,) = box.parents
        key = key_of_label(graph.labels.get(before) or typeset_name(before)[0])
        cut = min((key.find(sign) for sign in "_^" if sign in key), default=0)
        if cut:
            found.setdefault("delta" + key[cut:], []).append(before)
    return [(key, nodes[0]) for key, nodes in found.items() if len(set(nodes)) == 1]


GREEK_NAMES = frozenset(GREEK)
