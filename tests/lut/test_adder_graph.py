"""Adder graphs: what they compute, how wide they are, and that a corrupted one is caught."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.adder_pipeline import pipelined
from bxnn.compiler.hardware.shift_add_graph import ZERO, ShiftAddGraph
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.lut.adder_solver import AdderSolver
from bxnn.compiler.schedule.lut.matrix_blocks import signed_digits
from tests.lut.maps import random_map

shapes = st.tuples(
    st.integers(0, 2**32),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 8),
    st.sampled_from([0.0, 0.5, 0.95]),
)


def events(low: Int, high: Int, seed: int) -> Int:
    """Both ends of every range, basis vectors if they are in range, and random events."""
    rng = np.random.default_rng(seed)
    basis = np.clip(np.eye(low.size, dtype=np.int64), low, high)
    return np.concatenate([low[None], high[None], basis, rng.integers(low, high, (40, low.size), endpoint=True)])


@settings(max_examples=40, deadline=None)
@given(shapes)
def test_every_graph_computes_its_map_in_proven_widths(shape: tuple[int, int, int, int, float]) -> None:
    note(f"seed {shape[0]}")
    linear, low, high = random_map(*shape)
    codes = events(low, high, shape[0])
    for graph in AdderSolver("test", linear, low, high).graphs:
        assert np.array_equal(graph.evaluate(codes), codes @ linear.weights.T + linear.bias)
        graph.verify("test", linear)
        assert_widths(graph, codes)


def assert_widths(graph: ShiftAddGraph, codes: Int) -> None:
    """Every value of every event is inside its interval, and the interval inside its width."""
    everything = replace(graph, outputs=np.arange(graph.values), output_shifts=np.zeros(graph.values, np.int64))
    values = everything.evaluate(codes)
    low, high = graph.ranges
    assert (low <= values).all() and (values <= high).all()
    reach = np.where(graph.signed, graph.bits - 1, graph.bits)
    assert (high < 1 << reach).all() and (low >= np.where(graph.signed, -(1 << reach), 0)).all()
    positive = np.maximum(everything.coefficients()[:, :-1], 0)
    negative = np.minimum(everything.coefficients()[:, :-1], 0)
    constant = everything.coefficients()[:, -1]
    assert np.array_equal(low, positive @ graph.low + negative @ graph.high + constant), "the interval is tight"


@settings(max_examples=40, deadline=None)
@given(shapes, st.integers(1, 5), st.integers(0, 4))
def test_no_stage_is_deeper_than_promised_and_the_latency_is_the_formula(
    shape: tuple[int, int, int, int, float], stage: int, after: int
) -> None:
    note(f"seed {shape[0]}")
    linear, low, high = random_map(*shape)
    graph = AdderSolver("test", linear, low, high).graphs[0]
    pipeline = pipelined(graph, stage, after)
    pipeline.verify("test")
    cycles = ceil_div(pipeline.depth - after, stage)
    assert pipeline.latency_cycles == max(cycles, 0 if after else 1)
    assert pipeline.register_bits >= 0
    assert (pipeline.last_stage >= pipeline.stage).all()


def small() -> tuple[ShiftAddGraph, LinearMap]:
    linear, low, high = random_map(5, 6, 5, 6, 0.2)
    return AdderSolver("fc1 (dense)", linear, low, high).graphs[0], linear


def changed(values: Int, index: int | tuple[int, int], value: int) -> Int:
    copy = values.copy()
    copy[index] = value
    return copy


def test_one_flipped_sign_is_caught() -> None:
    graph, linear = small()
    for index in range(graph.sums):
        bad = replace(graph, subtract=changed(graph.subtract, index, 1 - graph.subtract[index]))
        with pytest.raises(
            InternalError, match=r"^fc1 \(dense\): output \d of its adder graph differs from that of its map"
        ):
            bad.verify("fc1 (dense)", linear)


def test_one_wrong_shift_is_caught() -> None:
    graph, linear = small()
    for index in range(graph.sums):
        bad = replace(graph, shifts=changed(graph.shifts, (index, 1), graph.shifts[index, 1] + 1))
        with pytest.raises(InternalError):
            bad.verify("fc1 (dense)", linear)


def test_one_wrong_constant_is_caught() -> None:
    graph, linear = small()
    for index in range(len(graph.constants)):
        bad = replace(graph, constants=changed(graph.constants, index, graph.constants[index] + 1))
        with pytest.raises(InternalError):
            bad.verify("fc1 (dense)", linear)


def test_values_that_do_not_exist_are_caught() -> None:
    graph, linear = small()
    for bad, problem in (
        (
            replace(graph, operands=changed(graph.operands, (0, 0), graph.values - 1)),
            "reads a value that is not",
        ),
        (
            replace(graph, outputs=changed(graph.outputs, 0, graph.values)),
            "an output of the adder graph refers to",
        ),
        (replace(graph, outputs=changed(graph.outputs, 0, ZERO)), "output 0 of its adder graph differs"),
        (
            replace(graph, outputs=graph.outputs[1:], output_shifts=graph.output_shifts[1:]),
            "the inputs or outputs of its adder graph",
        ),
        (replace(graph, output_shifts=changed(graph.output_shifts, 0, -9)), "drops bits that can be one"),
    ):
        with pytest.raises(InternalError, match=problem):
            bad.verify("fc1 (dense)", linear)


def test_a_wrong_stage_is_caught() -> None:
    graph, _ = small()
    good = pipelined(graph, 2, 0)
    deepest = int(np.argmax(graph.depth))
    early = replace(good, stage=changed(good.stage, deepest, 0))
    with pytest.raises(InternalError, match=r"^fc1: adder \d+ reads a value of a later stage"):
        early.verify("fc1")
    with pytest.raises(InternalError, match=r"^fc1: adder \d+ is too far from the register before it"):
        replace(good, stage=np.zeros_like(good.stage)).verify("fc1")
    with pytest.raises(InternalError, match="in a nonexistent stage"):
        replace(good, stage=changed(good.stage, deepest, 99)).verify("fc1")


def test_the_solver_is_deterministic() -> None:
    linear, low, high = random_map(11, 16, 16, 6, 0.2)
    first, second = (AdderSolver("test", linear, low, high).graphs for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a.operands, b.operands) and np.array_equal(a.shifts, b.shifts)


def test_equal_parts_of_a_convolution_are_solved_once_and_large_matrices_in_parts() -> None:
    rng = np.random.default_rng(2)
    kernel = rng.integers(-8, 8, (3, 6))
    weights = np.zeros((30, 24), np.int64)  # ten positions of a kernel of 6 taps and 3 filters, stride 2
    for position in range(10):
        weights[3 * position : 3 * position + 3, 2 * position : 2 * position + 6] = kernel
    linear = LinearMap(weights, np.zeros(30, np.int64), 0)
    solver = AdderSolver("conv (conv2d)", linear, np.zeros(24, np.int64), np.full(24, 15))
    single = AdderSolver("one", LinearMap(kernel, np.zeros(3, np.int64), 0), np.zeros(6, np.int64), np.full(6, 15))
    assert min(graph.sums for graph in solver.graphs) <= 10 * max(graph.sums for graph in single.graphs)


@pytest.mark.parametrize(("weight", "digits"), [(0, 0), (1, 1), (-1, 1), (3, 2), (7, 2), (-8, 1), (11, 3), (85, 4)])
def test_signed_digits(weight: int, digits: int) -> None:
    assert signed_digits(np.array([weight]))[0] == digits
