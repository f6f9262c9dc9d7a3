"""A run of a large graph of numbers: values and gradients by the planned sweeps, the steps when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from ..backprop import EXACT_LIMIT, Run
from ..backprop.given import checked, checked_seed, is_exact
from ..graph import Graph
from ..graph.register import Block
from ..graph.tape import CONSTANT, Tape
from ..numbers import doubles, is_array, numpy
from ..operations import CODES
from .backward import Backward
from .compiled import Compiled, CompiledBack, covers, installed
from .flat import Flat
from .forward import Forward, in_a_row

COMPILED = 50_000  # nodes from which a compiled loop pays for loading numba
KEPT = 4  # backward plans of a graph, for its output and a few other nodes


def swept(graph: Graph, values: Mapping[str, Any] | None, of: str | None, seed: Any) -> Run | None:
    """The run of a large graph of numbers; None if it is one for the reference sweep."""
    name, engine = of or graph.output, engine_of(graph)
    if engine is None or not isinstance(values, Mapping | None) or not isinstance(name, str):
        return None
    node, numbers = graph.tape.by_name.get(name), engine.inputs.numbers(graph, values)
    if node is None or numbers is None:
        return None
    seed = checked_seed(seed, (), name)
    return SweptRun(graph, name, engine.sweep(numbers, node, float(seed)), seed)


def engine_of(graph: Graph) -> Engine | None:
    """What is planned once for a graph; None if not everything on it is a function of numbers."""
    kept = vars(graph)  # a graph never changes, so a plan for it stays right
    if "_engine" not in kept:
        tape = graph.tape
        fit = tape.scalar and all(c >= CONSTANT or CODES[c].elementwise for c in set(tape.codes))
        kept["_engine"] = Engine(tape) if fit else None
    found: Engine | None = kept["_engine"]
    return found


@dataclass(frozen=True, slots=True)
class Sweep:
    """Values and gradients of all nodes; where each node's are; and whether a gradient was infinite on the way."""

    values: Any
    gradients: Any
    place: Any
    cell: Any
    careful: bool


class Engine:
    """The sweeps of one graph: compiled where numba is installed and the graph is worth it, else planned in NumPy."""

    def __init__(self, tape: Tape) -> None:
        self.tape, self.inputs = tape, _Inputs(tape)
        self._plans: dict[tuple[int, bool], Any] = {}

    @cached_property
    def _compiled(self) -> Compiled | None:
        if len(self.tape) < COMPILED or not installed():
            return None
        flat = Flat(self.tape)
        return Compiled(flat) if covers(flat) else None

    @cached_property
    def _forward(self) -> Forward:
        return Forward(Flat(self.tape))

    def _back(self, of: int, compiled: Compiled | None = None) -> Any:
        """The plan of the way back from a node."""
        key = of, compiled is not None
        if key not in self._plans:
            if len(self._plans) == KEPT:
                self._plans.pop(next(iter(self._plans)))
            place, flat = None if compiled else self._forward.place, Flat(self.tape)
            self._plans[key] = CompiledBack(flat, compiled, of) if compiled else Backward(flat, place, of)
        return self._plans[key]

    def sweep(self, numbers: Any, of: int, seed: float = 1.0) -> Sweep:
        """Forward from the inputs' values, in their order, and back from a node."""
        with numpy().errstate(all="ignore"):
            if self._compiled is not None:
                return self._run_compiled(self._compiled, numbers, of, seed)
            return self._run(numbers, of, seed)

    def _run(self, numbers: Any, of: int, seed: float) -> Sweep:
        forward, back = self._forward, self._back(of)
        values = self.inputs.placed(numbers, forward.place)
        forward.run(values)
        gradients, careful = back.run(values, seed)
        return Sweep(values, gradients, forward.place, back.cell, careful)

    def _run_compiled(self, compiled: Compiled, numbers: Any, of: int, seed: float) -> Sweep:
        back, values = self._back(of, compiled), self.inputs.placed(numbers, None)
        compiled.run(values)
        gradients, finite = back.run(values, seed)
        return Sweep(values, gradients, None, back.heads, False) if finite else self._run(numbers, of, seed)


