"""Pass: give hardware to layers that no neighbour has absorbed."""

from __future__ import annotations

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes.runner import PassOptions


def stand_alone(graph: Graph, options: PassOptions) -> Graph:
    """Replace every layer without hardware that has an equivalent with hardware, as batch normalization does."""
    shapes = graph.shapes()
    return graph.mapped(lambda layer: layer.standing_alone(shapes[layer.name]) or layer)
