"""The cost model: predicted LUTs and flip-flops of everything that is not a DSP slice.

Layers and bindings say what they are made of (`compiler.ir.fabric`); the prices of those parts come from syntheses of
the VHDL library (`compiler.schedule.prices`, docs/cost_model.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from compiler.hardware.schedule import Adapter
from compiler.ir.cost import Cost, CostError
from compiler.ir.fabric import Fabric
from compiler.schedule.prices import ERRORS, FF_PRICE, LUT_PRICES

FRAME_PARALLEL_ERROR = CostError(*ERRORS["frame_parallel"])
STREAMING_ERROR = CostError(*ERRORS["streaming"])


def cost_of(fabric: Fabric) -> Cost:
    """LUTs and flip-flops of some fabric, rounded to whole ones."""
    lut = sum(price * getattr(fabric, name) for name, price in LUT_PRICES.items())
    return Cost(round(lut), round(FF_PRICE * fabric.register_bits))


def adapters_cost(adapters: Sequence[Adapter], bits: int, unread: int = 0) -> Cost:
    """Cost of the wiring between two layers.

    Args:
        adapters: In order.
        bits: Width of an element.
        unread: Elements that the layer behind does not read.
    """
    return sum((cost_of(fabric) for fabric in adapter_fabrics(adapters, bits, unread)), start=Cost())


def adapter_fabrics(adapters: Sequence[Adapter], bits: int, unread: int = 0) -> list[Fabric]:
    """What a chain of adapters is made of; a `serialize` reads all that is held before it."""
    last = len(adapters) - 1
    return [adapter_fabric(adapter, bits, unread if n == last else 0) for n, adapter in enumerate(adapters)]


def adapter_fabric(adapter: Adapter, bits: int, unread: int = 0) -> Fabric:
    """What an adapter is made of; nothing holds what the layer behind does not read."""
    source, result, cycles = adapter.source, adapter.result, adapter.latency_cycles
    if adapter.name == "delay":
        return Fabric.delay(source.lanes * bits, cycles) + Fabric.registers(cycles)
    if adapter.name == "serialize":
        lanes = Fabric.multiplexer(result.phases, result.lanes * bits) + Fabric.registers(result.lanes * bits)
        return lanes + Fabric.sequencer(result.phases, 1, 1)
    kept = (2 * source.phases - 1) * source.lanes  # what has come, and the result that is held
    return Fabric.registers((kept - unread if adapter.name == "hold" else kept) * bits + cycles)
