"""The paths through `threshold.vhd`: comparisons with constants, and the logic after them that counts the true ones."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.requantize_paths import LUT_INPUTS

_PINS = 2  # driven by one bit in a comparison


@dataclass(frozen=True)
class ThresholdPaths:
    """The paths of one lane.

    Attributes:
        bits: Of the input.
        steps: Thresholds.
        enabled: Flip-flops that valid enables at once; 0 if none are.
        levels: LUTs after the comparisons.
    """

    bits: int
    steps: int
    enabled: int
    levels: int = 1

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        compared = technology.comparison(self.bits) + Delay(technology.fabric.carry.o_to_out)
        whole = compared + technology.net(2) + technology.luts(self.levels) + technology.into_register
        if self.bits <= LUT_INPUTS:
            whole = technology.luts(self.levels) + technology.into_register
        enable = technology.start + technology.net(self.enabled) + technology.enable
        inner = (PathDelay(PathClass.CONTROL, enable),) if self.enabled else ()
        return HardwarePaths((Entry(PathClass.DATA, _PINS * self.steps, whole),), inner, technology.start)
