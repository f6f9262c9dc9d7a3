"""The gradient of a graph as a graph again, in which ∂z/∂u is the node `d_u`: to draw, to run, to differentiate once more.

The rules are those of the operations, read on variables. A rule is read once per operation and kind of operands, as a
`Program`; from then on it is copied onto the tape as integers, so the work grows with the graph by a small factor.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from operator import itemgetter
from typing import Any

from .errors import InputError
from .folding import folded
from .graph import Graph, _name_the_shared
from .numbers import doubles, numpy
from .operations import CODES, OPERATIONS, Operation, Shape, f
from .sweep import forward, read_rule
from .tape import CONSTANT, Tape
from .variables import Variable, constant

NUMBERS = 200  # distinct numbers that rules are read with (2u for u**2); beyond, a number is an operand like any other
ADD, IDENTITY = OPERATIONS["add"], OPERATIONS["identity"]
SPREAD = "spread"  # a number repeated to a shape: what a sum hands back


def gradient_graph(graph: Graph, wrt: str | Iterable[str] | None = None, of: str | None = None) -> Graph:
    """The graph extended by the gradients of its output (or of the node `of`); ∂z/∂u is the node `d_u`.

    `wrt` names the nodes whose gradients are asked, by default every named node; those met on the way are named too,
    and data has none. The output of the new graph is the gradient of the first of `wrt` (of the first parameter).
    The gradient of a gradient is named after both: of `d_u` with respect to w it is `d_u_w`. A name that is taken
    gets a number, `d_u#2`. Shapes must be known, and `of` must be a number.

    >>> from graphviz_bp import parse
    >>> first = gradient_graph(parse("v = u**2; w = 6*u; z = v*w"))
    >>> first["d_u"], first.backprop({"u": 5}).values["d_u"]
    (<node d_u = 2u·d_v + 6·d_w>, 450)
    >>> second = gradient_graph(first, "u", of="d_u")
    >>> second.output, second.backprop({"u": 5}).values["d_u_u"]
    ('d_u_u', 180)
    """
    root = graph.box(of or graph.output).root
    asked = _asked(graph, wrt)
    tape = _extensible(graph, root)
    names = {box.root: box.name for box in graph.boxes if graph.role(box.name) != "data"}
    naming = _Naming(graph, tape, graph.tape.names[root])
    flows = backward(tape, root, tape.constant(1), names if wrt is None else [graph.box(n).root for n in asked], naming)
    for name in asked:
        node = graph.box(name).root
        if flows[node] is None:
            naming(node, _zero(tape, tape.shape(node) or ()))
    output = naming.given[graph.box(asked[0]).root]
    tape.folding = False
    _name_the_shared(tape, output)
    return Graph(tape, output, {**graph.labels, **naming.labels})


def _asked(graph: Graph, wrt: str | Iterable[str] | None) -> list[str]:
    """The names that must have a gradient in the end: those asked for, or every parameter."""
    if wrt is not None:
        names = [wrt] if isinstance(wrt, str) else list(wrt)
        data = [name for name in names if graph.role(graph.box(name).name) == "data"]
        if data:
            raise InputError(f"{data[0]} is data, and no gradient of it is asked", remedy=f"declare it as a parameter: param {data[0]}")
    else:
        names = [name for name in graph.inputs if graph.role(name) != "data"]
    if not names:
        raise InputError("there is nothing to differentiate with respect to", remedy="name a node, as in wrt=")
    return names


def _extensible(graph: Graph, root: int) -> Tape:
    """A copy of the graph's tape to write on, if everything on it has a shape."""
    for name, facts in graph.tape.inputs.items():
        if graph.tape.shape(facts.node) is None:
            raise InputError(f"the shape of {name} is unknown without values", remedy=f"declare it, as in {name}: (2, 3)")
    if graph.tape.shape(root) != ():
        raise InputError(
            f"{graph.tape.names[root]} is an array of shape {graph.tape.shape(root)}, and a gradient is that of a number",
            remedy="end with a number such as a loss, or ask for jacobian",
        )
    tape = graph.tape.copy()
    tape.folding = True
    return tape


