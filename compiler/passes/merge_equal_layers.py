"""Pass: compute once what several layers would compute from the same tensors."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.passes.frozen_value import frozen_layer
from bxnn.compiler.passes.runner import PassOptions
from bxnn.layers.reshape import Reshape


def merge_equal_layers(graph: Graph, options: PassOptions) -> Graph:
    """Wires in place of every layer that an earlier one equals, so that names and outputs stay.

    Equal are layers of one type with equal attributes that read the same tensors, in any order if that makes no
    difference. Layers with weights stay: each may have its own binding, and other weights at run time.
    """
    shapes, same = graph.shapes(), dict[str, str]()  # the first tensor that each one equals
    known, layers = dict[Hashable, str](), list[Layer]()
    for layer in graph.layers:
        reads = [same[name] for name in layer.inputs]
        first = layer.name
        if isinstance(layer, HardwareLayer) and not layer.multiplies and layer.name not in graph.means:
            key = frozen_layer(layer), tuple(sorted(reads) if layer.commutes else reads)
            first = known.setdefault(key, layer.name)
        same[layer.name] = first
        merged = first != layer.name and not layer.moves
        layers.append(Reshape(layer.name, (first,), shapes[first]) if merged else layer)
    return replace(graph, layers=tuple(layers))
