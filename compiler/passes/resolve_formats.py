"""Pass: fill in formats that follow from the proven ranges."""

from __future__ import annotations

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.passes.runner import PassOptions


def resolve_formats(graph: Graph, options: PassOptions) -> Graph:
    """Give each layer that keeps all bits (such as a plain ReLU) the format that the range of its input requires."""
    known: dict[str, Tensor] = {}
    for layer in graph.layers:
        sources = [known[name] for name in layer.inputs]
        parts = layer.parts(sources, lambda part, own=layer.name, now=graph: now.free_name(f"{own}_{part}"))  # type: ignore[misc]
        for part in parts:
            known[part.name] = part.infer([known[name] for name in part.inputs])
        subject = graph.describe(layer)
        graph = graph.expanded(layer.name, parts).noticing(layer.notice(subject, sources))
        if len(parts) == 1 and parts[0] is not layer:
            graph = graph.noticing(parts[0].notice(subject, sources))
    return graph
