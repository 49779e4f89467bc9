"""Registers with weights, and the widths of the trees after slices."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.hardware.delays.path_delay import PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.sum_trees import SumTrees
from bxnn.compiler.hardware.tree_adders import Adder, TreeAdders
from bxnn.compiler.hardware.weight_register_paths import register_paths
from bxnn.compiler.hardware.weight_registers import READERS, WeightRegisters, per_counter
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2, signed_bits
from bxnn.sim.synthesis import synthesize_parts
from tests.timing.netlist import FABRIC, worst
from tests.vhdl.events import pack
from tests.vhdl.harness import SOURCES, TOP, Bits, Instance, write_top
from tests.vhdl.test_predicted_paths import MOST, SHORTEST, TECHNOLOGY

TYPICAL = Technology(FABRIC, "typical")
SEEDS = st.integers(0, 2**32 - 1)
COUNTERS = {2: 0, 3: 2, 4: 2, 5: 3, 6: 3, 7: 3, 8: 3, 9: 4}  # LUTs by phases


@given(SEEDS, st.integers(1, 9), st.integers(1, 200), st.integers(1, 5), st.integers(5, 70))
def test_every_different_bit_is_a_register_for_at_most_so_many(
    seed: int, phases: int, codes: int, bits: int, most: int
) -> None:
    words = np.random.default_rng(seed).integers(-(1 << (bits - 1)), 1 << (bits - 1), (phases, codes))
    columns = Counter(
        tuple(int(row) >> bit & 1 for row in words[:, code]) for code in range(codes) for bit in range(bits)
    )
    changing = [count for column, count in columns.items() if len(set(column)) > 1]
    copies = [sum(count > READERS * copy for count in changing) for copy in range(ceil_div(codes * bits, READERS))]
    counters = sum(ceil_div(copy, per_counter(phases, most)) for copy in copies)
    for early in (False, True):
        found = WeightRegisters.of(words, bits, early)
        assert found.fabric(most) == Fabric(
            counted_luts=sum(copies) + counters * COUNTERS.get(phases, 0),
            register_bits=sum(copies) + counters * (ceil_log2(phases) + early),
        )
        assert found.most_readers == min(max(changing, default=0), READERS)
        assert found.most_loads(most) <= max(most, found.least_loads)


def test_a_register_of_many_phases_takes_a_lut_for_every_64_and_some_that_choose() -> None:
    counter = 8 + 8
    words = (np.arange(130)[:, np.newaxis] == 70).astype(np.int64)
    assert WeightRegisters.of(words, 2).fabric(64).counted_luts == 1 + 1 + counter, "it changes in the second page only"
    alternating = np.arange(130)[:, np.newaxis] % 2
    assert WeightRegisters.of(alternating, 2).fabric(64).counted_luts == 3 + 1 + counter
    assert WeightRegisters.of(alternating, 2).fabric(64).register_bits == 1 + 8 + 2
    assert WeightRegisters.of(np.arange(300)[:, np.newaxis] % 2, 2).fabric(64).counted_luts == 5 + 2 + 9 + 8


def drawn(seed: int) -> tuple[Instance, WeightRegisters]:
    """A ROM of a few or of hundreds of phases."""
    rng = random.Random(seed)
    phases, width = rng.choice([rng.randint(2, 64), rng.randint(65, 600)]), rng.randint(1, 12)
    rows = [rng.getrandbits(width) for _ in range(phases)]
    generics = {"DEPTH": phases, "WIDTH": width, "CONTENTS": Bits(pack(rows, width), phases * width)}
    ports: dict[str, int | None] = {"rst": None, "valid": None}
    instance = Instance(f"rom{seed}_{phases}", "bxnn_weight_rom", generics, ports, {"data": width})
    return instance, WeightRegisters.of(np.array(rows)[:, np.newaxis], width)


def paths_of(rom: WeightRegisters, max_fanout: int) -> tuple[PathDelay, PathDelay]:
    return register_paths(rom.phases, rom.most_loads(max_fanout), rom.begun(max_fanout), TECHNOLOGY)


def reset_loads(module: Any) -> int:
    """Pins that the reset drives."""
    (net,) = module["ports"]["rst"]["bits"]
    return sum(nets.count(net) for cell in module["cells"].values() for nets in cell["connections"].values())


@pytest.mark.parametrize(
    "seeds", [range(4), pytest.param(range(4, 16), marks=pytest.mark.nightly)], ids=["few", "many"]
)
def test_what_is_predicted_is_synthesized(seeds: range, tmp_path: Path) -> None:
    """Flip-flops exactly; LUTs except for a few, where bits of a counter are also bits of words, or limits are simple.

    Paths as the other hardware's. The reset clears the counter alone.
    """
    cases = [drawn(seed) for seed in seeds]
    top = write_top(tmp_path / "top.vhd", [instance for instance, _ in cases])
    found = synthesize_parts([*SOURCES, top], TOP, tmp_path / "synthesis")
    predicted = {instance.name: rom.fabric(10**6) for instance, rom in cases}
    assert {name: found[name].ff for name in predicted} == {
        name: cost.register_bits for name, cost in predicted.items()
    }
    luts = {name: pytest.approx(cost.counted_luts, rel=0.02, abs=2) for name, cost in predicted.items()}
    assert {name: found[name].lut for name in predicted} == luts
    modules = json.loads((tmp_path / "synthesis" / "netlist.json").read_text(encoding="utf-8"))["modules"]
    for instance, rom in cases:
        told = max(path.delay.ns for path in paths_of(rom, 10**6))
        paths = worst(modules[modules[TOP]["cells"][instance.name]["type"]], "pessimistic")
        ns = max(path.ns for kind, path in paths.items() if kind is not PathClass.OUTPUT_PORT)
        assert ns <= told <= MOST * max(ns, SHORTEST), (instance.name, told, paths)
        assert reset_loads(modules[modules[TOP]["cells"][instance.name]["type"]]) <= ceil_log2(rom.phases) + 4


MANY_BITS = ((2, 30), (7, 90), (8, 140), (20, 260), (32, 129), (50, 200), (70, 140))  # phases, bits of a row


@pytest.mark.parametrize("sizes", [MANY_BITS[1::2], pytest.param(MANY_BITS[::2], marks=pytest.mark.nightly)])
def test_valid_starts_many_counters(sizes: tuple[tuple[int, int], ...], tmp_path: Path) -> None:
    """Registers read valid as well, so that it has more loads than any bit of the counters that share them."""
    rng, cases, most = random.Random(0), [], 64
    for early in (0, 1):
        for phases, width in sizes:
            rows = [rng.getrandbits(width) for _ in range(phases)]
            counter = {"COUNTER_REGISTERS": per_counter(phases, most), "READERS": READERS, "EARLY": early}
            generics = {"DEPTH": phases, "WIDTH": width, **counter, "CONTENTS": Bits(pack(rows, width), phases * width)}
            ports: dict[str, int | None] = {"rst": None, "valid": None}
            instance = Instance(f"wide{early}_{phases}", "bxnn_weight_rom", generics, ports, {"data": width})
            bits = np.array([[row >> bit & 1 for bit in range(width)] for row in rows])
            cases.append((instance, WeightRegisters.of(-bits, 1, bool(early))))
    top = write_top(tmp_path / "top.vhd", [instance for instance, _ in cases])
    synthesize_parts([*SOURCES, top], TOP, tmp_path / "synthesis")
    modules = json.loads((tmp_path / "synthesis" / "netlist.json").read_text(encoding="utf-8"))["modules"]
    for instance, rom in cases:
        told = max(path.delay.ns for path in paths_of(rom, most))
        paths = worst(modules[modules[TOP]["cells"][instance.name]["type"]], "pessimistic")
        ns = max(path.ns for kind, path in paths.items() if kind is not PathClass.OUTPUT_PORT)
        assert ns <= told <= MOST * max(ns, SHORTEST), (instance.name, told, paths)


@given(SEEDS, st.integers(1, 9), st.integers(1, 12))
def test_nodes_are_as_wide_as_the_range_of_their_sum(seed: int, leaves: int, bits: int) -> None:
    rng = np.random.default_rng(seed)
    ends = np.sort(rng.integers(-(1 << bits), 1 << bits, (2, 1, leaves)), axis=0)
    present = rng.random((1, leaves)) < 0.8
    trees = SumTrees(ends[0], ends[1], present, bits + 1, bits + 3)
    padded = np.zeros((2, 1 << ceil_log2(leaves)), np.int64)
    padded[:, :leaves] = ends[:, 0]
    heap: list[int] = []
    for level in range(ceil_log2(leaves)):
        parts = padded.reshape(2, 1 << level, -1).sum(axis=2).T
        heap += [min(signed_bits(int(low), int(high)), bits + 3) for low, high in parts]
    assert trees.node_bits[0].tolist() == heap
    for level, adders in enumerate(trees.adders(bits + 3), 1):
        assert set(adders) == different(trees, level, leaves)


def different(trees: SumTrees, level: int, leaves: int) -> set[Adder]:
    """The adders of a level of a single tree."""
    size = 1 << level
    firsts = range(0, leaves - size // 2, size)
    return {
        (
            bits_of(trees, level - 1, first, leaves),
            bits_of(trees, level - 1, first + size // 2, leaves),
            int(trees.levels[level][0, first // size]),
        )
        for first in firsts
    }


def bits_of(trees: SumTrees, level: int, first: int, leaves: int) -> int:
    """Bits of the node of a level whose first leaf this is; one whose second half has no leaf is its first half."""
    if level > 0 and first + (1 << (level - 1)) >= leaves:
        return bits_of(trees, level - 1, first, leaves)
    return int(trees.levels[level][0, first >> level])


@given(st.integers(3, 30), st.integers(1, 4))
def test_aligned_adders_take_as_long_as_those_of_any_layer(bits: int, count: int) -> None:
    adders = TreeAdders((((bits, bits, bits),),) * count)
    assert adders.from_nets(TECHNOLOGY).ns == pytest.approx(TECHNOLOGY.adders(bits, count).ns, abs=1e-12)
    assert adders.sinks == 2


@given(st.lists(st.tuples(*[st.integers(0, 6)] * 2), min_size=1, max_size=4), st.booleans(), st.integers(2, 12))
def test_narrower_addends_are_never_faster(missing: list[tuple[int, int]], inverted: bool, bits: int) -> None:
    full = TreeAdders((((bits + 6,) * 3,),) * len(missing), inverted)
    narrow = TreeAdders(tuple(((bits + 6 - one, bits + 6 - other, bits + 6),) for one, other in missing), inverted)
    for technology in (TECHNOLOGY, TYPICAL):
        assert narrow.from_nets(technology).ns >= full.from_nets(technology).ns - 1e-12
        assert narrow.from_registers(technology).ns >= full.from_registers(technology).ns - 1e-12
    assert narrow.sinks >= full.sinks
