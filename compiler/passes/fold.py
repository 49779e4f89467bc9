"""Pass: fold layers into a neighbour where that preserves every bit."""

from __future__ import annotations

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.passes.runner import PassOptions


def fold(graph: Graph, options: PassOptions) -> Graph:
    """Fold until nothing more can be folded: each layer into its producer, else forward into its only consumer."""
    folded = True
    while folded:
        folded = False
        for layer in graph.layers:
            smaller = _folded(graph, layer)
            if smaller is not None:
                graph, folded = smaller, True
                break
    return graph


def _folded(graph: Graph, layer: Layer) -> Graph | None:
    if len(layer.inputs) != 1:
        return None
    producer = graph.layer(layer.inputs[0])
    if graph.only_consumer(producer.name) is layer:
        combined = layer.folded_into(producer)
        if combined is not None:
            return graph.replaced(producer.name, combined).without(layer.name)
    consumer = graph.only_consumer(layer.name)
    if consumer is not None:
        combined = layer.folded_forward(consumer)
        if combined is not None:
            return graph.replaced(consumer.name, combined).without(layer.name)
    return None
