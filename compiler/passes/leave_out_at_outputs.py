"""Pass: leave out final layers that firmware does not need."""

from __future__ import annotations

from compiler.ir.graph import Graph
from compiler.passes.runner import PassOptions


def leave_out_at_outputs(graph: Graph, options: PassOptions) -> Graph:
    """Bypass layers such as softmax where only a network output reads them, with a notice."""
    for layer in reversed(graph.layers):
        reason = layer.left_out_at_output()
        if reason is not None and layer.name in graph.outputs and not graph.consumers(layer.name):
            graph = graph.without(layer.name, f"{layer.describe()}: {reason}")
    return graph
