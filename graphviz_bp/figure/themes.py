"""Themes: which colour each role has. Values are blue, gradients orange, local partials and prose grey."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from graphviz_bp.errors import InputError


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a figure, as #rrggbb; every text colour of those here stands at 4.5 : 1 or more on its ground.

    A theme of one's own is one of these with other colours; it is warned about where it can hardly be read.

    >>> from dataclasses import replace
    >>> mine = replace(THEMES["slate"], name="mine", gradient="#8e1b6b", gradient_chip="#f7e6f1")
    >>> mine.faint
    []
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
    path: str
    chip_outline: str | None = None
    fault: str = "#8e1b6b"
    fault_band: str = "#efc7e0"
    correct: str = "#1f6b3a"

    @property
    def faint(self) -> list[str]:
        """Which text stands on its ground at less than 4.5 : 1, or which wire at less than 3 : 1."""
        grounds = {"value": ["value_chip"], "gradient": ["gradient_chip", "page", "panel"],
                   "partial": ["page", "panel"],
                   "ink": ["page", "panel", "box", "input", "data", "output"]}  # fmt: skip
        pairs = [(text, ground, 4.5) for text, all_of in grounds.items() for ground in all_of]
        pairs += [("wire", "page", 3.0), ("back_wire", "page", 3.0), ("wire", "path", 3.0), ("path", "page", 1.4)]
        return [f"{text} on {ground.replace('_', ' ')}".replace("_", " ") for text, ground, least in pairs
                if contrast(getattr(self, text), getattr(self, ground)) < least]  # fmt: skip

    @property
    def colours(self) -> Mapping[str, str]:
        """The colours by role."""
        return {"ink": self.ink, "value": self.value, "gradient": self.gradient, "partial": self.partial,
                "fault": self.fault, "correct": self.correct}  # fmt: skip


THEMES = {
    theme.name: theme
    for theme in [
        Theme("slate", page="#ffffff", ink="#1b2733", panel="#f6f8fa", value="#00568a", value_chip="#e3f0fa",
              gradient="#b34700", gradient_chip="#fdebdd", partial="#52606d", wire="#33475b", back_wire="#d55e00",
              box="#ffffff", input="#f1f5fa", data="#f0f0f0", data_outline="#8a929a",
              output="#fff6ee", output_outline="#b34700", path="#fbcc9f"),
        Theme("dark", page="#10151c", ink="#e8eef5", panel="#1a222c", value="#7cc7f5", value_chip="#16344a",
              gradient="#ffb27a", gradient_chip="#452411", partial="#aab7c4", wire="#8fa3b8", back_wire="#ff9a52",
              box="#10151c", input="#1a2330", data="#23282e", data_outline="#77828d",
              output="#2a1f15", output_outline="#ff9a52", path="#70401c",
              fault="#f08cc8", fault_band="#5a1f47", correct="#6fd08c"),
        Theme("print", page="#ffffff", ink="#000000", panel="#f2f2f2", value="#000000", value_chip="#ffffff",
              gradient="#000000", gradient_chip="#d6d6d6", partial="#333333", wire="#000000", back_wire="#000000",
              box="#ffffff", input="#ffffff", data="#ececec", data_outline="#777777",
              output="#ffffff", output_outline="#000000", path="#c2c2c2", chip_outline="#000000",
              fault="#000000", fault_band="#cfcfcf", correct="#000000"),
        Theme("classic", page="#ffffff", ink="#1b1b1b", panel="#f7f7f5", value="#176339", value_chip="#e6f3ea",
              gradient="#b3261e", gradient_chip="#fde9e7", partial="#555555", wire="#3a3a3a", back_wire="#c8372d",
              box="#ffffff", input="#f4f7f4", data="#f0f0f0", data_outline="#8a8a8a",
              output="#fdf3f2", output_outline="#b3261e", path="#f6c0ba"),
    ]
}  # fmt: skip


def contrast(one: str, other: str) -> float:
    """How clearly two colours stand against each other, from 1 to 21, as the guidelines for the web measure it.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        raise InputError(f"{colour[:40]!r} is not a colour", remedy="write it as #rrggbb")
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def variables(theme: Theme) -> Theme:
    """A theme whose colours are CSS variables named after their roles, for a page that decides them later."""
    roles = [field.name for field in fields(theme) if field.name != "name" and getattr(theme, field.name)]
    return replace(theme, **{role: f"var(--{role.replace('_', '-')})" for role in roles})


def theme(name: str | Theme) -> Theme:
    """A theme by name, or the one given."""
    if isinstance(name, Theme):
        if name.faint:
            warnings.warn(f"the theme {name.name} is hard to read: {', '.join(name.faint)}; use colours farther apart",
                          stacklevel=3)  # fmt: skip
        return name
    if name not in THEMES:
        raise InputError(f"there is no theme {name!r}", remedy=f"the themes are {', '.join(THEMES)}")
    return THEMES[name]
