"""Lanes that count the thresholds which their codes reach, each those of its row, and their registers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.staircase_luts import staircase_flip_flops, staircase_luts
from bxnn.compiler.hardware.threshold_paths import ThresholdPaths
from bxnn.compiler.hardware.valid_loads import enabled_lanes
from bxnn.compiler.numeric.elementwise import StepFunction
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int, Tensor


@dataclass(frozen=True, eq=False)
class StaircaseLanes:
    """The staircases of a layer.

    Attributes:
        thresholds: Counted from the lowest code, ascending; int64, shape (rows, steps).
        base: Result of every row below its thresholds; int64, shape (rows,).
        step: What each of them adds; int64, shape (rows,).
        in_bits: Of a code.
        out_bits: Of a result.
    """

    thresholds: Int
    base: Int
    step: Int
    in_bits: int
    out_bits: int

    @classmethod
    def of(cls, function: StepFunction, source: Tensor, out_bits: int) -> Self:
        """A staircase that all lanes share."""
        thresholds = threshold_codes(function, source) - source.format.low
        ends = np.array([function.base]), np.array([function.increment])
        return cls(thresholds[np.newaxis], *ends, source.bits, out_bits)

    def stage(self, layout: Layout, rows: Int, pipelining: Pipelining) -> PipelineStage:
        """One register after the logic, and one inside where the clock needs it: for every comparison.

        Args:
            layout: Of the codes.
            rows: The row of every lane.
            pipelining: Whether there is a register inside.
        """
        steps, bits, most = int(self.thresholds.shape[1]), self.out_bits, pipelining.most_loads
        registered = pipelining.inner_register and steps > 1
        flip_flops = layout.lanes * bits
        luts = round(np.array([self._luts(row, registered) for row in range(len(self.base))])[rows].sum())
        fabric = Fabric(counted_luts=luts) + Fabric.registers(flip_flops + 1)
        started = enabled_lanes(layout.lanes, bits, 0)
        if registered:
            inside = np.array([self._flip_flops(row) for row in range(len(self.base))])[rows].sum()
            copies = ceil_div(layout.lanes, max(most // bits, 1))
            started = enabled_lanes(copies, 1, 0)
            fabric += Fabric.registers(int(inside) + copies + 1)
        enabled = 0 if layout.is_serial else flip_flops
        logic = ThresholdPaths(self.in_bits, steps, enabled, bits, most if registered else None, most)
        return PipelineStage(
            layout,
            layout.after_register(),
            1 + registered,
            fabric,
            logic,
            pipelining=pipelining,
            enabled=started,
        )

    def _luts(self, row: int, registered: bool) -> float:
        ends = int(self.base[row]), int(self.step[row])
        return staircase_luts(self.thresholds[row].tolist(), *ends, self.in_bits, self.out_bits, registered)

    def _flip_flops(self, row: int) -> int:
        ends = int(self.base[row]), int(self.step[row])
        return staircase_flip_flops(self.thresholds[row].tolist(), *ends, self.in_bits, self.out_bits)


def threshold_codes(function: StepFunction, source: Tensor) -> Int:
    """Thresholds in codes of the input; one outside its range acts like one just outside, which needs no more bits."""
    exact = function.integer_thresholds(source.format.fraction_bits)
    codes = np.clip(np.array(exact, dtype=object), source.format.low - 1, source.format.high + 1)
    return np.asarray(codes.astype(np.int64))
