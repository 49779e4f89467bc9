"""Recurrent layers all the way to simulated firmware, HLS C++ and emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler.driver import compile_model
from bxnn.compiler.frontend import load_model
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.verification import csim, simulate
from tests.layers.firmware import check_firmware, schedule
from tests.recurrent.test_models import GOLDEN, SHARED


def check(model: Path, folder: Path, events: int) -> tuple[int, int]:
    """Every bit of every engine, every cycle and the spacing of events as predicted; returns cycles and DSPs."""
    report = compile_model(model, None, None, folder)
    found = simulate(folder, None, events, quick=True).simulation
    assert found is not None and (found.passed, found.mismatches, found.directed_mismatches) == (True, 0, 0)
    assert (found.latency_cycles, found.initiation_interval) == (report.latency_cycles, report.initiation_interval)
    c = csim(folder, None, 10 * events).csim
    assert c is not None and (c.passed, c.mismatches, c.directed_mismatches) == (True, 0, 0)
    return report.latency_cycles, report.dsp


def test_a_sequence_computed_backwards(tmp_path: Path) -> None:
    graph = run(load_model(GOLDEN / "backwards.h5"), PIPELINE, PassOptions())
    check_firmware(graph, schedule(graph, 2), tmp_path)


@pytest.mark.third_party
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "events", "figures"), [("simplernn", 100, (68, 20)), ("lstm", 8, (175, 106)), ("gru", 8, (171, 76))]
)
def test_models_of_others(name: str, events: int, figures: tuple[int, int], tmp_path: Path) -> None:
    """The figures are those of docs/model_files.md."""
    assert check(SHARED / f"{name}.h5", tmp_path / "b", events) == figures
