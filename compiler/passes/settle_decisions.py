"""Pass: tell layers whose results are no binary fractions how finely their readers look at them."""

from __future__ import annotations

from compiler.ir.graph import Graph
from compiler.passes.runner import PassOptions


def settle_decisions(graph: Graph, options: PassOptions) -> Graph:
    """Pass the points at which readers decide (codes, ties, thresholds) up to the layers they read."""
    for layer in graph.layers:
        bits = _decision_bits(graph, layer.name)
        if bits is not None:
            graph = graph.replaced(layer.name, layer.decided_at(bits))
    return graph


def _decision_bits(graph: Graph, name: str) -> int | None:
    """Fraction bits of the points at which anything behind a tensor decides; ``None`` if something follows all of it.

    What only moves values, or picks the largest, is looked through.
    """
    if name in graph.outputs:
        return None
    finest: int | None = None
    for reader in graph.consumers(name):
        bits = _decision_bits(graph, reader.name) if reader.passes_order() else reader.decides_at()
        if bits is None:
            return None
        finest = bits if finest is None else max(finest, bits)
    return finest
