"""Rounding without an adder: half an LSB is added to the bias of the layer whose sums are rounded.

    round(x / 2**s) = floor((x + 2**(s-1)) / 2**s)      to nearest, ties to plus infinity

Rounding to nearest even differs in ties only: there, all dropped bits of ``x + 2**(s-1)`` are zero, and the lowest bit
of the floor is cleared. The half is part of the constant that starts a sum anyway, so it costs nothing.
"""

from __future__ import annotations

import numpy as np

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.scalable import Scalable
from bxnn.compiler.numeric.tensor import FixedTensor


def folded_rounding(graph: Graph) -> Graph:
    """The same network, with the half for rounding moved into the preceding layer wherever possible.

    All tensors keep their codes, except those between such a pair of layers.
    """
    for layer in graph.layers:
        if isinstance(layer, HardwareLayer) and len(layer.inputs) == 1:
            graph = _folded(graph, layer)
    return graph


def _folded(graph: Graph, reader: HardwareLayer) -> Graph:
    producer, tensors = graph.layer(reader.inputs[0]), graph.tensors()
    reading = reader.with_half(graph.sources(reader, tensors))
    alone = graph.only_consumer(producer.name) is reader
    if reading is None or not alone or not isinstance(producer, Scalable) or not producer.multiplies:
        return graph
    changed, fraction_bits = reading
    channels = tensors[producer.name].shape[-1]
    once = FixedTensor(np.ones(channels, np.int64), 0)
    summing = producer.scaled(once, FixedTensor(np.ones(channels, np.int64), fraction_bits))
    if summing is None:
        return graph
    halved = graph.replaced(producer.name, summing)
    same_grid = halved.tensors()[producer.name].format.fraction_bits == tensors[producer.name].format.fraction_bits
    return halved.replaced(reader.name, changed) if same_grid else graph
