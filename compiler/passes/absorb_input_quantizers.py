"""Pass: let the host apply the network's own input quantizers."""

from __future__ import annotations

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.notices import HostQuantizes
from bxnn.compiler.numeric.shared_quantizer import same, shared
from bxnn.compiler.passes.runner import PassOptions


def absorb_input_quantizers(graph: Graph, options: PassOptions) -> Graph:
    """An input without a declared format takes that of the quantizer directly after it, which then disappears.

    Where several different quantizers read it, the host keeps what any of them depends on, and they stay.
    """
    for name in graph.inputs:
        layer = graph.layer(name)
        if isinstance(layer, Input) and layer.quantizer is None and name not in graph.outputs:
            graph = _absorbed(graph, layer)
    return graph


def _absorbed(graph: Graph, layer: Input) -> Graph:
    consumers = graph.consumers(layer.name)
    found = [consumer.host_quantizer() for consumer in consumers]
    quantizers = [quantizer for quantizer in found if quantizer is not None]
    if not quantizers or len(quantizers) < len(consumers):
        return graph
    leaves = len(consumers) > 1 and any(consumer.name in graph.outputs for consumer in consumers)
    if not leaves and same(quantizers, layer.shape):
        notices = [HostQuantizes(graph.describe(consumer), graph.spelled(layer.name)) for consumer in consumers]
        graph = graph.replaced(layer.name, layer.declared(quantizers[0]))
        for consumer, notice in zip(consumers, notices, strict=True):
            graph = graph.without(consumer.name, notice)
        return graph
    common = shared(quantizers, layer.shape)
    return graph if common is None else graph.replaced(layer.name, layer.declared(common))
