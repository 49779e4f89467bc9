"""Pass: one product for every pair of elements, wherever and in whichever order a network multiplies them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.passes.element_numbers import ZERO, ElementNumbers
from bxnn.compiler.passes.runner import PassOptions
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.gather import Gather
from bxnn.layers.multiply import Multiply

Place = tuple[str, int]  # a tensor, and an element of it
_Named = Callable[[str], str]


def share_products(graph: Graph, options: PassOptions) -> Graph:
    """Multiply every pair of elements once, and lead the product by wires to wherever it is read.

    Synthesis would merge some of the equal products: those of which no register before them hides that they are equal.
    """
    multiplied = [layer.name for layer in graph.layers if isinstance(layer, Multiply)]
    if not multiplied:
        return graph
    numbers, tensors = ElementNumbers().of(graph, multiplied), graph.tensors()
    places = dict[int, dict[int, Place]]()  # by the fraction bits and the number of a product
    for name in multiplied:
        own, known = numbers[name], places.setdefault(tensors[name].format.fraction_bits, {})
        distinct, first = np.unique(own, return_index=True)
        missing = [number not in known for number in distinct.tolist()]
        new: Int = np.sort(first[missing])
        if np.count_nonzero(own[new] != ZERO) == np.count_nonzero(own != ZERO):
            known |= {number: (name, place) for place, number in enumerate(own.tolist())}
            continue
        named = _names_in(graph, name)
        products = _products(graph.layer(name), new, named)
        if products:
            known |= {number: (products[-1].name, place) for place, number in enumerate(own[new].tolist())}
        for part in products:
            tensors[part.name] = part.infer(graph.sources(part, tensors))
        where = [known[number] for number in own.tolist()]
        graph = graph.expanded(name, (*products, *_wires(name, where, tensors, named)))
    return graph


def _names_in(graph: Graph, layer: str) -> _Named:
    """Free names for the parts of a layer."""
    return lambda part: graph.free_name(f"{layer}_{part}")


def _products(layer: Layer, elements: Int, named: _Named) -> tuple[Layer, ...]:
    """Layers that multiply some of the elements of both inputs; none if there are none."""
    if not elements.size:
        return ()
    words = dict(zip(dict.fromkeys(layer.inputs), ("first", "second"), strict=False))
    operands = [Gather.of(named(word), source, elements) for source, word in words.items()]
    read = {operand.inputs[0]: operand.name for operand in operands}
    return (*operands, Multiply(named("products"), tuple(read[name] for name in layer.inputs)))


def _wires(name: str, where: Sequence[Place], tensors: dict[str, Tensor], named: _Named) -> tuple[Layer, ...]:
    """Layers from elements of some tensors to the tensor ``name``, which keeps its shape and its format."""
    result, elements = tensors[name], np.array([place for _, place in where], np.int64)
    origins = list(dict.fromkeys(origin for origin, _ in where))
    layers: list[Layer] = []
    if len(origins) > 1:
        start = 0
        for number, origin in enumerate(origins):
            own = np.array([tensor == origin for tensor, _ in where])
            taken, place = np.unique(elements[own], return_inverse=True)
            elements[own] = start + place.ravel()
            layers.append(Gather.of(named(f"from{number}"), origin, taken))
            start += taken.size
        layers.append(Concatenate(named("joined"), tuple(layer.name for layer in layers), 0))
        for layer in layers:
            tensors[layer.name] = layer.infer([tensors[source] for source in layer.inputs])
    source = layers[-1].name if layers else origins[0]
    narrower = None if tensors[source].format == result.format else result.format
    return (*layers, Gather.of(name, source, elements.reshape(result.shape), narrower))
