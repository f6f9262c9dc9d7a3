"""Gradients of arrays as a blackboard derives them: δ ⊙ σ'(a), Wᵀδ put in for ∂L/∂z, and softmax by its Jacobian.

What is printed is read from the rules of the graph; the few steps that shorten a result (p ⊙ y/p = y) are made here on
tapes of formulas and hold whatever the names stand for, or say what they need.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..graph import Graph
from ..graph.boxes import Box
from ..graph.folding import number_at, times
from ..graph.variables import Variable
from ..notation.formula import PRODUCT, Formula
from ..notation.lines import Line, Words, gradient, total
from ..notation.nodes import expression, is_derivative, named
from ..notation.rules import Reading
from ..notation.written import WRITTEN
from ..operations import CODES, Operation, f

if TYPE_CHECKING:
    from .chain import Chain

ACTIVATIONS = frozenset((
    "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "celu", "silu", "mish", "gelu", "gelu_tanh", "softplus",
    "logsigmoid", "softsign", "hardtanh", "hardsigmoid", "hardswish", "relu6", "softmax", "log_softmax",
    "cross_entropy",
))  # fmt: skip
SHORT = 40  # letters of a gradient that is put in for its symbol


def single(graph: Graph, name: str) -> tuple[Box, Operation | None]:
    """A node's box, and its operation where that is all the box holds, but for constants (the slope of a relu)."""
    box = graph.box(name)
    inner = [node for node in box.members if node not in graph.tape.constants]
    return box, CODES[graph.tape.codes[box.root]] if len(inner) == 1 and box.parents else None


def is_entrywise(operation: Operation | None) -> bool:
    """Whether an operation is a function of numbers with a name, whose slope can be written σ'(a)."""
    if operation is None or not operation.elementwise or operation.rule == "sum rule" or not operation.tex:
        return False
    return (operation.arity or 0) - len(operation.optional) == 1


def layered_deltas(graph: Graph) -> dict[str, Formula]:
    """δ with the scripts of a name, for every array that ends a layer but for its activation; none shared by two."""
    found: dict[str, list[tuple[str, Formula]]] = {}
    for box in graph.boxes:
        operation = single(graph, box.name)[1]
        if operation is None or operation.name not in ACTIVATIONS:
            continue
        name = box.parents[0]
        whole = named(graph, name)
        if is_derivative(whole.tex):
            continue
        cut = min((at for at in map(whole.tex.find, "_^") if at > 0), default=len(whole.tex))
        letters = len(whole.plain.rstrip("₀₁₂₃₄₅₆₇₈₉").split("^")[0].split("_")[0])
        tex, text = r"\delta" + whole.tex[cut:], "δ" + whole.plain[letters:]
        symbol = Formula(tex, text, ndim=whole.ndim, scripted=whole.scripted)
        if name not in graph.tape.inputs and graph.tape.shape(graph.tape.by_name[name]) != ():
            found.setdefault(symbol.tex, []).append((name, symbol))
    return {name: symbol for same in found.values() for name, symbol in same if len({n for n, _ in same}) == 1}


def array_lines(chain: Chain, name: str, children: Sequence[str], remark: Words) -> list[Line]:
    """What comes back to an array, from the rule to the form that is computed."""
    child = children[0]
    box, operation = single(chain.graph, child)
    alone = len(children) == 1 and box.parents[:1] == (name,)
    softmax = alone and operation is not None and operation.name == "softmax"
    lines = []
    if alone and operation is not None and is_entrywise(operation) and not chain.is_number(child):
        lines = _through_activation(chain, child, name, operation)
    elif softmax:
        lines = _through_softmax(chain, child, name)
    handed = [_handed(chain, child, name, lines) for child in children]
    lines.append(Line(total((gradient(found),) for found in handed), remark=remark))
    if softmax:
        lines += _shortened(chain, child, name)
    return lines


def _handed(chain: Chain, child: str, name: str, lines: list[Line]) -> Formula:
    put_in = _put_in(chain, child) if lines and len(lines) > 1 else None
    if put_in is None:
        return chain.handed(child, name)
    return Reading(chain.graph, chain.graph.box(child), put_in).formula(name) or chain.handed(child, name)


def _put_in(chain: Chain, child: str) -> Formula | None:
    """A child's gradient written out, where it comes back from one node and is short."""
    feeds = chain.feeds(child)
    if len(feeds) != 1 or chain.is_open(feeds[0]):
        return None
    found = chain.handed(feeds[0], child)
    return found if len(found.plain) <= SHORT else None


def _through_activation(chain: Chain, child: str, name: str, operation: Operation) -> list[Line]:
    """δ = ∂L/∂z ⊙ σ'(a), and then with ∂L/∂z written out."""
    inner = named(chain.graph, name)
    primed = f"({operation.tex})'" if operation.tex.count("\\") > 1 else f"{operation.tex}'"
    slope = Formula(f"{primed}({inner.tex})", f"{operation.plain or operation.name}'({inner.plain})", ndim=inner.ndim)
    symbol, put_in = chain.total(child), _put_in(chain, child)
    rule = gradient(WRITTEN["mul"]([symbol, slope], {}))
    lines = [Line((rule,), remark=("entry by entry: the gradient times the slope",))]
    if put_in is not None and put_in.plain != symbol.plain:
        lines.append(Line((gradient(WRITTEN["mul"]([put_in, slope], {})),), remark=(symbol, " put in")))
    return lines


