"""How many bits of an element synthesis holds on the way to what reads it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Tensor


def held_bits(graph: Graph) -> Mapping[str, int]:
    """Bits of an element of every tensor, on average, rounded up: those of its own format that any reader looks at.

    A reader that rounds and wraps each element to a format of its own looks at few of them. Elements of which nothing
    is read do not count.

    Args:
        graph: With every format resolved.
    """
    tensors = graph.tensors()
    return {
        layer.name: min(layer.held_bits(tensors[layer.name]), _read(graph, layer.name, tensors))
        for layer in graph.layers
    }


def _read(graph: Graph, name: str, tensors: Mapping[str, Tensor]) -> int:
    """Bits that the readers of a tensor look at, from the lowest to the highest; all, if a reader may need them."""
    tensor, readers = tensors[name], graph.consumers(name)
    ranges = [
        layer.bits_read(graph.sources(layer, tensors)) if isinstance(layer, HardwareLayer) else None
        for layer in readers
    ]
    known = [found for found in ranges if found is not None]
    if name in graph.outputs or not known or len(known) < len(ranges):
        return tensor.bits
    lowest, above = np.min([low for low, _ in known], axis=0), np.max([high for _, high in known], axis=0)
    bits = (above - lowest)[above > lowest]
    return int(np.ceil(bits.mean())) if bits.size else tensor.bits
