"""Programs that are taken for each other without being solved are those that alkaid would have found."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.lut.adder_builder import AdderBuilder, Term
from bxnn.compiler.schedule.lut.bias import biased
from bxnn.compiler.schedule.lut.constant_matrix import Program, solve, solver

_CASES = 60
_LIMITS = (-1, 2, 0)  # of the depth beyond that of the shallowest graph


def facts(program: Program) -> list[Any]:
    """Everything that an adder graph is made from."""
    return [
        (
            [(operation.opcode, tuple(operation.addr), tuple(operation.data)) for operation in part.ops],
            list(part.inp_shifts),
            list(part.out_idxs),
            list(part.out_shifts),
            list(part.out_negs),
        )
        for part in program.parts
    ]


def test_no_program_differs_from_one_that_is_solved_by_itself() -> None:
    shared = 0
    for seed in range(_CASES):
        generator = np.random.default_rng(seed)
        inputs, outputs, bits = generator.integers((1, 1, 2), (25, 25, 10))
        high = 1 << (bits - 1)
        matrix = generator.integers(-high, high, (inputs, outputs))
        matrix[generator.random(matrix.shape) < generator.choice([0.0, 0.5, 0.9])] = 0
        low = generator.integers(-40, 1, inputs)
        top = low + generator.integers(1, 200, inputs)
        found = solve(matrix, low, top)
        intervals = [(float(bottom), float(end), 1.0) for bottom, end in zip(low, top, strict=True)]
        for limit, program in zip(_LIMITS, found, strict=True):
            alone = solver().cmvm_solve(
                matrix.astype(np.float32), hard_dc=limit, qintervals=intervals, latencies=[0.0] * inputs
            )
            assert facts(program) == facts(Program(tuple(alone))), (seed, limit)
        shared += found[0] is found[1]
    assert 0 < shared < _CASES


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1 << 32), st.integers(2, 60), st.integers(2, 32), st.integers(1, 5), st.integers(1, 5))
def test_weights_of_any_width_are_exact(seed: int, bits: int, input_bits: int, inputs: int, outputs: int) -> None:
    """Every coefficient of every candidate, next to powers of two as well, where a part is all ones."""
    generator = np.random.default_rng(seed)
    matrix = generator.integers(-(1 << (bits - 1)), 1 << (bits - 1), (inputs, outputs))
    near = generator.random(matrix.shape) < 0.3
    powers = (1 << generator.integers(0, bits - 1, matrix.shape)) * generator.choice([-1, 1], matrix.shape)
    matrix = np.where(near, powers + generator.integers(-1, 2, matrix.shape), matrix)
    check_coefficients(matrix, input_bits)


def test_differences_of_weights_that_float32_does_not_hold() -> None:
    """The solver subtracts columns: these have 25 bits each, and their differences 26."""
    columns = [[4197507, -9220517, -16600542, -1075925], [13328283, -6705307, 10778637, -6609135]]
    check_coefficients(np.array([*columns, [9250477, 12534374, 9967996, -7434803]]).T, 32)


def check_coefficients(matrix: Int, input_bits: int) -> None:
    """Every candidate for inputs of some bits computes the product with the matrix, shape (inputs, outputs)."""
    (inputs, outputs), half = matrix.shape, 1 << (input_bits - 1)
    linear = LinearMap(np.ascontiguousarray(matrix.T), np.zeros(outputs, np.int64), matrix.size)
    for program in solve(matrix, np.full(inputs, -half), np.full(inputs, half - 1)):
        builder = AdderBuilder(np.full(inputs, -half), np.full(inputs, half - 1))
        found = program.built(builder, [Term(index) for index in range(inputs)])
        builder.finished(biased(builder, found, [0] * outputs)).verify("test", linear)
