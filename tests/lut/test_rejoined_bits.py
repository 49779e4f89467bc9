"""Bits that synthesis may compute from another sum: every case is one by the values of bits, and none is missing."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from bxnn.compiler.hardware.adder_timing import AdderTiming
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.shift_add_graph import ShiftAddGraph
from bxnn.compiler.numeric.tensor import Int
from tests.lut.maps import solved
from tests.timing.netlist import FABRIC

TECHNOLOGY = Technology(FABRIC, "pessimistic")


def three_sums(with_another: bool) -> ShiftAddGraph:
    """``x0 + (x1 + x2)``, and ``x0 + x1``, or ``x0 + x3`` instead."""
    operands = np.array([[1, 2], [0, 1 if with_another else 3], [0, 4]])
    nothing, outputs = np.zeros(3, np.int64), np.array([5, 6])
    low, high = np.full(4, -8), np.full(4, 7)
    return ShiftAddGraph(low, high, nothing[:0], operands, np.zeros((3, 2), np.int64), nothing, outputs, nothing[:2])


def arrivals(graph: ShiftAddGraph, stage: Int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """When the bits of the sum of three arrive."""
    timing = AdderTiming(graph, TECHNOLOGY)
    sinks = np.ones((timing.nothing + 1, 2), np.int64)
    return timing.arrivals(stage, sinks)[timing.first[6] : timing.first[7]]


def test_a_bit_passes_two_luts_where_another_sum_has_a_part_of_it() -> None:
    one_stage = np.zeros(7, np.int64)
    assert [level.rejoined.shape[1] for level in AdderTiming(three_sums(True), TECHNOLOGY).levels] == [0, 1]
    assert [level.rejoined.shape[1] for level in AdderTiming(three_sums(False), TECHNOLOGY).levels] == [0, 0]
    later = arrivals(three_sums(True), one_stage) - arrivals(three_sums(False), one_stage)
    assert later.max() > 0 and later.min() >= 0
    registered = one_stage.copy()
    registered[[5, 6]] = 1  # x1 + x2 comes from a register: nothing is computed again
    assert np.array_equal(arrivals(three_sums(True), registered), arrivals(three_sums(False), registered))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_all_cases_are_found(seed: int) -> None:
    note(f"seed {seed}")
    graph = solved(seed)
    assume(graph.operands.size)
    timing = AdderTiming(graph, TECHNOLOGY)
    origin = list(range(timing.nothing + 1))
    for level in timing.levels:
        for result, source in level.copies.T.tolist():
            origin[result] = origin[source]
    parts, pairs = {}, set()
    for level in timing.levels:
        for sums, place in np.ndindex(level.results.shape):
            pair = [origin[bit] for bit in level.operands[:, sums, place].tolist()]
            if timing.nothing not in pair:
                pairs.add(frozenset(pair))
                if place == 0:
                    parts[int(level.results[sums, 0])] = level.operands[:, sums, 0].tolist()
    for level in timing.levels:
        wanted = set()
        for sums, place in np.ndindex(level.results.shape):
            pair = level.operands[:, sums, place].tolist()
            for first, joined in (pair, pair[::-1]):
                for second in parts.get(origin[joined], []):
                    if first != timing.nothing and frozenset((origin[first], origin[second])) in pairs:
                        wanted.add((sums, place, first, second, origin[joined]))
        found = {(*case[:4], case[5]) for case in level.rejoined.T.tolist()}
        assert found == wanted


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_the_other_sum_has_that_bit(seed: int) -> None:
    note(f"seed {seed}")
    graph = solved(seed)
    timing = AdderTiming(graph, TECHNOLOGY)
    everything = replace(graph, outputs=np.arange(graph.values), output_shifts=np.zeros(graph.values, np.int64))
    codes = np.random.default_rng(seed).integers(graph.low, graph.high, (40, graph.inputs), endpoint=True)
    place = np.arange(timing.nothing) - timing.first[timing.value_of]
    bits = everything.evaluate(codes)[:, timing.value_of] >> place & 1
    for level in timing.levels:
        _, _, first, second, other, _ = level.rejoined[:, level.rejoined[4] != timing.nothing]
        assert np.array_equal(bits[:, first] ^ bits[:, second], bits[:, other])
