"""Pass: give network inputs the number format declared in design.yaml."""

from __future__ import annotations

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.host_quantizer import ScaledHostQuantizer
from bxnn.compiler.passes.runner import PassOptions


class DeclareInputs:
    """Writes ``options.inputs`` into the input layers."""

    __name__ = "declare_inputs"

    def __call__(self, graph: Graph, options: PassOptions) -> Graph:
        for name, quantizer in options.inputs.items():
            if name not in graph.inputs:
                problem = unknown(name, graph.inputs, "is not a network input")
                raise ConfigError(f"design.yaml: inputs: {name}", problem)
            layer = graph.layer(name)
            if isinstance(layer, Input) and not isinstance(layer.quantizer, ScaledHostQuantizer):  # has it already
                graph = graph.replaced(name, layer.declared(quantizer))
        return graph
