r"""What can be said of a graph: the words for its nodes, by every spelling, and for gradients: `∂z/∂u`, `\bar a`, `δ^{[2]}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..graph import Graph
from ..names import typeset_name
from ..operations import CODES, OPERATIONS
from .spelling import accented, key_of, key_of_label

ALIASES = {  # functions as papers write them
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "sgn": "sign", "logistic": "sigmoid", "swish": "silu",
    "heaviside": "step", "leakyrelu": "leaky_relu", "leaky": "leaky_relu", "erfc": "erfc", "lrelu": "leaky_relu",
}  # fmt: skip
_NEVER = {"index", "place", "broadcast_to", "sum_to", "reshape", "identity", "add", "sub", "mul", "div", "neg", "pow"}


def function_of(word: str) -> str | None:
    """The operation that a function's word means, if there is one: `ReLU`, `arctan`, `sigmoid`."""
    for name in (word, word.lower(), ALIASES.get(word.lower(), "")):
        if name in OPERATIONS and name not in _NEVER:
            return name
    return None


def gradient_word(of: str, wrt: str) -> str:
    """The word that stands for a gradient; no name contains its signs."""
    return f"∂{of}/∂{wrt}"


def gradient_in(word: str) -> tuple[str, str] | None:
    """The nodes (of, wrt) in a gradient's word; None for any other word."""
    of, slash, wrt = word[1:].partition("/∂")
    return (of, wrt) if slash else None


class Vocabulary:
    """The words a text may use, by the keys of their spellings."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = dict(words)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes there are words for."""
        return tuple(dict.fromkeys(word for word in self.words.values() if gradient_in(word) is None))

    def find(self, key: str) -> str | None:
        """The word for a spelling, or None."""
        return self.words.get(key)

    def node(self, key: str) -> str | None:
        """The node that a spelling names, or None."""
        word = self.words.get(key)
        return None if word is None or gradient_in(word) else word


def vocabulary_of(graph: Graph, of: str) -> Vocabulary:
    """The words for what a graph knows; a bar or δ means the gradient of `of`."""
    keys = {name: key_of_label(graph.labels.get(name) or typeset_name(name)[0]) or name for name in graph.names}
    words = {name: name for name in graph.names}  # the name itself before any other spelling
    for name, key in keys.items():
        words.setdefault(key, name)
        words.setdefault(key_of(name), name)
    for name, key in keys.items():
        for spelled in dict.fromkeys((key, key_of(name))):
            for word in (accented(spelled, "bar"), f"{spelled}_bar", f"delta_{spelled}"):
                words.setdefault(word, gradient_word(of, name))
    for key, name in _deltas(graph, keys):
        words.setdefault(key, gradient_word(of, name))
    return Vocabulary(words)


def _deltas(graph: Graph, keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """δ with a layer's script is the gradient at what that layer's activation is applied to."""
    found: dict[str, set[str]] = {}
    for box in graph.boxes:
        operation = CODES[graph.tape.codes[box.root]] if len(box.members) == 1 else None
        if operation is not None and operation.arity == 1 and operation.rule != "sum rule" and box.parents:
            key = keys[box.parents[0]]
            cut = min((key.find(sign) for sign in "_^" if sign in key), default=0)
            if cut:
                found.setdefault("delta" + key[cut:], set()).add(box.parents[0])
    return ((key, min(nodes)) for key, nodes in found.items() if len(nodes) == 1)
