"""The cocotb test: one plan, run on whatever entity is simulated."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cocotb

from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.plural import counted
from bxnn.sim.bench.driver import Driver
from bxnn.sim.bench.job import FOLDER_VARIABLE, Job
from bxnn.sim.bench.monitor import Monitor
from bxnn.sim.bench.plan import FIRST_RESET_CYCLES
from bxnn.sim.bench.planning import plan_of
from bxnn.sim.bench.scoreboard import Scoreboard
from bxnn.sim.bench.timebase import Timebase


@cocotb.test()
async def network(dut: Any) -> None:
    """Outputs have the predicted bits in the predicted cycles, and nothing else comes out."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    job = Job.load(folder)
    interface = job.interface
    check_ports(dut, interface)
    plan = plan_of(job)
    cocotb.log.info(plan.text)
    board = Scoreboard(interface, job.expected_bits(), job.directed)
    time = Timebase(dut.clk)
    for port in interface.outputs:
        monitor = Monitor(dut, port, time, board)
        cocotb.start_soon(monitor.run())
        if interface.latency_cycles > 0:
            cocotb.start_soon(monitor.check_after_reset(FIRST_RESET_CYCLES))
    time.start()
    await Driver(dut, interface, time, job.input_bits(), board).run(plan)
    findings = board.finish()
    report = {"plan": plan.text, "version": cocotb.SIM_VERSION, "findings": asdict(findings)}
    (folder / "result.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    assert findings.passed, findings.first_difference


def check_ports(dut: Any, interface: Interface) -> None:
    """Compare the ports of the entity with the interface."""
    widths = {port.valid: 1 for port in (*interface.inputs, *interface.outputs)}
    widths |= {port.data: port.width for port in (*interface.inputs, *interface.outputs)}
    widths |= {port.first: 1 for port in interface.inputs if port.first is not None}
    widths |= {"in_tag": interface.tag_bits, "out_tag": interface.tag_bits} if interface.tag_bits else {}
    for name, width in ({"clk": 1, interface.reset.name: 1} | widths).items():
        handle = getattr(dut, name, None)
        assert handle is not None, f"{interface.top}: has no port {name}"
        found = len(handle) if hasattr(handle, "__len__") else 1
        assert found == width, f"{interface.top}: port {name} has {counted(found, 'bit')}, the interface says {width}"
