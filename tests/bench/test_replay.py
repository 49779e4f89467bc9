"""GHDL with events from a file: every bit and cycle, frame-parallel and streaming, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.errors import VerificationError
from bxnn.sim.bench.replay import Replay
from tests.bench.small_designs import FRAMES, PAIR, Design

EVENTS = 30


@pytest.mark.parametrize("design", [PAIR, FRAMES], ids=["parallel", "streaming"])
def test_every_bit(design: Design, tmp_path: Path) -> None:
    replay = Replay.build(design.write(tmp_path) / "vhdl", design.interface, tmp_path / "work")
    codes = design.stimulus(EVENTS)
    got = replay.output_codes(codes, tmp_path)
    for name, expected in design.expected(codes).items():
        assert np.array_equal(got[name], expected)
    made = (tmp_path / "work/replay.key").stat().st_mtime_ns
    assert Replay.build(tmp_path / "vhdl", design.interface, tmp_path / "work") == replay
    assert (tmp_path / "work/replay.key").stat().st_mtime_ns == made


def test_a_wrong_latency_is_refused(tmp_path: Path) -> None:
    interface = PAIR.interface
    replay = Replay.build(PAIR.write(tmp_path) / "vhdl", interface, tmp_path / "work")
    late = replace(replay, interface=replace(interface, latency_cycles=interface.latency_cycles + 1))
    with pytest.raises(VerificationError) as caught:
        late.output_codes(PAIR.stimulus(EVENTS), tmp_path)
    assert str(caught.value) == "pair: event 0 took 7 cycles, predicted are 8"


@pytest.mark.parametrize(
    ("defect", "problem"),
    [
        ("DROPS", "received 28 output events, sent 30 events"),
        ("ONE_PORT_LATE", "event 0: the valids of its outputs do not coincide"),
    ],
)
def test_what_the_outputs_lack_is_told(defect: str, problem: str, tmp_path: Path) -> None:
    replay = Replay.build(PAIR.write(tmp_path, defect) / "vhdl", PAIR.interface, tmp_path / "work")
    codes = PAIR.stimulus(EVENTS)
    codes["a"][:2, 0] = -32  # what the defect drops
    codes["a"][2:, 0] = 1
    with pytest.raises(VerificationError) as caught:
        replay.output_codes(codes, tmp_path)
    assert str(caught.value) == f"pair: {problem}"


def test_undefined_bits_are_refused(tmp_path: Path) -> None:
    file = PAIR.write(tmp_path) / "vhdl" / "pair.vhd"
    text = file.read_text(encoding="utf-8")
    assert text.count("<= y(latency);") == 1
    file.write_text(text.replace("<= y(latency);", "<= y(latency)(23 downto 1) & 'X';"), encoding="utf-8")
    replay = Replay.build(file.parent, PAIR.interface, tmp_path / "work")
    with pytest.raises(VerificationError) as caught:
        replay.output_codes(PAIR.stimulus(EVENTS), tmp_path)
    assert str(caught.value).startswith("pair: event 0: output y has undefined bits: ")
