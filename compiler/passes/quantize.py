"""Pass: trained floats become integer codes."""

from __future__ import annotations

from bxnn.compiler.errors import InputError, ModelError, raise_all
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.passes.runner import PassOptions


def quantize(graph: Graph, options: PassOptions) -> Graph:
    """Apply every weight quantizer, once. After this pass, no value changes.

    Raises:
        ModelError: If constants have no exact codes; the problems of all layers together.
    """
    problems: list[InputError] = []

    def quantized(layer: Layer) -> Layer:
        try:
            return layer.quantized()
        except ModelError as error:
            problems.append(error)
            return layer

    found = graph.mapped(quantized)
    raise_all(problems)
    return found
