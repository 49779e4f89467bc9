"""The cocotb side of the tests of AXI4-Stream wrappers: cocotbext-axi sends events and takes results."""

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, Timer
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

_PERIOD_NS = 10


def pauses(share: float, seed: int) -> Iterator[bool]:
    """In which cycles a side pauses: runs of random length, ``share`` of all cycles."""
    rng = random.Random(seed)
    while True:
        paused = rng.random() < share
        yield from [paused] * rng.randint(1, 12)


@cocotb.test()
async def play(dut: Any) -> None:
    """Sends all frames, with a reset in between if the job says so, and records what comes back."""
    folder = Path(os.environ["BXNN_BENCH_FOLDER"])
    job = json.loads((folder / "job.json").read_text())
    tagged = hasattr(dut, "s_axis_tuser")
    for name in ("aresetn", "s_axis_tvalid", "m_axis_tready"):
        getattr(dut, name).value = 0
    await Timer(1, "ns")
    common = {"clock": dut.aclk, "reset": dut.aresetn, "reset_active_level": False}
    source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), **common, byte_lanes=job["lanes_in"])
    sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), **common, byte_lanes=job["lanes_out"])
    Clock(dut.aclk, _PERIOD_NS, unit="ns").start()
    await ClockCycles(dut.aclk, 4)
    dut.aresetn.value = 1
    await ClockCycles(dut.aclk, 2)
    for number, text in enumerate(job["before_reset"]):
        source.send_nowait(AxiStreamFrame(bytes.fromhex(text), **({"tuser": number} if tagged else {})))
    if job["before_reset"]:
        await ClockCycles(dut.aclk, job["reset_after"])
        dut.aresetn.value = 0
        await ClockCycles(dut.aclk, 2)
        source.clear()
        sink.clear()
        dut.aresetn.value = 1
        await ClockCycles(dut.aclk, 2)
    source.set_pause_generator(pauses(job["source_pauses"], 1))
    sink.set_pause_generator(pauses(job["sink_pauses"], 2))
    for text, tag in zip(job["frames"], job["tags"], strict=True):
        source.send_nowait(AxiStreamFrame(bytes.fromhex(text), **({"tuser": tag} if tagged else {})))
    found = []
    for _ in range(job["results"]):
        frame = await sink.recv()
        tag = frame.tuser if isinstance(frame.tuser, int) else frame.tuser[-1] if frame.tuser else None
        found.append([bytes(frame.tdata).hex(), tag, frame.sim_time_end])
    await ClockCycles(dut.aclk, 100)
    steps = cocotb.utils.get_sim_steps(_PERIOD_NS, "ns")
    received = [[data, tag, time // steps] for data, tag, time in found]
    (folder / "received.json").write_text(json.dumps({"received": received, "left": sink.count()}))
