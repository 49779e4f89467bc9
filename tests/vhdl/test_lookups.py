"""lookup: every row of every table, on every lane, in order and at random."""

import random
from pathlib import Path

from tests.vhdl.events import event_starts, pack, pulses
from tests.vhdl.harness import Bits, Instance, Integers, expect_failure, play, seed_for

# lanes, in_bits, out_bits, table of every lane, whether pages have registers
SHAPES = (
    (1, 1, 3, (0,), 0),
    (3, 4, 5, (1, 0, 1), 0),
    (2, 7, 2, (0, 0), 0),
    (3, 8, 3, (0, 1, 0), 1),
)


def tables(in_bits: int, out_bits: int, which: tuple[int, ...]) -> list[list[int]]:
    rng = random.Random(in_bits)
    return [[rng.getrandbits(out_bits) for _ in range(1 << in_bits)] for _ in range(max(which) + 1)]


def lookup(lanes: int, in_bits: int, out_bits: int, which: tuple[int, ...], paged: int = 0) -> Instance:
    found = tables(in_bits, out_bits, which)
    entries = [entry for table in found for entry in table]
    generics = {
        "LANES": lanes,
        "IN_BITS": in_bits,
        "OUT_BITS": out_bits,
        "TABLES": len(found),
        "WHICH": Integers(which),
        "PAGED": paged,
        "MAX_FANOUT": 5,
        "CONTENTS": Bits(pack(entries, out_bits), len(entries) * out_bits),
    }
    ports = {"enable": None, "x": lanes * in_bits}
    return Instance(f"lookup{in_bits}", "bxnn_lookup", generics, ports, {"y": lanes * out_bits})


def test_lookup(tmp_path: Path) -> None:
    rng = random.Random(seed_for("lookup"))
    cycles, instances = 260, [lookup(*shape) for shape in SHAPES]
    stimulus: dict[str, list[int]] = {}
    expected: list[dict[int, int]] = []
    for instance, (lanes, in_bits, out_bits, which, paged) in zip(instances, SHAPES, strict=True):
        rows = [[(cycle + lane) % (1 << in_bits) for lane in range(lanes)] for cycle in range(cycles)]
        enable = [1] * 140 + pulses(event_starts(rng, 40, 1), cycles)[140:]
        stimulus[instance.port("x")] = [pack(row, in_bits) for row in rows]
        stimulus[instance.port("enable")] = enable
        found, shown = tables(in_bits, out_bits, which), dict[int, int]()
        for cycle, (row, loads) in enumerate(zip(rows, enable, strict=True)):
            held = shown.get(cycle + paged, 0)
            fresh = pack([found[table][x] for table, x in zip(which, row, strict=True)], out_bits)
            shown[cycle + paged + 1] = fresh if loads else held
        expected.append(shown)
    recording = play(tmp_path, instances, stimulus, cycles)
    for instance, shown in zip(instances, expected, strict=True):
        recording.check(instance, "y", shown)
        expect_failure(recording, instance, "y", {cycle + 1: value for cycle, value in shown.items()})
