"""Pass: turn requested outputs into the index of their largest element."""

from __future__ import annotations

from dataclasses import replace

from compiler.errors import ConfigError
from compiler.ir.graph import Graph
from compiler.ir.registry import layer_types
from compiler.nearest import nearest
from compiler.passes.runner import PassOptions


class AppendArgmax:
    """Appends ``<output>_argmax`` to every output named in ``options.argmax``."""

    __name__ = "append_argmax"

    def __call__(self, graph: Graph, options: PassOptions) -> Graph:
        for name in sorted(options.argmax):
            if name not in graph.outputs:
                near = nearest(name, graph.outputs)
                raise ConfigError(f"design.yaml: outputs: {name}", f"is not a network output; did you mean {near!r}?")
            argmax = layer_types()["argmax"](f"{name}_argmax", (name,))
            outputs = tuple(argmax.name if output == name else output for output in graph.outputs)
            graph = replace(graph, layers=(*graph.layers, argmax), outputs=outputs)
        return graph
