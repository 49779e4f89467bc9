"""Events outside the range for which the formats of a network's inputs were chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.notices import DeclaredTypesApplied
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer, HostQuantizer
from bxnn.compiler.numeric.host_quantizer import ScaledHostQuantizer


def events_outside(graph: Graph, values: Mapping[str, NDArray[Any]]) -> int | None:
    """How many events have an input that its format cannot hold, not even rounded.

    Args:
        graph: A graph after the pipeline.
        values: Real-valued events by name of the input.

    Returns:
        ``None`` for a network whose formats are its own: what it does with such numbers was trained.
    """
    if not any(isinstance(notice, DeclaredTypesApplied) for notice in graph.notices):
        return None
    outside = np.zeros(len(next(iter(values.values()))), np.bool_)
    for name, array in values.items():
        layer = graph.layer(name)
        assert isinstance(layer, Input)
        quantizer = layer.quantizer
        if quantizer is None:
            continue
        scaled = _scaled(quantizer, array)
        beyond = (scaled > quantizer.high + 0.5) | (scaled < quantizer.low - 0.5)
        outside |= beyond.reshape(len(beyond), -1).any(axis=1)
    return int(outside.sum())


def _scaled(quantizer: HostQuantizer, values: NDArray[Any]) -> NDArray[np.float64]:
    """What becomes a code when it is rounded."""
    if isinstance(quantizer, ScaledHostQuantizer):
        return quantizer.scaled(values) - quantizer.zero_point
    bits: Any = quantizer.fraction_bits if isinstance(quantizer, ElementQuantizer) else quantizer.format.fraction_bits
    return np.asarray(np.ldexp(np.asarray(values, np.float64), bits))
