"""The paths of pipelined trees: adders, or comparators that pass on the larger of two values."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.sum_trees import Shifts, SumTrees, different_adders
from bxnn.compiler.hardware.tree_adders import Adder, TreeAdders
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.tensor import Int

COMPARED_PINS = 3  # driven by one bit in a comparator: comparison, its chain, selection


@dataclass(frozen=True)
class TreePaths:
    """The paths of trees of adders or comparators.

    Attributes:
        levels: For every level, whether a register follows it; the level next to the leaves first.
        bits: Bits of a comparator.
        adders: The different adders of every level; none if the nodes compare.
        readers: Comparators that read a bit of an input.
        enabled: Flip-flops that valid enables at once; 0 if none.
        inverted: Whether the signs of leaves come inverted.
        repeated: Most flip-flops that the sign of a finished sum drives.
        repeated_within: The same of a sum that is added to others after a register.
        chosen: Flip-flops that a comparison resets before the first register, as one of the values that it chooses from
            has a constant there; 0 if none.
        chosen_within: The same after the first register.
        shifts: Where registers in a row are shift-register LUTs.
    """

    levels: tuple[bool, ...]
    bits: int = 0
    adders: tuple[tuple[Adder, ...], ...] = ()
    readers: int = 1
    enabled: int = 0
    inverted: bool = False
    repeated: int = 1
    repeated_within: int = 1
    chosen: int = 0
    chosen_within: int = 0
    shifts: Shifts = field(default_factory=Shifts)

    @classmethod
    def of_sums(cls, levels: tuple[bool, ...], trees: SumTrees, bits: int, inverted: bool) -> TreePaths:
        """Trees that add the sums of slices, of which ``bits`` low bits are read."""
        return cls(levels, adders=trees.adders(bits), inverted=inverted, shifts=trees.shifts(levels))

    @classmethod
    def of_codes(cls, levels: tuple[bool, ...], bits: int, leaves: Int) -> TreePaths:
        """Trees whose adders synthesis makes as wide as any sum of their addends, but no wider than the result.

        Args:
            levels: See above.
            bits: Bits of the result.
            leaves: Bits of every leaf; int64, shape (trees, leaves).
        """
        trees, count = leaves.shape
        padded = np.zeros((trees, 1 << ceil_log2(count)), np.int64)
        padded[:, :count] = leaves
        sums, below = [], padded
        for _ in levels:
            first, second = below[:, ::2], below[:, 1::2]
            below = np.where(second > 0, np.minimum(np.maximum(first, second) + 1, bits), first)
            sums.append(below)
        adders = different_adders(padded, np.arange(padded.shape[1]) < count, sums)
        within = bits - int(sums[0].min()) + 1 if len(sums) > 1 else 1
        repeated, shifts = bits - int(below.min()) + 1, Shifts.of(padded > 0, levels)
        return cls(levels, adders=adders, repeated=repeated, repeated_within=within, shifts=shifts)

    @classmethod
    def comparators(cls, levels: tuple[bool, ...], bits: int, readers: int, enabled: int, chosen: int = 0) -> TreePaths:
        """A tree of comparators, each bit of whose input has this many readers."""
        return cls(levels, bits, readers=readers, enabled=enabled, chosen=chosen, chosen_within=chosen)

    def paths(self, technology: Technology, loads: int = 0) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        return self._added(technology) if self.adders else self._compared(technology)

    def _runs(self) -> tuple[list[int], int]:
        """Levels between registers, and after the last one."""
        runs: list[int] = []
        count = 0
        for registered in self.levels:
            count += 1
            if registered:
                runs, count = [*runs, count], 0
        return runs, count

    def _added(self, technology: Technology) -> HardwarePaths:
        runs, open_levels = self._runs()
        low, parts = 0, []
        for count in (*runs, open_levels):
            if count:
                parts.append(TreeAdders(self.adders[low : low + count], self.inverted and low == 0))
            low += count
        first, *others = parts
        entered = first.from_nets(technology)
        if not runs:
            return HardwarePaths((), (), None, Entry(PathClass.DATA, first.sinks, entered))
        shifted = Delay(technology.fabric.srl.clk_out)
        late = Delay(max(shifted.ns - technology.start.ns, 0.0)) if self.shifts.within else Delay()
        out = shifted if self.shifts.at_end else technology.start
        if open_levels:
            out = others.pop().from_registers(technology) + late
        end, last = (self._end(repeated, technology) for repeated in (self.repeated_within, self.repeated))
        inner = [
            PathDelay(PathClass.DATA, part.from_registers(technology) + late + (last if part is parts[-1] else end))
            for part in others
        ]
        entry = Entry(PathClass.DATA, first.sinks, entered + (end if others else last))
        return HardwarePaths((entry,), tuple(inner), out)

    def _end(self, repeated: int, technology: Technology) -> Delay:
        """From a sum to its registers; of several flip-flops that repeat its sign, one is in the site of the sum."""
        out = Delay(technology.fabric.carry.o_to_out)
        ends = [technology.sum_into_register]
        if repeated > 1:
            ends.append(out + technology.net(repeated) + technology.around_into_register)
        if self.shifts.within or self.shifts.at_end:
            ends.append(out + technology.net(1) + Delay(technology.fabric.srl.setup_d))
        return slowest(ends)

    def _compared(self, technology: Technology) -> HardwarePaths:
        runs, end, sinks = self._runs()[0], technology.into_register, COMPARED_PINS * self.readers
        inner = []
        if self.enabled:
            enable = technology.start + technology.net(self.enabled) + technology.enable
            inner.append(PathDelay(PathClass.CONTROL, enable))
        if not runs:
            return HardwarePaths((), tuple(inner), None, Entry(PathClass.DATA, sinks, Delay()))
        first, *others = [self._larger(count, technology) for count in runs]
        entries = [Entry(PathClass.DATA, sinks, first + end)]
        if self.chosen:
            entries.append(Entry(PathClass.CONTROL, 0, first + technology.net(self.chosen) + technology.reset))
        if others:
            within = technology.start + technology.net(COMPARED_PINS) + slowest(others)
            inner.append(PathDelay(PathClass.DATA, within + end))
            if self.chosen_within:
                reset = technology.net(self.chosen_within) + technology.reset
                inner.append(PathDelay(PathClass.CONTROL, within + reset))
        return HardwarePaths(tuple(entries), tuple(inner), technology.start)

    def _larger(self, count: int, technology: Technology) -> Delay:
        """Through a number of comparators, from the nets of their inputs."""
        node = technology.larger(self.bits)
        # The comparison of what a multiplexer passes on has one more LUT before its chain.
        following = technology.net(COMPARED_PINS) + technology.luts(1) + technology.net(1) + node
        return reduce(Delay.__add__, [following] * (count - 1), node)
