"""The chain rule by example: one path, two paths, and the key idea behind backpropagation."""

from __future__ import annotations

import graphviz_bp as bp

from .options import one_of

INSIDE = {"squared": "v = u^2; w = 6*u", "linear": "v = 10*u; w = 3*u"}


def log_of_square() -> bp.Graph:
    """z = ln(x²): one path, so the chain rule is a product."""
    return bp.parse("x = 3; y = x^2; z = ln(y)")


def chain_rule_example(inside: str = "squared") -> bp.Graph:
    """z = v(u)·w(u): two paths, so the multivariate chain rule adds two products.

    >>> chain_rule_example().backprop().gradients["u"]
    450
    """
    return bp.parse(f"u = 5; {INSIDE[one_of(INSIDE, inside=inside)]}; z = v*w")


def key_idea() -> bp.Graph:
    """u feeds v₁, v₂ and v₃: whoever knows ∂z/∂v₁, ∂z/∂v₂ and ∂z/∂v₃ can compute ∂z/∂u."""
    return bp.parse("u = 2; v1 = 3*u; v2 = u^2; v3 = u + 1; z = v1*v2 + v2*v3")
