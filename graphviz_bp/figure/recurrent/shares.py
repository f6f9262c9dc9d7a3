"""What each step of a recurrent network adds to the gradient of a parameter that all of them share."""

from __future__ import annotations

from typing import Any

from graphviz_bp.figure.network.beads import NUMBER, Bead, Half
from graphviz_bp.figure.network.sheet import Sheet
from graphviz_bp.figure.typesetting.equations import ink, sign, value_ink
from graphviz_bp.figure.typesetting.ink import Ink, row
from graphviz_bp.notation.formula import Formula
from graphviz_bp.notation.nodes import named
from graphviz_bp.notation.shown import Shown, holds
from graphviz_bp.numbers import is_array


def shares(sheet: Sheet, parameter: str) -> dict[str, Any]:
    """What every statement hands back to a parameter, by the name of the statement; nothing in symbols."""
    if sheet.run.symbolic or not sheet.has_gradient(parameter):
        return {}
    found: dict[str, Any] = {}
    for term in sheet.run.step(parameter).terms:
        found[term.child] = found[term.child] + term.contribution if term.child in found else term.contribution
    return found


def share(sheet: Sheet, parameter: str, statement: str) -> Bead | None:
    """What one statement adds to the gradient of a parameter."""
    amount = shares(sheet, parameter).get(statement)
    if amount is None:
        return None
    made = value_ink(amount, NUMBER, sheet.run)[0] if is_array(amount) else sheet.fitted(sheet.shown(amount))
    told = f"{sheet.chain.total(parameter).plain} from {named(sheet.graph, statement).plain}"
    return Bead((Half(made, "gradient", ("gradient", statement), spoken=told),))


def summed_up(sheet: Sheet, parameter: str) -> Ink | None:
    """0.089 − 0.038 + 0.158 = 0.209: the shares and their sum, joined by ≈ where the digits do not add up.

    None for arrays, whose sum would be too wide, and for a parameter with one share only.
    """
    amounts = list(shares(sheet, parameter).values())
    if len(amounts) < 2 or any(map(is_array, amounts)):
        return None
    shown, total = [sheet.shown(x) for x in amounts], sheet.shown(sheet.totals[parameter])
    parts = [_ink(shown[0])]
    for one in shown[1:]:
        size = Shown(one.tex.removeprefix("-"), one.plain.removeprefix("−"), None, one.true)
        parts += [sign("−" if one.negative else "+", NUMBER), _ink(size)]
    relation = "=" if holds([[one] for one in shown], total) else "≈"
    return row([*parts, sign(relation, NUMBER), _ink(total)], 0.2 * NUMBER)


def _ink(shown: Shown) -> Ink:
    return ink(Formula(shown.tex, shown.plain), NUMBER)