class _Inputs:
    """The numbers a tape starts from: values given by name or by the block, defaults, and constants."""

    def __init__(self, tape: Tape) -> None:
        np = numpy()
        self._tape = tape
        parts = [node.nodes if isinstance(node, Block) else (node,) for node in tape.inputs.order.values()]
        self.nodes = np.fromiter((node for part in parts for node in part), np.int32)
        self._constants = np.fromiter(tape.constants, np.int32)
        self._numbers = np.fromiter(map(doubles.number, tape.constants.values()), float)
        self._places: dict[bool, tuple[Any, Any]] = {}

    def placed(self, numbers: Any, place: Any) -> Any:
        """Room for all values, in the order that `place` tells, with those of the inputs and constants."""
        planned, values = place is not None, numpy().empty(len(self._tape))
        if planned not in self._places:
            there = [place[nodes] if planned else nodes for nodes in (self.nodes, self._constants)]
            self._places[planned] = in_a_row(there[0]), in_a_row(there[1])
        inputs, constants = self._places[planned]
        values[inputs], values[constants] = numbers, self._numbers
        return values

    def numbers(self, graph: Graph, values: Mapping[str, Any] | None) -> Any:
        """The inputs' values as an array; None where the run is an exact or a symbolic one, or an error."""
        found = self._plainly(values)
        return self._carefully(graph, values or {}) if found is None else found

    def _plainly(self, values: Mapping[str, Any] | None) -> Any:
        """The short way, for floats by name with nothing else to know."""
        inputs = self._tape.inputs
        if not values or len(values) != len(inputs.order) or inputs.facts or inputs.blocks:
            return None
        if list(values) == list(inputs.order):
            numbers = list(values.values())
        elif values.keys() == inputs.order.keys():
            numbers = [values[name] for name in inputs.order]
        else:
            return None
        return numpy().array(numbers) if set(map(type, numbers)) == {float} else None

    def _carefully(self, graph: Graph, values: Mapping[str, Any]) -> Any:
        np = numpy()
        tape = self._tape
        out, known = np.empty(len(self.nodes)), np.zeros(len(self.nodes), dtype=bool)
        whole = {name: tape.blocks.by_name[name] for name in values if name in tape.blocks.by_name}
        for name, block in whole.items():
            at = np.searchsorted(self.nodes, block.first)
            out[at : at + len(block)] = block.filled(values[name])
            known[at : at + len(block)] = True
        given = checked(graph, {name: value for name, value in values.items() if name not in whole})
        given = {name: i.default for name, i in tape.inputs.facts.items() if i.default is not None} | given
        at = np.searchsorted(self.nodes, [tape.inputs[name].node for name in given])
        known[at] = True
        exact = len(tape) <= EXACT_LIMIT and all(map(is_exact, [*given.values(), *(values[name] for name in whole)]))
        if exact or not known.all() or any(map(is_array, given.values())):
            return None
        out[at] = [doubles.number(value) for value in given.values()]
        return out


class Readout(Mapping[str, Any]):
    """Numbers by name, read from arrays when they are asked for; a block's name gives all its entries."""

    def __init__(self, tape: Tape, numbers: Any, place: Any, *, inputs: bool = False, data: bool = True) -> None:
        self._tape, self._numbers, self._place = tape, numbers, place
        self._among: Mapping[str, Any] = tape.inputs if inputs else tape.by_name
        self._hidden = set() if data else {name for name, i in tape.inputs.facts.items() if i.role == "data"}

    def __getitem__(self, name: str) -> Any:
        block = self._tape.blocks.by_name.get(name)
        if block is not None:
            return self._read(slice(block.first, block.first + len(block))).reshape(block.shape).copy()
        if name not in self._among or name in self._hidden:
            raise KeyError(name)
        return float(self._read(self._tape.by_name[name]))

    def _read(self, nodes: Any) -> Any:
        return self._numbers[nodes if self._place is None else self._place[nodes]]

    def __iter__(self) -> Iterator[str]:
        names = self._tape.names
        named = self._among if self._among is self._tape.inputs else (names[node] for node in sorted(names))
        return (name for name in named if name not in self._hidden)

    def __len__(self) -> int:
        return len(self._among) - len(self._hidden)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name!r}: {value!r}" for name, value in islice(self.items(), 6))
        return f"{{{shown}{', ...' if len(self) > 6 else ''}}}"


class SweptRun(Run):
    """A run with `values` and `gradients` at hand; steps, partials and notes come from the reference sweep."""

    def __init__(self, graph: Graph, of: str, sweep: Sweep, seed: Any) -> None:
        self.graph, self.of, self.domain = graph, of, doubles
        self._seed, self._notes, self._fast = seed, [], sweep
        self.given = Readout(graph.tape, sweep.values, sweep.place, inputs=True)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The value of every named node."""
        return Readout(self.graph.tape, self._fast.values, self._fast.place)

    @cached_property
    def gradients(self) -> Mapping[str, Any]:
        """∂output/∂node for every named node but data; zero where the output does not depend on the node."""
        return Readout(self.graph.tape, self._fast.gradients, self._fast.cell, data=False)

    def raw(self, name: str) -> Any:
        """A node's value as the domain has it."""
        if name not in self.graph.tape.by_name:
            self.graph.box(name)
        return self.values[name]

    @property
    def notes(self) -> tuple[str, ...]:
        """Conventions used at kinks, and infinities where they arise; any there are, the reference sweep words."""
        if "_sweep" not in vars(self) and not self._remarkable:
            return ()
        return super().notes

    @cached_property
    def _remarkable(self) -> bool:
        """Whether there is anything to note: a kink, a flat function, or a number that is not finite."""
        np, flat, fast = numpy(), Flat(self.graph.tape), self._fast
        if fast.careful or not np.isfinite(fast.values).all():
            return True
        for operation, arity, nodes in flat.kinds(flat.nodes):
            if operation.flat:
                return True
            if operation.kink is not None:
                operands = [flat.operand(nodes, slot) for slot in range(arity)]
                xs = [fast.values[i if fast.place is None else fast.place[i]] for i in operands]
                if np.any(operation.kink(doubles, *xs)):
                    return True
        return False
