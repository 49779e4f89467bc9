"""Pass: tell layers whose results are no binary fractions how finely their readers look at them."""

from __future__ import annotations

from compiler.ir.graph import Graph
from compiler.passes.runner import PassOptions


def settle_decisions(graph: Graph, options: PassOptions) -> Graph:
    """Pass the points at which readers decide (codes, ties, thresholds) up to the layers they read."""
    bits = _decision_bits(graph)
    return graph.mapped(lambda layer: layer if (own := bits[layer.name]) is None else layer.decided_at(own))


def _decision_bits(graph: Graph) -> dict[str, int | None]:
    """Per tensor, fraction bits of the points at which anything behind it decides; ``None`` if something follows all.

    What only moves values, or picks the largest, is looked through. Readers come first, so every layer is met once.
    """
    wanted: dict[str, list[int | None]] = {layer.name: [] for layer in graph.layers}
    found: dict[str, int | None] = {}
    for layer in reversed(graph.layers):
        readers = [None] if layer.name in graph.outputs else wanted[layer.name]
        known = [bits for bits in readers if bits is not None]
        found[layer.name] = max(known) if known and len(known) == len(readers) else None
        if layer.inputs:
            own = found[layer.name] if layer.passes_order() else layer.decides_at()
            for name in layer.inputs:
                wanted[name].append(own)
    return found
