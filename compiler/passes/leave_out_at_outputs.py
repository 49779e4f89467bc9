"""Pass: leave out final layers that firmware does not need."""

from __future__ import annotations

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.notices import LeftOut
from bxnn.compiler.passes.bypass import bypassed
from bxnn.compiler.passes.runner import PassOptions


def leave_out_at_outputs(graph: Graph, options: PassOptions) -> Graph:
    """Bypass layers such as softmax where only a network output or an argmax reads them, with a notice.

    One of several outputs keeps its name.
    """
    for layer in reversed(graph.layers):
        reason, readers = layer.left_out_at_output(), graph.consumers(layer.name)
        if layer.takes_output and layer.name in options.results:  # a table computes it
            continue
        if reason is None or not all(reader.follows_order_only() for reader in readers):
            continue
        if layer.name in graph.outputs or readers:
            keep_name = len(graph.outputs) > 1 and layer.names_output()
            graph = bypassed(graph, layer, LeftOut(graph.describe(layer), layer.kind, reason), keep_name)
    return graph
