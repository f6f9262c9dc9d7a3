"""Themes: which colour each role has. Values are blue, gradients orange, local partials and prose grey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from graphviz_bp.errors import InputError


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a figure, as #rrggbb; every text colour stands at 4.5 : 1 or more on its ground."""

    name: str
    page: str
    ink: str
    panel: str
    value: str
    value_chip: str
    gradient: str
    gradient_chip: str
    partial: str
    wire: str
    back_wire: str
    box: str
    input: str
    data: str
    data_outline: str
    output: str
    output_outline: str

    @property
    def colours(self) -> Mapping[str, str]:
        """The colours by role."""
        return asdict(self)


THEMES = {
    theme.name: theme
    for theme in [
        Theme("slate", page="#ffffff", ink="#1b2733", panel="#f6f8fa", value="#00568a", value_chip="#e3f0fa",
              gradient="#b34700", gradient_chip="#fdebdd", partial="#52606d", wire="#33475b", back_wire="#d55e00",
              box="#ffffff", input="#f1f5fa", data="#f0f0f0", data_outline="#8a929a",
              output="#fff6ee", output_outline="#b34700"),
    ]
}  # fmt: skip


def theme(name: str | Theme) -> Theme:
    """A theme by name, or the one given."""
    if isinstance(name, Theme):
        return name
    if name not in THEMES:
        raise InputError(f"there is no theme {name!r}", remedy=f"the themes are {', '.join(THEMES)}")
    return THEMES[name]
