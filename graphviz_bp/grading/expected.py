"""Which claims a submission is expected to make, and what each is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..errors import InputError
from ..graph import Graph
from ..reading.claims import ClaimReader


@dataclass(frozen=True, slots=True)
class Expected:
    """A gradient that is asked for, as `∂z/∂u`, and its points."""

    claim: str
    worth: Fraction


def expected_claims(graph: Graph, claims: str | Mapping[str, object] | None, of: str | None = None) -> list[Expected]:
    """The claims in a text such as "u: 2, dz/dv, w: 1/2", a point each unless stated; without it, every parameter.

    >>> from graphviz_bp import parse
    >>> [str(e.worth) for e in expected_claims(parse("v = u**2; w = 6*u; z = v*w"), "u: 2, dz/dv")]
    ['2', '1']
    """
    reader = ClaimReader(graph, of)
    if claims is None:
        names: Mapping[str, object] = {name: 1 for name in graph.inputs if graph.role(name) == "param"}
        if not names:
            raise InputError("this graph has no parameters, so nothing is asked", remedy="say what is: --claims 'u, v'")
    else:
        names = _listed(claims) if isinstance(claims, str) else claims
    out = [Expected(_quantity(reader, name), _points(name, worth)) for name, worth in names.items()]
    if len({e.claim for e in out}) < len(out):
        raise InputError("a claim is asked for twice", remedy="name each gradient once")
    return out


def _listed(text: str) -> dict[str, object]:
    lines = [line.split("#", 1)[0] for line in text.splitlines()]
    parts = [part.strip() for line in lines for part in re.split(r"[,;]", line) if part.strip()]
    if not parts:
        raise InputError("no claim is asked for", remedy='write for example "u: 2, dz/dv"')
    out: dict[str, object] = {}
    for part in parts:
        name, _, worth = part.partition(":")
        if name.strip() in out:
            raise InputError(f"{name.strip()} is asked for twice", remedy="name each gradient once")
        out[name.strip()] = worth.strip() or 1
    return out


def _quantity(reader: ClaimReader, name: str) -> str:
    quantity = reader.read("0", name).quantity
    if quantity is None:
        raise InputError(f"{name} is no gradient", remedy="write u or dz/du")
    return str(quantity)


def _points(name: str, worth: object) -> Fraction:
    try:
        points = Fraction(str(worth))
    except (ValueError, ZeroDivisionError):
        raise InputError(f"{worth!r} is no number of points for {name}", remedy=f"write {name}: 2") from None
    if not 0 <= points <= 1000:
        raise InputError(f"{name} can not be worth {worth} points", remedy="give between 0 and 1000")
    return points
