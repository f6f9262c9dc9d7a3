"""What stands below a network: activations, cards of large weight matrices, and the key that says what beads are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from graphviz_bp.figure.network.beads import NUMBER, Bead, Half
from graphviz_bp.figure.network.elements import Element, lettered
from graphviz_bp.figure.network.placing import Placing
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.typesetting.equations import ink, sign
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.figure.typesetting.typeset import words
from graphviz_bp.levels.network import Unit
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.names import typeset_name
from graphviz_bp.notation.nodes import formula as right_hand_side
from graphviz_bp.notation.nodes import named
from graphviz_bp.notation.written import called
from graphviz_bp.operations import OPERATIONS

PROSE, FORMULA, CARD = 12.5, 12.5, 15.0
ABOVE, BETWEEN, LINE = 22.0, 26.0, 24.0
Edges = tuple[float, float, float]  # left, right, bottom
Item = tuple[float, Bead | None, Ink]  # of the key: its width, a bead in letters, and what that is


def below(placing: Placing, left: float, right: float, bottom: float) -> tuple[list[Element], Edges]:
    """Everything below the columns, and the edges of the picture with it."""
    found = list(_activations(placing, bottom + 16.0))
    if found:
        bottom += 24.0
    if placing.manner == "elided":
        cards, bottom = _cards(placing, bottom + 16.0)
        found += cards
    items = list(_items(placing))
    lines = _filled(items, max(right - left, 620.0))
    for line in lines:
        width = sum(w for w, _, _ in line) + BETWEEN * (len(line) - 1)
        left, right = min(left, (left + right - width) / 2), max(right, (left + right + width) / 2)
        x, bottom = (left + right - width) / 2, bottom + LINE + (10.0 if line is lines[0] else 0.0)
        for wide, bead, text in line:
            at = x
            if bead is not None:
                found += bead.elements(x + bead.width / 2, bottom - 6.0, halo=False)
                at += bead.width + 7.0
            found.append(lettered(text, at, bottom - 6.0 - text.height / 2 + text.ascent, "partial"))
            x += wide + BETWEEN
        bottom += 4.0
    return found, (left, right, bottom)


def _filled(items: Iterable[Item], limit: float) -> list[list[Item]]:
    """The items in as many lines as it takes."""
    lines: list[list[Item]] = []
    for item in items:
        if lines and sum(w + BETWEEN for w, _, _ in lines[-1]) + item[0] <= limit:
            lines[-1].append(item)
        else:
            lines.append([item])
    return lines


# -- activations


def _activations(placing: Placing, y: float) -> Iterator[Element]:
    """Under each layer what its neurons do with their sums: h = σ(a)."""
    net = placing.plan.net
    for column, spots in zip(net.columns, placing.spots, strict=False):
        units = [net.units[name] for name in column if name in net.units and net.units[name].activation]
        told = {_activation(placing, unit).tex: _activation(placing, unit) for unit in units}
        if len(told) == 1:
            made = ink(next(iter(told.values())), FORMULA)
            x = sum(spot.x for spot in spots) / len(spots)
            yield lettered(made, x - made.width / 2, y + made.ascent / 2, "partial")


def _activation(placing: Placing, unit: Unit) -> Formula:
    operation = OPERATIONS[unit.activation]
    tex, plain = operation.tex or rf"\mathrm{{{operation.name}}}", operation.plain or operation.name
    inner = generic(placing.sheet, unit.sum)
    made = called(tex.replace("_", r"\_") if not operation.tex else tex, plain, [inner])
    left = generic(placing.sheet, unit.name)
    return Formula(f"{left.tex} = {made.tex}", f"{left.plain} = {made.plain}")


def generic(sheet: Sheet, name: str, index: str = "") -> Formula:
    """A name without its number, or with a letter in its place: h₁ and h₂ are h, or h_j."""
    if name in sheet.graph.labels:
        found = named(sheet.graph, name)
        tex = re.sub(r"_(\{[\d,]+\}|\d)", "", found.tex, count=1)
        plain = re.sub(r"[₀-₉]+|_\d+", "", found.plain, count=1)
    else:
        stem = re.match(r"[^\W\d_]+", name)
        tex, plain = typeset_name(stem.group() if stem else name)
    if not index or "_" in tex:
        return Formula(tex, plain)
    return Formula(f"{tex}_{{{index}}}", f"{plain}_{index}")


# -- the key


def _items(placing: Placing) -> Iterator[Item]:
    """One item for each kind of bead: its width, the bead in letters, what it belongs to."""
    sheet, net = placing.sheet, placing.plan.net
    if not sheet.run.symbolic:
        for letters, what in _kinds(placing):
            roles = ("value", "gradient")
            bead = Bead(tuple(Half(_formulas(parts), role) for parts, role in zip(letters, roles, strict=False)))
            text = words(what, PROSE)
            yield bead.width + 7.0 + text.width, bead, text
    if any(net.shared(name) > 1 for unit in net.units.values() for name in (*unit.weights, *unit.biases)):
        text = words("shared ×n: one weight on n wires, its gradient is the sum over all of them", PROSE)
        yield text.width, None, text
    for name in (name for column in net.columns for name in column if name not in net.units):
        if sheet.graph.box(name).members:  # made by what is not drawn
            right = right_hand_side(sheet.graph, sheet.graph.box(name))
            made = [ink(named(sheet.graph, name), PROSE), sign("=", PROSE), ink(right, PROSE)]
            text = row([*made, words("is computed before", PROSE)], 0.3 * PROSE)
            yield text.width, None, text
    if net.examples > 1:
        text = words(f"example 1 of {net.examples}; gradients of weights and biases are those of all examples", PROSE)
        yield text.width, None, text
    for note in [] if sheet.run.symbolic else sheet.run.notes[:3]:
        if not note.startswith("numbers are doubles"):
            text = words(note, 11.5)
            yield text.width, None, text


def _formulas(parts: Sequence[Formula]) -> Ink:
    made: list[Ink] = []
    for part in parts:
        made += [*([sign("=", NUMBER)] if made else []), ink(part, NUMBER)]
    return row(made, 0.27 * NUMBER)


def _kinds(placing: Placing) -> Iterator[tuple[list[list[Formula]], str]]:
    sheet, net = placing.sheet, placing.plan.net
    first = next(unit for column in net.columns for name in column if (unit := net.units.get(name)) and unit.terms)
    j = "j" if any(sum(map(net.count, column)) > 1 for column in net.columns[1:]) else ""
    h, a = generic(sheet, first.name, j), generic(sheet, first.sum, j)
    delta = Formula(r"\delta_j", "δ_j") if j else Formula(r"\delta", "δ")
    inside = " (inside)" if placing.banded else ""
    if sheet.has_gradient(first.sum):
        yield [[h], [delta, slash(sheet, a)]], "neuron" + inside
    else:
        yield [[h]], "neuron" + inside
    sources = [name for name in net.columns[0] if name not in net.units]
    if sources and sheet.has_gradient(sources[0]):
        x = generic(sheet, sources[0], "i")
        yield [[x], [slash(sheet, x)]], "input" + inside
    if placing.manner == "elided":
        return
    exact = net.examples == 1 and all(
        net.shared(name) == 1 and len(sheet.chain.children.get(name, ())) == 1
        for unit in net.units.values() for name in (*unit.weights, *unit.biases)
    )  # fmt: skip
    weight = generic(sheet, first.weights[0], f"{j}i")
    source = generic(sheet, first.terms[0].source.name, "i")
    product = Formula(rf"{delta.tex}\,{source.tex}", f"{delta.plain} {source.plain}")
    if sheet.has_gradient(first.weights[0]):
        yield [[weight], [slash(sheet, weight), *([product] if exact else [])]], "weight"
    biases = [name for unit in net.units.values() for name in unit.biases]
    if biases and sheet.has_gradient(biases[0]):
        b = generic(sheet, biases[0], j)
        yield [[b], [slash(sheet, b), *([delta] if exact else [])]], "bias"


def slash(sheet: Sheet, wrt: Formula) -> Formula:
    """∂L/∂w on one line; w̄ or δ_w where the run is written so."""
    if sheet.run.style.notation != "leibniz" or not sheet.chain.unit:
        return sheet.written(wrt)
    of, d = named(sheet.graph, sheet.run.of), sheet.chain.d
    sign_ = r"\partial " if d == "∂" else r"\mathrm{d}"
    return Formula(f"{sign_}{of.tex}/{sign_}{wrt.tex}", f"{d}{of.plain}/{d}{wrt.plain}")


# -- cards


def _cards(placing: Placing, y: float) -> tuple[list[Element], float]:
    """Below each gap a card per weight matrix and bias: name, shape, and the norms of value and gradient."""
    sheet, net = placing.sheet, placing.plan.net
    found, bottom, reach = list[Element](), y, float("-inf")
    for c in range(1, len(net.columns)):
        middle = (placing.spots[c - 1][0].x + placing.spots[c][0].x) / 2
        units = [net.units[name] for name in net.columns[c] if name in net.units and net.units[name].terms]
        at = y
        for symbol, shape, bead in _groups(sheet, units):
            title = row([ink(symbol, CARD).coloured("ink"), ink(shape, NUMBER).coloured("partial")], 5.0)
            if at == y:
                middle = max(middle, reach + 12.0 + bead.width / 2)
            found.append(lettered(title, middle - title.width / 2, at + 12.0))
            if not sheet.run.symbolic:
                found += bead.elements(middle, at + 29.0, halo=False)
            at += 30.0 if sheet.run.symbolic else 54.0
            bottom, reach = max(bottom, at - 12.0), max(reach, middle + bead.width / 2)
    return found, bottom


def _groups(sheet: Sheet, units: Sequence[Unit]) -> Iterator[tuple[Formula, Formula, Bead]]:
    """The weights of a layer: its arrays one by one, or all its single weights together."""
    weights = list(dict.fromkeys(name for unit in units for name in unit.weights))
    biases = list(dict.fromkeys(name for unit in units for name in unit.biases))
    for names, rows_ in ((weights, len(units)), (biases, 1)):
        arrays = [name for name in names if sheet.graph.tape.shape(sheet.graph.tape.by_name[name])]
        singles = [name for name in names if name not in arrays]
        for name in arrays:
            shape = sheet.graph.tape.shape(sheet.graph.tape.by_name[name]) or ()
            yield named(sheet.graph, name), _times(shape), sheet.norms(name)
        if len(singles) > 1:
            counts = (rows_, len(singles) // rows_) if rows_ > 1 and len(singles) % rows_ == 0 else (len(singles),)
            yield generic(sheet, singles[0]), _times(counts), sheet.norms_of(generic(sheet, singles[0]), singles)
        elif singles:
            yield named(sheet.graph, singles[0]), Formula("", ""), sheet.bead((singles[0], ()))


def _times(shape: Sequence[int]) -> Formula:
    return Formula(r" \times ".join(map(str, shape)), " × ".join(map(str, shape)))
