"""Finds the first layer whose output is wrong, by looking at signals inside the design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.port_interface import Interface, Port, Probe
from bxnn.compiler.layer_difference import LayerDifference
from bxnn.sim.bench.bits import unpack
from bxnn.sim.bench.ghdl import Ghdl
from bxnn.sim.bench.job import Job
from bxnn.sim.bench.session import Session

Codes = Mapping[str, NDArray[np.int64]]


def locate(
    build: Path, interface: Interface, event: Codes, expected: Codes, work: Path | None = None
) -> LayerDifference | None:
    """Simulate one event alone in GHDL and compare the output of each layer that has a probe.

    Args:
        build: The build folder.
        interface: Interface with probes.
        event: Codes of the event by input name, int64, all elements of one event.
        expected: Codes of the outputs of the layers by name.
        work: Where the simulation is built and run; by default ``build / "sim" / "layers"``.

    Returns:
        ``None`` if every probed layer is right, as when a defect only shows with other events around.

    Raises:
        ToolError: If GHDL or cocotb is not installed.
        VerificationError: If the design cannot be built, or the simulation is aborted.
    """
    one = {port.name: np.asarray(event[port.name], np.int64).reshape(1, -1) for port in interface.inputs}
    job = Job(interface, one, {}, 0, 1)
    seen = Session(Ghdl(), build, interface, work or build / "sim" / "layers").run("bxnn.sim.bench.test_layers", job)
    for probe in interface.probes:
        if probe.layer in seen and probe.layer in expected:
            codes = np.asarray(expected[probe.layer], np.int64).ravel() + probe.half
            found = first_difference(probe, codes, **seen[probe.layer])
            if found is not None:
                return found
    return None


def first_difference(
    probe: Probe, expected: NDArray[np.int64], cycles: Sequence[int], phases: Sequence[str]
) -> LayerDifference | None:
    """Compare what a probe has recorded, a string of bits for the cycle of each phase, with the expected values."""
    port = Port(probe.layer, probe.valid, probe.data, len(probe.elements[0]), probe.bits, probe.signed)
    seen = zip(cycles, phases, strict=True)
    for phase, (elements, (cycle, bits)) in enumerate(zip(probe.elements, seen, strict=False)):
        for element, got in zip(elements, unpack(bits, port), strict=True):
            if element >= 0 and got != (code := int(expected[element])):
                return LayerDifference(probe.layer, element, cycle, phase, code, got, probe.strobed)
    if len(cycles) != len(probe.elements):
        return LayerDifference(probe.layer, None, 0, 0, len(probe.elements), len(cycles), probe.strobed)
    return None
