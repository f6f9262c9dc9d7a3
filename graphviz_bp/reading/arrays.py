r"""Claims about arrays, as they stand on a blackboard and as NumPy has them.

Vectors are columns here: xᵀy is a number and δxᵀ a matrix, though x has one axis in the graph. NumPy's own reading, in
which x.T is x, is another way to read the same text; `readings` are all the ways a claim can be meant.

>>> from .text import parse
>>> graph = parse("a = W@x; L = sum(a**2); W: (2, 3); x: (3,)")
>>> [side.shape for side in ArrayReader(graph).read(r"\frac{\partial L}{\partial W} = 2 a x^\top").sides]
[(2, 3), (2, 3)]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..graph import Graph
from ..operations import OPERATIONS
from .claims import LIMITS, ClaimReader, at_home
from .gradients import Reading
from .latex import counted
from .limits import Word
from .matrices import MARK, OUTER, SUM, ArrayWriter, grouped, marked, summed
from .phrases import Source
from .pieces import Pieces
from .quantities import Claim, Side
from .spelling import key_of, key_of_label
from .vocabulary import UnknownName, Vocabulary, gradient_word

if TYPE_CHECKING:
    from lark import Token, Tree

    Phrase = Tree[Token]
from .columns import COLUMNS, ENTRIES, NUMPY, PRODUCTS, REPAIRED, SIGNS, ArrayReading, Misshapen, Repair, examples_of

REPAIRS = {  # what may be meant by a sign
    **dict.fromkeys(PRODUCTS, ("left transposed", "right transposed", "left and right transposed", "swapped", "swapped, left transposed", "swapped, right transposed", "entry by entry")),
    "*": ("product", "product, left transposed", "product, right transposed", "product, swapped"),
    "+": ("minus",), "-": ("plus",), ".T": ("no transpose",), OUTER: ("swapped",),
}  # fmt: skip


_MATRIX = re.compile(r"\\begin\{[bpvB]?(?:small)?matrix\}([-+0-9.&\s\\/]{1,1500}?)\\end\{[bpvB]?(?:small)?matrix\}")


def _as_list(match: re.Match[str]) -> str:
    """1 & 2 \\\\ 3 & 4 as [[1,2],[3,4]]."""
    rows = [row.split("&") for row in match.group(1).split("\\\\") if row.strip()]
    return "[" + ",".join("[" + ",".join(cell.strip() for cell in row) + "]" for row in rows) + "]"


class ArrayReader(ClaimReader):
    """Reads claims about a graph with arrays; `way` is how products of vectors are meant.

    With a `repair` one sign is read otherwise; `signs` are those met in reading, as (position, sign).
    """

    expressions = ClaimReader.expressions | {"list", "transpose", "index"}

    def __init__(self, graph: Graph, of: str | None = None, way: str = COLUMNS) -> None:
        super().__init__(graph, of)
        for key, name in deltas_of(graph):
            self.vocabulary.words.setdefault(key, gradient_word(self.of, name))
        self.way, self.repair = way, Repair(-1, "")
        self.examples = examples_of(graph)
        self.signs: dict[int, str] = {}

    def readings(self, text: str, about: str | None = None, *, alone: bool = False) -> Iterator[Claim]:
        """The claim in every way it can be meant, the blackboard's first; the first error if there is none."""
        error: InputError | None = None
        seen, plain = list[Any](), not any(sign in text for sign in "\\{}$")
        for way in (COLUMNS, ENTRIES, NUMPY) if plain else (COLUMNS, ENTRIES):
            reader = ArrayReader(self.graph, self.of, way)
            reader.vocabulary = self.vocabulary
            try:
                claim = reader.read(text, about, alone=alone)
            except InputError as why:
                error = error or why
                continue
            mark = [_signature(side) for side in claim.sides]
            if mark not in seen:
                seen.append(mark)
                yield claim
        if not seen and error is not None:
            raise error

    def repaired(self, text: str, about: str | None) -> Iterator[tuple[str, str, Claim]]:
        """The claim with one sign read otherwise, wherever shapes allow it: (sign, what is done there, claim)."""
        reader = ArrayReader(self.graph, self.of, self.way)
        reader.vocabulary = self.vocabulary
        with suppress(InputError):
            reader.read(text, about)
        tried = set[Repair]()  # how many are read is bounded, for a long claim takes its time
        if len(reader.signs) > SIGNS:
            return
        for _ in range(2):  # behind the first misfit there may be more signs
            for position, sign in list(reader.signs.items()):
                for what in REPAIRS.get(sign, ()):
                    reader.repair = Repair(position, what)
                    if reader.repair in tried or len(tried) >= REPAIRED:
                        continue
                    tried.add(reader.repair)
                    try:
                        yield sign, what, reader.read(text, about)
                    except (InputError, IndexError):
                        continue

    def sides(self, text: str) -> tuple[Side, ...]:
        if not _MATRIX.search(text):
            return super().sides(text)
        found, start = list[Side](), 0
        for part in text.split("="):  # a matrix of numbers is read as a list, at the place where it stands
            listed = _MATRIX.sub(lambda match: _as_list(match).ljust(len(match.group())), part)
            found += super().sides(" " * start + listed)
            start += len(part) + 1
        return tuple(found)

    def _infix(self, text: str) -> list[Word]:
        words = super()._infix(text)
        out = list[Word]()
        for word in words:  # W^T
            if word.kind == "NAME" and word.text == "T" and out and out[-1].kind == "POWER" and self.vocabulary.find("T") is None:
                out[-1] = Word("TRANSPOSE", ".T", out[-1].position)
            else:
                out.append(word)
        return out

    def _more_telling(self, plain: InputError, tex: InputError) -> InputError:
        return plain if isinstance(plain, Misshapen) else super()._more_telling(plain, tex)

    def latex(self, text: str) -> list[Word]:
        """The words of a claim in LaTeX."""
        tex, bound = marked(text, self.vocabulary)
        vocabulary = indexed(self.vocabulary, bound) if bound else self.vocabulary
        try:
            pieces = Pieces(tex, LIMITS, transpose=MARK)
            return counted(pieces, grouped(summed(ArrayWriter(pieces, vocabulary).written())))
        except UnknownName as error:
            position = (error.column or 1) - 1 if (error.line or 1) == 1 else None
            raise UnknownName(error.sentence, remedy=error.remedy, source=text, position=position, name=error.name) from None
        except InputError as error:
            raise at_home(error, text) from None

    def value_of(self, name: str) -> Side:
        side = super().value_of(name)
        side.tape.shapes[side.root] = side.tape.index_of(self.graph.tape.shape(self.graph.tape.by_name[name]))
        return side

    def made(self, source: Source) -> Reading:
        return ArrayReading(source, self)


