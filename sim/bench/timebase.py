"""The clock of the bench, in which no two things happen at the same time.

One cycle takes 8 ns: inputs change at 0 (falling edge), outputs are sampled at 3, the rising edge is at 4.
What is sampled at 3 is what the edge samples, whatever order a simulator gives to simultaneous events.
"""

from __future__ import annotations

from typing import Any

from cocotb.clock import Clock
from cocotb.simtime import get_sim_time
from cocotb.triggers import Timer

_PERIOD_NS = 8
_EDGE_NS = 4
_SAMPLE_NS = 3


class Timebase:
    """Counts cycles; cycle ``k`` ends with rising edge ``k``, which is at ``8 k + 4`` ns."""

    def __init__(self, clk: Any) -> None:
        self._clock = Clock(clk, _PERIOD_NS, "ns")

    def start(self) -> None:
        """Start the clock, low first; to be called at time zero."""
        self._clock.start(start_high=False)

    @staticmethod
    def after(cycles: int) -> Timer:
        """What to await for ``cycles`` cycles; one task may reuse it, two tasks must not share it."""
        return Timer(cycles * _PERIOD_NS, "ns")

    async def sample_point(self) -> int:
        """Wait for the next point at which outputs are sampled; return its cycle."""
        now = int(get_sim_time("ns"))
        cycle = (now + _PERIOD_NS - _EDGE_NS) // _PERIOD_NS
        await Timer(cycle * _PERIOD_NS + _SAMPLE_NS - now, "ns")
        return cycle
