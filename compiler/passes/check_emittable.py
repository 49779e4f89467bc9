"""Pass: refuse what no earlier pass could lower to hardware."""

from __future__ import annotations

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes.runner import PassOptions


def check_emittable(graph: Graph, options: PassOptions) -> Graph:
    """Check that all layers except the inputs have hardware and that every output is computed.

    Raises:
        ModelError: Naming the first layer that has none.
    """
    for layer in graph.layers:
        if layer.inputs and not isinstance(layer, HardwareLayer):
            raise ModelError(layer.describe(), layer.left_over_in(graph))
    for name in graph.outputs:
        if name in graph.inputs:
            raise ModelError(graph.layer(name).describe(), "is both a network input and an output; add a layer")
    return graph
