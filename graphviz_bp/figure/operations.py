"""The level of operations: a circuit with one gate per primitive, values above its wires, gradients below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from graphviz_bp.backprop import Run
from graphviz_bp.errors import InputError
from graphviz_bp.figure.captions import Caption
from graphviz_bp.figure.circuit import RADIUS, Circuit, Group, Lead, Node, circuit
from graphviz_bp.figure.compose import backward
from graphviz_bp.figure.drawing import Drawing, Options
from graphviz_bp.figure.equations import ink
from graphviz_bp.figure.film import Film, Part
from graphviz_bp.figure.ink import Ink, paint, row, stack
from graphviz_bp.figure.page import Group as Titled
from graphviz_bp.figure.page import Item, Page, Path, Rect
from graphviz_bp.figure.panel import Panel, assembled, said
from graphviz_bp.figure.pulses import Pulse, pulses
from graphviz_bp.figure.scene import Scene, scene
from graphviz_bp.figure.themes import Theme
from graphviz_bp.figure.tracks import OVER, Spot, Tracks, tracks
from graphviz_bp.figure.tracks import Run as Way
from graphviz_bp.figure.typeset import words
from graphviz_bp.figure.wires import NOTCH, HEAD, Curve, backwards, curve, head
from graphviz_bp.formula import Formula
from graphviz_bp.notation import barred, derivative, named

WIRE, OUTLINE, ACTIVE, DOT, HALO = 1.3, 1.3, 2.4, 3.0, 9.0
FRAME_PAD, FRAME_DASH, FRAME_TEXT = (9.0, 12.0), (4.0, 3.0), 7.0  # of the dashed box around a statement
KEY = 13.0


def operations(run: Run, options: Options) -> Drawing:
    """The circuit of a run: one gate per operation, gradients added where a wire forks.

    It runs from left to right. A graph with arrays, or of more than 300 operations, is refused.
    """
    if options.direction != "LR":
        raise InputError("a circuit runs from left to right", remedy='leave direction out, or draw level="statements"')
    told = scene(run, False if options.chain is None else options.chain)
    drawn = circuit(run)
    placed = _placed(drawn, options)
    ...
