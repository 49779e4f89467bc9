"""The binding of maxima over windows whose elements arrive one after another: nothing is collected before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import LEAST_SHIFT, Fabric
from bxnn.compiler.hardware.hold import loaded
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.running_windows import RunningWindows
from bxnn.compiler.hardware.tree_paths import COMPARED_PINS, TreePaths


@dataclass(frozen=True, eq=False)
class RunningMaximum(PipelineStage):
    """``running_max.vhd``: every lane compares what arrives with the largest so far of the same window.

    Where elements of a window arrive on several lanes at a time, a tree of comparators finds the largest of them first.

        latency_cycles = (rounds - 1) * slots + tree + 1      one window after another
                       = rounds * slots + tree                all windows at once, held

    Attributes:
        windows: Which window is where.
        bits: Of an element.
    """

    name: ClassVar[str] = "running_maximum"

    windows: RunningWindows = field(kw_only=True)
    bits: int = field(kw_only=True)

    @classmethod
    def of(cls, source: Layout, windows: RunningWindows, bits: int, pipelining: Pipelining, held: bool) -> Self:
        """The stage.

        Args:
            source: The layout that it reads.
            windows: The windows in it.
            bits: Of an element.
            pipelining: Where the registers of the trees are.
            held: Whether the result is parallel; otherwise it is serial.
        """
        result = Layout.parallel(windows.slot.size) if held else windows.layout()
        taps = windows.table.shape[1]
        stages = pipelining.tree_stages(taps)
        tree = Fabric.comparators(taps, bits, windows.lanes, pipelining=pipelining) if stages else Fabric()
        row, phases = windows.lanes * bits, windows.slots * windows.rounds
        compared = Fabric(compared_bits=row, selected_bits=row)
        kept = Fabric.registers(2 * row * windows.slots) if held else cls._chain(row, windows.slots)
        control = Fabric.registers(stages + phases + int(held))
        return cls(
            source,
            result,
            stages + 1,
            tree + compared + kept + control,
            pipelining=pipelining,
            windows=windows,
            bits=bits,
        )

    @staticmethod
    def _chain(row: int, slots: int) -> Fabric:
        """The first register is the result, the last one is compared."""
        return Fabric.registers(row) + Fabric.delay(row, slots - 1)

    @property
    def waits(self) -> int:
        """Phases that pass before the first result can be registered."""
        windows = self.windows
        return windows.rounds * windows.slots - 1 if self.result.is_parallel else (windows.rounds - 1) * windows.slots

    def latency(self) -> tuple[LatencyTerm, ...]:
        return (LatencyTerm(LatencyPart.ROUNDS, self.waits), *super().latency())

    def activity(self) -> list[tuple[int, int]]:
        return [(cycle, 1) for cycle in range(self.latency_cycles + self.result.phases - 1)]

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        found = self._running(technology)
        taps = self.windows.table.shape[1]
        readers = int(np.bincount(self.windows.table.ravel()).max())
        if taps == 1:
            entries = tuple(Entry(entry.kind, entry.sinks * readers, entry.delay) for entry in found.entries)
            return replace(found, entries=entries)
        levels = self.pipelining.registered_levels(taps)
        tree = TreePaths.comparators(levels, self.bits, readers, 0).paths(technology)
        before = technology.start + technology.net(found.sinks)
        largest = (PathDelay(entry.kind, before + entry.delay) for entry in found.entries)
        return replace(tree, inner=(*tree.inner, *found.inner, *largest))

    def _running(self, technology: Technology) -> HardwarePaths:
        """The paths of ``running_max.vhd``."""
        windows, held = self.windows, self.result.is_parallel
        end = technology.net(2) + technology.around_into_register if held else technology.into_register
        entries = [Entry(PathClass.DATA, COMPARED_PINS, technology.larger(self.bits) + end)]
        if windows.slots == 1:  # the register of the largest so far is loaded by the comparison
            entries = [
                Entry(PathClass.DATA, 1, technology.larger(self.bits) + end),
                Entry(PathClass.CONTROL, COMPARED_PINS - 1, self._loading(technology)),
            ]
        shifts = not held and windows.slots - 1 >= LEAST_SHIFT
        earlier = Delay(technology.fabric.srl.clk_out) if shifts else technology.start
        inner = [PathDelay(entry.kind, earlier + technology.net(COMPARED_PINS) + entry.delay) for entry in entries]
        opening = technology.net(windows.lanes * self.bits) + technology.luts(2, self.bits) + end
        inner.append(PathDelay(PathClass.DATA, technology.start + opening))
        if held:
            inner += loaded(windows.slots * windows.lanes * self.bits, technology).inner
        return HardwarePaths(tuple(entries), tuple(inner), technology.start)

    def _loading(self, technology: Technology) -> Delay:
        """From an element to the clock enable of the register that keeps the largest."""
        compared = technology.comparison(self.bits) + Delay(technology.fabric.carry.o_to_out) + technology.net(1)
        return compared + technology.luts(1) + technology.net(self.bits) + technology.enable
