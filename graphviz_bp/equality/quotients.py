"""Quotients of sparse polynomials over the rationals, with every multiplication counted.

A monomial is a tuple of (generator, exponent) pairs in the order of the generators, which are integers; exponents may
be negative, and fractions where a generator is positive. A polynomial is a dict from monomials to coefficients. What
each generator stands for is no concern of this room: a polynomial without terms is zero whatever they stand for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

Exponent = int | Fraction
Monomial = tuple[tuple[int, Exponent], ...]
Coefficient = int | Fraction
Polynomial = dict[Monomial, Coefficient]
ONE: Polynomial = {(): 1}


class TooMuch(ArithmeticError):
    """The work allowed for this proof is used up."""


@dataclass(slots=True)
class Work:
    """How many products of two terms may still be formed; the same claim always stops at the same place."""

    left: int

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise TooMuch


def times(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials."""
    if not a or not b:
        return a or b
    powers = dict(a)
    for generator, exponent in b:
        powers[generator] = powers.get(generator, 0) + exponent
    return tuple(sorted((g, whole(e)) for g, e in powers.items() if e))


def raised(a: Monomial, exponent: Exponent) -> Monomial:
    """A power of a monomial."""
    return tuple((g, whole(e * exponent)) for g, e in a) if exponent else ()


def whole(number: Exponent) -> Exponent:
    """An int where a fraction is one."""
    return number if type(number) is int or number.denominator != 1 else int(number)


def plus(a: Polynomial, b: Mapping[Monomial, Coefficient], factor: Coefficient = 1) -> Polynomial:
    """a + factor·b."""
    out = dict(a)
    for monomial, coefficient in b.items():
        total = out.get(monomial, 0) + factor * coefficient
        if total:
            out[monomial] = total
        else:
            out.pop(monomial, None)
    return out


def product(a: Polynomial, b: Polynomial, work: Work) -> Polynomial:
    """a·b."""
    if a is ONE or b is ONE:
        return b if a is ONE else a
    work.spend(len(a) * len(b) + 1)
    out: Polynomial = {}
    for m, c in a.items():
        for n, d in b.items():
            key = times(m, n)
            total = out.get(key, 0) + c * d
            if total:
                out[key] = total
            else:
                out.pop(key, None)
    return out


def content(a: Polynomial) -> Monomial:
    """The monomial that all terms share: the smallest exponent of every generator, 0 where it is missing in a term."""
    first, *rest = a
    powers = dict(first)
    for monomial in rest:
        others = dict(monomial)
        for generator in [*powers, *(g for g in others if g not in powers)]:
            powers[generator] = min(powers.get(generator, 0), others.get(generator, 0))
    return tuple(sorted((g, e) for g, e in powers.items() if e))


def shifted(a: Polynomial, monomial: Monomial, factor: Coefficient = 1) -> Polynomial:
    """A polynomial times one term."""
    return {times(m, monomial): c * factor for m, c in a.items()}


def leading(a: Polynomial) -> Monomial:
    """The first monomial in the order of the generators, the highest power first."""
    return max(a, key=_order)


def _order(monomial: Monomial) -> tuple[tuple[int, Exponent], ...]:
    return tuple((-g, e) for g, e in monomial)


def quotient(a: Polynomial, b: Polynomial, work: Work) -> Polynomial | None:
    """a/b where it is a polynomial, by long division; None where it is not."""
    shift = times(raised(content(a), -1), ()) if a else ()
    rest, out, top = shifted(a, shift), Polynomial(), leading(b)
    powers = dict(top)
    while rest:
        work.spend(len(b))
        head = leading(rest)
        step = times(head, raised(top, -1))
        if any(e < 0 for _, e in step) or len(out) > 200 or any(g not in dict(head) for g in powers):
            return None
        factor = Fraction(rest[head]) / b[top]
        out[step] = whole(factor)
        rest = plus(rest, shifted(b, step), -whole(factor))
    return shifted(out, raised(shift, -1))


def root(a: Polynomial, degree: int, work: Work) -> Polynomial | None:
    """The polynomial whose power this is, term by term from the leading one; None where there is none."""
    lead = leading(a)
    first = raised(lead, Fraction(1, degree))
    scale = _whole_root(abs(Fraction(a[lead])), degree)
    if scale is None or a[lead] < 0 or any(type(e) is not int for _, e in first):
        return None
    out: Polynomial = {first: whole(scale)}
    below, factor = raised(first, degree - 1), degree * scale ** (degree - 1)
    for _ in range(len(a)):
        power = out
        for _ in range(degree - 1):
            power = product(power, out, work)
        rest = plus(a, power, -1)
        if not rest:
            return out
        head = leading(rest)
        step = times(head, raised(below, -1))
        if step in out or any(e < 0 for _, e in step):
            return None
        out[step] = whole(Fraction(rest[head]) / factor)
    return None


def _whole_root(number: Fraction, degree: int) -> Fraction | None:
    parts = [round(n ** (1 / degree)) if n < 10**15 else 0 for n in (number.numerator, number.denominator)]
    found = Fraction(parts[0], parts[1]) if all(parts) else None
    return found if found is not None and found**degree == number else None


