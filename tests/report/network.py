"""A small compiled network to report on."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import DesignConfig, parse_config
from bxnn.compiler.hardware.port_interface import Port
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.notices import IgnoredKey, LeftOut
from bxnn.compiler.ir.reasons import IgnoredReason, LeftOutReason
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.report import ReportModel, Resources, Simulation, build_report, with_device_use
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.dense import Dense

CONFIG: DesignConfig = parse_config("initiation_interval: 4\nlayers: {fc1: {binding: output_serial}}")
NOTICES = (
    LeftOut("softmax (softmax)", "softmax", LeftOutReason.SAME_ORDER),
    IgnoredKey("HLSConfig: LayerName: softmax", "TableSize", "2048", IgnoredReason.NO_TABLES),
)


@cache
def network() -> tuple[Graph, Schedule]:
    """x(6) - fc1(8) - relu1 - fc2(3), every third weight zero, and its schedule at II = 4."""
    rng = np.random.default_rng(3)
    source = FixedQuantizer(FixedFormat(True, 3, 4), Rounding.RND_CONV, Overflow.SAT)
    relu = FixedQuantizer(FixedFormat(False, 0, 6), Rounding.RND_CONV, Overflow.SAT)
    first, second = rng.integers(1, 15, (6, 8)), -rng.integers(1, 15, (8, 3))
    first[::3], second[::3] = 0, 0
    layers = (
        Input("x", (), (6,), source),
        Dense("fc1", ("x",), FixedTensor(first, 4), FixedTensor(rng.integers(-20, 20, 8), 4)),
        ActivationLayer("relu1", ("fc1",), relu),
        Dense("fc2", ("relu1",), FixedTensor(second, 4), None),
    )
    graph = Graph("tiny", layers, ("fc2",), NOTICES, {"fc1": "fc 1"})
    schedule = schedule_graph(graph, CONFIG, load_board(CONFIG.board))
    assert isinstance(schedule, Schedule)
    return graph, schedule


def tiny_report(files: tuple[Path, ...] = ()) -> ReportModel:
    """The report of the network, nothing measured."""
    graph, schedule = network()
    tensors = graph.tensors()

    def port(name: str, side: str) -> Port:
        return Port(name, f"{side}_valid", f"{side}_data", tensors[name].size, tensors[name].bits, True)

    board = load_board(CONFIG.board)
    return build_report(graph, schedule, board, CONFIG, files, [port("x", "in")], [port("fc2", "out")])


def measured_report(passed: bool = True) -> ReportModel:
    """The report with a simulation and a synthesis."""
    report = tiny_report()
    simulation = Simulation(
        simulator="GHDL 2.0.0",
        events=500,
        mismatches=0 if passed else 7,
        latency_cycles=report.latency_cycles,
        initiation_interval=4,
        passed=passed,
        first_difference=None if passed else "fc2 element 1, event 3, cycle 40: expected 5, got 4",
    )
    resources = Resources(source="yosys 0.70", lut=321, ff=654, dsp=report.dsp, bram=0, logic_levels=3)
    return with_device_use(report.model_copy(update={"simulation": simulation, "resources": resources}))
