"""From a graph to a simulated firmware, in the same way as the driver."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.hardware.folded_rounding import folded_rounding
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.search import Budget, Search
from bxnn.sim.bench.plan import Effort
from bxnn.sim.reference import Reference
from bxnn.sim.rtl import RtlResult, SimulatorName, simulate
from bxnn.sim.vectors import corner_vectors

DSP48E2 = Multiplier("DSP48E2", 27, 18, 48)
FACTS = {"version": "0", "board": "test", "clock_mhz": 320.0}


def schedule(
    graph: Graph,
    initiation_interval: int,
    settings: Mapping[str, LayerSettings] | None = None,
    pipelining: Pipelining = EVERY_REGISTER,
) -> Schedule:
    """The schedule without limits."""
    built = folded_rounding(graph) if pipelining.folded_rounding else graph
    search = Search(built, initiation_interval, settings or {}, DSP48E2, pipelining=pipelining)
    return search.best(Budget(), 10**6)


def write(graph: Graph, chosen: Schedule, folder: Path) -> Interface:
    """Write the VHDL of a graph below ``folder`` and return what a bench must know about it."""
    return interface_of(graph, chosen, VhdlBackend(chosen.graph, chosen, FACTS).write(folder / "vhdl"))


def random_codes(graph: Graph, events: int, seed: int) -> dict[str, Int]:
    """Codes of every input, uniform over its range."""
    rng, tensors = np.random.default_rng(seed), graph.tensors()
    return {
        name: tensors[name].snapped(
            rng.integers(tensors[name].low, tensors[name].high, (events, *tensors[name].shape), endpoint=True)
        )
        for name in graph.inputs
    }


def run_firmware(
    graph: Graph,
    interface: Interface,
    folder: Path,
    events: int = 8,
    seed: int = 1,
    simulator: SimulatorName = "ghdl",
    effort: Effort | None = None,
) -> RtlResult:
    """Simulate the files under ``folder`` against the reference: corner vectors, ties and random events."""
    reference = Reference(graph)
    codes = random_codes(graph, events, seed)
    expected = reference.output_codes(codes)
    flat = {name: values.reshape(events, -1) for name, values in codes.items()}
    flat_expected = {name: values.reshape(events, -1) for name, values in expected.items()}
    return simulate(
        folder, interface, flat, flat_expected, simulator, seed, corner_vectors(reference, seed), effort=effort
    )


def check_firmware(
    graph: Graph, chosen: Schedule, folder: Path, events: int = 8, seed: int = 1, simulator: SimulatorName = "ghdl"
) -> None:
    """Emit and simulate: every bit must be equal, every output in the predicted cycle, at the predicted spacing.

    Every kind of corner, gap, loss and reset occurs; that each meets every other one is for a few networks.
    """
    result = run_firmware(graph, write(graph, chosen, folder), folder, events, seed, simulator, Effort.COVER)
    assert result.first_difference is None, result.first_difference
    assert (result.passed, result.mismatches, result.spurious) == (True, 0, 0)
    assert result.latency_cycles == chosen.latency_cycles
    assert result.initiation_interval == chosen.initiation_interval
    assert result.received == result.events + result.directed_events > events
