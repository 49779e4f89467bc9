"""Which layer a declared type of a result is for."""

from __future__ import annotations

from collections.abc import Mapping

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.declared_types import DeclaredType
from bxnn.compiler.passes.runner import PassOptions
from bxnn.layers.decision import Decision

SUM = "_sum"  # what the activation of a layer reads


def declared_results(graph: Graph, options: PassOptions) -> Mapping[str, DeclaredType]:
    """``options.results`` by layers of the graph; names that stand for none are left out."""
    found = ((result_of(graph, name), declared) for name, declared in options.results.items())
    return {layer.name: declared for layer, declared in found if layer is not None}


def result_of(graph: Graph, name: str) -> Layer | None:
    """The layer whose result a name in a configuration stands for; ``None`` if there is none.

    To the user, a layer and its activation are one layer, and its result is that of the activation.
    """
    known = {layer.name: layer for layer in graph.layers if layer.inputs}
    if name in graph.ends:
        return known.get(graph.end_of(name))
    if name in known:
        return known[_meant(graph, name)]
    own = name.removesuffix(SUM)
    return known.get(own) if name.endswith(SUM) and graph.ends.get(own) in known else None


def _meant(graph: Graph, name: str) -> str:
    readers = [layer for layer in graph.consumers(name) if not isinstance(layer, Decision)]
    final = [layer for layer in readers if layer.left_out_at_output() is not None and not layer.names_output()]
    return final[0].name if len(final) == len(readers) == 1 else name