def _signature(side: Side) -> Any:
    tape = side.tape
    constants = [str(tape.constants[i]) for i in sorted(tape.constants)]
    return list(tape.codes), list(tape.operands), sorted(tape.statics.items()), constants, list(side.quantities.values())


def indexed(vocabulary: Vocabulary, bound: Sequence[str]) -> Vocabulary:
    """The vocabulary with words for the entries, or rows, that an index of a sum goes through: `x_i`, `x^{(i)}`."""
    words = dict(vocabulary.words)
    for key, word in vocabulary.words.items():
        for index in bound:
            stem, hat, script = key.partition("^")
            for spelled in (f"{stem}_{index}{hat}{script}", f"{key}_{index}", f"{key},{index}", f"{key}^({index})", f"{key}^{index}"):
                words.setdefault(spelled, f"{word}{SUM}")
    return Vocabulary(words, vocabulary.output, vocabulary.variables)


def deltas_of(graph: Graph) -> Iterator[tuple[str, str]]:
    """δ with the script of a weighted sum, for layers without an activation: δ^{[2]} is the gradient at a^{[2]}."""
    found: dict[str, list[str]] = {}
    for box in graph.boxes:
        if any(graph.tape.codes[node] == OPERATIONS["matmul"].code for node in box.members) and graph.tape.shape(box.root):
            for key in {key_of(box.name), key_of_label(graph.labels.get(box.name, ""))}:
                cut = min((key.find(sign) for sign in "_^" if sign in key), default=0)
                if cut > 0:
                    found.setdefault("delta" + key[cut:], []).append(box.name)
    return ((key, names[0]) for key, names in found.items() if len(set(names)) == 1)
