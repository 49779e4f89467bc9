"""A network in GHDL while its weights are loaded and switched in mid-stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.hardware.port_interface import Port
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.weight_loading import BEGIN, CONTROL, DATA, SWITCH, WeightLoading
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Int
from bxnn.sim.reference import Reference
from tests.layers.firmware import FACTS, random_codes
from tests.reload.bus import CYCLES_PER_WRITE, Write, stimulus

TAKES_EFFECT = {"port": 5, "axi-lite": 6, "ipbus": 6}  # cycles from a switch to the first event with the other set


@dataclass(frozen=True)
class Event:
    """An event that arrives in a cycle, and the set of weights that it must use."""

    cycle: int
    used: int


@dataclass(frozen=True)
class Run:
    """What came out: for every event its results, and the cycles in which a valid came without an event."""

    events: tuple[Event, ...]
    inputs: Int
    results: tuple[str, ...]
    spurious: int


def loading_of(chosen: Schedule, bus: str) -> WeightLoading:
    found = WeightLoading.of(chosen, bus)
    assert found is not None
    return found


def writes_of(sets: Sequence[Int], drain: int, first: int) -> tuple[list[Write], list[int]]:
    """The writes that load each set and switch to it, as soon as that is allowed, and the cycles of the switches."""
    writes, switches, cycle = [], [], first
    for words in sets:
        for register, data in ((CONTROL, BEGIN), *((DATA, int(word)) for word in words), (CONTROL, SWITCH)):
            writes.append(Write(cycle, register, data))
            cycle += CYCLES_PER_WRITE
        switches.append(writes[-1].cycle)
        cycle = switches[-1] + drain + 1
    return writes, switches


def run(
    chosen: Schedule,
    sets: Sequence[Int],
    bus: str,
    folder: Path,
    rng: np.random.Generator,
    spoil: str = "",
) -> Run:
    """Load sets one after the other while events arrive, mostly at the smallest spacing; ``spoil`` edits the loader."""
    graph, loading = chosen.graph, loading_of(chosen, bus)
    files = VhdlBackend(graph, chosen, {**FACTS, "loading": loading}).write(folder / "vhdl")
    if spoil:
        path = folder / "vhdl" / "lib" / "bxnn_weight_load.vhd"
        before, after = spoil.split(" -> ")
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))
    interface = interface_of(graph, chosen, files)
    writes, switches = writes_of(sets, loading.drain_cycles + 1, 20)
    cycles = switches[-1] + 4 * chosen.latency_cycles + 40
    arrivals, cycle = [], 4
    while cycle < cycles - chosen.latency_cycles - 2:
        arrivals.append(Event(cycle, sum(cycle >= at + TAKES_EFFECT[bus] for at in switches)))
        cycle += chosen.initiation_interval + (int(rng.integers(1, 9)) if rng.random() < 0.15 else 0)
    codes = random_codes(graph, len(arrivals), int(rng.integers(1 << 30)))[graph.inputs[0]].reshape(len(arrivals), -1)
    driven = stimulus(bus, writes, cycles)
    (source,), (sink,) = interface.inputs, interface.outputs
    driven |= {"rst": [1, 1], source.valid: [0] * cycles, source.data: [0] * cycles}
    for event, row in zip(arrivals, codes, strict=True):
        driven[source.valid][event.cycle] = 1
        driven[source.data][event.cycle] = _word(row, source)
    shown = _play(folder, interface.top, interface.files, driven, (sink.valid, sink.data), cycles)
    due = {event.cycle + chosen.latency_cycles for event in arrivals}
    results = tuple(shown[sink.data][event.cycle + chosen.latency_cycles] for event in arrivals)
    came = {at for at, value in enumerate(shown[sink.valid]) if value == "1"}
    return Run(tuple(arrivals), codes, results, len(came ^ due))


def wrong_events(run: Run, graphs: Sequence[Graph]) -> list[int]:
    """Events whose result is not that of their set: ``graphs`` has the network with each set, in order."""
    outputs = []
    for graph in graphs:
        (name,) = graph.outputs
        shape = (len(run.inputs), *graph.tensors()[graph.inputs[0]].shape)
        codes = Reference(graph).output_codes({graph.inputs[0]: run.inputs.reshape(shape)})[name]
        bits = graph.tensors()[name].bits
        outputs.append([_bits(row, bits) for row in codes.reshape(len(codes), -1)])
    pairs = enumerate(zip(run.events, run.results, strict=True))
    return [number for number, (event, result) in pairs if result != outputs[event.used][number]]


def _word(codes: Int, port: Port) -> int:
    return sum((int(code) & ((1 << port.bits) - 1)) << (index * port.bits) for index, code in enumerate(codes))


def _bits(codes: Int, bits: int) -> str:
    return "".join(f"{int(code) & ((1 << bits) - 1):0{bits}b}" for code in codes[::-1])


def _play(
    folder: Path,
    top: str,
    files: Sequence[str],
    driven: dict[str, list[int]],
    outputs: tuple[str, ...],
    cycles: int,
) -> dict[str, list[str]]:
    """Drive and record the ports of a network in GHDL."""
    job = {"inputs": driven, "outputs": outputs, "cycles": cycles}
    (folder / "stimulus.json").write_text(json.dumps(job))
    runner = get_runner("ghdl")
    runner.build(
        sources=[folder / "vhdl" / name for name in files],
        hdl_library="work",
        hdl_toplevel=top,
        build_args=["--std=08"],
        build_dir=folder / "build",
        always=True,
        log_file=folder / "build.log",
    )
    results = runner.test(
        hdl_toplevel_library="work",
        hdl_toplevel=top,
        test_module="player",
        build_dir=folder / "build",
        test_dir=folder / "build",
        test_args=["--std=08"],
        plusargs=["--ieee-asserts=disable-at-0"],
        extra_env={"BXNN_BENCH_FOLDER": str(folder), "COCOTB_LOG_LEVEL": "WARNING"},
        log_file=folder / "simulation.log",
    )
    assert get_results(results) == (1, 0), (folder / "simulation.log").read_text()
    found: dict[str, list[str]] = json.loads((folder / "recording.json").read_text())
    return found
