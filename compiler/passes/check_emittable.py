"""Pass: refuse what no earlier pass could lower to hardware."""

from __future__ import annotations

from compiler.errors import ModelError
from compiler.ir.graph import Graph
from compiler.ir.layer import HardwareLayer
from compiler.passes.runner import PassOptions


def check_emittable(graph: Graph, options: PassOptions) -> Graph:
    """Check that every layer but the inputs has hardware and that every output is computed.

    Raises:
        ModelError: Naming the first layer that is in the way.
    """
    for layer in graph.layers:
        if layer.inputs and not isinstance(layer, HardwareLayer):
            raise ModelError(layer.describe(), layer.left_over_in(graph))
    for name in graph.outputs:
        if name in graph.inputs:
            raise ModelError(graph.layer(name).describe(), "is network input and output at once; add a layer")
    return graph