def _through_softmax(chain: Chain, child: str, name: str) -> list[Line]:
    """The Jacobian of softmax times what comes back, for a vector."""
    p, symbol = named(chain.graph, child), chain.total(child)
    if p.ndim != 1:
        return []
    jacobian = Formula(
        f"\\left(\\mathrm{{diag}}({p.tex}) - {p.tex}\\, {p.tex}^{{\\top}}\\right) {symbol.tex}",
        f"(diag({p.plain}) − {p.plain} {p.plain}ᵀ) {symbol.plain}", PRODUCT, PRODUCT, ndim=1,
    )  # fmt: skip
    return [Line((gradient(jacobian),), remark=("the Jacobian of softmax, which is symmetric",))]


def _shortened(chain: Chain, child: str, name: str) -> list[Line]:
    """p − y, where −y/p comes back to p = softmax(a): p ⊙ y/p is y, and what remains of the sum is Σ y."""
    feeds = chain.feeds(child)
    if len(feeds) != 1 or chain.is_open(feeds[0]):
        return []
    reading = chain.reading(feeds[0], bare=feeds[0] in chain.ones)
    found = _over(reading, child)
    if found is None:
        return []
    factor, target = found
    name_of_target = next((name for name in reading.box.parents if reading.variable(name).node == target.node), None)
    if name_of_target is None:  # not y itself, so there is no reason why its sum should be 1
        return []
    tape, leaves = reading.tape, reading.leaves
    p = reading.variable(child)
    static = chain.graph.tape.static(chain.graph.box(child).root)
    whole = f.sum(target, axis=static["axis"], keepdims=True)
    back = chain.handed(feeds[0], child)
    sum_of_targets = expression(tape, whole.node, leaves)
    held = Formula(f"\\left({sum_of_targets.tex}\\right)", f"({sum_of_targets.plain})", ndim=sum_of_targets.ndim)
    put_in = expression(tape, _scaled(factor, p * whole - target).node, {**leaves, whole.node: held})
    short = expression(tape, _scaled(factor, p - target).node, leaves)
    told = expression(tape, target.node, leaves)
    lines = [Line((gradient(put_in),), remark=("with ", back, " for ", chain.total(child)))]
    if _sums_to_one(chain, name_of_target, static["axis"]):
        why = ("where ", sum_of_targets, " = 1: ", told, " is one-hot, or probabilities")
        lines.append(Line((gradient(short),), remark=why))
    return lines


def _scaled(factor: Fraction, x: Variable) -> Any:
    return x if factor == 1 else factor * x


def _over(reading: Reading, name: str) -> tuple[Fraction, Variable] | None:
    """The number c and the array y where what flows back to a node p is −c·y/p; else None."""
    flows = [flow for use, flow in reading.flows.items() if reading.box.parents[reading.box.uses.index(use)] == name]
    if len(flows) != 1:
        return None
    tape, node, factor = reading.tape, flows[0].node, Fraction(-1)
    while True:
        operation, operands = tape.operation(node), tape.operands_of(node)
        if operation is None:
            return None
        if operation.name == "neg":
            node, factor = operands[0], -factor
        elif operation.name == "mul" and (number := number_at(tape, operands[0])) is not None:
            node, factor = operands[1], times(number, factor)
        elif operation.name == "div" and operands[1] == reading.variable(name).node:
            return factor, Variable(tape, operands[0])
        else:
            return None


def _sums_to_one(chain: Chain, name: str, axis: int) -> bool:
    """Whether an array's entries add up to 1 in this run; supposed where there are no numbers."""
    return chain.run.symbolic or bool((abs(chain.run.values[name].sum(axis=axis) - 1) < 1e-9).all())


def shapes_met(chain: Chain, child: str, name: str) -> str:
    """The shapes that meet in a matrix product, as in `3 × 1 · 1 × 4`; empty for anything else."""
    reading = chain.reading(child, bare=chain.is_number(child))
    tape, found = reading.tape, reading.found(name)
    if found is None:
        return ""
    node, operation = found.node, tape.operation(found.node)
    while operation is not None and operation.name in ("mul", "neg") and not tape.shape(tape.operands_of(node)[0]):
        node = tape.operands_of(node)[-1]  # numbers in front
        operation = tape.operation(node)
    if operation is None or operation.name not in ("matmul", "outer"):
        return ""
    a, b = (tape.shape(i) or () for i in tape.operands_of(node))
    if operation.name == "outer":
        a, b = (*a, 1), (1, *b)
    elif len(b) == 1:
        b = (*b, 1)
    return f"{a[0]} × {a[1]} · {b[0]} × {b[1]}" if len(a) == len(b) == 2 else ""
