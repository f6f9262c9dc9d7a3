"""The language of lectures, read into a graph: `parse("v = u**2; w = 6*u; z = v*w")`.

Text becomes words (limits.py), words become phrases (grammar.lark, phrases.py), what is declared is collected
(declarations.py), and the assignments are put on a tape one by one (expressions.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import InputError
from ..graph import Graph, graph
from ..graph.tape import Tape
from ..graph.variables import Variable, constant
from ..operations import OPERATIONS, Shape
from .declarations import Declarations, Declared
from .expressions import Walk, literal, shape_of
from .limits import STANDARD, Limits, scan
from .phrases import Source, bare, names_in, parts_of, postorder, start_of, statements_of, tokens_of, values_in

if TYPE_CHECKING:
    from lark import Token, Tree

    Phrase = Tree[Token]


def parse(text: str, *, syntax: str = "text", limits: Limits = STANDARD) -> Graph:
    """The graph that a text describes; its last computed statement is the output unless it says `output z`.

    Statements `name = expression` end with a line or a semicolon; NumPy's operators, precedence and array semantics
    hold, `^` is a power too, and `#` starts a comment. A name never assigned is an input, a constant expression an
    input with that default. `data x, y`, `param w`, `W: (2, 3)`, `x > 0` and `name W1 "W^{[1]}"` declare.
    Whatever cannot be read raises InputError with line, column and remedy. With `syntax="latex"` the statements are
    LaTeX, ended by a line, a semicolon or a double backslash, and single letters next to each other are a product.

    >>> parse("a = W@x + b; W: (2, 3); x: (3,); b: (2,)")["a"].shape
    (2,)
    """
    if not isinstance(text, str):
        raise TypeError(f"parse reads text, not {type(text).__name__}; of a file give path.read_text()")
    if syntax not in ("text", "latex"):
        raise InputError(f"{syntax!r} is not a syntax", remedy='use syntax="text" or syntax="latex"')
    if syntax == "latex":
        from .formulas import statement_words

        words = statement_words(text, limits)
    else:
        if text.strip().endswith(".bp") and "=" not in text:
            raise InputError(f"{text.strip()!r} is the name of a file, not its text",
                             remedy="write parse(Path(...).read_text())")  # fmt: skip
        words = scan(text, limits)
    return _Builder(Source(text, limits), statements_of(text, words)).graph()


class _Builder:
    """The assignments in order, each put on the tape under its name; inputs appear where they are first mentioned."""

    def __init__(self, source: Source, statements: list[Phrase]) -> None:
        self.source, self.refuse, self.statements = source, source.refuse, statements
        self.declared = Declarations(source, statements)
        self.tape = Tape()
        self.walk = Walk(source, self.tape, self.look_up)
        self.variables: dict[str, Variable] = {}
        self.used: set[str] = set()
        self.current = ""  # the name whose statement is being read
        self.arrays = {str(name) for statement in statements for name in _used_as_arrays(statement)}

    def graph(self) -> Graph:
        for statement in self.statements:
            if statement.data == "assignment":
                self.assign(statement)
            elif statement.data not in ("output", "label"):
                for token in names_in(statement):
                    if token not in self.declared.assigned:
                        self.input(token)
        self.check_use()
        return graph(self.output(), labels=self.labels())

    def assign(self, statement: Phrase) -> None:
        token, phrase = tokens_of(statement)[0], parts_of(statement)[0]
        self.current = str(token)
        if not names_in(phrase):
            self.variables[self.current] = self.given(token, phrase)
            return
        value = self.walk.value(phrase)
        if not isinstance(value, Variable):
            self.refuse("a shape stands where a value is meant", "write an array as in [1, 2]", start_of(phrase))
        self.variables[self.current] = value.named(self.current)

    def given(self, token: Token, phrase: Phrase) -> Variable:
        """A constant expression: an input with that default."""
        value = literal(self.source, phrase)
        if isinstance(value, tuple):
            self.refuse("a shape stands where a value is meant", "write an array as in [1, 2]", start_of(phrase))
        declared, shape = self.declared.of.get(token), shape_of(value)
        if declared and declared.shape not in (None, shape):
            sentence = f"{token} is declared with shape {declared.shape}, and this has shape {shape}"
            self.refuse(sentence, "make the two agree", start_of(phrase))
        return self.input(token, shape, value)

    def input(self, token: Token, shape: Shape | None = None, default: Any = None) -> Variable:
        name = str(token)
        if name in self.variables:
            return self.variables[name]
        facts = self.declared.of.get(name) or Declared(0)
        known = shape is not None or facts.shape is not None
        if not known and name not in self.arrays:
            shape = ()
        node = self.tape.input(
            name, facts.shape if shape is None else shape, default=default, role=facts.role or "param",
            domain=tuple(facts.domain), declared=facts.shape is not None,
        )  # fmt: skip
        self.variables[name] = Variable(self.tape, node)
        return self.variables[name]

    def look_up(self, token: Token) -> Variable:
        self.used.add(str(token))
        if token == "inf" and token not in self.declared.assigned and token not in self.declared.of:
            return constant(self.tape, inf)  # as in where(mask, s, -inf)
        if token in self.declared.assigned and token not in self.variables:
            self.too_early(token)
        return self.input(token)

    def too_early(self, token: Token) -> NoReturn:
        """A name that is assigned, but not yet."""
        if token == self.current:
            self.refuse(f"{token} is defined by itself", "give the new value a name of its own", token.start_pos)
        line = self.source.line(start_of(self.declared.assigned[token]))
        if self.needs(str(token), self.current):
            sentence = f"{self.current} and {token} (line {line}) need each other"
            self.refuse(sentence, "a graph has no cycles: give one of them another name", token.start_pos)
        self.refuse(f"{token} is used before it is assigned on line {line}", "move that statement up", token.start_pos)

    def needs(self, name: str, other: str) -> bool:
        """Whether a name is computed from another, by any way."""
        seen, stack = {name}, [name]
        while stack:
            statement = self.declared.assigned.get(stack.pop())
            new = {str(n) for n in names_in(parts_of(statement)[0])} - seen if statement else set()
            seen |= new
            stack.extend(new)
        return other in seen

    def check_use(self) -> None:
        for name, declared in self.declared.of.items():
            if name not in self.used and name not in self.declared.assigned:
                sentence = f"{name} is declared and never used"
                self.refuse(sentence, "use it in an expression, or delete this", declared.position)

    def output(self) -> Variable:
        computed = [name for name in self.declared.assigned if name not in self.tape.inputs]
        if not computed:
            position = start_of(self.statements[-1]) if self.statements else len(self.source.text)
            self.refuse("nothing is computed here", "write a statement such as z = u**2", position)
        token = self.declared.output
        if token is None:
            return self.variables[computed[-1]]
        if token not in computed:
            what = "is an input" if token in self.tape.inputs else "is not assigned"
            self.refuse(f"{token} {what}, so it cannot be the output", f"write output {computed[-1]}", token.start_pos)
        return self.variables[token]

    def labels(self) -> dict[str, str]:
        """How names are typeset, where the text says so."""
        from ..notation.names import checked_label

        labels = {}
        for name, (token, quoted) in self.declared.labels.items():
            if name not in self.variables:
                sentence = f"there is no {name} to typeset"
                self.refuse(sentence, "use it in a statement, or delete this", token.start_pos)
            try:
                labels[name] = checked_label(name, quoted[1:-1])
            except InputError as error:
                self.refuse(error.sentence, error.remedy, (quoted.start_pos or 0) + (error.column or 1))
        return labels


def _used_as_arrays(statement: Phrase) -> Iterator[Token]:
    """The names that stand directly beside @, before .T or an index, or in a function of arrays."""
    for part in postorder(statement):
        tokens, below = tokens_of(part), [bare(inner) for inner in values_in(part)]
        if tokens and (tokens[0].type in ("AT", "TRANSPOSE", "LSQB") or _takes_arrays(tokens[0], len(below))):
            yield from (tokens_of(inner)[0] for inner in below if inner.data == "name")


def _takes_arrays(word: str, count: int) -> bool:
    """Whether a function says little of mere numbers, given so many operands."""
    row = OPERATIONS.get(word)
    if row is None or row.elementwise:
        return row is not None and bool(row.along) and count == 1
    if row.arity != 2:
        return True
    try:
        row.shape((), (), **dict(row.defaults))
    except InputError:
        return True
    return False
