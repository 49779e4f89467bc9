"""Pass: remove layers that do nothing at inference."""

from __future__ import annotations

from compiler.ir.graph import Graph
from compiler.passes.bypass import bypassed
from compiler.passes.runner import PassOptions


def remove_no_ops(graph: Graph, options: PassOptions) -> Graph:
    """Bypass every layer that says it does nothing."""
    for layer in graph.layers:
        if layer.elided() is not None:
            graph = bypassed(graph, layer)
    return graph
