"""What of a run a figure shows, and which of its numbers it leaves blank for somebody to fill in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphviz_bp.backprop import Run
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.errors import InputError, listed
from graphviz_bp.notation.nodes import named
from graphviz_bp.notation.shown import Shown

SHOWN = ("values", "gradients", "partials", "formulas", "chain")
HIDABLE = SHOWN[:3]  # the numbers, under the names they have in a run


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown, and what stands blank: values and gradients by node, local partials by (child, parent).

    `path` is one that is marked.
    """

    show: frozenset[str] = frozenset(SHOWN)
    values: frozenset[str] = frozenset()
    gradients: frozenset[str] = frozenset()
    partials: frozenset[tuple[str, str]] = frozenset()
    path: tuple[str, ...] = ()

    @property
    def blanks(self) -> bool:
        """Whether any number is left blank."""
        return bool(self.values or self.gradients or self.partials)

    def tells_partial(self, child: str, parents: Iterable[str]) -> bool:
        """Whether the number of a local partial may be shown: it may be made of the values around it."""
        return not self.values.intersection((child, *parents))

    def tells_product(self, child: str, parent: str, parents: Iterable[str]) -> bool:
        """Whether local partial · upstream gradient may be shown on a wire."""
        hidden = (child, parent) in self.partials or self.gradients.intersection((child, parent))
        return not hidden and self.tells_partial(child, parents)


ALL = Choice()


def choice(run: Run, show: str | Iterable[str] | None, hide: Any) -> Choice:
    """The choice that `show` and `hide` ask for.

    `show` is any of SHOWN. `hide` is "values", "gradients" or "partials", or the name of a node (its value and its
    gradient), or several of these, or a mapping as in `{"gradients": ["u", "v"], "partials": [("v", "u")]}`.
    """
    kinds = (show,) if isinstance(show, str) else SHOWN if show is None else tuple(show)
    for kind in kinds:
        if kind not in SHOWN:
            raise InputError(f"{kind!r} is nothing a figure shows", remedy=f"choose from {', '.join(SHOWN)}")
    hidden = dict[str, set[Any]]({kind: set() for kind in HIDABLE})
    for kind, key in _asked(run, hide):
        hidden[kind].add(key)
    values, gradients, partials = (frozenset(hidden[kind]) for kind in HIDABLE)
    return Choice(frozenset(kinds), values, gradients, partials)


def _asked(run: Run, hide: Any) -> Iterator[tuple[str, Any]]:
    """Every number to hide, as its kind and its name in the run."""
    if hide is None:
        return
    there = _numbers(run)
    if not isinstance(hide, Mapping):
        for word in [hide] if isinstance(hide, str) else hide:
            if word in run.graph.names:
                yield from ((kind, word) for kind in HIDABLE[:2] if word in there[kind])
            elif word in there:
                yield from ((word, key) for key in there[word])
            else:
                raise InputError(f"{word!r} is neither a node nor a kind of number",
                                 remedy=f"hide {', '.join(HIDABLE)} or {listed(run.graph.names)}")  # fmt: skip
        return
    for kind, keys in hide.items():
        if kind not in there:
            raise InputError(f"{kind!r} can not be hidden", remedy=f"choose from {', '.join(HIDABLE)}")
        for key in there[kind] if keys is True else [keys] if isinstance(keys, str) else keys:
            key = tuple(key) if isinstance(key, list) else key
            if key not in there[kind]:
                names = tuple("/".join(k) if isinstance(k, tuple) else k for k in there[kind])
                raise InputError(f"{key!r} is not among the {kind}", remedy=f"they are {listed(names)}")
            yield kind, key


def _numbers(run: Run) -> dict[str, list[Any]]:
    """The numbers a figure of this run has, by kind, in the order of the graph."""
    if run.symbolic:
        return {kind: [] for kind in HIDABLE}
    wires = [(box.name, parent) for box in run.graph.boxes for parent in box.distinct_parents]
    gradients = [name for name in run.graph.names if name in run.gradients]
    return {"values": list(run.graph.names), "gradients": gradients,
            "partials": [key for key in wires if key in run.partials]}  # fmt: skip


def key(run: Run, choice: Choice) -> str:
    """What stands in the blanks, a line for each: first values, then local partials, then gradients."""
    chain, there, lines = Chain(run), _numbers(run), list[str]()

    def told(symbol: str, shown: Shown) -> None:
        lines.append(f"{symbol} {'=' if shown.true else '≈'} {shown.plain}")

    for name in (name for name in there["values"] if name in choice.values):
        told(named(run.graph, name).plain, chain.value(name))
    for child, parent in (wire for wire in there["partials"] if wire in choice.partials):
        if chain.is_number(child) and chain.is_number(parent):
            told(chain.partial(child, parent).plain, chain.shown(run.partials[child, parent]))
        else:
            lines.append(f"{child} hands back to {parent}: {chain.handed(child, parent).plain}")
    for name in (name for name in reversed(there["gradients"]) if name in choice.gradients):
        told(chain.total(name).plain, chain.shown(run.step(name).total))
    return "\n".join(dict.fromkeys(lines))
