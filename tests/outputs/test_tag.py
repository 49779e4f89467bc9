"""``tag_bits``: a tag enters with an event, leaves with its outputs, through gaps and resets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.backend.vhdl.vhdl_stream import StreamVhdlBackend
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.bench.verilator import Verilator
from bxnn.sim.reference import Reference
from bxnn.sim.rtl import RtlResult, SimulatorName, simulate
from bxnn.sim.vectors import corner_vectors
from tests.layers.firmware import FACTS, random_codes, schedule
from tests.outputs.test_decisions import network
from tests.streams.networks import Chain
from tests.streams.networks import schedule as stream_schedule

TAGGED = {**FACTS, "tag_bits": 9}
EVENTS = 12


def simulated(streaming: bool, folder: Path, simulator: SimulatorName, spoil: str = "") -> RtlResult:
    """A small network with a tag; ``spoil`` replaces the length of its delay line."""
    if streaming:
        graph = Chain((4, 5, 1)).conv(2, (2, 2)).relu().dense(1).graph()
        plan = stream_schedule(graph, 2, 1)
        assert isinstance(plan, StreamSchedule)
        files = StreamVhdlBackend(graph, plan, TAGGED).write(folder / "vhdl")
        interface = interface_of(graph, plan, files, 9)
    else:
        graph = run(network(), PIPELINE, PassOptions())
        chosen = schedule(graph, 3)
        interface = interface_of(graph, chosen, VhdlBackend(chosen.graph, chosen, TAGGED).write(folder / "vhdl"), 9)
    if spoil:
        top = folder / "vhdl" / f"{graph.name}.vhd"
        before, after = top.read_text().split("tag_line :")
        top.write_text(before + "tag_line :" + after.replace("x   => in_tag", spoil))
    reference, codes = Reference(graph), random_codes(graph, EVENTS, 1)
    expected = {name: values.reshape(EVENTS, -1) for name, values in reference.output_codes(codes).items()}
    flat = {name: values.reshape(EVENTS, -1) for name, values in codes.items()}
    return simulate(folder, interface, flat, expected, simulator, 1, corner_vectors(reference, 1))


@pytest.mark.parametrize("streaming", [False, True])
def test_the_tag_leaves_with_its_event(streaming: bool, tmp_path: Path) -> None:
    result = simulated(streaming, tmp_path, "ghdl")
    assert (result.passed, result.mismatches) == (True, 0), result.first_difference


def test_a_tag_of_another_event_is_found(tmp_path: Path) -> None:
    result = simulated(False, tmp_path, "ghdl", "x   => not in_tag")
    assert not result.passed and result.mismatches == result.events + result.directed_events
    assert str(result.first_difference).startswith("out_tag, directed event 0 (first event after reset), cycle ")


@pytest.mark.slow
def test_the_same_in_verilator(tmp_path: Path) -> None:
    Verilator().require_tools()
    assert simulated(False, tmp_path, "verilator").passed
