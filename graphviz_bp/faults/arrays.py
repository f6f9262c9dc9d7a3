"""Mistakes in gradients of arrays: which one explains a wrong answer, at every point that is looked at.

Two ways are gone. A claim is mended: one sign of it is read otherwise, or one name is replaced, and if it is right
then, that was the mistake. And the backward pass is replayed with one mistake in it; if that gives the claim, it was it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from random import Random
from typing import Any

from ..backprop.sweep import Flow, forward, hand_back
from ..equality.entries import EntriesComparison, fits
from ..equality.expanded import class_numbers
from ..equality.ground import Ground
from ..errors import InputError
from ..graph import Graph
from ..notation.formula import Formula
from ..notation.nodes import named
from ..numbers import doubles, numpy
from ..operations import CODES
from ..reading.arrays import ArrayReader
from ..reading.columns import COLUMNS, examples_of
from ..reading.quantities import Claim, Quantity, Side
from .backward import (
    NEAR,
    POINTS,
    Hook,
    agree,
    as_doubles,
    factor_between,
    recomputed,
    slope_at,
    swept,
    transposed,
    unturned,
)
from .diagnosis import Diagnosis
from .words import Wording

SWEEPS, LONGEST = 200, 150  # ways that are tried; operations of a claim
Found = tuple[str, tuple[str | Formula, ...], tuple[str, ...]]

# fmt: off
MENDED = {  # what was read otherwise: the mistake and its sentence
    "left transposed":           ("transpose missing", "the left factor of {sign} has to be transposed"),
    "right transposed":          ("transpose missing", "the right factor of {sign} has to be transposed"),
    "left and right transposed": ("transpose on the wrong factor", "the transpose stands on the wrong factor of a product"),
    "no transpose":              ("transpose too many", "a transpose is too many"),
    "swapped":                   ("product in the wrong order", "the factors of a product stand in the wrong order"),
    "swapped, left transposed":  ("product in the wrong order", "the factors of a product stand in the wrong order, and the transpose is missing"),
    "swapped, right transposed": ("product in the wrong order", "the factors of a product stand in the wrong order, and the transpose is missing"),
    "entry by entry":            ("matrix product for elementwise", "this product is taken entry by entry (⊙), not as a matrix product"),
    "product":                   ("elementwise for matrix product", "this product is a matrix product, not one entry by entry"),
    "product, left transposed":  ("elementwise for matrix product", "this product is a matrix product, with the left factor transposed"),
    "product, right transposed": ("elementwise for matrix product", "this product is a matrix product, with the right factor transposed"),
    "product, swapped":          ("elementwise for matrix product", "this product is a matrix product, with the factors the other way round"),
    "plus":                      ("sign", "a sign is wrong: there should be a + in place of a −"),
    "minus":                     ("sign", "a sign is wrong: there should be a − in place of a +"),
}
# fmt: on


class ArrayDiagnoser:
    """Explains wrong answers for the gradient of `of` at `wrt` in a graph with arrays."""

    def __init__(self, graph: Graph, of: str, wrt: str, at: Mapping[str, Any] | None = None) -> None:
        self.graph, self.of, self.wrt, self.at = graph, of, wrt, dict(at or {})
        self.tape = graph.tape
        self.targets = EntriesComparison(graph).targets
        self.random = Random("graphviz_bp")

    def explain(self, side: Side | None, text: str, about: str | None, way: str = COLUMNS) -> Diagnosis | None:
        """The mistake behind a wrong side; without a side it could not be put together, for its shapes do not fit."""
        if class_numbers(self.graph) or (side is not None and len(side.tape) > LONGEST) or not self.points:
            return None
        with numpy().errstate(all="ignore"):
            found = None
            if side is not None:
                found = self._whole(side)
            found = found or self._mended(text, about, way)
            if side is not None:
                found = found or self._renamed(side) or self._replayed(side)
        if found is None:
            return None
        fault, parts, at = found
        return Diagnosis(fault, parts, at or (self.wrt,), (at or (self.wrt,),))

    # -- points

    @cached_property
    def points(self) -> list[Ground]:
        """The graph at a few points where it has a value; all at the values given, if they are all given."""
        if set(self.graph.inputs) <= set(self.at):
            return [Ground(self.graph, doubles, self.at)]
        made = list[Ground]()
        for _ in range(3 * POINTS):
            try:
                ground = Ground(self.graph, doubles, {name: self._drawn(name) for name in self.graph.inputs})
                if numpy().isfinite(as_doubles(ground.gradient(self.of, self.wrt))).all() and len(made) < POINTS:
                    made.append(ground)
            except (ArithmeticError, ValueError, InputError):
                continue
        return made

    def _drawn(self, name: str) -> Any:
        facts, np = self.tape.inputs[name], numpy()
        shape = self.tape.shape(facts.node) or ()
        size = int(np.prod(shape))
        positive = any(sign in (">", ">=") for sign, _ in facts.domain) or name in self.targets
        signs = [1 if positive else self.random.choice((1, -1)) for _ in range(size)]
        values = np.array([sign * self.random.uniform(0.2, 0.9) for sign in signs]).reshape(shape)
        if name in self.targets:
            values = values / values.sum(axis=-1, keepdims=True)
        return values if shape else float(values)

    def _true(self, ground: Ground) -> Any:
        return as_doubles(ground.gradient(self.of, self.wrt))

    def _same(self, side: Side, at: str = "") -> bool:
        """Whether a side is what it should be, or the gradient at another node, at every point."""
        return all(agree(as_doubles(g.side(side)), as_doubles(g.gradient(self.of, at or self.wrt))) for g in self.points)

    # -- the answer as a whole

    def _whole(self, side: Side) -> Found | None:
        """The transpose, a multiple, a sum that is missing, something else altogether."""
        true, claimed = [self._true(g) for g in self.points], [as_doubles(g.side(side)) for g in self.points]
        pairs = list(zip(claimed, true, strict=True))
        if all(transposed(a, b) for a, b in pairs):
            word = "missing" if true[0].ndim < 2 or claimed[0].ndim < 2 else "missing, or one is too many"
            return f"transpose {'missing' if word == 'missing' else 'missing or too many'}", ("this is the transpose of the gradient; a gradient has the shape of its variable",), ()
        factor = factor_between(pairs)
        if factor is not None:
            return self._multiple(factor)
        if all(a.ndim == b.ndim + 1 and agree(a.sum(axis=0), b) for a, b in pairs):
            return "sum over the batch missing", ("the contributions of the examples are not summed: ", named(self.graph, self.wrt), " is shared by all of them"), ()
        if all(a.ndim == b.ndim + 1 and agree(a.mean(axis=0), b) for a, b in pairs):
            return "sum over the batch missing", ("the mean over the examples is missing",), ()
        if all(b.ndim and a.shape == b.shape[1:] and agree(a, b.sum(axis=0)) for a, b in pairs) or all(b.ndim == 2 and a.ndim < 2 and agree(a, b.sum(axis=1)) for a, b in pairs):
            return "sum too many", ("this is summed over the examples, and the gradient is not",), ()
        if all(b.ndim and a.ndim == 0 and agree(a, b.sum()) for a, b in pairs):
            return "sum too many", ("the entries are summed here, and the gradient has all of them",), ()
        for name in self.graph.names:
            if name not in (self.wrt, self.of) and self._same(side, name):
                fault = "off by a layer" if self._below(name) else "another variable's derivative"
                return fault, ("that is the gradient at ", named(self.graph, name), ", not at ", named(self.graph, self.wrt)), ()
        return None

    def _below(self, name: str) -> bool:
        """Whether the way back to the variable leads through a node."""
        tape = self.tape
        return tape.below(iter([tape.by_name[name]]))[tape.by_name[self.wrt]]

    def _multiple(self, factor: float) -> Found:
        lengths = {n for name in self.graph.names for n in self.tape.shape(self.tape.by_name[name]) or ()}
        if abs(factor + 1) < NEAR:
            return "sign", ("the sign is wrong: everything should be multiplied by −1",), ()
        for n in sorted(lengths):
            if n > 1 and abs(factor - n) < NEAR * n:
                fault = "factor 1/N missing" if n == examples_of(self.graph) else "factor"
                return fault, (f"the factor 1/{n} is missing",), ()
            if n > 1 and abs(factor * n - 1) < NEAR:
                return "factor", (f"the factor 1/{n} is too many: it is there already, or nothing is averaged",), ()
        shown = f"{factor:.4g}".replace("-", "−")
        return "factor", (f"it is {shown} times what it should be",), ()

    # -- the answer mended

    def _mended(self, text: str, about: str | None, way: str) -> Found | None:
        """One sign of the answer read otherwise."""
        for sign, what, claim in ArrayReader(self.graph, self.of, way).repaired(text, about):
            side = self._asked(claim)
            if side is not None and self._right(side):
                fault, sentence = MENDED[what]
                shown = {"⋅": "the product", "@": "@", "·": "·", "*": "*"}.get(sign, sign)
                return fault, (sentence.format(sign=shown),), ()
        return None

    def _asked(self, claim: Claim) -> Side | None:
        quantity = claim.quantity
        same = quantity is not None and (quantity.node, quantity.of) == (self.wrt, self.of)
        return claim.sides[1] if same else None

    def _right(self, side: Side) -> bool:
        shape = self.tape.shape(self.tape.by_name[self.wrt]) or ()
        return fits(shape, side.shape) and self._same(side)

    def _renamed(self, side: Side) -> Found | None:
        """One name of the answer replaced by another, or one function by its derivative."""
        shape_of = {name: self.tape.shape(self.tape.by_name[name]) for name in self.graph.names}
        for node, quantity in side.quantities.items():
            near = self._neighbours(quantity.node)
            for other in sorted(shape_of, key=lambda name: name not in near):
                for of in dict.fromkeys((quantity.of, "" if quantity.of else self.of)):
                    swapped = Quantity(other, of)
                    circular = swapped == Quantity(self.wrt, self.of)
                    if shape_of[other] != shape_of[quantity.node] or swapped == quantity or circular or (of and other == self.of):
                        continue
                    if self._right(Side(side.text, side.tape, side.root, {**side.quantities, node: swapped})):
                        return self._told_name(quantity, swapped, near)
        return self._refunctioned(side)

    def _told_name(self, wrong: Quantity, right: Quantity, near: Sequence[str]) -> Found:
        wording = Wording(self.graph, self.of, self.wrt)
        wrong_, right_ = (wording.total(q.node) if q.of else wording.name(q.node) for q in (wrong, right))
        if wrong.of and right.of:
            fault = "off by a layer"
        elif wrong.of or right.of:
            fault = "value for gradient"
        else:
            fault = "pre-activation for activation" if right.node in near else "off by a layer"
        return fault, (wrong_, " stands where ", right_, " belongs"), ()

    def _neighbours(self, name: str) -> list[str]:
        """The nodes that a function alone lies between: a and z = σ(a)."""
        out = []
        for box in self.graph.boxes:
            operation = self.tape.operation(box.root)
            if operation is not None and len(box.members) == 1 and len(box.parents) == 1:
                out += [box.name] if box.parents[0] == name else [box.parents[0]] if box.name == name else []
        return out

    def _refunctioned(self, side: Side) -> Found | None:
        """σ where σ′ belongs: what an activation leaves is replaced by its slope."""
        for node in range(len(side.tape)):
            operation = side.tape.operation(node)
            if operation is None or operation.arity != 1 or not operation.elementwise or not operation.tex:
                continue
            if self._same_with(side, node, operation):
                told = Formula(operation.tex or operation.name, operation.plain or operation.name)
                return "function for its derivative", (told, " stands where its derivative belongs"), ()
        return None

    def _same_with(self, side: Side, place: int, operation: Any) -> bool:
        for g in self.points:
            given = {node: g.quantity(q) for node, q in side.quantities.items()}
            values = forward(side.tape, given, doubles)
            flow = hand_back(side.tape, place, 0, values, Flow(numpy().ones_like(as_doubles(values[place]))), doubles)
            changed = recomputed(side, given, {place: flow.amount})
            if not agree(as_doubles(changed), self._true(g)):
                return False
        return True

    # -- the backward pass with a mistake in it

    def _replayed(self, side: Side) -> Found | None:
        for found, hook in islice(self._mistakes(), SWEEPS):
            if all(self._is_claim(g, hook, side) for g in self.points):
                return found
        return None

    def _is_claim(self, ground: Ground, hook: Hook, side: Side) -> bool:
        try:
            flows = swept(self.graph, self.of, ground.values, hook)
        except (ArithmeticError, ValueError, IndexError, TypeError):
            return False
        mine = flows.get(self.tape.by_name[self.wrt])
        return mine is not None and agree(as_doubles(ground.side(side)), as_doubles(mine))

    def _mistakes(self) -> Iterator[tuple[Found, Hook]]:
        """Every single mistake on the way back."""
        tape, end, start = self.tape, self.tape.by_name[self.of], self.tape.by_name[self.wrt]
        above = tape.below(iter([end]))
        reaches = {start}
        for node in range(start + 1, end + 1):
            if above[node] and any(i in reaches for i in tape.operands_of(node)):
                reaches.add(node)
        for node in sorted(reaches - {start}, reverse=True):
            uses = [(slot, i) for slot, i in enumerate(tape.operands_of(node)) if i in reaches]
            for slot, operand in uses:
                yield from self._at_use(node, slot, operand)
        yield from self._left_out(reaches, start)

    def _at_use(self, node: int, slot: int, operand: int) -> Iterator[tuple[Found, Hook]]:
        operation = CODES[self.tape.codes[node]]
        whose = self._owner(node)
        box = named(self.graph, whose)
        at = (whose,)

        def only(change: Callable[[Any, Any, list[Any]], Any]) -> Hook:
            return lambda n, s, amount, g, values: change(amount, g, values) if (n, s) == (node, slot) else amount

        if operation.name == "softmax":
            axis_free = only(lambda amount, g, values: g * values[node] * (1 - values[node]))
            yield ("softmax Jacobian taken as diagonal", ("the Jacobian of softmax is diag(p) − p pᵀ; only its diagonal was used, in ", box), at), axis_free
            yield ("softmax Jacobian taken as diagonal", ("every output of softmax depends on every input; p alone was used for its Jacobian, in ", box), at), only(lambda amount, g, values: g * values[node])
            yield ("inner derivative forgotten", ("the derivative of softmax is missing, in ", box), at), only(lambda amount, g, values: g)
        if operation.elementwise and operation.arity == 1 and operation.tex:
            told = Formula(operation.tex, operation.plain or operation.name)
            yield ("inner derivative forgotten", ("the derivative of ", told, " is missing, in ", box), at), only(lambda amount, g, values: g)
            yield ("function for its derivative", (told, " stands where its derivative belongs, in ", box), at), only(lambda amount, g, values: g * values[node])
            yield ("pre-activation for activation", ("the derivative of ", told, " is taken at its own output, in ", box), at), only(lambda amount, g, values: slope_at(self.tape, node, values, values[node]) * g)
            yield ("pre-activation for activation", ("the derivative of ", told, " takes its input for its output, in ", box), at), only(lambda amount, g, values: slope_at(self.tape, node, values, None) * g)
        if operation.name in ("matmul", "outer"):
            yield ("transpose missing", ("a factor has to be transposed on the way back through ", box), at), only(lambda amount, g, values: unturned(slot, g, *(values[i] for i in self.tape.operands_of(node))))
        if operation.name in ("mul", "div", "pow") and self.tape.shape(node) != ():
            yield ("inner derivative forgotten", ("the other factor is missing, in ", box), at), only(lambda amount, g, values: g)
        yield ("sign", ("the sign of what comes back through ", box, " is wrong"), at), only(lambda amount, g, values: -amount)

    def _left_out(self, reaches: set[int], start: int) -> Iterator[tuple[Found, Hook]]:
        """One of several ways left out, or all but one, wherever a node is used more than once."""
        for node in sorted(reaches):
            uses = [(n, s) for n in sorted(reaches) for s, i in enumerate(self.tape.operands_of(n)) if i == node]
            if len(uses) < 2:
                continue
            for use in uses:
                child = named(self.graph, self._owner(use[0]))
                mine = named(self.graph, self.tape.names.get(node, self._owner(node)))
                yield self._dropped({use}, ("what comes back to ", mine, " through ", child, " was left out"), node)
                if len(uses) > 2:
                    yield self._dropped(set(uses) - {use}, ("only what comes back to ", mine, " through ", child, " was kept; the others are missing"), node)

    def _dropped(self, uses: set[tuple[int, int]], parts: tuple[str | Formula, ...], node: int) -> tuple[Found, Hook]:
        fault = "time step left out" if self._repeats(node) else "path missing"
        return (fault, parts, ()), lambda n, s, amount, g, values: None if (n, s) in uses else amount

    def _repeats(self, node: int) -> bool:
        """Whether a node is used in the same way over and over, as the weights of a recurrent network are."""
        used = [n for n in range(len(self.tape)) if node in self.tape.operands_of(n)]
        return node in self.tape.names and self.tape.names[node] in self.tape.inputs and len(used) > 1 and len({self.tape.codes[n] for n in used}) == 1

    def _owner(self, node: int) -> str:
        from ..backprop.sweep import whose

        return self.tape.names.get(node) or whose(self.tape, node)
