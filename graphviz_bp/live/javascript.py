"""The domain of JavaScript: an operation's row, computed on names, writes the function that computes it in a page.

Nothing is stated here again. A row's value is called with this domain and with names for its operands, and what it
does with them is put down line by line; a partial is the small tape that every other reading of it evaluates.

>>> from graphviz_bp.operations import OPERATIONS
>>> value_of(OPERATIONS["sigmoid"], 1)
'a=>{const t0=Math.abs(a),t1=-t0,t2=Math.exp(t1),t3=(a>=0)?1:0,t4=t3!==0?1:t2,t5=1+t2,t6=t4/t5;return t6}'
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from string import ascii_lowercase
from typing import Any

from ..backprop.sweep import _rule, forward
from ..numbers import Domain
from ..numbers.functions import FUNCTIONS
from ..operations import Operation

# in special.js, for Math lacks them or computes them otherwise
OWN = {"exp2", "sqrt", "erf", "erfc", "gamma", "lgamma", "digamma", "polygamma", "sinc", "exp_bend"}


def _operator(sign: str, turned: bool = False) -> Callable[[Name, Any], Name]:
    """A Python operator that writes a JavaScript one."""

    def apply(a: Name, b: Any) -> Name:
        left, right = a.text, a.script.number(b).text
        return a.script.line(f"{right}{sign}{left}" if turned else f"{left}{sign}{right}")

    return apply


def _relation(sign: str) -> Callable[[Name, Any], Any]:
    """A comparison: no number, and so no line of its own."""
    return lambda a, b: Name(a.script, f"({a.text}{sign}{a.script.number(b).text})")


class Name:
    """A number that a page will know: an operand, or the outcome of a line."""

    def __init__(self, script: JavaScript, text: str) -> None:
        self.script, self.text = script, text

    __add__, __sub__, __mul__, __truediv__ = map(_operator, "+-*/")
    __radd__, __rsub__, __rmul__, __rtruediv__ = (_operator(sign, turned=True) for sign in "+-*/")
    __gt__, __ge__, __lt__, __le__, __and__, __or__ = map(_relation, (">", ">=", "<", "<=", "&&", "||"))
    __eq__, __ne__ = _relation("==="), _relation("!==")
    __hash__ = None  # type: ignore[assignment]

    def __neg__(self) -> Name:
        return self.script.line(f"-{self.text}")

    def __abs__(self) -> Name:
        return self.script.line(f"Math.abs({self.text})")


class JavaScript(Domain):
    """One function being written: its lines so far."""

    name = "javascript"

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, expression: str) -> Name:
        """One more line, and the name of its outcome."""
        self.lines.append(expression)
        return Name(self, f"t{len(self.lines) - 1}")

    @property
    def pi(self) -> Any:
        return Name(self, "Math.PI")

    def number(self, value: Any) -> Any:
        return value if isinstance(value, Name) else Name(self, literal(value))

    def div(self, a: Any, b: Any) -> Any:
        return self.number(a) / b

    def power(self, a: Any, b: Any) -> Any:
        return self._call("power", a, b)

    def maximum(self, xs: Sequence[Any]) -> Any:
        return self._call("largest", *xs)

    def minimum(self, xs: Sequence[Any]) -> Any:
        return self._call("smallest", *xs)

    def where(self, condition: Any, chosen: Any, otherwise: Any) -> Any:
        c, a, b = (self.number(x).text for x in (condition, chosen, otherwise))
        return self.line(f"{c}!==0?{a}:{b}")

    def test(self, truth: Any) -> Any:
        return self.line(f"{truth.text}?1:0")

    def defined(self, value: Any, where: Any) -> Any:
        return self._call("defined", value, where)

    def finite(self, x: Any) -> Any:
        return self._call("finite", x)

    def _call(self, function: str, *xs: Any) -> Name:
        called = f"Math.{function}" if function in FUNCTIONS and function not in OWN else f"special.{function}"
        return self.line(f"{called}({','.join(self.number(x).text for x in xs)})")

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        return partial(self._call, name)


def literal(value: Any) -> str:
    """A number as JavaScript writes it."""
    number = float(value)
    if number != number:
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "(-Infinity)"
    text = repr(number).removesuffix(".0")
    return f"({text})" if text.startswith("-") else text


@cache
def value_of(operation: Operation, arity: int) -> str:
    """The function of an operation's value."""
    return _written(lambda m, *xs: operation.value(m, *xs), arity)


@cache
def partial_of(operation: Operation, slot: int, arity: int) -> str | None:
    """The function of a local partial, of the output and the operands; None where nothing flows back."""
    if not operation.flows(slot):
        return None
    tape, result = _rule(operation, slot, (), ((),) * arity, ())
    tape, new = tape.replayed(keep=tape.below(iter([result])))
    wanted = {i: new[i] for i in range(arity + 1) if i in new}

    def written(m: JavaScript, *xs: Any) -> Any:
        return forward(tape, {node: xs[i] for i, node in wanted.items()}, m)[new[result]]

    return _written(written, arity + 1)


@cache
def kink_of(operation: Operation, arity: int) -> str | None:
    """The function that says whether an operation is at a kink."""
    if operation.kink is None:
        return None
    kink = operation.kink
    return _written(lambda m, *xs: kink(m, *xs), arity)


def _written(apply: Callable[..., Any], count: int) -> str:
    script = JavaScript()
    names = [ascii_lowercase[i] if i < 19 else f"x{i}" for i in range(count)]
    result = script.number(apply(script, *(Name(script, name) for name in names))).text
    head = names[0] if count == 1 else f"({','.join(names)})"
    if not script.lines:
        return f"{head}=>{result}"
    lines = ",".join(f"t{i}={line}" for i, line in enumerate(script.lines))
    return f"{head}=>{{const {lines};return {result}}}"
