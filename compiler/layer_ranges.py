"""What each layer computes for some events, against the range and the resolution of its format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.saturation import outside, outside_real
from bxnn.compiler.report.accuracy_facts import LayerRange

if TYPE_CHECKING:
    from bxnn.sim.reference import Reference

_NUMBERS = 1 << 22  # of all layers; more say no more about ranges, and take memory


def layer_ranges(reference: Reference, values: Mapping[str, NDArray[Any]]) -> tuple[int, tuple[LayerRange, ...]]:
    """The number of events that were looked at, the first ones, and every input and layer in the order of the network.

    Args:
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
    """
    graph, tensors = reference.graph, reference.tensors
    most = max(_NUMBERS // sum(tensor.size for tensor in tensors.values()), 1)
    first = {name: array[:most] for name, array in values.items()}
    codes = reference.evaluate(reference.quantize_inputs(first))
    found = []
    for layer in graph.layers:
        saturated = None
        if isinstance(layer, Input):
            quantizer = layer.quantizer
            if quantizer is not None:
                saturated = outside_real(quantizer, first[layer.name])
        else:
            quantizer = layer.host_quantizer()
            if quantizer is not None:
                source = tensors[layer.inputs[0]]
                saturated = outside(quantizer, codes[layer.inputs[0]], source.format.fraction_bits)
        share = None if saturated is None else float(saturated.mean())
        found.append(_range(graph.spelled(layer.name), tensors[layer.name].format, codes[layer.name], share))
    return len(next(iter(first.values()))), tuple(found)


def _range(name: str, own: FixedFormat, codes: NDArray[Any], saturated: float | None) -> LayerRange:
    values = codes.astype(np.float64).ravel() * own.lsb
    sizes = np.abs(values[values != 0])
    quartiles = np.quantile(sizes, [0, 0.25, 0.75, 1], method="inverted_cdf").tolist() if sizes.size else None
    return LayerRange(
        layer=name,
        format=str(own),
        lsb=own.lsb,
        format_low=own.low * own.lsb,
        format_high=own.high * own.lsb,
        low=float(values.min(initial=np.inf)),
        high=float(values.max(initial=-np.inf)),
        sizes=None if quartiles is None else tuple(quartiles),
        saturated=saturated,
    )
