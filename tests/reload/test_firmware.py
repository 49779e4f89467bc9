"""Weights that are loaded at run time, in GHDL: every event uses one set, whole, and the right one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.schedule.scheduling import schedule_graph
from tests.reload.networks import ALL_HIGH, ALL_LOW, two_layers
from tests.reload.running import loading_of, run, wrong_events

BOARD = load_board("xcvu9p")
RELOADS = 20


def scheduled(seed: int, text: str = "initiation_interval: 4\nstrategy: dsp") -> Schedule:
    found = schedule_graph(two_layers(seed), parse_config(text), BOARD)
    assert isinstance(found, Schedule)
    return found


@pytest.mark.parametrize(
    ("bus", "text"),
    [
        ("port", "initiation_interval: 4\nstrategy: dsp"),
        ("axi-lite", "initiation_interval: 1\nstrategy: dsp"),
        ("ipbus", "initiation_interval: 6\nstrategy: dsp\nlayers: {fc1: {binding: output_serial, cascade: 3}}"),
    ],
)
def test_no_event_mixes_two_sets(bus: str, text: str, tmp_path: Path) -> None:
    chosen = [scheduled(seed, text) for seed in (0, ALL_LOW, ALL_HIGH, *range(1, RELOADS - 1))]
    sets = [loading_of(other, bus).set_words() for other in chosen[1:]]
    result = run(chosen[0], sets, bus, tmp_path, np.random.default_rng(1))
    assert result.spurious == 0
    assert {event.used for event in result.events} == set(range(RELOADS + 1))
    assert wrong_events(result, [other.graph for other in chosen]) == []
    assert wrong_events(result, [chosen[0].graph] * (RELOADS + 1)) != []  # the sets differ


@pytest.mark.parametrize(
    "spoil", ["settling(SETTLE_CYCLES - 1); -> settling(0);", "target   <= free; -> target   <= not free;"]
)
def test_a_mixed_event_is_found(spoil: str, tmp_path: Path) -> None:
    """Negative control: a switch that takes effect too early, and words in the bank that events use."""
    chosen = [scheduled(seed) for seed in range(4)]
    sets = [loading_of(other, "port").set_words() for other in chosen[1:]]
    result = run(chosen[0], sets, "port", tmp_path, np.random.default_rng(1), spoil)
    assert wrong_events(result, [other.graph for other in chosen]) != []
