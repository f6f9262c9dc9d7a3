"""The one error people see: a sentence, where it happened, and what to do about it."""

from __future__ import annotations


class InputError(ValueError):
    """Something a user wrote or asked for cannot be done; the message is one sentence with a remedy.

    `source` is the text that was read and `position` the offset of the first offending character in it;
    with both, `line` and `column` (counted from 1) are known and the message ends in the line and a caret.

    >>> print(InputError("two factors in a row", remedy="write * between factors", source="z = 2x", position=5))
    line 1, column 6: two factors in a row; write * between factors
        z = 2x
             ^
    """

    def __init__(
        self, sentence: str, *, remedy: str = "", source: str | None = None, position: int | None = None
    ) -> None:
        self.sentence, self.remedy = sentence, remedy
        self.line: int | None = None
        self.column: int | None = None
        message = f"{sentence}; {remedy}" if remedy else sentence
        if source is not None and position is not None:
            position = min(max(position, 0), len(source))
            start = source.rfind("\n", 0, position) + 1
            self.line, self.column = source.count("\n", 0, position) + 1, position - start + 1
            message = f"line {self.line}, column {self.column}: {message}\n{_pointer(source[start:], position - start)}"
        super().__init__(message)


def _pointer(line: str, offset: int, width: int = 72) -> str:
    """The line of text around the offence, and a caret under it (long lines are cut to a window)."""
    line = "".join(c if c.isprintable() else " " for c in line.split("\n", 1)[0])
    first = max(0, offset - width + 12)
    return f"    {line[first : first + width]}\n    {' ' * (offset - first)}^"


def listed(names: tuple[str, ...], limit: int = 12) -> str:
    """Names for an error message, the first dozen."""
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
