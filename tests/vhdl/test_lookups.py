"""lookup and block_lookup: every row of every table, on every lane, in order and at random."""

import random
from collections.abc import Mapping
from pathlib import Path

from tests.vhdl.events import event_starts, pack, pulses
from tests.vhdl.harness import Bits, Generic, Instance, Integers, expect_failure, play, seed_for

# lanes, in_bits, out_bits, table of every lane, whether there is a second register
SHAPES = (
    (1, 1, 3, (0,), 0),
    (3, 4, 5, (1, 0, 1), 0),
    (2, 7, 2, (0, 0), 0),
    (3, 8, 3, (0, 1, 0), 1),
)
IN_BLOCK_RAM = ((2, 7, 3, (1, 0), 0), (1, 6, 4, (0,), 1))


def tables(in_bits: int, out_bits: int, which: tuple[int, ...]) -> list[list[int]]:
    rng = random.Random(in_bits)
    return [[rng.getrandbits(out_bits) for _ in range(1 << in_bits)] for _ in range(max(which) + 1)]


def lookup(lanes: int, in_bits: int, out_bits: int, which: tuple[int, ...], paged: int = 0) -> Instance:
    generics = {"PAGED": paged, "MAX_FANOUT": 5}
    return instance(f"lookup{in_bits}", "bxnn_lookup", (lanes, in_bits, out_bits, which), generics)


def block_lookup(lanes: int, in_bits: int, out_bits: int, which: tuple[int, ...], registered: int = 0) -> Instance:
    shape = (lanes, in_bits, out_bits, which)
    return instance(f"block{in_bits}", "bxnn_block_lookup", shape, {"REGISTERED": registered})


def instance(
    name: str, entity: str, shape: tuple[int, int, int, tuple[int, ...]], more: Mapping[str, int | Generic]
) -> Instance:
    """Tables of random entries."""
    lanes, in_bits, out_bits, which = shape
    found = tables(in_bits, out_bits, which)
    entries = [entry for table in found for entry in table]
    generics = {
        "LANES": lanes,
        "IN_BITS": in_bits,
        "OUT_BITS": out_bits,
        "TABLES": len(found),
        "WHICH": Integers(which),
        **more,
        "CONTENTS": Bits(pack(entries, out_bits), len(entries) * out_bits),
    }
    ports = {"enable": None, "x": lanes * in_bits}
    return Instance(name, entity, generics, ports, {"y": lanes * out_bits})


def test_lookup(tmp_path: Path) -> None:
    rng = random.Random(seed_for("lookup"))
    cycles, shapes = 260, (*SHAPES, *IN_BLOCK_RAM)
    instances = [*(lookup(*shape) for shape in SHAPES), *(block_lookup(*shape) for shape in IN_BLOCK_RAM)]
    stimulus: dict[str, list[int]] = {}
    expected: list[dict[int, int]] = []
    for made, (lanes, in_bits, out_bits, which, paged) in zip(instances, shapes, strict=True):
        rows = [[(cycle + lane) % (1 << in_bits) for lane in range(lanes)] for cycle in range(cycles)]
        enable = [1] * 140 + pulses(event_starts(rng, 40, 1), cycles)[140:]
        stimulus[made.port("x")] = [pack(row, in_bits) for row in rows]
        stimulus[made.port("enable")] = enable
        found, shown = tables(in_bits, out_bits, which), dict[int, int]()
        for cycle, (row, loads) in enumerate(zip(rows, enable, strict=True)):
            held = shown.get(cycle + paged, 0)
            fresh = pack([found[table][x] for table, x in zip(which, row, strict=True)], out_bits)
            shown[cycle + paged + 1] = fresh if loads else held
        expected.append(shown)
    recording = play(tmp_path, instances, stimulus, cycles)
    for made, shown in zip(instances, expected, strict=True):
        recording.check(made, "y", shown)
        expect_failure(recording, made, "y", {cycle + 1: value for cycle, value in shown.items()})
