"""Expressions to nodes: sums, products and powers as SymPy prints them, functions by their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Any

from ...errors import InputError
from ...graph.tape import Tape
from ...graph.variables import Variable, checked_name, constant
from ...operations import OPERATIONS

# fmt: off
ROWS = {  # SymPy's functions that are operations here, by the names of their classes
    "exp": "exp", "log": "log", "exp2": "exp2", "expm1": "expm1", "log1p": "log1p", "log2": "log2", "log10": "log10",
    "sin": "sin", "cos": "cos", "tan": "tan", "sec": "sec", "csc": "csc", "cot": "cot",
    "asin": "asin", "acos": "acos", "atan": "atan", "atan2": "atan2", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "sech": "sech", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh", "Sqrt": "sqrt", "Cbrt": "cbrt",
    "hypot": "hypot", "Abs": "abs", "sign": "sign", "floor": "floor", "ceiling": "ceil", "Max": "max", "Min": "min",
    "erf": "erf", "erfc": "erfc", "gamma": "gamma", "loggamma": "lgamma", "digamma": "digamma",
    "polygamma": "polygamma", "StrictGreaterThan": "greater", "StrictLessThan": "less", "GreaterThan": "greater_equal",
    "LessThan": "less_equal", "Equality": "equal", "Unequality": "not_equal", "ITE": "where",
}
# fmt: on
DEEPEST = 100  # levels to which SymPy, which recurses, is asked for the order of terms

Item = Any  # an expression; a power is ("pow", base, exponent), which need not be made to be spoken of
Plan = tuple[list[Item], Callable[..., int]]  # the parts, and what makes a node of their nodes


def item_of(expression: Any) -> Item:
    return ("pow", *expression.args) if expression.is_Pow else expression


def item_text(item: Item) -> str:
    return f"{item[1]}**({item[2]})" if isinstance(item, tuple) else str(item)


def _is_number(item: Item) -> bool:
    return not isinstance(item, tuple) and bool(item.is_Atom and item.is_number)


def _number(value: Any) -> int | Fraction | float | Decimal:
    """A SymPy number as ours: whole and broken ones exact, decimals and π as doubles (or as long as they are)."""
    if value.is_Rational:
        return int(value.p) if value.q == 1 else Fraction(int(value.p), int(value.q))
    if value.is_finite and value.is_extended_real:
        long = value.is_Float and value._prec > 53
        return Decimal(str(value)) if long else float(value)
    raise InputError(f"{value} is not a finite real number", remedy="a graph computes with real numbers")


class Reader:
    """Expressions put on a tape, each different one once (but numbers each time they are written)."""

    def __init__(self, tape: Tape, statements: set[str]) -> None:
        self.tape, self.statements = tape, statements
        self.done: dict[Item, int] = {}
        self.called: dict[Item, str] = {}
        self.symbols: dict[str, Any] = {}
        self.ordered = True

    def state(self, name: str, expression: Any) -> None:
        """Put a statement on the tape; one without symbols is an input with that default."""
        depth, symbols = measured(expression)
        self.ordered = depth <= DEEPEST
        self.statements.discard(name)
        if symbols:
            Variable(self.tape, self.node(expression)).named(name)
        else:
            self.tape.input(name, default=_number(expression if _is_number(expression) else expression.evalf(17)))

    def node(self, expression: Any) -> int:
        """The node of an expression, its parts first, from left to right."""
        root = item_of(expression)
        plans, stack = dict[Item, Plan](), [root]
        while stack:
            item = stack[-1]
            if item in self.done or _is_number(item):
                stack.pop()
                continue
            parts, make = plans.get(item) or plans.setdefault(item, self._plan(item))
            todo = [part for part in parts if part not in self.done and not _is_number(part)]
            stack.extend(reversed(todo))
            if not todo:
                made = make(*[self._value(part) for part in parts])
                self.done[item] = (
                    Variable(self.tape, made).named(self.called[item]).node if item in self.called else made
                )
        return self._value(root)

    def _value(self, item: Item) -> int:
        return self._constant(item) if _is_number(item) else self.done[item]

    def _constant(self, number: Any) -> int:
        return constant(self.tape, _number(number)).node

    def _apply(self, name: str, *nodes: int) -> int:
        variables = tuple(Variable(self.tape, node) for node in nodes)
        return variables[0].applied(OPERATIONS[name], variables, {}).node

    def _plan(self, item: Item) -> Plan:
        """How an expression is made of its parts."""
        if isinstance(item, tuple):
            return self._power(*item[1:])
        kind = type(item).__name__
        if item.is_Symbol:
            return [], lambda: self._input(item)
        if item.is_Add or item.is_Mul or item.is_Piecewise:
            return (self._add if item.is_Add else self._mul if item.is_Mul else self._piecewise)(item)
        if kind in ("And", "Or", "Not"):
            return self._condition(kind, item)
        if kind not in ROWS or hasattr(item, "name"):  # an undefined function may be called anything
            raise _unknown(item)
        parts = list(item.args)
        if kind == "polygamma" and parts[0] == 0:
            return [item_of(parts[1])], lambda x: self._apply("digamma", x)
        if kind in ("Max", "Min") and self.ordered:
            parts = _sorted(parts)
        return [item_of(part) for part in parts], lambda *xs: self._apply(ROWS[kind], *xs)

    def _input(self, symbol: Any) -> int:
        """The input, or the earlier statement, that a symbol stands for."""
        name = checked_name(symbol.name)
        if name in self.statements:
            raise InputError(f"{name} is used before it is computed", remedy="put its statement first")
        if name in self.tape.by_name and name not in self.symbols:
            return self.tape.by_name[name]
        if name in self.symbols:
            raise InputError(f"two different symbols are called {name}", remedy="give one of them another name")
        if symbol.is_extended_real is False or not symbol.is_commutative:
            raise InputError(f"{name} is not a real number", remedy="a graph computes with real numbers")
        self.symbols[name] = symbol
        known = {
            ">": symbol.is_positive,
            "<": symbol.is_negative,
            ">=": symbol.is_nonnegative,
            "<=": symbol.is_nonpositive,
        }
        sign = next((sign for sign, holds in known.items() if holds), None)
        return self.tape.input(name, domain=((sign, 0),) if sign else ())

    def _power(self, base: Any, exponent: Any) -> Plan:
        half = exponent.is_Rational and abs(exponent.p) == 1 and exponent.q == 2
        if half and exponent.p == 1:
            return [item_of(base)], lambda x: self._apply("sqrt", x)
        if half:
            return [("pow", base, -exponent)], lambda x: self._apply("div", constant(self.tape, 1).node, x)
        if exponent == -1:
            return [item_of(base)], lambda x: self._apply("div", constant(self.tape, 1).node, x)
        return [item_of(base), item_of(exponent)], lambda x, n: self._apply("pow", x, n)

    def _add(self, item: Any) -> Plan:
        """Terms in printing order; one with a minus sign is subtracted."""
        first, *rest = item.as_ordered_terms() if self.ordered else item.args
        signs, parts = [], [item_of(first)]
        for term in rest:
            coefficient, factors = term.as_coeff_Mul()
            negative = bool(coefficient.is_extended_negative)
            signs.append("sub" if negative else "add")
            parts.append(item_of(_scaled(-coefficient, factors) if negative else term))

        def make(total: int, *terms: int) -> int:
            for sign, term in zip(signs, terms, strict=True):
                total = self._apply(sign, total, term)
            return total

        return parts, make

    def _mul(self, item: Any) -> Plan:
        """Factors in printing order, what has a negative exponent below the fraction bar; a minus sign in front."""
        coefficient, rest = item.as_coeff_Mul()
        factors = (rest.as_ordered_factors() if self.ordered else rest.args) if rest.is_Mul else [rest]
        negative = bool(coefficient.is_extended_negative)
        top, bottom = _split(abs(coefficient), factors)
        if negative and (not top or _is_number(top[0])):
            top, negative = [-(top[0] if top else 1 + 0 * coefficient), *top[1:]], False

        def make(*nodes: int) -> int:
            above, below = list(nodes[: len(top)]), nodes[len(top) :]
            if negative:
                above[0] = self._apply("neg", above[0])
            product = reduce(self._product, above) if above else constant(self.tape, 1).node
            return self._apply("div", product, reduce(self._product, below)) if below else product

        return [*top, *bottom], make

    def _product(self, a: int, b: int) -> int:
        return self._apply("mul", a, b)

    def _piecewise(self, item: Any) -> Plan:
        pairs = list(item.args)
        if pairs[-1].cond != True:  # noqa: E712  (SymPy's true)
            raise InputError("the pieces leave some cases open", remedy="end with the pair (value, True)")
        parts = [part for pair in pairs[:-1] for part in (item_of(pair.cond), item_of(pair.expr))]

        def make(*nodes: int) -> int:
            otherwise = nodes[-1]
            for k in range(len(nodes) - 3, -1, -2):
                otherwise = self._apply("where", nodes[k], nodes[k + 1], otherwise)
            return otherwise

        return [*parts, item_of(pairs[-1].expr)], make

    def _condition(self, kind: str, item: Any) -> Plan:
        """And is a product of indicators, or their largest, not whether one is 0."""
        parts = [item_of(part) for part in (_sorted(item.args) if self.ordered else item.args)]
        if kind == "And":
            return parts, lambda *xs: reduce(self._product, xs)
        if kind == "Or":
            return parts, lambda *xs: self._apply("max", *xs)
        return parts, lambda x: self._apply("equal", x, constant(self.tape, 0).node)


def measured(expression: Any) -> tuple[int, list[Any]]:
    """How deep an expression is, and the symbols in it."""
    depths, stack, symbols = dict[Any, int](), [expression], list[Any]()
    while stack:
        part = stack[-1]
        todo = [inner for inner in part.args if inner not in depths]
        stack.extend(todo)
        if not todo:
            symbols += [part] if part.is_Symbol and part not in depths else []
            depths[stack.pop()] = 1 + max((depths[inner] for inner in part.args), default=0)
    return depths[expression], symbols


def _split(coefficient: Any, factors: Iterable[Any]) -> tuple[list[Item], list[Item]]:
    """What stands above and below the fraction bar."""
    from sympy import Integer

    top, bottom = list[Item](), list[Item]()
    if not coefficient.is_Rational:
        top.append(coefficient)
    else:
        top += [Integer(coefficient.p)] if coefficient.p != 1 else []
        bottom += [Integer(coefficient.q)] if coefficient.q != 1 else []
    for factor in factors:
        if factor.is_Pow and factor.exp.as_coeff_Mul()[0].is_extended_negative:
            inverse = -factor.exp
            bottom.append(item_of(factor.base) if inverse == 1 else ("pow", factor.base, inverse))
        else:
            top.append(item_of(factor))
    return top, bottom


def _scaled(coefficient: Any, factors: Any) -> Any:
    """A product as SymPy prints it, nothing multiplied out."""
    from sympy.core.mul import _keep_coeff

    return _keep_coeff(coefficient, factors)


def _sorted(parts: Iterable[Any]) -> list[Any]:
    from sympy import default_sort_key

    return sorted(parts, key=default_sort_key)


def _unknown(item: Any) -> InputError:
    name = str(getattr(item, "name", type(item).__name__))[:40]
    if name == "Heaviside":
        remedy = "SymPy's is 1/2 at 0; write Piecewise((1, x > 0), (0, True))"
    else:
        remedy = f"the known ones are {', '.join(name for name in ROWS if name[0].islower() or len(name) == 3)}"
    return InputError(f"there is no operation for SymPy's {name}", remedy=remedy)
