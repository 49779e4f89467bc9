"""What every layer of an hls4ml model computes, before layers are merged for the firmware."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bxnn.compiler.frontend.hls4ml.hls4ml_graph import translated
from bxnn.compiler.frontend.hls4ml.wide_ports import input_notices
from bxnn.compiler.hls4ml_backend.joined_outputs import joined
from bxnn.compiler.hls4ml_backend.port_arrays import port_arrays
from bxnn.compiler.ir.graph import Graph

_AT_ONCE = 256  # events, since products of a layer are kept for all of them


def traced_layers(model: Any, x: Any) -> dict[str, Any]:
    """Real values of the layers that hls4ml's configuration says to trace, by hls4ml's names; exact.

    Args:
        model: A ModelGraph.
        x: One array, or a list with one per input, events first.
    """
    from bxnn.sim.reference import Reference

    name = str(model.config.get_project_name())
    translation = translated(model, name)
    kept = tuple(layer for layer in translation.layers if layer.left_out_at_output() is None)
    names = {layer.name for layer in kept}
    wanted = {
        node.name: translation.written[node.outputs[0]]
        for node in model.get_layers()
        if node.get_attr("trace", False) and translation.written.get(node.outputs[0]) in names
    }
    graph = Graph(name, kept, (kept[-1].name,), input_notices(kept, translation.wide))
    reference = Reference(graph)
    found: dict[str, list[Any]] = {name: [] for name in wanted}
    for inputs in _parts(reference, x):
        codes = reference.evaluate(reference.quantize_inputs(inputs))
        for name, layer in wanted.items():
            value, grid = translation.wide.get(layer), reference.tensors[layer].format.fraction_bits
            if value is None:
                found[name].append(np.ldexp(codes[layer].astype(np.float64), -grid))
            else:
                found[name].append(joined(graph, value.high, value.low, codes))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _parts(reference: Any, x: Any) -> Iterator[dict[str, Any]]:
    """Some events of every input at a time, in the shapes of the ports."""
    shaped = port_arrays(reference.graph, reference.graph.name, x)
    events = len(next(iter(shaped.values())))
    for start in range(0, events, _AT_ONCE):
        yield {name: values[start : start + _AT_ONCE] for name, values in shaped.items()}
