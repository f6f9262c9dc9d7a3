"""Computation graphs with their forward values, their backward gradients, and the chain rule worked out.

>>> import graphviz_bp as bp
>>> run = bp.parse("v = u**2; w = 6*u; z = v*w").backprop({"u": 5})
>>> run.values["z"], run.gradients["u"]
(750, 450)

Every operation is a function here too: `bp.tanh(x)`, `bp.softmax(z)`, `bp.where(x > 0, a, b)`.
"""

from typing import TYPE_CHECKING, Any

from .errors import InputError
from .graph import Graph, graph
from .graph.variables import Variable, inputs

if TYPE_CHECKING:
    from . import models
    from .backprop import Run
    from .derivation import Derivation
    from .figure import Figure
    from .grading import grade
    from .reading.functions import trace
    from .reading.limits import Limits
    from .reading.symbolic import from_sympy
    from .reading.text import parse
    from .worksheets import worksheet

__all__ = [
    "Derivation", "Figure", "Graph", "InputError", "Limits", "Run", "Variable", "from_sympy", "grade", "graph",
    "inputs", "models", "parse", "trace", "worksheet",
]  # fmt: skip

_LATER = {  # loaded when first asked for, so that importing the package costs next to nothing
    "Derivation": "derivation",
    "Figure": "figure",
    "Limits": "reading.limits",
    "Run": "backprop",
    "from_sympy": "reading.symbolic",
    "grade": "grading",
    "parse": "reading.text",
    "trace": "reading.functions",
    "worksheet": "worksheets",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _LATER:
        found = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
        globals()[name] = found
        return found
    if name == "models":
        return import_module(f"{__name__}.models")
    if name == "__version__":
        from importlib.metadata import version

        return version("graphviz_bp")
    from .operations import OPERATIONS, f

    if name in OPERATIONS:
        found = globals()[name] = getattr(f, name)
        return found
    raise AttributeError(f"graphviz_bp has no {name!r}")


def __dir__() -> list[str]:
    from .operations import OPERATIONS

    return sorted([*__all__, *OPERATIONS])
