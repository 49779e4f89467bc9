"""Pass: let the host apply the network's own input quantizers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import ElementsWithoutBits, HostQuantizes, Notice
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.shared_quantizer import joined, same, scattered, shared
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.passes.runner import PassOptions


def absorb_input_quantizers(graph: Graph, options: PassOptions) -> Graph:
    """An input without a declared format takes that of the quantizers after it, which then disappear.

    Between them there may be layers that only move elements. Where several different quantizers read an element, the
    host keeps what any of them depends on, and they stay.
    """
    for name in graph.inputs:
        layer = graph.layer(name)
        if isinstance(layer, Input) and layer.quantizer is None and name not in graph.outputs:
            graph = _absorbed(graph, layer)
    return _told(graph)


def _told(graph: Graph) -> Graph:
    """The graph with a notice for every input that has elements without bits."""
    notices: list[Notice] = []
    for name in graph.inputs:
        layer = graph.layer(name)
        if isinstance(layer, Input) and isinstance(layer.quantizer, ElementQuantizer):
            empty = np.flatnonzero(np.broadcast_to(layer.quantizer.widths == 0, layer.shape))
            total = int(np.prod(layer.shape))
            if empty.size:
                notices.append(ElementsWithoutBits(graph.spelled(name), tuple(empty.tolist()), total))
    return replace(graph, notices=(*graph.notices, *notices)) if notices else graph


def _absorbed(graph: Graph, layer: Input) -> Graph:
    consumers = graph.consumers(layer.name)
    found = [consumer.host_quantizer() for consumer in consumers]
    quantizers = [quantizer for quantizer in found if quantizer is not None]
    if not quantizers or len(quantizers) < len(consumers):
        return _after_moves(graph, layer)
    leaves = len(consumers) > 1 and any(consumer.name in graph.outputs for consumer in consumers)
    if not leaves and same(quantizers, layer.shape):
        return _without(graph.replaced(layer.name, layer.declared(quantizers[0])), layer.name, consumers)
    common = shared(quantizers, layer.shape)
    return graph if common is None else graph.replaced(layer.name, layer.declared(common))


@dataclass(frozen=True, eq=False)
class _Reader:
    """A quantizer after layers that move elements.

    Attributes:
        layer: The layer.
        quantizers: What it does to the first, second, ... copy of the elements, in the shape of the input.
    """

    layer: Layer
    quantizers: list[ElementQuantizer]


def _after_moves(graph: Graph, layer: Input) -> Graph:
    """The graph with quantizers absorbed that read an input through layers that only move its elements."""
    readers = _readers(graph, layer)
    if not readers:
        return graph
    own = [quantizer for reader in readers for quantizer in reader.quantizers]
    each = joined(own)
    if each is None:
        common = shared(own, layer.shape)
        return graph if common is None else graph.replaced(layer.name, layer.declared(common))
    ends = [reader.layer for reader in readers if reader.layer.name not in graph.outputs]
    return _without(graph.replaced(layer.name, layer.declared(each)), layer.name, ends)


def _readers(graph: Graph, layer: Input) -> list[_Reader]:
    """All quantizers at which elements of an input arrive; none if anything else computes with one of them."""
    shapes = graph.shapes()
    size = int(np.prod(layer.shape))
    places: dict[str, Int] = {layer.name: np.arange(1, size + 1).reshape(layer.shape)}  # 0 stands for a zero
    found: list[_Reader] = []
    for reader in graph.layers:
        if not set(reader.inputs) & set(places):
            continue
        quantizer = reader.host_quantizer()
        if quantizer is not None:
            own = scattered(quantizer, places[reader.inputs[0]], layer.shape)
            if not own:
                return []
            found.append(_Reader(reader, own))
        elif reader.moves and reader.name not in graph.outputs:
            arrays = [places.get(name, np.zeros(shapes[name], np.int64)) for name in reader.inputs]
            tensors = [Tensor.of_format(array.shape, FixedFormat(True, 32, 0)) for array in arrays]
            places[reader.name] = reader.evaluate([array[np.newaxis] for array in arrays], tensors)[0].astype(np.int64)
        else:
            return []
    return found


def _without(graph: Graph, name: str, consumers: list[Layer] | tuple[Layer, ...]) -> Graph:
    notices = [HostQuantizes(graph.describe(consumer), graph.spelled(name)) for consumer in consumers]
    for consumer, notice in zip(consumers, notices, strict=True):
        graph = graph.without(consumer.name, notice)
    return graph
