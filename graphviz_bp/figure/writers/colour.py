"""A colour as the six digits that office formats and TeX know."""

from __future__ import annotations

import re


def digits(colour: str) -> str:
    """RRGGBB of a colour written as #rrggbb, #rgb or an HTML name.

    >>> digits("#fff"), digits("#1b2733"), digits("navy")
    ('FFFFFF', '1B2733', '000080')
    """
    if re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        return colour[1:].upper()
    if re.fullmatch(r"#[0-9A-Fa-f]{3}", colour):
        return "".join(2 * digit for digit in colour[1:]).upper()
    from reportlab.lib.colors import toColor

    return "".join(f"{round(255 * part):02X}" for part in toColor(colour).rgb())
