"""delay_line, valid_delay, phase_sequencer and weight_rom: the plumbing of time."""

import random
from pathlib import Path

import pytest

from bxnn.compiler.numeric.integers import ceil_log2
from tests.vhdl.events import event_starts, pack, pulses
from tests.vhdl.harness import Bits, Generic, Instance, Recording, expect_failure, play, seed_for

CYCLES = 600
RESET = (90, 91)
LINES = (0, 1, 2, 7)
SEQUENCERS = ((1, 3), (2, 1), (3, 6), (5, 4), (8, 9))  # phases, taps
ROMS = ((1, 3), (2, 4), (5, 7), (8, 40), (65, 40), (150, 3))  # depth, width
SHARED = (0, 2)


def line(cycles: int) -> Instance:
    generics = {"WIDTH": 9, "CYCLES": cycles}
    return Instance(f"line{cycles}", "bxnn_delay_line", generics, {"x": 9}, {"y": 9})


def valid_line(cycles: int) -> Instance:
    ports = {"rst": None, "valid": None}
    return Instance(f"valid{cycles}", "bxnn_valid_delay", {"CYCLES": cycles}, ports, {"y_valid": None})


def phase_width(phases: int) -> int:
    return max(1, ceil_log2(phases))


def sequencer(phases: int, taps: int) -> Instance:
    outputs = {"phase": taps * phase_width(phases), "tap_valid": taps}
    generics = {"PHASES": phases, "TAPS": taps}
    return Instance(f"seq{phases}", "bxnn_phase_sequencer", generics, {"rst": None, "valid": None}, outputs)


def rom(depth: int, width: int, rows: list[int], shared: int = 0) -> Instance:
    """A ROM; ``shared`` limits both the registers of a counter and the bits that a register drives.

    Its valid is early if it does.
    """
    contents = Bits(pack(rows, width), depth * width)
    generics: dict[str, int | Generic] = {
        "DEPTH": depth,
        "WIDTH": width,
        "COUNTER_REGISTERS": shared,
        "READERS": shared,
        "CONTENTS": contents,
    }
    generics["EARLY"] = int(shared > 0)
    name = f"rom{depth}_{shared}"
    return Instance(name, "bxnn_weight_rom", generics, {"rst": None, "valid": None}, {"data": width})


class Played:
    """One simulation of all instances, and what they were driven with."""

    def __init__(self, folder: Path) -> None:
        rng = random.Random(seed_for("sequencing"))
        self.rst = [int(c in RESET) for c in range(CYCLES)]
        self.words = [rng.getrandbits(9) for _ in range(CYCLES)]
        self.valid = [int(c in RESET or rng.random() < 0.4) for c in range(CYCLES)]
        self.rows = {depth: [rng.getrandbits(width) for _ in range(depth)] for depth, width in ROMS}
        self.starts = {phases: event_starts(rng, 8, phases) for phases in dict(SEQUENCERS) | dict(ROMS)}
        self.recording = play(folder, self.instances(), self.stimulus(), CYCLES)

    def instances(self) -> list[Instance]:
        return [
            *(line(n) for n in LINES),
            *(valid_line(n) for n in LINES),
            *(sequencer(*sizes) for sizes in SEQUENCERS),
            *(rom(*sizes, self.rows[sizes[0]], shared) for sizes in ROMS for shared in SHARED),
        ]

    def stimulus(self) -> dict[str, list[int]]:
        driven: dict[str, list[int]] = {line(n).port("x"): self.words for n in LINES}
        for n in LINES:
            driven |= {valid_line(n).port("valid"): self.valid, valid_line(n).port("rst"): self.rst}
        roms = [rom(*sizes, self.rows[sizes[0]], shared) for sizes in ROMS for shared in SHARED]
        phases = [*(phases for phases, _ in SEQUENCERS), *(depth for depth, _ in ROMS for _ in SHARED)]
        for instance, period in zip([*(sequencer(*sizes) for sizes in SEQUENCERS), *roms], phases, strict=True):
            driven[instance.port("valid")] = pulses(self.starts[period], CYCLES)
            driven[instance.port("rst")] = self.rst
        return driven


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("sequencing"))


@pytest.mark.parametrize("n", LINES)
def test_delay_line_is_exact_and_ignores_reset(played: Played, n: int) -> None:
    expected = {c + n: word for c, word in enumerate(played.words)}
    played.recording.check(line(n), "y", expected)
    expect_failure(played.recording, line(n), "y", {c + n + 1: word for c, word in enumerate(played.words)})


def valid_model(valid: list[int], rst: list[int], n: int) -> dict[int, int]:
    """A pulse survives if no edge that it passed was a reset edge."""
    return {c + n: int(v and not any(rst[c : c + n])) for c, v in enumerate(valid)}


@pytest.mark.parametrize("n", LINES)
def test_valid_delay_is_exact_and_forgets_at_reset(played: Played, n: int) -> None:
    expected = valid_model(played.valid, played.rst, n)
    played.recording.check(valid_line(n), "y_valid", expected)
    if n > 0:
        without_reset = {c + n: v for c, v in enumerate(played.valid)}
        expect_failure(played.recording, valid_line(n), "y_valid", without_reset)


def phases_of(played: Played, phases: int) -> list[int]:
    """The phase of every cycle, 0 when idle and after a reset."""
    shown = [0] * CYCLES
    for start in played.starts[phases]:
        for p in range(phases):
            cycle = start + p
            if cycle < CYCLES and not any(played.rst[start:cycle]):
                shown[cycle] = p
    return shown


@pytest.mark.parametrize(("phases", "taps"), SEQUENCERS)
def test_phase_taps(played: Played, phases: int, taps: int) -> None:
    shown, width = phases_of(played, phases), phase_width(phases)
    expected = {c: pack([shown[c - k] for k in range(taps)], width) for c in range(taps, CYCLES)}
    played.recording.check(sequencer(phases, taps), "phase", expected)
    valids = [valid_model(pulses(played.starts[phases], CYCLES), played.rst, k) for k in range(taps)]
    played.recording.check(
        sequencer(phases, taps),
        "tap_valid",
        {c: pack([v[c] for v in valids], 1) for c in range(taps, CYCLES)},
    )
    if phases > 1:
        late = {c + 1: word for c, word in expected.items()}
        expect_failure(played.recording, sequencer(phases, taps), "phase", late)


@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize(("depth", "width"), ROMS)
def test_rom_shows_the_row_of_the_phase(played: Played, depth: int, width: int, shared: int) -> None:
    shown, early = phases_of(played, depth), int(shared > 0)
    expected = {c: played.rows[depth][shown[c - early]] for c in range(early, CYCLES) if not played.rst[c - early]}
    instance = rom(depth, width, played.rows[depth], shared)
    played.recording.check(instance, "data", expected)
    expect_failure(played.recording, instance, "data", {c: row ^ (c == 9) for c, row in expected.items()})


def test_every_instance_was_recorded(played: Played) -> None:
    recording: Recording = played.recording
    assert len(recording.cycles) == len(LINES) * 2 + len(SEQUENCERS) * 2 + len(ROMS) * len(SHARED)
