"""Pass: trained floats become integer codes."""

from __future__ import annotations

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes.runner import PassOptions


def quantize(graph: Graph, options: PassOptions) -> Graph:
    """Apply every weight quantizer, once. After this pass, no value changes."""
    return graph.mapped(lambda layer: layer.quantized())
