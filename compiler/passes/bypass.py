"""How passes take a layer out of a graph without losing an output of the network."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import Notice
from bxnn.layers.reshape import Reshape


def bypassed(graph: Graph, layer: Layer, notice: Notice | None = None, keep_name: bool = False) -> Graph:
    """The graph without a layer that does nothing there, with as many outputs as before.

    Args:
        graph: The graph.
        layer: Has one input and writes what it reads.
        notice: Notice for the user.
        keep_name: Whether an output that it writes must keep its name.

    Returns:
        The readers of the layer read its input instead. If the layer writes an output and its input is one too, or if
        the name must stay, wires take over its name: they need no cycle and no logic.
    """
    if layer.name not in graph.outputs or not (keep_name or layer.inputs[0] in graph.outputs):
        return graph.without(layer.name, notice)
    shape = graph.shapes()[layer.name]
    wires, scale = Reshape(layer.name, layer.inputs, shape), graph.scales.get(layer.inputs[0])
    scales = graph.scales if scale is None else {layer.name: scale, **graph.scales}
    return replace(graph.replaced(layer.name, wires), scales=scales).noticing(notice)
