"""The duration of a simulation is announced before it begins, and --quick omits everything added by the bench."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

import bxnn
from bxnn.compiler import cli
from bxnn.compiler.report import load_report
from bxnn.compiler.verification.expected_time import Simulator, announce, expected_seconds
from tests.bench.test_compiled_streams import TAU
from tests.report.network import tiny_report


def test_a_long_simulation_is_announced(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    large = tiny_report().model_copy(update={"dsp": 500, "predicted": None})
    announce(large, "ghdl", 24_000)
    announce(large, "verilator", 200_000)
    name = large.name
    assert caplog.messages == [
        f"{name}: simulates 24000 cycles in ghdl, about 240 s",
        f"{name}: simulates 200000 cycles in verilator, about 10 s and 50 s to build it the first time",
    ]


def test_a_short_simulation_is_not(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    announce(tiny_report().model_copy(update={"dsp": 10, "predicted": None}), "ghdl", 9_000)
    assert caplog.messages == []


# (simulator, cycles, DSPs, LUTs, seconds measured)
MEASURED = [
    ("ghdl", 3712, 266, 7442, 48.8),
    ("ghdl", 3459, 380, 14368, 41.8),
    ("ghdl", 961, 599, 27694, 20.9),
    ("verilator", 3459, 380, 14368, 0.13),
    ("verilator", 24139, 266, 7442, 0.34),
]


@pytest.mark.parametrize(("simulator", "cycles", "dsp", "lut", "seconds"), MEASURED)
def test_the_estimate_is_near_what_was_measured(
    simulator: Simulator, cycles: int, dsp: int, lut: int, seconds: float
) -> None:
    _, run = expected_seconds(simulator, cycles, dsp, lut)
    assert seconds / 3 < run < 3 * seconds


def test_quick_runs_the_events_only(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bxnn.compile(TAU, tmp_path / "tau", config=TAU.parent / "design.yaml")
    assert cli.run(["simulate", str(tmp_path / "tau"), "--events", "4", "--quick"]) == 0
    found = load_report(tmp_path / "tau" / "report.json").simulation
    assert found is not None
    assert (found.events, found.directed_events, found.received, found.mismatches) == (4, 0, 4, 0)
    assert bxnn.simulate(tmp_path / "tau", events=2, quick=True).simulation is not None
