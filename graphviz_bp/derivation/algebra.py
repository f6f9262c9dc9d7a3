"""SymPy's part: a node as an expression in the inputs, and short closed forms of gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..backprop.sweep import forward
from ..errors import InputError
from ..graph import Graph
from ..graph.tape import Tape
from ..graph.variables import Variable, constant
from ..notation.formula import Formula
from ..notation.nodes import expression, named
from ..notation.rules import Reading
from ..numbers import symbols

SIZE, LETTERS, DEGREE = 60, 40, 12  # a closed form is worked out below this size and shown below this length


def to_sympy(graph: Graph, name: str | None = None) -> Any:
    """A node as a SymPy expression in the inputs (an object array where the node is one).

    >>> from graphviz_bp import parse
    >>> to_sympy(parse("v = u**2; w = 6*u; z = v*w"))
    6*u**3
    """
    from ..backprop import backprop

    return backprop(graph, symbolic=True).values[name or graph.output]


def closed_form(graph: Graph, of: str, wrt: str, *, any_length: bool = False) -> Formula | None:
    """∂of/∂wrt in the inputs alone where that is a short quotient of polynomials; None where it is not."""
    from ..backprop import backprop

    try:
        gradient = backprop(graph, of=of, symbolic=True).gradients[wrt]
    except InputError:  # no closed form, or none that SymPy can write
        return None
    import sympy

    gradient = sympy.sympify(gradient)

    symbols = sorted(gradient.free_symbols, key=str)
    if any(str(symbol) not in graph.tape.inputs for symbol in symbols):  # entries of arrays
        return None
    if len(symbols) > 4 or sympy.count_ops(gradient) > SIZE or not gradient.is_rational_function(*symbols):
        return None
    if gradient.atoms(sympy.Function, sympy.NumberSymbol, sympy.Float):  # ln 2, π: no quotient of polynomials
        return None
    if any(abs(power.exp) > DEGREE for power in gradient.atoms(sympy.Pow)):
        return None
    short = min((sympy.factor(gradient), sympy.cancel(gradient)), key=sympy.count_ops)
    if any(abs(number) >= 10**6 for number in short.atoms(sympy.Integer)):
        return None  # would be shown rounded, and a closed form is exact
    found = formula_of(graph, short)
    return found if any_length or len(found.plain) <= LETTERS else None


def simplified(graph: Graph, factors: Iterable[tuple[Reading, str]]) -> Formula | None:
    """The product of local partials in the names of the graph, where cancelling makes it much shorter: ŷ − y.

    A factor is a box's reading and the parent its partial is for.
    """
    import sympy

    product = sympy.Integer(1)
    for reading, parent in factors:
        partial = _in_names(reading, parent)
        if partial is None:
            return None
        product *= partial
    letters = product.free_symbols
    if sympy.count_ops(product) > SIZE or not letters or not product.is_rational_function(*letters):
        return None
    short = sympy.cancel(product)
    return formula_of(graph, short) if 2 * sympy.count_ops(short) < sympy.count_ops(product) else None


def _in_names(reading: Reading, parent: str) -> Any:
    """A local partial as a SymPy expression in the names of its box; None where it is none of numbers."""
    import sympy

    found, tape = reading.found(parent), reading.tape
    if found is None or not tape.scalar:
        return None
    letters = {facts.node: sympy.Symbol(name.rstrip("#")) for name, facts in tape.inputs.items()}
    try:
        return forward(tape, letters, symbols)[found.node]
    except (TypeError, ValueError):  # SymPy has no word for it
        return None


def formula_of(graph: Graph, expression_: Any) -> Formula:
    """A SymPy expression in the graph's inputs as the notation writes it."""
    tape = Tape(folding=True)
    leaves = {symbol: Variable(tape, tape.input(str(symbol))) for symbol in sorted(expression_.free_symbols, key=str)}
    found = variable_of(expression_, leaves, tape)
    return expression(tape, found.node, {v.node: named(graph, str(s)) for s, v in leaves.items()})


def variable_of(expression_: Any, leaves: dict[Any, Variable], tape: Tape) -> Variable:
    """A quotient of polynomials as nodes on a tape, terms and factors in SymPy's printing order."""
    import sympy

    if expression_ in leaves:
        return leaves[expression_]
    if expression_.is_Rational:
        from fractions import Fraction

        return constant(tape, Fraction(int(expression_.p), int(expression_.q)))
    numerator, denominator = expression_.as_numer_denom()
    if denominator != 1:
        return variable_of(numerator, leaves, tape) / variable_of(denominator, leaves, tape)
    if isinstance(expression_, sympy.Add):
        ordered = expression_.as_ordered_terms()
        ordered.sort(key=lambda term: bool(term.could_extract_minus_sign()))  # ŷ − y rather than −y + ŷ
        first, *rest = (variable_of(term, leaves, tape) for term in ordered)
        for term in rest:
            first = first + term
        return first
    if isinstance(expression_, sympy.Mul):
        coefficient, factors = expression_.as_coeff_mul()
        product = variable_of(coefficient, leaves, tape)
        for factor in sympy.Mul(*factors).as_ordered_factors():
            product = product * variable_of(factor, leaves, tape)
        return product
    base, exponent = expression_.as_base_exp()
    if base == expression_:
        raise InputError(f"{expression_} is not a quotient of polynomials")
    return variable_of(base, leaves, tape) ** variable_of(exponent, leaves, tape)
