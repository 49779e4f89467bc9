"""Pass: let the host apply the network's own input quantizer."""

from __future__ import annotations

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.notices import HostQuantizes
from bxnn.compiler.passes.runner import PassOptions


def absorb_input_quantizers(graph: Graph, options: PassOptions) -> Graph:
    """An input without a declared format takes that of the quantizer directly after it, which then disappears."""
    for name in graph.inputs:
        layer, consumer = graph.layer(name), graph.only_consumer(name)
        quantizer = consumer.host_quantizer() if consumer is not None else None
        if isinstance(layer, Input) and layer.quantizer is None and consumer is not None and quantizer is not None:
            notice = HostQuantizes(graph.describe(consumer), graph.spelled(name))
            graph = graph.replaced(name, layer.declared(quantizer)).without(consumer.name, notice)
    return graph
