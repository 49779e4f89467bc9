"""Quantizers per element in hardware: one per lane, as wide as the element's own code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.lane_paths import LanePaths
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.requantize_paths import CLAMP_PINS, RequantizePaths, are_powers
from bxnn.compiler.hardware.valid_loads import enabled_lanes
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.integers import code_bits
from bxnn.compiler.numeric.rounding import Rounding
from bxnn.compiler.numeric.tensor import Int, Tensor


@dataclass(frozen=True, eq=False)
class ElementLanes:
    """The lanes of a quantizer per element; every array is int64, shape (lanes,).

    Attributes:
        width: Bits of the lane's own code; 0 for one that is always 0.
        signed: Whether it is two's complement.
        shift: Fraction bits to drop; negative ones are appended.
        zeros: Low bits on the wire that are always zero.
        low: Smallest own code.
        high: Largest own code.
        rounded: Bits that are rounded.
        clamped: Bits that are saturated.
    """

    width: Int
    signed: Int
    shift: Int
    zeros: Int
    low: Int
    high: Int
    rounded: Int
    clamped: Int

    @classmethod
    def of(cls, quantizer: ElementQuantizer, source: Tensor, layout: Layout) -> Self | None:
        """The lanes of a layout; ``None`` if one of them carries elements of different formats."""
        shift = source.format.fraction_bits - quantizer.fraction_bits
        ends = zip(source.low.ravel().tolist(), source.high.ravel().tolist(), strict=True)
        own_bits = np.array([code_bits(low, high) for low, high in ends], np.int64).reshape(source.shape)
        dropped = np.where((quantizer.widths > 0) & (quantizer.rounding is not Rounding.TRN), np.maximum(shift, 0), 0)
        columns = (
            quantizer.widths,
            (quantizer.low < 0).astype(np.int64),
            np.where(quantizer.widths > 0, shift, 0),
            quantizer.zeros,
            quantizer.low,
            quantizer.high,
            np.where(dropped > 0, np.maximum(own_bits - dropped, 0), 0),
            np.where(quantizer.clamps(source), quantizer.widths, 0),
        )
        flat = [np.broadcast_to(column, source.shape).ravel() for column in columns]
        lanes = []
        for lane in layout.elements.T:
            elements = lane[lane >= 0]
            if not elements.size:  # a lane that never carries an element
                lanes.append([0] * len(columns))
                continue
            formats = np.stack([column[elements] for column in flat[:6]])
            if not (formats == formats[:, :1]).all():
                return None
            lanes.append([*formats[:, 0], *(column[elements].max() for column in flat[6:])])
        return cls(*np.array(lanes, np.int64).T)

    @property
    def fabric(self) -> Fabric:
        """Registers of the lanes' own codes and of valid, and the logic that rounds and saturates."""
        amounts = Fabric(rounded_bits=int(self.rounded.sum()), clamped_bits=int(self.clamped.sum()))
        return Fabric.registers(int(self.width.sum()) + 1) + amounts

    def stage(
        self, layout: Layout, source: Tensor, function: ElementQuantizer, pipelining: Pipelining
    ) -> PipelineStage:
        """One register after the logic.

        Args:
            layout: Of the codes.
            source: The input tensor.
            function: The function of all elements.
            pipelining: How many loads a valid may have.
        """
        logic = self.logic(source, function, pipelining.most_loads)
        started = enabled_lanes(layout.lanes, int(self.width.max(initial=1)), CLAMP_PINS)
        return PipelineStage(layout, layout.after_register(), 1, self.fabric, logic, enabled=started)

    def logic(self, source: Tensor, function: ElementQuantizer, max_fanout: int) -> LanePaths:
        """The paths of the lanes; of equal ones only one is kept."""
        bits, enabled = source.bits + int(not source.format.signed), int(self.width.sum())
        clamped = (self.clamped > 0).astype(np.int64)
        columns = np.stack([self.width, self.signed, self.shift, clamped, self.low, self.high], axis=1)
        return LanePaths(
            tuple(
                RequantizePaths(
                    bits,
                    shift,
                    function.rounding,
                    bool(clamps),
                    width,
                    bool(signed),
                    are_powers(low, high),
                    False,
                    enabled,
                    rectified=function.rectified,
                    max_fanout=max_fanout,
                )
                for width, signed, shift, clamps, low, high in np.unique(columns[self.width > 0], axis=0).tolist()
            )
        )

    @property
    def constants(self) -> Mapping[str, Any]:
        """Values for the VHDL template."""
        return {"lane_formats": np.stack([self.width, self.signed, self.shift, self.zeros], axis=1), "lanes": self}


def element_constants(quantizer: ElementQuantizer, source: Tensor) -> Mapping[str, NDArray[np.int64]]:
    """Values for the HLS template, element by element: shift, zeros, smallest and largest code."""
    shift = np.where(quantizer.widths > 0, source.format.fraction_bits - quantizer.fraction_bits, 0)
    columns = (shift, quantizer.zeros, quantizer.low, quantizer.high)
    shifts, zeros, lows, highs = (np.broadcast_to(column, source.shape).ravel() for column in columns)
    return {"shifts": shifts, "zeros": zeros, "lows": lows, "highs": highs}
