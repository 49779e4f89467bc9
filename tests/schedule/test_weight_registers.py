"""Registers with weights, and the widths of the trees after slices."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.sum_trees import SumTrees
from bxnn.compiler.hardware.weight_registers import READERS, WeightRegisters, per_counter
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2, signed_bits

SEEDS = st.integers(0, 2**32 - 1)


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
            rom_columns=sum(copies),
            counters=counters,
            multiplexers=counters,
            register_bits=sum(copies) + counters * (ceil_log2(phases) + early),
        )
        assert found.most_readers == min(max(changing, default=0), READERS)
        assert found.most_loads(most) <= max(most, found.least_loads)


def test_a_register_of_more_than_64_phases_takes_a_lut_for_every_64() -> None:
    words = (np.arange(130)[:, np.newaxis] == 70).astype(np.int64)
    assert WeightRegisters.of(words, 2).fabric(64).rom_columns == 1, "it changes in the second page only"
    assert WeightRegisters.of(np.arange(130)[:, np.newaxis] % 2, 2).fabric(64).rom_columns == 3


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
    extended = [
        int((above[0] - np.minimum(below[0, ::2], below[0, 1::2])).max()) for below, above in pairwise(trees.levels)
    ]
    assert trees.sign_loads == max([0, *extended]) + 1
