"""The cocotb side of `harness.play`, inside GHDL: drives a table of cycles, records a table of cycles."""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge


@cocotb.test()
async def play(dut: Any) -> None:
    """Drives cycle c's inputs right after the edge that begins it and records in its middle."""
    folder = Path(os.environ["BXNN_BENCH_FOLDER"])
    job = json.loads((folder / "stimulus.json").read_text())
    inputs = {getattr(dut, name): values for name, values in job["inputs"].items()}
    outputs = {name: getattr(dut, name) for name in job["outputs"]}
    recording: dict[str, list[str]] = {name: [] for name in outputs}
    Clock(dut.clk, 10, unit="ns").start(start_high=False)
    await RisingEdge(dut.clk)
    for cycle in range(job["cycles"]):
        for handle, values in inputs.items():
            value = values[cycle] if cycle < len(values) else 0
            if cycle == 0 or cycle > len(values) or value != values[cycle - 1]:
                handle.value = value
        await FallingEdge(dut.clk)
        for name, handle in outputs.items():
            recording[name].append(str(handle.value))
        await RisingEdge(dut.clk)
    (folder / "recording.json").write_text(json.dumps(recording))
