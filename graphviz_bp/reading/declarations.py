"""What a text declares of names, before or after they are used: roles, shapes, domains, typesetting, the output."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, NoReturn

from ..operations import Shape
from .expressions import AXES, FARTHEST, NUMBER, literal
from .phrases import Source, bare, names_in, parts_of, start_of, tokens_of

if TYPE_CHECKING:
    from lark import Token, Tree

    Phrase = Tree[Token]


@dataclass(slots=True)
class Declared:
    """Everything declared of one name, and where that was first done."""

    position: int
    role: str = ""
    shape: Shape | None = None
    domain: list[tuple[str, Any]] = field(default_factory=list)


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Declarations:
    """What the statements say of names: roles, shapes, domains, typesetting, the output, and who is assigned where."""

    def __init__(self, source: Source, statements: list[Phrase]) -> None:
        self.source, self.refuse = source, source.refuse
        self.of: dict[str, Declared] = {}
        self.assigned: dict[str, Phrase] = {}
        self.labels: dict[str, tuple[Token, Token]] = {}  # the name and its quoted form
        self.output: Token | None = None
        for statement in statements:
            getattr(self, f"_{statement.data}", self._nameless)(statement)
        for name, declared in self.of.items():
            self._check(name, declared)

    def _about(self, token: Token) -> Declared:
        return self.of.setdefault(str(token), Declared(token.start_pos or 0))

    def _assignment(self, statement: Phrase) -> None:
        token = tokens_of(statement)[0]
        if token in self.assigned:
            sentence = f"{token} is already assigned on line {self.source.line(start_of(self.assigned[token]))}"
            self.refuse(sentence, "give the new value a name of its own", token.start_pos)
        self.assigned[str(token)] = statement

    def _role(self, statement: Phrase) -> None:
        role = "data" if tokens_of(statement)[0].type == "DATA" else "param"
        for token in names_in(parts_of(statement)[0]):
            declared = self._about(token)
            if declared.role not in ("", role):
                self.refuse(f"{token} is declared both data and param", "delete one of the two", token.start_pos)
            declared.role = role
        if len(parts_of(statement)) > 1:
            self._shape(statement)

    def _shape(self, statement: Phrase) -> None:
        names, sizes = parts_of(statement)
        shape = self._sizes(sizes)
        for token in names_in(names):
            declared = self._about(token)
            if declared.shape not in (None, shape):
                self.refuse(f"{token} is declared with two shapes", "delete one of the two", token.start_pos)
            declared.shape = shape

    def _sizes(self, phrase: Phrase) -> Shape:
        sizes = None if names_in(phrase) else literal(self.source, phrase)
        shape = (sizes,) if isinstance(sizes, int) else sizes
        if not isinstance(shape, tuple) or not all(isinstance(n, int) and 0 < n < FARTHEST for n in shape):
            self.refuse("a shape is made of whole numbers", "write W: (2, 3), b: (2,) or x: ()", start_of(phrase))
        if prod(shape) > self.source.limits.entries or len(shape) > AXES:
            self.refuse(f"shape {shape} is too large", "raise Limits(entries=...)", start_of(phrase))
        return shape

    def _output(self, statement: Phrase) -> None:
        if self.output is not None:
            first = self.source.line(self.output.start_pos)
            self.refuse(f"the output is already named on line {first}", "delete one of the two", start_of(statement))
        self.output = tokens_of(statement)[1]

    def _label(self, statement: Phrase) -> None:
        _, token, quoted = tokens_of(statement)
        if token in self.labels:
            self.refuse(f"{token} is typeset in two ways", "delete one of the two", token.start_pos)
        self.labels[str(token)] = token, quoted

    def _binary(self, statement: Phrase) -> None:
        left, right = map(bare, parts_of(statement))
        sign = tokens_of(statement)[0]
        if sign.type != "COMPARE":
            self._nameless(statement)
        if sign == "==" and left.data == "name":
            self.refuse("a statement assigns with one =", f"write {tokens_of(left)[0]} = ...", sign.start_pos)
        if sign in _MIRRORED and left.data == "name":
            self._bound(left, str(sign), right)
        elif sign in _MIRRORED and right.data == "name":
            self._bound(right, _MIRRORED[sign], left)
        else:
            self.refuse("a domain compares one name with a number", "write x > 0", sign.start_pos)

    def _chain(self, statement: Phrase) -> None:
        low, middle, high = map(bare, parts_of(statement))
        first, second = tokens_of(statement)
        if first[0] != second[0] or first not in _MIRRORED or middle.data != "name":
            self.refuse("this is neither a domain nor an assignment", "write a domain as in 0 < p < 1", first.start_pos)
        self._bound(middle, _MIRRORED[first], low)
        self._bound(middle, str(second), high)

    def _bound(self, name: Phrase, sign: str, phrase: Phrase) -> None:
        value = None if names_in(phrase) else literal(self.source, phrase)
        if not isinstance(value, (*NUMBER, float)):
            self.refuse("the bound of a domain is a number", "write x > 0", start_of(phrase))
        self._about(tokens_of(name)[0]).domain.append((sign, value))

    def _nameless(self, statement: Phrase) -> NoReturn:
        self.refuse("this expression has no name", "write name = expression", start_of(statement))

    def _check(self, name: str, declared: Declared) -> None:
        """Only inputs are declared: what is known of a computed name follows from its definition."""
        statement = self.assigned.get(name)
        if statement is not None and names_in(parts_of(statement)[0]):
            line = self.source.line(start_of(statement))
            self.refuse(f"{name} is computed on line {line}", "declare inputs only, and delete this", declared.position)
