"""`dsp: instantiated`: the device's slices in the VHDL, and the same firmware in every bit and cycle."""

from pathlib import Path

import pytest

from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.hardware.cascaded import Cascaded
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.sim.rtl import SimulatorName
from bxnn.sim.synthesis import synthesize
from tests.layers.firmware import FACTS, run_firmware, schedule
from tests.lut.test_firmware import two_layers

SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("DSP48E1", "DSP58")]
PRIMITIVES = pytest.mark.parametrize("primitive", ["DSP48E2", *SLOW])
SERIAL = {"fc1": LayerSettings(binding="output_serial"), "fc2": LayerSettings(binding="input_serial")}


def firmware(folder: Path, primitive: str | None) -> tuple[Graph, Schedule, Interface]:
    """Both bindings; the second accumulates."""
    graph = two_layers()
    chosen = schedule(graph, 4, SERIAL)
    names = VhdlBackend(graph, chosen, {**FACTS, "dsp_primitive": primitive}).write(folder / "vhdl")
    return graph, chosen, interface_of(graph, chosen, names)


def check(folder: Path, primitive: str, simulator: SimulatorName) -> None:
    graph, chosen, interface = firmware(folder, primitive)
    result = run_firmware(graph, interface, folder, simulator=simulator)
    assert (result.first_difference, result.passed, result.mismatches) == (None, True, 0)
    assert result.latency_cycles == chosen.latency_cycles


@PRIMITIVES
def test_bits_and_cycles_in_ghdl(primitive: str, tmp_path: Path) -> None:
    check(tmp_path, primitive, "ghdl")


@pytest.mark.slow
def test_bits_and_cycles_in_verilator(tmp_path: Path) -> None:
    check(tmp_path, "DSP58", "verilator")


@PRIMITIVES
def test_every_dsp_is_an_instance(primitive: str, tmp_path: Path) -> None:
    _, chosen, interface = firmware(tmp_path, primitive)
    files = [tmp_path / "vhdl" / name for name in interface.files]
    texts = {path.name: path.read_text() for path in files}
    assert f"component {primitive.lower()}" in texts["bxnn_dsp_primitive.vhd"]
    assert "use_dsp" not in texts["bxnn_mac_cascade.vhd"]
    measured = synthesize(files, interface.top, tmp_path / "synthesis")
    assert measured.dsp == chosen.dsp
    binding = chosen.step("fc1").binding
    assert isinstance(binding, Cascaded)
    lengths = (binding.operands >= 0).any(axis=(3, 4)).sum(axis=2)
    assert measured.dsp_use.cascaded == (lengths - 1).clip(0).sum() > 0
    assert measured.dsp_use.unused == ()


def test_inferred_designs_need_no_vendor_library(tmp_path: Path) -> None:
    _, _, interface = firmware(tmp_path, None)
    texts = [(tmp_path / "vhdl" / name).read_text() for name in interface.files]
    assert not any("unisim" in text for text in texts)