def _zero(tape: Tape, shape: Shape) -> int:
    zero = tape.constant(0)
    return zero if shape == () else tape.operate(OPERATIONS["broadcast_to"], (zero,), {"shape": shape})


class _Naming:
    """Gives gradients their names: `d_u`, and where that is taken `d_u#2`."""

    def __init__(self, graph: Graph, tape: Tape, of: str) -> None:
        self.tape, self.old = tape, graph.tape.names
        self.prefix = f"{of}_" if of.startswith("d_") else "d_"
        self.first = len(tape)  # older nodes belong to the forward graph and keep their names, or have none
        self.labelled, self.labels = graph.labels, dict[str, str]()
        self.given: dict[int, int] = {}

    def __call__(self, node: int, gradient: int) -> int:
        tape, old = self.tape, self.old[node]
        if gradient < self.first or gradient in tape.names or gradient in tape.constants:
            place = tape.operate(IDENTITY, (gradient,), {})
        else:
            place = gradient
        base = name = self.prefix + old
        number = 1
        while name in tape.by_name:
            number += 1
            name = f"{base}#{number}"
        tape.name(place, name)
        if old in self.labelled:
            self.labels[name] = f"d_{{{self.labelled[old]}}}"
        self.given[node] = place
        return gradient if gradient in tape.constants else place  # a number stays in sight of the folding rules


# -- the sweep


def backward(tape: Tape, root: int, seed: int, wanted: Iterable[int],
             called: Callable[[int, int], int] | None = None) -> list[int | None]:  # fmt: skip
    """Write the backward pass from `root` on a tape of formulas; the gradient of every node on the way to `wanted`.

    `called(node, gradient)` sees every named node once its gradient is complete, and may put another node in its place.
    """
    length = len(tape)
    active = _active(tape, wanted)
    kinds, numbers = _kinds(tape, active)
    guards = _guards(tape, active)
    codes, operands, ends = tape.codes.tolist(), tape.operands.tolist(), tape.ends.tolist()
    names = tape.names if called else {}
    flows: list[Any] = [None] * length
    flows[root] = seed
    bound: dict[Any, _Bound] = {}
    for node in range(root, -1, -1):
        flow = flows[node]
        if flow is None:
            continue
        parts = 1
        if type(flow) is list:
            parts = len(flow)
            flow = _total(tape, flow)
        if called and node in names and node < length:
            flow = called(node, flow)
        flows[node] = flow
        if codes[node] >= CONSTANT:
            continue
        xs = operands[ends[node] : ends[node + 1]]
        if guards is not None and guards.careful[node]:
            handed = guards.hand_back(node, flow, parts)
        else:
            source, kind = _upstream(tape, flow, numbers)
            key = (codes[node], kind, tape.statics.get(node), *[kinds[i] for i in xs])
            program = bound.get(key)
            if program is None:
                program = bound[key] = _Bound(tape, _read(tape, node, source, kind, key[3:], numbers))
            handed = program.copied(tape, (flow, source, node, *xs))
        for slot, back in handed:
            before = flows[xs[slot]]
            if before is None:
                flows[xs[slot]] = back
            elif type(before) is list:
                before.append(back)
            else:
                flows[xs[slot]] = [before, back]
    return flows


def _total(tape: Tape, parts: list[int]) -> int:
    """The sum of what came back, in the order of the children (it came back in the opposite one)."""
    total = parts.pop()
    while parts:
        pair = (total, parts.pop())
        found = folded(tape, ADD, pair, {})
        total = tape.operate(ADD, pair, {}) if found is None else found
    return total


