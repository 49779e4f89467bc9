"""The time that a clock leaves for the paths of a design on a device, and the estimate that judges them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bxnn.compiler.hardware.delays.clock_limits import DspRegisters
from bxnn.compiler.hardware.delays.delay_table import DelayTable
from bxnn.compiler.hardware.delays.fabric_delays import Estimate
from bxnn.compiler.hardware.delays.path_delay import Delay, Entry
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.tree_adders import TreeAdders

_TECHNOLOGIES: dict[tuple[int, Estimate], Technology] = {}  # of a run of the program; they remember delays


@dataclass(frozen=True, eq=False)
class ClockTarget:
    """A clock on a device whose delays are known.

    Attributes:
        clock_mhz: The clock.
        margin: Share of the period reserved for clock uncertainty.
        estimate: Which delay of a path counts.
        table: Delays and limits of the device; the delays are known.
    """

    clock_mhz: float
    margin: float
    estimate: Estimate
    table: DelayTable

    @property
    def period_ns(self) -> float:
        """Time from one edge to the next."""
        return 1000.0 / self.clock_mhz

    @property
    def limit_ns(self) -> float:
        """Longest time that a path may take."""
        return self.period_ns * (1 - self.margin)

    @cached_property
    def technology(self) -> Technology:
        """The parts of paths, by the estimate that counts."""
        return self.by(self.estimate)

    def by(self, estimate: Estimate) -> Technology:
        """The parts of paths, by either estimate."""
        assert self.table.fabric is not None
        fabric = self.table.fabric
        return _TECHNOLOGIES.setdefault((id(fabric), estimate), Technology(fabric, estimate))

    def tree_levels(self, bits: int) -> int:
        """Levels of an adder tree after DSP slices that fit between two registers; at least one."""
        assert self.table.fabric is not None
        technology, levels = self.technology, 1
        while (self._summed(bits, levels + 1) + technology.sum_into_register).ns <= self.limit_ns:
            levels += 1
        return levels

    def holds_fused(self, bits: int, reader: Entry) -> bool:
        """Whether the last adder after DSP slices fits in one cycle with the logic of the readers of its sum."""
        assert self.table.fabric is not None
        technology = self.technology
        read = Delay(self.table.fabric.carry.o_to_out) + technology.net(reader.sinks) + reader.delay
        return (self._summed(bits, 1) + read).ns <= self.limit_ns

    def _summed(self, bits: int, levels: int) -> Delay:
        """From DSP slices through levels of adders, each sum a bit wider than one addend and two than the other."""
        assert self.table.fabric is not None
        widths = [max(bits - above, 3) for above in range(levels - 1, -1, -1)]
        adders = TreeAdders(tuple(((width - 2, width - 1, width),) for width in widths))
        start = Delay(self.table.fabric.dsp.clk_p) + self.technology.net(adders.sinks)
        return start + adders.from_nets(self.technology)

    def closes_at_mhz(self, ns: float) -> float:
        """The fastest clock whose period, less the margin, is long enough for a path."""
        return 1000.0 * (1 - self.margin) / ns

    @property
    def multiplier_register(self) -> bool:
        """Whether DSP slices need a register between multiplier and adder."""
        assert self.table.fabric is not None
        without, dsp = self.table.limits.of_slice(DspRegisters.NO_MREG), self.table.fabric.dsp
        inside = dsp.reg_clk + dsp.preadd + dsp.mult + dsp.m_transparent + dsp.alu + dsp.setup_p
        return without is None or max(inside, 1000.0 / without) > self.limit_ns
