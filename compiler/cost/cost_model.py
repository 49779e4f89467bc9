"""The cost model: predicted LUTs and flip-flops of everything that is not a DSP slice.

Layers and bindings say what they are made of (`bxnn.compiler.hardware.fabric`); the prices of those parts come from
syntheses of the VHDL library (`bxnn.compiler.cost.prices`, docs/cost_model.md).
"""

from __future__ import annotations

from bxnn.compiler.cost.prices import ERRORS, FF_PRICE, LUT_PRICES
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter, converted_resources
from bxnn.compiler.hardware.resource_usage import Cost, CostError

FRAME_PARALLEL_ERROR = CostError(*ERRORS["frame_parallel"])
STREAMING_ERROR = CostError(*ERRORS["streaming"])


def cost_of(fabric: Fabric) -> Cost:
    """LUTs and flip-flops of some fabric, rounded to whole ones."""
    lut = sum(price * getattr(fabric, name) for name, price in LUT_PRICES.items())
    return Cost(round(lut), round(FF_PRICE * fabric.register_bits))


def adapters_cost(adapters: tuple[LayoutConverter, ...], bits: int, unread: int = 0) -> Cost:
    """Cost of the wiring between two layers.

    Args:
        adapters: In order.
        bits: Width of an element.
        unread: Elements that the layer behind does not read.
    """
    return sum((cost_of(fabric) for fabric in converted_resources(adapters, bits, unread)), start=Cost())
