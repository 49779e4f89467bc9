"""``latency``: results come exactly when asked, through gaps and resets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.boards.board import load_board
from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.backend.vhdl.vhdl_stream import StreamVhdlBackend
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.scheduling import schedule_graph
from tests.layers.firmware import FACTS, run_firmware
from tests.outputs.test_decisions import network
from tests.streams.networks import Chain

TAGGED = {**FACTS, "tag_bits": 5}
FRAME = run(network(), PIPELINE, PassOptions())
NETWORKS: dict[str, tuple[Graph, str]] = {
    "DSPs": (FRAME, "initiation_interval: 3\nstrategy: dsp"),
    "adders, every cycle": (FRAME, "initiation_interval: 1\nstrategy: lut"),
    "output register": (FRAME, "initiation_interval: 4\ntiming: {output_register: true}"),
    "tail": (Chain((4, 5, 1)).conv(2, (2, 2)).relu().dense(1).graph(), "initiation_interval: 24\nform: streaming"),
    "no tail": (Chain((4, 5, 1)).conv(2, (2, 2)).relu().graph(), "initiation_interval: 24\nform: streaming"),
}
BOARD = load_board("xcvu9p")


def scheduled(name: str, more: int) -> tuple[Graph, Schedule | StreamSchedule]:
    """A network whose latency is ``more`` cycles longer than it needs."""
    graph, text = NETWORKS[name]
    plain = schedule_graph(graph, parse_config(text), BOARD)
    found = schedule_graph(graph, parse_config(f"{text}\nlatency: {{cycles: {plain.latency_cycles + more}}}"), BOARD)
    assert found.latency_cycles == plain.latency_cycles + more
    assert (found.padding_cycles, plain.padding_cycles) == (more, 0)
    return graph, found


def written(graph: Graph, schedule: Schedule | StreamSchedule, folder: Path) -> Interface:
    if isinstance(schedule, StreamSchedule):
        files = StreamVhdlBackend(graph, schedule, TAGGED).write(folder / "vhdl")
    else:
        files = VhdlBackend(schedule.graph, schedule, TAGGED).write(folder / "vhdl")
    return interface_of(graph, schedule, files, 5)


@pytest.mark.parametrize(
    ("name", "more"),
    [("DSPs", 1), ("adders, every cycle", 2), ("output register", 9), ("tail", 1), ("no tail", 27)],
)
def test_values_and_tag_come_when_asked(name: str, more: int, tmp_path: Path) -> None:
    graph, schedule = scheduled(name, more)
    result = run_firmware(graph, written(graph, schedule, tmp_path), tmp_path)
    assert (result.passed, result.mismatches, result.spurious) == (True, 0, 0), result.first_difference
    assert result.latency_cycles == schedule.latency_cycles
    constants = (tmp_path / "vhdl" / f"{graph.name}_pkg.vhd").read_text(encoding="utf-8")
    assert f":= {schedule.latency_cycles};" in constants and f":= {more};" in constants


def test_padding_of_nothing_is_no_hardware() -> None:
    assert scheduled("DSPs", 0)[1].padding_cycles == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("latency: {cycles: 3}", "3 cycles, but the network takes 4; write cycles: 4 or more"),
        ("latency: {cycles: 1}", "1 cycle, but the network takes 4; write cycles: 4 or more"),
        (
            "latency: {bx: 1}\nclock_mhz: 120",
            "1 BX are 3 cycles, but the network takes 4; write bx: 2 or more",
        ),
        (
            "latency: {bx: 2}\nclock_mhz: 250",
            "bx needs a whole number of cycles per bunch crossing, but clock_mhz is 250; write cycles",
        ),
        (
            "latency: {cycles: 20}\nbudget: {latency_ns: 50}",
            "20 cycles are 62.4 ns, more than budget: latency_ns: 50 allows; change one of them",
        ),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        schedule_graph(FRAME, parse_config(f"initiation_interval: 3\nstrategy: dsp\n{text}"), BOARD)
    assert str(caught.value) == f"design.yaml: latency: {message}"


@pytest.mark.parametrize(("clock", "cycles"), [(320.632, 48), (320, 48), (360, 54), (240.474, 36), (40.079, 6)])
def test_bunch_crossings(clock: float, cycles: int) -> None:
    text = f"initiation_interval: 3\nstrategy: lut\nclock_mhz: {clock}\nlatency: {{bx: 6}}"
    assert schedule_graph(FRAME, parse_config(text), BOARD).latency_cycles == cycles
