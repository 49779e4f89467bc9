"""Pass: fold float batch normalizations into float weights that get a declared type, before those are rounded."""

from __future__ import annotations

from collections.abc import Callable

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.real_layer import real_values
from bxnn.compiler.ir.scalable import Scalable
from bxnn.compiler.ir.source import Parameter
from bxnn.compiler.passes.runner import PassOptions


def fold_normalization(graph: Graph, options: PassOptions) -> Graph:
    """Fold, in float64, where the kernel of a neighbour has a declared type and the normalization has none."""
    return folded_floats(
        graph,
        lambda layer: "kernel" in options.constants.get(layer.name, {}),
        lambda layer: bool(options.constants.get(layer.name)),
    )


def folded_floats(graph: Graph, takes: Callable[[Layer], bool], stays: Callable[[Layer], bool]) -> Graph:
    """The graph with float factors and shifts folded into the layer before them, or else into the one after.

    Args:
        graph: Before the pass ``quantize``.
        takes: Whether the kernel of a layer may change.
        stays: Whether a normalization has its own types.
    """
    for name in [layer.name for layer in graph.layers]:
        layer = graph.layer(name)
        constants = layer.constants()
        parts = [constants.get("scale"), constants.get("shift")]
        if stays(layer) or not any(isinstance(part, Parameter) and part.is_float for part in parts):
            continue
        producer, consumer = graph.layer(layer.inputs[0]), graph.only_consumer(layer.name)
        after = graph.only_consumer(producer.name) is layer and takes(producer)
        neighbour = producer if after else consumer
        if neighbour is None or not takes(neighbour):
            continue
        combined = _combined(neighbour, layer, after)
        if combined is not None:
            graph = graph.replaced(neighbour.name, combined).without(layer.name)
    return graph


def _combined(neighbour: Layer, normalization: Layer, after: bool) -> Layer | None:
    """A neighbour with the factors and shifts after it, or before it."""
    if not isinstance(neighbour, Scalable):
        return None
    constants = normalization.constants()
    factor, shift = real_values(constants["scale"]), real_values(constants["shift"])
    return neighbour.scaled_reals(factor, shift) if after else neighbour.reading_scaled_reals(factor, shift)
