"""Thresholds with a register for every comparison: bits, cycles and flip-flops of drawn layers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.compiler.schedule.search import Budget
from bxnn.compiler.schedule.stream.partition import partition
from bxnn.compiler.schedule.stream.stream_search import StreamSearch
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.threshold import Threshold
from bxnn.sim.synthesis import synthesize_parts
from tests.layers.firmware import DSP48E2, check_firmware, schedule, write
from tests.streams.networks import Chain, check_stream

INSIDE = Pipelining(inner_register=True, max_fanout=7)
SOURCE = FixedFormat(True, 4, 3)


def channels(seed: int, steps: int, rows: int, most: int = 2) -> Threshold:
    """Thresholds of channels, some beyond the range and some equal, rising by up to ``most`` and falling."""
    rng = np.random.default_rng(seed)
    codes = np.sort(rng.integers(SOURCE.low - 9, SOURCE.high + 10, (rows, steps)), axis=1)
    step = rng.choice([-1, 1, most], rows)
    base = np.where(step < 0, steps, rng.integers(0, most, rows))
    result = FixedFormat(False, int(base.max() * (most > 1) + most * steps).bit_length(), 0)
    return Threshold("y", ("x",), FixedTensor(codes, 3), FixedTensor(base, 0), FixedTensor(step, 0), result)


def steps_of_all(seed: int, steps: int) -> ActivationLayer:
    """One staircase for all elements, on a grid that is not the input's."""
    rng = np.random.default_rng(seed)
    codes = sorted(int(code) for code in rng.integers(8 * SOURCE.low - 9, 8 * SOURCE.high + 10, steps))
    strict = tuple(bool(each) for each in rng.integers(0, 2, steps))
    function = StepFunction(
        FixedFormat(True, steps.bit_length(), 0), tuple((code, 6) for code in codes), strict, -steps, 1
    )
    return ActivationLayer("y", ("x",), function)


def network(layer: HardwareLayer) -> Graph:
    function = FixedQuantizer(SOURCE, Rounding.RND, Overflow.SAT)
    return Graph("net", (Input("x", (), (4, 3), function), layer), ("y",))


@given(st.integers(0, 99), st.integers(2, 20), st.sampled_from([0, 1, 3]), st.sampled_from([1, 4]))
@settings(max_examples=4, deadline=None)
def test_a_cycle_more_and_the_same_bits(
    tmp_path_factory: pytest.TempPathFactory, seed: int, steps: int, rows: int, interval: int
) -> None:
    graph = network(channels(seed, steps, rows) if rows else steps_of_all(seed, steps))
    usual, chosen = schedule(graph, interval), schedule(graph, interval, pipelining=INSIDE)
    assert chosen.latency_cycles == usual.latency_cycles + 1
    check_firmware(graph, chosen, tmp_path_factory.mktemp("thresholds"), events=20)


def test_flip_flops_are_counted_exactly(tmp_path: Path) -> None:
    """One for every threshold that is reached by some codes and not by others, and equal ones share it."""
    source, channel, common = (*network(channels(5, 12, 3, 1)).layers, replace(steps_of_all(5, 12), name="z"))
    graph = Graph("net", (source, channel, common), ("y", "z"))
    chosen = schedule(graph, 1, pipelining=INSIDE)
    files = [tmp_path / "vhdl" / file for file in write(graph, chosen, tmp_path).files]
    counted = synthesize_parts(files, "net", tmp_path / "synthesis")
    for step in chosen.steps:
        assert counted[f"layer_{step.layer}"].ff == step.binding.resources().register_bits, step.layer


def test_one_threshold_has_no_register_inside() -> None:
    """There is nothing to count."""
    source = Tensor.of_format((4, 3), SOURCE)
    for layer in (channels(1, 1, 3), steps_of_all(1, 1)):
        stages = [layer.stage(Layout.pulse(12), [source], where) for where in (EVERY_REGISTER, INSIDE)]
        assert [stage and stage.latency_cycles for stage in stages] == [1, 1]


def test_in_a_stream(tmp_path: Path) -> None:
    """Of every pixel after a convolution: a cycle more, the same bits."""
    chain = Chain((4, 4, 1), 3).conv(3, (2, 2))
    convolved, rng = chain.graph(), np.random.default_rng(1)
    sums = convolved.tensor(convolved.outputs[0])
    codes = np.sort(rng.integers(sums.low.min(), sums.high.max(), (3, 20)), axis=1)
    base, step = (FixedTensor(np.full(3, value), 0) for value in (0, 1))
    thresholds = FixedTensor(codes, sums.format.fraction_bits)
    layer = Threshold("y", convolved.outputs, thresholds, base, step, FixedFormat(False, 5, 0))
    graph = Graph("net", (*convolved.layers, layer), ("y",))
    plan, cycles = partition(graph, 1), []
    for registers in (EVERY_REGISTER, INSIDE):
        search = StreamSearch(plan, plan.beats + 14, {}, DSP48E2, pipelining=registers)
        chosen = search.best(Budget(), 10**6)
        cycles.append(chosen.latency_from_last_beat_cycles)
        check_stream(graph, chosen, tmp_path / str(len(cycles)))
    assert cycles[1] == cycles[0] + 1