@lru_cache(maxsize=1024)
def carries(code: int) -> tuple[bool, ...] | None:
    """Which operands of an operation a gradient can flow back to; None for all of them.

    Where a rule says 0 (a step is flat on both sides) nothing flows.
    """
    operation = CODES[code]
    if operation.arity is None:
        return None
    flowing = [operation.flows(slot) for slot in range(operation.arity)]
    if operation.elementwise and all(flowing):
        tape = Tape(folding=True)
        xs = [Variable(tape, tape.input(f"x{i}")) for i in range(operation.arity + 1)]
        flowing = [not is_zero(partial_of(operation, slot, *xs)) for slot in range(operation.arity)]
    return None if all(flowing) else tuple(flowing)


def partial_of(operation: Operation, slot: int, y: Variable, *xs: Variable) -> Any:
    """The partial of an elementwise operation read on variables, in the form that stays right at extremes."""
    rules = operation.computed
    return rules[slot](y, *xs) if isinstance(rules, tuple) else rules(slot, y, *xs)


def is_zero(value: Any) -> bool:
    """Whether a rule says 0."""
    if isinstance(value, Variable):
        value = value.tape.constants.get(value.node, 1)
    return isinstance(value, (int, float)) and value == 0


def _active(tape: Tape, wanted: Iterable[int]) -> bytearray:
    """For every node, whether a gradient flows through it to one of those wanted."""
    active = bytearray(len(tape))
    for node in wanted:
        active[node] = 1
    operands, ends = tape.operands.tolist(), tape.ends.tolist()
    start = 0
    for node, code in enumerate(tape.codes):
        end = ends[node + 1]
        if code < CONSTANT and not active[node]:
            which = carries(code)
            for slot in range(start, end):
                if active[operands[slot]] and (which is None or which[slot - start]):
                    active[node] = 1
                    break
        start = end
    return active


def _kinds(tape: Tape, active: Sequence[int]) -> tuple[list[int], dict[Any, int]]:
    """What a rule must know of each node: its shape and whether a gradient is asked (≥ 0), or which number it is (< 0)."""
    kinds = [2 * shape + bit for shape, bit in zip(tape.shapes, active, strict=True)]
    numbers: dict[Any, int] = {}
    for node, value in tape.constants.items():
        kind = _number_kind(value, numbers)
        if kind is not None:
            kinds[node] = kind
    return kinds, numbers


def _number_kind(value: Any, numbers: dict[Any, int]) -> int | None:
    if getattr(value, "ndim", 0) or isinstance(value, float):
        return None
    if value not in numbers and len(numbers) < NUMBERS:
        numbers[value] = -1 - len(numbers)
    return numbers.get(value)


def _upstream(tape: Tape, flow: int, numbers: dict[Any, int]) -> tuple[int, Any]:
    """What a rule must know of the gradient it is given: which number it is, or repeats (with its node), if one."""
    value = tape.constants.get(flow)
    if value is not None:
        return flow, _number_kind(value, numbers)
    if tape.shapes[flow] and CODES[tape.codes[flow]].name == "broadcast_to":
        source = tape.operands_of(flow)[0]
        if tape.shapes[source] == 0:
            value = tape.constants.get(source)
            return source, SPREAD if value is None else (SPREAD, _number_kind(value, numbers))
    return flow, None


# -- branches not taken


