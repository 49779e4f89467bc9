"""Samples one output of a network."""

from __future__ import annotations

from typing import Any

from cocotb.triggers import RisingEdge

from bxnn.compiler.hardware.port_interface import Port
from bxnn.sim.bench.scoreboard import Scoreboard
from bxnn.sim.bench.timebase import Timebase


class Monitor:
    """Reports each cycle whose rising edge sees `out_valid` high.

    It sleeps until `out_valid` rises and looks at every cycle while it is high: work per event, not per cycle.
    """

    def __init__(self, dut: Any, port: Port, time: Timebase, board: Scoreboard) -> None:
        self._port = port
        self._valid = getattr(dut, port.valid)
        self._data = getattr(dut, port.data)
        self._tag = getattr(dut, "out_tag", None)
        self._time = time
        self._board = board

    async def run(self) -> None:
        """Sample until the end of the simulation."""
        rising = RisingEdge(self._valid)
        next_cycle = self._time.after(1)
        while True:
            if str(self._valid.value) != "1":
                await rising
            cycle = await self._time.sample_point()
            while str(self._valid.value) == "1":
                self._board.observed(self._port.name, cycle, str(self._data.value), self._tag_bits())
                await next_cycle
                cycle += 1

    def _tag_bits(self) -> str:
        return "" if self._tag is None else str(self._tag.value)

    async def check_after_reset(self, cycles: int) -> None:
        """Report a valid that is still undefined after ``cycles`` cycles of reset; begins at time zero."""
        await self._time.after(cycles)
        cycle = await self._time.sample_point()
        if str(self._valid.value) not in ("0", "1"):
            self._board.undefined(self._port.name, cycle, str(self._valid.value))
