"""The live page: a stepping page with fields for the inputs, which works out all its numbers again as they change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import floor, log10
from typing import Any

from graphviz_bp.figure.page import Outline
from graphviz_bp.figure.typesetting import typeface
from graphviz_bp.figure.writers.svg import escape
from graphviz_bp.graph import Graph
from graphviz_bp.live import program
from graphviz_bp.notation.nodes import named
from graphviz_bp.numbers import is_array

LETTERS = "0123456789−.·()=≈∞undefi"  # what a number may need that the drawing has not
SLIDERS = 24  # numbers that have a slider each; more of them have fields only
WIDEST = 8  # fields of an array side by side


@dataclass(frozen=True, slots=True)
class Live:
    """What a live page has besides its film: letters for new numbers, the fields, and the script with the graph."""

    letters: dict[str, Outline]
    controls: str
    script: str
    fields: int


def live(graph: Graph, scalars: Graph, of: str, given: Mapping[str, Any], digits: int) -> Live:
    """The controls and the script of a graph, at these values to begin with."""
    inputs = [_Field(scalars, name, value) for name, value in _numbers(scalars, given)]
    letters = {character: typeface.letter(character).outline for character in LETTERS}
    advances = {character: typeface.letter(character).advance for character in LETTERS}
    data = {
        "advances": advances,
        "fields": [field.facts for field in inputs],
        "names": [named(scalars, box.name).plain for box in scalars.boxes],
        "output": scalars.names.index(of),
        "digits": digits,
    }
    script = program(scalars, of) + f"const page={_json(data)};\n"
    return Live(letters, _controls(graph, scalars, inputs), script, len(inputs))


def _numbers(scalars: Graph, given: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The value of every input of the scalar graph; a given array has many."""
    entries = {name: float(value) for name, value in given.items() if not is_array(value)}
    for block in scalars.tape.blocks.all:
        entries.update(zip(block.names(), map(float, given[block.name].flat), strict=True))
    for name in scalars.inputs:
        yield name, entries[name]


def _json(data: Any) -> str:
    """JSON that may stand in a script: no `</script>` can come of it."""
    return json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


class _Field:
    """One input: its value, and how far its slider goes."""

    def __init__(self, scalars: Graph, name: str, value: float) -> None:
        facts = scalars.tape.inputs[name]
        self.name, self.node, self.value = named(scalars, name).plain, facts.node, value
        high = _round(2 * max(abs(value), 1.0))
        bounds = dict(facts.domain)
        positive = any(sign in bounds and bounds[sign] >= 0 for sign in (">", ">="))
        self.step = high / 200
        self.low = (self.step if ">" in bounds else 0.0) if positive else -high
        self.high, self.data = high, facts.role == "data"

    @property
    def facts(self) -> dict[str, Any]:
        return {"value": self.value, "data": self.data}


def _round(size: float) -> float:
    """The next of 1, 2, 5, 10, 20, ..."""
    power = 10.0 ** floor(log10(size))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= size * (1 - 1e-9))


def _controls(graph: Graph, scalars: Graph, fields: list[_Field]) -> str:
    parameters = any(not field.data for field in fields)
    learn = (
        '<button id="descend" type="button">gradient step</button>'
        '<label>rate α <input id="rate" type="number" step="any" min="0" value="0.1"></label>'
    ) * parameters
    course = '<output id="course"></output><svg id="curve" viewBox="0 0 200 40" aria-hidden="true"><path d=""/></svg>'
    return (
        f'<form id="inputs" autocomplete="off">{"".join(_groups(graph, scalars, fields))}\n'
        f'<p>{learn}<button id="reset" type="button">as it was</button>{course * parameters}</p></form>\n'
        '<p id="notes" class="note" aria-live="polite"></p>\n'
    )


def _groups(graph: Graph, scalars: Graph, fields: list[_Field]) -> Iterator[str]:
    """Single inputs with a slider each, arrays as grids of fields."""
    blocks = {block.first: block for block in scalars.tape.blocks.all}
    numbers = [(k, field) for k, field in enumerate(fields) if scalars.tape.blocks.holding(field.node) is None]
    sliders = len(numbers) <= SLIDERS
    if numbers:
        kinds = "fields" if sliders else "fields many"
        yield f'<div class="{kinds}">{"".join(_field(k, field, sliders) for k, field in numbers)}</div>'
    for k, field in enumerate(fields):
        if field.node in blocks:
            block = blocks[field.node]
            cells = "".join(_cell(j, fields[j]) for j in range(k, k + len(block)))
            columns = min(block.shape[-1], WIDEST)
            name = escape(named(graph, block.name).plain)
            kind = "data" if field.data else "parameter"
            cells = f'<div class="cells c{columns}">{cells}</div>'
            yield f'<fieldset class="{kind}"><legend>{name}</legend>{cells}</fieldset>'


def _cell(k: int, field: _Field) -> str:
    name, value = escape(field.name), f"{field.value:.12g}"
    return f'<input data-input="{k}" type="number" step="any" value="{value}" aria-label="{name}">'


def _field(k: int, field: _Field, slider: bool) -> str:
    name = escape(field.name)
    low, high, step, value = (f"{x:.12g}" for x in (field.low, field.high, field.step, field.value))
    sliding = (
        f'<input data-input="{k}" type="range" min="{low}" max="{high}" step="{step}" value="{value}" '
        f'aria-label="{name}, slider">'
    ) * slider
    kind = "data" if field.data else "parameter"
    return (
        f'<div class="field {kind}"><label for="input{k}">{name}</label>'
        f'<input id="input{k}" data-input="{k}" type="number" step="any" value="{value}">{sliding}</div>\n'
    )