class _Guards:
    """Where a gradient may be cut off by a choice, so that it must not meet an infinite partial: never 0 · ∞.

    A choice (where, relu, max) cuts what flows back through it; where its gradient, or a partial further on, may be
    infinite or undefined, products are written `where(reach, g · partial, 0)`. Elsewhere nothing is added.
    """

    def __init__(self, tape: Tape, active: Sequence[int]) -> None:
        self.tape, self.active = tape, active
        self.reaches: dict[int, list[int | None]] = {}
        self._look_down()
        self._look_up()

    def _look_down(self) -> None:
        """Which partials may be infinite here (`risky`), here or further on (`exposed`)."""
        tape, length = self.tape, len(self.tape)
        self.risky, self.exposed, tainted = bytearray(length), bytearray(length), bytearray(length)
        for node in range(length):
            operation, xs = tape.operation(node), tape.operands_of(node)
            if operation is not None:
                inherited = any(tainted[i] for i in xs)
                value, partial = _extremes(operation, tuple(_small_number(tape, i) for i in xs))
                tainted[node] = inherited or value
                self.risky[node] = tainted[node] or partial
                on = [i for i in xs if self.active[i]]
                self.exposed[node] = bool(on) and (self.risky[node] or any(self.exposed[i] for i in on))

    def _look_up(self) -> None:
        """Which gradients may be cut off, which may be infinite (`wild`), and which nodes therefore need care."""
        tape, length = self.tape, len(self.tape)
        self.wild, self.careful, cut = bytearray(length), bytearray(length), bytearray(length)
        for node in range(length - 1, -1, -1):
            operation, xs = tape.operation(node), tape.operands_of(node)
            if operation is None or not self.active[node]:
                continue
            choice = operation.rule == "choice"
            on = [i for i in xs if self.active[i]]
            self.careful[node] = (choice and (self.wild[node] or any(self.exposed[i] for i in on))) or (
                cut[node] and self.exposed[node]
            )
            for i in on:
                cut[i] |= choice or cut[node]
                self.wild[i] |= self.risky[node] or self.wild[node]

    def hand_back(self, node: int, flow: int, parts: int) -> list[tuple[int, int]]:
        """What flows back to the operands, guarded; and on record where it flows at all."""
        operation, xs = CODES[self.tape.codes[node]], self.tape.operands_of(node)
        reach, g = self._reach(node, parts), Variable(self.tape, flow)
        y, *operands = (Variable(self.tape, i) for i in (node, *xs))
        how = self._through_entries if operation.elementwise else self._through_array
        out = []
        for slot in range(len(xs) - 1, -1, -1):
            if self.active[xs[slot]] and operation.flows(slot):
                back, here = how(operation, slot, reach, g, y, operands)
                if back is not None:
                    out.append((slot, back.node))
                    if self.exposed[xs[slot]] and here is not None:
                        self.reaches.setdefault(xs[slot], []).append(here)
        return out

    def _reach(self, node: int, parts: int) -> Variable | None:
        """Where the gradient of a node flows: nonzero there; None where no choice has cut off all its parts."""
        reaches = self.reaches.get(node, [])
        if len(reaches) < parts:
            return None
        return reaches[0] if parts == 1 else f.max(*[f.not_equal(r, 0) for r in reversed(reaches)])

    def _through_entries(self, operation: Operation, slot: int, reach: Variable | None, g: Variable, y: Variable,
                         xs: list[Variable]) -> tuple[Variable | None, Variable | None]:  # fmt: skip
        local, choice, shape = partial_of(operation, slot, y, *xs), operation.rule == "choice", xs[slot].shape
        if is_zero(local):
            return None, None
        if choice and isinstance(local, Variable):
            reach = local if reach is None else reach * local
        back = g * local
        if reach is not None and (self.risky[y.node] or (choice and self.wild[y.node])):
            back = f.where(reach, back, 0)
        if reach is not None and reach.shape != shape:
            reach = f.sum_to(f.broadcast_to(f.not_equal(reach, 0), shape=y.shape), shape=shape)
        return f.sum_to(back, shape=shape), reach

    def _through_array(self, operation: Operation, slot: int, reach: Variable | None, g: Variable, y: Variable,
                       xs: list[Variable]) -> tuple[Variable | None, Variable | None]:  # fmt: skip
        static = self.tape.static(y.node)
        back = operation.pull(slot, g, y, *xs, **static)
        if reach is None or operation.rule == "known derivative":
            return back, None
        one = constant(self.tape, 1)  # the same pull on ones, which can cancel nothing
        ones = [f.broadcast_to(one, shape=v.shape) for v in (y, *xs)]
        spread = f.broadcast_to(f.not_equal(reach, 0), shape=y.shape)
        return back, f.not_equal(operation.pull(slot, spread, *ones, **static), 0)


