"""Pass: tell layers whose results are not binary fractions how precisely their readers look at them."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.ir.finest_threshold import FinestThreshold
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.passes.runner import PassOptions


@dataclass(frozen=True)
class _Decision:
    """Fraction bits of the points at which a reader decides; the threshold that needs them, and its layer, if any."""

    bits: int
    threshold: FinestThreshold | None


def settle_decisions(graph: Graph, options: PassOptions) -> Graph:
    """Pass the points at which readers decide (codes, ties, thresholds) up to the layers that they read."""
    found = _decisions(graph)

    def told(layer: Layer) -> Layer:
        own = found[layer.name]
        return layer if own is None else layer.decided_at(own.bits, own.threshold)

    return graph.mapped(told)


def _decisions(graph: Graph) -> dict[str, _Decision | None]:
    """For each tensor, the finest decision of anything after it; ``None`` if something follows every change.

    Layers that only move values or pick the largest are transparent. Readers come first, so each layer is visited once.
    """
    wanted: dict[str, list[_Decision | None]] = {layer.name: [] for layer in graph.layers}
    found: dict[str, _Decision | None] = {}
    for layer in reversed(graph.layers):
        readers = [None] if layer.name in graph.outputs else wanted[layer.name]
        known = [decision for decision in readers if decision is not None]
        all_decide = known and len(known) == len(readers)
        found[layer.name] = max(known, key=lambda decision: decision.bits) if all_decide else None
        if layer.inputs:
            own = found[layer.name] if layer.passes_order() else _own(graph, layer)
            for name in layer.inputs:
                wanted[name].append(own)
    return found


def _own(graph: Graph, layer: Layer) -> _Decision | None:
    bits, threshold = layer.decides_at(), layer.finest_threshold()
    if bits is None:
        return None
    return _Decision(bits, None if threshold is None else FinestThreshold(threshold, graph.spelled(layer.name)))
