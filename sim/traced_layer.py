"""What each layer of a compiled network computes for some events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.sim.reference import Reference


@dataclass(frozen=True, eq=False)
class TracedLayer:
    """A layer, or an input of the network.

    Attributes:
        name: Its name.
        kind: What it is, such as ``dense``.
        format: Number format of its codes.
        codes: int64, events first: the bits in the firmware.
        values: float64, the numbers that the codes stand for.
    """

    name: str
    kind: str
    format: FixedFormat
    codes: NDArray[np.int64]
    values: NDArray[np.float64]

    def __repr__(self) -> str:
        low, high = (f"{self.values.min():g}", f"{self.values.max():g}") if self.values.size else ("-", "-")
        return f"<bxnn.TracedLayer {self.name} ({self.kind}) {self.format}, shape {self.values.shape}, {low} .. {high}>"


def traced_layers(reference: Reference, values: Mapping[str, NDArray[Any]]) -> dict[str, TracedLayer]:
    """All layers in the order of the network, by name as in the model file.

    Args:
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
    """
    graph = reference.graph
    codes = reference.evaluate(reference.quantize_inputs(values))
    found = {}
    for layer in graph.layers:
        name, own = graph.spelled(layer.name), codes[layer.name]
        stands_for = graph.real_values if layer.inputs else reference.input_values
        real = np.asarray(stands_for(layer.name, own), np.float64)
        found[name] = TracedLayer(name, layer.kind, reference.tensors[layer.name].format, own.astype(np.int64), real)
    return found