def _guards(tape: Tape, active: Sequence[int]) -> _Guards | None:
    """The guards of a tape, if anything on it chooses."""
    chooses = any(code < CONSTANT and CODES[code].rule == "choice" for code in set(tape.codes))
    return _Guards(tape, active) if chooses else None


EXTREMES = (-1000.0, -1.5, -1.0, 0.0, 0.5, 1.0, 1000.0)


@lru_cache(maxsize=1024)
def _extremes(operation: Operation, numbers: tuple[int | None, ...]) -> tuple[bool, bool]:
    """Whether the value, and whether a partial, is infinite or undefined at some of the EXTREMES."""
    if not operation.elementwise:
        return False, False
    np, tape = numpy(), Tape()
    node = tape.operate(operation, tuple(tape.input(f"x{i}") for i in range(len(numbers))), {})
    spots = islice(product(*(EXTREMES if n is None else (float(n),) for n in numbers)), 1000)
    xs = list(np.array(list(spots)).T)
    with np.errstate(all="ignore"):
        value = forward(tape, dict(enumerate(xs)), doubles)[node]
        slots = [slot for slot in range(len(xs)) if operation.flows(slot)]
        partials = [read_rule(doubles, tape, node, slot, [value, *xs]) for slot in slots]
        return not np.isfinite(value).all(), not all(np.isfinite(p).all() for p in partials)


def _small_number(tape: Tape, node: int) -> int | None:
    value = tape.constants.get(node)
    return value if isinstance(value, int) and abs(value) <= 64 else None


# -- rules as programs


@dataclass(frozen=True, slots=True)
class Program:
    """A rule ready to be copied onto a tape.

    Operands are places in a frame: the gradient, its source where it repeats a number, the output, the operands, then
    the rule's own numbers, then the new nodes. `results` are (slot, place), the last slot first.
    """

    codes: array[int]
    places: tuple[int, ...]
    ends: tuple[int, ...]
    shapes: tuple[Shape | None, ...]
    statics: tuple[tuple[Any, ...], ...]
    numbers: tuple[Any, ...]
    results: tuple[tuple[int, int], ...]


class _Bound:
    """A program on its tape: shapes and numbers have become integers."""

    __slots__ = ("codes", "count", "ends", "numbers", "pick", "results", "shapes", "statics")

    def __init__(self, tape: Tape, program: Program) -> None:
        self.codes, self.ends, self.count = program.codes, program.ends, len(program.codes)
        self.results = program.results
        places = program.places
        self.pick: Callable[[Any], Iterable[int]] = itemgetter(*places) if len(places) > 1 else lambda frame: [frame[i] for i in places]
        self.shapes = array("H", [tape.index_of(shape) for shape in program.shapes])
        self.statics = [(i, static) for i, static in enumerate(program.statics) if static]
        self.numbers = tuple(tape.constant(value) for value in program.numbers)

    def copied(self, tape: Tape, head: tuple[int, ...]) -> list[tuple[int, int]]:
        """Copy the program's operations; what flows back, as (slot, node)."""
        first = len(tape.codes)
        frame = (*head, *self.numbers, *range(first, first + self.count))
        if self.count:
            tape.codes.extend(self.codes)
            tape.operands.extend(self.pick(frame))
            start = tape.ends[-1]
            tape.ends.extend([start + end for end in self.ends])
            tape.shapes.extend(self.shapes)
            for i, static in self.statics:
                tape.statics[first + i] = static
        return [(slot, frame[place]) for slot, place in self.results]


