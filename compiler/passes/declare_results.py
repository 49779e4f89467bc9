"""Pass: round layer results to the number formats declared for them."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import DeclaredResult
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.declared_types import DESIGN, DeclaredType
from bxnn.compiler.passes.declared import SUM, result_of
from bxnn.compiler.passes.runner import PassOptions
from bxnn.layers.activation import ActivationLayer


class DeclareResults:
    """Inserts a quantizer ``<layer>_result`` after each layer named in ``options.results``, after its activation.

    ``<layer>_sum`` stands for what its activation reads.
    """

    __name__ = "declare_results"

    def __call__(self, graph: Graph, options: PassOptions) -> Graph:
        for name, declared in options.results.items():
            if name in graph.typed:  # by a front end, whose file has no types
                continue
            layer = result_of(graph, name)
            if layer is None:
                names = [graph.spelled(layer.name) for layer in graph.layers if layer.inputs]
                subject = f"{declared.origin}: layers: {graph.spelled(name)}"
                raise ConfigError(subject, unknown(graph.spelled(name), names, "is not a layer"))
            graph = _rounded(graph, layer, name, declared)
        return graph


def _rounded(graph: Graph, layer: Layer, wanted: str, declared: DeclaredType) -> Graph:
    """The graph with a quantizer between a layer and all its readers."""
    name = graph.free_name(wanted if wanted.endswith(SUM) else f"{wanted}_result")
    added = ActivationLayer(name, (layer.name,), declared.whole)
    layers: list[Layer] = []
    for other in graph.layers:
        layers.append(other.reading({layer.name: name}))
        if other is layer:
            layers.append(added)
    outputs = tuple(name if output == layer.name else output for output in graph.outputs)
    derived = {port: name if origin == layer.name else origin for port, origin in graph.derived.items()}
    rounded = replace(graph, layers=tuple(layers), outputs=outputs, derived=derived)
    if declared.origin != DESIGN:  # a table of the report lists those of a calibration
        return rounded
    return rounded.noticing(DeclaredResult(graph.describe(layer), declared.whole))
