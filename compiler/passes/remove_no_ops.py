"""Pass: remove layers that do nothing at inference."""

from __future__ import annotations

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes.bypass import bypassed
from bxnn.compiler.passes.runner import PassOptions


def remove_no_ops(graph: Graph, options: PassOptions) -> Graph:
    """Bypass each layer that says that it does nothing."""
    for layer in graph.layers:
        if layer.elided() is not None:
            graph = bypassed(graph, layer)
    return graph
