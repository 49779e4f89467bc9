"""The paths through `staircase_lanes.vhd`: comparisons with constants in balanced logic, and exclusive ors of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import LUT_INPUTS
from bxnn.compiler.hardware.path_class import PathClass

_PINS = 2  # driven by one bit in a comparison
_SHARED = 3  # loads of a net between LUTs: parts of comparisons are shared by neighbouring thresholds
# LUTs in a row, by a fit above the slowest of eight drawn contents of 30 sizes: for every doubling of the steps, and
# for a comparison by the bits beyond the inputs of a LUT, up to a limit and one for every doubling of the wide.
_FOR_DOUBLING = 0.92
_FOR_BIT = 0.5
_FOR_COMPARISON = 2.12
_WIDE = 14  # bits


# If comparisons have registers, by the slowest of drawn contents: bits beyond which they take a LUT more in a row, and
# like how many bits a doubling of the steps counts; and loads of nets.
_THIRD = 11.1, 0.4
_FIFTH = 26.8, 1.3
_FEWEST_IN_HALVES = 3  # steps; with fewer, halves of a code of more bits than two LUTs take a LUT less
_OF_A_PART = 64  # pins
_LOADED = 6  # of registers, and of nets between LUTs other than the first
_COUNTING = 2  # of nets between LUTs that count
_FEW_STEPS = 4  # doublings; beyond, counting takes a LUT less


@dataclass(frozen=True)
class ThresholdPaths:
    """The paths of one lane, no faster than those of the worst thresholds.

    Attributes:
        bits: Of the input.
        steps: Thresholds.
        enabled: Flip-flops that valid enables at once; 0 if none are.
        out_bits: Of a result.
        copied: If every comparison has a register, most flip-flops that a copy of valid enables; ``None`` if none has.
        max_fanout: Most loads of a valid, or of its copies; ``None`` if it has no copies.
    """

    bits: int
    steps: int
    enabled: int
    out_bits: int = 1
    copied: int | None = None
    max_fanout: int | None = None

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        enabled = self.enabled if self.copied is None else min(self.enabled, max(self.copied, self.out_bits))
        shared = min(enabled, self.max_fanout or enabled)
        enable = technology.start + technology.net(shared) + technology.enable
        inner = (PathDelay(PathClass.CONTROL, enable),) if enabled else ()
        if self.copied is None:
            whole = self._logic(technology) + technology.into_register
            valid = (Entry(PathClass.CONTROL, enabled, technology.enable),) if enabled else ()
            entry = Entry(PathClass.DATA, _PINS * self.steps, whole)
            return HardwarePaths((entry,), inner, technology.start, valid=valid)
        return HardwarePaths(
            (Entry(PathClass.DATA, self._pins_compared, self._compared(technology)),),
            (*inner, PathDelay(PathClass.DATA, self._counted(technology))),
            technology.start,
        )

    @property
    def _pins_compared(self) -> int:
        """Driven by one bit; parts of long codes are compared with few values."""
        pins = self.steps + 1
        return pins if self.bits <= 2 * LUT_INPUTS else min(pins, max(_OF_A_PART, pins // 2))

    def _compared(self, technology: Technology) -> Delay:
        """From the nets of the code to the registers of the comparisons."""
        levels = self._levels_compared
        found = technology.luts(1)
        if levels > 1:
            found += technology.net(max(self.steps // 2, _SHARED)) + technology.luts(levels - 1, _LOADED)
        return found + technology.into_register

    @property
    def _levels_compared(self) -> int:
        """LUTs in a row between a code and the register of a comparison."""
        if self.bits <= LUT_INPUTS:
            return 1
        doublings = math.log2(self.steps + 1)
        third, fifth = (self.bits + weight * doublings > most for most, weight in (_THIRD, _FIFTH))
        fourth = self.bits > 2 * LUT_INPUTS and self.steps >= _FEWEST_IN_HALVES
        wider = max(math.ceil(math.log2(self.bits / (4 * LUT_INPUTS))), 0)
        return 2 + third + fourth + fifth + wider

    def _counted(self, technology: Technology) -> Delay:
        """From the registers of the comparisons to that of the result."""
        doublings = math.ceil(math.log2(self.steps + 1))
        levels = max(doublings - 1 - (doublings > _FEW_STEPS), 1)
        through = technology.net(_LOADED) + technology.luts(levels, _COUNTING)
        return technology.start + through + technology.into_register

    def _logic(self, technology: Technology) -> Delay:
        """From the nets of the code to the result."""
        if self.bits <= LUT_INPUTS:
            return technology.luts(1)
        compared = min(_FOR_BIT * (self.bits - LUT_INPUTS), _FOR_COMPARISON) + math.log2(max(self.bits / _WIDE, 1.0))
        levels = max(compared + _FOR_DOUBLING * math.log2(self.steps + 1), 1.0)
        between = technology.net(_SHARED)
        ns = levels * technology.fabric.lut.mean + (levels - 1.0) * between.ns
        return Delay(ns, math.ceil(levels), between.fan_out)
