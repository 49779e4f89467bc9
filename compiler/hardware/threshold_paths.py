"""The paths through `staircase_lanes.vhd`: comparisons with constants in balanced logic, and exclusive ors of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.requantize_paths import LUT_INPUTS

_PINS = 2  # driven by one bit in a comparison
_SHARED = 3  # loads of a net between LUTs: parts of comparisons are shared by neighbouring thresholds
# LUTs in a row, by a fit above the slowest of eight drawn contents of 30 sizes: for every doubling of the steps, and
# for a comparison by the bits beyond the inputs of a LUT, up to a limit and one for every doubling of the wide.
_FOR_DOUBLING = 0.92
_FOR_BIT = 0.5
_FOR_COMPARISON = 2.12
_WIDE = 14  # bits


@dataclass(frozen=True)
class ThresholdPaths:
    """The paths of one lane, no faster than those of the worst thresholds.

    Attributes:
        bits: Of the input.
        steps: Thresholds.
        enabled: Flip-flops that valid enables at once; 0 if none are.
    """

    bits: int
    steps: int
    enabled: int

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        enable = technology.start + technology.net(self.enabled) + technology.enable
        inner = (PathDelay(PathClass.CONTROL, enable),) if self.enabled else ()
        whole = self._logic(technology) + technology.into_register
        return HardwarePaths((Entry(PathClass.DATA, _PINS * self.steps, whole),), inner, technology.start)

    def _logic(self, technology: Technology) -> Delay:
        """From the nets of the code to the result."""
        if self.bits <= LUT_INPUTS:
            return technology.luts(1)
        compared = min(_FOR_BIT * (self.bits - LUT_INPUTS), _FOR_COMPARISON) + math.log2(max(self.bits / _WIDE, 1.0))
        levels = max(compared + _FOR_DOUBLING * math.log2(self.steps + 1), 1.0)
        between = technology.net(_SHARED)
        ns = levels * technology.fabric.lut.mean + (levels - 1.0) * between.ns
        return Delay(ns, math.ceil(levels), between.fan_out)