def _read(tape: Tape, node: int, source: int, kind: Any, kinds: tuple[int, ...], numbers: dict[Any, int]) -> Program:
    """The rule of a node's operation for operands of these kinds."""
    by_kind = {number: value for value, number in numbers.items()}
    xs = tuple((tape.shape_table[k >> 1], bool(k & 1), None) if k >= 0 else ((), False, by_kind[k]) for k in kinds)
    spread = kind == SPREAD or isinstance(kind, tuple)
    number = by_kind.get(kind[1] if isinstance(kind, tuple) else kind)
    return program(CODES[tape.codes[node]], spread, number, tape.shape(node) or (), xs, tape.statics.get(node, ()))


@lru_cache(maxsize=4096)
def program(operation: Operation, spread: bool, number: Any, shape: Shape, operands: tuple[tuple[Shape, bool, Any], ...],
            static: tuple[tuple[str, Any], ...]) -> Program:  # fmt: skip
    """What flows back to those operands that ask for it, read on a small tape of formulas."""
    tape = Tape(folding=True)
    source = tape.input("source") if number is None else tape.constant(number)
    if spread:
        g = f.broadcast_to(Variable(tape, source), shape=shape)
    else:
        g = Variable(tape, source) if number is not None else Variable(tape, tape.input("g", shape))
    y = Variable(tape, tape.input("y", shape))
    xs = [Variable(tape, tape.input(f"x{i}", s) if value is None else tape.constant(value)) for i, (s, _, value) in enumerate(operands)]
    leaves = {source: 1} | {v.node: place for place, v in zip((0, 2, *range(3, 3 + len(xs))), (g, y, *xs), strict=True)}
    results = []
    for slot in range(len(xs) - 1, -1, -1):
        if operands[slot][1] and operation.flows(slot):
            back = _pulled(operation, slot, g, y, xs, dict(static))
            if back is not None:
                results.append((slot, back.node))
    return _flattened(tape, leaves, results, (operation.code, tuple(x.node for x in xs), static), y.node)


def _pulled(operation: Operation, slot: int, g: Variable, y: Variable, xs: list[Variable], static: dict[str, Any]) -> Variable | None:
    if operation.elementwise and is_zero(partial_of(operation, slot, y, *xs)):
        return None
    back = operation.pull(slot, g, y, *xs, **static)
    return back if isinstance(back, Variable) else constant(g.tape, back)


def _flattened(tape: Tape, leaves: dict[int, int], results: list[tuple[int, int]], known: tuple[Any, ...], y: int) -> Program:
    """A small tape as a program: each operation once, the output itself not again (σ(x) is y), the unneeded left out."""
    same, made = list(range(len(tape))), {known: y}
    for node in range(len(tape)):
        if node not in leaves and node not in tape.constants:
            key = (tape.codes[node], tuple(same[i] for i in tape.operands_of(node)), tape.statics.get(node, ()))
            same[node] = made.setdefault(key, node)
    needed, stack = set[int](), [same[node] for _, node in results]
    while stack:
        node = stack.pop()
        if node not in needed and node not in leaves:
            needed.add(node)
            stack.extend(same[i] for i in tape.operands_of(node))
    numbers = [node for node in sorted(needed) if node in tape.constants]
    steps = [node for node in sorted(needed) if node not in tape.constants]
    place = leaves | {node: i for i, node in enumerate([*numbers, *steps], 1 + max(leaves.values()))}
    ends, places = list[int](), list[int]()
    for node in steps:
        places.extend(place[same[i]] for i in tape.operands_of(node))
        ends.append(len(places))
    return Program(
        array("H", [tape.codes[node] for node in steps]), tuple(places), tuple(ends),
        tuple(tape.shape(node) for node in steps), tuple(tape.statics.get(node, ()) for node in steps),
        tuple(tape.constants[node] for node in numbers), tuple((slot, place[same[node]]) for slot, node in results),
    )  # fmt: skip
