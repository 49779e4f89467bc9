"""bxnn_history: windows of many channels in any order, with gaps and resets, against a list per channel."""

from __future__ import annotations

import random
from pathlib import Path

from bxnn.compiler.numeric.integers import ceil_log2
from tests.vhdl.harness import Instance, play, seed_for

CYCLES = 400


def instance(channels: int, depth: int, width: int) -> Instance:
    bits = max(ceil_log2(channels), 1)
    return Instance(
        f"h{channels}_{depth}",
        "bxnn_history",
        {"CHANNELS": channels, "DEPTH": depth, "WIDTH": width},
        {"rst": None, "in_valid": None, "in_gap": None, "in_tag": bits, "in_data": width},
        {"out_valid": None, "out_filling": None, "out_tag": bits, "out_data": depth * width},
    )


CASES = {"384 cells, 5 samples": (384, 5, 12), "few cells": (3, 5, 4), "one cell, pairs": (1, 2, 3)}


def test_every_window(tmp_path: Path) -> None:
    instances = [instance(*case) for case in CASES.values()]
    stimulus: dict[str, list[int]] = {}
    expected = []
    for (channels, depth, width), made in zip(CASES.values(), instances, strict=True):
        rng = random.Random(seed_for(made.name))
        used = rng.sample(range(channels), min(channels, 9))
        rows = [
            (int(c < 2 or rng.random() < 0.01), int(rng.random() < 0.8), int(rng.random() < 0.04), rng.choice(used))
            for c in range(CYCLES)
        ]
        data = [rng.getrandbits(width) for _ in rows]
        for name, column in zip(("rst", "in_valid", "in_gap", "in_tag"), zip(*rows, strict=True), strict=True):
            stimulus[made.port(name)] = list(column)
        stimulus[made.port("in_data")] = data
        expected.append(model(rows, data, depth, width))
    found = play(tmp_path, instances, stimulus, CYCLES)
    for made, columns in zip(instances, expected, strict=True):
        for name, wanted in columns.items():
            found.check(made, name, wanted)


def model(rows: list[tuple[int, int, int, int]], data: list[int], depth: int, width: int) -> dict[str, dict[int, int]]:
    """What each output shows, by cycle."""
    seen: dict[int, list[int]] = {}
    columns: dict[str, dict[int, int]] = {"out_valid": {}, "out_filling": {}, "out_tag": {}, "out_data": {}}
    for cycle, ((rst, valid, gap, tag), sample) in enumerate(zip(rows, data, strict=True), start=1):
        columns["out_valid"][cycle] = int(valid and not rst)
        if rst:
            seen = {}
        elif valid:
            past = [] if gap else seen.get(tag, [])
            seen[tag] = [*past, sample][-depth:]
            window = [0] * (depth - len(seen[tag])) + seen[tag]
            columns["out_filling"][cycle] = int(len(seen[tag]) < depth)
            columns["out_tag"][cycle] = tag
            columns["out_data"][cycle] = sum(code << (place * width) for place, code in enumerate(window))
    return columns


def test_the_model_notices_a_forgotten_gap() -> None:
    rows = [(0, 1, 0, 0), (0, 1, 0, 0), (0, 1, 1, 0)]
    with_gap, without = (model(given, [1, 2, 3], 3, 4) for given in (rows, [(0, 1, 0, 0)] * 3))
    assert with_gap["out_data"][3] == 0x300 and without["out_data"][3] == 0x321
    assert with_gap["out_filling"][3] == 1 and without["out_filling"][3] == 0
