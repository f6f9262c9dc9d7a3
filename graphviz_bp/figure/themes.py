"""Themes: which colour each role has. Values are blue, gradients orange, local partials and prose grey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from graphviz_bp.errors import InputError


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a figure, as #rrggbb; every text colour stands at 4.5 : 1 or more on its ground.

    A theme of one's own: `dataclasses.replace(THEMES["slate"], name="mine", gradient="#8e1b6b")`.
    """

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
    chip_outline: str | None = None

    @property
    def colours(self) -> Mapping[str, str]:
        """The colours by role."""
        return {"ink": self.ink, "value": self.value, "gradient": self.gradient, "partial": self.partial}


THEMES = {
    theme.name: theme
    for theme in [
        Theme("slate", page="#ffffff", ink="#1b2733", panel="#f6f8fa", value="#00568a", value_chip="#e3f0fa",
              gradient="#b34700", gradient_chip="#fdebdd", partial="#52606d", wire="#33475b", back_wire="#d55e00",
              box="#ffffff", input="#f1f5fa", data="#f0f0f0", data_outline="#8a929a",
              output="#fff6ee", output_outline="#b34700"),
        Theme("dark", page="#10151c", ink="#e8eef5", panel="#1a222c", value="#7cc7f5", value_chip="#16344a",
              gradient="#ffb27a", gradient_chip="#452411", partial="#aab7c4", wire="#8fa3b8", back_wire="#ff9a52",
              box="#10151c", input="#1a2330", data="#23282e", data_outline="#77828d",
              output="#2a1f15", output_outline="#ff9a52"),
        Theme("print", page="#ffffff", ink="#000000", panel="#f2f2f2", value="#000000", value_chip="#ffffff",
              gradient="#000000", gradient_chip="#d6d6d6", partial="#333333", wire="#000000", back_wire="#000000",
              box="#ffffff", input="#ffffff", data="#ececec", data_outline="#777777",
              output="#ffffff", output_outline="#000000", chip_outline="#000000"),
        Theme("classic", page="#ffffff", ink="#1b1b1b", panel="#f7f7f5", value="#176339", value_chip="#e6f3ea",
              gradient="#b3261e", gradient_chip="#fde9e7", partial="#555555", wire="#3a3a3a", back_wire="#c8372d",
              box="#ffffff", input="#f4f7f4", data="#f0f0f0", data_outline="#8a8a8a",
              output="#fdf3f2", output_outline="#b3261e"),
    ]
}  # fmt: skip


def variables(theme: Theme) -> Theme:
    """A theme whose colours are CSS variables named after their roles, for a page that decides them later."""
    roles = [field.name for field in fields(theme) if field.name != "name" and getattr(theme, field.name)]
    return replace(theme, **{role: f"var(--{role.replace('_', '-')})" for role in roles})


def theme(name: str | Theme) -> Theme:
    """A theme by name, or the one given."""
    if isinstance(name, Theme):
        return name
    if name not in THEMES:
        raise InputError(f"there is no theme {name!r}", remedy=f"the themes are {', '.join(THEMES)}")
    return THEMES[name]
