"""Pass: leave out final layers that firmware does not need."""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import LeftOut
from bxnn.compiler.ir.reasons import LeftOutReason
from bxnn.compiler.passes.bypass import bypassed
from bxnn.compiler.passes.declared import declared_results
from bxnn.compiler.passes.runner import PassOptions
from bxnn.layers.decision import Decision


def leave_out_at_outputs(graph: Graph, options: PassOptions) -> Graph:
    """Bypass layers such as softmax where only a network output or a decision reads them, with a notice.

    One of several outputs keeps its name. Layers whose result is declared stay: a table computes it.
    """
    for layer in reversed(graph.layers):
        reason, readers = layer.left_out_at_output(), graph.consumers(layer.name)
        if reason is None:
            continue
        if layer.takes_output and layer.name in declared_results(graph, options):
            if layer.name in (*graph.outputs, *graph.derived.values()):
                graph = replace(graph, derived={**graph.derived, layer.name: layer.inputs[0]})
            continue
        if not all(reader.follows_order_only() or isinstance(reader, Decision) for reader in readers):
            continue
        if not readers and layer.name not in graph.outputs:  # what decides reads its input
            graph = graph.without(layer.name, LeftOut(graph.describe(layer), layer.kind, reason))
        else:
            for reader in readers:
                if isinstance(reader, Decision):
                    graph = _deciding_on_logits(graph, layer, reason, reader)
            keep_name = len(graph.outputs) > 1 and layer.names_output()
            graph = bypassed(graph, layer, LeftOut(graph.describe(layer), layer.kind, reason), keep_name)
    return graph


def _deciding_on_logits(graph: Graph, layer: Layer, reason: LeftOutReason, decision: Decision) -> Graph:
    """The graph with a decision on what ``layer`` reads.

    Raises:
        ConfigError: If there is none that is equivalent.
    """
    (logits,) = layer.inputs
    shape = graph.shapes()[logits]
    made = decision.on_logits(reason, logits, shape, graph.scales.get(layer.name, graph.scales.get(logits)))
    if made is None:
        output = graph.spelled(layer.name if layer.names_output() else logits)
        problem = f"a threshold on a {layer.kind} of {shape[-1]} classes has no equivalent on its logits"
        raise ConfigError(
            f"design.yaml: outputs: {output}",
            f"{problem}; use argmax, or a threshold on the logits {graph.spelled(logits)}",
        )
    layers = [made if other is decision else (other,) for other in graph.layers]
    return replace(graph, layers=tuple(new for group in layers for new in group))
