"""A graph made by hand is finished: roles, labels, names for what is used twice."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import InputError, listed
from .graph import Graph
from .tape import Tape
from .variables import Variable


def graph(
    output: Variable, *, data: tuple[str, ...] | list[str] = (), labels: Mapping[str, str] | None = None
) -> Graph:
    """Finish a graph made by hand; `data` names inputs of which no gradient is asked, `labels` how names are typeset.

    >>> from graphviz_bp import inputs
    >>> u, = inputs("u")
    >>> graph((u**2).named("v") * 3).output
    't_1'
    """
    if not isinstance(output, Variable):
        raise InputError(f"the output must be a variable, not {type(output).__name__}", remedy="end with graph(z)")
    tape = output.tape.copy()
    for name in data:
        if name not in tape.inputs:
            raise InputError(f"{name} is not an input", remedy=f"the inputs are {listed(tuple(tape.inputs))}")
        _set_role(tape, name, "data")
    from ..notation.names import checked_label

    checked = {name: checked_label(name, label) for name, label in (labels or {}).items()}
    end = output.node
    if tape.idle(end):
        tape, new = tape.replayed(keep=tape.below(iter([end, *tape.names])))
        end = new[end]
    name_the_shared(tape, end)
    return Graph(tape, end, checked)


def _set_role(tape: Tape, name: str, role: str) -> None:
    from dataclasses import replace

    tape.inputs[name] = replace(tape.inputs[name], role=role)


def name_the_shared(tape: Tape, output: int) -> None:
    """Give a name (t_1, t_2, ...) to the output and to every operation used more than once."""
    number = 0
    end = [] if output in tape.names or output in tape.constants else [output]
    for node in sorted({*tape.shared(), *end}):
        number += 1
        while f"t_{number}" in tape.by_name:
            number += 1
        tape.name(node, f"t_{number}")
