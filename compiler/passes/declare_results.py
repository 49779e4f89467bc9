"""Pass: round layer results to the number formats declared in design.yaml."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import DeclaredResult
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.passes.declared import declared_results
from bxnn.compiler.passes.runner import PassOptions
from bxnn.layers.activation import ActivationLayer


class DeclareResults:
    """Inserts a quantizer ``<layer>_result`` directly after each layer named in ``options.results``."""

    __name__ = "declare_results"

    def __call__(self, graph: Graph, options: PassOptions) -> Graph:
        done = {notice.subject for notice in graph.notices if isinstance(notice, DeclaredResult)}
        for name, quantizer in declared_results(graph, options).items():
            if graph.spelled(name) in done:  # by a front end, whose file has no types
                continue
            names = [layer.name for layer in graph.layers if layer.inputs]
            if name not in names:
                raise ConfigError(f"design.yaml: layers: {name}", unknown(name, names, "is not a layer"))
            layer = graph.layer(name)
            if not layer.takes_output:
                kinds = ", ".join(sorted(kind for kind, cls in layer_types().items() if cls.takes_output))
                raise ConfigError(
                    f"design.yaml: layers: {name}: output",
                    f"cannot be declared for {graph.describe(layer)}, only for {kinds}; quantize it in the model",
                )
            graph = _rounded(graph, layer, quantizer)
        return graph


def _rounded(graph: Graph, layer: Layer, quantizer: FixedQuantizer) -> Graph:
    """The graph with a quantizer between a layer and all its readers."""
    name = graph.free_name(f"{layer.name}_result")
    added = ActivationLayer(name, (layer.name,), quantizer)
    layers: list[Layer] = []
    for other in graph.layers:
        layers.append(other.reading({layer.name: name}))
        if other is layer:
            layers.append(added)
    outputs = tuple(name if output == layer.name else output for output in graph.outputs)
    derived = {port: name if origin == layer.name else origin for port, origin in graph.derived.items()}
    rounded = replace(graph, layers=tuple(layers), outputs=outputs, derived=derived)
    return rounded.noticing(DeclaredResult(graph.describe(layer), quantizer))
