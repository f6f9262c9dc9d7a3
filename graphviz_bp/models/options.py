"""What a model lets one choose: checked by name, and read from words such as `sizes=2,3,1`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

from ..errors import InputError


def one_of(choices: Iterable[str], **given: str) -> str:
    """The one option that is given, if it is among the choices.

    >>> one_of(("node", "absorbed"), bias="node")
    'node'
    """
    ((name, value),) = given.items()
    known = tuple(choices)
    if value not in known:
        raise InputError(f"{name} cannot be {value!r}", remedy=f"{name} is one of {', '.join(known)}")
    return value


def counted(least: int, **given: int) -> int:
    """The one option that is given, if it is a whole number of at least this size (and of at most 1 000)."""
    ((name, value),) = given.items()
    if type(value) is not int or not least <= value <= 1000:
        raise InputError(f"{name} cannot be {value!r}", remedy=f"{name} is a whole number from {least} to 1000")
    return value


def options_of(make: Callable[..., Any]) -> dict[str, Any]:
    """A model's options with their defaults."""
    return {name: parameter.default for name, parameter in signature(make).parameters.items()}


def in_words(make: Callable[..., Any]) -> list[str]:
    """The same in words: `sizes=2,3,1`, `activation=sigmoid`."""
    return [f"{name}={_told(default)}" for name, default in options_of(make).items()]


def read(make: Callable[..., Any], words: Iterable[str]) -> dict[str, Any]:
    """Options in words (`sizes=2,3,1`, `causal=yes`), each read as what its default is.

    >>> def mlp(sizes=(2, 1), activation="tanh"): ...
    >>> read(mlp, ["sizes=2,3,1"])
    {'sizes': (2, 3, 1)}
    """
    known, found = options_of(make), dict[str, Any]()
    for word in words:
        name, sign, value = (part.strip() for part in word.partition("="))
        if name not in known or not sign:
            remedy = f"its options are {', '.join(in_words(make))}" if known else "it has no options"
            raise InputError(f"{make.__name__} has no option {word!r}", remedy=remedy)
        found[name] = _value(name, value, known[name])
    return found


def _value(name: str, word: str, default: Any) -> Any:
    if isinstance(default, bool):
        return one_of(("yes", "no"), **{name: word}) == "yes"
    if isinstance(default, str):
        return word
    numbers = [part.strip() for part in word.split(",")]
    whole = all(number.isdecimal() and len(number) < 7 for number in numbers)
    if not whole or (isinstance(default, int) and len(numbers) > 1):
        raise InputError(f"{name} cannot be {word!r}", remedy=f"write {name}={_told(default)}")
    return int(numbers[0]) if isinstance(default, int) else tuple(map(int, numbers))


def _told(default: Any) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
