"""The cocotb test that records the output of every layer for one event alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from bxnn.compiler.hardware.port_interface import Probe
from bxnn.sim.bench.driver import Driver
from bxnn.sim.bench.job import FOLDER_VARIABLE, Job
from bxnn.sim.bench.plan import FIRST_RESET_CYCLES, Part, Plan, Step
from bxnn.sim.bench.scoreboard import Scoreboard
from bxnn.sim.bench.timebase import Timebase


@cocotb.test()
async def layers(dut: Any) -> None:
    """Writes, by layer, the cycles after `in_valid` of its phases and the bits in them."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    job = Job.load(folder)
    time = Timebase(dut.clk)
    seen: dict[str, dict[str, Any]] = {}
    for probe in job.interface.probes:
        if getattr(dut, probe.valid, None) is not None and getattr(dut, probe.data, None) is not None:
            seen[probe.layer] = {"cycles": [], "phases": []}
            cocotb.start_soon(watch(dut, probe, time, seen[probe.layer]))
    time.start()
    longest = max((len(probe.elements) for probe in job.interface.probes if not probe.strobed), default=0)
    steps = (
        Step(Part.FIRST, None, FIRST_RESET_CYCLES, reset=True),
        Step(Part.FIRST, 0, job.interface.latency_cycles + longest + 2),
    )
    board = Scoreboard(job.interface, {}, 1)
    await Driver(dut, job.interface, time, job.input_bits(), board).run(Plan(job.seed, steps, "one event"))
    (folder / "result.json").write_text(json.dumps(seen), encoding="utf-8")


async def watch(dut: Any, probe: Probe, time: Timebase, seen: dict[str, Any]) -> None:
    """Record the phases of the first output after the reset; for a strobed probe, every cycle with valid high."""
    valid, data = getattr(dut, probe.valid), getattr(dut, probe.data)
    await time.after(FIRST_RESET_CYCLES)
    while probe.strobed or not seen["cycles"]:
        if str(valid.value) != "1":
            await RisingEdge(valid)
        cycle = await time.sample_point() - FIRST_RESET_CYCLES
        while str(valid.value) == "1" if probe.strobed else len(seen["cycles"]) < len(probe.elements):
            seen["cycles"].append(cycle)
            seen["phases"].append(str(data.value))
            await time.after(1)
            cycle += 1
