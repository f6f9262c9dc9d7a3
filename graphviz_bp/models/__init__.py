"""The systems of the lectures: `bp.models.rnn(steps=3)` is a graph with small numbers, ready to draw and derive.

`MODELS` is the table of them; `model("mlp", ["sizes=2,3,1"])` makes one by name. A model is a text in the language
of `parse`, or a few lines of Python that write one.
"""

from collections.abc import Callable

from ..graph import Graph
from . import data
from .table import MODELS, Model, model

__all__ = ["MODELS", "Model", "data", "model"]


def __getattr__(name: str) -> Callable[..., Graph]:
    if name not in MODELS:
        raise AttributeError(f"there is no model {name}")
    return MODELS[name].make


def __dir__() -> list[str]:
    return sorted([*__all__, *MODELS])
