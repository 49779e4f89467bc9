"""The bench on a handwritten streaming design: correct designs pass, and every defect is found and named."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bxnn.compiler.errors import VerificationError
from bxnn.sim.rtl import SimulatorName, simulate
from tests.bench.small_designs import FRAMES
from tests.bench.test_simulate import BOTH, EVENTS, run


@BOTH
def test_a_right_design_passes(simulator: SimulatorName, tmp_path: Path) -> None:
    result = run(FRAMES, FRAMES.write(tmp_path), simulator)
    assert result.passed, result.first_difference
    assert (result.latency_cycles, result.latency_from_last_beat_cycles, result.initiation_interval) == (10, 5, 7)
    assert (result.events, result.mismatches, result.spurious) == (EVENTS, 0, 0)
    assert result.received == result.events + result.directed_events


@pytest.mark.parametrize("seed", [2, 3])
def test_a_right_design_passes_with_any_seed_and_without_corners(seed: int, tmp_path: Path) -> None:
    result = run(FRAMES, FRAMES.write(tmp_path), seed=seed, corners=False)
    assert result.passed, result.first_difference


FIRST = r"output y, element 0, directed event 0 \(first event after reset\), cycle 12: expected -280, got"
INSIDE = r"output y, element 0, directed event 18 \(gaps inside the frame\), cycle 177: expected 552, got"
DUE = r"output y, directed event 0 \(first event after reset\): expected out_valid in cycle 12, got it in cycle"
DEFECTS = {
    "WRONG_BIT": rf"{FIRST} -98",
    "ONE_LATER": rf"{DUE} 13 \(latency from the last beat 6, predicted 5\)",
    "ONE_EARLIER": rf"{DUE} 11 \(latency from the last beat 4, predicted 5\)",
    "LOST": r"output y, directed event 13 \(gaps inside the frame\): expected out_valid in cycle 209, but it never "
    "came",
    "TRUNCATED_COMES": r"output y, cycle 521: expected no out_valid, got one"
    r" \(5 cycles after directed event 3 with beats 0 to 0 of 6\)",
    "RESET_COMES": r"output y, cycle 323: expected no out_valid, got one \(2 cycles after a reset\)",
    "COUNTS_CYCLES": r"output y, cycle 176: expected no out_valid, got one \(176 cycles after a reset\)",
    "TAKES_GARBAGE": rf"{INSIDE} -?\d+",
    "FIRST_UNGATED": rf"{INSIDE} -?\d+",
    "KEEPS_SUM": rf"{FIRST} X+",
    "HEADLESS_COMES": r"output y, cycle 665: expected no out_valid, got one"
    r" \(1 cycle after directed event 8 with beats 1 to 5 of 6\)",
    "TAKES_PADDING": rf"{FIRST} -?\d+",
    "LOSES_DRAINING": r"output y, directed event 0 \(directed\): expected out_valid in cycle 33, but it never came",
    "DUE_FROM_FIRST": r"output y, directed event 0 \(directed\): expected out_valid in cycle 33, but it never came",
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found_and_named(defect: str, tmp_path: Path) -> None:
    result = run(FRAMES, FRAMES.write(tmp_path, defect))
    assert not result.passed
    assert re.fullmatch(DEFECTS[defect], str(result.first_difference)), result.first_difference


def test_a_wrong_promise_of_the_latency_fails(tmp_path: Path) -> None:
    build = FRAMES.write(tmp_path)
    stimulus = FRAMES.stimulus(3)
    late = replace(FRAMES.interface, latency_cycles=11)
    result = simulate(build, late, stimulus, FRAMES.expected(stimulus))
    assert not result.passed
    assert (result.latency_cycles, result.latency_from_last_beat_cycles) == (10, 5)
    assert str(result.first_difference) == (
        "output y, event 0 (first event after reset): expected out_valid in cycle 13, got it in cycle 12"
        " (latency from the last beat 5, predicted 6)"
    )


def test_one_wrong_expected_bit_fails_that_event_alone(tmp_path: Path) -> None:
    expected = FRAMES.expected(FRAMES.stimulus(EVENTS))
    expected["y"][41, 0] ^= 1
    result = run(FRAMES, FRAMES.write(tmp_path), expected=expected)
    assert (result.passed, result.mismatches, result.first_event) == (False, 1, 41)
    wrong, right = expected["y"][41, 0], expected["y"][41, 0] ^ 1
    assert re.fullmatch(
        rf"output y, element 0, event 41 \(with gaps\), cycle \d+: expected {wrong}, got {right}",
        str(result.first_difference),
    )


def test_a_missing_port_for_first_beats_is_named(tmp_path: Path) -> None:
    source = FRAMES.write(tmp_path) / "vhdl" / "frames.vhd"
    source.write_text(source.read_text(encoding="utf-8").replace("in_first", "start_in"), encoding="utf-8")
    with pytest.raises(VerificationError, match="frames: has no port in_first"):
        run(FRAMES, tmp_path)
