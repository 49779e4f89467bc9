"""What the layers that a partial design does not have yet need at least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.schedule.bounds import Least


@dataclass(frozen=True)
class Remaining:
    """The minimum of the last layers of an order.

    Attributes:
        dsp: DSP slices.
        lut: Look-up tables.
        cycles: From each tensor that they read to the last result that depends on it.
    """

    dsp: int
    lut: int
    cycles: Mapping[str, int]


def remaining_after(order: Sequence[HardwareLayer], least: Mapping[str, Least]) -> list[Remaining]:
    """For each layer of an order, what those after it need.

    Args:
        order: Every layer after those that it reads.
        least: The minimum of each layer by name.
    """
    dsp = lut = 0
    cycles: dict[str, int] = {}
    found = []
    for layer in reversed(order):
        found.append(Remaining(dsp, lut, dict(cycles)))
        own = least[layer.name]
        dsp, lut = dsp + own.dsp, lut + own.lut
        path = own.latency_cycles + cycles.get(layer.name, 0)
        for name in layer.inputs:
            cycles[name] = max(cycles.get(name, 0), path)
    return found[::-1]
