"""Which elements of every tensor anything reads: what computes the others would be removed by synthesis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.linear_map import LinearMap

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ReadElements:
    """The elements that are read, directly or through other layers, by an output of the network.

    A row or column at the edge of an image that no window reaches is not read; nor is an element whose weights are all
    zero in its only reader, or one that is quantized to no bits.

    Attributes:
        masks: By tensor, bool, shape (elements,).
        maps: The map of every layer with multiplications, without the products of elements that are not read.
    """

    masks: Mapping[str, Mask]
    maps: Mapping[str, LinearMap]

    @classmethod
    def of(cls, graph: Graph) -> ReadElements:
        """The elements of a graph.

        Raises:
            FrameTooLargeError: If a layer connects too many elements at once.
        """
        tensors = graph.tensors()
        layers = [layer for layer in graph.layers if isinstance(layer, HardwareLayer)]
        every = {layer.name: layer.linear_map(graph.sources(layer, tensors)) for layer in layers}
        masks = {name: np.full(tensor.size, name in graph.outputs) for name, tensor in tensors.items()}
        maps: dict[str, LinearMap] = {}
        for layer in reversed(graph.layers):
            linear, read = every.get(layer.name), masks[layer.name]
            if not isinstance(layer, HardwareLayer):
                continue
            sources = graph.sources(layer, tensors)
            if linear is not None:
                maps[layer.name] = linear if read.all() else linear.only(read, layer.sum_bits(sources))
                masks[layer.inputs[0]] |= maps[layer.name].taps.any(axis=0)
            else:
                shaped = read.reshape(tensors[layer.name].shape)
                for name, taken in zip(layer.inputs, layer.elements_read(shaped, sources), strict=True):
                    masks[name] |= taken.ravel()
        return cls(masks, maps)
