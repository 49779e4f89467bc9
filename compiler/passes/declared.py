"""Which layer a type in design.yaml is declared for."""

from __future__ import annotations

from collections.abc import Mapping

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.passes.runner import PassOptions
from bxnn.layers.decision import Decision


def declared_results(graph: Graph, options: PassOptions) -> Mapping[str, FixedQuantizer]:
    """``options.results`` by the layers of the graph.

    To the user, a layer whose activation is a final sigmoid or softmax is one layer, and its result is the score.
    """
    return {_meant(graph, name): quantizer for name, quantizer in options.results.items()}


def _meant(graph: Graph, name: str) -> str:
    readers = [layer for layer in graph.consumers(name) if not isinstance(layer, Decision)]
    final = [layer for layer in readers if layer.left_out_at_output() is not None and not layer.names_output()]
    return final[0].name if len(final) == len(readers) == 1 else name
