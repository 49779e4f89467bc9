"""The firmware as a compiled program: every bit and cycle, frame-parallel and streaming, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.sim.beat_packing import pack
from bxnn.sim.bench.compiled_simulation import CompiledSimulation
from bxnn.sim.bench.port_words import from_words, to_words, words_of
from tests.bench.small_designs import PAIR

EVENTS = 40


@given(st.integers(1, 62), st.integers(1, 9), st.booleans(), st.integers(0, 2**32 - 1))
def test_words_are_the_bits_of_the_port(bits: int, elements: int, signed: bool, seed: int) -> None:
    port = Port("x", "x_valid", "x_data", elements, bits, signed)
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    codes = np.random.default_rng(seed).integers(low, high, (3, elements), np.int64, endpoint=True)
    words = to_words(port, codes)
    assert words.shape == (3, 1, words_of(port))
    for event in range(3):
        text = "".join(f"{word:032b}" for word in words[event, 0][::-1])
        assert int(text, 2) == int(pack(codes[event : event + 1], bits), 2)
    assert np.array_equal(from_words(port, words[:, 0]), codes)


def test_lanes_of_beats() -> None:
    port = Port("x", "x_valid", "x_data", 3, 4, False, "x_first", ((2, 0), (1, -1)))
    assert to_words(port, np.array([[1, 2, 3]])).tolist() == [[[0x13], [0x02]]]


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> CompiledSimulation:
    folder = tmp_path_factory.mktemp("pair")
    return CompiledSimulation.build(PAIR.write(folder) / "vhdl", PAIR.interface, folder / "work")


def test_every_bit(simulation: CompiledSimulation) -> None:
    codes = PAIR.stimulus(EVENTS)
    got = simulation.output_codes(codes, 1)
    for name, expected in PAIR.expected(codes).items():
        assert np.array_equal(got[name], expected)


def test_a_wrong_latency_is_refused(simulation: CompiledSimulation) -> None:
    latency = PAIR.interface.latency_cycles
    wrong = replace(simulation, interface=replace(PAIR.interface, latency_cycles=latency + 1))
    with pytest.raises(VerificationError) as caught:
        wrong.output_codes(PAIR.stimulus(EVENTS), 1)
    problem = f"event 0 took {latency} cycles, predicted are {latency + 1}"
    assert str(caught.value) == f"{PAIR.interface.top}: {problem}"


def test_a_built_program_is_kept(simulation: CompiledSimulation, tmp_path: Path) -> None:
    before = simulation.program.stat().st_mtime_ns
    folder = simulation.program.parent
    again = CompiledSimulation.build(folder.parent / "vhdl", PAIR.interface, folder)
    assert again.program.stat().st_mtime_ns == before
    faster: Interface = replace(PAIR.interface, initiation_interval=PAIR.interface.initiation_interval + 1)
    assert CompiledSimulation.build(folder.parent / "vhdl", faster, folder).program.stat().st_mtime_ns != before
