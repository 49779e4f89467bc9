"""Finds the first layer whose output is wrong, by looking at signals inside the design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.bench.bits import unpack
from sim.bench.ghdl import Ghdl
from sim.bench.job import Job
from sim.bench.session import Session
from sim.interface import Interface, Port, Probe

Codes = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class LayerDifference:
    """The first layer, in order of the data's way, whose output is not as expected.

    Attributes:
        layer: Its name.
        element: Number of the element, row-major; ``None`` if the layer's valid never came.
        cycle: Cycles after the one whose edge samples `in_valid`.
        phase: Phase of the layer's output.
        expected: Expected code.
        got: Code found, or its bits if some are undefined.
    """

    layer: str
    element: int | None
    cycle: int
    phase: int
    expected: int | None
    got: int | str | None

    def __str__(self) -> str:
        if self.element is None:
            return f"{self.layer}: its valid never came"
        where = f"{self.layer}, element {self.element}, {self.cycle} cycles after in_valid (phase {self.phase})"
        return f"{where}: expected {self.expected}, got {self.got}"


def locate(build: Path, interface: Interface, event: Codes, expected: Codes) -> LayerDifference | None:
    """Simulate one event alone in GHDL and compare the output of every layer that has a probe.

    Args:
        build: The build folder.
        interface: With probes.
        event: Codes of the event by input name, int64, all elements of one event.
        expected: Codes of the outputs of the layers by name.

    Returns:
        ``None`` if every probed layer is right, as when a defect shows only with other events around.

    Raises:
        ToolError: If GHDL or cocotb is not installed.
        VerificationError: If the design cannot be built, or the simulation breaks off.
    """
    one = {port.name: np.asarray(event[port.name], np.int64).reshape(1, -1) for port in interface.inputs}
    job = Job(interface, one, {}, 0, 1)
    seen = Session(Ghdl(), build, interface, "layers").run("sim.bench.test_layers", job)
    for probe in interface.probes:
        if probe.layer in seen and probe.layer in expected:
            codes = np.asarray(expected[probe.layer], np.int64).ravel()
            found = first_difference(probe, codes, **seen[probe.layer])
            if found is not None:
                return found
    return None


def first_difference(
    probe: Probe, expected: NDArray[np.int64], cycle: int | None, phases: Sequence[str]
) -> LayerDifference | None:
    """Compare what a probe has seen, a string of bits per phase from ``cycle`` on, with what it should."""
    if cycle is None:
        return LayerDifference(probe.layer, None, 0, 0, None, None)
    port = Port(probe.layer, probe.valid, probe.data, len(probe.elements[0]), probe.bits, probe.signed)
    for phase, (elements, bits) in enumerate(zip(probe.elements, phases, strict=True)):
        for element, got in zip(elements, unpack(bits, port), strict=True):
            if element >= 0 and got != (code := int(expected[element])):
                return LayerDifference(probe.layer, element, cycle + phase, phase, code, got)
    return None
