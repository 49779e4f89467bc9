"""The cost model: predicted LUTs and flip-flops of everything that is not a DSP slice.

Layers and bindings state what they consist of (`bxnn.compiler.hardware.fabric`); the prices of those parts come from
syntheses of the VHDL library (`bxnn.compiler.cost.prices`, docs/cost_model.md).
"""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.cost.prices import ERRORS, FF_COEFFICIENT, LUT_COEFFICIENTS
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter, converted_resources
from bxnn.compiler.hardware.resource_usage import ResourceError, ResourceUsage
from bxnn.compiler.ir.graph import Graph

# The largest errors for third-party networks: those without and those with has_own_formats (docs/shared_models.md).
THIRD_PARTY_ERROR = ResourceError(0.10, 0.08)
OWN_FORMATS_ERROR = ResourceError(0.45, 0.22)
FRAME_PARALLEL_ERROR = ResourceError(*map(max, ERRORS["frame_parallel"], astuple(THIRD_PARTY_ERROR)))
STREAMED_ERROR = ResourceError(0.03, 0.06)  # of the third-party network that streams in docs/netlist_survey.md
STREAMING_ERROR = ResourceError(*map(max, ERRORS["streaming"], astuple(STREAMED_ERROR)))


def cost_of(fabric: Fabric) -> ResourceUsage:
    """LUTs and flip-flops of some fabric, rounded to integers."""
    lut = sum(price * getattr(fabric, name) for name, price in LUT_COEFFICIENTS.items())
    return ResourceUsage(round(lut), round(FF_COEFFICIENT * fabric.register_bits))


def has_own_formats(graph: Graph) -> bool:
    """Whether elements of some tensor have their own formats: the prices of what reads them are further off."""
    tensors = graph.tensors()
    return any(layer.held_bits(tensors[layer.name]) < tensors[layer.name].bits for layer in graph.layers)


def exact_cost(fabric: Fabric) -> ResourceUsage:
    """LUTs and flip-flops of shift registers and registers that synthesis shares with nothing."""
    return ResourceUsage(fabric.shift_luts, fabric.register_bits)


def converters_cost(
    converters: tuple[LayoutConverter, ...], bits: int, unread: int = 0, read: NDArray[np.bool_] | None = None
) -> ResourceUsage:
    """Cost of the wiring between two layers.

    Args:
        converters: In order.
        bits: Width of an element.
        unread: Elements that the following layer does not read.
        read: Which elements anything reads: synthesis removes the registers of the others; ``None`` if it reads all.
    """
    sent = any(converter.result.is_serial for converter in converters)  # in turn, elements that nothing reads, too
    if read is not None and not sent and not read.all() and read.any():
        unread = max(unread - int(np.count_nonzero(~read)), 0)
        converters = tuple(replace(converter, source=converter.source.reading(read)) for converter in converters)
    parts = zip(converters, converted_resources(converters, bits, unread), strict=True)
    costs = ((exact_cost if converter.is_exact else cost_of)(fabric) for converter, fabric in parts)
    return sum(costs, start=ResourceUsage())
