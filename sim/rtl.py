"""Simulation of the emitted firmware: the numbers of report.json's ``simulation``."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import DataError
from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.compiler.layer_difference import LayerDifference
from bxnn.sim.beat_packing import checked_codes
from bxnn.sim.bench.findings import Findings
from bxnn.sim.bench.ghdl import Ghdl
from bxnn.sim.bench.job import Job
from bxnn.sim.bench.plan import Effort
from bxnn.sim.bench.planning import plan_of
from bxnn.sim.bench.session import Session
from bxnn.sim.bench.verilator import Verilator
from bxnn.sim.junit import JUnit
from bxnn.sim.vectors import Vectors

SimulatorName = Literal["ghdl", "verilator"]
Codes = Mapping[str, NDArray[np.int64]]

_COUNTS = ("events", "directed_events", "received", "mismatches", "directed_mismatches", "spurious")

_SIMULATORS: dict[str, type[Ghdl] | type[Verilator]] = {"ghdl": Ghdl, "verilator": Verilator}


@dataclass(frozen=True)
class RtlResult(Findings):
    """The result of a simulation, and what was simulated.

    Attributes:
        simulator: Name and version.
        first_event: Number of the user event of the first difference, or ``None`` if it is not one of the user's.
        first_directed: Likewise for the directed vectors.
        plan: One line that says what was simulated.
        seconds: Wall time of building and running.
    """

    simulator: str
    first_event: int | None
    first_directed: int | None
    plan: str
    seconds: float


def simulate(
    build: Path,
    interface: Interface,
    stimulus: Codes,
    expected: Codes,
    simulator: SimulatorName = "ghdl",
    seed: int = 1,
    directed: Vectors | None = None,
    work: Path | None = None,
    effort: Effort | None = None,
    announce: Callable[[int], None] | None = None,
    waves: Path | None = None,
) -> RtlResult:
    """Simulate the VHDL under ``build / "vhdl"`` and compare every output.

    Args:
        build: The build folder.
        interface: Ports and guaranteed timing.
        stimulus: Codes of the user's events by input name, int64, shape (events, elements).
        expected: Codes of the outputs for them.
        simulator: The simulator to use.
        seed: Determines gaps, resets and garbage.
        directed: Corner vectors (``bxnn.sim.vectors.corner_vectors``); without them, the user's events are used
            around resets.
        work: Where the simulation is built and run; by default ``build / "sim" / simulator``.
        effort: What is sent besides the user's events; by default everything, or the cover if that takes too long.
        announce: Called with the number of cycles before they are simulated.
        waves: File for all signals over time, also of a simulation that fails; its suffix is the format.

    Raises:
        DataError: If the vectors do not fit the interface.
        ToolError: If a tool is not installed.
        VerificationError: If the design cannot be built, or the simulation is aborted.
    """
    start = time.monotonic()
    backend = _SIMULATORS[simulator](None if waves is None else f"waves{waves.suffix}")
    backend.require_tools()  # before anything is announced
    job = _job(interface, stimulus, expected, seed, directed, effort)
    if announce is not None:
        announce(sum(step.cycles for step in plan_of(job).steps))
    session = Session(backend, build, interface, work or build / "sim" / simulator)
    try:
        raw = session.run("bxnn.sim.bench.test_network", job)
    finally:
        if waves is not None and backend.waves is not None:
            shutil.move(session.folder / backend.waves, waves)
    result = _read(raw, backend.version(), job.directed, time.monotonic() - start)
    rtl_junit(interface, result, seed).write(session.folder / "results.xml")
    return result


def rtl_junit(interface: Interface, result: RtlResult, seed: int, layer: LayerDifference | None = None) -> JUnit:
    """The results.xml of a simulation: to repeat it, use bxnn's own seed, not cocotb's.

    Args:
        interface: Interface of the simulated entity.
        result: Result of the simulation.
        seed: Seed of the simulation.
        layer: The first wrong layer, if it is known.
    """
    failure = None if result.passed else result.first_difference or "the simulation did not pass"
    properties = {
        "simulator": result.simulator,
        "seed": seed,
        "repeat with": f"bxnn simulate BUILD --seed {seed}, with the same --input, --events and --simulator",
        **{key: getattr(result, key) for key in _COUNTS},
    }
    outputs = [port.name for port in interface.outputs]
    return JUnit(f"simulate.{interface.top}", outputs, round(result.seconds, 3), failure, layer, properties)


def _job(
    interface: Interface,
    stimulus: Codes,
    expected: Codes,
    seed: int,
    directed: Vectors | None,
    effort: Effort | None,
) -> Job:
    """Directed and user vectors in one pool."""
    corners = directed or Vectors({}, {})
    inputs = {port.name: _pooled(port, stimulus, corners.inputs) for port in interface.inputs}
    outputs = {port.name: _pooled(port, expected, corners.expected) for port in interface.outputs}
    sizes = {name: len(codes) for name, codes in (*inputs.items(), *outputs.items())}
    if len(set(sizes.values())) != 1 or 0 in sizes.values():
        listed = ", ".join(f"{name}: {size}" for name, size in sizes.items())
        raise DataError(interface.top, f"needs the same number of events, at least one, on every port; got {listed}")
    return Job(interface, inputs, outputs, corners.events, seed, corners.cover, effort)


def _pooled(port: Port, user: Codes, corners: Codes) -> NDArray[np.int64]:
    """Vectors of one port, checked against its width."""
    parts = []
    for codes in (corners.get(port.name), user.get(port.name)):
        if codes is not None:
            parts.append(checked_codes(port, codes))
    if not parts:
        raise DataError(port.name, "has no vectors")
    return np.concatenate(parts)


def _read(raw: dict[str, Any], simulator: str, directed: int, seconds: float) -> RtlResult:
    findings = raw["findings"]
    vector = findings["first_vector"]
    user = vector is not None and vector >= directed
    return RtlResult(
        **findings,
        simulator=simulator,
        first_event=vector - directed if user else None,
        first_directed=None if user else vector,
        plan=raw["plan"],
        seconds=seconds,
    )
