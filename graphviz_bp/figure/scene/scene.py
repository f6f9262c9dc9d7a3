"""What is on the page, decided without coordinates: boxes with their chips, wires with their labels, the panel."""

from __future__ import annotations

from dataclasses import replace

from graphviz_bp.backprop import Run
from graphviz_bp.derivation.chain import Chain
from graphviz_bp.figure.choice import ALL, Choice
from graphviz_bp.figure.scene.boxes import statement
from graphviz_bp.figure.scene.links import links_into
from graphviz_bp.figure.scene.parts import Scene
from graphviz_bp.figure.scene.telling import asked, below, description, notes, title
from graphviz_bp.progress import counted


def scene(run: Run, chain_of: str | bool | None = None, choice: Choice = ALL) -> Scene:
    """The figure of a run at the level of statements; `chain_of` names the node whose chain rule stands below."""
    chain = Chain(run)
    boxes = run.graph.boxes
    order = {box.name: i for i, box in enumerate(boxes)}
    links = tuple(link for box in boxes for link in links_into(chain, choice, box, order))
    statements = tuple(statement(chain, choice, box) for box in counted(boxes, "setting boxes"))
    return replace(bare(chain, chain_of, choice), statements=statements, links=links)


def bare(
    chain: Chain, chain_of: str | bool | None = None, choice: Choice = ALL, *, legend: bool = True
) -> Scene:
    """A scene without boxes and wires: what stands below, and what is said; `legend` explains the symbols."""
    run = chain.run
    if isinstance(chain_of, str):
        about: str | None = run.graph.box(chain_of).name
    else:
        about = None if chain_of is False else asked(chain)
    if not {"gradients", "chain"} <= choice.show:
        about = None
    return Scene(
        statements=(),
        links=(),
        panel=below(chain, choice, about),
        notes=notes(chain, choice, about or run.of, legend=legend),
        title=title(run, choice),
        description=description(chain, choice, about),
        path=choice.path,
        names=run.graph.names,
    )
