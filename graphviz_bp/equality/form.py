"""One normal form: a quotient of polynomials in generators, what a generator stands for, and whom a choice is asked of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .quotients import (
    Quotient,
)  # fmt: skip

if TYPE_CHECKING:
    from .forms import Forms


class NotProved(ArithmeticError):
    """A step that this domain does not take."""


@dataclass(slots=True)
class Oracle:
    """Answers to the question whether something is positive: those given, then always yes, all of them on record."""

    given: tuple[int, ...] = ()
    asked: list[Any] = field(default_factory=list)
    answers: dict[Any, int] = field(default_factory=dict)

    def sign(self, key: Any) -> int:
        if key not in self.answers:
            place = len(self.asked)
            self.answers[key] = self.given[place] if place < len(self.given) else 1
            self.asked.append(key)
        return self.answers[key]


@dataclass(slots=True)
class Generator:
    """What a generator stands for: a name, an exponential of a monomial, a log, a root, a function of something."""

    kind: str
    of: Any = None
    positive: bool = False
    sign: int = 0  # where it is known
    degree: int = 0  # of a root: gᵈᵉᵍʳᵉᵉ = value
    value: Quotient | None = None

    @property
    def complex(self) -> bool:
        """Whether it stands for a number that is not real."""
        return self.kind in ("imaginary", "turn")


class Form:
    """A number of this domain: a quotient, with arithmetic; `None` in its place is undefined."""

    __slots__ = ("forms", "q")

    def __init__(self, forms: Forms, q: Quotient | None) -> None:
        self.forms, self.q = forms, q

    def _both(self, other: Any, how: Callable[[Quotient, Quotient], Quotient | None]) -> Form:
        other = self.forms.number(other)
        if self.q is None or other.q is None:
            return Form(self.forms, None)
        return Form(self.forms, how(self.q, other.q))

    def __add__(self, other: Any) -> Form:
        return self._both(other, self.forms.arithmetic.add)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Form:
        return self._both(other, lambda a, b: self.forms.arithmetic.add(a, b, -1))

    def __rsub__(self, other: Any) -> Form:
        return self.forms.number(other) - self

    def __mul__(self, other: Any) -> Form:
        return self._both(other, self.forms.arithmetic.mul)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Form:
        return self._both(other, self.forms.divided)

    def __rtruediv__(self, other: Any) -> Form:
        return self.forms.number(other) / self

    def __pow__(self, other: Any) -> Form:
        return self.forms.power(self, self.forms.number(other))

    def __neg__(self) -> Form:
        return self * -1

    def __abs__(self) -> Form:
        return -self if self.sign() < 0 else self

    def sign(self) -> int:
        """−1, 0 or 1."""
        if self.q is None:
            raise NotProved("a choice depends on something undefined")
        return self.forms.sign_of(self.q)

    def __gt__(self, other: Any) -> bool:
        return bool((self - other).sign() > 0)

    def __lt__(self, other: Any) -> bool:
        return bool((self - other).sign() < 0)

    def __ge__(self, other: Any) -> bool:
        return bool((self - other).sign() >= 0)

    def __le__(self, other: Any) -> bool:
        return bool((self - other).sign() <= 0)

    def __eq__(self, other: object) -> bool:
        difference = self - other
        return difference.q is not None and self.forms.vanishes(difference.q)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __bool__(self) -> bool:
        return self != 0

    __hash__ = None  # type: ignore[assignment]
