"""``reset``: active low, asynchronous, or both, through resets in mid-stream."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.backend.vhdl.vhdl_stream import StreamVhdlBackend
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ConfigError, VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.hardware.reset_port import ResetPort
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.schedule.reset_adapter import reset_of
from bxnn.sim.bench.compiled_simulation import CompiledSimulation
from bxnn.sim.reference import Reference
from tests.layers.firmware import FACTS, random_codes, run_firmware, schedule
from tests.outputs.test_latency import FRAME, NETWORKS
from tests.streams.networks import schedule as stream_schedule

RESETS = {
    "rst_n": "{active: low}",
    "arst": "{asynchronous: true}",
    "arst_n": "{active: low, asynchronous: true}",
}


def port(name: str) -> ResetPort:
    found = reset_of(parse_config(f"initiation_interval: 3\nreset: {RESETS[name]}"))
    assert found.name == name
    return found


def written(reset: ResetPort, folder: Path, streaming: bool = False) -> Interface:
    facts = {**FACTS, "reset": reset}
    if streaming:
        graph = NETWORKS["tail"][0]
        plan = stream_schedule(graph, 2, 1)
        assert isinstance(plan, StreamSchedule)
        files = StreamVhdlBackend(graph, plan, facts).write(folder / "vhdl")
        return interface_of(graph, plan, files, reset=reset)
    chosen = schedule(FRAME, 3)
    files = VhdlBackend(chosen.graph, chosen, facts).write(folder / "vhdl")
    return interface_of(FRAME, chosen, files, reset=reset)


@pytest.mark.parametrize(("name", "streaming"), [("rst_n", False), ("arst", True), ("arst_n", False)])
def test_resets_in_mid_stream(name: str, streaming: bool, tmp_path: Path) -> None:
    interface = written(port(name), tmp_path, streaming)
    result = run_firmware(NETWORKS["tail"][0] if streaming else FRAME, interface, tmp_path)
    assert (result.passed, result.mismatches, result.spurious) == (True, 0, 0), result.first_difference
    assert Interface.load(saved(interface, tmp_path)) == interface


def saved(interface: Interface, folder: Path) -> Path:
    interface.save(folder / "interface.json")
    return folder / "interface.json"


def test_a_reset_that_does_nothing_is_found(tmp_path: Path) -> None:
    """Negative control."""
    interface = written(port("rst_n"), tmp_path)
    top = tmp_path / "vhdl" / f"{FRAME.name}.vhd"
    text = top.read_text(encoding="utf-8")
    assert "reset => rst_n" in text
    top.write_text(text.replace("reset => rst_n", "reset => '1'"), encoding="utf-8")
    with pytest.raises(VerificationError, match="too early: its outputs are wrong"):  # events before a reset count
        run_firmware(FRAME, interface, tmp_path)


@pytest.mark.slow
def test_the_compiled_driver_waits_for_it(tmp_path: Path) -> None:
    interface = written(port("arst_n"), tmp_path)
    reference, codes = Reference(FRAME), random_codes(FRAME, 50, 1)
    program = CompiledSimulation.build(tmp_path / "vhdl", interface, tmp_path / "sim")
    flat = {name: values.reshape(50, -1) for name, values in codes.items()}
    found = program.output_codes(flat, 1)
    for name, values in reference.output_codes(codes).items():
        assert (found[name] == values.reshape(50, -1)).all()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("reset: low", "reset: 'low' is not a mapping of active, asynchronous to choices"),
        ("reset: {active: lo}", "reset: active: 'lo' is not high or low; did you mean 'low'?"),
        (
            "reset: {active: low}\naxi_stream: {}",
            "reset: is aresetn of axi_stream, synchronous and active low; remove one of the keys",
        ),
    ],
)
def test_refused(keys: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"initiation_interval: 3\n{keys}")
    assert str(caught.value) == f"design.yaml: {message}"
