"""Products of one input with many constants: exact, as shallow as their digits allow, smaller than alkaid's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.hardware.shift_add_graph import ShiftAddGraph
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.lut.adder_builder import AdderBuilder, Term
from bxnn.compiler.schedule.lut.adder_solver import AdderSolver
from bxnn.compiler.schedule.lut.bias import biased
from bxnn.compiler.schedule.lut.block_programs import Programs
from bxnn.compiler.schedule.lut.constant_matrix import solve
from bxnn.compiler.schedule.lut.constant_multiples import ConstantMultiples
from bxnn.compiler.schedule.lut.matrix_blocks import matrix_blocks, signed_digits
from bxnn.compiler.schedule.lut.single_sum import SingleSum

LOW, HIGH = np.array([-100]), np.array([37])


def drawn(seed: int, count: int, bits: int) -> Int:
    """A row of constants, shape (1, constants), none of them zero."""
    weights = np.random.default_rng(seed).integers(-(1 << bits), (1 << bits) + 1, (1, count))
    return np.where(weights == 0, 1, weights)


def graph(program: Programs, number: int, matrix: Int) -> ShiftAddGraph:
    """One of the candidates as a graph that was compared with the matrix, coefficient by coefficient."""
    builder = AdderBuilder(LOW, HIGH)
    outputs = biased(builder, program[number].built(builder, [Term(0)]), [0] * matrix.shape[1])
    found = builder.finished(outputs)
    found.verify("test", LinearMap(np.ascontiguousarray(matrix.T), np.zeros(matrix.shape[1], np.int64), matrix.size))
    return found


@given(st.integers(0, 1 << 32), st.integers(1, 12), st.integers(8, 20), st.integers(1, 40))
def test_products_of_several_inputs_are_solved_input_by_input(seed: int, inputs: int, count: int, bits: int) -> None:
    """As a whole, 22 inputs times 16 constants of 25 bits took alkaid minutes, though inputs have nothing to share."""
    constants = np.concatenate([drawn(seed + number, count, bits) for number in range(inputs)])
    weights = np.zeros((inputs * count, inputs), np.int64)
    weights[np.arange(inputs * count), np.repeat(np.arange(inputs), count)] = constants.ravel()
    weights = weights[np.random.default_rng(seed).permutation(len(weights))]
    blocks = matrix_blocks(weights, signed_digits(weights).sum(axis=1), local=False)
    assert sorted(block.inputs.tolist() for block in blocks) == [[number] for number in range(inputs)]
    assert all((weights[block.outputs, block.inputs[0]] != 0).all() for block in blocks)
    assert sorted(np.concatenate([block.outputs for block in blocks]).tolist()) == list(range(len(weights)))


@given(st.integers(0, 1 << 32), st.integers(8, 60), st.integers(3, 18))
def test_every_product_is_exact(seed: int, count: int, bits: int) -> None:
    matrix = drawn(seed, count, bits)
    program = ConstantMultiples.of(matrix)
    if len(set(matrix[0].tolist())) < 8:
        assert program is None
        return
    assert program is not None
    found = graph((program,), 0, matrix)
    turned = 1  # a sum whose negative is a result
    assert int(found.depth.max()) <= ceil_log2(max(int(signed_digits(matrix).max()), 2)) + turned


@pytest.mark.parametrize(
    ("count", "bits", "percent"),
    [(20, 8, 80), (30, 14, 85), (96, 16, 87), (128, 10, 64), (128, 14, 91), (128, 18, 82), (300, 12, 68)],
)
def test_fewer_bits_of_adders_than_alkaids_and_no_deeper(count: int, bits: int, percent: int) -> None:
    """The share is that of the change log; a worse choice between adders makes it larger."""
    own, theirs = 0, 0
    for seed in range(2):
        matrix = drawn(seed, count, bits)
        program = ConstantMultiples.of(matrix)
        assert program is not None
        found, others = graph((program,), 0, matrix), solve(matrix, LOW, HIGH)
        candidates = [graph(others, number, matrix) for number in range(len(others))]
        least = min(int(other.adder_bits.sum()) for other in candidates)
        assert found.adder_bits.sum() < least, seed
        assert found.depth.max() <= min(other.depth.max() for other in candidates), seed
        own, theirs = own + int(found.adder_bits.sum()), theirs + least
    assert 100 * own <= percent * theirs


def test_the_same_constants_give_the_same_adders() -> None:
    matrix = drawn(3, 40, 12)
    first, second = ConstantMultiples.of(matrix), ConstantMultiples.of(matrix)
    assert first is not None and second is not None and first.adders == second.adders


@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_a_sum_of_shifted_inputs_is_a_tree(seed: int, inputs: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = (rng.choice([-1, 1], inputs) << rng.integers(0, 5, inputs))[:, np.newaxis]
    low = -rng.integers(0, 500, inputs)
    high = low + rng.integers(1, 500, inputs)
    program, builder = SingleSum.of(matrix), AdderBuilder(low, high)
    assert program is not None
    found = builder.finished(biased(builder, program.built(builder, [Term(n) for n in range(inputs)]), [0]))
    found.verify("test", LinearMap(np.ascontiguousarray(matrix.T), np.zeros(1, np.int64), inputs))
    assert int(found.depth.max()) <= ceil_log2(max(inputs, 1)) + int(bool((matrix < 0).any()))


@given(st.integers(0, 1 << 32), st.booleans())
def test_parts_of_a_large_matrix_share_no_input_or_are_small(seed: int, local: bool) -> None:
    rng = np.random.default_rng(seed)
    weights = np.zeros((60, 40), np.int64)
    for outputs, inputs in zip(
        np.array_split(rng.permutation(60), 5), np.array_split(rng.permutation(40), 5), strict=True
    ):
        weights[np.ix_(outputs, inputs)] = rng.integers(1, 1 << 16, (outputs.size, inputs.size))
    weights *= rng.random(weights.shape) < rng.choice([0.3, 1.0])
    digits = signed_digits(weights).sum(axis=1)
    again = np.zeros_like(weights)
    for block in matrix_blocks(weights, digits, local):
        part = np.ix_(block.outputs, block.inputs)
        assert weights[part].any(axis=0).all() and not again[part].any()
        again[part] = weights[part]
    assert np.array_equal(again, weights)


def test_a_large_matrix_is_solved_for_whole_widths_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    weights = rng.integers(1 << 14, 1 << 16, (40, 20))
    linear = LinearMap(weights, np.zeros(40, np.int64), weights.size)
    first = AdderSolver("test", linear, np.full(20, -100), np.full(20, 100)).graphs
    monkeypatch.setattr("bxnn.compiler.schedule.lut.block_programs.solve", lambda *_: pytest.fail("solved again"))
    for most in (65, 127, 4000):  # of any width, as long as all inputs have it
        again = AdderSolver("test", linear, np.full(20, -most), np.full(20, most)).graphs
        assert [one.sums for one in again] == [one.sums for one in first]
