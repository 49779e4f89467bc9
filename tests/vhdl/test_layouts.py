"""serial_to_parallel and parallel_to_serial: order, latency, and how long a result is held."""

import random
from pathlib import Path

import pytest

from tests.vhdl.events import event_starts, pack, parallel_words, pulses, serial_words
from tests.vhdl.harness import Instance, Recording, expect_failure, play, seed_for

CYCLES = 420
EVENTS = 14
SIZES = ((1, 1, 8), (3, 1, 5), (1, 2, 7), (2, 5, 6), (4, 8, 3), (2, 21, 3))  # lanes, phases, bits
MAX_FANOUT = {8: 9, 21: 7}  # by phases: of the counter of parallel_to_serial


def collector(lanes: int, phases: int, bits: int) -> Instance:
    generics = {"LANES": lanes, "PHASES": phases, "BITS": bits}
    inputs = {"rst": None, "valid": None, "x": lanes * bits}
    outputs = {"y_valid": None, "y": phases * lanes * bits}
    return Instance(f"collect{lanes}_{phases}", "bxnn_serial_to_parallel", generics, inputs, outputs)


def distributor(lanes: int, phases: int, bits: int) -> Instance:
    generics = {"INPUTS": lanes * phases, "LANES": lanes, "PHASES": phases, "BITS": bits}
    generics["MAX_FANOUT"] = MAX_FANOUT.get(phases, 0)
    inputs = {"rst": None, "valid": None, "x": phases * lanes * bits}
    outputs = {"y_valid": None, "y": lanes * bits}
    return Instance(f"distribute{lanes}_{phases}", "bxnn_parallel_to_serial", generics, inputs, outputs)


class Played:
    """One simulation of all sizes: events[(lanes, phases)] = (start, words per phase)."""

    def __init__(self, folder: Path) -> None:
        rng = random.Random(seed_for("layouts"))
        self.events: dict[tuple[int, int], list[tuple[int, list[int]]]] = {}
        stimulus: dict[str, list[int]] = {}
        for lanes, phases, bits in SIZES:
            row = lanes * bits
            starts = event_starts(rng, EVENTS, phases)
            events = [(start, [rng.getrandbits(row) for _ in range(phases)]) for start in starts]
            collect, distribute = collector(lanes, phases, bits), distributor(lanes, phases, bits)
            stimulus[collect.port("x")] = serial_words(rng, events, CYCLES, row)
            flat = [(start, pack(words, row)) for start, words in events]
            stimulus[distribute.port("x")] = parallel_words(rng, flat, CYCLES, phases, phases * row)
            for instance in (collect, distribute):
                stimulus[instance.port("valid")] = pulses(starts, CYCLES)
            assert starts[-1] + 2 * phases < CYCLES
            self.events[lanes, phases] = events
        instances = [make(*size) for make in (collector, distributor) for size in SIZES]
        self.recording: Recording = play(folder, instances, stimulus, CYCLES)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("layouts"))


def collected(events: list[tuple[int, list[int]]], phases: int, row: int) -> dict[int, int]:
    """The word visible in every cycle from the first result on, held until the next one."""
    results = {start + phases: pack(words, row) for start, words in events}
    shown, current = {}, None
    for cycle in range(CYCLES):
        current = results.get(cycle, current)
        if current is not None:
            shown[cycle] = current
    return shown


@pytest.mark.parametrize(("lanes", "phases", "bits"), SIZES)
def test_serial_to_parallel(played: Played, lanes: int, phases: int, bits: int) -> None:
    instance, events = collector(lanes, phases, bits), played.events[lanes, phases]
    expected = collected(events, phases, lanes * bits)
    played.recording.check(instance, "y", expected)
    arrivals = pulses([start + phases for start, _ in events], CYCLES)
    played.recording.check(instance, "y_valid", arrivals)
    expect_failure(played.recording, instance, "y", {c + 1: word for c, word in expected.items()})
    expect_failure(played.recording, instance, "y_valid", dict(enumerate(arrivals[1:])))
    if phases > 1:
        backwards = collected([(start, words[::-1]) for start, words in events], phases, lanes * bits)
        expect_failure(played.recording, instance, "y", backwards)


@pytest.mark.parametrize(("lanes", "phases", "bits"), SIZES)
def test_parallel_to_serial(played: Played, lanes: int, phases: int, bits: int) -> None:
    instance, events = distributor(lanes, phases, bits), played.events[lanes, phases]
    expected = {start + p + 1: word for start, words in events for p, word in enumerate(words)}
    played.recording.check(instance, "y", expected)
    arrivals = pulses([start + 1 for start, _ in events], CYCLES)
    played.recording.check(instance, "y_valid", arrivals)
    expect_failure(played.recording, instance, "y", {c + 1: word for c, word in expected.items()})
    expect_failure(played.recording, instance, "y_valid", dict(enumerate(arrivals[1:])))
