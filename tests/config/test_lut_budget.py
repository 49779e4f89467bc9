"""`budget: lut` from design.yaml to a schedule, and its refusal."""

from __future__ import annotations

import numpy as np
import pytest

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.scheduling import schedule_graph
from tests.ir.networks import activation, dense, network, random_kernel, source

II = "initiation_interval: 4\n"


def small() -> Graph:
    rng = np.random.default_rng(2)
    first, second = random_kernel(rng, 6, 8, 5, 0.2), random_kernel(rng, 8, 4, 5, 0.2)
    return network(source("x", 6), dense("fc1", "x", first), activation("relu", "fc1"), dense("fc2", "relu", second))


def plan(graph: Graph, text: str) -> Schedule:
    config = parse_config(text)
    found = schedule_graph(graph, config, load_board(config.board))
    assert isinstance(found, Schedule)
    return found


def test_a_lut_budget_is_kept() -> None:
    plain, limited = plan(small(), II), plan(small(), II + "budget: {lut: 700}")
    assert plain.cost is not None and limited.cost is not None
    assert limited.cost.lut <= 700
    assert limited.latency_cycles < plain.latency_cycles, "a layer became an adder graph"
    assert plan(small(), II + "strategy: lut\nbudget: {lut: 5000, dsp: 0}").dsp == 0


def test_a_lut_budget_without_room_is_refused() -> None:
    with pytest.raises(ScheduleError) as caught:
        plan(small(), II + "strategy: lut\nbudget: {lut: 0}")
    assert str(caught.value) == (
        "design.yaml: budget: lut: 0 is out of reach: every design of net at initiation_interval 4 needs at least "
        "22 LUTs; raise or remove the limit"
    )