@dataclass(frozen=True, eq=False)
class Quotient:
    """top / Π factorᵉ; single terms never stand below, they have negative exponents above."""

    top: Polynomial
    below: Mapping[frozenset[tuple[Monomial, Coefficient]], tuple[Polynomial, int]] = field(default_factory=dict)

    @cached_property
    def constant(self) -> Fraction | None:
        """The rational number this is, if it plainly is one."""
        if not self.top:
            return Fraction(0)
        return Fraction(self.top[()]) if len(self.top) == 1 and () in self.top and not self.below else None

    @property
    def single(self) -> tuple[Monomial, Coefficient] | None:
        """The one term this is, if it is one."""
        return next(iter(self.top.items())) if len(self.top) == 1 and not self.below else None


def number(value: Coefficient) -> Quotient:
    """A rational number."""
    return Quotient({(): whole(value)} if value else {})


def generator(index: int, exponent: Exponent = 1) -> Quotient:
    """A power of one generator."""
    return Quotient({((index, exponent),): 1})


class Arithmetic:
    """Sums, products and powers of quotients, within the work allowed."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def add(self, a: Quotient, b: Quotient, sign: int = 1) -> Quotient:
        """a ± b over the common denominator."""
        if not b.top:
            return a
        if not a.below and not b.below:
            return Quotient(plus(a.top, b.top, sign))
        below = dict(a.below)
        for key, (terms, e) in b.below.items():
            below[key] = (terms, max(e, below[key][1] if key in below else 0))
        tops = [self._over(x, below) for x in (a, b)]
        return self._cancelled(plus(tops[0], tops[1], sign), below)

    def _over(self, x: Quotient, below: Mapping[frozenset[tuple[Monomial, Coefficient]], tuple[Polynomial, int]]) -> Polynomial:
        """The numerator over a larger denominator."""
        top = x.top
        for key, (terms, e) in below.items():
            for _ in range(e - (x.below[key][1] if key in x.below else 0)):
                top = product(top, terms, self.work)
        return top

    def mul(self, a: Quotient, b: Quotient) -> Quotient:
        """a·b."""
        top = product(a.top, b.top, self.work)
        if not a.below and not b.below:
            return Quotient(top)
        below = dict(a.below)
        for key, (terms, e) in b.below.items():
            below[key] = (terms, e + (below[key][1] if key in below else 0))
        return self._cancelled(top, below)

    def _cancelled(self, top: Polynomial, below: dict[frozenset[tuple[Monomial, Coefficient]], tuple[Polynomial, int]]) -> Quotient:
        """Factors that divide the numerator taken away."""
        if not top:
            return Quotient(top)
        left = {}
        for key, (terms, e) in below.items():
            while e and len(terms) <= len(top) <= 60:
                found = quotient(top, terms, self.work)
                if found is None:
                    break
                top, e = found, e - 1
            if e:
                left[key] = (terms, e)
        return Quotient(top, left)

    def inverse(self, a: Quotient) -> Quotient:
        """1/a, for a that is not zero."""
        top: Polynomial = ONE
        for terms, e in a.below.values():
            for _ in range(e):
                top = product(top, terms, self.work)
        shared, lead = content(a.top), leading(a.top)
        scale = Fraction(1) / a.top[lead]
        terms = shifted(a.top, raised(shared, -1), whole(scale))
        top = shifted(top, raised(shared, -1), whole(scale))
        if len(terms) == 1:
            (rest,) = terms
            return Quotient(shifted(top, raised(rest, -1), whole(Fraction(1) / terms[rest])))
        return self._cancelled(top, {frozenset(terms.items()): (terms, 1)})

    def power(self, a: Quotient, exponent: int) -> Quotient:
        """A whole power."""
        single = a.single
        if single is not None:
            monomial, coefficient = single
            self.work.spend(abs(exponent) // 64 + 1)
            if abs(exponent) > 4096:
                raise TooMuch
            return Quotient({raised(monomial, exponent): whole(Fraction(coefficient) ** exponent)})
        if abs(exponent) > 64:
            raise TooMuch
        base = self.inverse(a) if exponent < 0 else a
        out = number(1)
        for _ in range(abs(exponent)):
            out = self.mul(out, base)
        return out

    def replaced(self, a: Polynomial, index: int, degree: int, by: Quotient) -> Polynomial:
        """The numerator of a polynomial in which gᵈᵉᵍʳᵉᵉ is replaced by a quotient."""
        groups: dict[tuple[Exponent, int], Polynomial] = {}
        for monomial, coefficient in a.items():
            powers = dict(monomial)
            turns, rest = divmod(powers.pop(index, 0), degree)
            if rest:
                powers[index] = whole(rest)
            groups.setdefault((0, int(turns)), {})[tuple(sorted(powers.items()))] = coefficient
        low = min(turns for _, turns in groups)
        high = max(turns for _, turns in groups)
        if low == high == 0:
            return a
        below = self._over(Quotient(ONE), by.below)
        out: Polynomial = {}
        for (_, turns), part in groups.items():
            for _ in range(turns - low):
                part = product(part, by.top, self.work)
            for _ in range(high - turns):
                part = product(part, below, self.work)
            out = plus(out, part)
        return out


Reduce = Callable[[Polynomial], Polynomial]
