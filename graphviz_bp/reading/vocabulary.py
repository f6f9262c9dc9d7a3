r"""What can be said of a graph: the words for its nodes, by every spelling, and for gradients: `∂z/∂u`, `\bar a`, `δ^{[2]}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction

from ..errors import InputError
from ..graph import Graph
from ..notation.names import typeset_name
from ..operations import CODES, OPERATIONS
from .spelling import accented, key_of, key_of_label

ALIASES = {  # functions as papers write them
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "sgn": "sign", "logistic": "sigmoid", "sigm": "sigmoid", "expit": "sigmoid", "swish": "silu",
    "heaviside": "step", "sigma": "sigmoid", "maximum": "max", "minimum": "min", "absolute": "abs", "power": "pow", "leakyrelu": "leaky_relu", "leaky": "leaky_relu", "erfc": "erfc", "lrelu": "leaky_relu",
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


LOSSES = {"L", "J", "C", "E", "ell", "loss", "cost", "Loss", "Cost", "R", "l"}  # what people call the output of a graph


FUNCTION_NAMES = {"f", "g", "h", "y", "z", "F"}  # and a function of one variable


def operator_word(wrt: str) -> str:
    """The word that stands for the derivative of what follows it in brackets."""
    return f"d∂{wrt}"


def operator_in(word: str) -> str | None:
    """The node that an operator differentiates by; None for any other word."""
    return word[2:] if word.startswith("d∂") else None


class UnknownName(InputError):
    """A name that the graph lacks."""

    def __init__(self, sentence: str, *, remedy: str, source: str, position: int | None, name: str) -> None:
        super().__init__(sentence, remedy=remedy, source=source, position=position)
        self.name = name


class Vocabulary:
    """The words a text may use, by the keys of their spellings.

    `output` is the node whose gradients are meant, `variables` are the inputs of nodes that have a single one. `guessed`
    are the words that stood for none and were taken for one that is spelled nearly the same, or for the output.
    """

    def __init__(self, words: Mapping[str, str], output: str = "", variables: Mapping[str, str] | None = None) -> None:
        self.words, self.output, self.variables = dict(words), output, dict(variables or {})
        self.guessed: dict[str, str] = {}
        self.strangers: dict[str, Fraction] = {}  # names that are no nodes, and stand for these numbers
        self.placed: dict[str, Fraction] = {}  # inputs that a claim gives values to: z'(5)
        self.second = False  # whether what can mean two things is read in the second way
        self.ambiguous: tuple[str, str] | None = None
        self._folded: dict[str, set[str]] = {}
        for key, word in self.words.items():
            self._folded.setdefault(_folded(key), set()).add(word)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes there are words for."""
        return tuple(dict.fromkeys(word for word in self.words.values() if gradient_in(word) is None))

    def find(self, key: str) -> str | None:
        """The word for a spelling, or None."""
        return self.words.get(key) or (key if key in self.strangers else None)

    def nearest(self, name: str) -> str:
        """What to say of a name that means nothing."""
        near = get_close_matches(name, self.nodes, n=1)
        return f"did you mean {near[0]}?" if near else f"the nodes are {', '.join(self.nodes[:12])}"

    def node(self, key: str) -> str | None:
        """The node that a spelling names, or None."""
        word = self.words.get(key)
        return None if word is None or gradient_in(word) else word

    def either(self, first: str, remedy: str) -> bool:
        """Put on record how something was read that can mean two things; whether the second one is asked for."""
        self.ambiguous = first, remedy
        return self.second

    def guess(self, key: str) -> str | None:
        """The only word whose spelling differs in capitals or scripts alone: Yhat and y_hat are yhat."""
        found = self._folded.get(_folded(key), set())
        if len(found) != 1 or not key:
            return self._subscripted(key)
        (word,) = found
        self.guessed[key] = word
        return word

    def _subscripted(self, key: str) -> str | None:
        """f_x for ∂f/∂x, where there is no f_x and x alone moves f."""
        of, _, wrt = key.partition("_")
        node, variable = self.node(of), self.node(wrt)
        only = self.variables.get(node or "") == variable or (node == self.output and node != variable)
        return gradient_word(node, variable) if node and variable and only else None

    def differentiated(self, key: str) -> str | None:
        """The node above in a derivative: the output may be called by any name of a loss."""
        if self.node(key) is not None:
            return self.node(key)
        function = key in FUNCTION_NAMES and self.output in self.variables and self.find(key) is None
        if self.output and (key in LOSSES or key.startswith("ell") or function):
            self.guessed[key] = self.output
            return self.output
        word = self.guess(key)
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
    deltas = list(_deltas(graph, keys))
    for key, name in deltas:
        words.setdefault(key, gradient_word(of, name))
    variables = _variables(graph)
    for name, key in keys.items():
        if name != of:
            words.setdefault(f"d{key}", gradient_word(of, name))  # dw = ..., as some courses have it
        if name in variables:
            words.setdefault(accented(key, "dot"), gradient_word(name, variables[name]))
    activated = set(_activated(graph))
    if len(activated) == 1:
        words.setdefault("delta", gradient_word(of, *activated))
    return Vocabulary(words, of, variables)


def _folded(key: str) -> str:
    return re.sub(r"_|,|\^[(\[]([0-9]+)[)\]]", r"\1", key.lower())


def _variables(graph: Graph) -> dict[str, str]:
    """The only input that a node depends on, data aside."""
    tape, below = graph.tape, list[frozenset[str]]()
    for node in range(len(tape)):
        own = tape.inputs.get(tape.names.get(node, ""))
        mine = frozenset({tape.names[node]} if own is not None and own.role != "data" else ())
        below.append(mine.union(*(below[i] for i in tape.operands_of(node))) if len(mine) < 1 else mine)
        if len(below[-1]) > 2:
            below[-1] = frozenset(sorted(below[-1])[:2])  # more than one, whichever
    return {name: next(iter(below[node])) for node, name in tape.names.items() if len(below[node]) == 1 and below[node] != {name}}


def _deltas(graph: Graph, keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """δ with a layer's script is the gradient at what that layer's activation is applied to."""
    found: dict[str, set[str]] = {}
    for name in _activated(graph):
        key = keys[name]
        cut = min((key.find(sign) for sign in "_^" if sign in key), default=0)
        if cut:
            found.setdefault("delta" + key[cut:], set()).add(name)
    return ((key, min(nodes)) for key, nodes in found.items() if len(nodes) == 1)


def _activated(graph: Graph) -> Iterator[str]:
    """The nodes that a function of one argument is applied to."""
    for box in graph.boxes:
        operation = CODES[graph.tape.codes[box.root]] if len(box.members) == 1 else None
        if operation is not None and operation.arity == 1 and operation.rule != "sum rule" and box.parents:
            yield box.parents[0]
