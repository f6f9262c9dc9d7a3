"""The chain rule worked out, at one node or at all of them."""

from .derivation import Derivation, derive

__all__ = ["Derivation", "derive"]
