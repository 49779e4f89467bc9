"""Pass: give hardware to layers that no neighbour has taken over."""

from __future__ import annotations

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes.runner import PassOptions


def stand_alone(graph: Graph, options: PassOptions) -> Graph:
    """Replace every layer without hardware that has a twin with hardware, as a batch normalization has."""
    shapes = graph.shapes()
    return graph.mapped(lambda layer: layer.standing_alone(shapes[layer.name]) or layer)
