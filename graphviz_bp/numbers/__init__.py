"""Numbers: the domains a graph is read in, the functions on them, and rational arithmetic."""

from .domain import Domain, is_array, numpy, plain, quietly
from .entrywise import Digits, Exact, Symbols, digits, domain_of, exact, symbols
from .floats import Doubles, doubles
from .rationals import BITS, NotExact, Share, to_fraction

__all__ = [
    "BITS", "Digits", "Domain", "Doubles", "Exact", "NotExact", "Share", "Symbols", "digits", "domain_of", "doubles",
    "exact", "is_array", "numpy", "plain", "quietly", "symbols", "to_fraction",
]  # fmt: skip
