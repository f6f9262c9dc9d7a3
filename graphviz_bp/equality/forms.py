"""Normal forms: a domain in which equal formulas become equal quotients, as far as exponentials, roots and logs go.

Hyperbolic functions, sigmoids, sines and cosines are written in exponentials (of imaginary arguments, with i² = −1),
powers as exp(n log x), log of a product as a sum where the factors are known to be positive. What cannot be taken
apart is a generator of its own, and the same argument gives the same generator. Every rewriting holds wherever both
sides are defined, so a difference that vanishes here vanishes there.

What chooses asks an `Oracle` for the sign of its argument; a proof goes through all its answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from math import isqrt
from typing import Any

from ..numbers import Domain, to_fraction
from ..numbers.functions import FUNCTIONS
from .form import Form, Generator, Oracle
from .quotients import (
    Arithmetic,
    Monomial,
    Polynomial,
    Quotient,
    TooMuch,
    Work,
    content,
    generator,
    leading,
    number,
    raised,
    root,
    shifted,
    whole,
)  # fmt: skip

_TURNS: dict[tuple[str, Fraction | int], Fraction] = {("acos", -1): Fraction(1), ("asin", 1): Fraction(1, 2), ("atan", 1): Fraction(1, 4)}  # times π
_ODD = {"asin", "atan", "asinh", "atanh", "erf", "cbrt", "sign"}
_EVEN = {"sinc"}


class Forms(Domain):
    """The domain; one per branch of a proof."""

    name = "normal forms"

    def __init__(self, work: Work, oracle: Oracle) -> None:
        self.arithmetic, self.oracle = Arithmetic(work), oracle
        self.generators: list[Generator] = []
        self.exponentials: dict[Monomial, int] = {}
        self.found: dict[str, list[tuple[tuple[Quotient, ...], int]]] = {}  # function -> arguments and generator
        self.imaginary: int | None = None
        self.facts: dict[Any, int] = {}  # signs of polynomials: answered, declared, or needed for a log to exist

    # -- numbers and names

    def number(self, value: Any) -> Form:
        if isinstance(value, Form):
            return value
        if isinstance(value, float):
            if value - value != 0.0:
                return Form(self, None)
            value = Fraction(value)
        return Form(self, number(to_fraction(value)))

    def named(self, name: str, positive: bool = False, sign: int = 0) -> Form:
        """A free name."""
        return Form(self, generator(self._new(Generator("name", name, positive, 1 if positive else sign))))

    def undefined(self) -> Form:
        return Form(self, None)

    def _new(self, new: Generator) -> int:
        if new.positive:
            new.sign = 1
        self.generators.append(new)
        if len(self.generators) > 400:
            raise TooMuch
        return len(self.generators) - 1

    @property
    def pi(self) -> Form:
        return Form(self, generator(self._function("pi", (), positive=True)))

    # -- zero and signs

    def vanishes(self, q: Quotient) -> bool:
        """Whether a quotient is zero, roots and i reduced by what they are roots of."""
        top = q.top
        for index in range(len(self.generators) - 1, -1, -1):
            g = self.generators[index]
            if top and g.degree and g.value is not None and any(index == i for m in top for i, _ in m):
                top = self.arithmetic.replaced(top, index, g.degree, g.value)
        return not top

    def sign_of(self, q: Quotient) -> int:
        """The sign of a quotient: known, or as the oracle says."""
        if self.vanishes(q):
            return 0
        out = self._sign(q.top)
        for terms, exponent in q.below.values():
            out *= self._sign(terms) if exponent % 2 else 1
        return out

    def known_sign(self, top: Polynomial) -> int:
        """The sign of a polynomial whose terms all have the same, or which is a known fact; 0 where it is not known."""
        signs = {self._term_sign(m) * (1 if c > 0 else -1) for m, c in top.items()}
        if len(signs) == 1:
            return signs.pop()
        if not self.facts:
            return 0
        key, flip = self._told(top)
        return flip * self.facts.get(key, 0)

    def fact(self, top: Polynomial, sign: int) -> None:
        """Put a sign on record."""
        key, flip = self._told(top)
        self.facts[key] = sign * flip

    def _told(self, top: Polynomial) -> tuple[Any, int]:
        """A key for a polynomial up to a factor, the same in every branch, and the sign of that factor."""
        lead = top[leading(top)]
        scale = whole(Fraction(1) / abs(Fraction(lead)))
        flip = 1 if lead > 0 else -1
        return frozenset((m, whole(c * scale * flip)) for m, c in top.items()), flip

    def _term_sign(self, monomial: Monomial) -> int:
        out = 1
        for index, exponent in monomial:
            g = self.generators[index]
            if g.complex:
                return 0
            if not g.positive and (type(exponent) is not int or exponent % 2):
                out *= g.sign
        return out

    def _sign(self, top: Polynomial) -> int:
        known = self.known_sign(top)
        if known:
            return known
        shared = tuple((g, e) for g, e in content(top) if not self.generators[g].complex)
        sign = self._sign_of_monomial(shared)
        rest = shifted(top, raised(shared, -1))
        return sign * (self.known_sign(rest) or self._asked(rest))

    def _asked(self, top: Polynomial) -> int:
        key, flip = self._told(top)
        if key not in self.facts:
            self.facts[key] = self._implied(dict(key)) or self.oracle.sign(key)
        return flip * self.facts[key]

    def _implied(self, top: Polynomial) -> int:
        """The sign that follows from that of the same thing with another constant: x > 1, so x + 2 > 0."""
        rest = {m: c for m, c in top.items() if m}
        for key, sign in self.facts.items():
            other = dict(key)
            if {m: c for m, c in other.items() if m} == rest and (top.get((), 0) - other.get((), 0)) * sign >= 0:
                return sign
        return 0

    def _sign_of_monomial(self, monomial: Monomial) -> int:
        out = 1
        for index, exponent in monomial:
            if not self._term_sign(((index, exponent),)):
                g = self.generators[index]
                g.sign = self._asked({((index, 1),): 1})
                g.positive = g.sign > 0
            out *= self._term_sign(((index, exponent),))
        return out

    # -- arithmetic

    def div(self, a: Any, b: Any) -> Form:
        return self.number(a) / self.number(b)

    def divided(self, a: Quotient, b: Quotient) -> Quotient | None:
        """a/b; undefined where b vanishes."""
        if self.vanishes(b):
            return None
        return self.arithmetic.mul(a, self.arithmetic.inverse(b))

    def power(self, a: Form, b: Form) -> Form:
        a, b = self.number(a), self.number(b)
        if a.q is None or b.q is None:
            return self.undefined()
        exponent = b.q.constant
        if exponent is None:
            return self.exp(b * self.log(a))
        if self.vanishes(a.q):
            return self.number(1) if exponent == 0 else self.number(0) if exponent > 0 else self.undefined()
        if exponent.denominator == 1:
            return Form(self, self.arithmetic.power(a.q, int(exponent)))
        return self._root(a.q, exponent.numerator, exponent.denominator)

    def maximum(self, xs: Sequence[Any]) -> Any:
        out = xs[0]
        for x in xs[1:]:
            out = x if x > out else out
        return out

    def minimum(self, xs: Sequence[Any]) -> Any:
        out = xs[0]
        for x in xs[1:]:
            out = x if x < out else out
        return out

    # -- roots

    def sqrt(self, x: Any) -> Form:
        return self.power(self.number(x), self.number(Fraction(1, 2)))

    def cbrt(self, x: Any) -> Form:
        x = self.number(x)
        if x.q is None:
            return self.undefined()
        sign = x.sign()
        return self.power(x * sign, self.number(Fraction(1, 3))) * sign if sign else self.number(0)

    def _root(self, q: Quotient, p: int, d: int) -> Form:
        """q^(p/d), with q ≥ 0 where it is defined."""
        single = q.single
        if single is None:
            return self._root_of_parts(q, p, d)
        monomial, coefficient = single
        rest: list[tuple[int, int | Fraction]] = []
        out = self._root_of_number(Fraction(coefficient), p, d)
        for index, exponent in monomial:
            g = self.generators[index]
            power = whole(Fraction(exponent) * p / d)
            if g.positive:
                out = out * Form(self, generator(index, power))
            elif type(exponent) is int and exponent % 2 == 0 and not g.complex:
                out = out * self.power(abs(Form(self, generator(index))), self.number(power))
            else:
                rest.append((index, exponent))
        if coefficient < 0 or len(rest) > 1:
            return self._opaque_root(q, p, d)
        for index, exponent in rest:  # defined only where this is positive
            if self.generators[index].sign < 0:
                return self.undefined()
            self._assume(index)
            out = out * Form(self, generator(index, whole(Fraction(exponent) * p / d)))
        return out

    def _assume(self, index: int) -> None:
        self.generators[index].positive, self.generators[index].sign = True, 1

    def _root_of_number(self, c: Fraction, p: int, d: int) -> Form:
        out = self.number(1)
        for value, sign in ((abs(c).numerator, 1), (abs(c).denominator, -1)):
            for prime, exponent in _primes(value).items():
                index = self._function("root", (number(prime), number(d)), positive=True, root=d)
                out = out * Form(self, self.arithmetic.power(generator(index), exponent * p * sign))
        return out

    def _root_of_parts(self, q: Quotient, p: int, d: int) -> Form:
        """The root of a quotient: denominators, shared terms and numbers taken out where they are known to be positive."""
        if any(self.known_sign(terms) != 1 for terms, _ in q.below.values()):
            return self._opaque_root(q, p, d)
        shared = tuple((g, e) for g, e in content(q.top) if self.generators[g].positive)
        scale = abs(Fraction(q.top[leading(q.top)]))
        rest = Quotient(shifted(q.top, raised(shared, -1), whole(1 / scale)))
        out = self._root_of_number(scale, p, d) * Form(self, Quotient({raised(shared, Fraction(p, d)): 1}))
        out = out * (self._opaque_root(rest, p, d) if rest.single is None else self._root(rest, p, d))
        for terms, exponent in q.below.values():
            out = out / self._opaque_root(Quotient(terms), p * exponent, d)
        return out

    def _opaque_root(self, q: Quotient, p: int, d: int) -> Form:
        if not q.below and self.known_sign(q.top) < 0:
            return self.undefined()
        for k in (2, 3) if not q.below and len(q.top) > 2 else ():  # the root of a square is an absolute value
            base = root(q.top, k, self.arithmetic.work)
            if base is not None:
                inner = Form(self, Quotient(base))
                return self.power(abs(inner) if k == 2 else inner, self.number(Fraction(k * p, d)))
        index = self._function("root", (q, number(d)), positive=True, root=d)
        return Form(self, self.arithmetic.power(generator(index), p))

    # -- exponentials and logarithms

    def exp(self, x: Any) -> Form:
        x = self.number(x)
        if x.q is None:
            return self.undefined()
        if x.q.below:
            return self._opaque_exp(x.q)
        out = self.number(1)
        for monomial, coefficient in x.q.top.items():
            out = out * self._exp(*self._without_squares(monomial, coefficient))
        return out

    def _without_squares(self, monomial: Monomial, coefficient: int | Fraction) -> tuple[Monomial, int | Fraction]:
        """A term in which whole powers of what a root of a number is of are numbers: (x/√2)² is x²/2."""
        kept = list[tuple[int, int | Fraction]]()
        for index, exponent in monomial:
            g = self.generators[index]
            radicand = g.value.constant if g.kind == "root" and g.degree and g.value is not None else None
            if radicand is not None:
                times = exponent // g.degree
                coefficient, exponent = coefficient * Fraction(radicand) ** times, exponent - times * g.degree
            kept += [(index, exponent)] if exponent else []
        return tuple(kept), whole(Fraction(coefficient))

    def _exp(self, monomial: Monomial, coefficient: int | Fraction) -> Form:
        if len(monomial) == 1 and monomial[0][1] == 1 and self.generators[monomial[0][0]].kind == "log":
            base = Form(self, self.generators[monomial[0][0]].of)
            return self.power(base, self.number(coefficient))
        if monomial not in self.exponentials:
            real = not any(self.generators[g].complex for g, _ in monomial)
            self.exponentials[monomial] = self._new(Generator("exp" if real else "turn", monomial, positive=real))
        return Form(self, generator(self.exponentials[monomial], whole(coefficient)))

    def _opaque_exp(self, q: Quotient) -> Form:
        """An exponential of a quotient: a power of one met before, if the arguments are in a rational proportion."""
        for (before,), index in self.found.get("exp", []):
            ratio = self._proportion(q, before)
            if ratio is not None:
                return Form(self, generator(index, whole(ratio)))
        real = not any(self.generators[g].complex for monomial in q.top for g, _ in monomial)
        return Form(self, generator(self._function("exp", (q,), positive=real, kind="exp" if real else "turn")))

    def _proportion(self, a: Quotient, b: Quotient) -> Fraction | None:
        if len(a.top) != len(b.top):
            return None
        lead = leading(a.top), leading(b.top)
        ratio = Fraction(a.top[lead[0]]) / b.top[lead[1]]
        difference = self.arithmetic.add(a, self.arithmetic.mul(number(ratio), b), -1)
        return ratio if self.vanishes(difference) else None

    def log(self, x: Any) -> Form:
        """The sum of the logs of all factors, if at most one of them has a sign that is not known."""
        x = self.number(x)
        if x.q is None or self.vanishes(x.q):
            return self.undefined()
        parts = [(x.q.top, 1), *((terms, -e) for terms, e in x.q.below.values())]
        signs = [self.known_sign(terms) for terms, _ in parts]
        if any(not sign and e % 2 == 0 for sign, (_, e) in zip(signs, parts, strict=True)) or signs.count(0) > 1:
            return Form(self, generator(self._function("log", (x.q,), kind="log", of=x.q)))
        whole_sign = -1 if sum(sign < 0 and e % 2 for sign, (_, e) in zip(signs, parts, strict=True)) % 2 else 1
        if whole_sign < 0 and 0 not in signs:
            return self.undefined()
        out = self.number(0)
        for sign, (terms, e) in zip(signs, parts, strict=True):
            positive = shifted(terms, (), sign or whole_sign)  # defined only where this is positive
            if not sign and len(positive) > 1:
                self.fact(positive, 1)
            out = out + self._log(positive) * e
        return out

    def _log(self, top: Polynomial) -> Form:
        """The logarithm of a polynomial that is positive where this is defined."""
        shared = content(top)
        lead = leading(top)
        scale = abs(Fraction(top[lead]))
        positive = tuple((g, e) for g, e in shared if self.generators[g].positive)
        rest = shifted(top, raised(positive, -1), whole(1 / scale))
        out = self._log_of_number(scale)
        for index, exponent in positive:
            out = out + self._log_of(index) * exponent
        if len(rest) == 1 and () in rest and rest[()] == 1:
            return out
        if len(rest) == 1:
            ((monomial, coefficient),) = rest.items()
            if coefficient == 1 and len(monomial) == 1 and type(monomial[0][1]) is int and monomial[0][1] % 2:
                if self.generators[monomial[0][0]].sign < 0:
                    return self.undefined()
                self._assume(monomial[0][0])
                return out + self._log_of(monomial[0][0]) * monomial[0][1]
            if coefficient == 1 and len(monomial) == 1 and type(monomial[0][1]) is int:
                return out + self.log(abs(Form(self, generator(monomial[0][0])))) * monomial[0][1]
        argument = Quotient(rest)
        return out + Form(self, generator(self._function("log", (argument,), kind="log", of=argument)))

    def _log_of(self, index: int) -> Form:
        """The logarithm of a positive generator."""
        g = self.generators[index]
        if g.kind == "exp" and isinstance(g.of, tuple):
            return Form(self, Quotient({g.of: 1}))
        if g.kind == "root" and g.value is not None:
            return self.log(Form(self, g.value)) * Fraction(1, g.degree)
        return Form(self, generator(self._function("log", (generator(index),), kind="log", of=generator(index))))

    def _log_of_number(self, c: Fraction) -> Form:
        out = self.number(0)
        for value, sign in ((c.numerator, 1), (c.denominator, -1)):
            for prime, exponent in _primes(value).items():
                index = self._function("log", (number(prime),), positive=True, kind="log", of=number(prime))
                out = out + Form(self, generator(index)) * (sign * exponent)
        return out

    # -- circular functions

    def _i(self) -> Form:
        if self.imaginary is None:
            self.imaginary = self._new(Generator("imaginary", degree=2, value=number(-1)))
        return Form(self, generator(self.imaginary))

    def _undone(self, x: Form, name: str) -> Form | None:
        """What stands under an inverse function, if that is all there is: y in asin(y)."""
        for arguments, index in self.found.get(name, []):
            if x.q is not None and x.q.single == (((index, 1),), 1):
                return Form(self, arguments[0])
        return None

    def sin(self, x: Any) -> Form:
        x = self.number(x)
        for name, value in _SINES.items():
            inner = self._undone(x, name)
            if inner is not None:
                return value(self, inner)
        turn = self.exp(self._i() * x)
        return (turn - 1 / turn) / (2 * self._i())

    def cos(self, x: Any) -> Form:
        x = self.number(x)
        for name, value in _COSINES.items():
            inner = self._undone(x, name)
            if inner is not None:
                return value(self, inner)
        turn = self.exp(self._i() * x)
        return (turn + 1 / turn) / 2

    # -- functions that are not taken apart

    def _function(self, name: str, arguments: tuple[Quotient, ...], *, positive: bool = False, root: int = 0,
                  kind: str = "", of: Any = None) -> int:  # fmt: skip
        """The generator of a function at these arguments: the one met before, if they are the same."""
        for before, index in self.found.setdefault(name, []):
            if all(self.vanishes(self.arithmetic.add(a, b, -1)) for a, b in zip(arguments, before, strict=True)):
                return index
        value = arguments[0] if root else None
        kind = kind or ("root" if root else "function")
        index = self._new(Generator(kind, of if kind == "log" else name, positive, degree=root, value=value))
        self.found[name].append((arguments, index))
        return index

    def _opaque(self, name: str, *xs: Any) -> Form:
        forms = [self.number(x) for x in xs]
        if any(x.q is None for x in forms):
            return self.undefined()
        arguments = tuple(x.q for x in forms if x.q is not None)
        at = arguments[0].constant if len(arguments) == 1 else None
        if at is not None and (name, at) in _TURNS:
            return self.pi * self.number(_TURNS[name, at])
        if name in _ODD | _EVEN and self.known_sign_of_lead(arguments[-1]) < 0:
            minus = [*arguments[:-1], self.arithmetic.mul(number(-1), arguments[-1])]
            flip = -1 if name in _ODD or (name == "sinc" and (arguments[0].constant or 0) % 2) else 1
            return Form(self, generator(self._function(name, tuple(minus)))) * flip
        return Form(self, generator(self._function(name, arguments)))

    def known_sign_of_lead(self, q: Quotient) -> int:
        """The sign of the leading coefficient: which of x and −x a function is written in."""
        return 0 if not q.top else 1 if q.top[leading(q.top)] > 0 else -1

    def defined(self, value: Any, where: Any) -> Any:
        return value

    def same(self, a: Any, b: Any) -> bool:
        return bool(self.number(a) == b)

    def sign(self, x: Any) -> Form:
        return self.number(self.number(x).sign())

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in _BY_EXPONENTIALS:
            return partial(_BY_EXPONENTIALS[name], self)
        if name in FUNCTIONS:
            return partial(self._opaque, name)
        raise AttributeError(name)


def _tanh(m: Forms, x: Any) -> Form:
    e = m.exp(2 * m.number(x))
    return (e - 1) / (e + 1)


_SINES: dict[str, Callable[[Forms, Form], Form]] = {  # of what an inverse function gives
    "asin": lambda m, y: y,
    "acos": lambda m, y: m.sqrt(1 - y * y),
    "atan": lambda m, y: y / m.sqrt(1 + y * y),
}
_COSINES: dict[str, Callable[[Forms, Form], Form]] = {
    "asin": lambda m, y: m.sqrt(1 - y * y),
    "acos": lambda m, y: y,
    "atan": lambda m, y: 1 / m.sqrt(1 + y * y),
}
_BY_EXPONENTIALS: dict[str, Callable[..., Form]] = {
    "tanh": _tanh,
    "sinh": lambda m, x: (m.exp(x) - 1 / m.exp(x)) / 2,
    "cosh": lambda m, x: (m.exp(x) + 1 / m.exp(x)) / 2,
    "tan": lambda m, x: m.sin(x) / m.cos(x),
    "expm1": lambda m, x: m.exp(x) - 1,
    "exp2": lambda m, x: m.power(m.number(2), m.number(x)),
    "log1p": lambda m, x: m.log(m.number(x) + 1),
    "log2": lambda m, x: m.log(x) / m.log(2),
    "log10": lambda m, x: m.log(x) / m.log(10),
    "hypot": lambda m, a, b: m.sqrt(m.number(a) * a + m.number(b) * b),
    "erfc": lambda m, x: 1 - m.erf(x),
    "exp_bend": lambda m, t: m.exp(t) * (1 - m.number(t)) - 1,
}


def _primes(value: int) -> dict[int, int]:
    """The prime factors of a number; what has none below a thousand stays whole."""
    out: dict[int, int] = {}
    for prime in (2, 3, *range(5, 1000, 2)):
        while value % prime == 0:
            value //= prime
            out[prime] = out.get(prime, 0) + 1
        if prime * prime > value:
            break
    if value > 1:
        root = isqrt(value)
        key, times = (root, 2) if root * root == value else (value, 1)
        out[key] = out.get(key, 0) + times
    return out
